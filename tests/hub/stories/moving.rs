//! An appointment that goes elsewhere, or does not take place.

use crate::support::people::told;
use crate::support::practice::booking;
use crate::support::{Clinic, Kind, LENGTH, Practice, Someone, at, tell};
use bedside::clock::Clock as _;
use bedside::protocol::appointment::{AppointmentCard, PlaceAppointment};
use bedside::protocol::booking::{
    HistoryKind, HoldSlot, JoinWaitlist, ListWaitlist, ReadCalendarFile,
};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::notice::{ListInbox, NoticeTopic};
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::Stage;
use rstest::rstest;
use std::time::Duration;

const MONDAY: &str = "2027-01-18";

async fn booked(clinic: &Clinic) -> (Practice, Someone, AppointmentCard) {
    let practice = clinic.practice().await;
    let ana = clinic.patient("Ana Fictional").await;
    let card = ana.makes(&practice, at(3, "10:00")).await;
    (practice, ana, card)
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_appointment_moves_and_everybody_knows(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (practice, ana, card) = booked(clinic).await;
        let agendas = [&ana, &practice.dr].map(|it| Topic::Agenda(it.person_id.unwrap()));
        let mut hers = ana.watches(agendas[0], Codec::Json).await;
        let mut his = practice.dr.watches(agendas[1], Codec::MessagePack).await;
        let mut visit = ana.comes_to(card.appointment_id, Codec::Json).await;
        assert_eq!(visit.view().starts_at, at(3, "10:00"));

        let hold = ana.holds_for(&practice, &card, at(3, "15:00")).await.expect("held");
        let moved = ana.moves(&card, &hold).await.expect("moved");
        assert_eq!((moved.starts_at, moved.version), (at(3, "15:00"), 2));
        assert_eq!(moved.appointment_id, card.appointment_id);
        let free = ana.finds(practice.on(MONDAY)).await;
        assert!(free.contains(&at(3, "10:00")) && !free.contains(&at(3, "15:00")));
        for (socket, topic) in [(&mut hers, agendas[0]), (&mut his, agendas[1])] {
            let Topic::Agenda(who) = topic else { unreachable!() };
            let is_new = |it: &crate::support::Socket| it.cards(who) == [moved.clone()];
            socket.until("the new card, and no other", is_new).await;
        }
        clinic.agrees(&ana, &mut hers, agendas[0]).await;
        clinic.agrees(&practice.dr, &mut his, agendas[1]).await;
        visit.socket.gaps.clear();
        clinic
            .soon("the room to read the visit anew", async || {
                let read = ana.calls(bedside::protocol::visit::ReadVisit {
                    appointment_id: card.appointment_id,
                });
                read.await.is_ok_and(|it| it.starts_at == at(3, "15:00"))
            })
            .await;

        let lines = ana.history(&card).await.lines;
        let said: Vec<_> = lines.iter().map(|it| (it.version, it.what, it.starts_at)).collect();
        let expected =
            [(1, HistoryKind::Booked, at(3, "10:00")), (2, HistoryKind::Moved, at(3, "15:00"))];
        assert_eq!(said, expected);
        assert!(lines.iter().all(|it| it.by == ana.person_id));
        let file = ReadCalendarFile { appointment_id: card.appointment_id };
        let file = practice.dr.calls(file).await.expect("a file");
        assert!(file.text.expose().contains("SEQUENCE:2"), "{}", file.text.expose());
        told(ana.moves(&card, &hold).await, FaultCode::HoldExpired);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_appointment_moves_over_its_own_old_time(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let mut terms = crate::support::practice::consultation();
        terms.alignment_interval_min = 10;
        let practice = clinic.practice_of(terms, crate::support::practice::profile()).await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let mut card = ana.makes(&practice, at(3, "10:00")).await;
        told(ana.holds(&practice, at(3, "10:10")).await, FaultCode::SlotTaken);
        for (round, hour) in ["10:10", "10:00", "10:20"].into_iter().enumerate() {
            let hold = ana.holds_for(&practice, &card, at(3, hour)).await.expect("held");
            told(otto.holds(&practice, at(3, hour)).await, FaultCode::SlotTaken);
            card = ana.moves(&card, &hold).await.expect("moved");
            assert_eq!((card.starts_at, card.version as usize), (at(3, hour), round + 2));
        }
        let free = ana.finds(practice.on(MONDAY)).await;
        assert!(free.contains(&at(3, "09:50")), "what was left is free");
        let taken = ["10:00", "10:10", "10:20", "10:30", "10:40"].map(|it| at(3, it));
        assert!(taken.iter().all(|it| !free.contains(it)));
        otto.makes(&practice, at(3, "09:50")).await;
        otto.makes(&practice, at(3, "10:50")).await;
    });
}

