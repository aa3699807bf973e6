//! Objects: the sealed pieces of files, in a folder or in a bucket.
//!
//! Owns: their names, `<blob>/<variant>/<number>`, in which nothing stands but a random id, a word and a number; how long one may take;
//! and whether the place where they are answered last. Invariants: what was put is kept when that is said (`with_fsync`; a bucket says so
//! itself); lists are read as they come, not as a whole. `object_store` is chosen because a folder, a bucket and a store
//! in memory that fails are one trait.
//! Does not: seal.

use super::bucket::Bucket;
use super::staged;
use super::tiles::Tiles;
use crate::protocol::time::UnixMillis;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// How long one object may take, and the next of a list. A piece is 256 KiB.
pub const WITHIN: Duration = Duration::from_secs(10);
/// Beside the blobs: which database they belong to.
const OWNER: &str = "database";
/// Beside the blobs: what nodes publish of the audit log.
const TILES: &str = "audit";
/// Bytes of an object that a name of a database may have.
const MAX_OWNER: u64 = 64;

/// Why there is no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// There is none of that name.
    #[error("no such object")]
    Missing,
    /// The place where they are does not answer, or is full.
    #[error("objects are not available")]
    Down,
}

/// A blob of which there are objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub blob: Uuid,
    /// When the first of its objects that was found was written. All of one file come within a day.
    pub written_at: UnixMillis,
}

/// What is still to be listed, and the blob before.
type List = (BoxStream<'static, object_store::Result<object_store::ObjectMeta>>, Option<Uuid>);

/// Where objects are.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// When it is a folder.
    folder: Option<PathBuf>,
    /// Whether it answered last.
    is_here: Arc<AtomicBool>,
}

