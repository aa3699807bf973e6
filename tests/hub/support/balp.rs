//! What an `AuditEvent` has to have: the rules of FHIR R4 (<http://hl7.org/fhir/R4/auditevent.html>) and of the profiles of IHE Basic Audit
//! Log Patterns 1.1.3, each by its name below `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.`. Written down from
//! their definitions, such as `StructureDefinition-IHE.BasicAudit.PatientRead-definitions.html`; not a validator of FHIR.

use serde_json::Value;

const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const FAMILY: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const PARTICIPANT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
const ENTITY: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const PROFILES: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
const ENTITY_TYPES: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";

/// A profile, with and without `Patient` in front.
struct Profile {
    name: &'static str,
    /// `AuditEvent.subtype`, one of these (AllReadVS and its like).
    subtypes: &'static [&'static str],
    action: &'static str,
    /// `agent:client.type` and `agent:server.type`.
    client: (&'static str, &'static str),
    server: (&'static str, &'static str),
    /// `agent:user.type`, one of these (IRCP, or the value set DataSources).
    user: &'static [&'static str],
    /// `entity:query` instead of `entity:data`.
    is_query: bool,
}

const SOURCE: (&str, &str) = (DCM, "110153");
const DESTINATION: (&str, &str) = (DCM, "110152");
const DATA_SOURCES: &[&str] = &["AUT", "INF", "CST"];

const BALP: [Profile; 5] = [
    Profile {
        name: "Read",
        subtypes: &["read", "vread"],
        action: "R",
        client: DESTINATION,
        server: SOURCE,
        user: &["IRCP"],
        is_query: false,
    },
    Profile {
        name: "Query",
        subtypes: &["search", "search-type", "search-system"],
        action: "E",
        client: SOURCE,
        server: DESTINATION,
        user: &["IRCP"],
        is_query: true,
    },
    Profile {
        name: "Create",
        subtypes: &["create"],
        action: "C",
        client: SOURCE,
        server: DESTINATION,
        user: DATA_SOURCES,
        is_query: false,
    },
    Profile {
        name: "Update",
        subtypes: &["update", "patch"],
        action: "U",
        client: SOURCE,
        server: DESTINATION,
        user: DATA_SOURCES,
        is_query: false,
    },
    Profile {
        name: "Delete",
        subtypes: &["delete"],
        action: "D",
        client: (DCM, "110150"),
        server: (PARTICIPANT, "custodian"),
        user: DATA_SOURCES,
        is_query: false,
    },
];

fn is(coding: &Value, system: &str, code: &str) -> bool {
    coding["system"] == system && coding["code"] == code
}

fn list(it: &Value) -> &[Value] {
    it.as_array().map_or(&[], Vec::as_slice)
}

/// An element of FHIR is never empty.
fn is_there(it: &Value) -> bool {
    match it {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty() && items.iter().all(is_there),
        Value::Object(fields) => !fields.is_empty() && fields.values().all(is_there),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// What is wrong with an event; nothing when it is one.
pub(crate) fn wrong_with(event: &Value) -> Vec<String> {
    let mut wrong = vec![];
    in_r4(event, &mut wrong);
    let profile = event["meta"]["profile"][0].as_str();
    if let Some(name) = profile.map(|it| it.strip_prefix(PROFILES).unwrap_or(it)) {
        let (has_patient, name) = match name.strip_prefix("Patient") {
            Some(name) => (true, name),
            None => (false, name),
        };
        match BALP.iter().find(|it| it.name == name) {
            Some(it) => in_profile(event, it, has_patient, &mut wrong),
            None => wrong.push(format!("there is no profile {name}")),
        }
    }
    wrong
}

fn in_r4(event: &Value, wrong: &mut Vec<String>) {
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("R4: {what}"));
        }
    };
    must(event["resourceType"] == "AuditEvent", "resourceType");
    must(is_there(event), "no element is empty");
    let id = event["id"].as_str().unwrap_or_default();
    let may = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '.';
    must(!id.is_empty() && id.len() <= 64 && id.chars().all(may), "id");
    must(is_there(&event["type"]["system"]) && is_there(&event["type"]["code"]), "type 1..1");
    let recorded = event["recorded"].as_str().unwrap_or_default();
    must(recorded.parse::<jiff::Timestamp>().is_ok(), "recorded 1..1 instant");
    must(is_there(&event["source"]["observer"]), "source.observer 1..1");
    must(["C", "R", "U", "D", "E"].iter().any(|it| event["action"] == *it), "action");
    let outcome = &event["outcome"];
    must(outcome.is_null() || ["0", "4", "8", "12"].iter().any(|it| outcome == *it), "outcome");
    let agents = list(&event["agent"]);
    must(!agents.is_empty(), "agent 1..*");
    must(agents.iter().all(|it| it["requestor"].is_boolean()), "agent.requestor 1..1");
    must(agents.iter().filter(|it| it["requestor"] == true).count() == 1, "one requestor");
    let kind = |it: &Value| {
        let kind = &it["network"]["type"];
        kind.is_null() || ["1", "2", "3", "4", "5"].iter().any(|it| kind == *it)
    };
    must(agents.iter().all(kind), "agent.network.type");
    let either = |it: &Value| it["name"].is_null() || it["query"].is_null();
    must(list(&event["entity"]).iter().all(either), "sev-1: a name or a query");
}

