//! The key of one conversation, opened, and what is sealed and opened with it.
//!
//! Owns: the one way from a sealed body to a text and back, for the actor of a conversation, for mailboxes and for pages of
//! history. Invariants: a body opens in its own conversation and message only, and as the log says that it was written last; whoever has no key reads nothing.
//! Does not: know who may read.

use crate::crypto::{ConversationKey, Keys, NotOpened, Term, Wrapped, Written};
use crate::protocol::conversation::Message;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::FileCard;
use crate::protocol::ids::{ConversationId, OrganisationId};
use crate::protocol::phi::Phi;
use crate::records::houses::HousesOf;
use crate::store::conversation_state::Sealed;
use crate::store::conversations::{MessageRecord, WrappedKey};
use crate::store::{Store, StoreError};
use std::sync::Arc;

/// Whoever keeps the node's keys does not answer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotNow;

impl From<NotNow> for Fault {
    fn from(_: NotNow) -> Self {
        FaultCode::Unavailable.into()
    }
}

impl From<NotNow> for StoreError {
    /// Surely not saved: as when the store itself does not answer.
    fn from(_: NotNow) -> Self {
        StoreError::Aborted
    }
}

/// A conversation's key. Clones are the same key.
#[derive(Debug, Clone)]
pub struct Letters(Arc<ConversationKey>);

impl Letters {
    /// A new key for a conversation of an organisation, as it is kept.
    ///
    /// # Errors
    /// [`FaultCode::Unavailable`] when the node's key cannot be used now.
    pub async fn make(
        keys: &Keys,
        id: ConversationId,
        house: OrganisationId,
    ) -> Result<WrappedKey, Fault> {
        let made = keys.vault.new_key(id.0, house.0).await.map_err(|error| {
            tracing::warn!(conversation_id = %id, %error, "no key could be made for a conversation");
            FaultCode::Unavailable
        });
        let (_, Wrapped { key_id, sealed }) = made?;
        Ok(WrappedKey { key_id, sealed })
    }

    /// Opens a key as it is kept. Nothing when that cannot be done: then nothing of the conversation can be read.
    ///
    /// # Errors
    /// When whoever keeps the node's key does not answer now. Nothing is lost by it.
    pub async fn open(
        keys: &Keys,
        store: &dyn Store,
        id: ConversationId,
        kept: Option<&WrappedKey>,
    ) -> Result<Option<Self>, NotNow> {
        let Some(WrappedKey { key_id, sealed }) = kept.cloned() else { return Ok(None) };
        match keys.vault.open_key(id.0, &HousesOf(store), &Wrapped { key_id, sealed }).await {
            Ok(key) => Ok(Some(Letters(Arc::new(key)))),
            Err(NotOpened::Unavailable) => Err(NotNow),
            Err(error) => {
                metrics::counter!("bedside_conversation_keys_unopened_total").increment(1);
                tracing::error!(conversation_id = %id, %error, "a conversation's key cannot be opened");
                Ok(None)
            }
        }
    }

    /// Seals a message as the line of that number writes it: its text, what was sent with it, and what it is found by. Nothing of one that
    /// was deleted.
    ///
    /// # Errors
    /// [`FaultCode::Internal`] when the system has no randomness.
    pub fn seal(&self, message: &Message, line: u32) -> Result<Sealed, Fault> {
        let Some(text) = &message.body else { return Ok(Sealed::default()) };
        let (id, by) = (message.message_id.0, message.member_id.0);
        let written = Written { message: id, line, by };
        let body = self.0.seal_body(written, text.expose()).map_err(|_| FaultCode::Internal)?;
        let files = match message.files.is_empty() {
            true => None,
            false => {
                let cards =
                    serde_json::to_string(&message.files).map_err(|_| FaultCode::Internal)?;
                Some(self.0.seal_attached(written, &cards).map_err(|_| FaultCode::Internal)?)
            }
        };
        Ok(Sealed { body: Some(body), files, terms: self.terms(text) })
    }

