//! What the audit log is told of a call, and when.
//!
//! Owns: the rows of one call. Invariants: AU-1 nothing is changed and nothing is answered whose attempt is not on disk:
//! either its `begin` is written before anything is done, or both of its rows are in the transaction of what it
//! changes, or, when it changes nothing, they are written before its answer leaves. One that was done is never failed by
//! the record of its end.
//! Does not: know what is done.

use super::{About, Call, Hub};
use crate::protocol::fault::{Fault, FaultCode, Outcome};
use crate::protocol::ids::AuditId;
use crate::protocol::operation::{Effect, Operation, Pace};
use crate::protocol::time::UnixMillis;
use crate::store::{AuditRecord, Returned, StoreError};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// When the attempt is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Before anything is done; its end after that.
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
#[derive(Debug)]
pub struct Attempt {
    begin: AuditRecord,
    end: AuditId,
    about: Arc<About>,
    is_saved: AtomicBool,
}

impl Attempt {
    pub(super) fn of<O: Operation>(call: &Call, target: Option<String>) -> Arc<Self> {
        let begin = row::<O>(call, "begin", target);
        let about = Arc::clone(&call.about);
        Arc::new(Attempt { begin, end: new_id(), about, is_saved: AtomicBool::new(false) })
    }

    /// The rows for the transaction of the change; none when they were saved with an earlier one.
    pub fn rows(&self, now: UnixMillis) -> Vec<AuditRecord> {
        if self.is_saved() {
            return vec![];
        }
        self.ended("ok", now, None)
    }

