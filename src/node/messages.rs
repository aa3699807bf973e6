//! Messages: sent, edited, deleted, read by page, found; marks and typing.
//!
//! Invariant: a page is read after the caller's part in the conversation was looked at, with the key that was found there;
//! a search looks into conversations of the caller only. Does not: decide.

use crate::actors::cards::MAX_CARDS;
use crate::actors::letters::Letters;
use crate::actors::sharing::unshared;
use crate::actors::talk::{Mark, Output, Type, What};
use crate::command::{Call, Execute, Recorded, unsaved};
use crate::domain::conversation::delivery::{Posted, Reader, delivery, escalates_by};
use crate::domain::conversation::typing::Signal;
use crate::domain::policy::Who;
use crate::node::Node;
use crate::protocol::auth::Done;
use crate::protocol::conversation::{
    DeleteMessage, EditMessage, FoundMessage, FoundMessages, ListMessages, MAX_MESSAGES_A_PAGE,
    MarkConversation, Message, Messages, SearchMessages, SendMessage, SentMessage, SignalTyping,
};
use crate::protocol::delivery::{Delivery, ReadDelivery};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{ConversationId, MessageId};
use crate::store::conversations::{BlindQuery, MemberRecord, MessageRecord, Page};
use std::collections::BTreeMap;

/// Messages of a page when nobody says how many.
const DEFAULT_PAGE: u32 = 50;
/// Messages that a search finds.
const MAX_FOUND: u32 = 50;
/// Characters of a search.
const MAX_SEARCH_CHARS: usize = 200;

impl Execute<SendMessage> for Node {
    async fn execute(&self, call: Call, op: SendMessage) -> Result<SentMessage, Fault> {
        self.limits.take_message(&call.principal()?.who.to_string()).await?;
        self.send_message(call, op).await
    }
}

impl Execute<EditMessage> for Node {
    async fn execute(&self, call: Call, op: EditMessage) -> Result<Message, Fault> {
        self.limits.take_message(&call.principal()?.who.to_string()).await?;
        self.may_edit(&call, &op).await?;
        let what = What::Edit(op.message_id, op.body);
        message(self.append(call, op.conversation_id, what).await?)
    }

    /// The message as it stands: its text is kept by the key of its conversation, and nowhere beside it.
    async fn told_again(&self, call: &Call, kept: Message) -> Result<Message, Fault> {
        let found = self.store.message(kept.message_id).await.map_err(unsaved)?;
        let found = found.ok_or(FaultCode::NotFound)?;
        let looked = self.look_into(&call.principal()?, found.conversation_id).await?;
        Ok(read(looked.letters.as_ref(), &found))
    }
}

impl Execute<ReadDelivery> for Node {
    async fn execute(&self, call: Call, op: ReadDelivery) -> Result<Delivery, Fault> {
        self.look_into(&call.principal()?, op.conversation_id).await?;
        let nothing = || Fault::from(FaultCode::NotFound);
        let found = self.store.message(op.message_id).await.map_err(unsaved)?;
        let found = found.filter(|it| it.conversation_id == op.conversation_id);
        let message = found.ok_or_else(nothing)?;
        let kept = self.store.conversation(op.conversation_id).await.map_err(unsaved)?;
        let readers: Vec<_> = kept.ok_or_else(nothing)?.members.iter().map(reader).collect();
        let of = Posted {
            offset: message.offset,
            author: message.member_id,
            at: message.at,
            is_deleted: message.deleted_at.is_some(),
        };
        Ok(Delivery {
            message_id: op.message_id,
            at: of.at,
            members: delivery(&of, &readers),
            escalates_by: escalates_by(&of, &readers),
        })
    }
}

fn reader(of: &MemberRecord) -> Reader {
    Reader {
        member_id: of.member_id,
        role: of.role,
        is_in: of.left_at.is_none(),
        delivered: of.delivered,
        displayed: of.displayed,
    }
}

impl Execute<DeleteMessage> for Node {
    async fn execute(&self, call: Call, op: DeleteMessage) -> Result<Message, Fault> {
        message(self.append(call, op.conversation_id, What::Delete(op.message_id)).await?)
    }
}

impl Execute<MarkConversation> for Node {
    async fn execute(&self, call: Call, op: MarkConversation) -> Result<Done, Fault> {
        let mark = Mark {
            principal: call.principal()?,
            delivered: op.delivered.unwrap_or(0),
            displayed: op.displayed.unwrap_or(0),
        };
        let talk = self.talks.find(op.conversation_id).ok_or(FaultCode::Draining)?;
        // Marking again what is marked is nothing: whoever could not, tries again.
        talk.send(mark).await.map_err(|_| FaultCode::Unavailable)??;
        Ok(Done {})
    }
}

impl Execute<SignalTyping> for Node {
    async fn execute(&self, call: Call, op: SignalTyping) -> Result<Done, Fault> {
        let signal = if op.is_typing { Signal::Begins } else { Signal::Ends };
        let typing = Type { principal: call.principal()?, signal };
        let talk = self.talks.find(op.conversation_id).ok_or(FaultCode::Draining)?;
        talk.send(typing).await.map_err(|_| FaultCode::Unavailable)??;
        Ok(Done {})
    }
}