    /// A message with its text and what was sent with it. Without both when one of them was sealed by a key that was destroyed, is not what
    /// was sealed, or is not what the log says: then nobody writes it anew.
    pub fn read(&self, kept: &MessageRecord) -> Message {
        if is_at_odds(kept) {
            report(kept, "a message is not what the log says");
            return kept.message(None, vec![]);
        }
        let Some(sealed) = &kept.sealed_body else { return kept.message(None, vec![]) };
        match (self.0.open_body(written(kept), sealed), self.attached(kept)) {
            (Ok(body), Some(files)) => kept.message(Some(body), files),
            (opened, _) => {
                if matches!(opened, Err(NotOpened::Damaged)) {
                    report(kept, "a message is not what was sealed");
                }
                kept.message(None, vec![])
            }
        }
    }

    fn attached(&self, kept: &MessageRecord) -> Option<Vec<FileCard>> {
        let Some(sealed) = &kept.sealed_files else { return Some(vec![]) };
        let opened = self.0.open_attached(written(kept), sealed).ok();
        let cards = opened.and_then(|it| serde_json::from_slice(&it).ok());
        if cards.is_none() {
            report(kept, "what was sent with a message cannot be read");
        }
        cards
    }

    /// The key itself, for files.
    pub fn key(&self) -> &ConversationKey {
        &self.0
    }

    /// What a text is found by, blind.
    fn terms(&self, text: &Phi<String>) -> Vec<Term> {
        self.0.terms_of(text.expose())
    }

    /// What to look for when these words are to be found, blind. Nothing when there are no words.
    pub fn query(&self, words: &Phi<String>) -> Vec<Term> {
        self.0.terms_to_find(words.expose())
    }
}

/// A row that says what no line of the log did: that it was changed or taken back, or that it is there and says nothing.
fn is_at_odds(kept: &MessageRecord) -> bool {
    let says_it_was_changed = kept.edited_at.is_some() || kept.deleted_at.is_some();
    let says_nothing = kept.sealed_body.is_none() && kept.deleted_at.is_none();
    says_nothing || (says_it_was_changed && kept.changed.is_none())
}

fn report(kept: &MessageRecord, what: &'static str) {
    metrics::counter!("bedside_messages_damaged_total").increment(1);
    tracing::error!(message_id = %kept.message_id, what, "a message cannot be shown");
}

fn written(kept: &MessageRecord) -> Written {
    Written { message: kept.message_id.0, line: kept.line(), by: kept.member_id.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Vault;
    use crate::protocol::ids::{MemberId, MessageId};
    use crate::protocol::time::UnixMillis;
    use uuid::Uuid;

    fn message(text: &str) -> Message {
        Message {
            message_id: MessageId(Uuid::from_u128(1)),
            offset: 7,
            member_id: MemberId(Uuid::from_u128(2)),
            at: UnixMillis(0),
            body: Some(text.to_owned().into()),
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            files: vec![],
        }
    }

    #[tokio::test]
    async fn what_a_message_said_before_it_was_changed_does_not_open_any_more() {
        let id = ConversationId(Uuid::from_u128(9));
        let (key, _) =
            Vault::ephemeral().unwrap().new_key(id.0, Uuid::from_u128(30)).await.unwrap();
        let letters = Letters(Arc::new(key));
        let first = letters.seal(&message("One a day."), 7).unwrap();
        let then = letters.seal(&message("None at all."), 12).unwrap();
        let said = |sealed: &Sealed, changed| {
            let kept = MessageRecord::of(&message(""), id, sealed, changed);
            letters.read(&kept).body.map(Phi::into_exposed)
        };
        assert_eq!(said(&first, None).as_deref(), Some("One a day."));
        assert_eq!(said(&then, Some(12)).as_deref(), Some("None at all."));
        assert_eq!(said(&first, Some(12)), None, "put back");
        assert_eq!(said(&then, Some(13)), None, "deleted since, and put back");
        assert_eq!(said(&then, None), None);
        // Taken back by a row alone, or emptied by one.
        let row = MessageRecord::of(&message(""), id, &Sealed::default(), None);
        assert!(
            is_at_odds(&row) && is_at_odds(&MessageRecord { changed: Some(12), ..row.clone() })
        );
        let deleted_at = Some(UnixMillis(1));
        let gone = MessageRecord { deleted_at, ..row };
        assert!(is_at_odds(&gone) && !is_at_odds(&MessageRecord { changed: Some(12), ..gone }));
    }
}
