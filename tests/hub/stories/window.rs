//! What becomes of a visit that nobody ended, when the time in which it could be held is over.

use crate::support::{Booked, Clinic, Kind, eventually, tell};
use bedside::clock::Clock as _;
use bedside::domain::visit::{CLOSES_AFTER, Closed};
use bedside::protocol::codec::Codec;
use bedside::protocol::ids::ParticipantId;
use bedside::protocol::visit::{AttendanceKind, MarkNoShow, Stage};
use bedside::sfu::{Command, LinkQuality, MediaEvent, Seat};
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use std::time::Duration;

/// Time passes, and something that media says makes the room look at its clock.
async fn time_passes(clinic: &Clinic, by: Duration, nudge: Seat) {
    clinic.clock.advance(by);
    for loss in [0.0, 40.0] {
        let quality =
            LinkQuality { round_trip_ms: 20, uplink_loss_percent: loss, ..LinkQuality::default() };
        clinic.media.says(MediaEvent::Quality { seat: nudge, quality }).await;
    }
}

/// Kind, about whom and by whom of the last line, and whether somebody is still present.
async fn the_end(
    clinic: &Clinic,
    visit: Booked,
) -> (AttendanceKind, Option<ParticipantId>, Option<ParticipantId>, bool) {
    let lines = clinic.store.attendance(visit.id).await.expect("lines");
    let last = &lines.last().expect("a line").what;
    let kept = clinic.store.visit(visit.id).await.expect("read").expect("kept");
    (last.kind, last.about, last.by, kept.members.values().any(|it| it.is_present))
}

const OVER: (AttendanceKind, Option<ParticipantId>, Option<ParticipantId>, bool) =
    (AttendanceKind::TimeOver, None, None, false);

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_call_ends_with_the_time_of_its_visit(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (visit, mut ana, dr_b) = clinic.in_call().await;
        ana.sees("the call", |it| it.stage == Stage::InCall).await;
        let seat = ana.seat();
        let kept = clinic.store.visit(visit.id).await.expect("read").expect("kept");
        let last = kept.facts.ends_at.plus(CLOSES_AFTER);
        let rest = last.since(clinic.clock.now()) + Duration::from_millis(1);
        time_passes(clinic, rest, seat).await;
        eventually("media has ended", async || clinic.media.seats().is_empty()).await;
        assert!(clinic.media.commands().contains(&Command::CloseRoom(visit.id)));
        assert_eq!(the_end(clinic, visit).await, OVER);
        let kept = clinic.store.visit(visit.id).await.expect("read").expect("kept");
        assert_eq!(kept.closed, Some(Closed::Ended));
        drop((ana, dr_b));
    });
}

#[test]
fn a_clinician_alone_is_taken_out_and_may_still_say_that_nobody_came() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut at_visit = dr_b.comes_to(visit.id, Codec::Json).await;
        at_visit.enters().await;
        clinic.connect_media(&mut [&mut at_visit]).await;
        time_passes(clinic, Duration::from_secs(13 * 60 * 60), at_visit.seat()).await;
        eventually("media has ended", async || clinic.media.seats().is_empty()).await;
        assert_eq!(the_end(clinic, visit).await, OVER);
        let person = dr_b.person_id.expect("an account");
        let role = bedside::protocol::person::Role::Clinician;
        let dr_b = clinic.signs_in(person, role, "Dr. Bo").await;
        let view = dr_b.calls(MarkNoShow { appointment_id: visit.id }).await.expect("nobody came");
        assert_eq!(view.stage, Stage::NoShow);
    });
}

#[test]
fn what_could_not_be_saved_is_tried_again() {
    tell(Kind::Memory, async |clinic| {
        let (visit, ana, dr_b) = clinic.in_call().await;
        clinic.memory().fail_next(Point::CommitVisit, Failure::Aborted);
        time_passes(clinic, Duration::from_secs(13 * 60 * 60), ana.seat()).await;
        let is_tried = async || clinic.memory().has_no_faults_left();
        eventually("the first attempt", is_tried).await;
        assert_eq!(clinic.media.seats().len(), 2);
        time_passes(clinic, Duration::from_secs(1), ana.seat()).await;
        eventually("media has ended", async || clinic.media.seats().is_empty()).await;
        assert_eq!(the_end(clinic, visit).await, OVER);
        drop((ana, dr_b));
    });
}

#[test]
fn a_node_that_was_away_at_that_time_does_it_when_it_starts() {
    tell(Kind::Memory, async |clinic| {
        let (visit, ana, dr_b) = clinic.in_call().await;
        clinic.clock.advance(Duration::from_secs(13 * 60 * 60));
        clinic.restarts().await;
        drop((ana, dr_b));
        eventually("nobody is there", async || the_end(clinic, visit).await == OVER).await;
    });
}
