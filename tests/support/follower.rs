//! A client of one conversation that lives by the rules of `bedside/1`, whatever the network does: it resumes from its
//! position, drops what it knows, and follows again where something is missing. It writes down everything that it was
//! told, and how.
//!
//! Invariants: what it was told is in the order in which it came; it never believes what does not continue what it knows,
//! unless it was made careless on purpose. Does not: judge what it was told.

use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::Message as ChatMessage;
use bedside::protocol::fault::Fault;
use bedside::protocol::frame::{ClientFrame, Followed, Resume, ServerFrame};
use bedside::protocol::ids::{ConversationId, MessageId};
use bedside::protocol::operation::Operation;
use bedside::protocol::topic::{Event, Position, Topic, TopicState};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// How it was told something of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Live, the next line.
    Live,
    /// The next line, when it resumed.
    Replayed,
    /// The whole anew.
    Whole,
}

/// A message of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) offset: u32,
    pub(crate) message_id: MessageId,
    pub(crate) text: String,
}

/// Something that it was told and believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) how: How,
    /// Where the log was with it.
    pub(crate) position: Position,
    /// Messages in it: one at most, unless it was the whole.
    pub(crate) posts: Vec<Posted>,
}

/// The connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed {
    /// Close code; 1006 without one.
    pub(crate) code: u16,
    /// How long the hub asked to wait, with the spread.
    pub(crate) wait_ms: u32,
}

/// The client.
pub(crate) struct Follower {
    pub(crate) hub: SocketAddr,
    codec: Codec,
    topic: Topic,
    stream: Option<WebSocketStream<TcpStream>>,
    next_id: u32,
    channel: Option<u32>,
    /// The follow that is under way.
    asked: Option<u32>,
    pub(crate) position: Option<Position>,
    /// What it was told and believed.
    pub(crate) told: Vec<Told>,
    answers: BTreeMap<u32, Result<Value, Fault>>,
    /// What it knew already, or what did not continue what it knew.
    pub(crate) disbelieved: u32,
    /// Planted: it believes every event, and never looks whether something is missing.
    pub(crate) is_careless: bool,
    bye_ms: u32,
}

