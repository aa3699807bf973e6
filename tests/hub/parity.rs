//! The same call over REST and over the WebSocket, in both codecs: the same output or the same fault.

use crate::access::of_part;
use crate::access::world::{Caller, World};
use crate::support::http::Answer;
use crate::support::{Clinic, Kind, eventually, tell, tell_with};
use bedside::config::Config;
use bedside::protocol::catalogue::Row;
use bedside::protocol::codec::Codec;
use bedside::protocol::operation::Effect;
use rstest::rstest;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Params of a case, of its world.
type Params = fn(&World) -> Value;

/// How a call comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Rest,
    Socket(Codec),
}

const WAYS: [Way; 3] = [Way::Rest, Way::Socket(Codec::Json), Way::Socket(Codec::MessagePack)];
/// Operations that move cookies, which only REST can.
pub(crate) const BY_COOKIE: [&str; 9] = [
    "auth.sign_in",
    "auth.verify_factor",
    "auth.sign_in_passkey",
    "auth.refresh",
    "auth.sign_out",
    "auth.finish_provider",
    "identity.begin_link",
    "identity.link",
    "video.create_session",
];

#[rstest]
fn every_operation_answers_alike(#[values(0, 1, 2, 3, 4, 5, 6, 7)] part: usize) {
    // More sockets than a crowd has turns.
    let crowded = |config: &mut Config| config.hellos_per_second = Some(100_000);
    tell_with(Kind::Memory, crowded, async |clinic| {
        let callers = [
            Caller::Patient,
            Caller::Clinician,
            Caller::Administrator,
            Caller::GuestWaiting,
            Caller::PatientWaitingByLink,
            Caller::OtherClinician,
        ];
        for row in of_part(part).filter(|it| !BY_COOKIE.contains(&it.name)) {
            for caller in callers {
                compare(clinic, row, caller, |world| world.params(row.name)).await;
            }
        }
    });
}

#[test]
fn bad_params_are_refused_alike() {
    tell(Kind::Memory, async |clinic| {
        let cases: Vec<(&str, Params)> = vec![
            ("visit.invite", |it| changed(it, "visit.invite", "role", json!("patient"))),
            ("visit.invite", |it| changed(it, "visit.invite", "role", json!("wizard"))),
            ("visit.invite", |it| changed(it, "visit.invite", "display_name", json!("  "))),
            ("visit.invite", |it| changed(it, "visit.invite", "display_name", Value::Null)),
            ("visit.invite", |it| changed(it, "visit.invite", "unknown", json!(1))),
            ("visit.admit", |it| changed(it, "visit.admit", "participant_id", json!(it.visit))),
            ("visit.revoke", |it| it.params("visit.admit")),
            ("visit.report_device", |it| changed(it, "visit.report_device", "check", json!({}))),
            ("media.join", |it| changed(it, "media.join", "offer", json!("no SDP"))),
            ("media.set_view", |it| {
                let sizes = vec![json!({"slot": 0, "width": 1, "height": 1}); 33];
                changed(it, "media.set_view", "sizes", json!(sizes))
            }),
            ("media.set_view", |it| {
                changed(
                    it,
                    "media.set_view",
                    "sizes",
                    json!([{"slot": 256, "width": 1, "height": 1}]),
                )
            }),
            ("media.report", |it| changed(it, "media.report", "loss_percent", json!(101.0))),
            ("media.set_sources", |it| changed(it, "media.set_sources", "camera", json!("yes"))),
            ("message.send", |it| changed(it, "message.send", "body", json!(" "))),
            ("message.send", |it| changed(it, "message.send", "body", json!("a\u{202E}b"))),
            ("message.send", |it| changed(it, "message.send", "body", json!("x".repeat(8_193)))),
            ("message.send", |it| changed(it, "message.send", "conversation_id", json!(it.visit))),
            ("message.list", |it| changed(it, "message.list", "limit", json!(0))),
            ("message.send", |it| changed(it, "message.send", "files", json!([it.visit]))),
            ("message.send", |it| changed(it, "message.send", "files", json!(vec![it.visit; 11]))),
            ("message.send", |it| changed(it, "message.send", "override", json!({"reason": "?"}))),
            ("message.send", |it| {
                changed(it, "message.send", "body", json!("4111 1111 1111 1111"))
            }),
            ("file.begin", |it| changed(it, "file.begin", "bytes", json!(0))),
            ("file.begin", |it| changed(it, "file.begin", "bytes", json!(26_214_401))),
            ("file.begin", |it| changed(it, "file.begin", "name", json!(""))),
            ("file.begin", |it| changed(it, "file.begin", "content_type", json!("a\nb"))),
            ("file.link", |it| changed(it, "file.link", "variant", json!("huge"))),
            ("file.link", |it| changed(it, "file.link", "file_id", json!(it.visit))),
            ("message.search", |it| changed(it, "message.search", "words", json!("?"))),
        ];
        for (op, params) in cases {
            let row = crate::support::http::row(op);
            compare(clinic, row, Caller::Clinician, params).await;
        }
    });
}

