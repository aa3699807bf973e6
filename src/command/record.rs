//! What the audit log is told of a call, and when.
//!
//! Owns: the rows of one call. Invariants: AU-1 nothing is changed and nothing is answered whose attempt is not on disk:
//! either its `begin` is written before anything is done, or both of its rows are in the transaction of what it
//! changes, or, when it changes nothing, they are written before its answer leaves. That it was done is in the transaction of
//! what was asked for (`store::with_change`); what is done on the way to it is known by its `begin`. One that was done is never failed
//! by the record of its end.
//! Does not: know what is done.

use super::about::{About, names};
use super::{Call, Hub};
use crate::clock::Clock;
use crate::protocol::fault::{Fault, FaultCode, Outcome};
use crate::protocol::ids::AuditId;
use crate::protocol::operation::{Effect, Operation, Pace};
use crate::store::with_change::OfCall;
use crate::store::{AuditRecord, Ledger, Returned, StoreError, Stored};
use serde_json::Value;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use uuid::Uuid;

/// Phase of what was done.
const DONE: &str = "ok";

/// When the attempt is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Before anything is done; that it was done with its change, and any other end after that.
    First,
    /// With it: in the transaction of its one change, or before its answer when it changes nothing. For what reads, and
    /// for what does nothing that counts outside of that transaction.
    WithIt,
}

impl Recorded {
    /// What holds when nothing else is said: reads with their answer, everything else first.
    #[must_use]
    pub const fn usual(effect: Effect) -> Self {
        match effect {
            Effect::Read => Recorded::WithIt,
            Effect::Write | Effect::Live => Recorded::First,
        }
    }
}

/// An attempt whose rows are to be saved with what it changes.
pub struct Attempt {
    begin: AuditRecord,
    end: AuditId,
    about: Arc<About>,
    clock: Arc<dyn Clock>,
    /// What only its change could tell that it is about.
    names: OnceLock<Vec<String>>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// Its `begin` is on disk by itself.
    has_begun: bool,
    saved: Saved,
}

/// Where the rows are that go with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saved {
    /// In no transaction yet.
    No,
    /// In one of which nobody knows how it ended.
    Unknown,
    /// On disk.
    Yes,
}

impl Attempt {
    /// Nothing of it is written.
    pub(super) fn of<O: Operation>(
        call: &Call,
        target: Option<String>,
        clock: &Arc<dyn Clock>,
    ) -> Arc<Self> {
        Arc::new(Attempt {
            begin: row::<O>(call, "begin", target),
            end: new_id(),
            about: Arc::clone(&call.about),
            clock: Arc::clone(clock),
            names: OnceLock::new(),
            state: Mutex::new(State { has_begun: false, saved: Saved::No }),
        })
    }

    /// Puts its `begin` on disk before anything is done: for what does more than one thing.
    ///
    /// # Errors
    /// `unavailable`; then nothing may be done.
    pub fn begins<'a>(
        &'a self,
        ledger: &'a dyn Ledger,
    ) -> impl Future<Output = Result<(), Fault>> + Send + 'a {
        let writing = ledger.append_audit(vec![self.begin.clone()]);
        async move {
            writing.await.map_err(|_| FaultCode::Unavailable)?;
            self.state().has_begun = true;
            Ok(())
        }
    }

    pub(super) fn is_saved(&self) -> bool {
        self.state().saved == Saved::Yes
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Both rows, with the same ids each time: of a transaction whose outcome is unknown and of what is told instead one
    /// is kept, and where the second of them has come too late nothing of it is. Only how it ended when it has begun: that it
    /// was done has one id, whoever writes it, and a fault another one, because that it was done may be there all the same.
    fn ended(&self, phase: &'static str, returned: Option<Returned>) -> Vec<AuditRecord> {
        let has_begun = self.state().has_begun;
        let is_other = has_begun && phase != DONE;
        let end = self.end(if is_other { new_id() } else { self.end }, phase);
        let names = || self.names.get().filter(|_| phase == DONE).map(|it| names(it));
        let returned = returned.or_else(|| end.returned.clone()).or_else(names);
        let end = AuditRecord { returned, ..end };
        if has_begun { vec![end] } else { vec![self.begin.clone(), end] }
    }

    fn end(&self, audit_id: AuditId, phase: &'static str) -> AuditRecord {
        let at = self.clock.now();
        self.about.complete(AuditRecord { audit_id, at, phase, ..self.begin.clone() })
    }
}