impl Follower {
    pub(crate) fn new(hub: SocketAddr, id: ConversationId, codec: Codec) -> Self {
        Follower {
            hub,
            codec,
            topic: Topic::Conversation(id),
            stream: None,
            next_id: 0,
            channel: None,
            asked: None,
            position: None,
            told: vec![],
            answers: BTreeMap::new(),
            disbelieved: 0,
            is_careless: false,
            bye_ms: 0,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.stream.is_some()
    }

    /// Connects, says hello from where it is, and hears the welcome.
    pub(crate) async fn connects(&mut self, token: &str) -> Result<(), Closed> {
        self.cut();
        self.bye_ms = 0;
        let gone = Closed { code: 1006, wait_ms: 0 };
        let mut request = format!("ws://{}/v1/socket", self.hub).into_client_request().unwrap();
        let [message_pack, json] = Codec::SUBPROTOCOLS;
        let name = if self.codec == Codec::Json { json } else { message_pack };
        request.headers_mut().insert("sec-websocket-protocol", name.parse().unwrap());
        let stream = TcpStream::connect(self.hub).await.map_err(|_| gone)?;
        let opened = tokio_tungstenite::client_async(request, stream).await.map_err(|_| gone)?;
        self.stream = Some(opened.0);
        let resume = Resume { topic: self.topic, position: self.position };
        let hello = ClientFrame::Hello {
            token: token.into(),
            sdk: Some("follower".to_owned()),
            tab: None,
            follow: vec![resume],
        };
        self.sends(&hello).await;
        let is_welcome = |it: &ServerFrame| matches!(it, ServerFrame::Welcome { .. });
        while !self.hears().await?.iter().any(is_welcome) {}
        Ok(())
    }

    /// Goes without a word.
    pub(crate) fn cut(&mut self) {
        self.stream = None;
        self.channel = None;
        self.asked = None;
        self.answers.clear();
    }

    /// Forgets everything, as a page does that is closed.
    pub(crate) fn forgets(&mut self) {
        self.cut();
        self.position = None;
    }

    /// Sends a request; its number.
    pub(crate) async fn begins<O: Operation>(&mut self, key: &str, op: &O) -> u32 {
        let id = self.id();
        let request = ClientFrame::Request {
            id,
            op: O::NAME.to_owned(),
            params: serde_json::to_value(op).unwrap(),
            key: Some(key.to_owned()),
            deadline_ms: None,
            condition: None,
            traceparent: None,
        };
        self.sends(&request).await;
        id
    }

    /// Waits for its answer, as long as the connection lasts.
    pub(crate) async fn answer<O: Operation>(
        &mut self,
        id: u32,
    ) -> Result<Result<O::Output, Fault>, Closed> {
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return Ok(answer.map(|it| serde_json::from_value(it).expect("an output")));
            }
            self.hears().await?;
        }
    }

    /// Texts that it knows, in the order of the log.
    pub(crate) fn texts(&self) -> Vec<String> {
        let posts = self.told.iter().flat_map(|it| &it.posts);
        let all: BTreeMap<u32, &Posted> = posts.map(|it| (it.offset, it)).collect();
        all.into_values().map(|it| it.text.clone()).collect()
    }

    /// Reads one message, and does what its frames ask for.
    pub(crate) async fn hears(&mut self) -> Result<Vec<ServerFrame>, Closed> {
        let Some(stream) = &mut self.stream else { return Err(self.closed(1006)) };
        let bytes = match stream.next().await {
            Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
            Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
            Some(Ok(Message::Close(frame))) => {
                return Err(self.closed(frame.map_or(1005, |it| it.code.into())));
            }
            Some(Ok(_)) => return Ok(vec![]),
            Some(Err(_)) | None => return Err(self.closed(1006)),
        };
        let frames: Vec<ServerFrame> = self.codec.decode(&bytes).expect("frames of the hub");
        for frame in &frames {
            self.takes(frame).await;
        }
        Ok(frames)
    }

    fn closed(&mut self, code: u16) -> Closed {
        self.cut();
        Closed { code, wait_ms: self.bye_ms }
    }

    async fn takes(&mut self, frame: &ServerFrame) {
        match frame {
            ServerFrame::Welcome { followed, .. } => {
                for it in followed {
                    self.begins_with(it).await;
                }
            }
            ServerFrame::Done { id, followed } if self.asked == Some(*id) => {
                self.asked = None;
                if let Some(followed) = followed {
                    self.begins_with(followed).await;
                }
            }
            ServerFrame::Failed { id, .. } if self.asked == Some(*id) => {
                // Its owner is being started: asked again at once, as often as it takes.
                self.asked = None;
                self.follows().await;
            }
            ServerFrame::Reply { id, output } => {
                self.answers.insert(*id, Ok(output.clone()));
            }
            ServerFrame::Failed { id, fault } => {
                self.answers.insert(*id, Err(fault.clone()));
            }
            ServerFrame::Event { channel, position, event, .. }
                if self.channel == Some(*channel) =>
            {
                self.happens(*position, event).await;
            }
            ServerFrame::Gap { channel, .. } if self.channel == Some(*channel) => {
                self.position = None;
                self.follows().await;
            }
            ServerFrame::Ping { number, marks, .. } => {
                self.sends(&ClientFrame::Pong { number: *number }).await;
                let mark = marks.iter().find(|it| self.channel == Some(it.channel));
                if mark.is_some_and(|it| self.is_behind(it.position)) {
                    self.follows().await;
                }
            }
            ServerFrame::Bye { spread_ms, after_ms, .. } => {
                self.bye_ms = after_ms.unwrap_or(0) + spread_ms / 2;
            }
            _ => {}
        }
    }

    fn is_behind(&self, mark: Position) -> bool {
        !self.is_careless && self.position.is_some_and(|it| it != mark && it.offset <= mark.offset)
    }

    async fn happens(&mut self, position: Position, event: &Event) {
        let Some(known) = self.position else { return };
        if event.passes_by() {
            if self.is_behind(position) {
                self.follows().await;
            }
            return;
        }
        let is_next = position.epoch == known.epoch && position.offset == known.offset + 1;
        if is_next || (self.is_careless && position > known) {
            self.believes(How::Live, position, posted(event));
            return;
        }
        self.disbelieved += 1;
        if position > known || position.epoch != known.epoch {
            self.follows().await;
        }
    }

    fn believes(&mut self, how: How, position: Position, posts: Vec<Posted>) {
        self.position = Some(position);
        self.told.push(Told { how, position, posts });
    }

    /// Follows again from where it is; until the answer comes, it hears nothing of it.
    async fn follows(&mut self) {
        self.channel = None;
        let id = self.id();
        self.asked = Some(id);
        let (topic, position) = (self.topic, self.position);
        self.sends(&ClientFrame::Follow { id, topic, position }).await;
    }

    async fn begins_with(&mut self, followed: &Followed) {
        match followed {
            Followed::Current { channel, position, .. } => {
                self.channel = Some(*channel);
                // It thinks that we know what we do not know.
                if self.position != Some(*position) {
                    self.position = None;
                    self.follows().await;
                }
            }
            Followed::Snapshot { channel, position, state, .. } => {
                self.channel = Some(*channel);
                let TopicState::Conversation { messages, .. } = state else { panic!("{state:?}") };
                self.believes(How::Whole, *position, messages.iter().map(post).collect());
            }
            Followed::Resumed { channel, events, has_more, .. } => {
                self.channel = Some(*channel);
                for it in events.iter().filter(|it| !it.event.passes_by()) {
                    let is_next = self.position.is_some_and(|known| {
                        it.position.epoch == known.epoch && it.position.offset == known.offset + 1
                    });
                    assert!(is_next, "replayed {:?} after {:?}", it.position, self.position);
                    self.believes(How::Replayed, it.position, posted(&it.event));
                }
                if *has_more {
                    self.follows().await;
                }
            }
            Followed::Denied { fault, .. } => {
                assert_ne!(fault.retry, bedside::protocol::fault::Retry::Never, "{fault:?}");
                self.follows().await;
            }
        }
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    async fn sends(&mut self, frame: &ClientFrame) {
        let Some(stream) = &mut self.stream else { return };
        let bytes = self.codec.encode(std::slice::from_ref(frame)).unwrap();
        let message = match self.codec {
            Codec::MessagePack => Message::binary(bytes),
            Codec::Json => Message::text(String::from_utf8(bytes).unwrap()),
        };
        // A socket that has gone is found by whoever reads on.
        let _sent = stream.send(message).await;
    }
}

fn posted(event: &Event) -> Vec<Posted> {
    match event {
        Event::MessagePosted { message, .. } => vec![post(message)],
        _ => vec![],
    }
}

pub(crate) fn post(message: &ChatMessage) -> Posted {
    let text = message.body.as_ref().map_or_else(String::new, |it| it.expose().clone());
    Posted { offset: message.offset, message_id: message.message_id, text }
}
