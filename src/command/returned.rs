//! What the audit log is told of what came back: ids by which somebody's record is found, and how many there were.
//!
//! Invariant: of a long list no patient is left out for ids that say less. Ids are not PHI; nothing else of an answer is looked at.

use crate::protocol::fault::Fault;
use crate::protocol::operation::{Effect, Operation};
use crate::store::Returned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

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
const NOBODYS: [&str; 7] = [
    "slot.search",
    "service.list",
    "practitioner.list",
    "closure.list",
    "schedule.read",
    "audit.own",
    "report.read_usage",
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
