//! What is old is deleted, and what is still needed is not.

use crate::support::{Clinic, Kind, tell};
use bedside::auth::SESSION_FOR;
use bedside::protocol::auth::CreateJoinToken;
use bedside::protocol::operation::Operation as _;
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn is_answer_kept(clinic: &Clinic, key: &str) -> bool {
    let caller = format!("person:{}", clinic.admin.person_id.expect("an account"));
    let found = clinic.store.answered(&caller, CreateJoinToken::NAME, key).await;
    found.expect("a look").is_some()
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn answers_are_kept_for_a_month_and_sign_ins_for_a_week_after_their_end(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let op = CreateJoinToken { appointment_id: visit.id, participant_id: Some(visit.patient) };
        clinic.admin.calls_with_key("the-key", op).await.expect("a link");
        let session = ana.session_id.expect("signed in");
        assert!(is_answer_kept(clinic, "the-key").await);

        clinic.clock.advance(SESSION_FOR + 7 * DAY);
        clinic.node.keep_house().await;
        assert!(clinic.store.session(session).await.expect("a look").is_some(), "a week");
        clinic.clock.advance(Duration::from_secs(1));
        clinic.node.keep_house().await;
        assert!(clinic.store.session(session).await.expect("a look").is_none());
        assert!(is_answer_kept(clinic, "the-key").await, "not so soon");

        clinic.clock.advance(22 * DAY - Duration::from_secs(1));
        clinic.node.keep_house().await;
        assert!(is_answer_kept(clinic, "the-key").await, "thirty days");
        clinic.clock.advance(Duration::from_millis(1));
        clinic.node.keep_house().await;
        assert!(!is_answer_kept(clinic, "the-key").await);
        let metrics = clinic.metrics().await;
        for table in ["sessions", "idempotency_keys"] {
            let counted = format!("bedside_rows_deleted_total{{table=\"{table}\"}}");
            let line = metrics.lines().find(|it| it.starts_with(&counted)).expect("counted");
            assert!(!line.ends_with(" 0"), "{line}");
        }
    });
}

#[test]
fn a_store_that_fails_is_asked_again_at_the_next_run() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let session = ana.session_id.expect("signed in");
        clinic.clock.advance(SESSION_FOR + 8 * DAY);
        for point in [Point::ForgetAnswers, Point::ForgetSessions] {
            clinic.memory().fail_next(point, Failure::Aborted);
        }
        clinic.node.keep_house().await;
        assert!(clinic.store.session(session).await.expect("a look").is_some());
        clinic.node.keep_house().await;
        assert!(clinic.store.session(session).await.expect("a look").is_none());
    });
}
