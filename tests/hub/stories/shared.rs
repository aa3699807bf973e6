//! Several hubs of one clinic share a Redis: they read less, bound callers together, and lose nothing when it goes.

use crate::support::http::Request;
use crate::support::people::told;
use crate::support::redis::{Redis, with_redis};
use crate::support::{Clinic, Kind, at, tell_with};
use bedside::cache::Redis as Cache;
use bedside::clock::SystemClock;
use bedside::command::limits::{CREDENTIAL, Limits, MESSAGES, SharedBuckets};
use bedside::config::Config;
use bedside::crypto::Keys;
use bedside::protocol::auth::SignIn;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::operation::Pace;
use deadpool_redis::redis::cmd;
use sea_orm::{ConnectionTrait as _, Database};
use std::sync::Arc;
use std::time::{Duration, Instant};

const DAY: &str = "2027-01-18";

/// The one entry that there is, when it holds a schedule.
async fn entry(redis: &Redis) -> Option<(String, String)> {
    for key in redis.keys("schedule").await {
        if let Some(entry) = redis.field(&key, "entry").await {
            return Some((key, entry));
        }
    }
    None
}

async fn readiness(clinic: &Clinic) -> (u16, serde_json::Value) {
    let answer = Request::new("GET", "/readyz").send(clinic.hub).await;
    (answer.status, answer.json())
}

#[test]
fn what_one_hub_has_read_another_need_not_until_somebody_holds() {
    let Some(redis) = Redis::of_the_tests() else { return };
    tell_with(Kind::Sqlite, with_redis, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let [reads, repeats, sees] = [0, 0, 0].map(|_| clinic.twin(with_redis));
        let ana_at = |hub: &Clinic| crate::support::Someone { hub: hub.hub, ..ana.clone() };
        let reads = reads.await;
        // The owner has said that there is something new; that has to have come through before anybody keeps.
        clinic
            .soon("the schedule is kept", async || {
                clinic.clock.advance(Duration::from_secs(31));
                ana_at(&reads).finds(practice.on(DAY)).await;
                entry(&redis).await.is_some()
            })
            .await;
        let (_, sealed) = entry(&redis).await.expect("kept");
        assert!(!sealed.contains("Room 1"), "it can be read");
        // Whoever finds it there reads no table: somebody has taken the hours out of it.
        let shell = Database::connect(clinic.database()).await.unwrap();
        shell.execute_unprepared("DELETE FROM availability_templates").await.unwrap();
        let repeats = repeats.await;
        assert!(ana_at(&repeats).finds(practice.on(DAY)).await.contains(&at(3, "10:00")));
        // What the owner saves takes it away.
        ana.holds(&practice, at(3, "10:00")).await.expect("held");
        clinic.soon("it is taken away", async || entry(&redis).await.is_none()).await;
        let sees = sees.await;
        assert_eq!(ana_at(&sees).finds(practice.on(DAY)).await, [], "read from the table");
        for hub in [reads, repeats, sees] {
            hub.goes().await;
        }
    });
}

#[test]
fn whatever_stands_there_nothing_is_booked_twice() {
    let Some(redis) = Redis::of_the_tests() else { return };
    tell_with(Kind::Sqlite, with_redis, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let twin = clinic.twin(with_redis).await;
        let otto = crate::support::Someone { hub: twin.hub, ..otto };
        clinic
            .soon("the schedule is kept", async || {
                clinic.clock.advance(Duration::from_secs(31));
                otto.finds(practice.on(DAY)).await;
                entry(&redis).await.is_some()
            })
            .await;
        let (key, old) = entry(&redis).await.expect("kept");
        ana.holds(&practice, at(3, "10:00")).await.expect("held");
        clinic.soon("it is taken away", async || entry(&redis).await.is_none()).await;
        // Somebody puts the old one back. A fresh hub believes it, and the owner does not.
        let mut on = redis.connects().await;
        let mut put = async |entry: &str| {
            let mut put = cmd("HSET");
            put.arg(&key).arg("entry").arg(entry).arg("all").arg("");
            put.query_async::<()>(&mut on).await.unwrap();
        };
        put(&old).await;
        let fresh = clinic.twin(with_redis).await;
        let there = crate::support::Someone { hub: fresh.hub, ..otto.clone() };
        assert!(there.finds(practice.on(DAY)).await.contains(&at(3, "10:00")), "the old one");
        told(there.holds(&practice, at(3, "10:00")).await, FaultCode::SlotTaken);
        fresh.goes().await;
        // What nobody of ours has written, or what is too old, is not there.
        for text in ["", "AAAA", "{\"at\":0}", &old[..old.len() - 4]] {
            put(text).await;
            let fresh = clinic.twin(with_redis).await;
            let there = crate::support::Someone { hub: fresh.hub, ..otto.clone() };
            let found = there.finds(practice.on(DAY)).await;
            assert!(!found.contains(&at(3, "10:00")) && found.contains(&at(3, "10:30")), "{text}");
            fresh.goes().await;
        }
        clinic.clock.advance(Duration::from_secs(31));
        put(&old).await;
        let fresh = clinic.twin(with_redis).await;
        let there = crate::support::Someone { hub: fresh.hub, ..otto.clone() };
        assert!(!there.finds(practice.on(DAY)).await.contains(&at(3, "10:00")), "too old");
        fresh.goes().await;
        // A key of another kind in its place.
        cmd("SET").arg(&key).arg("x").query_async::<()>(&mut redis.connects().await).await.unwrap();
        let fresh = clinic.twin(with_redis).await;
        let there = crate::support::Someone { hub: fresh.hub, ..otto.clone() };
        assert!(there.finds(practice.on(DAY)).await.contains(&at(3, "10:30")));
        there.holds(&practice, at(3, "10:30")).await.expect("held");
        fresh.goes().await;
        twin.goes().await;
    });
}

