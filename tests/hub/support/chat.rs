//! Somebody in a conversation: they follow it by a socket, and what they know by events is what they would be told anew.

use super::fold::texts;
use super::{Clinic, Socket, Someone};
use bedside::clock::Clock as _;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{
    ConversationCard, ConversationStatus, ConversationView, DeleteMessage, EditMessage,
    ListConversations, MarkConversation, MemberMarks, Message, OpenConversation, OpenWith,
    Presence, SendMessage, SentMessage, SignalTyping,
};
use bedside::protocol::fault::Fault;
use bedside::protocol::ids::{AppointmentId, ConversationId, MemberId, MessageId, PersonId};
use bedside::protocol::time::UnixMillis;
use bedside::protocol::topic::{Position, Topic, TopicState};
use std::time::Duration;

/// Somebody in a conversation.
pub(crate) struct Chat {
    pub(crate) who: Someone,
    pub(crate) id: ConversationId,
    pub(crate) socket: Socket,
}

/// Opens the conversation of a visit.
pub(crate) fn of_visit(appointment_id: AppointmentId) -> OpenConversation {
    OpenConversation { with: OpenWith::Visit { appointment_id } }
}

/// Opens the conversation with somebody.
pub(crate) fn with(person_id: PersonId) -> OpenConversation {
    OpenConversation { with: OpenWith::Person { person_id } }
}

impl Clinic {
    /// A patient and a clinician who have an appointment, in a conversation with each other, by two codecs.
    pub(crate) async fn chat(&self) -> (Chat, Chat) {
        let ana = self.patient("Ana Fictional").await;
        let dr_b = self.clinician("Dr. Bo Fictional").await;
        self.books(&ana, &dr_b).await;
        let card = ana.calls(with(dr_b.person_id.unwrap())).await.expect("may write to her doctor");
        let id = card.conversation.conversation_id;
        (
            Chat::follows(ana, id, Codec::Json).await,
            Chat::follows(dr_b, id, Codec::MessagePack).await,
        )
    }
}

impl Clinic {
    /// The same person after the hub has started anew.
    pub(crate) async fn signs_in_again(&self, who: &Someone) -> Someone {
        let person = who.person_id.expect("an account");
        let role = self.store.person(person).await.unwrap().expect("an account").role;
        self.signs_in(person, role, &who.name).await
    }

    /// Tomorrow.
    pub(crate) fn tomorrow(&self) -> UnixMillis {
        self.clock.now().plus(Duration::from_secs(24 * 60 * 60))
    }
}

impl Someone {
    /// Opens a conversation.
    pub(crate) async fn opens(&self, op: OpenConversation) -> Result<ConversationCard, Fault> {
        self.calls(op).await
    }
}

impl Chat {
    /// Follows a conversation by a socket of their own.
    pub(crate) async fn follows(who: Someone, id: ConversationId, codec: Codec) -> Chat {
        let mut socket = who.connects(codec).await;
        socket.follows(Topic::Conversation(id)).await.expect("may follow");
        Chat { who, id, socket }
    }

    pub(crate) fn topic(&self) -> Topic {
        Topic::Conversation(self.id)
    }

    pub(crate) fn position(&self) -> Position {
        self.socket.position(self.topic()).expect("follows it")
    }

    fn state(&self) -> &TopicState {
        self.socket.state(self.topic()).expect("follows it")
    }

    pub(crate) fn view(&self) -> &ConversationView {
        let TopicState::Conversation { conversation, .. } = self.state() else { panic!("none") };
        conversation
    }

    pub(crate) fn messages(&self) -> &[Message] {
        let TopicState::Conversation { messages, .. } = self.state() else { panic!("none") };
        messages
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        texts(self.messages())
    }

    pub(crate) fn me(&self) -> MemberId {
        self.view().you
    }

    pub(crate) fn status(&self) -> ConversationStatus {
        self.view().status
    }

