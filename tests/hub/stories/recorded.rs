//! What the audit log says of a booking: with it or not at all, and of a refusal before anybody hears of it.

use crate::support::http::Request;
use crate::support::people::told;
use crate::support::practice::booking;
use crate::support::{Clinic, Kind, at, tell};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::{ReadMe, Role};
use bedside::protocol::visit::{InviteGuest, LeaveVisit};
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use serde_json::json;
use std::time::Duration;

/// What was recorded of an operation, in order: the calls, each with its phases.
async fn recorded(clinic: &Clinic, operation: &str) -> Vec<Vec<String>> {
    let mut rows = clinic.store.audit(10_000).await.expect("the log");
    rows.retain(|it| it.operation == operation);
    rows.reverse();
    let mut calls: Vec<(_, Vec<String>)> = vec![];
    for row in rows {
        match calls.iter_mut().find(|it| it.0 == row.request_id) {
            Some((_, phases)) => phases.push(row.phase),
            None => calls.push((row.request_id, vec![row.phase])),
        }
    }
    calls.into_iter().map(|it| it.1).collect()
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn each_call_of_a_booking_is_recorded_once_with_its_end(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let wish = practice.hold(at(3, "10:00"));
        let hold = ana.calls_with_key("hold", wish.clone()).await.expect("held");
        ana.calls_with_key("hold", wish).await.expect("the same answer, which was asked for again");
        told(otto.holds(&practice, at(3, "10:00")).await, FaultCode::SlotTaken);
        told(otto.confirms(&hold).await, FaultCode::NotFound);
        ana.confirms(&hold).await.expect("booked");
        told(ana.confirms(&hold).await, FaultCode::HoldExpired);
        assert_eq!(
            recorded(clinic, "slot.hold").await,
            [["begin", "ok"], ["begin", "ok"], ["begin", "slot_taken"]]
        );
        assert_eq!(
            recorded(clinic, "appointment.create").await,
            [["begin", "not_found"], ["begin", "ok"], ["begin", "hold_expired"]]
        );
    });
}

/// What a booking writes; what the hub does by itself meanwhile is not counted.
const BOOKING: [Point; 2] = [Point::CommitSchedule, Point::AppendAudit];

#[test]
fn a_booking_and_its_record_are_one_write() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        practice.dr.finds(practice.on("2027-01-18")).await;
        let before = clinic.memory().writes_at(&BOOKING);
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        assert_eq!(clinic.memory().writes_at(&BOOKING), before + 1);
        ana.confirms(&hold).await.expect("booked");
        assert_eq!(clinic.memory().writes_at(&BOOKING), before + 2);
    });
}

#[rstest]
#[case::saved(Failure::AmbiguousSaved, &["begin", "ok"])]
#[case::not_saved(Failure::AmbiguousNotSaved, &["begin", "outcome_unknown"])]
#[case::hung(Failure::Hang, &["begin", "outcome_unknown"])]
#[case::panicked(Failure::Panic, &["begin", "outcome_unknown"])]
#[case::aborted(Failure::Aborted, &["begin", "unavailable"])]
fn what_became_of_a_call_is_recorded_once(#[case] failure: Failure, #[case] phases: &[&str]) {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        clinic.memory().fail_next(Point::CommitSchedule, failure);
        let answer = ana.calls_with_key("hold", practice.hold(at(3, "10:00"))).await;
        assert_eq!(answer.is_ok(), failure == Failure::AmbiguousSaved);
        assert_eq!(recorded(clinic, "slot.hold").await, [phases]);
    });
}

#[test]
fn what_nobody_has_a_key_for_is_recorded_as_done_and_told_as_unknown() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let wish = practice.hold(at(3, "10:00"));
        clinic.memory().fail_next(Point::CommitSchedule, Failure::AmbiguousSaved);
        told(ana.calls(wish).await, FaultCode::OutcomeUnknown);
        let wanted = ["begin", "ok", "outcome_unknown"];
        assert_eq!(recorded(clinic, "slot.hold").await, [wanted]);
    });
}

#[test]
fn nothing_is_told_that_could_not_be_recorded() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        for _ in 0..2 {
            clinic.memory().fail_next(Point::AppendAudit, Failure::Aborted);
        }
        told(otto.confirms(&hold).await, FaultCode::Unavailable);
        told(otto.calls(ReadMe {}).await, FaultCode::Unavailable);
        assert!(clinic.memory().has_no_faults_left());
        assert_eq!(recorded(clinic, "appointment.create").await, Vec::<Vec<String>>::new());
        // Nobody knows whether it was done: that it could not be recorded makes it no surer.
        clinic.memory().fail_next(Point::CommitSchedule, Failure::AmbiguousNotSaved);
        clinic.memory().fail_next(Point::AppendAudit, Failure::Aborted);
        let lost = ana.calls_with_key("book", booking(&hold)).await;
        told(lost, FaultCode::OutcomeUnknown);
        // It was done, with its rows, and the key knows it: that these cannot be written again does not undo it.
        clinic.memory().fail_next(Point::CommitSchedule, Failure::AmbiguousSaved);
        clinic.memory().fail_next(Point::AppendAudit, Failure::Aborted);
        ana.calls_with_key("book", booking(&hold)).await.expect("booked");
        assert!(clinic.memory().has_no_faults_left());
    });
}

