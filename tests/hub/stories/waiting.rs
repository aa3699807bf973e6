//! A place becomes free, and those who wait hear of it one after the other.

use crate::support::{Clinic, Kind, Practice, Someone, at, tell};
use bedside::clock::Clock as _;
use bedside::protocol::booking::{JoinWaitlist, LeaveWaitlist, ListWaitlist};
use bedside::protocol::notice::{ListInbox, NoticeTopic};
use rstest::rstest;
use std::time::Duration;

/// How long one is told before the next.
const TURN: Duration = Duration::from_secs(30 * 60);

async fn waits(clinic: &Clinic, practice: &Practice, name: &str) -> Someone {
    let who = clinic.patient(name).await;
    let wish = JoinWaitlist {
        service_id: practice.service_id(),
        clinician_id: None,
        from: clinic.clock.now(),
        until: at(5, "10:00"),
    };
    who.calls(wish).await.expect("waits");
    // Who comes later has a later time.
    clinic.clock.advance(Duration::from_secs(1));
    who
}

/// How often they were told of a free place. Their token may have ended meanwhile.
async fn times_told(clinic: &Clinic, who: &Someone) -> usize {
    let inbox = clinic.again(who).await.calls(ListInbox {}).await.expect("theirs");
    inbox.messages.iter().filter(|it| it.topic == NoticeTopic::PlaceFree).count()
}

async fn told(clinic: &Clinic, all: [&Someone; 3], expected: [usize; 3]) {
    clinic
        .soon("the messages", async || {
            let mut found = [0; 3];
            for (found, who) in found.iter_mut().zip(all) {
                *found = times_told(clinic, who).await;
            }
            found == expected
        })
        .await;
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn one_after_the_other_and_each_once(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let card = ana.makes(&practice, at(3, "10:00")).await;
        let wanda = waits(clinic, &practice, "Wanda Fictional").await;
        let otto = waits(clinic, &practice, "Otto Fictional").await;
        let mia = waits(clinic, &practice, "Mia Fictional").await;
        let all = [&wanda, &otto, &mia];

        ana.cancels(&card).await.expect("cancelled");
        told(clinic, all, [1, 0, 0]).await;
        clinic.clock.advance(TURN - Duration::from_secs(60));
        clinic.node.offer_places().await;
        assert_eq!(times_told(clinic, &otto).await, 0, "it is Wanda's turn");

        // The hub goes away in between, and the next one goes on.
        clinic.restarts().await;
        clinic.clock.advance(Duration::from_secs(61));
        clinic.node.offer_places().await;
        told(clinic, all, [1, 1, 0]).await;

        // Somebody looks at it for some minutes, and lets it go: Mia's turn comes a little later.
        let hold = clinic.again(&otto).await.holds(&practice, at(3, "10:00")).await.expect("held");
        clinic.clock.advance(TURN);
        let otto = clinic.again(&otto).await;
        clinic.node.offer_places().await;
        otto.releases(&hold).await.expect("let go");
        clinic.clock.advance(Duration::from_secs(61));
        clinic.node.offer_places().await;
        told(clinic, all, [1, 1, 1]).await;

        // Everybody knows: nobody is told again.
        for _ in 0..3 {
            clinic.clock.advance(TURN);
            clinic.node.offer_places().await;
        }
        let cancelled = clinic.again(&otto).await.makes(&practice, at(3, "10:00")).await;
        told(clinic, all, [1, 1, 1]).await;
        // Free anew, it is another place.
        clinic.again(&otto).await.cancels(&cancelled).await.expect("cancelled");
        told(clinic, all, [2, 1, 1]).await;
    });
}

#[test]
fn who_books_or_waits_no_longer_ends_it() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let card = ana.makes(&practice, at(3, "10:00")).await;
        let wanda = waits(clinic, &practice, "Wanda Fictional").await;
        let otto = waits(clinic, &practice, "Otto Fictional").await;
        let mia = waits(clinic, &practice, "Mia Fictional").await;
        ana.cancels(&card).await.expect("cancelled");
        told(clinic, [&wanda, &otto, &mia], [1, 0, 0]).await;
        let entries = otto.calls(ListWaitlist {}).await.expect("his").entries;
        otto.calls(LeaveWaitlist { waitlist_id: entries[0].waitlist_id }).await.expect("left");
        clinic.clock.advance(TURN);
        clinic.node.offer_places().await;
        told(clinic, [&wanda, &otto, &mia], [1, 0, 1]).await;
        clinic.again(&mia).await.makes(&practice, at(3, "10:00")).await;
        clinic.clock.advance(TURN);
        let late = waits(clinic, &practice, "Late Fictional").await;
        clinic.node.offer_places().await;
        assert_eq!(times_told(clinic, &late).await, 0, "it is taken");
    });
}

#[test]
fn two_places_are_told_to_two_and_then_to_the_other() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let first = ana.makes(&practice, at(3, "10:00")).await;
        let second = ana.makes(&practice, at(3, "11:00")).await;
        let wanda = waits(clinic, &practice, "Wanda Fictional").await;
        let otto = waits(clinic, &practice, "Otto Fictional").await;
        let all = [&wanda, &otto, &ana];
        ana.cancels(&first).await.expect("cancelled");
        told(clinic, all, [1, 0, 0]).await;
        ana.cancels(&second).await.expect("cancelled");
        told(clinic, all, [1, 1, 0]).await;
        for _ in 0..4 {
            clinic.clock.advance(TURN);
            clinic.node.offer_places().await;
        }
        told(clinic, all, [2, 2, 0]).await;
    });
}