#[test]
fn it_is_killed_paused_and_flushed_and_people_book_on() {
    if Redis::of_the_tests().is_none() {
        return;
    }
    let mut redis = actix::System::new().block_on(Redis::own()).expect("a server");
    tell_with(Kind::Sqlite, with_redis, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let books = async |begin: &str| {
            assert!(ana.finds(practice.on(DAY)).await.contains(&at(3, begin)), "{begin}");
            ana.makes(&practice, at(3, begin)).await;
            assert!(!ana.finds(practice.on(DAY)).await.contains(&at(3, begin)), "{begin}");
        };
        let is_degraded = async |expected: bool| {
            clinic
                .soon("readiness says so", async || {
                    let (status, said) = readiness(clinic).await;
                    assert_eq!((status, &said["ready"]), (200, &true.into()));
                    said["degraded"] == expected && said["parts"]["redis"] == !expected
                })
                .await;
        };
        books("08:00").await;
        is_degraded(false).await;
        redis.is_killed();
        books("09:00").await;
        is_degraded(true).await;
        redis.starts().await;
        is_degraded(false).await;
        books("10:00").await;
        redis.pauses();
        let began = Instant::now();
        books("11:00").await;
        is_degraded(true).await;
        assert!(began.elapsed() < Duration::from_secs(15), "nobody waits for it at every step");
        redis.goes_on();
        is_degraded(false).await;
        redis.is_flushed().await;
        books("12:00").await;
        is_degraded(false).await;
        assert!(clinic.metric("bedside_redis_unanswered_total").await >= 2.0);
    });
}

#[test]
fn a_guesser_gets_no_further_at_two_hubs_than_at_one() {
    let Some(redis) = Redis::of_the_tests() else { return };
    tell_with(Kind::Sqlite, with_redis, async |clinic| {
        let twin = clinic.twin(with_redis).await;
        let guess = || SignIn {
            email: "ana@clinic.invalid".into(),
            password: "a wrong passphrase".into(),
            devices: vec![],
        };
        let (began, mut tried) = (Instant::now(), 0);
        loop {
            let hub = if tried % 2 == 0 { clinic.hub } else { twin.hub };
            let fault = crate::support::Someone::stranger(hub).calls(guess()).await;
            match fault.expect_err("no such passphrase").code {
                FaultCode::WrongCredentials => tried += 1,
                code => {
                    assert_eq!(code, FaultCode::TooManyRequests);
                    break;
                }
            }
            assert!(tried <= 10 + began.elapsed().as_secs() + 1, "{tried} guesses");
        }
        for key in redis.keys("bucket").await {
            assert!(!key.contains("127.0.0.1") && !key.contains("ana"), "{key}");
        }
        twin.goes().await;
    });
}

#[test]
fn buckets_are_one_while_it_is_there_and_each_nodes_own_while_it_is_not() {
    if Redis::of_the_tests().is_none() {
        return;
    }
    actix::System::new().block_on(async {
        let mut redis = Redis::own().await.expect("a server");
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        with_redis(&mut config);
        let node = || {
            let keys = Arc::new(Keys::open(folder.path()).unwrap());
            let cache = Cache::open(&config.redis, keys, Arc::new(SystemClock));
            let cache = cache.expect("opens").expect("configured");
            (Limits::new(Some(Arc::clone(&cache) as Arc<dyn SharedBuckets>)), cache)
        };
        let nodes = [node(), node()];
        // How many of two bursts pass.
        let passes = async |key: &str| {
            let (began, mut passed) = (Instant::now(), 0_u64);
            for turn in 0..2 * CREDENTIAL.burst {
                let (limits, _) = &nodes[turn as usize % 2];
                passed += u64::from(limits.take(Pace::Credential, key).await.is_ok());
            }
            (passed, passed <= 60 + 2 * began.elapsed().as_secs() + 2)
        };
        let (passed, is_bounded) = passes("a").await;
        assert!(passed >= 60 && is_bounded, "{passed}");
        assert!(passes("b").await.0 >= 60, "another caller has a bucket of their own");
        // Messages of one person, who writes at both.
        let (began, mut passed) = (Instant::now(), 0_u64);
        for turn in 0..2 * MESSAGES.burst {
            let (limits, _) = &nodes[turn as usize % 2];
            passed += u64::from(limits.take_message("a").await.is_ok());
        }
        let most = 40 + 10 * (began.elapsed().as_secs() + 1);
        assert!((40..=most).contains(&passed), "{passed} messages of {most}");
        // What somebody else has put there keeps nobody out for longer than an empty bucket does.
        let mut on = redis.connects().await;
        for key in redis.keys("bucket").await {
            cmd("SET").arg(key).arg("99999999999999999").query_async::<()>(&mut on).await.unwrap();
        }
        let fault = nodes[0].0.take(Pace::Credential, "a").await.expect_err("empty");
        assert!(fault.after_ms.is_some_and(|it| it <= 500), "{fault:?}");
        redis.is_killed();
        let (passed, _) = passes("c").await;
        assert!(passed >= 110, "each node counts for itself: {passed}");
        redis.starts().await;
        for (_, cache) in &nodes {
            cache.look().await;
            assert!(cache.is_here());
        }
        let (passed, is_bounded) = passes("d").await;
        assert!(passed >= 60 && is_bounded, "{passed}");
    });
}
