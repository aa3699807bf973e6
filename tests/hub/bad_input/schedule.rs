//! What is wrong with what people enter about schedules (hours and services in [`super::hours`]): a coded fault that names the field, the same
//! by REST and by socket, and nothing is changed.

use super::CANARY;
use crate::support::http::Answer;
use crate::support::practice::{booking, daily};
use crate::support::{Clinic, Kind, Practice, Someone, at, tell};
use bedside::clock::Clock as _;
use bedside::protocol::booking::Hold;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::ids::OrganisationId;
use bedside::store::VisitFilter;
use serde_json::{Value, json};
use std::time::Duration;

/// Everything that could have been changed, as text.
async fn everything(clinic: &Clinic, practice: &Practice, people: &[&Someone]) -> String {
    let (store, now) = (&clinic.store, clinic.clock.now());
    let visits =
        VisitFilter { organisation: None, person_id: None, from: None, until: None, limit: 10_000 };
    let mut all = format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n",
        store.schedule(practice.dr_id(), now).await.unwrap(),
        store.services(OrganisationId::FIRST).await.unwrap(),
        store.practitioners(OrganisationId::FIRST).await.unwrap(),
        store.closures(OrganisationId::FIRST, now).await.unwrap(),
        store.visits(visits).await.unwrap(),
    );
    for who in people.iter().filter_map(|it| it.person_id) {
        all.push_str(&format!(
            "{:?}\n{:?}\n{:?}\n",
            store.open_holds(who, now).await.unwrap(),
            store.waitlist(None, Some(who)).await.unwrap(),
            store.inbox(who, 100).await.unwrap(),
        ));
    }
    all
}

/// What is asked, and which fault with which field is expected.
pub(super) type Case = (&'static str, Value, FaultCode, Option<&'static str>);

/// Whoever tries that much is told to wait, and does.
async fn asks_slowly(who: &Someone, op: &str, params: &Value) -> Answer {
    loop {
        let answer = who.asks(op, params).await;
        if answer.status != FaultCode::TooManyRequests.http_status() {
            return answer;
        }
        let fault: Fault = serde_json::from_slice(&answer.body).expect("a fault");
        tokio::time::sleep(wait(&fault)).await;
    }
}

fn wait(fault: &Fault) -> Duration {
    Duration::from_millis(fault.after_ms.expect("how long").into())
}

pub(super) async fn are_refused(
    clinic: &Clinic,
    practice: &Practice,
    who: &Someone,
    cases: Vec<Case>,
) {
    let before = everything(clinic, practice, &[who]).await;
    let mut socket = who.connects(Codec::MessagePack).await;
    for (op, params, code, field) in cases {
        let shown: String = params.to_string().chars().take(200).collect();
        let answer = asks_slowly(who, op, &params).await;
        assert!(!answer.text().contains(CANARY), "{op} repeats {shown}");
        let by_rest: Fault = serde_json::from_slice(&answer.body)
            .unwrap_or_else(|_| panic!("{op} takes {shown}: {}", answer.text()));
        assert_eq!(answer.status, by_rest.code.http_status());
        let said = (by_rest.code, by_rest.field.as_deref());
        assert_eq!(said, (code, field), "{op} {shown}: {}", by_rest.message);
        let mut by_socket = socket.calls_raw(op, params.clone()).await.expect_err("refused");
        while by_socket.code == FaultCode::TooManyRequests {
            tokio::time::sleep(wait(&by_socket)).await;
            by_socket = socket.calls_raw(op, params.clone()).await.expect_err("refused");
        }
        let plain = |it: Fault| Fault { request_id: None, ..it };
        assert_eq!(plain(by_rest), plain(by_socket), "{op} {shown}");
    }
    assert_eq!(before, everything(clinic, practice, &[who]).await, "something was changed");
}

/// `base` with one field of `inside` replaced; of itself when that is empty.
pub(super) fn with(base: &Value, inside: &str, field: &str, value: Value) -> Value {
    let mut changed = base.clone();
    let place = if inside.is_empty() { &mut changed } else { &mut changed[inside] };
    place[field] = value;
    changed
}

pub(super) const INVALID: FaultCode = FaultCode::InvalidValue;
pub(super) const MALFORMED: FaultCode = FaultCode::Malformed;

fn long() -> Value {
    json!(CANARY.repeat(1_000_000 / CANARY.len()))
}

