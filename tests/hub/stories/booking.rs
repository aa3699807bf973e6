//! Finding a time, holding it, booking it; what others see of it, and what a key is good for.

use crate::support::http::{Answer, Request, row};
use crate::support::people::told;
use crate::support::practice::{booking, daily};
use crate::support::{Clinic, Kind, LENGTH, Someone, at, tell};
use bedside::clock::Clock as _;
use bedside::protocol::appointment::{Appointments, ListAppointments};
use bedside::protocol::booking::SearchSlots;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::ServerFrame;
use bedside::protocol::topic::{Event, Topic, TopicState};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

const MONDAY: &str = "2027-01-18";
const HOLDS: Duration = Duration::from_secs(5 * 60);

fn ten() -> bedside::protocol::time::UnixMillis {
    at(3, "10:00")
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn ana_finds_holds_and_books_while_otto_looks_on(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let openings = Topic::Openings(practice.dr_id());
        let mut watching = otto.watches(openings, Codec::Json).await;

        let found = ana.finds(practice.on(MONDAY)).await;
        let expected: Vec<_> = (0..20).map(|it| at(3, "08:00").plus(LENGTH * it)).collect();
        assert_eq!(found, expected, "every half hour from eight to six");

        let now = clinic.clock.now();
        let hold = ana.holds(&practice, ten()).await.expect("held");
        assert_eq!(hold.expires_at, now.plus(HOLDS));
        assert_eq!(hold.slots[0].local_start, "2027-01-18T10:00:00+01:00[Europe/Berlin]");
        watching
            .until("the time went", |it| {
                let is_it = |it: &ServerFrame| {
                    matches!(it, ServerFrame::Event { event: Event::OpeningsChanged {}, .. })
                };
                it.frames.iter().any(is_it)
            })
            .await;
        assert!(!otto.finds(practice.on(MONDAY)).await.contains(&ten()), "gone for Otto");
        let fault = otto.holds(&practice, ten()).await.expect_err("held by Ana");
        assert_eq!(fault.code, FaultCode::SlotTaken);
        let next = [at(3, "10:30"), at(3, "11:00"), at(3, "11:30")];
        assert_eq!(*fault.next_free, next, "the next that are free");
        let fault = otto.holds(&practice, at(3, "10:10")).await.expect_err("another raster");
        assert_eq!((fault.code, fault.next_free), (FaultCode::NotOffered, next.into()));

        let card = ana.confirms(&hold).await.expect("booked");
        assert_eq!((card.starts_at, card.ends_at), (ten(), ten().plus(LENGTH)));
        assert_eq!((card.version, card.time_zone.as_str()), (1, "Europe/Berlin"));
        assert_eq!(card.service_id, Some(practice.service_id()));
        assert_eq!(card.patient.person_id, ana.person_id.unwrap());
        told(otto.holds(&practice, ten()).await, FaultCode::SlotTaken);
        for who in [&ana, &practice.dr] {
            let op = ListAppointments { person_id: None, from: None, until: None };
            let Appointments { appointments } = who.calls(op).await.expect("theirs");
            assert_eq!(appointments, std::slice::from_ref(&card), "{}", who.name);
        }
        told(ana.confirms(&hold).await, FaultCode::HoldExpired);
        clinic.agrees(&otto, &mut watching, openings).await;
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_hold_ends_by_itself(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let schedule = Topic::Schedule(practice.dr_id());
        let mut desk = practice.dr.watches(schedule, Codec::MessagePack).await;
        let hold = ana.holds(&practice, ten()).await.expect("held");
        let entries = |it: &crate::support::Socket| match it.state(schedule) {
            Some(TopicState::Schedule { entries, .. }) => entries.len(),
            other => panic!("{other:?}"),
        };
        desk.until("it is held", |it| entries(it) == 1).await;

        clinic.clock.advance(HOLDS - Duration::from_millis(1));
        told(otto.holds(&practice, ten()).await, FaultCode::SlotTaken);
        clinic.clock.advance(Duration::from_millis(1));
        told(ana.confirms(&hold).await, FaultCode::HoldExpired);
        assert!(otto.finds(practice.on(MONDAY)).await.contains(&ten()), "free again");
        let hold = otto.holds(&practice, ten()).await.expect("his");
        let is_gone = |it: &ServerFrame| {
            matches!(it, ServerFrame::Event { event: Event::EntryRemoved { .. }, .. })
        };
        desk.until("it was removed", |it| it.frames.iter().any(is_gone)).await;
        clinic.agrees(&practice.dr, &mut desk, schedule).await;
        otto.confirms(&hold).await.expect("booked");
        desk.until("one entry", |it| entries(it) == 1).await;
        clinic.agrees(&practice.dr, &mut desk, schedule).await;
    });
}

