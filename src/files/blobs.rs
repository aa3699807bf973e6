//! Objects: the sealed pieces of files, in a folder.
//!
//! Owns: their names, `<blob>/<variant>/<number>`, in which nothing stands but a random id, a word and a number. Invariant:
//! what was put is on disk when that is said (`with_fsync`). `object_store` is chosen because a folder, a bucket and a
//! store in memory that fails are one trait.
//! Does not: seal.

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long one object may take. A piece is 256 KiB.
const WITHIN: Duration = Duration::from_secs(10);

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

/// Where objects are.
#[derive(Debug, Clone)]
pub struct Blobs(Arc<dyn ObjectStore>);

impl Blobs {
    /// In this folder, which is made when there is none.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?;
        Ok(Blobs(Arc::new(store.with_fsync(true).with_automatic_cleanup(true))))
    }

    /// In any store: tests bring one that fails.
    pub fn of(store: Arc<dyn ObjectStore>) -> Self {
        Blobs(store)
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
        in_time(self.0.put(&path, Bytes::from(sealed).into())).await.map(|_| ())
    }

    /// An object.
    ///
    /// # Errors
    /// [`BlobError`].
    pub async fn get(&self, blob: Uuid, variant: &str, number: u32) -> Result<Bytes, BlobError> {
        let path = path(blob, variant, number);
        in_time(async { self.0.get(&path).await?.bytes().await }).await
    }

    /// Removes all objects of a blob. None being there is done.
    ///
    /// # Errors
    /// [`BlobError::Down`]; then some may be left.
    pub async fn remove(&self, blob: Uuid) -> Result<(), BlobError> {
        let names = self.0.list(Some(&ObjectPath::from(blob.to_string())));
        let names = names.map_ok(|it| it.location).boxed();
        let removed = self.0.delete_stream(names).try_for_each(|_| futures::future::ok(()));
        match in_time(removed).await {
            Ok(()) | Err(BlobError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Blobs of which there are objects.
    ///
    /// # Errors
    /// [`BlobError::Down`].
    pub async fn all(&self) -> Result<BTreeSet<Uuid>, BlobError> {
        let listed = in_time(self.0.list_with_delimiter(None)).await?;
        let names = listed.common_prefixes.iter().filter_map(|it| it.parts().next_back());
        Ok(names.filter_map(|it| Uuid::parse_str(it.as_ref()).ok()).collect())
    }
}

fn path(blob: Uuid, variant: &str, number: u32) -> ObjectPath {
    ObjectPath::from(format!("{blob}/{variant}/{number}"))
}

/// The text of an error may name a path of this machine: it is not passed on.
pub(super) async fn in_time<T>(
    work: impl Future<Output = object_store::Result<T>>,
) -> Result<T, BlobError> {
    match tokio::time::timeout(WITHIN, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(object_store::Error::NotFound { .. })) => Err(BlobError::Missing),
        Ok(Err(_)) | Err(_) => {
            metrics::counter!("bedside_blob_errors_total").increment(1);
            Err(BlobError::Down)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(blobs.all().await.unwrap(), BTreeSet::from([one, other]));
        blobs.remove(one).await.unwrap();
        blobs.remove(one).await.unwrap();
        assert_eq!(blobs.all().await.unwrap(), BTreeSet::from([other]));
        let again = Blobs::open(&folder.path().join("files")).unwrap();
        assert_eq!(again.get(other, "original", 0).await.unwrap(), "d");
    }
}