#[test]
fn searches_holds_and_bookings_that_cannot_be() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let search = |params: Value, field: &'static str| -> Case {
            ("slot.search", params, INVALID, Some(field))
        };
        let hold = serde_json::to_value(practice.hold(at(3, "10:00"))).unwrap();
        let held = |field: &'static str, value: Value| with(&hold, "", field, value);
        let nobody = json!(uuid::Uuid::now_v7());
        let not_offered = |value: i64| -> Case {
            ("slot.hold", held("starts_at", json!(value)), FaultCode::NotOffered, None)
        };
        let cases = vec![
            search(json!({"date": "2027-02-29"}), "date"),
            search(json!({"date": "tomorrow"}), "date"),
            search(json!({"date": "2027-02-01", "from": "2027-02-01"}), "date"),
            search(json!({"from": "2027-02-31"}), "from"),
            search(json!({"from": "2027-02-02", "until": "2027-02-01"}), "until"),
            search(json!({"from": "2027-01-20", "until": "2199-01-01"}), "until"),
            search(json!({"from": "2027-01-20", "until": "12027-01-20"}), "until"),
            search(json!({"time_zone": "Atlantis/Capital"}), "time_zone"),
            search(json!({"jurisdiction": "somewhere"}), "jurisdiction"),
            search(json!({"limit": 0}), "limit"),
            search(json!({"limit": 501}), "limit"),
            ("slot.hold", held("clinician_id", nobody.clone()), INVALID, Some("clinician_id")),
            (
                "slot.hold",
                held("clinician_id", json!(ana.person_id)),
                INVALID,
                Some("clinician_id"),
            ),
            ("slot.hold", held("service_id", nobody.clone()), FaultCode::NotFound, None),
            ("slot.hold", held("jurisdiction", json!("DE\n")), INVALID, Some("jurisdiction")),
            ("slot.hold", held("moves", nobody.clone()), INVALID, Some("moves")),
            ("slot.hold", held("interpreter_id", nobody), FaultCode::NotOffered, None),
            (
                "slot.hold",
                held("repeat", json!({"every_weeks": 0, "count": 3})),
                INVALID,
                Some("every_weeks"),
            ),
            (
                "slot.hold",
                held("repeat", json!({"every_weeks": 13, "count": 3})),
                INVALID,
                Some("every_weeks"),
            ),
            (
                "slot.hold",
                held("repeat", json!({"every_weeks": 1, "count": 27})),
                INVALID,
                Some("count"),
            ),
            (
                "slot.hold",
                held("repeat", json!({"every_weeks": 1, "count": 0})),
                INVALID,
                Some("count"),
            ),
            (
                "slot.hold",
                held("repeat", json!({"every_weeks": -1, "count": 2})),
                MALFORMED,
                Some("every_weeks"),
            ),
            (
                "slot.hold",
                held("repeat", json!({"every_weeks": 1, "count": 256})),
                MALFORMED,
                Some("count"),
            ),
            ("slot.hold", held("starts_at", json!("10:00")), MALFORMED, Some("starts_at")),
            ("slot.release", json!({"hold_token": CANARY}), FaultCode::NotFound, None),
            ("appointment.create", json!({"hold_token": CANARY}), FaultCode::NotFound, None),
            ("appointment.create", json!({"hold_token": ""}), FaultCode::NotFound, None),
            ("appointment.create", json!({}), MALFORMED, Some("hold_token")),
        ];
        are_refused(clinic, &practice, &ana, cases).await;
        let far = vec![
            // The past, the end of time, and off the raster by a millisecond.
            not_offered(at(0, "08:00").0),
            not_offered(0),
            not_offered(-62_135_596_800_000),
            not_offered(253_402_300_799_000),
            not_offered(i64::MAX),
            not_offered(i64::MIN),
            not_offered(at(3, "10:00").0 + 1),
        ];
        let before = everything(clinic, &practice, &[&ana]).await;
        for (op, params, code, _) in far {
            let answer = asks_slowly(&ana, op, &params).await;
            assert_eq!(answer.code(), code.as_str(), "{params}");
        }
        assert_eq!(before, everything(clinic, &practice, &[&ana]).await);
    });
}

