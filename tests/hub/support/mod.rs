//! A clinic for one story: a node that serves on a port of its own, people, a media plane that does what it is told.

pub(crate) mod authenticator;
pub(crate) mod balp;
#[path = "../../support/canary.rs"]
pub(crate) mod canary;
pub(crate) mod chat;
pub(crate) mod clinic;
pub(crate) mod files;
pub(crate) mod fold;
#[allow(dead_code, reason = "the storm uses all of it")]
#[path = "../../support/follower.rs"]
pub(crate) mod follower;
pub(crate) mod http;
pub(crate) mod identity;
pub(crate) mod logs;
pub(crate) mod mails;
pub(crate) mod media;
mod panics;
#[allow(dead_code, reason = "the reader's own tests use the rest of it")]
#[path = "../../support/paper.rs"]
pub(crate) mod paper;
pub(crate) mod party;
pub(crate) mod people;
mod postgres;
pub(crate) mod practice;
pub(crate) mod provider;
pub(crate) mod raw;
pub(crate) mod redis;
pub(crate) mod s3;
pub(crate) mod socket;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../../support/template.rs"]
mod template;
#[path = "../../support/tls.rs"]
pub(crate) mod tls;
#[path = "../../support/transit.rs"]
pub(crate) mod transit;

pub(crate) use chat::Chat;
pub(crate) use clinic::{Booked, Clinic, Kind, SLOT, tell, tell_at, tell_in_bucket, tell_with};
pub(crate) use party::Party;
pub(crate) use people::Someone;
pub(crate) use practice::{LENGTH, Practice, at};
pub(crate) use socket::Socket;

use std::future::Future;
use std::time::Duration;

/// How long a story waits for what it expects. Long, because test machines are busy; nobody waits for it in vain twice.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Waits for `what`, up to the deadline.
pub(crate) async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(done) => done,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Asks again and again until it is so, up to the deadline. For what nobody is told of.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    in_time(what, async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
