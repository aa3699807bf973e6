//! The owner of a schedule goes, is overtaken, or does not know what became of what it wrote.

use crate::support::people::told;
use crate::support::practice::booking;
use crate::support::{Kind, Someone, at, tell};
use bedside::clock::Clock as _;
use bedside::protocol::appointment::{AppointmentCard, ListAppointments};
use bedside::protocol::booking::ReleaseHold;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::{Fault, FaultCode, Outcome, Retry};
use bedside::protocol::frame::GapReason;
use bedside::protocol::operation::Operation;
use bedside::protocol::topic::Topic;
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use std::time::Duration;

const ALL: ListAppointments = ListAppointments { person_id: None, from: None, until: None };

/// The outcome is unknown, unless the door found the answer that was kept for the key.
#[track_caller]
fn nobody_knows<T: std::fmt::Debug>(failure: Failure, answer: Result<T, Fault>) {
    match answer {
        Ok(_) => assert_eq!(failure, Failure::AmbiguousSaved),
        Err(fault) => {
            let said = (fault.code, fault.outcome, fault.retry);
            assert_eq!(said, (FaultCode::OutcomeUnknown, Outcome::Unknown, Retry::Now));
        }
    }
}

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

/// Asks again with the same key for as long as the fault says so: the owner may still be about to end.
async fn asks_again<O: Operation + Clone>(who: &Someone, key: &str, op: O) -> O::Output {
    for _ in 0..5 {
        match who.calls_with_key(key, op.clone()).await {
            Err(fault) if fault.retry == Retry::Now => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            answer => return answer.expect("the same key is safe"),
        }
    }
    panic!("{} has no answer", O::NAME);
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
        nobody_knows(failure, ana.calls_with_key("hold", wish.clone()).await);
        let hold = asks_again(&ana, "hold", wish).await;
        let patient = ana.person_id.unwrap();
        let open = clinic.store.open_holds(patient, clinic.clock.now()).await;
        assert_eq!(open, Ok(1), "held once");

        clinic.memory().fail_next(Point::CommitSchedule, failure);
        let lost = ana.calls_with_key("book", booking(&hold)).await;
        nobody_knows(failure, lost);
        let card = asks_again(&ana, "book", booking(&hold)).await;
        assert_eq!(ana.calls(ALL).await.unwrap().appointments, std::slice::from_ref(&card));
        told(otto.holds(&practice, at(3, "10:00")).await, FaultCode::SlotTaken);

        let hold = ana.holds_for(&practice, &card, at(3, "12:00")).await.expect("held");
        let op = bedside::protocol::booking::MoveAppointment {
            appointment_id: card.appointment_id,
            hold_token: hold.hold_token.clone(),
        };
        clinic.memory().fail_next(Point::CommitSchedule, failure);
        nobody_knows(failure, ana.calls_with_key("move", op.clone()).await);
        let moved: AppointmentCard = asks_again(&ana, "move", op).await;
        assert_eq!((moved.starts_at, moved.version), (at(3, "12:00"), 2));
        assert_eq!(ana.history(&card).await.lines.len(), 2);
        otto.makes(&practice, at(3, "10:00")).await;

        let hold = ana.holds(&practice, at(3, "16:00")).await.expect("held");
        let op = ReleaseHold { hold_token: hold.hold_token.clone() };
        clinic.memory().fail_next(Point::CommitSchedule, failure);
        nobody_knows(failure, ana.calls_with_key("let go", op.clone()).await);
        asks_again(&ana, "let go", op).await;
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
fn a_schedule_that_could_not_be_read_is_read_again() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        clinic.store.claim_schedule(practice.dr_id(), "another node").await.expect("claimed");
        clinic.memory().fail_next(Point::ClaimSchedule, Failure::Aborted);
        let wish = practice.hold(at(3, "10:00"));
        // What was never begun is asked again, of the next owner.
        let hold = asks_again(&ana, "hold", wish).await;
        ana.confirms(&hold).await.expect("booked");
        clinic.store.claim_schedule(practice.dr_id(), "another node").await.expect("claimed");
        clinic.memory().fail_next(Point::ClaimSchedule, Failure::Aborted);
        asks_again(&ana, "another", practice.hold(at(3, "11:00"))).await;
        // A search reads the store, whoever owns the schedule.
        assert_eq!(ana.finds(practice.on("2027-01-18")).await.len(), 18);
    });
}
