//! Two sockets of a pair: one says something, the other hears it.

use crate::bench::figures::Spans;
use crate::bench::line::{self, Socket};
use crate::bench::way::{Heard, Way};
use crate::protocol::conversation::SendMessage;
use crate::protocol::frame::ClientFrame;
use crate::protocol::ids::ConversationId;
use crate::protocol::operation::Operation as _;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::json;
use std::io::{Error, Result};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

/// What is said. Holds no word by which a client knows what a message is.
const BODY: &str = "Since yesterday evening the cough is less, and I slept through the night. Shall I go on with the drops?";
/// Longest that a message may be on its way.
const HEARD_WITHIN: Duration = Duration::from_secs(20);

type Sink = Arc<Mutex<SplitSink<Socket, Message>>>;

/// A socket that is read.
struct End {
    sink: Sink,
    /// When what is waited for came, each time.
    heard: mpsc::UnboundedReceiver<Instant>,
    reader: JoinHandle<()>,
}

impl End {
    fn of(way: Way, socket: Socket) -> Self {
        let (sink, stream) = socket.split();
        let sink = Arc::new(Mutex::new(sink));
        let (told, heard) = mpsc::unbounded_channel();
        let reader = tokio::spawn(read(way, stream, Arc::clone(&sink), told));
        End { sink, heard, reader }
    }

    async fn next(&mut self) -> Result<Instant> {
        let heard = timeout(HEARD_WITHIN, self.heard.recv()).await;
        let heard = heard.map_err(|_| Error::other("a message was not delivered in time"))?;
        heard.ok_or_else(|| Error::other("a socket ended, or heard what it should not"))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Ends at the first trouble, and with it the benchmark.
async fn read(
    way: Way,
    mut stream: SplitStream<Socket>,
    sink: Sink,
    told: mpsc::UnboundedSender<Instant>,
) {
    while let Some(Ok(message)) = stream.next().await {
        let goes_on = match way.hear(&message) {
            Heard::Event | Heard::Done => told.send(Instant::now()).is_ok(),
            Heard::Ping(pong) => sink.lock().await.send(pong).await.is_ok(),
            Heard::Nothing => true,
            Heard::Trouble => false,
        };
        if !goes_on {
            return;
        }
    }
}

/// To whom it goes.
enum To {
    Conversation(ConversationId),
    Name(String),
}

/// A pair.
pub(super) struct Talker {
    way: Way,
    from: End,
    to: End,
    whom: To,
    number: u32,
}

impl Talker {
    /// Of the hub: who writes follows nothing and is answered, who reads follows the conversation.
    pub(super) fn of_hub(way: Way, from: Socket, to: Socket, id: ConversationId) -> Self {
        Self::of(way, from, to, To::Conversation(id))
    }

    /// Of a peer.
    pub(super) fn of_peer(way: Way, from: Socket, to: Socket, name: String) -> Self {
        Self::of(way, from, to, To::Name(name))
    }

    fn of(way: Way, from: Socket, to: Socket, whom: To) -> Self {
        Talker { way, from: End::of(way, from), to: End::of(way, to), whom, number: 0 }
    }

    /// Says something and waits until it was heard and answered. When it was heard.
    async fn says(&mut self) -> Result<Instant> {
        self.number = self.number.saturating_add(1);
        let message = self.message()?;
        self.from.sink.lock().await.send(message).await.map_err(Error::other)?;
        let heard = self.to.next().await?;
        self.from.next().await?;
        Ok(heard)
    }

    fn message(&self) -> Result<Message> {
        let id = self.number;
        let conversation_id = match &self.whom {
            To::Conversation(id) => *id,
            To::Name(to) => {
                return self.way.request("say", id.into(), json!({ "to": to, "body": BODY }));
            }
        };
        let params = SendMessage {
            conversation_id,
            body: BODY.into(),
            reply_to: None,
            files: vec![],
            overriding: None,
        };
        let request = ClientFrame::Request {
            id,
            op: SendMessage::NAME.to_owned(),
            params: serde_json::to_value(params)?,
            key: Some(Uuid::now_v7().to_string()),
            deadline_ms: None,
            condition: None,
            traceparent: None,
        };
        line::message(self.way.codec, &request)
    }
}

/// One message after the other, by turns, until the time is over. With a pace a span begins when the message was due, so
/// that a server that falls behind is not spared.
pub(super) async fn talk(
    mut talkers: Vec<Talker>,
    pace: Option<Duration>,
    lag: Duration,
    counts: Range<Instant>,
) -> Result<(Vec<Talker>, Spans)> {
    let (mut spans, mut turn, mut due) = (Spans::default(), 0, Instant::now() + lag);
    loop {
        match pace {
            None => due = Instant::now(),
            Some(pace) => {
                due += pace;
                sleep_until(due).await;
            }
        }
        if due >= counts.end {
            return Ok((talkers, spans));
        }
        let count = talkers.len();
        let Some(talker) = talkers.get_mut(turn) else { return Ok((talkers, spans)) };
        turn = (turn + 1) % count;
        let heard = talker.says().await?;
        if counts.contains(&heard) {
            spans.push(heard.saturating_duration_since(due));
        }
    }
}
