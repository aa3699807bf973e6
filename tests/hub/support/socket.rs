//! A WebSocket client with the client's rules: events are applied in order, a gap in the numbers fails the story, and a
//! snapshot that comes at a position that is known must say what is known ([`super::fold`]).

use super::{DEADLINE, Someone, fold, in_time};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::Fault;
use bedside::protocol::frame::{ClientFrame, Followed, GapReason, Resume, ServerFrame};
use bedside::protocol::ids::MemberId;
use bedside::protocol::operation::Operation;
use bedside::protocol::precondition::Precondition;
use bedside::protocol::topic::{Event, Position, Topic, TopicState};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// What a client knows, by topic.
pub(crate) type Memory = BTreeMap<Topic, (Position, TopicState)>;

/// One socket.
pub(crate) struct Socket {
    codec: Codec,
    stream: WebSocketStream<TcpStream>,
    next_id: u32,
    channels: BTreeMap<u32, Topic>,
    /// Topics of which something that passes by was on its way when they were told anew.
    pub(crate) behind: BTreeSet<Topic>,
    states: Memory,
    answers: BTreeMap<u32, Result<Value, Fault>>,
    followed: BTreeMap<u32, Option<Followed>>,
    /// Who was said to be writing, and whether they are.
    pub(crate) typing: Vec<(MemberId, bool)>,
    /// Every frame that came, oldest first.
    pub(crate) frames: Vec<ServerFrame>,
    /// Topics that were taken away.
    pub(crate) gaps: Vec<(Topic, GapReason)>,
    /// The code that the socket was closed with.
    pub(crate) closed: Option<u16>,
}

/// Opens the WebSocket without a hello. With a `window`, the client's kernel keeps no more bytes than that for it.
async fn upgrade(hub: SocketAddr, codec: Codec, window: Option<u32>) -> WebSocketStream<TcpStream> {
    let name = match codec {
        Codec::MessagePack => Codec::SUBPROTOCOLS[0],
        Codec::Json => Codec::SUBPROTOCOLS[1],
    };
    let mut request = format!("ws://{hub}/v1/socket").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", name.parse().unwrap());
    let socket = TcpSocket::new_v4().expect("a socket");
    if let Some(window) = window {
        socket.set_recv_buffer_size(window).expect("a small window");
    }
    let stream = socket.connect(hub).await.expect("the hub listens");
    let opened = in_time("an upgrade", tokio_tungstenite::client_async(request, stream)).await;
    opened.expect("the upgrade succeeds").0
}

impl Socket {
    /// Connects and says hello. The other result is the code that the hub closed with.
    pub(crate) async fn open(
        who: &Someone,
        codec: Codec,
        tab: Option<&str>,
        follow: Vec<Resume>,
    ) -> Result<Socket, u16> {
        let stream = upgrade(who.hub, codec, None).await;
        Socket::begins_with_hello(stream, who, codec, tab, follow, Memory::new()).await
    }

    /// Connects, says hello, and goes on with what another socket knew.
    pub(crate) async fn returns(who: &Someone, codec: Codec, memory: Memory) -> Socket {
        let stream = upgrade(who.hub, codec, None).await;
        let follow = memory
            .iter()
            .map(|(topic, (position, _))| Resume { topic: *topic, position: Some(*position) })
            .collect();
        let opened = Socket::begins_with_hello(stream, who, codec, None, follow, memory).await;
        opened.expect("the hello is welcome")
    }

    /// Knows what it knew before it was taken off a topic.
    pub(crate) fn knows(&mut self, topic: Topic, known: (Position, TopicState)) {
        self.states.insert(topic, known);
    }

    /// What is known, to be taken along.
    pub(crate) fn memory(&self) -> Memory {
        self.states.clone()
    }

    /// Says goodbye.
    pub(crate) async fn says_goodbye(mut self) {
        self.sends(&ClientFrame::Bye {}).await;
        self.is_closed().await;
    }

    /// Connects through a narrow window: whoever does not read holds the hub up after some kilobytes.
    pub(crate) async fn open_narrowly(who: &Someone, codec: Codec) -> Socket {
        let stream = upgrade(who.hub, codec, Some(4_096)).await;
        let opened =
            Socket::begins_with_hello(stream, who, codec, None, vec![], Memory::new()).await;
        opened.expect("the hello is welcome")
    }

