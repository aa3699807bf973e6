//! Files of conversations: begun, looked at, taken back. Their bytes go through `transfer` and `links`; `checking` looks at
//! them when `looking` says so, and `reading` reads documents; `sending` puts them into messages.
//!
//! Invariants: FI-2 nobody but whoever uploads a file knows of it before it is sent; nobody gets a byte of one that was not found
//! clear. Who may know a file is who is in its conversation now, asked each time. Does not: decide what a file is
//! (`crate::files`), or what may be written (`domain::dlp`).

mod checking;
mod links;
mod looking;
mod pieces;
mod place;
mod quarantine;
mod reading;
mod sending;
mod transfer;

use crate::actors::letters::Letters;
use crate::actors::talk::Looked;
use crate::command::{Call, Execute, unsaved};
use crate::config::Config;
use crate::crypto::sha256;
use crate::domain::conversation::Refusal;
use crate::domain::dlp::{self, Policy};
use crate::domain::file::{ATTACH_WITHIN, MAX_CONVERSATION_BYTES, MAX_OPEN, MAX_OPEN_BYTES, clean};
use crate::domain::policy::Principal;
use crate::files::antivirus::Antivirus;
use crate::files::blobs::Blobs;
use crate::node::Node;
use crate::protocol::auth::Done;
use crate::protocol::conversation::ConversationView;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{
    BeginFile, BegunFile, CHUNK_BYTES, DetectorKind, FileCard, FileState, Finding, MAX_FILE_BYTES,
    ReadFile, RemoveFile,
};
use crate::protocol::ids::{FileId, MemberId};
use crate::protocol::person::Role;
use crate::store::files::{FileBounds, FileRecord};
use crate::store::{Conflict, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

pub(super) use looking::start;

/// Letters of a type that somebody claims.
const MAX_TYPE: usize = 100;
/// Files that are looked at at the same time: each is in memory, and an antivirus has as many threads.
const LOOKING: usize = 4;
/// Bytes of a SHA-256.
const SUM_BYTES: usize = 32;
/// Pictures that are decoded at the same time: each takes what a large picture takes.
const DECODING: usize = 1;

/// What files need of a node.
pub(super) struct FileParts {
    pub(super) blobs: Blobs,
    antivirus: Option<Antivirus>,
    policy: Policy,
    /// Something is due.
    wake: Notify,
    /// Something was looked at.
    settled: Notify,
    decoding: Semaphore,
    /// Files that are looked at.
    looking: Arc<Semaphore>,
    /// Which of the calls that write the same file is the latest.
    writers: Mutex<HashMap<FileId, u64>>,
    /// Turns of writers that were given out.
    turns: AtomicU64,
}

impl FileParts {
    /// # Errors
    /// As [`place::open`].
    pub(super) fn open(config: &Config) -> std::io::Result<Self> {
        let within = std::time::Duration::from_millis(config.files.clamd_within_ms.into());
        Ok(FileParts {
            blobs: place::open(config)?,
            antivirus: Antivirus::at(&config.files.clamd, within),
            policy: sending::policy(&config.dlp),
            wake: Notify::new(),
            settled: Notify::new(),
            decoding: Semaphore::new(DECODING),
            looking: Arc::new(Semaphore::new(LOOKING)),
            writers: Mutex::default(),
            turns: AtomicU64::default(),
        })
    }

    /// Whether the place where their bytes are answered last.
    pub(super) fn are_here(&self) -> bool {
        self.blobs.is_here()
    }
}

/// What is known of a file and kept sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Facts {
    name: String,
    claimed: Option<String>,
    /// Whoever uploads it: what may be in it depends on that.
    role: Role,
    content_type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    preview: Option<Made>,
    thumbnail: Option<Made>,
    /// SHA-256 of all bytes, base64url.
    digest: Option<String>,
    /// The same of each piece, one behind the other; absent of files that were looked at before there was this.
    #[serde(default)]
    pieces: Option<String>,
    findings: Vec<Finding>,
    /// It is a document, and not all of its text was read.
    #[serde(default)]
    is_unread: bool,
    /// An administrator says that the antivirus is wrong.
    #[serde(default)]
    is_released: bool,
}

/// A picture that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Made {
    content_type: String,
    bytes: u32,
}

