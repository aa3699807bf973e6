//! The parts of an event: who took part, who recorded it, what it was about.

use super::Recorder;
use super::kinds::{Code, DCM, Kind, Rest};
use crate::protocol::audit::{AuditCaller, AuditEntry, AuditPerson, AuditTarget};
use crate::protocol::catalogue::CATALOGUE;
use crate::protocol::person::Role;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const URIS: &str = "urn:ietf:rfc:3986";

const SOURCE: Code = Code { system: DCM, code: "110153", display: "Source Role ID" };
const DESTINATION: Code = Code { system: DCM, code: "110152", display: "Destination Role ID" };
const APPLICATION: Code = Code { system: DCM, code: "110150", display: "Application" };
const CUSTODIAN: Code = Code {
    system: "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
    code: "custodian",
    display: "Custodian",
};
const SERVER: Code = Code {
    system: "http://terminology.hl7.org/CodeSystem/security-source-type",
    code: "4",
    display: "Application Server",
};
const PERSON: Code = Code { system: ENTITY_TYPE, code: "1", display: "Person" };
const OBJECT: Code = Code { system: ENTITY_TYPE, code: "2", display: "System Object" };
const OTHER: Code = Code { system: ENTITY_TYPE, code: "4", display: "Other" };
const REQUEST: Code = Code {
    system: "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
    code: "XrequestId",
    display: "transport specific unique identifier where http X-Request-Id is used",
};
const PATIENT: Code = Code { system: OBJECT_ROLE, code: "1", display: "Patient" };
const DOMAIN: Code = Code { system: OBJECT_ROLE, code: "4", display: "Domain Resource" };
const QUERY: Code = Code { system: OBJECT_ROLE, code: "24", display: "Query" };

/// The program that called, the hub, and whoever used the program. Nobody calls what is done on the machine itself.
pub(super) fn agents(it: &AuditEntry, kind: Kind, by: Recorder<'_>) -> Value {
    // Which way what matters flows; of a query, by agreement, the way of the question.
    let (client, server) = match kind {
        Kind::With(Rest::Read) | Kind::Export | Kind::Log(_) => (DESTINATION, SOURCE),
        Kind::With(Rest::Delete) => (APPLICATION, CUSTODIAN),
        Kind::With(_) | Kind::Act | Kind::Own | Kind::SignIn | Kind::SignOut => {
            (SOURCE, DESTINATION)
        }
        Kind::Credentials | Kind::Emergency | Kind::Key => (SOURCE, DESTINATION),
    };
    let from = match &it.network {
        Some(network) => json!({ "address": network, "type": "2" }),
        // Where somebody is who tries no secret is nobody's business, and not kept.
        None => json!({ "extension": [{ "url": ABSENT, "valueCode": "masked" }] }),
    };
    let called = !matches!(kind, Kind::Key | Kind::Own);
    let client = called.then(|| {
        json!({
            "type": { "coding": [client.json()] },
            "who": { "type": "Device", "display": "client of the hub" },
            "requestor": it.caller.is_none(),
            "network": from,
        })
    });
    let mut agents: Vec<Value> = client.into_iter().collect();
    agents.push(json!({
        "type": { "coding": [server.json()] },
        "who": hub(by),
        "requestor": !called && it.caller.is_none(),
        "network": { "address": by.url, "type": "5" },
    }));
    agents.extend(it.caller.as_ref().map(|it| user(it, kind)));
    Value::Array(agents)
}

fn user(it: &AuditCaller, kind: Kind) -> Value {
    let is_reading =
        matches!(kind, Kind::With(Rest::Read | Rest::Search) | Kind::Export | Kind::Log(_));
    let part = |code, display| Code { system: PARTICIPATION, code, display };
    let part = match it.role {
        _ if is_reading => part("IRCP", "information recipient"),
        Some(Role::Patient | Role::Caregiver) => part("INF", "informant"),
        Some(Role::Admin | Role::Support) => part("CST", "custodian"),
        Some(Role::Clinician | Role::Colleague | Role::Interpreter) | None => part("AUT", "author"),
    };
    let mut agent = json!({
        "type": { "coding": [part.json()] },
        "who": who(it),
        "requestor": true,
    });
    if let Some(fields) = agent.as_object_mut() {
        fields.extend(it.role.map(|it| ("role".to_owned(), json!([{ "text": it.as_str() }]))));
        let name = it.display_name.as_ref();
        fields.extend(name.map(|it| ("name".to_owned(), json!(it.expose()))));
    }
    agent
}

/// By their account, or by their part in one visit.
fn who(it: &AuditCaller) -> Value {
    let kind = match it.role {
        Some(Role::Patient) => "Patient",
        Some(Role::Caregiver) => "RelatedPerson",
        Some(_) | None => "Practitioner",
    };
    match (it.person_id, it.participant_id) {
        (Some(id), _) => json!({ "reference": format!("{kind}/{id}") }),
        (None, Some(id)) => identified(kind, "participant", &id.to_string()),
        (None, None) => json!({ "type": kind, "display": "somebody who has no account any more" }),
    }
}