/// What was held for a move may overlap the appointment that moves, and is good for nothing else.
#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_hold_for_a_move_books_nothing_twice(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (practice, ana, card) = booked(clinic).await;
        let other = ana.makes(&practice, at(3, "14:00")).await;
        let hold = ana.holds_for(&practice, &card, at(3, "10:00")).await.expect("held");
        told(ana.confirms(&hold).await, FaultCode::SlotTaken);
        told(ana.moves(&other, &hold).await, FaultCode::SlotTaken);
        // Another time is tried while the first is still held.
        let second = ana.holds_for(&practice, &card, at(3, "16:00")).await.expect("held");
        let card = ana.moves(&card, &second).await.expect("moved");
        assert_eq!(card.starts_at, at(3, "16:00"));
        // Where it was, nobody is any more: the time that is still held can be booked.
        let third = ana.confirms(&hold).await.expect("booked");
        assert_eq!(third.starts_at, at(3, "10:00"));
        let claims = clinic.store.schedule(practice.dr_id(), clinic.clock.now()).await.unwrap();
        let mut begins: Vec<_> = claims.claims.iter().map(|it| it.starts_at).collect();
        begins.sort_unstable();
        assert_eq!(begins, [at(3, "10:00"), at(3, "14:00"), at(3, "16:00")]);
    });
}

#[test]
fn a_hold_of_somebody_else_moves_nothing() {
    tell(Kind::Memory, async |clinic| {
        let (practice, ana, card) = booked(clinic).await;
        let otto = clinic.patient("Otto Fictional").await;
        let hers = ana.holds(&practice, at(3, "12:00")).await.expect("held");
        told(otto.moves(&card, &hers).await, FaultCode::NotFound);
        let his = otto.holds(&practice, at(3, "13:00")).await.expect("held");
        told(otto.moves(&card, &his).await, FaultCode::NotFound);
        told(ana.moves(&card, &his).await, FaultCode::NotFound);
        told(otto.holds_for(&practice, &card, at(3, "15:00")).await, FaultCode::InvalidValue);
        // Staff may: the clinician holds for Ana, and moves.
        let op = HoldSlot {
            patient_id: ana.person_id,
            moves: Some(card.appointment_id),
            ..practice.hold(at(4, "09:00"))
        };
        let hold = practice.dr.calls(op).await.expect("held");
        let moved = practice.dr.moves(&card, &hold).await.expect("moved");
        assert_eq!(moved.starts_at, at(4, "09:00"));
        let by = ana.history(&card).await.lines.last().unwrap().by;
        assert_eq!(by, practice.dr.person_id);
        // Another clinician's time is no time of this appointment.
        let elsewhere = clinic.practice().await;
        let hold = ana.holds(&elsewhere, at(5, "09:00")).await.expect("held");
        let fault = ana.moves(&card, &hold).await.expect_err("another clinician");
        assert_eq!(fault.field.as_deref(), Some("hold_token"));
        let unmoved = ana.holds_for(&elsewhere, &card, at(5, "10:00")).await;
        assert_eq!(unmoved.expect_err("keeps").field.as_deref(), Some("clinician_id"));
    });
}