impl OfCall for Attempt {
    /// Of one that has begun its end is handed out once: where nobody knows whether it is on disk, how the call ends is another row.
    fn rows(&self) -> Vec<AuditRecord> {
        let State { has_begun, saved } = *self.state();
        match saved {
            Saved::Yes => vec![],
            Saved::Unknown if has_begun => vec![],
            Saved::No | Saved::Unknown => self.ended(DONE, None),
        }
    }

    fn names(&self, these: Vec<String>) {
        self.names.get_or_init(|| these);
    }

    /// What is on disk stays there, whatever becomes of the next transaction.
    fn told(&self, saved: &Stored<()>) {
        let saved = match saved {
            Ok(()) => Saved::Yes,
            Err(StoreError::Ambiguous) => Saved::Unknown,
            Err(StoreError::Aborted | StoreError::Fenced | StoreError::Conflict(_)) => Saved::No,
        };
        let mut state = self.state();
        if state.saved != Saved::Yes {
            state.saved = saved;
        }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("state", &*self.state()).finish_non_exhaustive()
    }
}

/// Records what its transaction has not. What comes out is what the caller is told.
pub(super) async fn with_it<H: Hub, T>(
    hub: &H,
    attempt: &Attempt,
    result: Result<T, Fault>,
    returned: Option<Returned>,
) -> Result<T, Fault> {
    let phase = phase_of(&result);
    if !attempt.is_saved() {
        match hub.ledger().append_audit(attempt.ended(phase, returned)).await {
            Ok(()) => return result,
            // They are there, and so is the change whose outcome nobody knew.
            Err(StoreError::Conflict(_)) => attempt.told(&Ok(())),
            Err(_) => return result.and(Err(FaultCode::Unavailable.into())).or_else(unrecorded),
        }
    }
    if result.is_err() {
        // It was done, and what came after it was not.
        ended(hub, attempt.end(new_id(), phase)).await;
    }
    result
}

/// Records an attempt that was refused while the same call, made before or at the same time, was done: that one's rows are
/// in its own transaction, and its answer is told whether or not these can be written.
pub(super) async fn replayed<H: Hub>(hub: &H, attempt: &Attempt) {
    if attempt.is_saved() {
        return;
    }
    let rows = attempt.ended(DONE, None);
    // A conflict says that they are there: it was this very attempt whose outcome nobody knew.
    if !matches!(hub.ledger().append_audit(rows).await, Ok(()) | Err(StoreError::Conflict(_))) {
        metrics::counter!("bedside_audit_end_missing_total").increment(1);
    }
}

/// What is told instead of an answer that could not be recorded. Where nobody knows whether something was done, it must
/// not be told as surely not done.
fn unrecorded<T>(fault: Fault) -> Result<T, Fault> {
    match fault.outcome {
        Outcome::Applied | Outcome::Unknown => Err(fault),
        Outcome::None => Err(FaultCode::Unavailable.into()),
    }
}

/// Records how that ended which had begun, unless its transaction has.
pub(super) async fn over<H: Hub, T>(
    hub: &H,
    attempt: &Attempt,
    result: &Result<T, Fault>,
    returned: Option<Returned>,
) {
    if result.is_ok() && attempt.is_saved() {
        return;
    }
    let rows = attempt.ended(phase_of(result), returned);
    // A conflict says that it is there: it was this very attempt whose outcome nobody knew.
    if !matches!(hub.ledger().append_audit(rows).await, Ok(()) | Err(StoreError::Conflict(_))) {
        missing(&attempt.begin);
    }
}

/// Records the end of what was recorded first.
async fn ended<H: Hub>(hub: &H, row: AuditRecord) {
    if append(hub, row.clone()).await.is_err() {
        missing(&row);
    }
}

/// It has happened; the begin row stands, and its missing end is found by whoever reads the log.
fn missing(of: &AuditRecord) {
    let (request_id, operation) = (of.request_id, of.operation);
    metrics::counter!("bedside_audit_end_missing_total").increment(1);
    tracing::error!(%request_id, operation, "audit end missing");
}

