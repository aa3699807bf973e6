use super::kinds::{KINDS, Kind, Rest, of};
use super::*;
use crate::audit::uncalled;
use crate::protocol::audit::{AuditCaller, AuditTarget};
use crate::protocol::catalogue::CATALOGUE;
use crate::protocol::ids::{AuditId, PersonId, RequestId};
use crate::protocol::operation::Effect;
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use uuid::Uuid;

const HUB: Recorder<'static> = Recorder { url: "https://clinic.example" };

fn entry(operation: &str, outcome: &str, target: &str) -> AuditEntry {
    let caller = AuditCaller {
        person_id: Some(PersonId(Uuid::from_u128(2))),
        participant_id: None,
        display_name: None,
        role: Some(Role::Clinician),
    };
    AuditEntry {
        audit_id: AuditId(Uuid::from_u128(1)),
        entry: None,
        at: UnixMillis(1_800_000_000_000),
        request_id: RequestId(Uuid::from_u128(3)),
        caller: Some(caller),
        operation: operation.to_owned(),
        outcome: outcome.to_owned(),
        target: Some(AuditTarget { kind: target.to_owned(), id: Uuid::from_u128(4).to_string() }),
        patients: vec![],
        returned: None,
        network: None,
    }
}

#[test]
fn every_operation_is_of_one_kind_and_there_is_no_kind_of_another() {
    for row in CATALOGUE {
        let rows = KINDS.iter().flat_map(|(_, names)| *names).filter(|it| **it == row.name);
        assert_eq!(rows.count(), 1, "{} needs one row in src/audit/fhir/kinds.rs", row.name);
    }
    for name in KINDS.iter().flat_map(|(_, names)| *names) {
        assert!(CATALOGUE.iter().any(|it| it.name == *name), "there is no operation {name}");
    }
}

/// The words of the portals stand beside it in another language, so nobody would notice.
#[test]
fn what_no_client_calls_has_words_in_the_portals() {
    let words = include_str!("../../../clients/portals/src/strings/en-deeds.ts");
    let uncalled = include_str!("../../../clients/portals/src/audit/deeds.ts");
    for (name, _) in uncalled::UNCALLED {
        assert!(words.contains(&format!("  '{name}': ")), "{name} needs words in en-deeds.ts");
        assert!(uncalled.contains(&format!("  '{name}',")), "{name} needs a line in deeds.ts");
    }
    for (name, _) in uncalled::REFUSED {
        assert!(words.contains(&format!("  '{name}': ")), "{name} needs words in en-deeds.ts");
        assert!(!uncalled.contains(name), "{name} is done by nobody, and not by the machine");
    }
    for topic in crate::audit::followed::Followed::ALL {
        assert!(words.contains(&format!("  '{}': ", topic.name())), "{topic:?} needs words");
    }
}

#[test]
fn what_reads_is_not_said_to_change_anything_and_the_other_way_round() {
    let reads = [Kind::With(Rest::Read), Kind::With(Rest::Search), Kind::Export];
    for row in CATALOGUE {
        let kind = of(row.name).unwrap();
        let is_read = reads.contains(&kind) || matches!(kind, Kind::Log(_));
        match row.effect {
            Effect::Read => assert!(is_read, "{}", row.name),
            Effect::Write => assert!(!is_read, "{}", row.name),
            // Some of them read and are no GET, such as a search for words.
            Effect::Live => {}
        }
    }
}

/// A sign-in that was only begun is no sign-in, and a factor that was only begun changes nothing.
#[test]
fn what_is_only_begun_is_not_said_to_be_done() {
    for row in CATALOGUE {
        let is_begun = row.name.split('.').next_back().is_some_and(|it| it.starts_with("begin_"));
        if is_begun || row.name == "auth.refresh" {
            assert_eq!(of(row.name), Some(Kind::Act), "{}", row.name);
        }
    }
    for (operation, kind) in [
        ("auth.verify_factor", Kind::SignIn),
        ("auth.step_up", Kind::SignIn),
        ("factor.confirm_totp", Kind::Credentials),
    ] {
        assert_eq!(of(operation), Some(kind));
    }
}

