//! The hub looks at its data: all is well after people have lived in it, and administrators find what was found.

use crate::support::{Clinic, Kind, tell};
use bedside::node::checks::{Answer, Watch};
use bedside::node::demo;
use bedside::protocol::audit::{AuditEntry, SearchAudit};
use rstest::rstest;
use sea_orm::{ConnectionTrait as _, Database};
use std::time::Duration;

async fn found(clinic: &Clinic) -> Vec<AuditEntry> {
    let operation = Some("data.check".to_owned());
    let search = SearchAudit { operation, ..SearchAudit::default() };
    clinic.admin.calls(search).await.expect("the log").records
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_people_did_is_as_promised_and_what_somebody_spoilt_is_told(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        demo::prepare(&clinic.node, &clinic.clock).await.expect("a demo clinic");
        let (mut ana, mut dr_b) = clinic.chat().await;
        let gone = ana.says("It itches, fictionally.").await;
        dr_b.says("Since when, fictionally?").await;
        ana.deletes(gone.message_id).await.expect("taken back");
        clinic.node.order_audit().await;

        let mut inspector = clinic.node.inspector();
        let report = clinic.node.looking().check_data(&mut inspector).await;
        assert!(report.is_good(), "{report:?}");
        assert!(report.rows() > 100, "{report:?}");
        let last = clinic.metric("bedside_check_last_success_seconds").await;
        assert!(last > 0.0);
        let entries = found(clinic).await;
        let [it] = &entries[..] else { panic!("{entries:?}") };
        let target = it.target.as_ref().expect("how many");
        assert_eq!((it.outcome.as_str(), it.returned), ("ok", Some(0)));
        assert_eq!(
            (target.kind.as_str(), target.id.clone()),
            ("checks", report.asked().to_string())
        );

        // Somebody with the database lets a suspended person stay signed in.
        let shell = Database::connect(clinic.database()).await.expect("the database");
        let spoil = "UPDATE users SET suspended_at = 1 WHERE email = 'clinician@demo.invalid'
                     OR id IN (SELECT user_id FROM sessions)";
        shell.execute_unprepared(spoil).await.expect("spoilt");
        clinic.clock.advance(Duration::from_secs(60));
        let report = clinic.node.looking().check_data(&mut inspector).await;
        let wrong: Vec<_> = report.found.iter().filter(|it| it.answer == Answer::Wrong).collect();
        assert_eq!(wrong.iter().map(|it| it.check.name()).collect::<Vec<_>>(), ["sessions"]);
        let mend = "UPDATE users SET suspended_at = NULL";
        shell.execute_unprepared(mend).await.expect("mended");
        let metrics = clinic.metrics().await;
        let counted = format!("bedside_check_failures{{check=\"sessions\"}} {}", wrong[0].wrong);
        assert!(metrics.contains(&counted), "{metrics}");
        let entries = found(clinic).await;
        assert_eq!((entries[0].outcome.as_str(), entries[0].returned), ("internal", Some(1)));
    });
}

const HOUR: Duration = Duration::from_secs(60 * 60);

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn of_two_nodes_one_looks_each_night(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let other = clinic.twin(|_| {}).await;
        let (mut first, mut second) = (Watch::of(&clinic.node), Watch::of(&other.node));
        // It is eight in the morning, and four in the night twenty hours later.
        assert!(!first.turn().await && !second.turn().await, "it is not quiet");
        clinic.clock.advance(20 * HOUR);
        assert!(first.turn().await, "nobody has looked yet");
        assert!(!second.turn().await, "the log says that somebody has");
        clinic.clock.advance(20 * HOUR - Duration::from_secs(1));
        assert!(!first.turn().await && !second.turn().await);
        clinic.clock.advance(4 * HOUR + Duration::from_secs(1));
        assert!(second.turn().await);
        assert!(!first.turn().await, "the log says it, however long its own is ago");
        let mut restarted = Watch::of(&clinic.node);
        assert!(!restarted.turn().await);
        clinic.clock.advance(24 * HOUR);
        clinic.node.hand_over(HOUR);
        assert!(!first.turn().await);
        assert!(second.turn().await, "who goes leaves it to another one");
        other.goes().await;
    });
}
