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
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct FetchFile {
    /// Which.
    pub file_id: FileId,
    /// Which of its contents.
    pub variant: FileVariant,
}

/// What is fetched.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Fetched {
    /// Type that it is given as.
    pub content_type: String,
    /// `Content-Disposition`.
    pub disposition: Phi<String>,
    /// How many bytes.
    pub length: u32,
    /// They.
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
