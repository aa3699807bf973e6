//! Operations that move bytes: they pass the same door as all others, and stand in no catalogue, because a frame cannot carry
//! what they carry. HTTP serves them by hand.
//!
//! Invariant: what is recorded of them is who, which file and how it ended. Their bytes go beside their params.

use crate::protocol::file::{FileCard, FileVariant};
use crate::protocol::ids::FileId;
use crate::protocol::operation::{Access, Effect, Operation, Pace};
use crate::protocol::phi::Phi;
use bytes::Bytes;
use futures::stream::BoxStream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::sync::mpsc;

/// Bytes that come.
#[derive(Debug, Default)]
pub struct Incoming(pub Option<mpsc::Receiver<Bytes>>);

/// Bytes that go.
#[derive(Default)]
pub struct Outgoing(pub Option<BoxStream<'static, io::Result<Bytes>>>);

/// `file.write`: the next bytes of a file that the caller uploads.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct WriteFile {
    /// Which.
    pub file_id: FileId,
    /// How much of it the caller believes to be here.
    pub offset: u32,
    /// The caller says that nothing comes after these.
    pub is_complete: bool,
    /// How many are announced, when that is said.
    pub length: Option<u64>,
    /// They.
    #[serde(skip)]
    #[schemars(skip)]
    pub bytes: Incoming,
}

/// `file.offset`: how much of a file is here.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct ReadOffset {
    /// Which.
    pub file_id: FileId,
}

/// How an upload stands.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Upload {
    /// Bytes that are here.
    pub offset: u32,
    /// Bytes that there will be.
    pub bytes: u32,
    /// The file, when all of them are here.
    pub card: Option<FileCard>,
}

/// `file.fetch`: a file's bytes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FetchFile {
    /// Which.
    pub file_id: FileId,
    /// Which of its contents.
    pub variant: FileVariant,
    /// Which bytes of it, when not all.
    #[serde(skip)]
    #[schemars(skip)]
    pub part: Option<Part>,
    /// All of it all the same when its tag is another than this.
    #[serde(skip)]
    #[schemars(skip)]
    pub if_tag: Option<String>,
}

/// Bytes of a file (RFC 9110, 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From the one until the other, or the end.
    Between(u32, Option<u32>),
    /// So many at the end.
    Last(u32),
}

/// Bytes of a file that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
}

impl Part {
    /// The bytes that are meant of so many; nothing when there are none of them.
    pub fn of(self, length: u32) -> Option<Span> {
        let end = length.checked_sub(1)?;
        let (first, last) = match self {
            Part::Between(first, last) => (first, last.unwrap_or(end).min(end)),
            Part::Last(0) => return None,
            Part::Last(count) => (length.saturating_sub(count), end),
        };
        (first <= last).then_some(Span { first, last })
    }
}

/// What is fetched.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Fetched {
    /// Type that it is given as.
    pub content_type: String,
    /// `Content-Disposition`.
    pub disposition: Phi<String>,
    /// How many bytes all of it has.
    pub length: u32,
    /// Says whether it is the same as before: equal tags, equal bytes.
    pub tag: String,
    /// Which of the bytes that were asked for there are, when not all were asked for.
    #[serde(skip)]
    #[schemars(skip)]
    pub part: Option<Option<Span>>,
    /// They; none when there are none of those that were asked for.
    #[serde(skip)]
    #[schemars(skip)]
    pub bytes: Outgoing,
}

impl Operation for WriteFile {
    const NAME: &'static str = "file.write";
    const ACCESS: Access = Access::VisitParty;
    // Sent again it goes on from where it is; there is no answer to keep.
    const EFFECT: Effect = Effect::Live;
    const PACE: Pace = Pace::Normal;
    const SUCCESS: u16 = 204;
    const FRESH: u32 = 0;
    type Output = Upload;
}

impl Operation for ReadOffset {
    const NAME: &'static str = "file.offset";
    const ACCESS: Access = Access::VisitParty;
    const EFFECT: Effect = Effect::Read;
    const PACE: Pace = Pace::Normal;
    const SUCCESS: u16 = 204;
    const FRESH: u32 = 0;
    type Output = Upload;
}

impl Operation for FetchFile {
    const NAME: &'static str = "file.fetch";
    const ACCESS: Access = Access::VisitParty;
    const EFFECT: Effect = Effect::Read;
    const PACE: Pace = Pace::Normal;
    const SUCCESS: u16 = 200;
    const FRESH: u32 = 0;
    type Output = Fetched;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_of_what_there_is() {
        let of = |part: Part| part.of(10).map(|it| (it.first, it.last));
        assert_eq!(of(Part::Between(0, None)), Some((0, 9)));
        assert_eq!(of(Part::Between(3, Some(4))), Some((3, 4)));
        assert_eq!(of(Part::Between(9, Some(u32::MAX))), Some((9, 9)));
        assert_eq!(of(Part::Between(10, None)), None);
        assert_eq!(of(Part::Between(4, Some(3))), None);
        assert_eq!(of(Part::Last(4)), Some((6, 9)));
        assert_eq!(of(Part::Last(40)), Some((0, 9)));
        assert_eq!(of(Part::Last(0)), None);
        assert_eq!(Part::Between(0, None).of(0), None);
    }
}
