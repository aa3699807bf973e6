//! Whole files in pieces: all bytes of one that was uploaded, and pictures that were made of it.
//!
//! Invariant: what is not what was sealed is not read. Does not: decide what that means.

use super::links::{PREVIEW, THUMBNAIL};
use super::transfer::{ORIGINAL, pieces};
use super::{Facts, Made};
use crate::actors::letters::Letters;
use crate::crypto::Piece;
use crate::files::blobs::BlobError;
use crate::files::picture;
use crate::node::Node;
use crate::protocol::file::CHUNK_BYTES;
use crate::store::files::FileRecord;

/// Why a look came to nothing: it is tried again.
pub(super) struct NotNow;

impl Node {
    /// All bytes of a file; nothing when they are not what was sent.
    pub(super) async fn whole(
        &self,
        record: &FileRecord,
        letters: &Letters,
    ) -> Result<Option<Vec<u8>>, NotNow> {
        let mut bytes = Vec::new();
        let count = pieces(record.bytes);
        for number in 0..count {
            let sealed = match self.files.blobs.get(record.blob, ORIGINAL, number).await {
                Ok(sealed) => sealed,
                // A bucket that there is not, or another one, says the same of every piece.
                Err(BlobError::Missing) if self.are_our_blobs().await => return Ok(None),
                Err(BlobError::Missing) => return Err(NotNow),
                Err(BlobError::Down) => return Err(NotNow),
            };
            let is_last = number.saturating_add(1) == count;
            let piece = Piece { file: record.file_id.0, variant: ORIGINAL, number, is_last };
            let Ok(plain) = letters.key().open_piece(piece, &sealed) else {
                metrics::counter!("bedside_files_damaged_total").increment(1);
                return Ok(None);
            };
            bytes.extend_from_slice(&plain);
        }
        Ok(Some(bytes))
    }

    pub(super) async fn keep_pictures(
        &self,
        record: &FileRecord,
        letters: &Letters,
        facts: &mut Facts,
        made: picture::Remade,
    ) -> Result<(), NotNow> {
        let of = |bytes: &[u8]| {
            let bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            Some(Made { content_type: made.content_type.to_owned(), bytes })
        };
        facts.width = Some(made.width);
        facts.height = Some(made.height);
        facts.preview = of(&made.preview);
        facts.thumbnail = of(&made.thumbnail);
        for (variant, bytes) in [(PREVIEW, &made.preview), (THUMBNAIL, &made.thumbnail)] {
            self.keep_whole(record, letters, variant, bytes).await?;
        }
        Ok(())
    }

    async fn keep_whole(
        &self,
        record: &FileRecord,
        letters: &Letters,
        variant: &'static str,
        bytes: &[u8],
    ) -> Result<(), NotNow> {
        let size = usize::try_from(CHUNK_BYTES).map_err(|_| NotNow)?;
        let count = bytes.chunks(size).count();
        for (number, plain) in (0_u32..).zip(bytes.chunks(size)) {
            let is_last = usize::try_from(number).is_ok_and(|it| it.saturating_add(1) == count);
            let piece = Piece { file: record.file_id.0, variant, number, is_last };
            let sealed = letters.key().seal_piece(piece, plain).map_err(|_| NotNow)?;
            self.files.blobs.put(record.blob, variant, number, sealed).await.map_err(|_| NotNow)?;
        }
        Ok(())
    }
}
