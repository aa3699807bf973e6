//! What a session needs of the node, so that it knows neither rooms nor the store.

use crate::actors::sockets::Sockets;
use crate::actors::{Follow, Start};
use crate::command::{Call, Caller, Refusal, Refused};
use crate::protocol::close::Pause;
use crate::protocol::fault::Fault;
use crate::protocol::frame::Resume;
use crate::protocol::ids::ConnectionId;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::Topic;
use futures::future::BoxFuture;

/// What a session needs of the node.
pub trait Door: Send + Sync + 'static {
    /// The wall clock.
    fn now(&self) -> UnixMillis;
    /// Name of the node.
    fn node(&self) -> String;
    /// Whose token it is, and whether the session holds.
    fn authenticate(&self, token: Phi<String>) -> BoxFuture<'static, Result<Caller, Refusal>>;
    /// Somebody was refused before they could ask for anything. They are told so all the same when it cannot be recorded.
    fn refused(&self, refused: Refused) -> BoxFuture<'static, ()>;
    /// Whether the session of a caller still holds.
    fn holds(&self, caller: Caller) -> BoxFuture<'static, Result<(), Fault>>;
    /// Whether one more socket may be opened, before anybody knows whose it is.
    ///
    /// # Errors
    /// When to try again.
    fn may_upgrade(&self) -> Result<(), Pause>;
    /// Whether somebody is welcomed now who comes back to these.
    ///
    /// # Errors
    /// When they are to come again.
    fn welcomes(&self, caller: &Caller, follow: &[Resume]) -> Result<(), Pause>;
    /// The one door.
    fn call(
        &self,
        call: Call,
        op: String,
        params: serde_json::Value,
        traceparent: Option<String>,
    ) -> BoxFuture<'static, Result<serde_json::Value, Fault>>;
    /// Follows.
    fn follow(&self, topic: Topic, follow: Follow) -> BoxFuture<'static, Result<Start, Fault>>;
    /// Follows no more.
    fn unfollow(&self, topic: Topic, connection: ConnectionId);
    /// The list of sockets.
    fn sockets(&self) -> &Sockets;
}
