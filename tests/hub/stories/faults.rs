//! What the store does wrong, and what people notice of it.

use crate::support::people::told;
use crate::support::{Booked, Clinic, Kind, Party, eventually, in_time, tell};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::{FaultCode, Outcome, Retry};
use bedside::protocol::frame::GapReason;
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::{
    AdmitParticipant, AttendanceKind, Can, EnterVisit, HoldParticipant, Place,
};
use bedside::sfu::Seat;
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use std::time::{Duration, Instant};

/// The patient waits, the clinician is there.
async fn before_admission(clinic: &Clinic) -> (Booked, Party, Party) {
    let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
    let visit = clinic.books(&ana, &dr_b).await;
    let mut ana = ana.comes_to(visit.id, Codec::Json).await;
    let mut dr_b = dr_b.comes_to(visit.id, Codec::MessagePack).await;
    dr_b.enters().await;
    ana.enters().await;
    (visit, ana, dr_b)
}

fn admission(visit: Booked) -> AdmitParticipant {
    AdmitParticipant { appointment_id: visit.id, participant_id: visit.patient }
}

/// Was taken off the topic because its owner went, and follows again.
async fn follows_again(party: &mut Party) {
    let topic = Topic::Visit(party.visit);
    party.socket.until("a gap", |it| !it.gaps.is_empty()).await;
    assert_eq!(party.socket.gaps, [(topic, GapReason::Epoch)]);
    party.socket.gaps.clear();
    // The next owner may not have read the visit yet when the first one asks.
    let mut tries = 0;
    while let Err(fault) = party.socket.follows(topic).await {
        assert_eq!(fault.retry, Retry::After, "{:?}", fault.code);
        tries += 1;
        assert!(tries < 5, "the room does not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    party.agrees().await;
}

async fn admissions(clinic: &Clinic, visit: Booked) -> usize {
    let lines = clinic.attendance(visit.id).await;
    lines.iter().filter(|it| it.what == AttendanceKind::Admitted).count()
}

#[test]
fn what_was_surely_not_saved_has_not_happened() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = before_admission(clinic).await;
        clinic.memory().fail_next(Point::CommitVisit, Failure::Aborted);
        let fault = dr_b.socket.calls(admission(visit)).await.expect_err("not saved");
        let said = (fault.code, fault.outcome, fault.retry);
        assert_eq!(said, (FaultCode::Unavailable, Outcome::None, Retry::After));
        assert!(fault.request_id.is_some(), "to be found in the logs");
        dr_b.agrees().await;
        ana.agrees().await;
        assert_eq!(ana.view().participants[0].place, Place::Waiting);
        assert_eq!(admissions(clinic, visit).await, 0);
        dr_b.admits(&ana).await;
        ana.sees("she is in", |it| it.can.contains(&Can::JoinMedia)).await;
    });
}

#[rstest]
#[case::saved(Failure::AmbiguousSaved)]
#[case::not_saved(Failure::AmbiguousNotSaved)]
#[case::hung(Failure::Hang)]
fn what_may_be_saved_is_found_out_by_the_same_key(#[case] failure: Failure) {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = before_admission(clinic).await;
        clinic.memory().fail_next(Point::CommitVisit, failure);
        let lost = dr_b.socket.calls_with_key(Some("admit-1"), admission(visit)).await;
        match lost {
            // The door looks for the kept answer before it says that nobody knows.
            Ok(_) => assert_eq!(failure, Failure::AmbiguousSaved),
            Err(fault) => {
                let said = (fault.code, fault.outcome, fault.retry);
                assert_eq!(said, (FaultCode::OutcomeUnknown, Outcome::Unknown, Retry::Now));
                assert_ne!(failure, Failure::AmbiguousSaved);
            }
        }
        follows_again(&mut dr_b).await;
        follows_again(&mut ana).await;
        let was_saved = ana.view().participants[0].place == Place::Inside;
        assert_eq!(was_saved, failure == Failure::AmbiguousSaved, "the store is the truth");
        let again = dr_b.socket.calls_with_key(Some("admit-1"), admission(visit)).await;
        let view = again.expect("done, once");
        let place = view.participants.iter().find(|it| it.participant_id == visit.patient);
        assert_eq!(place.map(|it| it.place), Some(Place::Inside));
        ana.sees("she is in", |it| it.can.contains(&Can::JoinMedia)).await;
        assert_eq!(admissions(clinic, visit).await, 1, "exactly one effect");
    });
}

#[test]
fn an_owner_that_was_overtaken_writes_nothing() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = before_admission(clinic).await;
        clinic.store.claim_visit(visit.id, "another node").await.expect("claimed");
        told(dr_b.socket.calls(admission(visit)).await, FaultCode::Moved);
        follows_again(&mut dr_b).await;
        follows_again(&mut ana).await;
        assert_eq!(admissions(clinic, visit).await, 0);
        dr_b.admits(&ana).await;
        assert_eq!(admissions(clinic, visit).await, 1);
    });
}

