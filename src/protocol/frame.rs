//! Frames of the WebSocket protocol `bedside/1`. A WebSocket message is an array of 1 to [`MAX_FRAMES`] frames.
//!
//! The first frame of a client is `hello`; it authenticates and resumes every topic in one flight. Every other frame
//! that wants an answer carries an `id` that the client chose; the answer carries it back.

use crate::protocol::close::CloseReason;
use crate::protocol::fault::Fault;
use crate::protocol::ids::ConnectionId;
use crate::protocol::phi::Phi;
use crate::protocol::precondition::Precondition;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Event, PastEvent, Position, Topic, TopicState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Bytes of one WebSocket message from a client, both codecs. An SDP offer with eight slots has about 14 KiB.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// Frames in one message from a client.
pub const MAX_FRAMES: usize = 64;
/// Calls of one connection that wait for an answer.
pub const MAX_IN_FLIGHT: usize = 64;
/// Topics that one connection follows.
pub const MAX_FOLLOWS: usize = 256;
/// Events that are replayed in one answer; whoever missed more asks again from there.
pub const MAX_REPLAYED: usize = 256;
/// Events above which nothing is replayed: the whole is cheaper for everybody.
pub const REPLAY_WITHIN: u32 = 2_000;
/// Length of an idempotency key.
pub const MAX_KEY_BYTES: usize = 64;

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// First frame: who this is, and everything that was followed before.
    Hello {
        /// Access token.
        token: Phi<String>,
        /// Name and version of the client library.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sdk: Option<String>,
        /// Random name of the browser tab; a newer socket of the same tab and session replaces the older.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tab: Option<String>,
        /// Topics to follow, each with the last position known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        follow: Vec<Resume>,
    },
    /// Calls an operation.
    Request {
        /// Chosen by the client, unique among its open calls.
        id: u32,
        /// Name in the catalogue.
        op: String,
        /// Params of that operation.
        #[serde(default)]
        params: Value,
        /// Idempotency key: the same key never takes effect twice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// Milliseconds after which the caller is not interested any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline_ms: Option<u32>,
        /// What must still be so: otherwise `stale`, and nothing changes.
        #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
        condition: Option<Precondition>,
        /// W3C Trace Context, so that a trace goes on from the browser.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        traceparent: Option<String>,
    },
    /// Gives up waiting for a call. Whether it takes effect is open.
    Cancel {
        /// Of the request.
        id: u32,
    },
    /// Follows a topic.
    Follow {
        /// Chosen by the client.
        id: u32,
        /// What.
        topic: Topic,
        /// Last position known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<Position>,
    },
    /// Follows it no more.
    Unfollow {
        /// Chosen by the client.
        id: u32,
        /// What.
        topic: Topic,
    },
    /// Brings a fresh access token of the same session, without a new socket.
    Authenticate {
        /// Chosen by the client.
        id: u32,
        /// Access token.
        token: Phi<String>,
    },
    /// Answers a ping.
    Pong {
        /// Of the ping.
        number: u32,
    },
    /// The client goes. Not the same as leaving a visit.
    Bye {},
}

/// A topic to follow from a position on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// What.
    pub topic: Topic,
    /// Last position known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// How following began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Followed {
    /// The client knows the latest; events go on from there.
    Current {
        /// What.
        topic: Topic,
        /// Short name of the topic on this connection, used in events.
        channel: u32,
        /// Where events go on.
        position: Position,
    },
    /// Here is what the client has missed, in order. When there is more, the topic is not live yet: follow it again from
    /// the position that this leads to.
    Resumed {
        /// What.
        topic: Topic,
        /// Short name of the topic on this connection, used in events.
        channel: u32,
        /// Where it leads to.
        position: Position,
        /// Earliest first, at most [`MAX_REPLAYED`]; what passes by comes last and as it is now.
        events: Vec<PastEvent>,
        /// Whether more has been missed than fits.
        has_more: bool,
    },
    /// Here is the whole; forget what you knew.
    Snapshot {
        /// What.
        topic: Topic,
        /// Short name of the topic on this connection, used in events.
        channel: u32,
        /// The position of this state.
        position: Position,
        /// The whole.
        state: TopicState,
    },
    /// Not (any more) yours to see: purge what you have of it.
    Denied {
        /// What.
        topic: Topic,
        /// Why.
        fault: Fault,
    },
}

/// How the server keeps a connection alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Heartbeat {
    /// A ping comes at least this often.
    pub every_ms: u32,
    /// Whoever hears nothing for `every_ms + grace_ms` may take the other for gone.
    pub grace_ms: u32,
}

/// Bounds that a client can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrameLimits {
    /// See [`MAX_MESSAGE_BYTES`].
    pub message_bytes: u32,
    /// See [`MAX_FRAMES`].
    pub frames: u32,
    /// See [`MAX_IN_FLIGHT`].
    pub in_flight: u32,
    /// See [`MAX_FOLLOWS`].
    pub follows: u32,
}

/// What the hub sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answers `hello`.
    Welcome {
        /// Of this socket.
        connection_id: ConnectionId,
        /// Name of the node.
        node: String,
        /// The hub's clock.
        now: UnixMillis,
        /// When the access token ends.
        expires_at: UnixMillis,
        /// Pings.
        heartbeat: Heartbeat,
        /// Bounds.
        limits: FrameLimits,
        /// One entry for every topic of the hello, in its order.
        followed: Vec<Followed>,
    },
    /// A call succeeded.
    Reply {
        /// Of the request.
        id: u32,
        /// Output of the operation.
        output: Value,
    },
    /// A call, a follow or an authenticate failed.
    Failed {
        /// Of the request.
        id: u32,
        /// Why.
        fault: Fault,
    },
    /// A follow, an unfollow or an authenticate is done.
    Done {
        /// Of the request.
        id: u32,
        /// How following began, when it was a follow.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        followed: Option<Followed>,
    },
    /// Something happened in a topic.
    Event {
        /// Short name of the topic on this connection.
        channel: u32,
        /// Where it is now.
        position: Position,
        /// When it happened.
        at: UnixMillis,
        /// What.
        event: Event,
    },
    /// The hub cannot prove that nothing is missing: follow again, without a position.
    Gap {
        /// Short name of the topic on this connection.
        channel: u32,
        /// Why.
        why: GapReason,
    },
    /// Heartbeat with high-water marks: a client whose position is behind one has lost something.
    Ping {
        /// To be answered with.
        number: u32,
        /// The hub's clock.
        now: UnixMillis,
        /// Channel and position, of all that is followed.
        marks: Vec<Mark>,
    },
    /// The access token ends soon: bring another one.
    Reauthenticate {
        /// The socket closes then.
        by: UnixMillis,
    },
    /// The node goes down soon and another one serves the same address: open a second socket, and leave this one when
    /// that has resumed everything.
    Drain {
        /// This socket is closed after that time.
        within_ms: u32,
        /// Wait a random time up to this before opening the other one.
        spread_ms: u32,
    },
    /// Something was wrong that belongs to no call.
    Error {
        /// What.
        fault: Fault,
    },
    /// The socket closes next.
    Bye {
        /// Close code.
        code: u16,
        /// Row of the close table.
        reason: CloseReason,
        /// Wait a random time up to this before connecting again.
        spread_ms: u32,
        /// And so long before that; not at all when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_ms: Option<u32>,
    },
}

/// How far a topic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// Short name of the topic on this connection.
    pub channel: u32,
    /// Its latest position.
    pub position: Position,
}

/// Why continuity was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// The client read too slowly and was taken off the topic.
    Slow,
    /// The owner of the topic was started anew.
    Epoch,
}