    /// That transaction was committed.
    pub fn saved(&self) {
        self.is_saved.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_saved(&self) -> bool {
        self.is_saved.load(Ordering::SeqCst)
    }

    /// Both rows, with the same ids each time: of a transaction whose outcome is unknown and of what is told instead one
    /// is kept, and where the second of them has come too late nothing of it is.
    fn ended(
        &self,
        phase: &'static str,
        now: UnixMillis,
        returned: Option<Returned>,
    ) -> Vec<AuditRecord> {
        let end = AuditRecord { returned, ..self.end(self.end, phase, now) };
        vec![self.begin.clone(), end]
    }

    fn end(&self, audit_id: AuditId, phase: &'static str, at: UnixMillis) -> AuditRecord {
        self.about.complete(AuditRecord { audit_id, at, phase, ..self.begin.clone() })
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
        match hub.ledger().append_audit(attempt.ended(phase, hub.now(), returned)).await {
            Ok(()) => return result,
            // They are there, and so is the change whose outcome nobody knew.
            Err(StoreError::Conflict(_)) => attempt.saved(),
            Err(_) => return result.and(Err(FaultCode::Unavailable.into())).or_else(unrecorded),
        }
    }
    if result.is_err() {
        // It was done, and what came after it was not.
        ended(hub, attempt.end(new_id(), phase, hub.now())).await;
    }
    result
}

/// Records an attempt that was refused while the same call, made before or at the same time, was done: that one's rows are
/// in its own transaction, and its answer is told whether or not these can be written.
pub(super) async fn replayed<H: Hub>(hub: &H, attempt: &Attempt) {
    if attempt.is_saved() {
        return;
    }
    let rows = attempt.ended("ok", hub.now(), None);
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

/// Records the end of what was recorded first.
pub(super) async fn ended<H: Hub>(hub: &H, row: AuditRecord) {
    let (request_id, operation) = (row.request_id, row.operation);
    if append(hub, row).await.is_err() {
        // It has happened; the begin row stands, and its missing end is found by whoever reads the log.
        metrics::counter!("bedside_audit_end_missing_total").increment(1);
        tracing::error!(%request_id, operation, "audit end missing");
    }
}

/// The code of the fault, or `ok`.
pub(super) fn phase_of<T>(result: &Result<T, Fault>) -> &'static str {
    result.as_ref().map_or_else(|fault| fault.code.as_str(), |_| "ok")
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
fn network_of(address: IpAddr) -> String {
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

/// Ids of one answer that are kept: as many as the longest list has rows.
const MAX_RETURNED: usize = 500;
/// Ids by which somebody's record is found in what comes back, those first that lead to a patient most directly.
const RECORDS: [&str; 7] = [
    "patient_id",
    "appointment_id",
    "conversation_id",
    "message_id",
    "file_id",
    "payment_id",
    "person_id",
];
/// Whose account stands below this name is the patient.
const PATIENT: &str = "patient";
/// Reads of which nothing that comes back is anybody's record. They are asked often, or answer with a lot.
const NOBODYS: [&str; 6] = [
    "slot.search",
    "service.list",
    "practitioner.list",
    "closure.list",
    "schedule.read",
    "audit.own",
];

/// What came back of an operation that reads; also of those that look for something and are no GET.
pub(super) fn returned_by<O: Operation>(result: &Result<O::Output, Fault>) -> Option<Returned> {
    let reads = O::EFFECT == Effect::Read || O::NAME == "message.search";
    if !reads || NOBODYS.contains(&O::NAME) {
        return None;
    }
    let output = serde_json::to_value(result.as_ref().ok()?).ok()?;
    Some(returned(&output))
}

/// Ids of everything that somebody is shown, those first that lead to a patient.
pub fn returned(output: &Value) -> Returned {
    let mut all = Ids::default();
    collect(output, &mut all);
    let mut found = Returned::default();
    let mut seen = BTreeSet::new();
    for id in all.first.into_iter().chain(all.others) {
        if seen.insert(id.clone()) {
            found.count = found.count.saturating_add(1);
            if found.ids.len() < MAX_RETURNED {
                found.ids.push(id);
            }
        }
    }
    found
}

/// Of each record the id that leads to its patient, and behind all of those the others: of a long list no patient is left out.
#[derive(Debug, Default)]
struct Ids {
    first: Vec<String>,
    others: Vec<String>,
}

fn collect(value: &Value, all: &mut Ids) {
    match value {
        Value::Array(items) => items.iter().for_each(|it| collect(it, all)),
        Value::Object(fields) => {
            let mut own = vec![];
            of_record(fields, "", &mut own, all);
            own.sort_by_key(|it| it.0);
            let mut own = own.into_iter().map(|it| it.1);
            all.first.extend(own.next());
            all.others.extend(own);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Ids of a record, with how directly they lead to a patient. What is in a list is a record of its own.
fn of_record(
    fields: &Map<String, Value>,
    place: &str,
    own: &mut Vec<(usize, String)>,
    all: &mut Ids,
) {
    for (name, it) in fields {
        match it {
            Value::String(id) => {
                let is_patient = place == PATIENT && name == "person_id";
                let way = RECORDS.iter().position(|it| it == name);
                let way = way.map(|it| if is_patient { 0 } else { it });
                own.extend(way.map(|it| (it, format!("{name}:{id}"))));
            }
            Value::Object(fields) => of_record(fields, name, own, all),
            Value::Array(_) => collect(it, all),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn new_id() -> AuditId {
    AuditId(Uuid::now_v7())
}

/// Names of ids in params, those first that say most.
const TARGETS: [&str; 20] = [
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
    use serde_json::json;

    #[test]
    fn of_a_long_list_every_patient_is_named() {
        let card = |n: usize| {
            json!({
                "appointment_id": format!("visit {n}"),
                "clinician": {"person_id": format!("clinician {}", n % 40)},
                "patient": {"person_id": format!("patient {n}")},
            })
        };
        let cards: Vec<_> = (0..MAX_RETURNED).map(card).collect();
        let found = returned(&json!({"appointments": cards}));
        assert_eq!((found.ids.len(), found.count), (MAX_RETURNED, 1_040));
        for n in 0..MAX_RETURNED {
            assert_eq!(found.ids[n], format!("person_id:patient {n}"));
        }
        // Where the patient is not told, what leads to them stands first, and not who treats.
        let found = returned(&json!({"clinician": {"person_id": "c"}, "conversation_id": "t"}));
        assert_eq!(found.ids, ["conversation_id:t", "person_id:c"]);
    }
}