#[test]
fn holds_that_are_over_or_of_others_book_nothing() {
    tell(Kind::Memory, async |clinic| {
        let (practice, other) = (clinic.practice().await, clinic.practice().await);
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let card = ana.makes(&practice, at(3, "10:00")).await;
        let his = otto.holds(&practice, at(3, "11:00")).await.expect("held");
        let hers = ana.holds(&practice, at(3, "12:00")).await.expect("held");
        let elsewhere = ana.holds(&other, at(3, "12:00")).await.expect("held");
        let weekly = json!({"every_weeks": 1, "count": 2});
        let mut series = serde_json::to_value(practice.hold(at(3, "15:00"))).unwrap();
        series["repeat"] = weekly;
        let series: Hold =
            serde_json::from_value(ana.asks("slot.hold", &series).await.json()).unwrap();
        let to_move = |hold: &Hold| json!({"appointment_id": card.appointment_id, "hold_token": hold.hold_token});
        let book = |hold: &Hold| serde_json::to_value(booking(hold)).unwrap();
        let named = Some("hold_token");
        let reason = |text: Value| with(&book(&hers), "", "reason", text);
        let cases = vec![
            ("appointment.create", book(&his), FaultCode::NotFound, None),
            ("appointment.move", to_move(&his), FaultCode::NotFound, None),
            ("appointment.move", to_move(&elsewhere), INVALID, named),
            ("appointment.move", to_move(&series), INVALID, named),
            ("appointment.create", reason(json!("x".repeat(501))), INVALID, Some("reason")),
            (
                "appointment.create",
                reason(json!(format!("{CANARY}\u{0}"))),
                INVALID,
                Some("reason"),
            ),
            ("appointment.create", reason(json!("line\nbreak")), INVALID, Some("reason")),
        ];
        are_refused(clinic, &practice, &ana, cases).await;
        clinic.clock.advance(Duration::from_secs(300));
        let cases = vec![
            ("appointment.create", book(&hers), FaultCode::HoldExpired, None),
            ("appointment.move", to_move(&hers), FaultCode::HoldExpired, None),
        ];
        are_refused(clinic, &practice, &ana, cases).await;
    });
}

#[test]
fn a_million_characters_are_too_large_or_refused() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = serde_json::to_value(practice.hold(at(3, "10:00"))).unwrap();
        let terms =
            json!({"practitioner_id": practice.dr.person_id, "terms": daily("19:00", "20:00")});
        let before = everything(clinic, &practice, &[&ana, &practice.dr]).await;
        let cases = [
            (&ana, "slot.hold", with(&hold, "", "jurisdiction", long())),
            (&ana, "appointment.create", json!({"hold_token": long()})),
            (&practice.dr, "schedule.save_template", with(&terms, "terms", "location", long())),
            (&practice.dr, "schedule.save_template", with(&terms, "terms", "recurrence", long())),
            (
                &practice.dr,
                "schedule.save_template",
                with(&terms, "terms", "except_dates", json!(vec!["2027-02-20"; 100_000])),
            ),
        ];
        for (who, op, params) in cases {
            let answer = who.asks(op, &params).await;
            assert_eq!(answer.status, 413, "{op}: {}", answer.text());
            assert_eq!(answer.code(), FaultCode::TooLarge.as_str());
        }
        assert_eq!(before, everything(clinic, &practice, &[&ana, &practice.dr]).await);
    });
}

#[test]
fn calendars_waits_and_profiles_that_cannot_be() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let read = |from: i64, until: i64| -> Case {
            let params =
                json!({"practitioner_id": practice.dr.person_id, "from": from, "until": until});
            ("schedule.calendar", params, INVALID, Some("until"))
        };
        let ten_thousand_years = 10_000 * 366 * 86_400_000_i64;
        let now = at(0, "09:00").0;
        let cases = vec![
            read(now, now),
            read(now, now - 1),
            read(now, now + ten_thousand_years),
            read(i64::MIN, i64::MAX),
            read(now, now + 63 * 86_400_000),
        ];
        are_refused(clinic, &practice, &practice.dr, cases).await;
        let wish = |from: i64, until: i64, field: &'static str| -> Case {
            let params = json!({"service_id": practice.service_id(), "from": from, "until": until});
            ("waitlist.join", params, INVALID, Some(field))
        };
        let day = 86_400_000;
        let told = |field: &'static str, value: &str| -> Case {
            let params = json!({"revision": 0, "profile": {field: value}});
            ("profile.update", params, INVALID, Some(field))
        };
        let cases = vec![
            wish(now + day, now, "until"),
            wish(now - 3 * day, now - 2 * day, "until"),
            wish(now, now + ten_thousand_years, "until"),
            wish(now, now + 367 * day, "until"),
            told("birth_date", "2001-02-29"),
            told("birth_date", "2040-01-01"),
            told("phone", "call me"),
            told("jurisdiction", "Bavaria"),
            told("language", "klingon language"),
            told("insurer", "a\u{0}b"),
        ];
        are_refused(clinic, &practice, &ana, cases).await;
    });
}
