//! People whose names, words and files begin with a seed: what is searched for after the whole suite (`scripts/canaries.sh`).

use crate::support::canary::{CONTROL, SEED};
use crate::support::chat::with;
use crate::support::http::Request;
use crate::support::{Chat, Clinic, Kind, Someone, tell};
use bedside::protocol::audit_report::{AuditFilters, SaveAuditReport};
use bedside::protocol::catalogue::{CATALOGUE, Row};
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::SearchMessages;
use bedside::protocol::emergency::{EmergencyReason, OpenEmergency};
use bedside::protocol::file::FileVariant;
use bedside::protocol::person::Role;
use bedside::protocol::practice::{PatientProfile, RegisterPatient, UpdateProfile};
use bedside::protocol::record::SetLegalHold;
use rstest::rstest;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use uuid::Uuid;

fn seed(what: &str) -> String {
    format!("{SEED}{what}")
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn people_are_called_and_write_what_nobody_may_log(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let text = |what: &str| seed(what).into();
        let ana = clinic.patient(&seed("name of a patient")).await;
        let (bo, zoe) = (clinic.clinician("Dr. Bo").await, clinic.clinician("Dr. Zoe").await);
        let profile = PatientProfile {
            gender: Some(text("gender")),
            insurer: Some(text("insurer")),
            insurance_number: Some(text("number")),
            emergency_contact: Some(text("contact")),
            ..PatientProfile::default()
        };
        ana.calls(UpdateProfile { profile, revision: 0 }).await.expect("a profile");
        let register = RegisterPatient {
            home_region: None,
            display_name: text("name of whoever registers"),
            email: format!("{}@clinic.invalid", seed("address")).into(),
            password: text("passphrase of one's own"),
            time_zone: "Europe/Berlin".to_owned(),
            organisation: None,
        };
        let registered = clinic.stranger().calls(register.clone()).await.expect("registered");
        clinic.stranger().calls(register).await.expect_err("the address is taken");
        let visit = clinic.books(&ana, &bo).await;
        let mut ana_in = ana.comes_to(visit.id, Codec::Json).await;
        ana_in.enters().await;
        let mut bo_in = bo.comes_to(visit.id, Codec::MessagePack).await;
        bo_in.enters().await;
        bo_in.admits(&ana_in).await;
        bo_in.invites(Role::Interpreter, &seed("name of a guest")).await.expect("invited");
        they_write(&ana, &bo).await;
        let patient_id = ana.person_id.unwrap();
        let (reason, why) = (EmergencyReason::Danger, text("reason of an emergency"));
        zoe.calls(OpenEmergency { patient_id, reason, text: why }).await.expect("opened");
        let person_id = registered.person_id;
        let hold = SetLegalHold { person_id, reason: text("reason of a hold") };
        clinic.admin.calls(hold).await.expect("held");
        let filters = AuditFilters { patient_id: ana.person_id, ..AuditFilters::default() };
        let (name, shared) = (text("name of a report"), true);
        clinic.admin.calls(SaveAuditReport { name, filters, shared }).await.expect("kept");
        clinic.node.notices_saved();
        // What has to be found where the seeds must not be.
        tracing::info!(control = CONTROL, "a control");
        metrics::counter!("canary_control_total", "control" => CONTROL).increment(1);
    });
}

async fn they_write(ana: &Someone, bo: &Someone) {
    let card = ana.calls(with(bo.person_id.unwrap())).await.expect("a conversation");
    let id = card.conversation.conversation_id;
    let mut ana = Chat::follows(ana.clone(), id, Codec::Json).await;
    let sent = ana.says(&seed("words of a message")).await;
    ana.edits(sent.message_id, &seed("words instead")).await.expect("edited");
    let words = SearchMessages { words: seed("words").into(), conversation_id: None };
    ana.who.calls(words).await.expect("searched");
    let (name, bytes) = (format!("{}.txt", seed("file")), seed("words in a file"));
    let file = ana.who.uploads(id, &name, bytes.as_bytes()).await;
    assert_eq!(ana.who.downloads(file.file_id, FileVariant::Original).await.status, 200);
}

/// Params of the form that a schema asks for, in which every text begins with the seed.
fn seeded(schema: &Value, all: &Value, depth: u32) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let target = all.pointer(name.trim_start_matches('#')).expect("a definition");
        return seeded(target, all, depth);
    }
    for of in ["anyOf", "oneOf"] {
        if let Some(first) = schema[of].as_array().and_then(|it| it.first()) {
            return seeded(first, all, depth);
        }
    }
    if let Some(first) = schema["enum"].as_array().and_then(|it| it.first()) {
        return first.clone();
    }
    if !schema["const"].is_null() {
        return schema["const"].clone();
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or("string");
    match kind {
        "object" if depth < 8 => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let of = |(name, it): (&String, &Value)| (name.clone(), seeded(it, all, depth + 1));
            Value::Object(fields.map(of).collect::<Map<_, _>>())
        }
        "array" if depth < 8 => json!([seeded(&schema["items"], all, depth + 1)]),
        "object" => json!({}),
        "array" => json!([]),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        _ if schema["format"] == "uuid" => json!(Uuid::now_v7()),
        _ => json!(seed("text")),
    }
}

fn params(row: &Row) -> Value {
    let mut generator = SchemaGenerator::default();
    let root = (row.params)(&mut generator).to_value();
    let all = json!({"$defs": generator.take_definitions(true)});
    seeded(&root, &all, 0)
}

/// Calls that nobody makes with a token that others still need.
const ENDS_IT: [&str; 3] = ["auth.sign_out", "auth.change_password", "session.end_others"];
/// Operations that one person asks for, by both ways each: fewer calls than anybody may make at once.
const EACH: usize = 25;
/// What is answered before anybody looks at a call.
const TOO_FAST: u16 = 429;

async fn asks_all(clinic: &Clinic, role: Role) -> (usize, usize) {
    let (mut asked, mut seeds) = (0, 0);
    let rows: Vec<_> = CATALOGUE.iter().filter(|it| !ENDS_IT.contains(&it.name)).collect();
    for some in rows.chunks(EACH) {
        let who = clinic.person(role, &seed("name of whoever asks")).await;
        let mut socket = who.connects(Codec::Json).await;
        for row in some {
            let params = params(row);
            seeds += usize::from(params.to_string().contains(SEED));
            let answer = who.signed(Request::of(row, &params)).send(clinic.hub).await;
            assert_ne!(answer.status, TOO_FAST, "{} was not looked at", row.name);
            if let Err(fault) = socket.calls_raw(row.name, params).await {
                assert_ne!(fault.code.http_status(), TOO_FAST, "{} was not looked at", row.name);
            }
            asked += 1;
        }
    }
    (asked, seeds)
}

/// Whatever is refused is logged too.
#[test]
fn every_operation_is_asked_with_what_nobody_may_log() {
    tell(Kind::Sqlite, async |clinic| {
        for role in [Role::Patient, Role::Clinician, Role::Admin, Role::Support] {
            let (asked, seeds) = asks_all(clinic, role).await;
            assert_eq!(asked, CATALOGUE.len() - ENDS_IT.len());
            assert!(seeds > 40, "{seeds} of {asked} hold a text");
        }
    });
}
