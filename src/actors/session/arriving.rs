//! Who comes in: the token of a hello, and those that follow it.
//!
//! Invariant: whoever is refused is in the audit log before they are told, or counted. Does not: decide who is (the door does).

use super::protocol::Do;
use super::{Door, Session};
use crate::actors::sockets::Socket;
use crate::command::{Caller, Refusal, Refused, Wanted};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::Resume;
use crate::protocol::phi::Phi;
use actix::{ActorFutureExt as _, AsyncContext as _, WrapFuture as _};
use actix_web_actors::ws::WebsocketContext;
use std::net::IpAddr;
use std::sync::Arc;

impl Session {
    pub(super) fn open(
        &mut self,
        token: Phi<String>,
        tab: Option<String>,
        follow: Vec<Resume>,
        ctx: &mut WebsocketContext<Self>,
    ) {
        let verified = verified(Arc::clone(&self.door), token, self.address).into_actor(self);
        ctx.wait(verified.map(move |verified, it, ctx| match it.protocol.open(verified) {
            Ok(caller) => match it.door.welcomes(&caller, &follow) {
                Ok(()) => it.welcome(caller, tab, follow, ctx),
                Err(pause) => it.send_away(pause, ctx),
            },
            Err(does) => it.carry_out(does, ctx),
        }));
    }

    fn welcome(
        &mut self,
        caller: Caller,
        tab: Option<String>,
        follow: Vec<Resume>,
        ctx: &mut WebsocketContext<Self>,
    ) {
        let socket = Socket {
            session_id: caller.session_id,
            who: caller.principal.who,
            tab: tab.filter(|it| it.len() <= 64),
            mailbox: ctx.address().recipient(),
            waiting: self.waiting.clone(),
        };
        self.door.sockets().add(self.id, socket);
        // Whoever signs out ends the sockets that are in the list: one that came into it just after that ends here.
        let holds = still_holds(Arc::clone(&self.door), caller, self.address);
        ctx.wait(holds.into_actor(self).map(move |holds, it, ctx| match holds {
            Ok(()) => it.begin(caller, follow, ctx),
            Err(fault) => {
                let does = it.protocol.refuse(&fault);
                it.carry_out(does, ctx);
            }
        }));
    }

    /// Another token for a connection that is open.
    pub(super) fn renew(&mut self, id: u32, token: Phi<String>, ctx: &mut WebsocketContext<Self>) {
        let Some(before) = self.protocol.caller() else { return };
        let (door, address) = (Arc::clone(&self.door), self.address);
        let renewed = async move {
            let verified = door.authenticate(token).await;
            let code = match &verified {
                Ok(caller) if caller.session_id == before.session_id => None,
                Ok(_) => Some(FaultCode::Unauthenticated),
                Err(refusal) => Some(refusal.code),
            };
            if let Some(code) = code {
                // Whose connection it is is known, whatever is brought.
                let refusal = Refusal::of(code, before);
                door.refused(Refused { wanted: Wanted::Continuation, refusal, address }).await;
            }
            verified.map_err(Fault::from)
        };
        ctx.spawn(renewed.into_actor(self).map(move |verified, it, ctx| {
            let does = it.protocol.renew(id, verified);
            it.carry_out(does, ctx);
        }));
    }

    /// Somebody asks for something and has not said who they are.
    pub(super) fn turn_away(&mut self, does: Vec<Do>, ctx: &mut WebsocketContext<Self>) {
        let refusal = Refusal::from(FaultCode::Unauthenticated);
        let refused = Refused { wanted: Wanted::Connection, refusal, address: self.address };
        let recorded = self.door.refused(refused).into_actor(self);
        ctx.wait(recorded.map(move |(), it, ctx| it.carry_out(does, ctx)));
    }
}

async fn verified(
    door: Arc<dyn Door>,
    token: Phi<String>,
    address: IpAddr,
) -> Result<Caller, Fault> {
    match door.authenticate(token).await {
        Ok(caller) => Ok(caller),
        Err(refusal) => {
            door.refused(Refused { wanted: Wanted::Connection, refusal, address }).await;
            Err(refusal.into())
        }
    }
}

async fn still_holds(door: Arc<dyn Door>, caller: Caller, address: IpAddr) -> Result<(), Fault> {
    let holds = door.holds(caller).await;
    if let Err(fault) = &holds {
        let refusal = Refusal::of(fault.code, caller);
        door.refused(Refused { wanted: Wanted::Connection, refusal, address }).await;
    }
    holds
}
