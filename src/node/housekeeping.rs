//! What is old enough is deleted: answers that were kept for their idempotency keys, sign-ins, and the keys of conversations
//! in which nobody has written for as long as the settings say (they say nothing by default: kept).
//!
//! Invariant: a run is bounded, so that it never holds the database for long; what is left is for the next one. Every node
//! has one such task; two at once delete the same rows once. Does not: touch attendance, audit or visits.

use crate::audit::own::Own;
use crate::audit::uncalled::EXPIRE_CONVERSATION;
use crate::domain::identity::OF_ACCOUNT;
use crate::node::Node;
use crate::protocol::conversation::ConversationKind;
use crate::protocol::fault::FaultCode;
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::organisations::{Kind, Named};
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// Time between two runs.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// Rows that one transaction deletes.
const BATCH: u32 = 500;
/// Transactions of one run, for each kind of row: 60 000 rows an hour, far above what a node writes.
const MOST_BATCHES: u32 = 20;
/// How long an answer can be asked for again with its key.
const KEEP_ANSWERS: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a sign-in is kept after the moment at which it ends in any case. While it lasts its row is what tells an old
/// refresh token from an unknown one; after that every token of it is refused with or without the row, and the week is
/// for whoever looks into what happened.
const KEEP_SESSIONS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a challenge that was answered is kept after its end: by the clock of another node it may not have ended.
const KEEP_SPENT: Duration = Duration::from_secs(10 * 60);
/// How long a link that set a password, or did not, is kept after its end: it is counted for a day, and the rest of the week is for whoever looks
/// into what happened.
const KEEP_LINKS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Idle conversations that are looked for at once.
const KEYS_A_BATCH: u32 = 100;

/// Starts the task. It ends when the node is dropped.
pub(super) fn start(node: &Arc<Node>) {
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        loop {
            actix_rt::time::sleep(EVERY).await;
            let Some(node) = node.upgrade() else { return };
            node.keep_house().await;
        }
    });
}

impl Node {
    /// One run.
    pub async fn keep_house(&self) {
        let (store, now) = (self.store.as_ref(), self.clock.now());
        let answers_before = now.minus(KEEP_ANSWERS);
        delete("idempotency_keys", || store.forget_answers(answers_before, BATCH)).await;
        let sessions_before = now.minus(KEEP_SESSIONS);
        delete("sessions", || store.forget_sessions(sessions_before, BATCH)).await;
        let spent_before = now.minus(KEEP_SPENT);
        delete("spent_challenges", || store.forget_challenges(spent_before, BATCH)).await;
        delete("provider_logouts", || store.forget_logouts(spent_before, BATCH)).await;
        let tries_before = now.minus(OF_ACCOUNT.forget_after);
        delete("failed_tries", || store.forget_failures(tries_before, BATCH)).await;
        let links_before = now.minus(KEEP_LINKS);
        delete("password_links", || store.forget_links(links_before, BATCH)).await;
        self.look_at_key_ages(now).await;
        self.sweep_blobs().await;
        let keep = self.config.retention;
        for (kind, days) in [
            (ConversationKind::Visit, keep.visit_conversation_days),
            (ConversationKind::Care, keep.care_conversation_days),
        ] {
            if let Some(days) = days {
                self.destroy_keys(kind, now.minus(DAY.saturating_mul(days))).await;
            }
        }
    }

    /// Conversations that were idle since then cannot be read again. One that is written to meanwhile keeps its key: the
    /// store looks once more. The talk of this node forgets what it knows, and lists read it again; a talk of another node is
    /// fenced, and finds out when it saves.
    async fn destroy_keys(&self, kind: ConversationKind, before: UnixMillis) {
        for _ in 0..MOST_BATCHES {
            let outcome = self.destroy_some_keys(kind, before).await;
            match outcome {
                Ok(found) if found == KEYS_A_BATCH => {}
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(%error, "keys of idle conversations could not be destroyed");
                    return;
                }
            }
        }
    }

    async fn destroy_some_keys(&self, kind: ConversationKind, before: UnixMillis) -> Stored<u32> {
        let mut found = 0_u32;
        for id in self.store.idle_conversations(kind, before, KEYS_A_BATCH).await? {
            found = found.saturating_add(1);
            let target = format!("conversation_id:{id}");
            let Some(house) =
                self.store.house_of(Named { kind: Kind::Conversation, id: id.0 }).await?
            else {
                continue;
            };
            let own = Own::new(EXPIRE_CONVERSATION, Some(target)).of(house);
            let begin = own.row("begin", self.clock.now());
            self.store.append_audit(vec![begin]).await?;
            let is_done = self.store.destroy_key(id, before).await?;
            // Somebody has written to it meanwhile, or another node was faster: then it stays as it is.
            let phase = if is_done { "ok" } else { FaultCode::Conflict.as_str() };
            own.ended(self.store.as_ref(), phase, self.clock.now()).await;
            if is_done {
                metrics::counter!("bedside_conversation_keys_destroyed_total").increment(1);
                // What it has in memory goes with the key.
                self.forget_talk(id);
                if let Some(record) = self.store.conversation(id).await? {
                    self.touched(&record);
                }
            }
        }
        Ok(found)
    }
}

/// Batch after batch, until one was not full or the run is long enough.
async fn delete<'a>(table: &'static str, batch: impl Fn() -> BoxFuture<'a, Stored<u32>>) {
    for _ in 0..MOST_BATCHES {
        match batch().await {
            Ok(deleted) => {
                metrics::counter!("bedside_rows_deleted_total", "table" => table)
                    .increment(u64::from(deleted));
                if deleted < BATCH {
                    return;
                }
            }
            Err(error) => {
                // Nothing depends on it: the next run tries again.
                tracing::warn!(table, %error, "old rows could not be deleted");
                return;
            }
        }
    }
}
