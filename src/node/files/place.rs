//! Where objects are by the settings, whether that place answers, and what in it belongs to nobody.
//!
//! Invariants: a hub starts without its bucket, says so in `/readyz`, and asks again; objects are swept only beside the database
//! that they belong to: the place carries the name of its database, and a hub with another one leaves everything as it is. A copy of a
//! database has the same name: so nothing young is swept, and nothing at all where most is unknown. That there is no such
//! object is believed of our own place alone.
//! Does not: decide what becomes of a file.

use crate::config::{self, Config, FileStore, S3};
use crate::files::blobs::{BlobError, Blobs, Listed};
use crate::files::bucket::{ASK_WITHIN, Bucket};
use crate::node::Node;
use crate::notifications::{https_client, read_secret};
use crate::protocol::phi::Phi;
use futures::{StreamExt as _, TryStreamExt as _};
use std::io;
use std::time::Duration;
use uuid::Uuid;

/// Objects that one question to the database is about.
const SWEEP: usize = 500;
/// What is younger is not swept. A hub that was restored from a dump, and still has the place of the one that goes on, does not know
/// what came there since; whoever made it has so long to see the objects that it calls unknown. Nothing waits for the space.
const SWEEP_OLDER: Duration = Duration::from_secs(14 * 24 * 60 * 60);

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

    /// Whether what is there is of this database; from now on, when it is nobody's and nothing speaks against it.
    pub(in crate::node) async fn are_our_blobs(&self) -> bool {
        let Ok(ours) = self.store.database_id().await else { return false };
        match self.files.blobs.owner().await {
            Ok(Some(owner)) if owner == ours => true,
            Ok(Some(_)) => {
                metrics::counter!("bedside_blobs_of_another_database_total").increment(1);
                tracing::error!("files are kept here for another database: none of them is swept");
                false
            }
            Ok(None) => match self.may_be_ours().await {
                Ok(true) => self.files.blobs.belong_to(ours).await.is_ok(),
                Ok(false) => {
                    metrics::counter!("bedside_blobs_of_nobody_total").increment(1);
                    tracing::error!("nothing says that files are kept here for this database");
                    false
                }
                Err(()) => false,
            },
            Err(_) => false,
        }
    }

    /// Of a place without a name: some of what is there is known, or it is as empty as it should be.
    async fn may_be_ours(&self) -> Result<bool, ()> {
        let all = self.files.blobs.all().take(SWEEP).map_ok(|it| it.blob);
        // Also when there is no such place.
        let some: Vec<Uuid> = all.try_collect().await.map_err(|_| ())?;
        if some.is_empty() {
            return self.store.has_blobs().await.map(|it| !it).map_err(|_| ());
        }
        let known = self.store.known_blobs(some).await.map_err(|_| ())?;
        Ok(!known.is_empty())
    }

    /// Removes the objects of a file. That there were none is taken for done in our own place alone.
    pub(super) async fn remove_blob(&self, blob: Uuid) -> Result<(), BlobError> {
        let had_any = self.files.blobs.remove(blob).await?;
        if had_any || self.are_our_blobs().await { Ok(()) } else { Err(BlobError::Down) }
    }

    async fn sweep(&self, some: Vec<Listed>) -> Result<(), ()> {
        let blobs: Vec<_> = some.iter().map(|it| it.blob).collect();
        let known = self.store.known_blobs(blobs).await.map_err(|_| ())?;
        let unknown = || some.iter().filter(|it| !known.contains(&it.blob));
        if unknown().count() > some.len() / 2 {
            metrics::counter!("bedside_blobs_sweep_stopped_total").increment(1);
            tracing::error!("most objects belong to no file of this database: none is swept");
            return Err(());
        }
        let before = self.clock.now().minus(SWEEP_OLDER);
        for Listed { blob, .. } in unknown().filter(|it| it.written_at <= before) {
            if self.files.blobs.remove(*blob).await.is_ok() {
                metrics::counter!("bedside_blobs_swept_total").increment(1);
            }
        }
        Ok(())
    }
}
