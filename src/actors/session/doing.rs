//! What a connection's protocol asks its shell to do. Owns nothing.

use crate::command::Caller;
use crate::protocol::close::CloseReason;
use crate::protocol::frame::{ClientFrame, Resume, ServerFrame};
use crate::protocol::phi::Phi;
use crate::protocol::precondition::Precondition;
use crate::protocol::topic::Topic;

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Do {
    /// Send this.
    Send(ServerFrame),
    /// Send this behind what was said of that topic.
    SendOn(Topic, ServerFrame),
    /// Verify the token of a hello, then [`super::protocol::Protocol::open`].
    Open {
        /// Token.
        token: Phi<String>,
        /// Tab.
        tab: Option<String>,
        /// Topics.
        follow: Vec<Resume>,
    },
    /// Verify another token, then [`super::protocol::Protocol::renew`].
    Renew {
        /// Of the frame.
        id: u32,
        /// Token.
        token: Phi<String>,
    },
    /// Call an operation, then [`super::protocol::Protocol::answer`].
    Call(Box<Request>),
    /// Follow a topic, then [`super::protocol::Protocol::followed`].
    Follow {
        /// Of the frame; a hello has none.
        id: Option<u32>,
        /// What.
        resume: Resume,
    },
    /// Follow no more.
    Unfollow(Topic),
    /// Send `bye`, close, end.
    Close(CloseReason),
    /// The client has said goodbye: close without one of ours, end.
    End,
}

/// A call to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Of the frame.
    pub id: u32,
    /// Who.
    pub caller: Caller,
    /// Operation.
    pub op: String,
    /// Params.
    pub params: serde_json::Value,
    /// Idempotency key.
    pub key: Option<String>,
    /// Deadline.
    pub deadline_ms: Option<u32>,
    /// What must still be so.
    pub condition: Option<Precondition>,
    /// Trace context.
    pub traceparent: Option<String>,
}

/// The id that the answer to a frame has to carry, if it is answered at all.
pub(super) fn id_of(frame: &ClientFrame) -> Option<u32> {
    match frame {
        ClientFrame::Request { id, .. }
        | ClientFrame::Follow { id, .. }
        | ClientFrame::Unfollow { id, .. }
        | ClientFrame::Authenticate { id, .. }
        | ClientFrame::Cancel { id } => Some(*id),
        ClientFrame::Hello { .. } | ClientFrame::Pong { .. } | ClientFrame::Bye {} => None,
    }
}