fn in_profile(event: &Value, of: &Profile, has_patient: bool, wrong: &mut Vec<String>) {
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{}: {what}", of.name));
        }
    };
    must(is(&event["type"], FAMILY, "rest"), "type");
    let fits = |it: &&Value| of.subtypes.iter().any(|code| is(it, INTERACTION, code));
    must(list(&event["subtype"]).iter().filter(fits).count() == 1, "subtype 1..1");
    must(event["action"] == of.action, "action");
    must(event["outcome"] == "0", "outcome");
    let agents = list(&event["agent"]);
    must(agents.len() >= 2, "agent 2..*");
    for (name, (system, code)) in [("client", of.client), ("server", of.server)] {
        let typed = |it: &&Value| list(&it["type"]["coding"]).iter().any(|it| is(it, system, code));
        let found: Vec<_> = agents.iter().filter(typed).collect();
        must(found.len() == 1, &format!("agent:{name} 1..1"));
        for it in found {
            must(is_there(&it["who"]), &format!("agent:{name}.who 1..1"));
            must(is_there(&it["network"]), &format!("agent:{name}.network 1..1"));
            must(it["media"].is_null(), &format!("agent:{name}.media 0..0"));
        }
    }
    let is_user =
        |it: &&Value| list(&it["type"]["coding"]).iter().any(|it| it["system"] == PARTICIPATION);
    let users: Vec<_> = agents.iter().filter(is_user).collect();
    must(users.len() <= 1, "agent:user 0..1");
    for it in users {
        let coding = &it["type"]["coding"][0];
        must(of.user.iter().any(|code| is(coding, PARTICIPATION, code)), "agent:user.type");
        must(is_there(&it["who"]) && it["requestor"] == true, "agent:user.who, requestor");
        must(it["network"].is_null() && it["media"].is_null(), "agent:user.network 0..0");
    }
    in_entities(list(&event["entity"]), of, has_patient, &mut must);
}

fn in_entities(all: &[Value], of: &Profile, has_patient: bool, must: &mut impl FnMut(bool, &str)) {
    let typed = |code: &str| -> Vec<&Value> {
        all.iter().filter(|it| is(&it["type"], ENTITY, code)).collect()
    };
    let objects = typed("2");
    must(objects.len() == 1, "entity:data or entity:query 1..1");
    for it in objects {
        if of.is_query {
            must(is(&it["role"], ROLE, "24"), "entity:query.role");
            must(is_there(&it["query"]), "entity:query.query 1..1");
            must(it["what"].is_null() && it["detail"].is_null(), "entity:query.what 0..0");
            must(it["lifecycle"].is_null(), "entity:query.lifecycle 0..0");
        } else {
            let is_object = ["3", "4", "20"].iter().any(|code| is(&it["role"], ROLE, code));
            must(is_object, "entity:data.role of RestObjectRoles");
            must(is_there(&it["what"]), "entity:data.what 1..1");
        }
    }
    let calls: Vec<_> = all.iter().filter(|it| it["type"]["system"] == ENTITY_TYPES).collect();
    must(calls.len() <= 1, "entity:transaction 0..1");
    for it in calls {
        must(it["type"]["code"] == "XrequestId", "entity:transaction.type");
        must(is_there(&it["what"]["identifier"]["value"]), "entity:transaction.what 1..1");
    }
    let patients = typed("1");
    must(patients.len() == usize::from(has_patient), "entity:patient 1..1");
    for it in patients {
        let reference = it["what"]["reference"].as_str().unwrap_or_default();
        must(is(&it["role"], ROLE, "1"), "entity:patient.role");
        must(reference.starts_with("Patient/"), "entity:patient.what Reference(Patient)");
    }
}