impl Blobs {
    /// In this folder, which is made when there is none.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?;
        let store = Arc::new(store.with_fsync(true).with_automatic_cleanup(true));
        Ok(Blobs { folder: Some(folder.to_owned()), ..Blobs::of(store) })
    }

    /// In this bucket. It is not asked yet: a hub starts without it, and says so.
    ///
    /// # Errors
    /// When the settings name no place that there can be.
    pub fn bucket(bucket: Bucket) -> io::Result<Self> {
        let store = Arc::new(bucket.open()?);
        Ok(Blobs { is_here: Arc::new(AtomicBool::new(false)), ..Blobs::of(store) })
    }

    /// In any store: tests bring one that fails.
    pub fn of(store: Arc<dyn ObjectStore>) -> Self {
        Blobs { store, folder: None, is_here: Arc::new(AtomicBool::new(true)) }
    }

    /// Files of the audit log in the same bucket, below `audit` and that name; none in a folder.
    pub fn tiles(&self, name: &str) -> Option<Tiles> {
        let below = ObjectPath::from_iter([TILES, name]);
        let store = || Arc::clone(&self.store);
        self.folder.is_none().then(|| Tiles::below(store(), &below))
    }

    /// Whether the place where they are answered last.
    pub fn is_here(&self) -> bool {
        self.is_here.load(Ordering::Relaxed)
    }

    /// Asks whether it is there.
    pub async fn look(&self) -> bool {
        let nothing = ObjectPath::from(Uuid::nil().to_string());
        let mut listed = self.store.list(Some(&nothing));
        // A bucket that there is not is no empty one.
        let found = async { listed.next().await.transpose() };
        let answers = self.in_time(found).await;
        self.noted(answers.map_err(|_| BlobError::Down)).is_ok()
    }

    /// Keeps an object, in the place of one of the same name.
    ///
    /// # Errors
    /// [`BlobError::Down`]; then it may be there or not.
    pub async fn put(
        &self,
        blob: Uuid,
        variant: &str,
        number: u32,
        sealed: Vec<u8>,
    ) -> Result<(), BlobError> {
        let path = path(blob, variant, number);
        let put = self.in_time(self.store.put(&path, Bytes::from(sealed).into())).await;
        // Whoever puts something can miss only the place itself: a bucket that there is not.
        self.noted(put.map(|_| ()).map_err(|_| BlobError::Down))
    }

    /// An object.
    ///
    /// # Errors
    /// [`BlobError`].
    pub async fn get(&self, blob: Uuid, variant: &str, number: u32) -> Result<Bytes, BlobError> {
        let path = path(blob, variant, number);
        self.in_time(async { self.store.get(&path).await?.bytes().await }).await
    }

    /// Removes all objects of a blob. Whether there were any; a bucket that there is not has none either.
    ///
    /// # Errors
    /// [`BlobError::Down`]; then some may be left.
    pub async fn remove(&self, blob: Uuid) -> Result<bool, BlobError> {
        let names = self.store.list(Some(&ObjectPath::from(blob.to_string())));
        let names = names.map_ok(|it| it.location).boxed();
        let removed = self.store.delete_stream(names);
        let removed = removed.try_fold(false, |_, _| futures::future::ok(true));
        match self.in_time(removed).await {
            Ok(had_any) => Ok(had_any),
            Err(BlobError::Missing) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Blobs of which there are objects, as they come: each at least once.
    pub fn all(&self) -> impl Stream<Item = Result<Listed, BlobError>> + '_ {
        futures::stream::try_unfold((self.store.list(None), None), |it| self.next(it))
    }

    /// The next blob that is listed, and the rest.
    async fn next(&self, (mut listed, last): List) -> Result<Option<(Listed, List)>, BlobError> {
        loop {
            let found = self.in_time(async { listed.next().await.transpose() }).await?;
            let Some(found) = found else { return Ok(None) };
            let first = found.location.parts().next();
            let blob = first.and_then(|it| Uuid::parse_str(it.as_ref()).ok());
            // Objects of one blob come one after the other.
            if let Some(blob) = blob.filter(|it| Some(*it) != last) {
                let written_at = UnixMillis(found.last_modified.timestamp_millis());
                return Ok(Some((Listed { blob, written_at }, (listed, Some(blob)))));
            }
        }
    }

    /// The database whose files are here; nobody's yet when nothing is told.
    ///
    /// # Errors
    /// [`BlobError::Down`], also when what stands there cannot be read.
    pub async fn owner(&self) -> Result<Option<Uuid>, BlobError> {
        let read = async {
            let found = self.store.get(&ObjectPath::from(OWNER)).await?;
            if found.meta.size > MAX_OWNER { Ok(Bytes::new()) } else { found.bytes().await }
        };
        match self.in_time(read).await {
            Ok(text) => {
                let id = std::str::from_utf8(&text).ok().and_then(|it| Uuid::parse_str(it).ok());
                id.map(Some).ok_or(BlobError::Down)
            }
            Err(BlobError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// From now on they are of this database.
    ///
    /// # Errors
    /// [`BlobError::Down`].
    pub async fn belong_to(&self, database: Uuid) -> Result<(), BlobError> {
        let text = Bytes::from(database.to_string());
        let name = ObjectPath::from(OWNER);
        let put = self.store.put(&name, text.into());
        self.in_time(put).await.map(|_| ()).map_err(|_| BlobError::Down)
    }

    /// Removes what a process that ended in the middle of a write left. Says how many there were. Waits for the disk.
    pub fn sweep_staged(&self) -> u32 {
        self.folder.as_ref().map_or(0, |it| staged::sweep(it, staged::OLD))
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, BlobError> {
        let done = asked(work).await;
        if let Err(Some(why)) = &done
            && self.is_here()
        {
            tracing::warn!(why, "objects of files are not available");
        }
        self.noted(done.map_err(kind_of))
    }

    fn noted<T>(&self, done: Result<T, BlobError>) -> Result<T, BlobError> {
        let answers = !matches!(done, Err(BlobError::Down));
        self.is_here.store(answers, Ordering::Relaxed);
        done
    }
}

/// In time, or it is as if the store were away.
pub(super) async fn in_time<T>(
    work: impl Future<Output = object_store::Result<T>>,
) -> Result<T, BlobError> {
    asked(work).await.map_err(kind_of)
}

/// What came of it; otherwise why it is away, or that there is no such object. The text of an error may name a path of
/// this machine, or an address: it is not passed on.
async fn asked<T>(
    work: impl Future<Output = object_store::Result<T>>,
) -> Result<T, Option<&'static str>> {
    use object_store::Error::{NotFound, PermissionDenied, Unauthenticated};
    let why = match tokio::time::timeout(WITHIN, work).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(NotFound { .. })) => return Err(None),
        Err(_) => "slow",
        Ok(Err(Unauthenticated { .. } | PermissionDenied { .. })) => "not_permitted",
        Ok(Err(_)) => "failed",
    };
    metrics::counter!("bedside_blob_errors_total", "why" => why).increment(1);
    Err(Some(why))
}

fn kind_of(why: Option<&'static str>) -> BlobError {
    why.map_or(BlobError::Missing, |_| BlobError::Down)
}

fn path(blob: Uuid, variant: &str, number: u32) -> ObjectPath {
    ObjectPath::from(format!("{blob}/{variant}/{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    async fn all(blobs: &Blobs) -> BTreeSet<Uuid> {
        blobs.all().map_ok(|it| it.blob).try_collect().await.unwrap()
    }

    #[tokio::test]
    async fn objects_are_kept_replaced_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&folder.path().join("files")).unwrap();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(blobs.get(one, "original", 0).await, Err(BlobError::Missing));
        blobs.put(one, "original", 0, b"a".to_vec()).await.unwrap();
        blobs.put(one, "original", 0, b"b".to_vec()).await.unwrap();
        blobs.put(one, "preview", 0, b"c".to_vec()).await.unwrap();
        blobs.put(other, "original", 0, b"d".to_vec()).await.unwrap();
        assert_eq!(blobs.get(one, "original", 0).await.unwrap(), "b");
        assert_eq!(all(&blobs).await, BTreeSet::from([one, other]));
        assert_eq!(blobs.remove(one).await, Ok(true));
        assert_eq!(blobs.remove(one).await, Ok(false));
        assert_eq!(all(&blobs).await, BTreeSet::from([other]));
        let again = Blobs::open(&folder.path().join("files")).unwrap();
        assert_eq!(again.get(other, "original", 0).await.unwrap(), "d");
        assert!(again.look().await && again.is_here());
    }

    #[tokio::test]
    async fn objects_say_whose_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        assert_eq!(blobs.owner().await, Ok(None));
        blobs.belong_to(Uuid::from_u128(7)).await.unwrap();
        assert_eq!(blobs.owner().await, Ok(Some(Uuid::from_u128(7))));
        assert!(all(&blobs).await.is_empty(), "that is no blob");
        std::fs::write(folder.path().join("database"), "whose?").unwrap();
        assert_eq!(blobs.owner().await, Err(BlobError::Down), "nobody's is not anybody's");
    }
}