    async fn begins_with_hello(
        stream: WebSocketStream<TcpStream>,
        who: &Someone,
        codec: Codec,
        tab: Option<&str>,
        follow: Vec<Resume>,
        memory: Memory,
    ) -> Result<Socket, u16> {
        let mut socket = Socket {
            codec,
            stream,
            next_id: 1,
            channels: BTreeMap::new(),
            behind: BTreeSet::new(),
            states: memory,
            answers: BTreeMap::new(),
            followed: BTreeMap::new(),
            typing: vec![],
            frames: vec![],
            gaps: vec![],
            closed: None,
        };
        let hello = ClientFrame::Hello {
            token: who.token.as_str().into(),
            sdk: Some("stories".to_owned()),
            tab: tab.map(str::to_owned),
            follow,
        };
        socket.sends(&hello).await;
        while socket.frames.is_empty() && socket.closed.is_none() {
            socket.hears().await;
        }
        match socket.frames.first() {
            Some(ServerFrame::Welcome { .. }) => Ok(socket),
            _ => Err(socket.is_closed().await),
        }
    }

    /// Sends one frame.
    pub(crate) async fn sends(&mut self, frame: &ClientFrame) {
        let bytes = self.codec.encode(std::slice::from_ref(frame)).unwrap();
        super::canary::is_sent(&bytes);
        let message = match self.codec {
            Codec::MessagePack => Message::binary(bytes),
            Codec::Json => Message::text(String::from_utf8(bytes).unwrap()),
        };
        // A socket that the hub has closed is found by whoever reads on.
        let _sent = self.stream.send(message).await;
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    /// Reads one message, whatever it is.
    pub(crate) async fn hears(&mut self) {
        if self.closed.is_some() {
            return;
        }
        let message = in_time("a message on the socket", self.stream.next()).await;
        let bytes = match message {
            Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
            Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
            Some(Ok(Message::Close(frame))) => {
                self.closed = Some(frame.map_or(1005, |it| it.code.into()));
                return;
            }
            Some(Ok(_)) => return,
            Some(Err(_)) | None => {
                self.closed = Some(1006);
                return;
            }
        };
        let frames: Vec<ServerFrame> = self.codec.decode(&bytes).expect("frames of ours");
        for frame in frames {
            self.take(&frame);
            self.frames.push(frame);
        }
    }

    fn take(&mut self, frame: &ServerFrame) {
        match frame {
            ServerFrame::Welcome { followed, .. } => followed.iter().for_each(|it| self.begin(it)),
            ServerFrame::Reply { id, output } => {
                let before = self.answers.insert(*id, Ok(output.clone()));
                assert!(before.is_none(), "a request was answered twice");
            }
            ServerFrame::Failed { id, fault } => {
                let before = self.answers.insert(*id, Err(fault.clone()));
                assert!(before.is_none(), "a request was answered twice");
            }
            ServerFrame::Done { id, followed } => {
                if let Some(followed) = followed {
                    self.begin(followed);
                }
                self.followed.insert(*id, followed.clone());
            }
            ServerFrame::Event { channel, position, event, .. } => {
                self.apply(*channel, *position, event);
            }
            ServerFrame::Gap { channel, why } => {
                let topic = self.channels.remove(channel).expect("a known channel");
                self.states.remove(&topic);
                self.gaps.push((topic, *why));
            }
            ServerFrame::Ping { .. }
            | ServerFrame::Reauthenticate { .. }
            | ServerFrame::Drain { .. }
            | ServerFrame::Error { .. }
            | ServerFrame::Bye { .. } => {}
        }
    }

    fn begin(&mut self, followed: &Followed) {
        match followed {
            Followed::Current { topic, channel, position } => {
                let known = self.states.get(topic).map(|it| it.0);
                assert_eq!(known.unwrap_or(*position), *position, "current, but elsewhere");
                self.channels.insert(*channel, *topic);
            }
            Followed::Snapshot { topic, channel, position, state } => {
                self.channels.insert(*channel, *topic);
                self.behind.remove(topic);
                let known = self.states.insert(*topic, (*position, state.clone()));
                if let Some((_, known)) = known.filter(|(at, _)| at == position) {
                    if fold::is_behind(&known, state) {
                        // It has to come by itself: whoever asks again after it compares all.
                        self.behind.insert(*topic);
                        self.states.insert(*topic, (*position, known));
                    } else {
                        fold::assert_same(&known, state);
                    }
                }
            }
            Followed::Resumed { topic, channel, events, has_more, position } => {
                self.channels.insert(*channel, *topic);
                for past in events {
                    self.apply(*channel, past.position, &past.event);
                }
                assert_eq!(self.position(*topic), Some(*position), "it leads to where it says");
                if *has_more {
                    self.channels.remove(channel);
                }
            }
            Followed::Denied { topic, .. } => {
                self.states.remove(topic);
            }
        }
    }

    /// The client's rule: the next one counts, older ones are dropped, a hole is a mistake of the hub.
    fn apply(&mut self, channel: u32, position: Position, event: &Event) {
        let topic = *self.channels.get(&channel).expect("an event of a known channel");
        let Some((at, state)) = self.states.get_mut(&topic) else { return };
        assert_eq!(at.epoch, position.epoch, "an epoch changes by a gap only");
        if event.passes_by() {
            assert!(position.offset <= at.offset, "what passes by {topic:?} does not go ahead");
        } else if position.offset <= at.offset {
            return;
        } else {
            // A whole stands for those before it.
            let is_next = event.is_whole() || position.offset == at.offset + 1;
            assert!(is_next, "an event of {topic:?} is missing");
            *at = position;
        }
        match (state, event) {
            (TopicState::Conversation { .. }, Event::Typing { member_id, is_typing }) => {
                self.typing.push((*member_id, *is_typing));
            }
            (state @ (TopicState::Conversation { .. } | TopicState::Mailbox { .. }), event) => {
                fold::apply(state, event);
            }
            (TopicState::Visit { visit: known }, Event::VisitChanged { visit }) => {
                known.clone_from(visit);
            }
            (TopicState::Visit { .. }, Event::SpeakerChanged { .. }) => {}
            (TopicState::Agenda { cards }, Event::CardChanged { card }) => {
                cards.retain(|it| it.appointment_id != card.appointment_id);
                cards.push((**card).clone());
                cards.sort_by_key(|it| (it.starts_at, it.appointment_id));
            }
            (TopicState::Schedule { hours: known, .. }, Event::HoursChanged { hours }) => {
                known.clone_from(hours);
            }
            (TopicState::Schedule { entries, .. }, Event::EntryChanged { entry }) => {
                entries.retain(|it| it.slot_id != entry.slot_id);
                entries.push(entry.clone());
                entries.sort_by_key(|it| (it.starts_at, it.seat, it.slot_id));
            }
            (TopicState::Schedule { entries, .. }, Event::EntryRemoved { slot_id }) => {
                entries.retain(|it| it.slot_id != *slot_id);
            }
            (TopicState::Openings {}, Event::OpeningsChanged {}) => {}
            (state, event) => panic!("{event:?} does not belong to {state:?}"),
        }
    }

    /// Sends a request and does not wait.
    pub(crate) async fn begins<O: Operation>(&mut self, key: Option<&str>, op: &O) -> u32 {
        self.begins_raw(O::NAME, serde_json::to_value(op).unwrap(), key).await
    }

    /// The same by name.
    pub(crate) async fn begins_raw(&mut self, op: &str, params: Value, key: Option<&str>) -> u32 {
        self.begins_under(None, op, params, key).await
    }

    async fn begins_under(
        &mut self,
        condition: Option<Precondition>,
        op: &str,
        params: Value,
        key: Option<&str>,
    ) -> u32 {
        let id = self.id();
        let request = ClientFrame::Request {
            id,
            op: op.to_owned(),
            params,
            key: key.map(str::to_owned),
            deadline_ms: None,
            condition,
            traceparent: None,
        };
        self.sends(&request).await;
        id
    }

    /// Waits for the answer to a request.
    pub(crate) async fn answer(&mut self, id: u32) -> Result<Value, Fault> {
        while !self.answers.contains_key(&id) {
            assert!(self.closed.is_none(), "closed with {:?} instead of an answer", self.closed);
            self.hears().await;
        }
        self.answers[&id].clone()
    }

    /// Calls by name.
    pub(crate) async fn calls_raw(&mut self, op: &str, params: Value) -> Result<Value, Fault> {
        let id = self.begins_raw(op, params, None).await;
        self.answer(id).await
    }

    /// Calls.
    pub(crate) async fn calls<O: Operation>(&mut self, op: O) -> Result<O::Output, Fault> {
        self.calls_with_key(None, op).await
    }

    /// Calls with an idempotency key.
    pub(crate) async fn calls_with_key<O: Operation>(
        &mut self,
        key: Option<&str>,
        op: O,
    ) -> Result<O::Output, Fault> {
        let id = self.begins(key, &op).await;
        let output = self.answer(id).await?;
        Ok(serde_json::from_value(output).expect("an output"))
    }

    /// Calls under a precondition.
    pub(crate) async fn calls_if<O: Operation>(
        &mut self,
        condition: Precondition,
        key: Option<&str>,
        op: O,
    ) -> Result<O::Output, Fault> {
        let params = serde_json::to_value(&op).unwrap();
        let id = self.begins_under(Some(condition), O::NAME, params, key).await;
        let output = self.answer(id).await?;
        Ok(serde_json::from_value(output).expect("an output"))
    }

    /// Follows a topic from nowhere.
    pub(crate) async fn follows(&mut self, topic: Topic) -> Result<Followed, Fault> {
        self.follows_from(topic, None).await
    }

    /// Follows a topic from a position.
    pub(crate) async fn follows_from(
        &mut self,
        topic: Topic,
        position: Option<Position>,
    ) -> Result<Followed, Fault> {
        let id = self.id();
        self.sends(&ClientFrame::Follow { id, topic, position }).await;
        self.done(id).await.map(|it| it.expect("how it began"))
    }

    /// Asks to follow, and is gone before anybody can answer.
    pub(crate) async fn follows_and_is_cut(mut self, topic: Topic) {
        let id = self.id();
        self.sends(&ClientFrame::Follow { id, topic, position: None }).await;
        self.cut();
    }

    /// Follows a topic no more.
    pub(crate) async fn unfollows(&mut self, topic: Topic) {
        let id = self.id();
        self.sends(&ClientFrame::Unfollow { id, topic }).await;
        self.done(id).await.expect("done");
        self.states.remove(&topic);
    }

    /// Brings another access token.
    pub(crate) async fn authenticates(&mut self, token: &str) -> Result<(), Fault> {
        let id = self.id();
        self.sends(&ClientFrame::Authenticate { id, token: token.into() }).await;
        self.done(id).await.map(|_| ())
    }

    async fn done(&mut self, id: u32) -> Result<Option<Followed>, Fault> {
        loop {
            if let Some(followed) = self.followed.remove(&id) {
                return Ok(followed);
            }
            if let Some(Err(fault)) = self.answers.get(&id) {
                return Err(fault.clone());
            }
            assert!(self.closed.is_none(), "closed with {:?} instead of done", self.closed);
            self.hears().await;
        }
    }

    /// What is known of a topic.
    pub(crate) fn state(&self, topic: Topic) -> Option<&TopicState> {
        self.states.get(&topic).map(|it| &it.1)
    }

    /// Where a topic is.
    pub(crate) fn position(&self, topic: Topic) -> Option<Position> {
        self.states.get(&topic).map(|it| it.0)
    }

    /// Reads until something is so.
    pub(crate) async fn until(&mut self, what: &str, mut is_so: impl FnMut(&Socket) -> bool) {
        let until = tokio::time::Instant::now() + DEADLINE;
        while !is_so(self) {
            assert!(self.closed.is_none(), "closed with {:?} before: {what}", self.closed);
            let heard = tokio::time::timeout_at(until, self.hears()).await;
            assert!(heard.is_ok(), "waited in vain for: {what}");
        }
    }

    /// Waits until the hub closes the socket; the code. A `bye` with the same code went before.
    pub(crate) async fn is_closed(&mut self) -> u16 {
        in_time("the end of the socket", async {
            while self.closed.is_none() {
                self.hears().await;
            }
        })
        .await;
        self.closed.unwrap_or_default()
    }

    /// The reason in the last `bye`.
    pub(crate) fn bye(&self) -> Option<CloseReason> {
        self.frames.iter().rev().find_map(|it| match it {
            ServerFrame::Bye { reason, code, .. } => {
                assert_eq!(reason.code(), *code);
                Some(*reason)
            }
            _ => None,
        })
    }

    /// The network is gone: no close frame, no goodbye.
    pub(crate) fn cut(self) {
        drop(self.stream);
    }
}
