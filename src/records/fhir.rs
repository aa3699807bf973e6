//! What is kept of a patient as a FHIR R4 bundle, for the patient to take along.
//!
//! Owns: the shape of five resources; events of the audit log come as they are (`crate::audit::fhir`). Invariant: pure; what goes in is what comes out, and only resources of this patient.
//! Does not: read, open, or decide what belongs to whom.

use super::Opened;
use crate::domain::schedule::zone::instant_utc as instant;
use crate::domain::visit::{Closed, Visit};
use crate::protocol::conversation::Message;
use crate::protocol::file::FileCard;
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::PersonRecord;
use serde_json::{Value, json};

/// Everything that goes into a bundle.
#[derive(Debug)]
pub struct Everything<'a> {
    /// The account.
    pub person: &'a PersonRecord,
    /// What they told.
    pub profile: &'a Opened,
    /// Their appointments.
    pub visits: &'a [Visit],
    /// What was written, by conversation, with whether they wrote it.
    pub messages: &'a [(ConversationId, Message, bool)],
    /// Who had to do with it: `AuditEvent`s.
    pub events: Vec<Value>,
    /// When.
    pub now: UnixMillis,
}

/// The bundle.
pub fn bundle(of: Everything<'_>) -> Phi<String> {
    let patient = of.person.person_id;
    let mut entries = vec![entry(self::patient(of.person, of.profile))];
    for visit in of.visits {
        entries.push(entry(appointment(visit)));
        if visit.closed == Some(Closed::Ended) {
            entries.push(entry(encounter(visit)));
        }
    }
    for (conversation, message, is_own) in of.messages {
        entries.push(entry(communication(*conversation, message, patient, *is_own)));
        let files = message.files.iter();
        entries.extend(files.map(|it| entry(document(it, message.at, patient))));
    }
    entries.extend(of.events.into_iter().map(entry));
    let bundle = json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant(of.now),
        "entry": entries,
    });
    Phi::new(bundle.to_string())
}

fn entry(resource: Value) -> Value {
    let id = resource.get("id").and_then(Value::as_str).unwrap_or_default();
    json!({ "fullUrl": format!("urn:uuid:{id}"), "resource": resource })
}

fn patient(person: &PersonRecord, profile: &Opened) -> Value {
    let it = &profile.profile;
    let mut telecom = vec![json!({ "system": "email", "value": person.email.expose() })];
    telecom.extend(it.phone.as_ref().map(|it| json!({ "system": "phone", "value": it.expose() })));
    let mut resource = json!({
        "resourceType": "Patient",
        "id": person.person_id.to_string(),
        "name": [{ "text": person.display_name.expose() }],
        "telecom": telecom,
    });
    let mut add = |name: &str, value: Option<Value>| {
        if let (Some(fields), Some(value)) = (resource.as_object_mut(), value) {
            fields.insert(name.to_owned(), value);
        }
    };
    add("birthDate", it.birth_date.as_ref().map(|it| json!(it.expose())));
    // A gender in somebody's own words is none of FHIR's four codes.
    add("gender", it.gender.as_ref().map(|it| json!(code_of_gender(it.expose()))));
    let said = |url: &str, it: &Phi<String>| json!({ "url": format!("urn:bedside:{url}"), "valueString": it.expose() });
    let extensions: Vec<Value> = [
        ("gender-as-said", &it.gender),
        ("insurer", &it.insurer),
        ("insurance-number", &it.insurance_number),
    ]
    .into_iter()
    .filter_map(|(url, it)| it.as_ref().map(|it| said(url, it)))
    .collect();
    add("extension", (!extensions.is_empty()).then(|| Value::Array(extensions)));
    add(
        "contact",
        it.emergency_contact.as_ref().map(|it| json!([{ "name": { "text": it.expose() } }])),
    );
    add("address", it.jurisdiction.as_ref().map(|it| json!([{ "state": it }])));
    add("communication", it.language.as_ref().map(|it| json!([{ "language": { "text": it } }])));
    resource
}

fn code_of_gender(said: &str) -> &'static str {
    match said.trim().to_lowercase().as_str() {
        "female" => "female",
        "male" => "male",
        "" | "unknown" => "unknown",
        _ => "other",
    }
}

fn participants(visit: &Visit) -> Vec<Value> {
    let of = |kind: &str, id: PersonId| json!({ "actor": { "reference": format!("{kind}/{id}") }, "status": "accepted" });
    vec![of("Patient", visit.facts.patient_id), of("Practitioner", visit.facts.clinician_id)]
}

fn appointment(visit: &Visit) -> Value {
    let status = match visit.closed {
        Some(Closed::Ended) => "fulfilled",
        Some(Closed::NoShow) => "noshow",
        Some(Closed::Cancelled) => "cancelled",
        None => "booked",
    };
    json!({
        "resourceType": "Appointment",
        "id": visit.facts.appointment_id.to_string(),
        "status": status,
        "start": instant(visit.facts.starts_at),
        "end": instant(visit.facts.ends_at),
        "participant": participants(visit),
    })
}

fn encounter(visit: &Visit) -> Value {
    let id = visit.facts.appointment_id;
    json!({
        "resourceType": "Encounter",
        // One id each: an encounter is of the appointment of the same letters.
        "id": format!("{id}-visit"),
        "status": "finished",
        "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VR" },
        "subject": { "reference": format!("Patient/{}", visit.facts.patient_id) },
        "appointment": [{ "reference": format!("Appointment/{id}") }],
        "period": { "start": instant(visit.facts.starts_at), "end": instant(visit.facts.ends_at) },
    })
}

fn communication(
    conversation: ConversationId,
    message: &Message,
    patient: PersonId,
    is_own: bool,
) -> Value {
    let mut payload: Vec<Value> = Vec::new();
    payload.extend(message.body.as_ref().map(|it| json!({ "contentString": it.expose() })));
    payload.extend(message.files.iter().map(|it| {
        let reference = format!("DocumentReference/{}", it.file_id);
        json!({ "contentReference": { "reference": reference } })
    }));
    let mut resource = json!({
        "resourceType": "Communication",
        "id": message.message_id.to_string(),
        "status": if message.deleted_at.is_some() { "entered-in-error" } else { "completed" },
        "subject": { "reference": format!("Patient/{patient}") },
        "partOf": [{ "identifier": { "system": "urn:bedside:conversation", "value": conversation.to_string() } }],
        "sent": instant(message.at),
        "payload": payload,
    });
    if let Some(fields) = resource.as_object_mut().filter(|_| is_own) {
        let sender = json!({ "reference": format!("Patient/{patient}") });
        fields.insert("sender".to_owned(), sender);
    }
    resource
}

fn document(file: &FileCard, at: UnixMillis, patient: PersonId) -> Value {
    json!({
        "resourceType": "DocumentReference",
        "id": file.file_id.to_string(),
        "status": "current",
        "subject": { "reference": format!("Patient/{patient}") },
        "date": instant(at),
        "content": [{ "attachment": {
            "contentType": file.content_type,
            "title": file.name.expose(),
            "size": file.bytes,
        } }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gender_in_ones_own_words_is_other() {
        for (said, code) in [("Female", "female"), ("non-binary", "other"), ("", "unknown")] {
            assert_eq!(code_of_gender(said), code);
        }
    }
}
