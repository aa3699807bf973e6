//! What organisations of one deployment have in common: the node that serves them, and the program at its terminal.

use super::houses::terminal;
use crate::support::{Clinic, Kind, Someone, eventually, tell};
use bedside::clock::Clock as _;
use bedside::protocol::ids::NoticeId;
use bedside::protocol::person::Role;
use bedside::protocol::support::ReadNodeState;
use bedside::store::outbox::{Channel, NewNotice, NoticeKind, Settled};
use rstest::rstest;
use sea_orm::Database;
use std::time::Duration;
use uuid::Uuid;

/// A message to somebody that was given up. It is due so late that the node's own courier does not take it.
async fn given_up(clinic: &Clinic, who: &Someone) {
    let now = clinic.clock.now();
    let due_at = now.plus(Duration::from_secs(3_000 * 86_400));
    let notice_id = NoticeId(Uuid::now_v7());
    let notice = NewNotice {
        notice_id,
        person_id: who.person_id.unwrap(),
        kind: NoticeKind::PlaceFree,
        channel: Channel::Inbox,
        appointment_id: None,
        version: 0,
        due_at,
        useless_at: None,
    };
    let store = &clinic.store;
    store.add_notices(vec![notice]).await.expect("kept");
    let lease = Duration::from_secs(1);
    let taken = store.take_due(Channel::Inbox, due_at, lease, 10_000).await.expect("taken");
    let attempt = taken.iter().find(|it| it.notice.notice_id == notice_id).expect("it").attempts;
    store.settle(notice_id, attempt, Settled::Dead("refused"), now).await.expect("settled");
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn how_the_node_is_is_the_same_for_everybody(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        given_up(clinic, &ana).await;
        let house = clinic.another_house().await;
        let kim = clinic.person(Role::Support, "Kim Fictional").await;
        let sol = clinic.person_of(house, Role::Support, "Sol Elsewhere").await;
        for who in [kim, sol] {
            let node = who.calls(ReadNodeState {}).await.expect("how it is");
            assert_eq!(node.notices_dead, 1, "{}", who.name);
        }
    });
}

#[test]
fn an_organisation_is_not_made_beside_a_program_that_knows_none() {
    tell(Kind::Postgres, async |clinic| {
        let add = ["organisation", "add", "--name", "Clinic of the Invented", "--slug", "second"];
        let older = format!("{}?application_name=bedside", clinic.database());
        let older = Database::connect(older).await.expect("connected");
        let (done, said) = terminal(clinic, &add, "");
        assert!(!done && said.contains("end it first"), "{said}");
        let (done, said) = terminal(clinic, &["organisation", "list"], "");
        assert_eq!((done, said.lines().count()), (true, 1), "{said}");
        older.close().await.expect("gone");
        eventually("the server has noticed", async || terminal(clinic, &add, "").0).await;
    });
}
