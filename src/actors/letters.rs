//! The key of one conversation, opened, and what is sealed and opened with it.
//!
//! Owns: the one way from a sealed body to a text and back, for the actor of a conversation, for mailboxes and for pages of
//! history. Invariants: a body opens in its own conversation and message only; whoever has no key reads nothing.
//! Does not: know who may read.

use crate::crypto::{Keys, Sealer, sha256};
use crate::protocol::conversation::Message;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{ConversationId, MessageId};
use crate::protocol::phi::Phi;
use crate::store::conversations::{MessageRecord, WrappedKey};
use std::sync::Arc;

/// A conversation's key. Clones are the same key.
#[derive(Debug, Clone)]
pub struct Letters {
    conversation_id: ConversationId,
    sealer: Arc<Sealer>,
}

impl Letters {
    /// A new key for a conversation, and how it is kept.
    ///
    /// # Errors
    /// [`FaultCode::Internal`] when the system has no randomness.
    pub fn make(keys: &Keys, id: ConversationId) -> Result<(Self, WrappedKey), Fault> {
        let token = crate::crypto::new_token().map_err(|_| FaultCode::Internal)?;
        let bytes = sha256(token.expose().as_bytes());
        let sealed =
            keys.sealer.seal(&place_of_key(id), &bytes).map_err(|_| FaultCode::Internal)?;
        let kept = WrappedKey { key_id: "1".to_owned(), sealed };
        let letters = Letters::open(keys, id, &kept).ok_or(FaultCode::Internal)?;
        Ok((letters, kept))
    }

    /// Opens a key as it is kept.
    pub fn open(keys: &Keys, id: ConversationId, kept: &WrappedKey) -> Option<Self> {
        let bytes = keys.sealer.open(&place_of_key(id), &kept.sealed)?;
        let sealer = Sealer::new(&bytes).ok()?;
        Some(Letters { conversation_id: id, sealer: Arc::new(sealer) })
    }

    /// Seals the text of a message.
    ///
    /// # Errors
    /// [`FaultCode::Internal`] when the system has no randomness.
    pub fn seal(&self, id: MessageId, text: &Phi<String>) -> Result<String, Fault> {
        let sealed = self.sealer.seal(&self.place(id), text.expose().as_bytes());
        sealed.map_err(|_| FaultCode::Internal.into())
    }

    /// A message with its text.
    pub fn read(&self, kept: &MessageRecord) -> Message {
        let sealed = kept.sealed_body.as_ref();
        let bytes = sealed.and_then(|it| self.sealer.open(&self.place(kept.message_id), it));
        if sealed.is_some() && bytes.is_none() {
            metrics::counter!("bedside_messages_unreadable_total").increment(1);
        }
        kept.message(bytes.and_then(|it| String::from_utf8(it).ok()).map(Phi::new))
    }

    /// What can be searched of a text, blind.
    pub fn terms(&self, text: &Phi<String>) -> Vec<Vec<u8>> {
        let words = text.expose().split_whitespace();
        words.map(|it| sha256(self.sealer.derive_token(&[it]).expose().as_bytes())).collect()
    }

    /// What to look for when these words are to be found, blind.
    pub fn query(&self, words: &Phi<String>) -> Vec<Vec<u8>> {
        self.terms(words)
    }

    fn place(&self, id: MessageId) -> String {
        format!("messages/body/{}/{id}", self.conversation_id)
    }
}

fn place_of_key(id: ConversationId) -> String {
    format!("conversations/key/{id}")
}