impl Facts {
    fn seal(&self, letters: &Letters, id: FileId) -> Result<String, Fault> {
        let text = serde_json::to_string(self).map_err(|_| FaultCode::Internal)?;
        letters.key().seal_facts(id.0, &text).map_err(|_| FaultCode::Internal.into())
    }

    fn open(letters: &Letters, record: &FileRecord) -> Result<Self, Fault> {
        let plain = letters.key().open_facts(record.file_id.0, &record.sealed_facts);
        let facts = plain.ok().and_then(|it| serde_json::from_slice(&it).ok());
        facts.ok_or_else(|| {
            metrics::counter!("bedside_files_damaged_total").increment(1);
            tracing::error!(file_id = %record.file_id, "what is known of a file cannot be read");
            FaultCode::NotFound.into()
        })
    }

    /// What was found in it. That something was not read is told like a finding, so that the policy says what follows.
    fn found(&self) -> Vec<Finding> {
        let unread = Finding { kind: DetectorKind::Unread, count: 1 };
        dlp::add(
            self.findings.clone(),
            if self.is_unread { std::slice::from_ref(&unread) } else { &[] },
        )
    }

    /// Whether that is the piece that was looked at. Of files without sums of pieces the whole is compared.
    fn is_piece(&self, number: u32, plain: &[u8]) -> bool {
        let Some(sums) = &self.pieces else { return true };
        let sums = URL_SAFE_NO_PAD.decode(sums).unwrap_or_default();
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        sums.chunks(SUM_BYTES).nth(number) == Some(&*sha256(plain))
    }

    fn card(&self, record: &FileRecord) -> FileCard {
        let unknown = || "application/octet-stream".to_owned();
        FileCard {
            file_id: record.file_id,
            name: self.name.clone().into(),
            content_type: self.content_type.clone().unwrap_or_else(unknown),
            bytes: record.bytes,
            state: record.state,
            why: record.why,
            scanned: record.scanned,
            width: self.width,
            height: self.height,
            has_preview: record.state == FileState::Clear && self.preview.is_some(),
        }
    }
}

/// A file that the caller may know.
struct Known {
    record: FileRecord,
    facts: Facts,
    letters: Letters,
    /// The caller.
    you: MemberId,
}

impl Known {
    fn card(&self) -> FileCard {
        self.facts.card(&self.record)
    }

    fn is_own(&self) -> bool {
        self.record.uploader == self.you
    }
}

impl Execute<BeginFile> for Node {
    async fn execute(&self, call: Call, op: BeginFile) -> Result<BegunFile, Fault> {
        let principal = call.principal()?;
        let Looked { view, letters, .. } = self.look_into(&principal, op.conversation_id).await?;
        let letters = writable(&view, letters)?;
        if op.bytes == 0 {
            return Err(Fault::invalid("bytes", "1 to 26214400."));
        }
        if op.bytes > MAX_FILE_BYTES {
            return Err(Fault { field: Some("bytes".to_owned()), ..FaultCode::TooLarge.into() });
        }
        let is_type = |it: &String| {
            it.len() <= MAX_TYPE && it.bytes().all(|it| it.is_ascii_graphic() || it == b' ')
        };
        if !op.content_type.as_ref().is_none_or(is_type) {
            return Err(Fault::invalid("content_type", "A media type of at most 100 letters."));
        }
        let name = clean(op.name.expose())
            .ok_or_else(|| Fault::invalid("name", "A name of 1 to 255 bytes."))?;
        self.may_write(&call, "file.begin", &dlp::find_in_name(&name), op.overriding).await?;
        let facts = Facts {
            name,
            claimed: op.content_type,
            role: principal.role,
            content_type: None,
            width: None,
            height: None,
            preview: None,
            thumbnail: None,
            digest: None,
            pieces: None,
            findings: vec![],
            is_unread: false,
            is_released: false,
        };
        let file_id = FileId(Uuid::now_v7());
        let expires_at = call.now.plus(ATTACH_WITHIN);
        let record = FileRecord {
            file_id,
            conversation_id: op.conversation_id,
            uploader: view.you,
            owner: principal.who.to_string(),
            blob: Uuid::new_v4(),
            sealed_facts: facts.seal(&letters, file_id)?,
            bytes: op.bytes,
            chunks: 0,
            state: FileState::Uploading,
            why: None,
            scanned: false,
            message_id: None,
            created_at: call.now,
            expires_at,
            removed_at: None,
            due_at: Some(expires_at),
            attempts: 0,
            revision: 0,
        };
        let begun = BegunFile { file_id, chunk_bytes: CHUNK_BYTES, expires_at };
        let bounds = FileBounds {
            open: MAX_OPEN,
            open_bytes: MAX_OPEN_BYTES,
            bytes: MAX_CONVERSATION_BYTES,
        };
        let answered = call.answered(&begun)?;
        self.store.begin_file(record, bounds, answered).await.map_err(|error| match error {
            StoreError::Conflict(Conflict::Full) => FaultCode::FileQuota.into(),
            other => unsaved(other),
        })?;
        metrics::counter!("bedside_files_begun_total").increment(1);
        Ok(begun)
    }
}

