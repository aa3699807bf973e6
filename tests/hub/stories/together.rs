//! Series, interpreters, groups, and where a clinician may treat: more than one clinician's one time.

use crate::support::people::told;
use crate::support::practice::{consultation, daily, profile};
use crate::support::{Clinic, Kind, LENGTH, Practice, Someone, at, tell};
use bedside::clock::Clock as _;
use bedside::protocol::appointment::ListAppointments;
use bedside::protocol::booking::{HoldSlot, Repeat};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::notice::{ListInbox, NoticeTopic};
use bedside::protocol::person::Role;
use bedside::protocol::practice::{
    Licence, PatientProfile, PractitionerProfile, ServiceTerms, UpdateProfile,
};
use bedside::protocol::schedule::{ReadSchedule, SaveTemplate};
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::Stage;
use rstest::rstest;

const MONDAY: &str = "2027-01-18";

fn weekly(practice: &Practice, count: u8) -> HoldSlot {
    HoldSlot { repeat: Some(Repeat { every_weeks: 1, count }), ..practice.hold(at(3, "10:00")) }
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_series_is_booked_whole_or_not_at_all(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let his = otto.makes(&practice, at(17, "10:00")).await;
        let before = clinic.store.schedule(practice.dr_id(), clinic.clock.now()).await.unwrap();
        told(ana.calls(weekly(&practice, 4)).await, FaultCode::SlotTaken);
        let after = clinic.store.schedule(practice.dr_id(), clinic.clock.now()).await.unwrap();
        assert_eq!(before.claims, after.claims, "nothing is left of it");
        assert_eq!(clinic.store.open_holds(ana.person_id.unwrap(), at(0, "09:00")).await, Ok(0));
        told(ana.calls(weekly(&practice, 10)).await, FaultCode::SlotTaken);

        otto.cancels(&his).await.expect("cancelled");
        let mut held = None;
        clinic
            .soon("a whole series", async || {
                held = ana.calls(weekly(&practice, 4)).await.ok();
                held.is_some()
            })
            .await;
        let hold = held.unwrap();
        let begins: Vec<_> = hold.slots.iter().map(|it| it.starts_at).collect();
        assert_eq!(begins, [3, 10, 17, 24].map(|day| at(day, "10:00")));
        let first = ana.confirms(&hold).await.expect("booked");
        assert_eq!(first.starts_at, begins[0]);
        let op = ListAppointments { person_id: None, from: None, until: None };
        let all = ana.calls(op).await.expect("hers").appointments;
        assert_eq!(all.iter().map(|it| it.starts_at).collect::<Vec<_>>(), begins);
        assert!(first.series_id.is_some());
        assert!(all.iter().all(|it| it.series_id == first.series_id && it.version == 1));
        told(otto.holds(&practice, begins[3]).await, FaultCode::SlotTaken);
        // One of them moves, and the others stay.
        let hold = ana.holds_for(&practice, &all[1], at(10, "12:00")).await.expect("held");
        ana.moves(&all[1], &hold).await.expect("moved");
        otto.makes(&practice, begins[1]).await;
        told(otto.holds(&practice, begins[2]).await, FaultCode::SlotTaken);
    });
}

#[test]
fn a_series_keeps_its_wall_time_over_the_change_of_the_clocks() {
    tell(Kind::Memory, async |clinic| {
        let terms = ServiceTerms { horizon_days: 90, ..consultation() };
        let practice = clinic.practice_of(terms, profile()).await;
        let ana = clinic.patient("Ana Fictional").await;
        // The clocks change on 28 March; the first is on Thursday the 18th.
        let op = HoldSlot {
            repeat: Some(Repeat { every_weeks: 1, count: 3 }),
            ..practice.hold(at(62, "10:00"))
        };
        let hold = ana.calls(op).await.expect("held");
        let local: Vec<_> = hold.slots.iter().map(|it| it.local_start.as_str()).collect();
        let expected = [
            "2027-03-18T10:00:00+01:00[Europe/Berlin]",
            "2027-03-25T10:00:00+01:00[Europe/Berlin]",
            "2027-04-01T10:00:00+02:00[Europe/Berlin]",
        ];
        assert_eq!(local, expected);
    });
}

