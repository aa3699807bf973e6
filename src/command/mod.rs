//! THE ONE DOOR. REST and WebSocket enter here; there is no other way to an operation.
//!
//! `call` = limits → access → organisation → idempotency → audit begin → execute → audit end → metrics, in that order; for some the
//! key is passed and both rows of the audit are written with what they do (see [`record`]).
//! Invariants: an operation whose attempt cannot be recorded is refused (AU-1); the same idempotency key never takes
//! effect twice.
//! Does not: know a single rule about visits.

mod about;
pub mod dispatch;
pub mod federated;
mod houses;
pub mod limits;
pub mod params;
mod proof;
mod record;
mod refused;
mod replay;
mod returned;
pub mod transfer;

pub use about::{About, PROVIDER};
pub use houses::topic_of_one_house;
pub use proof::Proven;
pub use record::{Attempt, Recorded, network_of};
pub use refused::{Refusal, Refused, Wanted};
pub use returned::returned;

use crate::clock::Clock;
use crate::domain::policy::{self, Principal};
use crate::protocol::fault::{Fault, FaultCode, Outcome};
use crate::protocol::ids::{ConnectionId, OrganisationId, RequestId, SessionId};
use crate::protocol::operation::{Effect, Operation, Pace};
use crate::protocol::precondition::Precondition;
use crate::protocol::session::ClientKind;
use crate::protocol::time::UnixMillis;
use crate::store::organisations::Named;
use crate::store::with_change::saved_with;
use crate::store::{Conflict, Ledger, StoreError};
use futures::future::BoxFuture;
use limits::{Limits, network};
use replay::{AnswerTo, answer_to, kept};
use returned::returned_by;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// Whose token was verified, and which session it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who, in which role.
    pub principal: Principal,
    /// The sign-in.
    pub session_id: SessionId,
    /// When the access token ends.
    pub expires_at: UnixMillis,
    /// The session could only enrol a second factor when the token was made.
    pub is_limited: bool,
}

/// One call, whatever it came by.
#[derive(Debug, Clone)]
pub struct Call {
    /// Also in logs and faults.
    pub request_id: RequestId,
    /// Who calls; nobody when not signed in.
    pub caller: Option<Caller>,
    /// When it came.
    pub now: UnixMillis,
    /// The socket it came by; REST has none.
    pub connection: Option<ConnectionId>,
    /// Where it came from: the key of limits for callers who are not signed in.
    pub address: IpAddr,
    /// With what kind of client.
    pub client: ClientKind,
    /// As the caller sent it.
    pub key: Option<String>,
    /// What must still be so for it to take effect.
    pub condition: Option<Precondition>,
    /// The hub's own: nobody is there who could prove anything.
    is_own: bool,
    /// Set by the door for writes with a key.
    answer_to: Option<AnswerTo>,
    /// Set by the door for what is recorded with its change.
    attempt: Option<Arc<Attempt>>,
    /// What turns out while it is done.
    about: Arc<About>,
}

impl Call {
    /// A call at the moment it comes in.
    pub fn new(caller: Option<Caller>, now: UnixMillis, address: IpAddr) -> Self {
        Call {
            request_id: RequestId(Uuid::now_v7()),
            caller,
            now,
            connection: None,
            address,
            client: ClientKind::default(),
            key: None,
            condition: None,
            is_own: false,
            answer_to: None,
            attempt: None,
            about: Arc::default(),
        }
    }

    /// The same call, by a socket.
    #[must_use]
    pub fn by(self, connection: ConnectionId) -> Self {
        Call { connection: Some(connection), ..self }
    }

    /// The same call, by that kind of client.
    #[must_use]
    pub fn from_client(self, client: ClientKind) -> Self {
        Call { client, ..self }
    }

    /// The same call, made by the hub itself for somebody whom it has made up.
    #[must_use]
    pub fn own(self) -> Self {
        Call { is_own: true, ..self }
    }

    /// Whether the hub makes it itself.
    pub(crate) const fn is_own(&self) -> bool {
        self.is_own
    }

    /// The same call, with an idempotency key.
    #[must_use]
    pub fn with_key(self, key: Option<String>) -> Self {
        Call { key, ..self }
    }

    /// The same call, under a precondition.
    #[must_use]
    pub fn under(self, condition: Option<Precondition>) -> Self {
        Call { condition, ..self }
    }

    /// The same call, as a part of that one: what it changes is what that one was made for.
    #[must_use]
    pub fn for_that(self, call: &Call) -> Self {
        Call { attempt: call.attempt.clone(), ..self }
    }

