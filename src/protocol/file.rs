//! Files of conversations: uploaded in pieces over HTTP, checked, attached to a message, fetched by short-lived links.
//!
//! Bytes do not go through operations. They are sent to `/v1/files/{file_id}/content` as the IETF's draft "Resumable Uploads for
//! HTTP" describes it, and fetched from the address that `file.link` gives; docs/files.md says both. A file that was attached
//! is part of its message: when its state changes, followers hear `message_changed`.

use crate::protocol::ids::{ConversationId, FileId, MemberId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes of one file. A photo of a telephone, a scanned letter of some pages; recordings and images of radiology go
/// another way.
pub const MAX_FILE_BYTES: u32 = 25 * 1024 * 1024;
/// Bytes of one piece: what is sealed and kept as one, and what an upload that is interrupted loses at most.
pub const CHUNK_BYTES: u32 = 256 * 1024;
/// Bytes of a file's name, UTF-8: what file systems take.
pub const MAX_NAME_BYTES: usize = 255;
/// Files of one message.
pub const MAX_FILES_A_MESSAGE: usize = 10;

/// Where a file is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Bytes are missing.
    Uploading,
    /// All bytes are here, and nobody may have them before they were looked at.
    Checking,
    /// It can be fetched.
    Clear,
    /// The antivirus found something. It is kept for the clinic's administrators, and nobody can fetch it.
    Quarantined,
    /// It is not taken, and its bytes are not kept.
    Refused,
    /// It was not completed or not attached in time.
    Expired,
}

/// Why a file is quarantined or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFault {
    /// The antivirus knows it.
    Infected,
    /// By its contents it is none of: JPEG, PNG, WebP, GIF, PDF, plain text.
    TypeNotAllowed,
    /// By its contents it is something else than its name or its type says, or it is two things at once.
    TypeMismatch,
    /// A document that does something when it is opened.
    ActiveContent,
    /// A document that cannot be looked into.
    Encrypted,
    /// A picture of more pixels than are decoded.
    TooManyPixels,
    /// It cannot be read.
    Damaged,
    /// What may not be written may not be in a file either, or nobody could look whether it is.
    Sensitive,
}

/// Which of a file's contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileVariant {
    /// As it was uploaded; to be saved, never to be shown in the page.
    Original,
    /// A picture made anew, without what the camera wrote into it.
    Preview,
    /// The same, small.
    Thumbnail,
}

/// A file as those may see it who may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileCard {
    /// Which.
    pub file_id: FileId,
    /// Its name, cleaned.
    pub name: Phi<String>,
    /// What it is by its contents; `application/octet-stream` before that is known.
    pub content_type: String,
    /// How large.
    pub bytes: u32,
    /// Where it is on its way.
    pub state: FileState,
    /// Why, when it is quarantined or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<FileFault>,
    /// Whether an antivirus looked at it. The hub may have none.
    pub scanned: bool,
    /// Of a picture: pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of a picture: pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Whether there are `preview` and `thumbnail`.
    pub has_preview: bool,
}

/// What a text, a name or a file holds that may not belong there.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DetectorKind {
    /// The number of a payment card.
    PaymentCard,
    /// A number that a state gave to a person.
    NationalId,
    /// A private key.
    PrivateKey,
    /// The key of a cloud or of a service.
    AccessKey,
    /// A token that opens something: a JWT, a join link.
    Token,
    /// A password that is said to be one.
    Password,
    /// The number of a record of a patient.
    RecordNumber,
    /// A list of several people.
    OtherPeople,
    /// Nothing was found: a document that could not be read, or not to its end.
    Unread,
}

/// What was found, and how often. Never what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What kind.
    pub kind: DetectorKind,
    /// How often; at most 99.
    pub count: u32,
}

/// Why something is sent although the hub warned. A word and not a text, because it goes into the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverrideReason {
    /// It is not what it looks like.
    FalseAlarm,
    /// It is the sender's own.
    OwnData,
    /// The other one needs it for the care.
    NeededForCare,
}

/// What was warned of is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Why.
    pub reason: OverrideReason,
}

/// `file.begin`: a file will be uploaded into a conversation in which the caller may write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginFile {
    /// Where.
    pub conversation_id: ConversationId,
    /// Its name: 1 to 255 bytes. Folders in front of it, control characters and overrides of the direction of text are taken off.
    pub name: Phi<String>,
    /// How large: 1 to 26214400.
    pub bytes: u32,
    /// What it claims to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The name is meant although the hub warned of it.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "override")]
    pub overriding: Option<Override>,
}

/// Answer of `file.begin`: send its bytes to `/v1/files/{file_id}/content`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BegunFile {
    /// The file.
    pub file_id: FileId,
    /// What is kept of an upload that is interrupted is a multiple of so many bytes.
    pub chunk_bytes: u32,
    /// Until when it has to be completed and attached.
    pub expires_at: UnixMillis,
}

/// `file.read`: one file, for whoever uploads it, and once it is attached for everybody in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadFile {
    /// Which.
    pub file_id: FileId,
}

/// `file.link`: an address from which the file can be fetched for a minute, by whoever asked, without a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkFile {
    /// Which.
    pub file_id: FileId,
    /// Which of its contents.
    pub variant: FileVariant,
}

/// Answer of `file.link`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileLink {
    /// Path on the hub's origin. It is a secret while it is good.
    pub url: Phi<String>,
    /// Until when.
    pub expires_at: UnixMillis,
}

/// `file.remove`: whoever uploads it takes it back before it is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveFile {
    /// Which.
    pub file_id: FileId,
}

/// `quarantine.list`: files that the antivirus knows, the oldest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListQuarantine {
    /// Those after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<FileId>,
    /// How many: 1 to 100; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A file that the antivirus knows, for administrators. Nothing of what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuarantinedFile {
    /// Which.
    pub file_id: FileId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// Who uploaded it: their part in that conversation.
    pub uploader: MemberId,
    /// Its name; absent when the key of the conversation is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Phi<String>>,
    /// How large.
    pub bytes: u32,
    /// Why.
    pub why: FileFault,
    /// When it was begun.
    pub created_at: UnixMillis,
    /// Whether it was sent with a message. One that was not is gone a day after it was begun.
    pub is_sent: bool,
}

/// Answer of `quarantine.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// They.
    pub files: Vec<QuarantinedFile>,
    /// Whether there are others after the last.
    pub has_more: bool,
}

/// `quarantine.release`: the antivirus is wrong. It is looked at again by everything else, and can be fetched then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseQuarantined {
    /// Which.
    pub file_id: FileId,
}

/// `quarantine.remove`: its bytes go. Its message says that it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropQuarantined {
    /// Which.
    pub file_id: FileId,
}