impl Execute<ListMessages> for Node {
    async fn execute(&self, call: Call, op: ListMessages) -> Result<Messages, Fault> {
        let looked = self.look_into(&call.principal()?, op.conversation_id).await?;
        let limit = op.limit.unwrap_or(DEFAULT_PAGE);
        if limit == 0 || limit > MAX_MESSAGES_A_PAGE {
            return Err(Fault::invalid("limit", "1 to 100."));
        }
        let page = match (op.since, op.before) {
            (Some(_), Some(_)) => {
                return Err(Fault::invalid("before", "Either since or before, or neither."));
            }
            (Some(id), None) => Page::After(self.offset_of(op.conversation_id, id, "since").await?),
            (None, Some(id)) => {
                Page::Before(self.offset_of(op.conversation_id, id, "before").await?)
            }
            (None, None) => Page::Before(u32::MAX),
        };
        let wanted = limit.saturating_add(1);
        let mut kept =
            self.store.messages(op.conversation_id, page, wanted).await.map_err(unsaved)?;
        let has_more = u32::try_from(kept.len()).is_ok_and(|it| it == wanted);
        if has_more {
            match page {
                Page::After(_) => drop(kept.pop()),
                Page::Before(_) => drop(kept.remove(0)),
            }
        }
        let messages = kept.iter().map(|it| read(looked.letters.as_ref(), it)).collect();
        Ok(Messages { messages, has_more })
    }
}

impl Execute<SearchMessages> for Node {
    // It reads, though it is no GET: what was found is on disk before anybody is told.
    const RECORDED: Recorded = Recorded::WithIt;

    async fn execute(&self, call: Call, op: SearchMessages) -> Result<FoundMessages, Fault> {
        if op.words.expose().chars().count() > MAX_SEARCH_CHARS {
            return Err(Fault::invalid("words", "At most 200 characters."));
        }
        let letters = self.letters_of(&call, op.conversation_id).await?;
        let queries: Vec<_> = letters
            .iter()
            .map(|(id, it)| BlindQuery { conversation_id: *id, terms: it.query(&op.words) })
            .filter(|it| !it.terms.is_empty())
            .collect();
        if queries.is_empty() && !letters.is_empty() {
            return Err(Fault::invalid("words", "Words, or beginnings of at least three letters."));
        }
        let kept = self.store.find_messages(queries, MAX_FOUND).await.map_err(unsaved)?;
        let found = kept.iter().map(|it| FoundMessage {
            conversation_id: it.conversation_id,
            message: read(letters.get(&it.conversation_id), it),
        });
        Ok(FoundMessages { found: found.collect() })
    }
}

impl Node {
    /// Where a message of this conversation stands.
    async fn offset_of(
        &self,
        within: ConversationId,
        id: MessageId,
        field: &'static str,
    ) -> Result<u32, Fault> {
        let found = self.store.message(id).await.map_err(unsaved)?;
        let own = found.filter(|it| it.conversation_id == within);
        own.map(|it| it.offset).ok_or_else(|| Fault::invalid(field, "A message of it."))
    }

    /// The keys of those conversations that the caller may search: one, or all of theirs.
    async fn letters_of(
        &self,
        call: &Call,
        only: Option<ConversationId>,
    ) -> Result<BTreeMap<ConversationId, Letters>, Fault> {
        let principal = call.principal()?;
        if let Some(id) = only {
            let looked = self.look_into(&principal, id).await?;
            return Ok(looked.letters.map(|it| (id, it)).into_iter().collect());
        }
        match principal.who {
            Who::Person(person) => {
                let all = self.store.conversations_of(person, MAX_CARDS).await.map_err(unsaved)?;
                let ids: Vec<_> = all.iter().map(|it| it.record.conversation_id).collect();
                let asker = (principal.who, principal.role);
                let closed = unshared(self.store.as_ref(), asker, &ids, call.now).await;
                let closed = closed.map_err(unsaved)?;
                let mut open = BTreeMap::new();
                for it in &all {
                    let id = it.record.conversation_id;
                    if closed.contains(&id) {
                        continue;
                    }
                    let letters =
                        Letters::open(&self.keys, &*self.store, id, it.record.key.as_ref()).await?;
                    open.extend(letters.map(|it| (id, it)));
                }
                Ok(open)
            }
            Who::Participant(_) => {
                let card = self.only_card(&principal).await?;
                let Some(id) = card.map(|it| it.conversation.conversation_id) else {
                    return Ok(BTreeMap::new());
                };
                let looked = self.look_into(&principal, id).await?;
                Ok(looked.letters.map(|it| (id, it)).into_iter().collect())
            }
        }
    }
}

fn read(letters: Option<&Letters>, kept: &MessageRecord) -> Message {
    match letters {
        Some(letters) => letters.read(kept),
        None => kept.message(None, vec![]),
    }
}

fn message(output: Output) -> Result<Message, Fault> {
    match output {
        Output::Message(message) => Ok(*message),
        Output::Sent(_) | Output::View(_) | Output::Done => Err(FaultCode::Internal.into()),
    }
}
