//! Files of the audit log, by name, in a folder or in a bucket: what anybody may fetch and check.
//!
//! Invariant: what was put is on disk when that is said. Names come from `domain::merkle::tile` and are never of strangers.
//! Does not: know what is in them.

use super::blobs::{BlobError, in_time};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt as _};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Where they are.
#[derive(Debug, Clone)]
pub struct Tiles(Arc<dyn ObjectStore>);

impl Tiles {
    /// In this folder, which is made when there is none.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?;
        Ok(Tiles(Arc::new(store.with_fsync(true).with_automatic_cleanup(true))))
    }

    /// In a store that has other things as well, below that name.
    pub fn below(store: Arc<dyn ObjectStore>, name: &ObjectPath) -> Self {
        Tiles(Arc::new(PrefixStore::new(store, name.clone())))
    }

    /// Keeps a file, in the place of one of the same name.
    ///
    /// # Errors
    /// [`BlobError::Down`]; then it may be there or not.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), BlobError> {
        let path = ObjectPath::from(name);
        in_time(self.0.put(&path, Bytes::from(bytes).into())).await.map(|_| ())
    }

    /// A file.
    ///
    /// # Errors
    /// [`BlobError`].
    pub async fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        let path = ObjectPath::from(name);
        in_time(async { self.0.get(&path).await?.bytes().await }).await
    }

    /// Removes all files below a name. None being there is done.
    ///
    /// # Errors
    /// [`BlobError::Down`]; then some may be left.
    pub async fn remove_below(&self, name: &str) -> Result<(), BlobError> {
        let names = self.0.list(Some(&ObjectPath::from(name)));
        let names = names.map_ok(|it| it.location).boxed();
        let removed = self.0.delete_stream(names).try_for_each(|_| futures::future::ok(()));
        match in_time(removed).await {
            Ok(()) | Err(BlobError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