#[test]
fn operations_of_cookies_are_for_rest() {
    tell(Kind::Memory, async |clinic| {
        let world = World::new(clinic, Caller::Patient).await;
        let mut socket = world.caller.connects(Codec::Json).await;
        for op in BY_COOKIE {
            let fault = socket.calls_raw(op, world.params(op)).await.expect_err("refused");
            assert_eq!(fault.code.as_str(), "unsupported", "{op}");
        }
    });
}

/// Each way gets a world of its own, because most calls change it; a read may be asked of the same one.
async fn compare(
    clinic: &Clinic,
    row: &'static Row,
    caller: Caller,
    params: impl Fn(&World) -> Value,
) {
    let shared = settled(clinic, caller, row.name).await;
    let mut seen: Vec<(Way, Value)> = vec![];
    for way in WAYS {
        // What is read must not grow meanwhile: lists of the clinic show every world.
        let own = match row.effect {
            Effect::Read => None,
            Effect::Write | Effect::Live => Some(settled(clinic, caller, row.name).await),
        };
        let world = own.as_ref().unwrap_or(&shared);
        let params = params(world);
        let said = match way {
            Way::Rest => of_rest(row, &world.caller.asks(row.name, &params).await),
            Way::Socket(codec) => {
                let mut socket = world.caller.connects(codec).await;
                match socket.calls_raw(row.name, params).await {
                    Ok(output) => json!({"output": output}),
                    Err(fault) => json!({"fault": fault}),
                }
            }
        };
        seen.push((way, normal(&said)));
    }
    let (_, first) = &seen[0];
    for (way, said) in &seen {
        assert_eq!(said, first, "{} by {caller:?}: {way:?} differs from REST", row.name);
    }
}

/// A world in which who waits knows their place in line: a room that has just been started is told it by the desk.
async fn settled(clinic: &Clinic, caller: Caller, op: &str) -> World {
    let world = World::of(clinic, caller, op).await;
    if matches!(caller, Caller::PatientWaiting | Caller::PatientWaitingByLink) {
        eventually("a place in line", async || {
            let answer = world.caller.asks("visit.read", &world.params("visit.read")).await;
            answer.json()["queue"]["position"] == 1
        })
        .await;
    }
    world
}

fn of_rest(row: &Row, answer: &Answer) -> Value {
    let body = answer.json();
    if answer.status < 300 {
        assert_eq!(answer.status, row.success, "{}", row.name);
        return json!({"output": body});
    }
    let fault: bedside::protocol::fault::Fault =
        serde_json::from_value(body.clone()).expect("a fault");
    assert_eq!(answer.status, fault.code.http_status(), "{}", row.name);
    json!({"fault": body})
}

fn changed(world: &World, op: &str, field: &str, value: Value) -> Value {
    let mut params = world.params(op);
    params.as_object_mut().unwrap().insert(field.to_owned(), value);
    params
}

/// Ids by the order in which they appear, secrets and request ids blank: what is left must be the same.
fn normal(value: &Value) -> Value {
    fn walk(value: &Value, ids: &mut BTreeMap<String, usize>) -> Value {
        match value {
            Value::String(text) if uuid::Uuid::parse_str(text).is_ok() => {
                let next = ids.len();
                json!(format!("id {}", ids.entry(text.clone()).or_insert(next)))
            }
            Value::Array(all) => all.iter().map(|it| walk(it, ids)).collect(),
            Value::Object(map) => {
                let entry = |(name, value): (&String, &Value)| {
                    let is_blank = matches!(
                        name.as_str(),
                        "request_id"
                            | "join_token"
                            | "hold_token"
                            | "url"
                            | "email"
                            | "transport"
                            | "challenge"
                            | "secret"
                            | "recovery_codes"
                            | "user_id"
                            | "user_name"
                            | "exclude"
                            | "allow"
                    );
                    // All worlds have one service, whose revision grows with them.
                    let is_blank =
                        is_blank || (name == "revision" && map.contains_key("service_id"));
                    // The audit log grows with every call, and so does what is signed of it.
                    let grows = map.contains_key("kid") || map.contains_key("leaf");
                    let of_log = ["note", "root", "size", "hashes", "checkpoint"];
                    let is_blank = is_blank || (grows && of_log.contains(&name.as_str()));
                    // Where the clinician is, the desk tells a moment after the room has started.
                    let is_blank = is_blank || (name == "clinician" && value.is_string());
                    // A certificate is about somebody, and lists grow with every world.
                    let is_blank = is_blank
                        || (map.contains_key("signature")
                            && matches!(&**name, "text" | "signature"))
                        || matches!(&**name, "erasures" | "holds");
                    (name.clone(), if is_blank { json!("…") } else { walk(value, ids) })
                };
                Value::Object(map.iter().map(entry).collect::<Map<_, _>>())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }
    walk(value, &mut BTreeMap::new())
}
