//! A node as a WebSocket sees it.

use crate::actors::session::Door;
use crate::actors::sockets::Sockets;
use crate::actors::{Follow, Start};
use crate::command::{Call, Caller, Refusal, Refused, Wanted, dispatch};
use crate::node::Node;
use crate::protocol::close::Pause;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::Resume;
use crate::protocol::ids::ConnectionId;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::Topic;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::Arc;
use tracing::Instrument as _;

/// The node.
pub(super) struct DoorOf(pub(super) Arc<Node>);

impl Door for DoorOf {
    fn now(&self) -> UnixMillis {
        self.0.clock.now()
    }

    fn node(&self) -> String {
        self.0.config.node.clone()
    }

    fn authenticate(&self, token: Phi<String>) -> BoxFuture<'static, Result<Caller, Refusal>> {
        let node = Arc::clone(&self.0);
        async move {
            let caller = node.verify(token).await?;
            let refusal = |code| Refusal::of(code, caller);
            // A socket follows what it does not call for: not before there is a second factor.
            if caller.is_limited {
                let proven = node.proven_of(&caller).await.map_err(|it| refusal(it.code))?;
                if proven.is_limited {
                    return Err(refusal(FaultCode::FactorRequired));
                }
            }
            Ok(caller)
        }
        .boxed()
    }

    fn refused(&self, refused: Refused) -> BoxFuture<'static, ()> {
        let node = Arc::clone(&self.0);
        async move { node.record_refusal(refused).await }.boxed()
    }

    fn holds(&self, caller: Caller) -> BoxFuture<'static, Result<(), Fault>> {
        let node = Arc::clone(&self.0);
        async move { node.sessions.must_hold(node.store.as_ref(), &caller, node.clock.now()).await }
            .boxed()
    }

    fn may_upgrade(&self) -> Result<(), Pause> {
        self.0.gate.may_upgrade(self.0.clock.now())
    }

    fn welcomes(&self, caller: &Caller, follow: &[Resume]) -> Result<(), Pause> {
        let place = self.0.whereabouts.place(caller.principal.who);
        self.0.gate.welcomes(&caller.principal, place, follow, self.0.clock.now())
    }

    fn call(
        &self,
        call: Call,
        op: String,
        params: Value,
        traceparent: Option<String>,
    ) -> BoxFuture<'static, Result<Value, Fault>> {
        let node = Arc::clone(&self.0);
        let known = known(&op);
        let span =
            crate::telemetry::span_of_call(known.unwrap_or("unknown"), traceparent.as_deref());
        async move {
            // A socket outlives sign-outs elsewhere: the session is asked at every call.
            if let Some(caller) = call.caller {
                let holds = node.sessions.must_hold(node.store.as_ref(), &caller, call.now).await;
                if let Err(fault) = holds {
                    let wanted = known.map_or(Wanted::Continuation, Wanted::Operation);
                    let refusal = Refusal::of(fault.code, caller);
                    let refused = Refused { wanted, refusal, address: call.address };
                    node.record_refusal(refused).await;
                    return Err(fault);
                }
            }
            dispatch::dispatch(node.as_ref(), call, &op, params).await
        }
        .instrument(span)
        .boxed()
    }

    fn follow(&self, topic: Topic, follow: Follow) -> BoxFuture<'static, Result<Start, Fault>> {
        let node = Arc::clone(&self.0);
        async move { node.follow(topic, follow).await }.boxed()
    }

    fn unfollow(&self, topic: Topic, connection: ConnectionId) {
        self.0.unfollow(topic, connection);
    }

    fn sockets(&self) -> &Sockets {
        &self.0.sockets
    }
}

/// The name in the catalogue; what a client calls an operation that we do not have is its own text, and not for logs.
fn known(op: &str) -> Option<&'static str> {
    let row = crate::protocol::catalogue::CATALOGUE.iter().find(|it| it.name == op);
    row.map(|it| it.name)
}
