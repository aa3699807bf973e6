//! The owner of a schedule goes, is overtaken, or does not know what became of what it wrote.

use crate::support::people::told;
use crate::support::practice::booking;
use crate::support::{Kind, at, tell};
use bedside::clock::Clock as _;
use bedside::protocol::appointment::{AppointmentCard, ListAppointments};
use bedside::protocol::booking::ReleaseHold;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::{FaultCode, Outcome, Retry};
use bedside::protocol::frame::GapReason;
use bedside::protocol::topic::Topic;
use bedside::store::memory::{Failure, Point};
use rstest::rstest;

const ALL: ListAppointments = ListAppointments { person_id: None, from: None, until: None };

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_hold_outlives_the_node(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        clinic.restarts().await;
        let (ana, otto) = (clinic.again(&ana).await, clinic.again(&otto).await);
        assert!(!otto.finds(practice.on("2027-01-18")).await.contains(&at(3, "10:00")));
        told(otto.holds(&practice, at(3, "10:00")).await, FaultCode::SlotTaken);
        let card = ana.calls_with_key("k", booking(&hold)).await.expect("booked");
        clinic.restarts().await;
        let (ana, otto) = (clinic.again(&ana).await, clinic.again(&otto).await);
        let again = ana.calls_with_key("k", booking(&hold)).await.expect("the same answer");
        assert_eq!(card, again);
        told(otto.holds(&practice, at(3, "10:00")).await, FaultCode::SlotTaken);
        assert_eq!(ana.calls(ALL).await.unwrap().appointments, [card]);
    });
}

#[test]
fn what_was_surely_not_saved_is_not_held() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let topic = Topic::Schedule(practice.dr_id());
        let mut desk = practice.dr.watches(topic, Codec::Json).await;
        clinic.memory().fail_next(Point::CommitSchedule, Failure::Aborted);
        let fault = ana.holds(&practice, at(3, "10:00")).await.expect_err("not saved");
        let said = (fault.code, fault.outcome, fault.retry);
        assert_eq!(said, (FaultCode::Unavailable, Outcome::None, Retry::After));
        clinic.agrees(&practice.dr, &mut desk, topic).await;
        let hold = otto.holds(&practice, at(3, "10:00")).await.expect("free");
        clinic.memory().fail_next(Point::CommitSchedule, Failure::Aborted);
        told(otto.confirms(&hold).await, FaultCode::Unavailable);
        otto.confirms(&hold).await.expect("still held");
        clinic.agrees(&practice.dr, &mut desk, topic).await;
    });
}

#[rstest]
#[case::saved(Failure::AmbiguousSaved)]
#[case::not_saved(Failure::AmbiguousNotSaved)]
#[case::hung(Failure::Hang)]
#[case::panicked(Failure::Panic)]
fn whoever_does_not_know_asks_with_the_same_key(#[case] failure: Failure) {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let wish = practice.hold(at(3, "10:00"));
        clinic.memory().fail_next(Point::CommitSchedule, failure);
        let fault = ana.calls_with_key("hold", wish.clone()).await.expect_err("nobody knows");
        let said = (fault.code, fault.outcome, fault.retry);
        assert_eq!(said, (FaultCode::OutcomeUnknown, Outcome::Unknown, Retry::Now));
        let hold = ana.calls_with_key("hold", wish).await.expect("the same key is safe");
        let patient = ana.person_id.unwrap();
        let open = clinic.store.open_holds(patient, clinic.clock.now()).await;
        assert_eq!(open, Ok(1), "held once");

        clinic.memory().fail_next(Point::CommitSchedule, failure);
        let lost = ana.calls_with_key("book", booking(&hold)).await;
        told(lost, FaultCode::OutcomeUnknown);
        let card = ana.calls_with_key("book", booking(&hold)).await.expect("booked, once");
        assert_eq!(ana.calls(ALL).await.unwrap().appointments, std::slice::from_ref(&card));
        told(otto.holds(&practice, at(3, "10:00")).await, FaultCode::SlotTaken);

        let hold = ana.holds_for(&practice, &card, at(3, "12:00")).await.expect("held");
        let op = bedside::protocol::booking::MoveAppointment {
            appointment_id: card.appointment_id,
            hold_token: hold.hold_token.clone(),
        };
        clinic.memory().fail_next(Point::CommitSchedule, failure);
        told(ana.calls_with_key("move", op.clone()).await, FaultCode::OutcomeUnknown);
        let moved: AppointmentCard = ana.calls_with_key("move", op).await.expect("moved, once");
        assert_eq!((moved.starts_at, moved.version), (at(3, "12:00"), 2));
        assert_eq!(ana.history(&card).await.lines.len(), 2);
        otto.makes(&practice, at(3, "10:00")).await;

        let hold = ana.holds(&practice, at(3, "16:00")).await.expect("held");
        let op = ReleaseHold { hold_token: hold.hold_token.clone() };
        clinic.memory().fail_next(Point::CommitSchedule, failure);
        told(ana.calls_with_key("let go", op.clone()).await, FaultCode::OutcomeUnknown);
        ana.calls_with_key("let go", op).await.expect("let go");
        otto.holds(&practice, at(3, "16:00")).await.expect("free");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn an_owner_that_was_overtaken_books_nothing_and_the_next_one_does(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let topic = Topic::Schedule(practice.dr_id());
        let mut desk = practice.dr.watches(topic, Codec::MessagePack).await;
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        clinic.store.claim_schedule(practice.dr_id(), "another node").await.expect("claimed");
        let card = ana.confirms(&hold).await.expect("booked by the next owner");
        desk.until("a gap", |it| !it.gaps.is_empty()).await;
        assert_eq!(desk.gaps, [(topic, GapReason::Epoch)]);
        desk.gaps.clear();
        desk.follows(topic).await.expect("follows again");
        clinic.agrees(&practice.dr, &mut desk, topic).await;
        clinic.store.claim_schedule(practice.dr_id(), "another node").await.expect("claimed");
        let hold = ana.holds_for(&practice, &card, at(3, "11:00")).await.expect("held");
        clinic.store.claim_schedule(practice.dr_id(), "another node").await.expect("claimed");
        let moved = ana.moves(&card, &hold).await.expect("moved");
        assert_eq!(moved.version, 2);
        assert_eq!(ana.calls(ALL).await.unwrap().appointments, [moved]);
    });
}

#[test]
fn a_schedule_that_cannot_be_read_is_not_available() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        clinic.store.claim_schedule(practice.dr_id(), "another node").await.expect("claimed");
        clinic.memory().fail_next(Point::ClaimSchedule, Failure::Aborted);
        let wish = practice.hold(at(3, "10:00"));
        let fault = ana.calls_with_key("hold", wish.clone()).await.expect_err("not read");
        // Whoever asked it does not know how far it came.
        let said = (fault.code, fault.outcome, fault.retry);
        assert_eq!(said, (FaultCode::OutcomeUnknown, Outcome::Unknown, Retry::Now));
        let hold = ana.calls_with_key("hold", wish).await.expect("held by the next owner");
        ana.confirms(&hold).await.expect("booked");
        clinic.store.claim_schedule(practice.dr_id(), "another node").await.expect("claimed");
        clinic.memory().fail_next(Point::ClaimSchedule, Failure::Aborted);
        told(ana.calls(practice.hold(at(3, "11:00"))).await, FaultCode::OutcomeUnknown);
        // A search reads the store, whoever owns the schedule.
        assert_eq!(ana.finds(practice.on("2027-01-18")).await.len(), 19);
    });
}
