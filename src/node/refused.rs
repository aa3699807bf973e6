//! Refusals before the door are in the audit log, too.
//!
//! Invariants: what was brought along is not written down, only why it was not good; somebody is named only whose token was signed. A crowd
//! of strangers writes no more than its bound ([`crate::command::limits`]); what is above it is counted. The refusal is told whether or
//! not it can be written: it gives nothing away.
//! Does not: decide who is refused.

use crate::audit::uncalled::{CONTINUE_SOCKET, OPEN_SOCKET, TELL_OF_PAYMENT};
use crate::command::limits::network;
use crate::command::{Caller, Refusal, Refused, Wanted, network_of};
use crate::node::Node;
use crate::protocol::ids::{AuditId, RequestId};
use crate::protocol::phi::Phi;
use crate::store::AuditRecord;
use uuid::Uuid;

impl Node {
    /// Records it, unless too many are.
    pub(super) async fn record_refusal(&self, refused: Refused) {
        if !refused.is_denial() {
            return;
        }
        if self.limits.take_refusal(&network(refused.address).to_string()).is_err() {
            return unrecorded("too_many");
        }
        if self.store.append_audit(vec![self.row_of_refusal(&refused)]).await.is_err() {
            unrecorded("store");
        }
    }

    /// Whose token it is, and whether the session holds.
    pub(super) async fn verify(&self, token: Phi<String>) -> Result<Caller, Refusal> {
        let now = self.clock.now();
        let caller = self.tokens.judge(token.expose(), now)?;
        let holds = self.sessions.must_hold(self.store.as_ref(), &caller, now).await;
        holds.map_err(|it| Refusal::of(it.code, caller))?;
        Ok(caller)
    }

    fn row_of_refusal(&self, refused: &Refused) -> AuditRecord {
        let caller = refused.refusal.caller.map(|it| it.principal);
        AuditRecord {
            audit_id: AuditId(Uuid::now_v7()),
            organisation: caller.map(|it| it.organisation),
            request_id: RequestId(Uuid::now_v7()),
            at: self.clock.now(),
            phase: refused.refusal.code.as_str(),
            caller: caller.map(|it| it.who.to_string()),
            role: caller.map(|it| it.role),
            operation: name_of(refused.wanted),
            // Nobody has looked whether they may name it.
            target: None,
            patient: None,
            returned: None,
            network: Some(network_of(refused.address)),
        }
    }
}

const fn name_of(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Operation(name) => name,
        Wanted::Connection => OPEN_SOCKET,
        Wanted::Continuation => CONTINUE_SOCKET,
        Wanted::PaymentMessage => TELL_OF_PAYMENT,
    }
}

fn unrecorded(why: &'static str) {
    metrics::counter!("bedside_refusals_unrecorded_total", "why" => why).increment(1);
}