fn hub(by: Recorder<'_>) -> Value {
    json!({
        "type": "Device",
        "identifier": { "system": URIS, "value": by.url },
        "display": host(by),
    })
}

fn host(by: Recorder<'_>) -> &str {
    by.url.split_once("://").map_or(by.url, |it| it.1)
}

/// Who recorded it: the hub.
pub(super) fn source(by: Recorder<'_>) -> Value {
    json!({ "site": host(by), "observer": hub(by), "type": [SERVER.json()] })
}

/// The call, what it was about, whose record, and why it was refused.
pub(super) fn entities(
    it: &AuditEntry,
    kind: Kind,
    patient: Option<&AuditPerson>,
    is_refused: bool,
) -> Value {
    let value = it.request_id.to_string();
    let mut all =
        vec![json!({ "what": { "identifier": { "value": value } }, "type": REQUEST.json() })];
    if let Kind::With(Rest::Search) = kind {
        all.push(query(it));
        // A second object would be taken for a second query.
        let target = it.target.as_ref().filter(|it| it.kind != "patient");
        all.extend(target.map(|it| object(it, OTHER)));
    } else {
        all.push(it.target.as_ref().map_or_else(|| unnamed(it), |it| object(it, OBJECT)));
    }
    all.extend(patient.map(|it| {
        let mut what = json!({ "reference": format!("Patient/{}", it.person_id) });
        if let (Some(fields), Some(name)) = (what.as_object_mut(), &it.display_name) {
            fields.insert("display".to_owned(), json!(name.expose()));
        }
        json!({ "what": what, "type": PERSON.json(), "role": PATIENT.json() })
    }));
    if is_refused {
        all.push(json!({ "what": { "reference": "#outcome" }, "type": OTHER.json() }));
    }
    Value::Array(all)
}

/// What was searched for is not in the log; that it was searched is.
fn query(it: &AuditEntry) -> Value {
    let row = CATALOGUE.iter().find(|row| row.name == it.operation);
    let asked =
        row.map_or_else(|| it.operation.clone(), |row| format!("{} {}", row.method, row.path));
    json!({
        "type": OBJECT.json(),
        "role": QUERY.json(),
        "description": format!("{}; what was searched for is not kept", it.operation),
        "query": STANDARD.encode(asked),
    })
}

fn object(it: &AuditTarget, kind: Code) -> Value {
    let what = identified(resource(&it.kind), &it.kind, &it.id);
    json!({ "what": what, "type": kind.json(), "role": DOMAIN.json() })
}

/// Of a call that named nothing: what it is about by its name, such as `profile`.
fn unnamed(it: &AuditEntry) -> Value {
    let about = it.operation.split_once('.').map_or(&*it.operation, |it| it.0);
    json!({ "what": { "display": about }, "type": OBJECT.json(), "role": DOMAIN.json() })
}

fn identified(resource: &str, kind: &str, id: &str) -> Value {
    let identifier = match uuid::Uuid::parse_str(id) {
        Ok(_) => json!({ "system": URIS, "value": format!("urn:uuid:{id}") }),
        // What the settings name.
        Err(_) => json!({ "value": id }),
    };
    json!({ "type": resource, "identifier": identifier, "display": kind })
}

/// What FHIR calls such a thing; what it has no name for is `Basic`.
fn resource(kind: &str) -> &'static str {
    match kind {
        "appointment" => "Appointment",
        "patient" => "Patient",
        "person" => "Person",
        "participant" => "RelatedPerson",
        "practitioner" => "Practitioner",
        "message" | "notice" => "Communication",
        "file" => "DocumentReference",
        "service" => "HealthcareService",
        "task" => "Task",
        "audit" => "AuditEvent",
        "template" => "Schedule",
        _ => "Basic",
    }
}

/// What a refusal says of itself.
pub(super) fn why(code: &str, status: u16) -> Value {
    let issue = match status {
        400 | 413 | 422 => "invalid",
        401 => "login",
        402 | 403 | 426 => "forbidden",
        404 | 410 => "not-found",
        409 | 412 => "conflict",
        429 => "throttled",
        499 | 503 | 504 => "transient",
        _ => "exception",
    };
    json!({
        "resourceType": "OperationOutcome",
        "id": "outcome",
        "issue": [{ "severity": "error", "code": issue, "details": { "text": code } }],
    })
}

/// Why what is not open otherwise was opened.
pub(super) fn break_the_glass() -> Value {
    let reason = Code {
        system: "http://terminology.hl7.org/CodeSystem/v3-ActReason",
        code: "BTG",
        display: "break the glass",
    };
    json!({ "coding": [reason.json()] })
}
