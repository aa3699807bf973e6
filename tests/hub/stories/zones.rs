//! A zone's law changes: appointments that were booked under the old one keep their wall time.

use crate::access::world::visit_of;
use crate::support::practice::ZONE;
use crate::support::{Clinic, Kind, LENGTH, Practice, Someone, at, tell};
use bedside::clock::Clock as _;
use bedside::domain::schedule::zone::tzdb_version;
use bedside::domain::schedule::{Claim, ClaimState};
use bedside::protocol::appointment::{AppointmentCard, ReadAppointment};
use bedside::protocol::booking::HistoryKind;
use bedside::protocol::ids::{AppointmentId, HoldId, SlotId};
use bedside::protocol::notice::{ListInbox, NoticeTopic};
use bedside::protocol::schedule::{ListTasks, TaskKind};
use bedside::protocol::time::UnixMillis;
use bedside::store::NewVisit;
use bedside::store::schedule::{
    BookingRecord, LiveFilter, NewBooking, ScheduleChange, ScheduleCommit,
};
use rstest::rstest;
use std::time::Duration;
use uuid::Uuid;

const MONDAY: &str = "2027-01-18";
/// A version from before all others.
const OLD: &str = "1999a";

/// What a node with an older zone database has booked: that wall time on Monday, which was that instant then.
async fn booked_under_the_old_law(
    clinic: &Clinic,
    practice: &Practice,
    patient: &Someone,
    wall: &str,
    instant: UnixMillis,
) -> AppointmentId {
    let (now, dr) = (clinic.clock.now(), practice.dr_id());
    let mut visit = visit_of(patient.person_id.unwrap(), dr, instant);
    visit.facts.ends_at = instant.plus(LENGTH);
    visit.facts.booking.version = 1;
    visit.facts.booking.service_id = Some(practice.service_id());
    let id = visit.facts.appointment_id;
    let booking = BookingRecord {
        appointment_id: id,
        version: 1,
        service_id: Some(practice.service_id()),
        service_name: None,
        interpreter_id: None,
        series_id: None,
        sealed_reason: None,
        reason: None,
        jurisdiction: None,
        licence_override: None,
        local_start: format!("{MONDAY}T{wall}"),
        tzdb_version: OLD.to_owned(),
    };
    let slot_id = SlotId(Uuid::now_v7());
    let claim = Claim {
        slot_id,
        practitioner_id: dr,
        starts_at: instant,
        ends_at: instant.plus(LENGTH),
        busy_from: instant,
        busy_until: instant.plus(LENGTH),
        group: slot_id.0,
        seat: 0,
        service_id: Some(practice.service_id()),
        hold_id: HoldId(Uuid::nil()),
        state: ClaimState::Busy(id),
    };
    let new = NewBooking { visit: NewVisit { visit, created_at: now }, booking, by: None };
    let fence = clinic.store.claim_schedule(dr, "before").await.expect("claimed");
    let commit = ScheduleCommit {
        practitioner_id: dr,
        epoch: fence.epoch,
        offset: fence.next_offset,
        at: now,
        changes: vec![ScheduleChange::Place(Box::new(new), claim)],
        notices: vec![],
        answered: None,
        audit: vec![],
    };
    clinic.store.commit_schedule(commit).await.expect("booked");
    id
}

async fn card(who: &Someone, id: AppointmentId) -> AppointmentCard {
    who.calls(ReadAppointment { appointment_id: id }).await.expect("theirs")
}

async fn tasks(clinic: &Clinic) -> Vec<(TaskKind, AppointmentId)> {
    let tasks = clinic.admin.calls(ListTasks {}).await.expect("the list").tasks;
    tasks.iter().map(|it| (it.kind, it.appointment_id)).collect()
}