#[test]
fn what_has_begun_is_not_moved_and_by_patients_not_cancelled() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let card = ana.makes(&practice, at(0, "10:30")).await;
        let until = card.starts_at.since(clinic.clock.now());
        clinic.clock.advance(until - Duration::from_secs(60));
        let (ana, dr_b) = (clinic.again(&ana).await, clinic.again(&practice.dr).await);
        let hold = ana.holds_for(&practice, &card, at(1, "10:00")).await.expect("held");
        clinic.clock.advance(Duration::from_secs(60));
        told(ana.moves(&card, &hold).await, FaultCode::NotAllowedNow);
        told(ana.cancels(&card).await, FaultCode::NotAllowedNow);
        let cancelled = dr_b.cancels(&card).await.expect("the clinic may until it is over");
        assert_eq!(cancelled.stage, Stage::Cancelled);
        told(ana.moves(&card, &hold).await, FaultCode::VisitClosed);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_waits_hears_of_a_place_that_becomes_free(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (practice, ana, card) = booked(clinic).await;
        let (wanda, otto) =
            (clinic.patient("Wanda Fictional").await, clinic.patient("Otto Fictional").await);
        let wish = |until| JoinWaitlist {
            service_id: practice.service_id(),
            clinician_id: None,
            from: clinic.clock.now(),
            until,
        };
        // Otto came first, and wants an earlier day.
        otto.calls(wish(at(2, "10:00"))).await.expect("waits");
        wanda.calls(wish(at(5, "10:00"))).await.expect("waits");
        let agenda = Topic::Agenda(practice.dr_id());
        let mut desk = practice.dr.watches(agenda, Codec::Json).await;

        let cancelled = ana.cancels(&card).await.expect("before it begins");
        assert_eq!((cancelled.stage, cancelled.version), (Stage::Cancelled, 2));
        clinic
            .soon("the time to be free", async || {
                wanda.finds(practice.on(MONDAY)).await.contains(&at(3, "10:00"))
            })
            .await;
        let topics = async |who: &Someone| -> Vec<NoticeTopic> {
            let inbox = who.calls(ListInbox {}).await.expect("hers");
            inbox.messages.iter().map(|it| it.topic).collect()
        };
        clinic
            .soon("a message for Wanda", async || topics(&wanda).await == [NoticeTopic::PlaceFree])
            .await;
        let entries = wanda.calls(ListWaitlist {}).await.expect("hers").entries;
        assert!(entries[0].offered_at.is_some());
        assert_eq!(topics(&otto).await, [], "it is too late for him");
        clinic
            .soon("what Ana is told", async || topics(&ana).await.contains(&NoticeTopic::Cancelled))
            .await;
        desk.until("the desk knows", |it| it.cards(practice.dr_id())[0].stage == Stage::Cancelled)
            .await;
        clinic.agrees(&practice.dr, &mut desk, agenda).await;
        let lines = ana.history(&card).await.lines;
        assert_eq!(lines.last().map(|it| (it.version, it.what)), Some((2, HistoryKind::Cancelled)));
        told(ana.holds_for(&practice, &card, at(3, "11:00")).await, FaultCode::InvalidValue);
        let hold = wanda.holds(&practice, at(3, "10:00")).await.expect("hers now");
        wanda.confirms(&hold).await.expect("booked");
    });
}

#[test]
fn what_an_administrator_places_can_be_moved_and_takes_the_time() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let place = |starts_at| PlaceAppointment {
            patient_id: ana.person_id.unwrap(),
            clinician_id: practice.dr_id(),
            starts_at,
            ends_at: starts_at.plus(LENGTH),
            time_zone: "Europe/Berlin".to_owned(),
            patient_may_invite: false,
        };
        told(practice.dr.calls(place(at(3, "06:00"))).await, FaultCode::Forbidden);
        let early = clinic.admin.calls(place(at(3, "06:00"))).await.expect("outside of hours");
        let late = clinic.admin.calls(place(at(3, "10:15"))).await.expect("off the raster");
        let free = otto.finds(practice.on(MONDAY)).await;
        assert!(!free.contains(&at(3, "10:00")) && !free.contains(&at(3, "10:30")));
        told(clinic.admin.calls(place(at(3, "10:40"))).await, FaultCode::SlotTaken);
        let hold = otto.holds(&practice, at(3, "12:00")).await.expect("held");
        told(clinic.admin.calls(place(at(3, "12:00"))).await, FaultCode::SlotTaken);
        otto.calls(booking(&hold)).await.expect("booked");
        let hold = ana.holds_for(&practice, &early, at(3, "11:00")).await.expect("held");
        ana.moves(&early, &hold).await.expect("moved");
        let hold = ana.holds_for(&practice, &late, at(3, "10:00")).await.expect("over its own");
        let late = ana.moves(&late, &hold).await.expect("moved");
        assert_eq!((late.version, late.starts_at), (2, at(3, "10:00")));
    });
}