    pub(crate) fn marks_of(&self, id: MemberId) -> Option<MemberMarks> {
        let TopicState::Conversation { marks, .. } = self.state() else { panic!("none") };
        marks.iter().find(|it| it.member_id == id).copied()
    }

    pub(crate) fn presence_of(&self, id: MemberId) -> Option<Presence> {
        let TopicState::Conversation { presence, .. } = self.state() else { panic!("none") };
        presence.iter().find(|it| it.member_id == id).map(|it| it.presence)
    }

    pub(crate) fn message(&self, text: &str) -> SendMessage {
        SendMessage {
            conversation_id: self.id,
            body: text.into(),
            reply_to: None,
            files: vec![],
            overriding: None,
        }
    }

    /// Says something, by their socket.
    pub(crate) async fn says(&mut self, text: &str) -> SentMessage {
        let op = self.message(text);
        self.socket.calls(op).await.expect("may write")
    }

    pub(crate) async fn edits(&mut self, id: MessageId, text: &str) -> Result<Message, Fault> {
        let (conversation_id, body) = (self.id, text.into());
        let op = EditMessage { conversation_id, message_id: id, body, overriding: None };
        self.socket.calls(op).await
    }

    pub(crate) async fn deletes(&mut self, id: MessageId) -> Result<Message, Fault> {
        self.socket.calls(DeleteMessage { conversation_id: self.id, message_id: id }).await
    }

    /// Has looked at everything until there.
    pub(crate) async fn has_seen(&mut self, offset: u32) {
        let op =
            MarkConversation { conversation_id: self.id, delivered: None, displayed: Some(offset) };
        self.socket.calls(op).await.expect("may mark");
    }

    pub(crate) async fn types(&mut self, is_typing: bool) {
        let op = SignalTyping { conversation_id: self.id, is_typing };
        self.socket.calls(op).await.expect("may type");
    }

    /// Waits until what they know is so; it is then what they would be told anew.
    pub(crate) async fn sees(&mut self, what: &str, is_so: impl Fn(&Chat) -> bool) {
        let until = tokio::time::Instant::now() + super::DEADLINE;
        while !is_so(self) {
            assert!(self.socket.gaps.is_empty(), "taken off: {:?}", self.socket.gaps);
            let heard = tokio::time::timeout_at(until, self.socket.hears()).await;
            assert!(heard.is_ok(), "{} waited in vain for: {what}", self.who.name);
        }
        self.agrees().await;
    }

    /// Waits for a last message.
    pub(crate) async fn hears(&mut self, text: &str) {
        let what = format!("hears {text}");
        self.sees(&what, |it| it.texts().last().is_some_and(|it| it == text)).await;
    }

    /// State after events = state told anew: the socket compares when a snapshot comes at a position that it knows.
    pub(crate) async fn agrees(&mut self) {
        for _ in 0..5 {
            // Its answer comes behind what waits in its lane. Whoever follows anew before that has come is told of it by the
            // snapshot alone, and no event is left to compare.
            self.socket.calls(ListConversations {}).await.expect("may list");
            self.socket.follows(self.topic()).await.expect("may follow");
            if !self.socket.behind.contains(&self.topic()) {
                return;
            }
        }
        panic!("{} was never told what passed by", self.who.name);
    }

    /// Was taken off because the owner went, and goes on from where they were.
    pub(crate) async fn goes_on(&mut self, before: (Position, TopicState)) {
        let topic = self.topic();
        self.socket.until("a gap", |it| !it.gaps.is_empty()).await;
        self.socket.gaps.clear();
        self.socket.knows(topic, before.clone());
        let mut tries = 0;
        while let Err(fault) = self.socket.follows_from(topic, Some(before.0)).await {
            assert_eq!(fault.retry, bedside::protocol::fault::Retry::After, "{:?}", fault.code);
            tries += 1;
            assert!(tries < 20, "the conversation does not come back");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.agrees().await;
    }

    /// What they know, to go on from.
    pub(crate) fn memory(&self) -> (Position, TopicState) {
        (self.position(), self.state().clone())
    }
}