/// The code of the fault, or `ok`.
pub(super) fn phase_of<T>(result: &Result<T, Fault>) -> &'static str {
    result.as_ref().map_or_else(|fault| fault.code.as_str(), |_| DONE)
}

pub(super) async fn append<H: Hub>(hub: &H, row: AuditRecord) -> Result<(), Fault> {
    hub.ledger().append_audit(vec![row]).await.map_err(|_| FaultCode::Unavailable.into())
}

pub(super) fn row<O: Operation>(
    call: &Call,
    phase: &'static str,
    target: Option<String>,
) -> AuditRecord {
    let row = AuditRecord {
        audit_id: new_id(),
        organisation: call.caller.map(|it| it.principal.organisation),
        request_id: call.request_id,
        at: call.now,
        phase,
        caller: call.caller.map(|it| it.principal.who.to_string()),
        role: call.caller.map(|it| it.principal.role),
        operation: O::NAME,
        target,
        patient: None,
        returned: None,
        // Who tries a secret is looked for by where they are; of everybody else it is nobody's business.
        network: (O::PACE == Pace::Credential).then(|| network_of(call.address)),
    };
    call.about.complete(row)
}

/// An address without its last part: enough to know one's own, and nobody's door.
#[must_use]
pub fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(it) => {
            let [a, b, c, _] = it.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(it) => {
            let [a, b, c, ..] = it.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

fn new_id() -> AuditId {
    AuditId(Uuid::now_v7())
}

/// Names of ids in params, those first that say most.
const TARGETS: [&str; 21] = [
    "participant_id",
    "appointment_id",
    "patient_id",
    "session_id",
    "message_id",
    "conversation_id",
    "file_id",
    "erasure_id",
    "payment_id",
    "waitlist_id",
    "person_id",
    "practitioner_id",
    "notice_id",
    "task_id",
    "service_id",
    "template_id",
    "exception_id",
    "audit_id",
    "identity_id",
    "grant_id",
    "report_id",
];

/// The id that the params name, if any, at the top or in `with`. Ids are not PHI; nothing else of the params is looked at.
pub(super) fn target_of(params: &Value) -> Option<String> {
    let places = [Some(params), params.get("with")];
    places.into_iter().flatten().find_map(|params| {
        let of = |name: &&str| Some(format!("{name}:{}", params.get(*name)?.as_str()?));
        TARGETS.iter().find_map(of)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::protocol::person::ReadMe;
    use crate::protocol::time::UnixMillis;
    use std::net::Ipv4Addr;

    fn begun() -> Arc<Attempt> {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(UnixMillis(0)));
        let call = Call::new(None, UnixMillis(0), Ipv4Addr::LOCALHOST.into());
        let attempt = Attempt::of::<ReadMe>(&call, None, &clock);
        attempt.state().has_begun = true;
        attempt
    }

    #[test]
    fn what_is_on_disk_is_not_handed_out_again() {
        let attempt = begun();
        assert_eq!(attempt.rows().len(), 1);
        attempt.told(&Err(StoreError::Fenced));
        assert_eq!(attempt.rows().len(), 1, "it was surely not saved");
        attempt.told(&Ok(()));
        for next in [Err(StoreError::Fenced), Err(StoreError::Ambiguous), Ok(())] {
            attempt.told(&next);
            assert_eq!(attempt.rows(), [], "after {next:?} of another transaction");
        }
    }

    #[test]
    fn that_it_was_done_has_one_id_whoever_writes_it() {
        let attempt = begun();
        let handed_out = attempt.rows();
        attempt.told(&Err(StoreError::Ambiguous));
        assert_eq!(attempt.rows(), []);
        assert_eq!(attempt.ended(DONE, None), handed_out);
        assert_ne!(attempt.ended("unavailable", None)[0].audit_id, handed_out[0].audit_id);
    }

    #[test]
    fn what_was_not_done_names_nothing_of_its_change() {
        let attempt = begun();
        attempt.names(vec!["identity_id:1".to_owned()]);
        assert_eq!(attempt.ended("unavailable", None)[0].returned, None);
        let done = attempt.ended(DONE, None)[0].returned.clone();
        assert_eq!(done.map(|it| it.ids), Some(vec!["identity_id:1".to_owned()]));
    }
}
