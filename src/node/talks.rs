//! Talks of this node that know what is not so any more: because something was changed here, or by another node.
//!
//! Invariant: what is in memory is shown to nobody once its key was destroyed, by whichever node. Does not: change a conversation (`conversations`).

use crate::actors::talk::{Forget, Look};
use crate::command::unsaved;
use crate::domain::policy::Principal;
use crate::node::Node;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::ConversationId;
use std::time::Duration;

/// A talk that was told to end does so in the same turn: how often that is looked at, and how long it takes until the next look.
const ENDING_LOOKS: u32 = 200;
const ENDING_LOOK: Duration = Duration::from_millis(1);

impl Node {
    /// Whether another node may have destroyed a key that is in memory here.
    pub(super) async fn has_no_key(&self, id: ConversationId) -> Result<bool, Fault> {
        Ok(!self.store.keyless(&[id]).await.map_err(unsaved)?.is_empty())
    }

    /// Whether what is in memory here may not be shown any more: another node has destroyed the key of it.
    pub(super) async fn is_gone(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<bool, Fault> {
        if !self.has_no_key(id).await? {
            return Ok(false);
        }
        let talk = self.talks.find(id).ok_or(FaultCode::Draining)?;
        let looked = talk.send(Look(*principal)).await.map_err(|_| FaultCode::Unavailable)??;
        Ok(looked.letters.is_some())
    }

    /// Talks that run start anew, and read what is so.
    pub(super) fn forget_talks(&self) {
        for talk in self.talks.running() {
            if talk.try_send(Forget).is_err() {
                metrics::counter!("bedside_untold_total").increment(1);
            }
        }
    }

    /// The talk of a conversation has ended when this returns, and whoever asks next starts one that reads what is so.
    pub(super) async fn end_talk(&self, id: ConversationId) {
        let Some(talk) = self.talks.find_running(id) else { return };
        // Whoever does not answer has gone.
        let _gone = talk.send(Forget).await;
        for _ in 0..ENDING_LOOKS {
            if !talk.connected() {
                return;
            }
            actix_rt::time::sleep(ENDING_LOOK).await;
        }
        metrics::counter!("bedside_untold_total").increment(1);
    }

    /// The talk of a conversation, when it runs, ends, and the next one reads what is so.
    pub(super) fn forget_talk(&self, id: ConversationId) {
        if let Some(talk) = self.talks.find_running(id)
            && talk.try_send(Forget).is_err()
        {
            metrics::counter!("bedside_untold_total").increment(1);
        }
    }
}