/// Somebody who interprets Portuguese in the morning.
async fn interpreter(clinic: &Clinic) -> Someone {
    let ida = clinic.person(Role::Interpreter, "Ida Fictional").await;
    let languages = vec!["pt".to_owned()];
    clinic.tells_of(&ida, PractitionerProfile { languages, ..profile() }).await;
    clinic.works(&ida, daily("08:00", "12:00")).await;
    ida
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_interpreter_is_booked_with_it(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (practice, other) = (clinic.practice().await, clinic.practice().await);
        let ida = interpreter(clinic).await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let topic = Topic::Agenda(ida.person_id.unwrap());
        let mut agenda = ida.watches(topic, Codec::Json).await;
        let with = |practice: &Practice, starts_at| HoldSlot {
            interpreter_language: Some("PT".to_owned()),
            ..practice.hold(starts_at)
        };
        let hold = ana.calls(with(&practice, at(3, "10:00"))).await.expect("held");
        assert_eq!(hold.interpreter_id, ida.person_id);
        told(otto.calls(with(&other, at(3, "10:00"))).await, FaultCode::NotOffered);
        told(otto.calls(with(&other, at(3, "14:00"))).await, FaultCode::NotOffered);
        let named = HoldSlot { interpreter_id: ida.person_id, ..other.hold(at(3, "10:00")) };
        told(otto.calls(named).await, FaultCode::NotOffered);

        let card = ana.confirms(&hold).await.expect("booked");
        let is_there = |it: &crate::support::Socket| {
            let cards = it.cards(ida.person_id.unwrap());
            cards.len() == 1 && cards[0].appointment_id == card.appointment_id
        };
        agenda.until("the visit is in the interpreter's agenda", is_there).await;
        clinic.agrees(&ida, &mut agenda, topic).await;
        let visit = ida.comes_to(card.appointment_id, Codec::Json).await;
        assert!(visit.view().participants.iter().any(|it| it.role == Role::Interpreter));
        assert!(visit.view().you.is_some());
        drop(visit);
        otto.makes(&other, at(3, "10:00")).await;

        // It moves with them, over its own time as well.
        let hold = ana.holds_for(&practice, &card, at(3, "11:00")).await.expect("held");
        assert_eq!(hold.interpreter_id, ida.person_id, "taken along");
        let card = ana.moves(&card, &hold).await.expect("moved");
        agenda
            .until("at eleven", |it| {
                it.cards(ida.person_id.unwrap())[0].starts_at == at(3, "11:00")
            })
            .await;
        let alone = ana.holds(&practice, at(3, "09:00")).await.expect("held");
        let fault = ana.moves(&card, &alone).await.expect_err("without the interpreter");
        assert_eq!(fault.field.as_deref(), Some("hold_token"));
        ana.releases(&alone).await.expect("let go");
        let hold = otto.calls(with(&other, at(3, "09:30"))).await.expect("free again before");
        otto.releases(&hold).await.expect("let go");

        ana.cancels(&card).await.expect("cancelled");
        agenda
            .until("it is cancelled", |it| {
                it.cards(ida.person_id.unwrap())[0].stage == Stage::Cancelled
            })
            .await;
        clinic
            .soon("the interpreter to be free", async || {
                otto.calls(with(&other, at(3, "11:00"))).await.is_ok()
            })
            .await;
        clinic
            .soon("what the interpreter is told", async || {
                let inbox = ida.calls(ListInbox {}).await.expect("theirs").messages;
                inbox.iter().any(|it| it.topic == NoticeTopic::Cancelled)
            })
            .await;
    });
}

#[test]
fn an_interpreter_edits_their_own_hours_and_no_others() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ida = interpreter(clinic).await;
        let read = |of: &Someone| ReadSchedule { practitioner_id: of.person_id.unwrap() };
        assert_eq!(ida.calls(read(&ida)).await.expect("theirs").templates.len(), 1);
        told(ida.calls(read(&practice.dr)).await, FaultCode::NotFound);
        told(practice.dr.calls(read(&ida)).await, FaultCode::NotFound);
        let hours = ida.calls(read(&ida)).await.unwrap().templates.remove(0);
        let op = SaveTemplate {
            practitioner_id: practice.dr_id(),
            template_id: Some(hours.template_id),
            terms: daily("18:00", "19:00"),
        };
        told(ida.calls(op.clone()).await, FaultCode::NotFound);
        // Nor does the clinician take the interpreter's rule over by its id.
        told(practice.dr.calls(op).await, FaultCode::NotFound);
        assert_eq!(ida.calls(read(&ida)).await.unwrap().templates, [hours]);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_group_has_as_many_seats_as_it_has(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let terms = ServiceTerms { slot_capacity: 3, ..consultation() };
        let practice = clinic.practice_of(terms, profile()).await;
        let mut people = vec![];
        for name in ["Ana", "Otto", "Wanda", "Zoe"] {
            people.push(clinic.patient(&format!("{name} Fictional")).await);
        }
        let mut cards = vec![];
        for who in &people[..3] {
            cards.push(who.makes(&practice, at(3, "10:00")).await);
        }
        let fault = people[3].holds(&practice, at(3, "10:00")).await.expect_err("full");
        assert_eq!(fault.code, FaultCode::SlotTaken);
        assert_eq!(fault.next_free.first(), Some(&at(3, "10:30")));
        assert!(!people[3].finds(practice.on(MONDAY)).await.contains(&at(3, "10:00")));
        // Each has a visit of their own with the clinician.
        let mut ids: Vec<_> = cards.iter().map(|it| it.appointment_id).collect();
        ids.dedup();
        assert_eq!(ids.len(), 3);
        people[1].cancels(&cards[1]).await.expect("cancelled");
        clinic
            .soon("a seat", async || people[3].holds(&practice, at(3, "10:00")).await.is_ok())
            .await;
    });
}

