//! What stands between a wish and a booking, each guard by itself: taken away, its story goes red.

use crate::support::people::told;
use crate::support::practice::{consultation, daily, profile};
use crate::support::{Clinic, Kind, Practice, Someone, at, tell, tell_with};
use bedside::protocol::appointment::ReadAppointment;
use bedside::protocol::booking::{HoldSlot, ReadCalendarFile, Repeat};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::ids::PersonId;
use bedside::protocol::person::Role;
use bedside::protocol::practice::{CreateService, Licence, PractitionerProfile};
use bedside::protocol::schedule::ReadSchedule;
use bedside::protocol::topic::Topic;
use rstest::rstest;
use uuid::Uuid;

fn licence(jurisdiction: &str, valid_until: Option<&str>) -> Licence {
    Licence {
        jurisdiction: jurisdiction.to_owned(),
        number: "F-1".to_owned(),
        valid_until: valid_until.map(str::to_owned),
    }
}

/// A clinician who may treat there.
async fn licensed(clinic: &Clinic, licences: Vec<Licence>) -> Practice {
    clinic.practice_of(consultation(), PractitionerProfile { licences, ..profile() }).await
}

fn in_place(hold: HoldSlot, place: &str) -> HoldSlot {
    HoldSlot { jurisdiction: Some(place.to_owned()), ..hold }
}

/// The field of a refusal.
#[track_caller]
fn field<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    let fault = result.expect_err("refused");
    assert_eq!(fault.code, FaultCode::InvalidValue);
    fault.field.expect("a field")
}

#[test]
fn an_appointment_keeps_its_service_on_a_move() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let other = clinic.admin.calls(CreateService { terms: consultation() }).await.unwrap();
        let service_ids = vec![practice.service_id(), other.service_id];
        clinic.tells_of(&practice.dr, PractitionerProfile { service_ids, ..profile() }).await;
        let ana = clinic.patient("Ana Fictional").await;
        let card = ana.makes(&practice, at(3, "10:00")).await;
        let of_other = HoldSlot { service_id: other.service_id, ..practice.hold(at(3, "12:00")) };
        let moves = Some(card.appointment_id);
        let hold = ana.calls(HoldSlot { moves, ..of_other.clone() }).await;
        assert_eq!(field(hold), "service_id");
        let hold = ana.calls(of_other).await.expect("a time of its own");
        assert_eq!(field(ana.moves(&card, &hold).await), "hold_token");
    });
}

#[test]
fn a_licence_covers_the_last_of_a_series() {
    tell(Kind::Memory, async |clinic| {
        let practice = licensed(clinic, vec![licence("DE", Some("2027-02-01"))]).await;
        let ana = clinic.patient("Ana Fictional").await;
        let weekly = |count| HoldSlot {
            repeat: Some(Repeat { every_weeks: 1, count }),
            ..in_place(practice.hold(at(3, "10:00")), "DE")
        };
        told(ana.calls(weekly(4)).await, FaultCode::LicenceRequired);
        let hold = ana.calls(weekly(3)).await.expect("through its last day");
        assert_eq!(hold.slots.len(), 3);
    });
}

#[test]
fn a_clinic_that_knows_of_licences_asks_everybody_for_one() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("nobody has licences");
        ana.releases(&hold).await.expect("let go");
        licensed(clinic, vec![licence("DE", None)]).await;
        assert_eq!(field(ana.holds(&practice, at(3, "10:00")).await), "jurisdiction");
        let there = in_place(practice.hold(at(3, "10:00")), "DE");
        told(ana.calls(there).await, FaultCode::LicenceRequired);
    });
}

/// A practice where appointments begin every ten minutes, an interpreter, and Ana, who is there at ten with both.
async fn interpreted(clinic: &Clinic) -> (Practice, Someone, Someone, HoldSlot) {
    let mut terms = consultation();
    terms.alignment_interval_min = 10;
    let practice = clinic.practice_of(terms, profile()).await;
    let ida = clinic.person(Role::Interpreter, "Ida Fictional").await;
    let languages = vec!["pt".to_owned()];
    clinic.tells_of(&ida, PractitionerProfile { languages, ..profile() }).await;
    clinic.works(&ida, daily("08:00", "18:00")).await;
    let ana = clinic.patient("Ana Fictional").await;
    let with = HoldSlot { interpreter_id: ida.person_id, ..practice.hold(at(3, "10:00")) };
    (practice, ida, ana, with)
}

