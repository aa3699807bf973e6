//! Whoever follows a topic sees a record: that is in the audit log before they are told anything, or they are told nothing.

use crate::support::people::told;
use crate::support::{Clinic, Kind, Someone, tell};
use bedside::command::limits::FOLLOWS;
use bedside::protocol::audit::ListOwnAccess;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::ids::AppointmentId;
use bedside::protocol::person::ReadMe;
use bedside::protocol::topic::Topic;
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use uuid::Uuid;

/// What was recorded of following, in order: name, outcome, what it was about and how many were shown.
async fn recorded(clinic: &Clinic, by: &Someone) -> Vec<(String, String, String, Option<u32>)> {
    let mut rows = clinic.store.audit(10_000).await.expect("the log");
    let who = format!("person:{}", by.person_id.unwrap());
    rows.retain(|it| {
        it.operation.ends_with(".follow") && it.caller.as_deref() == Some(who.as_str())
    });
    rows.reverse();
    let row = |it: bedside::store::AuditRecordRead| {
        (it.operation, it.phase, it.target.unwrap(), it.returned.map(|it| it.count))
    };
    rows.into_iter().map(row).collect()
}

fn row(
    name: &str,
    outcome: &str,
    target: String,
    shown: Option<u32>,
) -> (String, String, String, Option<u32>) {
    (name.to_owned(), outcome.to_owned(), target, shown)
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn each_topic_that_is_followed_is_an_access(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let eve = clinic.patient("Eve Invented").await;
        let visit = clinic.books(&ana, &dr_b).await;
        let (doctor, patient) = (dr_b.person_id.unwrap(), ana.person_id.unwrap());
        let mut socket = dr_b.connects(Codec::MessagePack).await;
        for topic in [
            Topic::Visit(visit.id),
            Topic::Agenda(doctor),
            Topic::Schedule(doctor),
            Topic::Mailbox(doctor),
            Topic::Openings(doctor),
        ] {
            socket.follows(topic).await.expect("may follow");
        }
        let rows = recorded(clinic, &dr_b).await;
        let names: Vec<_> = rows.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
        let ok = |name| (name, "ok");
        let all =
            [ok("visit.follow"), ok("agenda.follow"), ok("schedule.follow"), ok("mailbox.follow")];
        assert_eq!(names, all, "openings say nothing of anybody");
        assert_eq!(rows[0].2, format!("appointment_id:{}", visit.id));
        assert_eq!((rows[1].2.clone(), rows[0].3), (format!("person_id:{doctor}"), None));
        assert!(rows[1].3.is_some_and(|it| it > 0), "what was in the list: {rows:?}");
        assert!(rows[2].3.is_some_and(|it| it > 0), "and in the calendar: {rows:?}");
        assert_eq!(rows[3].3, Some(0));

        let mut stranger = eve.connects(Codec::Json).await;
        for topic in [Topic::Visit(visit.id), Topic::Agenda(patient), Topic::Mailbox(patient)] {
            told(stranger.follows(topic).await, FaultCode::NotFound);
        }
        assert_eq!(
            recorded(clinic, &eve).await,
            [
                row("visit.follow", "not_found", format!("appointment_id:{}", visit.id), None),
                row("agenda.follow", "not_found", format!("person_id:{patient}"), None),
                row("mailbox.follow", "not_found", format!("person_id:{patient}"), None),
            ]
        );

        // She reads who had her visit open, and which lists she was in.
        clinic.node.order_audit().await;
        let own = ana.calls(ListOwnAccess::default()).await.expect("who saw it").accesses;
        let mut seen: Vec<_> = own
            .iter()
            .filter(|it| it.operation.ends_with(".follow"))
            .map(|it| (it.operation.as_str(), it.is_read))
            .collect();
        seen.sort_unstable();
        let wanted = [("agenda.follow", true), ("schedule.follow", true), ("visit.follow", true)];
        assert_eq!(seen, wanted, "{own:?}");
    });
}

#[test]
fn nothing_is_told_to_a_follower_whose_access_could_not_be_recorded() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = clinic.chat().await;
        let (id, mut ana) = (ana.id, ana);
        let mut socket = clinic.signs_in_again(&dr_b.who).await.connects(Codec::Json).await;
        let topic = Topic::Conversation(id);
        clinic.memory().fail_next(Point::AppendAudit, Failure::Aborted);
        told(socket.follows(topic).await, FaultCode::Unavailable);
        assert!(clinic.memory().has_no_faults_left());
        assert_eq!(socket.state(topic), None);
        // And nothing later, which is for those who follow.
        ana.says("plainly fictional words").await;
        socket.calls(ReadMe {}).await.expect("an answer, behind whatever was told before");
        assert_eq!(socket.state(topic), None);
        socket.follows(topic).await.expect("recorded this time");
        let rows = recorded(clinic, &dr_b.who).await;
        let last = rows.last().expect("a row");
        assert_eq!((last.0.as_str(), last.1.as_str()), ("conversation.follow", "ok"));
    });
}

/// What one socket may ask for at once, and more.
const A_SOCKET: u32 = 40;

#[test]
fn whoever_follows_at_random_fills_no_log() {
    tell(Kind::Memory, async |clinic| {
        let eve = clinic.patient("Eve Invented").await;
        let (mut refused, mut bounded) = (0_usize, 0_usize);
        // A socket that asks too fast is closed before that: so it is one after the other.
        for _ in 0..FOLLOWS.burst / A_SOCKET + 2 {
            let mut socket = eve.connects(Codec::MessagePack).await;
            for _ in 0..A_SOCKET {
                let nowhere = Topic::Visit(AppointmentId(Uuid::now_v7()));
                match socket.follows(nowhere).await.expect_err("there is no such visit").code {
                    FaultCode::NotFound => refused += 1,
                    FaultCode::TooManyRequests => bounded += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(bounded > 0, "{refused} of them were looked up");
        assert_eq!(recorded(clinic, &eve).await.len(), refused, "what is bounded is not recorded");
    });
}