    /// Who calls.
    ///
    /// # Errors
    /// [`FaultCode::Unauthenticated`]; operations for anyone ask differently.
    pub fn principal(&self) -> Result<Principal, Fault> {
        Ok(self.caller.ok_or(FaultCode::Unauthenticated)?.principal)
    }

    /// What has to be saved in the transaction of its change, for whoever saves in another task than the call's. Nothing for what
    /// comes several times a second.
    pub fn attempt(&self) -> Option<Arc<Attempt>> {
        self.attempt.clone()
    }
}

/// What the door needs of the node.
pub trait Hub: Send + Sync {
    /// Audit and answers.
    fn ledger(&self) -> &dyn Ledger;
    /// Buckets.
    fn limits(&self) -> &Limits;
    /// Keys.
    fn keys(&self) -> &Arc<crate::crypto::Keys>;
    /// What is proven of a caller, as the store says.
    fn proven<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Proven, Fault>>;
    /// Whose something is.
    fn house_of<'a>(&'a self, it: Named) -> BoxFuture<'a, Result<Option<OrganisationId>, Fault>>;
    /// A caller does something.
    fn used(&self, caller: &Caller, now: UnixMillis);
    /// The wall clock.
    fn clock(&self) -> &Arc<dyn Clock>;
    /// Now.
    fn now(&self) -> UnixMillis {
        self.clock().now()
    }
}

/// Does an operation. Whoever implements it trusts that the door was passed.
pub trait Execute<O: Operation>: Send + Sync {
    /// When the attempt is recorded. [`Recorded::WithIt`] is for what saves [`Call::attempt`] with its change.
    const RECORDED: Recorded = Recorded::usual(O::EFFECT);

    /// Does it.
    fn execute(&self, call: Call, op: O) -> impl Future<Output = Result<O::Output, Fault>> + Send;

    /// What a key is told that was answered before, of what is kept: all of it, unless less is kept than was told.
    fn told_again(
        &self,
        _call: &Call,
        kept: O::Output,
    ) -> impl Future<Output = Result<O::Output, Fault>> + Send {
        std::future::ready(Ok(kept))
    }
}

/// A call that could not be read ends before the door: it is counted and logged as those behind it are, without what was in it.
pub fn unread(operation: &'static str, request_id: RequestId, fault: Fault) -> Fault {
    let outcome = fault.code.as_str();
    let labels = [("operation", operation), ("outcome", outcome)];
    metrics::counter!("bedside_calls_total", &labels).increment(1);
    tracing::info!(%request_id, operation, outcome, "call that could not be read");
    Fault { request_id: Some(request_id), ..fault }
}

/// The door.
///
/// # Errors
/// Any fault of the table; it carries the request id.
pub async fn call<H, O>(hub: &H, mut call: Call, op: O) -> Result<O::Output, Fault>
where
    H: Hub + Execute<O>,
    O: Operation,
{
    let began = Instant::now();
    let request_id = call.request_id;
    let result = pass(hub, &mut call, op).await;
    let outcome = result.as_ref().map_or_else(|fault| fault.code.as_str(), |_| "ok");
    let labels = [("operation", O::NAME), ("outcome", outcome)];
    metrics::counter!("bedside_calls_total", &labels).increment(1);
    metrics::histogram!("bedside_call_seconds", "operation" => O::NAME)
        .record(began.elapsed().as_secs_f64());
    tracing::info!(
        request_id = %request_id,
        operation = O::NAME,
        outcome,
        micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        "call"
    );
    result.map_err(|fault| Fault { request_id: Some(request_id), ..fault })
}