#[test]
fn a_panic_in_one_room_is_nobody_elses() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = before_admission(clinic).await;
        let (_, mut otto, mut dr_c) = before_admission(clinic).await;
        clinic.memory().fail_next(Point::CommitVisit, Failure::Panic);
        let lost = dr_b.socket.calls_with_key(Some("k"), admission(visit)).await;
        told(lost, FaultCode::OutcomeUnknown);
        let began = Instant::now();
        follows_again(&mut dr_b).await;
        follows_again(&mut ana).await;
        assert!(began.elapsed() < Duration::from_secs(1), "took {:?}", began.elapsed());
        let again = dr_b.socket.calls_with_key(Some("k"), admission(visit)).await;
        again.expect("the same key is safe");
        ana.sees("she is in", |it| it.can.contains(&Can::JoinMedia)).await;
        assert_eq!(admissions(clinic, visit).await, 1);

        dr_c.admits(&otto).await;
        otto.sees("the other room goes on", |it| it.can.contains(&Can::JoinMedia)).await;
        assert!(otto.socket.gaps.is_empty() && dr_c.socket.gaps.is_empty(), "undisturbed");
    });
}

/// What panics may have been saved just before.
#[rstest]
#[case::saved(Failure::PanicSaved)]
#[case::not_saved(Failure::Panic)]
fn nobody_is_told_that_what_panicked_was_not_done(#[case] failure: Failure) {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        clinic.books(&ana, &dr_b).await;
        let mut socket = ana.connects(Codec::Json).await;
        clinic.memory().fail_next(Point::OpenConversation, failure);
        let op = crate::support::chat::with(dr_b.person_id.unwrap());
        let lost = socket.calls_with_key(Some("open"), op).await.expect_err("it panicked");
        assert_eq!((lost.code, lost.outcome), (FaultCode::Internal, Outcome::Unknown));
        let card = socket.calls_with_key(Some("open"), op).await.expect("the same key is safe");
        assert_eq!(card.conversation.members.len(), 2);
    });
}

#[test]
fn a_room_that_cannot_be_read_is_not_available() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut socket = ana.connects(Codec::Json).await;
        for _ in 0..2 {
            clinic.memory().fail_next(Point::ClaimVisit, Failure::Aborted);
            let refused = socket.follows(Topic::Visit(visit.id)).await;
            told(refused, FaultCode::Unavailable);
        }
        clinic.memory().fail_next(Point::ClaimVisit, Failure::Aborted);
        ana.tries_to_read(visit.id).await.is_told(FaultCode::Unavailable);
        let mut ana = Party::new(ana, visit.id, socket);
        ana.socket.follows(Topic::Visit(visit.id)).await.expect("now it can");
        ana.enters().await;
    });
}

#[test]
fn what_cannot_be_recorded_is_not_done() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = before_admission(clinic).await;
        let writes = clinic.memory().writes();
        clinic.memory().fail_next(Point::AppendAudit, Failure::Aborted);
        told(dr_b.socket.calls(admission(visit)).await, FaultCode::Unavailable);
        assert_eq!(clinic.memory().writes(), writes, "AU-1: nothing was written");
        ana.agrees().await;
        assert_eq!(ana.view().participants[0].place, Place::Waiting);
        dr_b.admits(&ana).await;
        let rows = clinic.store.audit(10_000).await.expect("the log");
        for begin in rows.iter().filter(|it| it.phase == "begin") {
            let ends =
                rows.iter().filter(|it| it.request_id == begin.request_id && it.phase != "begin");
            assert_eq!(ends.count(), 1, "{} has no end", begin.operation);
        }
        let admitted = rows.iter().find(|it| it.operation == "visit.admit").expect("a row");
        let target = format!("participant_id:{}", visit.patient);
        assert_eq!(admitted.target.as_deref(), Some(target.as_str()));
    });
}

#[test]
fn a_store_that_fails_closes_no_door_for_good() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let link = clinic.link(visit, visit.patient).await.join_token;
        clinic.memory().fail_next(Point::UseLink, Failure::AmbiguousSaved);
        let lost = clinic.stranger().opens_link_with(&link, Some("first")).await;
        told(lost, FaultCode::OutcomeUnknown);
        let again = clinic.stranger().opens_link_with(&link, Some("first")).await;
        let ana = again.expect("the same key finds the session");
        let enter = EnterVisit { appointment_id: visit.id };
        in_time("an answer", ana.calls(enter)).await.expect("she may enter");
    });
}

#[test]
fn whoever_was_sent_back_has_no_media_though_nobody_heard_the_answer() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let seat = Seat { room: visit.id, participant: visit.patient };
        assert!(clinic.media.seats().contains(&seat));
        clinic.memory().fail_next(Point::CommitVisit, Failure::AmbiguousSaved);
        let hold = HoldParticipant { appointment_id: visit.id, participant_id: visit.patient };
        told(dr_b.socket.calls(hold).await, FaultCode::OutcomeUnknown);
        follows_again(&mut dr_b).await;
        follows_again(&mut ana).await;
        eventually("her media has ended", async || !clinic.media.seats().contains(&seat)).await;
    });
}