async fn derived_otherwise(clinic: &Clinic) -> usize {
    let filter = LiveFilter { from: clinic.clock.now(), after: None, limit: 100 };
    clinic.store.derived_otherwise(tzdb_version(), filter).await.unwrap().len()
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_morning_keeps_its_wall_times(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let (ten, half_past, noon) = (at(3, "10:00"), at(3, "10:30"), at(3, "12:00"));
        // By the old law, Berlin was half an hour behind; the first stands where the second has to go.
        let first = booked_under_the_old_law(clinic, &practice, &ana, "10:00", half_past).await;
        let second =
            booked_under_the_old_law(clinic, &practice, &otto, "10:30", at(3, "11:00")).await;
        let same = booked_under_the_old_law(clinic, &practice, &ana, "12:00", noon).await;
        assert_eq!(derived_otherwise(clinic).await, 3);

        // A node that starts looks by itself.
        clinic.restarts().await;
        let (ana, otto) = (clinic.again(&ana).await, clinic.again(&otto).await);
        clinic.soon("all to be derived", async || derived_otherwise(clinic).await == 0).await;
        for (who, id, begin, version) in
            [(&ana, first, ten, 2), (&otto, second, half_past, 2), (&ana, same, noon, 1)]
        {
            let card = card(who, id).await;
            assert_eq!((card.starts_at, card.ends_at), (begin, begin.plus(LENGTH)));
            assert_eq!((card.version, card.time_zone.as_str()), (version, ZONE));
        }
        let free = otto.finds(practice.on(MONDAY)).await;
        assert!(
            !free.contains(&ten) && !free.contains(&half_past) && free.contains(&at(3, "11:00"))
        );
        let lines = ana.history(&card(&ana, first).await).await.lines;
        let last = lines.last().expect("a line");
        assert_eq!((last.what, last.by, last.starts_at), (HistoryKind::Moved, None, ten));
        let mut changed = vec![(TaskKind::ZoneChanged, first), (TaskKind::ZoneChanged, second)];
        changed.sort_by_key(|it| it.1);
        let mut found = tasks(clinic).await;
        found.sort_by_key(|it| it.1);
        assert_eq!(found, changed);
        let topics = async || -> Vec<NoticeTopic> {
            let inbox = ana.calls(ListInbox {}).await.expect("hers").messages;
            inbox.iter().map(|it| it.topic).collect()
        };
        clinic.soon("a message", async || topics().await == [NoticeTopic::Moved]).await;

        // Again and again: nothing more happens.
        assert_eq!(clinic.node.follow_zone_laws().await, Duration::from_secs(24 * 60 * 60));
        assert_eq!(card(&ana, first).await.version, 2);
        assert_eq!(tasks(clinic).await.len(), 2);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_cannot_follow_is_a_task_until_there_is_room(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let in_the_way = otto.makes(&practice, at(3, "10:00")).await;
        let late = booked_under_the_old_law(clinic, &practice, &ana, "10:00", at(3, "11:00")).await;
        // By the new law it would begin before the doors open.
        let early =
            booked_under_the_old_law(clinic, &practice, &ana, "07:30", at(3, "08:30")).await;
        for _ in 0..2 {
            clinic.node.follow_zone_laws().await;
            let mut found = tasks(clinic).await;
            found.sort_by_key(|it| it.1);
            assert_eq!(found, [(TaskKind::ZoneConflict, late), (TaskKind::ZoneConflict, early)]);
            assert_eq!(card(&ana, late).await.starts_at, at(3, "11:00"), "it stays");
            assert_eq!(card(&ana, early).await.version, 1);
        }

        otto.cancels(&in_the_way).await.expect("cancelled");
        clinic.node.follow_zone_laws().await;
        let moved = card(&ana, late).await;
        assert_eq!((moved.starts_at, moved.version), (at(3, "10:00"), 2));
        assert!(tasks(clinic).await.contains(&(TaskKind::ZoneChanged, late)));
    });
}

#[test]
fn a_time_that_somebody_holds_is_asked_for_again_soon() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let hold = otto.holds(&practice, at(3, "10:00")).await.expect("held");
        let id = booked_under_the_old_law(clinic, &practice, &ana, "10:00", at(3, "11:00")).await;
        let next = clinic.node.follow_zone_laws().await;
        assert_eq!(next, Duration::from_secs(10 * 60));
        assert_eq!(tasks(clinic).await, [], "nobody has to look at that");
        otto.releases(&hold).await.expect("let go");
        clinic.node.follow_zone_laws().await;
        assert_eq!(card(&ana, id).await.starts_at, at(3, "10:00"));
    });
}