async fn pass<H, O>(hub: &H, call: &mut Call, op: O) -> Result<O::Output, Fault>
where
    H: Hub + Execute<O>,
    O: Operation,
{
    // Before anything is written: a stranger's refusals are recorded too, and must be no more than anybody's calls.
    hub.limits().take(O::PACE, &limit_key(call)).await?;
    let params = serde_json::to_value(&op).map_err(|_| FaultCode::Internal)?;
    let target = record::target_of(&params);
    if let Err(code) = policy::may_call(O::ACCESS, call.caller.as_ref().map(|it| &it.principal)) {
        record::append(hub, record::row::<O>(call, code.as_str(), target)).await?;
        return Err(code.into());
    }
    if let Some(caller) = call.caller.filter(|_| !call.is_own) {
        if let Err(fault) = proof::must_be_proven::<H, O>(hub, &caller, call.now).await {
            record::append(hub, record::row::<O>(call, fault.code.as_str(), None)).await?;
            return Err(fault);
        }
        hub.used(&caller, call.now);
        if let Err(fault) = houses::all_of_one_house(hub, &caller.principal, &params).await {
            record::append(hub, record::row::<O>(call, fault.code.as_str(), target)).await?;
            return Err(fault);
        }
    }
    if let Some(condition) = &call.condition {
        condition.must_suit(O::NAME)?;
    }
    call.answer_to = answer_to::<H, O>(hub, call, &params)?;
    if <H as Execute<O>>::RECORDED == Recorded::WithIt {
        return with_its_rows(hub, call, target, op).await;
    }
    // Before the condition is looked at: what has taken effect is answered as it was, wherever the thing is now.
    if let Some(kept) = kept::<H, O>(hub, call).await? {
        return Ok(kept);
    }
    if O::PACE == Pace::Frequent {
        // Sizes and quality come several times a second and touch no record: their audit is the one of `media.join`.
        return executed(hub, call.clone(), op).await;
    }
    let attempt = Attempt::of::<O>(call, target, hub.clock());
    attempt.begins(hub.ledger()).await?;
    call.attempt = Some(Arc::clone(&attempt));
    let work = executed(hub, call.clone(), op);
    // What a read finds out on its way is not what was asked for: its end says what came back.
    let with_change = (O::EFFECT != Effect::Read).then(|| Arc::clone(&attempt) as _);
    let result = match saved_with(with_change.into_iter().collect(), work).await {
        // The same key may have been answered while this call was on its way.
        Err(fault) => match kept::<H, O>(hub, call).await {
            Ok(Some(kept)) => Ok(kept),
            Err(told) if told.outcome == Outcome::Applied => Err(told),
            Ok(None) | Err(_) => Err(fault),
        },
        done => done,
    };
    record::over(hub, &attempt, &result, returned_by::<O>(&result)).await;
    result
}

/// Does it, within its organisation. On the heap: some operations are large, and the door is around all of them.
fn executed<'a, H, O>(
    hub: &'a H,
    call: Call,
    op: O,
) -> Pin<Box<impl Future<Output = Result<O::Output, Fault>> + Send + 'a>>
where
    H: Hub + Execute<O>,
    O: Operation + 'a,
{
    Box::pin(houses::executed(hub, call, op))
}

/// What saves its rows of the audit log and its answer with its change, in one transaction that a key can pass once. So
/// the key is not asked for before: of a call that was made before, whatever is decided now is refused, by what the first one
/// did or by the key itself, and then its answer is looked for.
async fn with_its_rows<H, O>(
    hub: &H,
    call: &mut Call,
    target: Option<String>,
    op: O,
) -> Result<O::Output, Fault>
where
    H: Hub + Execute<O>,
    O: Operation,
{
    let attempt = Attempt::of::<O>(call, target, hub.clock());
    call.attempt = Some(Arc::clone(&attempt));
    let mut result = executed(hub, call.clone(), op).await;
    if let Err(refused) = &result {
        match kept::<H, O>(hub, call).await {
            Ok(Some(kept)) => {
                record::replayed(hub, &attempt).await;
                return Ok(kept);
            }
            Ok(None) => {}
            Err(fault) if fault.outcome == Outcome::Applied => result = Err(fault),
            // Nobody knows whether it was done before; that this one was not done is so.
            Err(fault) if refused.code != FaultCode::OutcomeUnknown => result = Err(fault),
            Err(_) => {}
        }
    }
    let returned = returned_by::<O>(&result);
    record::with_it(hub, &attempt, result, returned).await
}

fn limit_key(call: &Call) -> String {
    match call.caller {
        Some(caller) => caller.principal.who.to_string(),
        None => network(call.address).to_string(),
    }
}

/// What a failure of the store means to a caller. The one place.
pub fn unsaved(error: StoreError) -> Fault {
    match error {
        StoreError::Conflict(conflict) => match conflict {
            Conflict::EmailTaken => FaultCode::EmailTaken.into(),
            Conflict::SlotTaken => FaultCode::SlotTaken.into(),
            Conflict::KeyUsed => FaultCode::StillRunning.into(),
            Conflict::Stale => FaultCode::Conflict.into(),
            Conflict::Missing => FaultCode::NotFound.into(),
            Conflict::Suspended => FaultCode::NotOffered.into(),
            Conflict::Full => Fault::new(FaultCode::NotAllowedNow)
                .because("As many of these as one person may have."),
        },
        StoreError::Fenced => FaultCode::Moved.into(),
        StoreError::Aborted => FaultCode::Unavailable.into(),
        StoreError::Ambiguous => FaultCode::OutcomeUnknown.into(),
    }
}