#[test]
fn a_rotated_key_is_told_as_what_the_machine_did() {
    let target = AuditTarget { kind: "key".to_owned(), id: "0a1b2c3d".to_owned() };
    let it = AuditEntry {
        caller: None,
        target: Some(target),
        ..entry(uncalled::ROTATE_KEY, "ok", "key")
    };
    let it = &events(&it, HUB)[0];
    assert_eq!(
        (&it["type"]["code"], &it["subtype"][0]["code"]),
        (&json!("110113"), &json!("110129"))
    );
    let agents = it["agent"].as_array().unwrap();
    assert_eq!(agents.len(), 1, "no client of the hub: {agents:?}");
    assert_eq!(
        (&agents[0]["requestor"], &agents[0]["who"]["display"]),
        (&json!(true), &json!("clinic.example"))
    );
    assert_eq!(it["entity"][1]["what"]["identifier"]["value"], "0a1b2c3d");
    assert_eq!(it["meta"], Value::Null);
}

#[test]
fn that_the_hub_checked_its_data_is_told_as_its_own_doing() {
    let target = AuditTarget { kind: "checks".to_owned(), id: "16".to_owned() };
    let it = entry(uncalled::CHECK_DATA, "internal", "checks");
    let it = &events(&AuditEntry { caller: None, target: Some(target), ..it }, HUB)[0];
    assert_eq!((&it["type"]["code"], &it["outcome"]), (&json!("110100"), &json!("8")));
    assert_eq!(it["agent"].as_array().unwrap().len(), 1, "no client of the hub");
    assert_eq!(it["meta"], Value::Null);
}

#[test]
fn what_was_refused_says_why_and_follows_no_profile() {
    for (outcome, status, issue) in [
        ("not_found", "4", "not-found"),
        ("wrong_credentials", "4", "login"),
        ("unavailable", "8", "transient"),
        ("what a newer version says", "8", "exception"),
    ] {
        let it = &events(&entry("visit.read", outcome, "appointment"), HUB)[0];
        assert_eq!(it["outcome"], status);
        assert_eq!((&it["outcomeDesc"], &it["meta"]), (&json!(outcome), &Value::Null));
        assert_eq!(it["contained"][0]["issue"][0]["code"], issue);
    }
    // Of what was begun nobody knows how it ended.
    let it = &events(&entry("visit.read", "begin", "appointment"), HUB)[0];
    assert_eq!((&it["outcome"], &it["outcomeDesc"]), (&Value::Null, &json!("begin")));
    assert_eq!((&it["meta"], &it["contained"]), (&Value::Null, &Value::Null));
}

#[test]
fn the_glass_is_broken_where_a_record_is_opened_and_where_it_is_read_by_that_only() {
    let purpose = |operation: &str, target: &str| {
        events(&entry(operation, "ok", target), HUB)[0]["purposeOfEvent"].clone()
    };
    for (operation, target) in [("emergency.open", "patient"), ("patient.read", "grant")] {
        assert_eq!(purpose(operation, target)[0]["coding"][0]["code"], "BTG", "{operation}");
    }
    for (operation, target) in [
        ("patient.read", "patient"),
        ("emergency.review", "grant"),
        ("emergency.list_uses", "grant"),
        ("emergency.list", "person"),
    ] {
        assert_eq!(purpose(operation, target), Value::Null, "{operation}");
    }
}

#[test]
fn an_entry_about_several_patients_is_an_event_for_each() {
    let patient = |it| AuditPerson { person_id: PersonId(Uuid::from_u128(it)), display_name: None };
    let patients = vec![patient(7), patient(8)];
    let all = events(&AuditEntry { patients, ..entry("person.list", "ok", "person") }, HUB);
    let ids: std::collections::BTreeSet<_> =
        all.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert!(ids.len() == 2 && ids.iter().all(|it| it.len() == 64), "{ids:?}");
    for (event, patient) in all.iter().zip([7, 8]) {
        let text = event.to_string();
        assert!(text.contains(&format!("Patient/{}", Uuid::from_u128(patient))));
        assert!(!text.contains(&format!("Patient/{}", Uuid::from_u128(15 - patient))));
    }
}
