//! Where objects are by the settings, whether that place answers, and what in it belongs to nobody.
//!
//! Invariants: a hub starts without its bucket, says so in `/readyz`, and asks again; objects are swept only beside the database
//! that they belong to: the place carries the name of its database, and a hub with another one leaves everything as it is.
//! Does not: decide what becomes of a file.

use crate::config::{self, Config, FileStore, S3};
use crate::files::blobs::Blobs;
use crate::files::bucket::{ASK_WITHIN, Bucket};
use crate::node::Node;
use crate::notifications::{https_client, read_secret};
use crate::protocol::phi::Phi;
use futures::TryStreamExt as _;
use std::io;
use uuid::Uuid;

/// Objects that one question to the database is about.
const SWEEP: usize = 500;

/// The place that the settings name.
///
/// # Errors
/// When the folder cannot be made, or a key cannot be read.
pub(super) fn open(config: &Config) -> io::Result<Blobs> {
    let files = &config.files;
    match files.store {
        FileStore::Folder if files.folder.as_os_str().is_empty() => {
            Blobs::open(&config.data_dir.join("files"))
        }
        FileStore::Folder => Blobs::open(&files.folder),
        FileStore::S3 => bucket(&files.s3),
    }
}

fn bucket(s3: &S3) -> io::Result<Blobs> {
    let (key_id, secret) = match s3.secret_file.as_os_str().is_empty() {
        false => (s3.key_id.clone(), read_secret(&s3.secret_file, "files.s3.secret_file")?),
        true => config::aws_key()
            .map(|(id, secret)| (id, Phi::new(secret)))
            .ok_or_else(|| io::Error::other("files.s3: no secret_file, and no key of AWS_*"))?,
    };
    let bucket = Bucket {
        endpoint: s3.endpoint.trim_end_matches('/').to_owned(),
        name: s3.bucket.clone(),
        region: s3.region.clone(),
        is_path_style: s3.path_style,
        key_id,
        secret,
        client: https_client(ASK_WITHIN, &s3.ca_file, "files.s3.ca_file")?,
    };
    Blobs::bucket(bucket)
}

impl Node {
    /// Asks a place that did not answer last, or was not asked yet, whether it is there.
    pub(super) async fn look_for_blobs(&self) {
        let blobs = &self.files.blobs;
        if blobs.is_here() {
            return;
        }
        if blobs.look().await {
            tracing::info!("objects of files are available");
        }
    }

    /// Objects that belong to no file: their rows went with a restore, or were never saved. Part of keeping house.
    pub(in crate::node) async fn sweep_blobs(&self) {
        let blobs = self.files.blobs.clone();
        let staged = tokio::task::spawn_blocking(move || blobs.sweep_staged()).await;
        metrics::counter!("bedside_blobs_staged_swept_total")
            .increment(staged.unwrap_or_default().into());
        if !self.are_our_blobs().await {
            return;
        }
        let all = self.files.blobs.all();
        // What cannot be listed now is swept another time.
        let swept = all.try_chunks(SWEEP).map_err(|_| ()).try_for_each(|some| self.sweep(some));
        let _another_time = swept.await;
    }

    /// Whether what is there is of this database; from now on, when it is nobody's.
    async fn are_our_blobs(&self) -> bool {
        let Ok(ours) = self.store.database_id().await else { return false };
        match self.files.blobs.owner().await {
            Ok(Some(owner)) if owner == ours => true,
            Ok(Some(_)) => {
                metrics::counter!("bedside_blobs_of_another_database_total").increment(1);
                tracing::error!("files are kept here for another database: none of them is swept");
                false
            }
            // The first sweep of a place only says whose it is. What belongs to nobody can wait for the next.
            Ok(None) => {
                let _another_time = self.files.blobs.belong_to(ours).await;
                false
            }
            Err(_) => false,
        }
    }

    async fn sweep(&self, some: Vec<Uuid>) -> Result<(), ()> {
        let known = self.store.known_blobs(some.clone()).await.map_err(|_| ())?;
        for blob in some.iter().filter(|it| !known.contains(it)) {
            if self.files.blobs.remove(*blob).await.is_ok() {
                metrics::counter!("bedside_blobs_swept_total").increment(1);
            }
        }
        Ok(())
    }
}