#[test]
fn what_it_is_about_stays_between_patient_and_clinician() {
    tell(Kind::Memory, async |clinic| {
        let (practice, ida, ana, with) = interpreted(clinic).await;
        let hold = ana.calls(with).await.expect("held");
        let card = ana.confirms(&hold).await.expect("booked");
        for (who, is_told) in
            [(&ana, true), (&practice.dr, true), (&ida, false), (&clinic.admin, false)]
        {
            let op = ReadAppointment { appointment_id: card.appointment_id };
            let read = who.calls(op).await.expect("may read");
            assert_eq!(read.reason.is_some(), is_told, "{}", who.name);
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_hold_beside_what_it_moves_books_nothing_else(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (practice, _, ana, with) = interpreted(clinic).await;
        let hold = ana.calls(with).await.expect("held");
        let card = ana.confirms(&hold).await.expect("booked");
        let hold = ana.holds_for(&practice, &card, at(3, "10:10")).await.expect("over its own");
        assert_eq!(field(ana.confirms(&hold).await), "hold_token");
        let moved = ana.moves(&card, &hold).await.expect("for this it was");
        assert_eq!(moved.starts_at, at(3, "10:10"));
    });
}

#[test]
fn a_clinician_fills_their_own_calendar_and_no_other() {
    tell(Kind::Memory, async |clinic| {
        let (own, other) =
            (licensed(clinic, vec![licence("DE", None)]).await, clinic.practice().await);
        let ana = clinic.patient("Ana Fictional").await;
        let of = |practice: &Practice, hour: &str| HoldSlot {
            patient_id: ana.person_id,
            licence_override: Some("A fictional emergency".into()),
            ..in_place(practice.hold(at(3, hour)), "FR")
        };
        told(own.dr.calls(of(&other, "10:00")).await, FaultCode::Forbidden);
        let plain = HoldSlot { licence_override: None, ..of(&other, "10:00") };
        told(own.dr.calls(plain).await, FaultCode::Forbidden);
        own.dr.calls(of(&own, "10:00")).await.expect("theirs");
        clinic.admin.calls(of(&other, "11:00")).await.expect("an administrator keeps all");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_move_saves_what_was_agreed_for_the_new_time(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = licensed(clinic, vec![licence("DE", None), licence("FR", None)]).await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = ana.calls(in_place(practice.hold(at(3, "10:00")), "DE")).await.expect("held");
        let card = ana.confirms(&hold).await.expect("booked");
        let kept = async || {
            let mut kept = clinic.store.bookings(&[card.appointment_id]).await.unwrap();
            let kept = kept.remove(0);
            (kept.jurisdiction.unwrap(), kept.licence_override)
        };
        assert_eq!(kept().await, ("DE".to_owned(), None));
        let to = |hour: &str, place: &str| HoldSlot {
            moves: Some(card.appointment_id),
            patient_id: ana.person_id,
            ..in_place(practice.hold(at(3, hour)), place)
        };
        let hold = ana.calls(to("11:00", "FR")).await.expect("held");
        ana.moves(&card, &hold).await.expect("moved");
        assert_eq!(kept().await, ("FR".to_owned(), None));
        let why = Some("A fictional emergency".to_owned());
        let with = HoldSlot { licence_override: why.clone().map(Into::into), ..to("12:00", "IT") };
        let hold = practice.dr.calls(with).await.expect("held");
        practice.dr.moves(&card, &hold).await.expect("moved");
        assert_eq!(kept().await, ("IT".to_owned(), why));
    });
}

#[test]
fn nobody_is_kept_busy_by_ids_of_nobody() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut socket = ana.connects(Codec::Json).await;
        let (strangers, patient) = (PersonId(Uuid::now_v7()), ana.person_id.unwrap());
        for id in [strangers, patient] {
            told(socket.follows(Topic::Openings(id)).await, FaultCode::NotFound);
            let read = clinic.admin.calls(ReadSchedule { practitioner_id: id }).await;
            told(read, FaultCode::NotFound);
        }
        assert_eq!(clinic.node.running_planners(), 0);
        let practice = clinic.practice().await;
        socket.follows(Topic::Openings(practice.dr_id())).await.expect("somebody");
        assert_eq!(clinic.node.running_planners(), 1);
    });
}

#[test]
fn a_calendar_file_names_who_invites() {
    let file = |settings: fn(&mut bedside::config::Config), expected: &'static str| {
        tell_with(Kind::Memory, settings, async |clinic| {
            let practice = clinic.practice().await;
            let ana = clinic.patient("Ana Fictional").await;
            let card = ana.makes(&practice, at(3, "10:00")).await;
            let op = ReadCalendarFile { appointment_id: card.appointment_id };
            let text = ana.calls(op).await.expect("a file").text.into_exposed();
            let text = text.replace("\r\n ", "");
            let line = text.lines().find(|it| it.starts_with("ORGANIZER")).expect("RFC 5546");
            assert_eq!(line, expected);
        });
    };
    file(|_| {}, "ORGANIZER:mailto:no-reply@clinic.test");
    let named = |it: &mut bedside::config::Config| {
        it.mail.from = "Clinic <hello@clinic.example>".to_owned();
    };
    file(named, "ORGANIZER:mailto:hello@clinic.example");
}
