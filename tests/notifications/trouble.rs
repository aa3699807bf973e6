//! What goes wrong on the way: servers that are down, defer, refuse and hang, and couriers that die.

use crate::smtp::Manner;
use crate::world::{DAY, Kind, World, closed, open};
use bedside::notifications::{backoff, breaker};
use bedside::protocol::ids::OrganisationId;
use bedside::store::memory::{Failure, Point};
use bedside::store::outbox::{Channel, Preferences};
use std::collections::BTreeSet;
use std::time::Duration;

/// Nobody but the patient wants mail, so that there is one.
async fn one_reader(world: &World) {
    let wanted = Preferences { email: false, ..Preferences::default() };
    world.store.save_preferences(world.dr_bo, wanted, None).await.unwrap();
}

/// The longest wait of a try; nothing of two days later is due by then.
const LATER: Duration = backoff::LONGEST;

#[tokio::test]
async fn a_courier_that_dies_after_sending_sends_the_same_mail_again() {
    let mut world = closed(Kind::Memory).await;
    one_reader(&world).await;
    world.limits.longest_nap = Duration::from_millis(50);
    let memory = world.memory.clone().unwrap();
    world.books(2 * DAY).await;
    // Whatever the first courier wants to settle, it does not come to it: the store hangs longer than it lives.
    for _ in 0..12 {
        memory.fail_next(Point::Settle, Failure::Hang);
    }
    world.starts();
    let first = world.smtp.catches(1).await;
    world.courier = None;
    let taken = world.store.next_due(Channel::Email).await.unwrap().unwrap();
    assert!(world.is_leased(taken), "the lease of the dead holds");

    world.clock.advance(world.limits.lease);
    world.starts();
    let both = world.smtp.catches(2).await;
    let ids: BTreeSet<_> = both.iter().map(|it| it.header("Message-ID").unwrap()).collect();
    assert_eq!(ids.len(), 1, "a receiver can tell that it is the same");
    assert_eq!(first[0].body(), both[1].body());
}

#[tokio::test]
async fn an_end_that_could_not_be_saved_at_once_is_saved_later() {
    let world = closed(Kind::Memory).await;
    one_reader(&world).await;
    let memory = world.memory.clone().unwrap();
    for failure in [Failure::Aborted, Failure::AmbiguousSaved, Failure::AmbiguousNotSaved] {
        memory.fail_next(Point::Settle, failure);
    }
    world.books(2 * DAY).await;
    let mut world = world;
    world.starts();
    world.is_settled().await;
    world.clock.advance(world.limits.lease);
    world.is_settled().await;
    assert_eq!(world.smtp.caught().len(), 1, "and nothing was sent twice");
}

#[tokio::test]
async fn a_server_that_is_down_gets_the_mail_when_it_is_back() {
    let mut world = open(Kind::Sqlite).await;
    one_reader(&world).await;
    world.smtp.stop().await;
    world.books(2 * DAY).await;
    for attempt in 1..4_u32 {
        world.is_retried().await;
        let next = world.store.next_due(Channel::Email).await.unwrap().unwrap();
        let wait = next.since(world.clock_now());
        let bound = backoff::FIRST * 2_u32.pow(attempt - 1);
        assert!((backoff::SHORTEST..=bound).contains(&wait), "try {attempt}: {wait:?}");
        if attempt == 3 {
            world.smtp.start_again().await;
        }
        world.passes(wait);
    }
    world.smtp.catches(1).await;
    world.is_settled().await;
    assert_eq!(world.smtp.caught().len(), 1, "once");
}

#[tokio::test]
async fn what_is_deferred_is_tried_again_and_what_hangs_is_given_up_for_now() {
    let mut world = closed(Kind::Sqlite).await;
    one_reader(&world).await;
    world.limits.deadline = Duration::from_secs(1);
    world.smtp.next([
        Manner::Mail("451 4.7.1 try later"),
        Manner::Hang,
        Manner::Recipient("450 4.2.1 busy"),
    ]);
    world.books(2 * DAY).await;
    world.starts();
    for _ in 0..3 {
        world.is_retried().await;
        world.passes(LATER);
    }
    let mails = world.smtp.catches(1).await;
    world.is_settled().await;
    let read = world.smtp.reads(3).await;
    let id = mails[0].header("Message-ID").unwrap();
    assert!(read.iter().all(|it| it.contains(&id)), "every try carries the same id");
    assert_eq!(world.smtp.caught().len(), 1);
}