#[test]
fn a_token_is_its_holders_alone() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let hold = ana.holds(&practice, ten()).await.expect("held");
        for other in [&otto, &practice.dr, &clinic.admin] {
            told(other.confirms(&hold).await, FaultCode::NotFound);
            told(other.releases(&hold).await, FaultCode::NotFound);
        }
        let mut forged = hold.clone();
        forged.hold_token = "not-a-token".into();
        told(ana.confirms(&forged).await, FaultCode::NotFound);

        ana.releases(&hold).await.expect("let go");
        ana.releases(&hold).await.expect("let go before");
        told(ana.confirms(&hold).await, FaultCode::HoldExpired);
        let hold = otto.holds(&practice, ten()).await.expect("free again");
        ana.releases(&hold).await.expect_err("his");
        otto.confirms(&hold).await.expect("booked");
        otto.releases(&hold).await.expect("used: nothing to let go");
        told(ana.holds(&practice, ten()).await, FaultCode::SlotTaken);
    });
}

#[test]
fn one_patient_holds_three_times_at_most() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let mut last = None;
        for hour in ["08:00", "09:00", "10:00"] {
            last = Some(ana.holds(&practice, at(3, hour)).await.expect("held"));
        }
        told(ana.holds(&practice, at(3, "11:00")).await, FaultCode::NotAllowedNow);
        ana.releases(&last.unwrap()).await.expect("let go");
        ana.holds(&practice, at(3, "11:00")).await.expect("held");
    });
}

/// Posts a body as it is.
async fn posts(who: &Someone, op: &str, body: &Value, key: Option<&str>) -> Answer {
    let mut request = Request::new(row(op).method, row(op).path).json(body);
    if let Some(key) = key {
        request = request.with("idempotency-key", key);
    }
    who.signed(request).send(who.hub).await
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn the_same_key_answers_byte_for_byte(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let wish = serde_json::to_value(practice.hold(ten())).unwrap();
        let first = posts(&ana, "slot.hold", &wish, Some("hold-1")).await;
        let again = posts(&ana, "slot.hold", &wish, Some("hold-1")).await;
        assert_eq!((first.status, &first.body), (201, &again.body));
        let other = serde_json::to_value(practice.hold(at(3, "12:00"))).unwrap();
        let refused = posts(&ana, "slot.hold", &other, Some("hold-1")).await;
        assert_eq!((refused.status, refused.code()), (422, "key_reused".to_owned()));

        let token = first.json()["hold_token"].clone();
        let body = json!({"hold_token": token, "reason": "A fictional ache"});
        let first = posts(&ana, "appointment.create", &body, Some("book-1")).await;
        assert_eq!(first.status, 201, "{}", first.text());
        let id = first.json()["appointment_id"].as_str().unwrap().to_owned();
        let place = format!("/v1/appointments/{id}");
        assert_eq!(first.header("location"), Some(place.as_str()));
        clinic.clock.advance(Duration::from_secs(60));
        for _ in 0..2 {
            let again = posts(&ana, "appointment.create", &body, Some("book-1")).await;
            assert_eq!((again.status, &again.body), (201, &first.body), "byte for byte");
            assert_eq!(again.header("location"), Some(place.as_str()));
        }
        let body = json!({"hold_token": token, "reason": "Another ache"});
        let refused = posts(&ana, "appointment.create", &body, Some("book-1")).await;
        assert_eq!((refused.status, refused.code()), (422, "key_reused".to_owned()));
    });
}