impl Execute<ReadFile> for Node {
    async fn execute(&self, call: Call, op: ReadFile) -> Result<FileCard, Fault> {
        Ok(self.readable_file(&call, op.file_id).await?.card())
    }
}

impl Execute<RemoveFile> for Node {
    async fn execute(&self, call: Call, op: RemoveFile) -> Result<Done, Fault> {
        let Known { record, you, .. } = self.known_file(&call.principal()?, op.file_id).await?;
        if record.uploader != you {
            return Err(
                Fault::new(FaultCode::Forbidden).because("Only who uploads it may do that.")
            );
        }
        if record.message_id.is_some() {
            let why = "It was sent: take the message back.";
            return Err(Fault::new(FaultCode::NotAllowedNow).because(why));
        }
        let from = record.revision;
        let gone = FileRecord { removed_at: Some(call.now), due_at: Some(call.now), ..record };
        let answered = call.answered(&Done {})?;
        self.store.save_file(gone, from, answered).await.map_err(unsaved)?;
        self.files.wake.notify_one();
        Ok(Done {})
    }
}

impl Node {
    /// The same, or one that was sent in a conversation that a clinician may read without being in it.
    async fn readable_file(&self, call: &Call, id: FileId) -> Result<Known, Fault> {
        let principal = call.principal()?;
        let known = self.known_file(&principal, id).await;
        let is_outside = known.as_ref().is_err_and(|it| it.code == FaultCode::NotFound);
        if !is_outside || principal.role != Role::Clinician || principal.only_visit.is_some() {
            return known;
        }
        let nobody = || Fault::from(FaultCode::NotFound);
        let record = self.store.file(id).await.map_err(unsaved)?.ok_or_else(nobody)?;
        if record.removed_at.is_some() || record.message_id.is_none() {
            return Err(nobody());
        }
        // Whoever may not read it is told what everybody is told.
        let letters = self.chart_letters(call, record.conversation_id, None).await;
        let letters = letters.map_err(|it| match it.code {
            FaultCode::Forbidden => nobody(),
            _ => it,
        });
        let letters = letters?.ok_or_else(nobody)?;
        let facts = Facts::open(&letters, &record)?;
        Ok(Known { record, facts, letters, you: MemberId(Uuid::nil()) })
    }

    /// A file, for somebody who may know it: in its conversation, and their own until it is sent.
    async fn known_file(&self, principal: &Principal, id: FileId) -> Result<Known, Fault> {
        let nobody = || Fault::from(FaultCode::NotFound);
        let record = self.store.file(id).await.map_err(unsaved)?.ok_or_else(nobody)?;
        let looked = self.look_into(principal, record.conversation_id).await?;
        let you = looked.view.you;
        let is_sent = record.message_id.is_some();
        if record.removed_at.is_some() || !is_sent && record.uploader != you {
            return Err(nobody());
        }
        let letters = looked.letters.ok_or_else(nobody)?;
        let facts = Facts::open(&letters, &record)?;
        Ok(Known { record, facts, letters, you })
    }
}

fn writable(view: &ConversationView, letters: Option<Letters>) -> Result<Letters, Fault> {
    letters.filter(|_| view.can_write).ok_or_else(|| Refusal::Closed.into())
}
