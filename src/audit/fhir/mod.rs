//! An entry of the audit log as FHIR R4 `AuditEvent`, in the shape of IHE Basic Audit Log Patterns 1.1.3
//! (<https://profiles.ihe.net/ITI/BALP/1.1.3/>): a view for those who collect such events. What proves the log is the entry itself.
//!
//! Owns: what of an entry goes into which element, and which profile an event may say that it follows. Invariants: pure; nothing is in an
//! event but what the entry has that it is made of, so names are there only where the caller was shown them; no event is said to
//! follow a profile unless it was a success of that kind. BALP wants one event a patient: an entry about several becomes several.
//! Does not: decide who may see an entry.

pub mod kinds;
mod parts;

use crate::domain::schedule::zone::instant_utc;
use crate::protocol::audit::{AuditEntry, AuditPerson};
use crate::protocol::fault::FaultCode;
use kinds::{Kind, Type};
use serde_json::{Value, json};

/// Media type of events, one a line.
pub const NDJSON: &str = "application/fhir+ndjson";
/// Where profiles of BALP have their names.
pub const PROFILES: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
/// Kind of a target that is an emergency.
const GRANT: &str = "grant";
/// Operations about emergencies that are done under none.
const ABOUT_EMERGENCIES: &str = "emergency.";

/// The hub whose log it is.
#[derive(Debug, Clone, Copy)]
pub struct Recorder<'a> {
    /// What browsers call it.
    pub url: &'a str,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Nobody knows yet, or ever.
    Open,
    Well,
    /// With this status of HTTP.
    Refused(u16),
}

/// The events of an entry: one, or one for each patient.
pub fn events(it: &AuditEntry, by: Recorder<'_>) -> Vec<Value> {
    match &*it.patients {
        [] => vec![event(it, None, by, it.audit_id.to_string())],
        [one] => vec![event(it, Some(one), by, it.audit_id.to_string())],
        // 64 letters, as many as an id of FHIR may have.
        many => many
            .iter()
            .map(|one| {
                let (entry, patient) = (it.audit_id.0.simple(), one.person_id.0.simple());
                event(it, Some(one), by, format!("{entry}{patient}"))
            })
            .collect(),
    }
}

/// Events as a bundle.
pub fn bundle(events: Vec<Value>) -> Value {
    let entry: Vec<Value> = events.into_iter().map(|it| json!({ "resource": it })).collect();
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entry })
}

fn event(it: &AuditEntry, patient: Option<&AuditPerson>, by: Recorder<'_>, id: String) -> Value {
    // What an older or newer version called, or a row that cannot be read.
    let kind = kinds::of(&it.operation).unwrap_or(Kind::Act);
    let ended = ended(&it.outcome);
    let Type { family, subtype, action } = kind.coded();
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": id,
        "type": family.json(),
        "subtype": [subtype.json()],
        "action": action,
        "recorded": instant_utc(it.at),
        "agent": parts::agents(it, kind, by),
        "source": parts::source(by),
        "entity": parts::entities(it, kind, patient, ended != Ended::Open && ended != Ended::Well),
    });
    let mut add = |name: &str, value: Value| {
        if let Some(fields) = event.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    };
    match ended {
        Ended::Open => add("outcomeDesc", json!(it.outcome)),
        Ended::Well => {
            add("outcome", json!("0"));
            if let Some(profile) = kind.profile(patient.is_some()) {
                add("meta", json!({ "profile": [format!("{PROFILES}{profile}")] }));
            }
        }
        Ended::Refused(status) => {
            add("outcome", json!(if status < 500 { "4" } else { "8" }));
            add("outcomeDesc", json!(it.outcome));
            add("contained", json!([parts::why(&it.outcome, status)]));
        }
    }
    if is_under_emergency(it) {
        add("purposeOfEvent", json!([parts::break_the_glass()]));
    }
    event
}

fn ended(outcome: &str) -> Ended {
    match outcome {
        "begin" => Ended::Open,
        "ok" => Ended::Well,
        code => {
            let known = FaultCode::ALL.iter().find(|it| it.as_str() == code);
            Ended::Refused(known.map_or(500, |it| it.http_status()))
        }
    }
}

/// What opened a record, and what was read only because it was open.
fn is_under_emergency(it: &AuditEntry) -> bool {
    let by_grant = it.target.as_ref().is_some_and(|it| it.kind == GRANT);
    kinds::of(&it.operation) == Some(Kind::Emergency)
        || by_grant && !it.operation.starts_with(ABOUT_EMERGENCIES)
}

#[cfg(test)]
mod tests;