#[tokio::test]
async fn a_refused_mail_is_a_dead_letter_until_it_is_revived() {
    for kind in [Kind::Memory, Kind::Sqlite] {
        let world = open(kind).await;
        one_reader(&world).await;
        world.smtp.next([Manner::Recipient("550 5.1.1 no such mailbox")]);
        world.books(2 * DAY).await;
        world.is_settled().await;
        assert_eq!(world.smtp.caught().len(), 0);
        let dead = world.store.dead_notices(OrganisationId::FIRST, 10).await.unwrap();
        let [letter] = dead.as_slice() else { panic!("{} dead", dead.len()) };
        assert_eq!((letter.failure.as_deref(), letter.attempts), (Some("refused"), 1));
        assert_eq!(letter.notice.person_id, world.pat);

        let now = world.clock_now();
        assert_eq!(world.store.revive(letter.notice.notice_id, now, None).await, Ok(true));
        world.is_settled().await;
        assert_eq!(world.smtp.caught().len(), 1);
        assert_eq!(world.store.dead_notices(OrganisationId::FIRST, 10).await, Ok(vec![]));
    }
}

#[tokio::test]
async fn what_fails_for_hours_is_given_up() {
    let world = open(Kind::Memory).await;
    one_reader(&world).await;
    world.smtp.otherwise(Manner::Mail("452 4.3.1 no room"));
    world.books(20 * DAY).await;
    for _ in 1..backoff::MAX_ATTEMPTS {
        world.is_retried().await;
        world.passes(LATER);
    }
    world.is_settled().await;
    let dead = world.store.dead_notices(OrganisationId::FIRST, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].failure.as_deref(), dead[0].attempts), (Some("deferred"), 16));
    assert_eq!(world.smtp.reads(16).await.len(), 16, "as often as it may be tried");
}

#[tokio::test]
async fn a_channel_that_fails_is_left_alone_and_tried_with_one_message() {
    let mut world = closed(Kind::Memory).await;
    world.smtp.otherwise(Manner::Greet("421 4.3.2 shutting down"));
    // Two mails each; one at a time, so that each failure is counted before the next.
    world.limits.at_once = 1;
    for number in 0..4 {
        world.books(2 * DAY + number * DAY).await;
    }
    world.starts();
    let failures = usize::try_from(breaker::FAILURES).unwrap();
    world.eventually("the breaker", async || world.smtp.connections() >= failures).await;
    // All that was retried would be due, but the channel is closed.
    for _ in 0..3 {
        world.has_looked().await;
    }
    assert_eq!(world.smtp.connections(), failures, "nothing passes");

    world.passes(breaker::OPEN_FOR);
    world.eventually("a probe", async || world.smtp.connections() == failures + 1).await;
    for _ in 0..3 {
        world.has_looked().await;
    }
    assert_eq!(world.smtp.connections(), failures + 1, "one probe, and it opened anew");

    world.smtp.otherwise(Manner::Take);
    for _ in 0..12 {
        world.passes(LATER / 12);
        world.has_looked().await;
    }
    world.is_settled().await;
    let mails = world.smtp.catches(8).await;
    let ids: BTreeSet<_> = mails.iter().map(|it| it.header("Message-ID").unwrap()).collect();
    assert_eq!((mails.len(), ids.len()), (8, 8));
    assert_eq!(world.store.dead_notices(OrganisationId::FIRST, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn a_courier_that_drains_ends_what_it_began_and_takes_nothing_more() {
    let mut world = closed(Kind::Memory).await;
    one_reader(&world).await;
    world.books(2 * DAY).await;
    world.starts();
    world.smtp.catches(1).await;
    let courier = world.courier.take().unwrap();
    courier.drain();
    world.eventually("the end", async || courier.has_stopped()).await;
    let next = world.store.next_due(Channel::Email).await.unwrap();
    assert!(next.is_none_or(|it| it > world.clock_now().plus(world.limits.lease)), "settled");
    world.books(3 * DAY).await;
    courier.wake().notify_one();
    assert!(courier.has_stopped());
    assert_eq!(world.store.backlog(world.clock_now()).await.unwrap().due, 2, "left to the next");
}