fn licence(jurisdiction: &str, valid_until: Option<&str>) -> Licence {
    Licence {
        jurisdiction: jurisdiction.to_owned(),
        number: "F-1".to_owned(),
        valid_until: valid_until.map(str::to_owned),
    }
}

#[test]
fn a_clinician_treats_where_a_licence_covers_it() {
    tell(Kind::Memory, async |clinic| {
        let licences = vec![licence("DE", None), licence("US-CA", Some("2027-01-17"))];
        let practice =
            clinic.practice_of(consultation(), PractitionerProfile { licences, ..profile() }).await;
        let ana = clinic.patient("Ana Fictional").await;
        let from = |place: Option<&str>, day: u32| HoldSlot {
            jurisdiction: place.map(str::to_owned),
            ..practice.hold(at(day, "15:00"))
        };
        let unknown = ana.calls(from(None, 3)).await.expect_err("nobody knows where she is");
        let said = (unknown.code, unknown.field.as_deref());
        assert_eq!(said, (FaultCode::InvalidValue, Some("jurisdiction")));
        told(ana.calls(from(Some("FR"), 3)).await, FaultCode::LicenceRequired);
        told(ana.calls(from(Some("US-CA"), 3)).await, FaultCode::LicenceRequired);
        let last_day = ana.calls(from(Some("US-CA"), 2)).await.expect("through its last day");
        ana.releases(&last_day).await.expect("let go");
        let part = ana.calls(from(Some("DE-BY"), 3)).await.expect("a country covers its parts");
        ana.releases(&part).await.expect("let go");

        // What she told about herself counts when she says nothing.
        let jurisdiction = Some("FR".to_owned());
        let profile = PatientProfile { jurisdiction, ..PatientProfile::default() };
        ana.calls(UpdateProfile { revision: 0, profile }).await.expect("kept");
        told(ana.calls(from(None, 3)).await, FaultCode::LicenceRequired);

        let why = |it: HoldSlot| HoldSlot {
            licence_override: Some("A fictional emergency".into()),
            ..it
        };
        told(ana.calls(why(from(None, 3))).await, FaultCode::Forbidden);
        let for_ana = |it: HoldSlot| HoldSlot { patient_id: ana.person_id, ..it };
        told(practice.dr.calls(for_ana(from(None, 3))).await, FaultCode::LicenceRequired);
        let hold = practice.dr.calls(for_ana(why(from(None, 3)))).await.expect("held");
        let card = ana.confirms(&hold).await.expect("held for her");
        let kept = clinic.store.bookings(&[card.appointment_id]).await.unwrap().remove(0);
        assert_eq!(kept.jurisdiction.as_deref(), Some("FR"));
        assert_eq!(kept.licence_override.as_deref(), Some("A fictional emergency"));

        // What moves keeps what was agreed on; to go somewhere else is another question.
        let hold = ana.holds_for(&practice, &card, at(3, "16:00")).await.expect("held");
        ana.moves(&card, &hold).await.expect("moved");
        let hold = ana.holds_for(&practice, &card, at(4, "09:00")).await.expect("held");
        told(ana.confirms(&hold).await, FaultCode::InvalidValue);
        ana.releases(&hold).await.expect("let go");
        let elsewhere = HoldSlot {
            jurisdiction: Some("FR-IDF".to_owned()),
            moves: Some(card.appointment_id),
            ..practice.hold(at(4, "10:00"))
        };
        told(ana.calls(elsewhere).await, FaultCode::LicenceRequired);
    });
}

#[test]
fn staff_book_for_patients_and_patients_for_themselves() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let ida = interpreter(clinic).await;
        let of =
            |who: &Someone| HoldSlot { patient_id: who.person_id, ..practice.hold(at(3, "10:00")) };
        told(otto.calls(of(&ana)).await, FaultCode::Forbidden);
        told(ida.calls(of(&ana)).await, FaultCode::Forbidden);
        let nobody = clinic.admin.calls(practice.hold(at(3, "10:00"))).await;
        assert_eq!(nobody.expect_err("for whom?").field.as_deref(), Some("patient_id"));
        let no_patient = clinic.admin.calls(of(&practice.dr)).await;
        assert_eq!(no_patient.expect_err("no patient").field.as_deref(), Some("patient_id"));
        let hold = clinic.admin.calls(of(&ana)).await.expect("held for Ana");
        let card = clinic.admin.confirms(&hold).await.expect("booked for Ana");
        assert_eq!(card.patient.person_id, ana.person_id.unwrap());
        let hold = practice.dr.calls(HoldSlot { starts_at: at(3, "11:00"), ..of(&ana) }).await;
        let card = ana.confirms(&hold.expect("held")).await.expect("she confirms it herself");
        assert_eq!(card.ends_at, at(3, "11:00").plus(LENGTH));
    });
}