/// Phases of what was recorded of an operation, each with whether it was saved with what was changed.
async fn with_its_change(clinic: &Clinic, operation: &str) -> Vec<(String, bool)> {
    let mut rows = clinic.store.audit(10_000).await.expect("the log");
    rows.retain(|it| it.operation == operation);
    rows.reverse();
    let memory = clinic.memory();
    rows.into_iter().map(|it| (it.phase, memory.is_with_its_change(it.audit_id))).collect()
}

#[test]
fn what_was_done_is_recorded_with_what_it_changed() {
    tell(Kind::Memory, async |clinic| {
        let (visit, ana, _dr_b) = clinic.in_call().await;
        let done = |phase: &str, is_with| (phase.to_owned(), is_with);
        let admitted = with_its_change(clinic, "visit.admit").await;
        assert_eq!(admitted, [done("begin", false), done("ok", true)], "by the room");
        let written = [Point::CommitVisit, Point::AppendAudit];
        let before = clinic.memory().writes_at(&written);
        ana.who.calls(LeaveVisit { appointment_id: visit.id }).await.expect("left");
        assert_eq!(clinic.memory().writes_at(&written), before + 2, "begin, and all the rest");
        // To leave again changes nothing, and was done all the same.
        ana.who.calls(LeaveVisit { appointment_id: visit.id }).await.expect("left");
        let left = with_its_change(clinic, "visit.leave").await;
        assert_eq!(left[1..], [done("ok", true), done("begin", false), done("ok", false)]);
    });
}

#[test]
fn whether_it_was_done_is_recorded_though_nobody_knows() {
    tell(Kind::Memory, async |clinic| {
        let (visit, _ana, dr_b) = clinic.in_call().await;
        clinic.memory().fail_next(Point::CommitVisit, Failure::AmbiguousSaved);
        let invite = InviteGuest {
            appointment_id: visit.id,
            role: Role::Interpreter,
            display_name: "Ivo Fictional".into(),
        };
        told(dr_b.who.calls(invite).await, FaultCode::OutcomeUnknown);
        let invited = recorded(clinic, "visit.invite").await;
        assert_eq!(invited, [["begin", "ok", "outcome_unknown"]]);
    });
}

#[test]
fn what_was_done_though_nobody_knew_is_recorded_once() {
    tell(Kind::Memory, async |clinic| {
        let (visit, _ana, dr_b) = clinic.in_call().await;
        clinic.memory().fail_next(Point::CommitVisit, Failure::AmbiguousSaved);
        let invite = InviteGuest {
            appointment_id: visit.id,
            role: Role::Interpreter,
            display_name: "Ivo Fictional".into(),
        };
        dr_b.who.calls_with_key("k", invite).await.expect("the answer was kept");
        assert_eq!(recorded(clinic, "visit.invite").await, [["begin", "ok"]]);
    });
}

#[test]
fn a_refreshed_sign_in_is_one_write() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "ana").await.signs_in(clinic.hub).await;
        let refreshes = async || {
            let request = Request::new("POST", "/v1/auth/refresh");
            let cookie = ana.cookie.as_deref().expect("a cookie");
            let request = request.json(&json!({"session_id": ana.session_id}));
            request.with("cookie", cookie).send(clinic.hub).await
        };
        let written = [Point::Rotate, Point::AppendAudit];
        let before = clinic.memory().writes_at(&written);
        assert_eq!(refreshes().await.status, 200);
        assert_eq!(clinic.memory().writes_at(&written), before + 1);
        let rows = clinic.store.audit(2).await.expect("the log");
        let of = rows.iter().map(|it| (it.phase.as_str(), it.organisation.is_some()));
        assert_eq!(of.collect::<Vec<_>>(), [("ok", true), ("begin", false)], "and says whose");
        // What was stolen ends the session: that it was tried is on disk before.
        clinic.clock.advance(Duration::from_secs(600));
        clinic.memory().fail_next(Point::AppendAudit, Failure::Aborted);
        assert_eq!(refreshes().await.status, 503, "nothing is done that cannot be recorded");
        assert_eq!(refreshes().await.code(), "session_ended");
        let refreshed = recorded(clinic, "auth.refresh").await;
        let wanted = [["begin", "ok"], ["begin", "unavailable"], ["begin", "session_ended"]];
        assert_eq!(refreshed, wanted);
    });
}
