//! What happens to files by itself: they are looked at, and what is over is removed.
//!
//! Invariants: nothing is clear that was not looked at; an antivirus that is configured and does not answer leaves a file `checking`,
//! however long that lasts. What is to be done is in the store: whoever takes it may go in the middle of it, and another one does
//! it again. Bytes go before the row does. Does not: tell anybody; a message that has a file is changed by its talk.

use super::Facts;
use super::pieces::NotNow;
use crate::actors::letters::Letters;
use crate::actors::talk::What;
use crate::command::{Call, unsaved};
use crate::crypto::{Digest, sha256};
use crate::domain::dlp::{self, Verdict as Judged};
use crate::domain::file::wait_after;
use crate::files::antivirus::Verdict;
use crate::files::kind::{Kind, kind};
use crate::files::{document, picture};
use crate::node::Node;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{CHUNK_BYTES, FileFault, FileState, Finding};
use crate::protocol::time::UnixMillis;
use crate::store::files::FileRecord;
use crate::store::{Conflict, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use std::time::Duration;

/// How long a file that is over is still told of.
const KEEP_EXPIRED: Duration = Duration::from_secs(24 * 60 * 60);
/// How often a settlement is tried when the file was changed meanwhile.
const TRIES: u32 = 4;

/// What a look at a file found.
struct Seen {
    state: FileState,
    why: Option<FileFault>,
    scanned: bool,
}

impl Node {
    pub(super) async fn look_at_file(&self, record: FileRecord, now: UnixMillis) {
        let id = record.file_id;
        let done = match next_step(&record, now) {
            Step::Forget => self.forget(&record).await,
            Step::Expire => self.expire(record, now).await,
            Step::Remove => self.remove(record, now).await,
            Step::DropBytes => self.drop_bytes(record).await,
            Step::Check => self.check(record, now).await,
            Step::Nothing(due_at) => self.put_off(record, due_at).await,
        };
        if let Err(fault) = done {
            tracing::warn!(file_id = %id, code = fault.code.as_str(), "a file waits");
        }
        self.files.settled.notify_waiters();
    }

    async fn put_off(&self, record: FileRecord, due_at: Option<UnixMillis>) -> Result<(), Fault> {
        let from = record.revision;
        saved(self.store.save_file(FileRecord { due_at, ..record }, from, None).await)
    }

    async fn forget(&self, record: &FileRecord) -> Result<(), Fault> {
        self.remove_blob(record.blob).await.map_err(|_| FaultCode::Unavailable)?;
        metrics::counter!("bedside_files_removed_total").increment(1);
        self.store.forget_file(record.file_id).await.map_err(unsaved)
    }

    async fn remove(&self, record: FileRecord, now: UnixMillis) -> Result<(), Fault> {
        let from = record.revision;
        let gone = FileRecord { removed_at: Some(now), due_at: Some(now), ..record };
        saved(self.store.save_file(gone, from, None).await)?;
        self.files.wake.notify_one();
        Ok(())
    }

    /// First so, then without bytes: what was sent at the last moment keeps them.
    async fn expire(&self, record: FileRecord, now: UnixMillis) -> Result<(), Fault> {
        let (from, blob) = (record.revision, record.blob);
        let due_at = Some(now.plus(KEEP_EXPIRED));
        let over = FileRecord { state: FileState::Expired, due_at, ..record };
        self.store.save_file(over, from, None).await.map_err(unsaved)?;
        metrics::counter!("bedside_files_expired_total").increment(1);
        self.remove_blob(blob).await.map_err(|_| FaultCode::Unavailable.into())
    }

    async fn drop_bytes(&self, record: FileRecord) -> Result<(), Fault> {
        self.remove_blob(record.blob).await.map_err(|_| FaultCode::Unavailable)?;
        let due_at = record.message_id.is_none().then_some(record.expires_at);
        self.put_off(record, due_at).await
    }

    async fn check(&self, record: FileRecord, now: UnixMillis) -> Result<(), Fault> {
        let found = self.store.conversation(record.conversation_id).await.map_err(unsaved)?;
        // Without a key nobody will ever read it.
        let Some(key) = found.and_then(|it| it.key) else { return self.remove(record, now).await };
        let opened =
            Letters::open(&self.keys, &*self.store, record.conversation_id, Some(&key)).await;
        let Ok(Some(letters)) = opened else {
            // The key is there and does not open: the hub was started with another keyring, or whoever keeps the keys does not answer.
            // Nothing is thrown away for that.
            tracing::error!(file_id = %record.file_id, "the key of a conversation does not open");
            return self.put_off_check(record, now).await;
        };
        let mut facts = Facts::open(&letters, &record)?;
        match self.see(&record, &letters, &mut facts).await {
            Ok(seen) => self.conclude(record, &letters, &facts, &seen, now).await,
            Err(NotNow) => self.put_off_check(record, now).await,
        }
    }

    async fn put_off_check(&self, record: FileRecord, now: UnixMillis) -> Result<(), Fault> {
        metrics::counter!("bedside_file_checks_put_off_total").increment(1);
        let due_at = Some(now.plus(wait_after(record.attempts)));
        let (from, attempts) = (record.revision, record.attempts.saturating_add(1));
        saved(self.store.save_file(FileRecord { due_at, attempts, ..record }, from, None).await)
    }

    /// Looks at a file. What it is comes first, because it costs nothing; nothing is decoded before the antivirus has seen it.
    async fn see(
        &self,
        record: &FileRecord,
        letters: &Letters,
        facts: &mut Facts,
    ) -> Result<Seen, NotNow> {
        let refused = |why| Seen { state: FileState::Refused, why: Some(why), scanned: false };
        let Some(bytes) = self.whole(record, letters).await? else {
            return Ok(refused(FileFault::Damaged));
        };
        let bytes = Arc::new(bytes);
        let what = match self.understand(facts, &bytes).await? {
            Ok(what) => what,
            Err(why) => return Ok(refused(why)),
        };
        if let Some(why) = self.unfit(record, facts) {
            return Ok(refused(why));
        }
        let scanned = match &self.files.antivirus {
            None => false,
            // It did look, and somebody has judged that.
            Some(_) if facts.is_released => true,
            Some(scanner) => match scanner.scan(&bytes).await.map_err(|_| NotNow)? {
                Verdict::Clean => true,
                Verdict::Infected => {
                    let why = Some(FileFault::Infected);
                    return Ok(Seen { state: FileState::Quarantined, why, scanned: true });
                }
            },
        };
        if what == Kind::Pdf {
            self.read_document(facts, &bytes).await?;
            if let Some(why) = self.unfit(record, facts) {
                return Ok(Seen { scanned, ..refused(why) });
            }
        }
        if let Some(format) = what.picture() {
            let _one = self.files.decoding.acquire().await.map_err(|_| NotNow)?;
            let made = tokio::task::spawn_blocking(move || picture::remake(&bytes, format));
            match made.await.map_err(|_| NotNow)? {
                Ok(made) => self.keep_pictures(record, letters, facts, made).await?,
                Err(why) => return Ok(Seen { scanned, ..refused(why) }),
            }
        }
        Ok(Seen { state: FileState::Clear, why: None, scanned })
    }

    /// What it is by its contents, and what is in a text. Reading 25 MB takes a while, so it is done where nobody waits for the
    /// thread.
    async fn understand(
        &self,
        facts: &mut Facts,
        bytes: &Arc<Vec<u8>>,
    ) -> Result<Result<Kind, FileFault>, NotNow> {
        let _one = self.files.decoding.acquire().await.map_err(|_| NotNow)?;
        let (bytes, name, claimed) = (Arc::clone(bytes), facts.name.clone(), facts.claimed.clone());
        let reading = tokio::task::spawn_blocking(move || read(&bytes, &name, claimed.as_deref()));
        let Read { digest, pieces, what, findings } = reading.await.map_err(|_| NotNow)?;
        (facts.digest, facts.pieces) = (Some(digest), Some(pieces));
        let Ok(what) = what else { return Ok(what) };
        facts.content_type = Some(what.content_type().to_owned());
        (facts.findings, facts.is_unread) = (findings, false);
        Ok(Ok(what))
    }

    /// Why it is not taken, if it is not for what was found in it.
    fn unfit(&self, record: &FileRecord, facts: &Facts) -> Option<FileFault> {
        match self.files.policy.judge(&facts.found(), facts.role) {
            Judged::Clear => None,
            // Whoever sends it is warned; of what was sent already nobody was.
            Judged::Warned(_) if record.message_id.is_none() => None,
            Judged::Warned(_) | Judged::Blocked(_) => Some(FileFault::Sensitive),
        }
    }

    /// Makes what was found so: in the row, and in the message that has the file.
    async fn conclude(
        &self,
        mut record: FileRecord,
        letters: &Letters,
        facts: &Facts,
        seen: &Seen,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let sealed_facts = facts.seal(letters, record.file_id)?;
        for _ in 0..TRIES {
            let from = record.revision;
            // It may have been sent while it was looked at: of what was found then nobody was warned.
            let unwarned =
                Seen { why: Some(FileFault::Sensitive), state: FileState::Refused, ..*seen };
            let is_unwarned = record.message_id.is_some()
                && seen.state == FileState::Clear
                && self.files.policy.judge(&facts.found(), facts.role) != Judged::Clear;
            let seen = if is_unwarned { &unwarned } else { seen };
            // What is refused loses its bytes next.
            let due_at = match seen.state {
                FileState::Refused => Some(now),
                _ => record.message_id.is_none().then_some(record.expires_at),
            };
            let next = FileRecord {
                sealed_facts: sealed_facts.clone(),
                state: seen.state,
                why: seen.why,
                scanned: seen.scanned,
                due_at,
                attempts: 0,
                ..record.clone()
            };
            let done = match record.message_id {
                None => self.store.save_file(next, from, None).await.map_err(unsaved),
                Some(message) => {
                    let card = facts.card(&next);
                    let what = What::Settle(message, card, Box::new(next), from);
                    let call = Call::new(None, now, std::net::Ipv4Addr::LOCALHOST.into());
                    self.append(call, record.conversation_id, what).await.map(|_| ())
                }
            };
            match done {
                Err(fault) if fault.code == FaultCode::Conflict => {
                    // It was sent, or taken back, meanwhile.
                    let again = self.store.file(record.file_id).await.map_err(unsaved)?;
                    let again = again.filter(|it| it.state == FileState::Checking);
                    let Some(again) = again.filter(|it| it.removed_at.is_none()) else {
                        return Ok(());
                    };
                    record = again;
                }
                other => {
                    let outcome = state_word(seen.state);
                    metrics::counter!("bedside_files_checked_total", "outcome" => outcome)
                        .increment(1);
                    self.files.wake.notify_one();
                    return other;
                }
            }
        }
        Err(FaultCode::Conflict.into())
    }
}

/// What reading the bytes of a file says of it.
struct Read {
    digest: String,
    pieces: String,
    what: Result<Kind, FileFault>,
    findings: Vec<Finding>,
}

fn read(bytes: &[u8], name: &str, claimed: Option<&str>) -> Read {
    let mut sum = Digest::default();
    sum.update(bytes);
    let digest = URL_SAFE_NO_PAD.encode(sum.finish());
    let size = usize::try_from(CHUNK_BYTES).unwrap_or(usize::MAX);
    let pieces: Vec<u8> = bytes.chunks(size).flat_map(sha256).collect();
    let pieces = URL_SAFE_NO_PAD.encode(pieces);
    let what = kind(bytes, name, claimed).and_then(|what| {
        if what == Kind::Pdf {
            document::check(bytes)?;
        }
        Ok(what)
    });
    let findings = match what {
        Ok(Kind::Text) => dlp::find(&String::from_utf8_lossy(bytes)),
        _ => vec![],
    };
    Read { digest, pieces, what, findings }
}

/// What is to be done with a file that is due.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Forget,
    Remove,
    Expire,
    DropBytes,
    Check,
    Nothing(Option<UnixMillis>),
}

fn next_step(record: &FileRecord, now: UnixMillis) -> Step {
    let is_over = record.message_id.is_none() && now >= record.expires_at;
    match record.state {
        _ if record.removed_at.is_some() => Step::Forget,
        FileState::Expired => Step::Remove,
        FileState::Refused if is_over => Step::Remove,
        _ if is_over => Step::Expire,
        FileState::Refused => Step::DropBytes,
        FileState::Checking => Step::Check,
        FileState::Uploading | FileState::Clear | FileState::Quarantined => {
            Step::Nothing(record.message_id.is_none().then_some(record.expires_at))
        }
    }
}

/// Whoever changed it meanwhile knows what is due.
fn saved(outcome: Result<(), StoreError>) -> Result<(), Fault> {
    match outcome {
        Err(StoreError::Conflict(Conflict::Stale)) => Ok(()),
        other => other.map_err(unsaved),
    }
}

const fn state_word(state: FileState) -> &'static str {
    match state {
        FileState::Clear => "clear",
        FileState::Quarantined => "quarantined",
        FileState::Refused => "refused",
        FileState::Uploading | FileState::Checking | FileState::Expired => "other",
    }
}