#[test]
fn the_body_may_bring_the_key() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let with = |hour: &str, key: Value| {
            let mut wish = serde_json::to_value(practice.hold(at(3, hour))).unwrap();
            wish["request_id"] = key;
            wish
        };
        let first = posts(&ana, "slot.hold", &with("10:00", json!("k-1")), None).await;
        assert_eq!(first.status, 201, "{}", first.text());
        let again = posts(&ana, "slot.hold", &with("10:00", json!("k-1")), None).await;
        assert_eq!(again.body, first.body);
        // The same key by a header, without the field: the params are the same.
        let plain = serde_json::to_value(practice.hold(ten())).unwrap();
        let again = posts(&ana, "slot.hold", &plain, Some("k-1")).await;
        assert_eq!(again.body, first.body);
        let other = posts(&ana, "slot.hold", &with("11:00", json!("k-1")), None).await;
        assert_eq!(other.status, 422);
        // The header counts when both are there.
        let header = posts(&ana, "slot.hold", &with("11:00", json!("k-1")), Some("k-2")).await;
        assert_eq!(header.status, 201, "{}", header.text());
        let again = posts(&ana, "slot.hold", &with("11:00", json!("k-3")), Some("k-2")).await;
        assert_eq!(again.body, header.body);
        for bad in [json!(7), json!(null), json!(["k"])] {
            let refused = posts(&ana, "slot.hold", &with("12:00", bad), None).await;
            assert_eq!((refused.status, refused.code()), (400, "invalid_value".to_owned()));
            assert_eq!(refused.json()["field"], "request_id");
        }
        let refused = posts(&ana, "slot.hold", &with("12:00", json!("k".repeat(65))), None).await;
        assert_eq!((refused.status, &refused.json()["field"]), (400, &json!("key")));
        // Over the socket a key stands in the frame, and this is an unknown field.
        let mut socket = ana.connects(Codec::Json).await;
        let refused = socket.calls_raw("slot.hold", with("12:00", json!("k-9"))).await;
        told(refused, FaultCode::Malformed);
    });
}

#[test]
fn what_is_found_depends_on_what_is_asked() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        // It is nine, and an hour's notice is wanted.
        let today = ana.finds(practice.on("2027-01-15")).await;
        assert_eq!(today.first(), Some(&at(0, "10:30")), "the clock is some seconds past nine");
        assert_eq!(ana.finds(practice.on("2027-01-14")).await, [], "yesterday");
        assert_eq!(ana.finds(practice.on("2027-06-01")).await, [], "beyond the horizon");
        let count = async |change: fn(&mut SearchSlots)| {
            let mut op = practice.on(MONDAY);
            change(&mut op);
            ana.finds(op).await.len()
        };
        assert_eq!(count(|it| it.specialty = Some("General".to_owned())).await, 20);
        assert_eq!(count(|it| it.specialty = Some("dermatology".to_owned())).await, 0);
        assert_eq!(count(|it| it.language = Some("pt".to_owned())).await, 0);
        assert_eq!(count(|it| it.insurer = Some("Nobody".to_owned())).await, 0);
        assert_eq!(count(|it| it.jurisdiction = Some("FR".to_owned())).await, 0);
        assert_eq!(count(|it| it.limit = Some(3)).await, 3);
        // The same day somewhere else has other hours in it.
        assert_eq!(count(|it| it.time_zone = Some("Pacific/Auckland".to_owned())).await, 20);
        let by_alias = json!({"doctorId": practice.dr.person_id, "date": MONDAY});
        let answer = ana.asks("slot.search", &by_alias).await;
        assert_eq!(answer.json()["slots"].as_array().map(Vec::len), Some(20));
        let told_to = practice.on(MONDAY);
        assert_eq!(clinic.admin.finds(told_to).await.len(), 20, "administrators look, too");
    });
}

/// Hours after the usual ones.
async fn works_in_the_evening(clinic: &Clinic, who: &Someone) {
    let op = daily("19:00", "20:00");
    clinic.works(who, op).await;
}

#[test]
fn hours_that_are_added_are_found_at_once() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        assert_eq!(ana.finds(practice.on(MONDAY)).await.len(), 20);
        works_in_the_evening(clinic, &practice.dr).await;
        assert_eq!(ana.finds(practice.on(MONDAY)).await.len(), 22);
        let hold = ana.holds(&practice, at(3, "19:30")).await.expect("held");
        let replayed = ana.calls_with_key("k", booking(&hold)).await.expect("booked");
        assert_eq!(replayed.starts_at, at(3, "19:30"));
    });
}
