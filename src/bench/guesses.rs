//! How long a sign-in is refused, by what there is of the account: one that exists, none, one without a password. Who guesses addresses must
//! not be able to tell them apart, so besides medians there is `z` of Mann and Whitney against the first kind: how many standard
//! deviations the order of both samples is away from that of one sample. Beyond ±3 somebody should look; what the machine does meanwhile counts.

use crate::bench::door::{Door, said};
use crate::bench::figures::{Spans, rounded};
use crate::clock::{Clock as _, SystemClock};
use crate::command::{Call, call};
use crate::protocol::auth::SignIn;
use crate::protocol::fault::FaultCode;
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::store::PersonRecord;
use crate::store::people::Standing;
use serde_json::{Map, Value, json};
use std::io::{Error, Result};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Refusals of each kind, each of another account and from another address.
const SAMPLES: u32 = 100;
/// Before anything is measured.
const WARM: u32 = 4;
const KINDS: [&str; 3] = ["exists", "nobody", "without_password"];

/// Measures it, one kind after the other in turn, so that whatever else the machine does meets all of them.
pub(super) async fn measure(door: &Door) -> Result<Value> {
    let hash = crate::auth::password::hash("a fictional passphrase".into()).await;
    let hash = hash.map_err(|it| said(&it))?;
    let mut samples = [vec![], vec![], vec![]];
    for number in 0..SAMPLES.saturating_add(WARM) {
        // Each of them is the first of a turn as often as the others.
        let first = usize::try_from(number).unwrap_or_default() % KINDS.len();
        let turn = KINDS.into_iter().zip(&mut samples).collect::<Vec<_>>();
        let (later, sooner): (Vec<_>, Vec<_>) =
            turn.into_iter().enumerate().partition(|(at, _)| *at < first);
        for (_, (kind, sample)) in sooner.into_iter().chain(later) {
            let email = format!("{kind}.{number}@guesses.invalid");
            match kind {
                "exists" => account(door, &email, hash.clone()).await?,
                "without_password" => account(door, &email, Phi::default()).await?,
                _ => {}
            }
            let took = refused(door, email, number).await?;
            if number >= WARM {
                sample.push(took);
            }
        }
    }
    let [first, ..] = &samples;
    let of = |sample: &Vec<Duration>| {
        let mut spans = Spans::default();
        sample.iter().for_each(|it| spans.push(*it));
        json!({"ms": spans.percentiles(), "z": rounded(z(first, sample))})
    };
    let all = KINDS.into_iter().zip(&samples).map(|(kind, it)| (kind.to_owned(), of(it)));
    Ok(Value::Object(all.collect::<Map<_, _>>()))
}

async fn account(door: &Door, email: &str, password_hash: Phi<String>) -> Result<()> {
    let person = PersonRecord {
        person_id: PersonId(Uuid::now_v7()),
        organisation_id: OrganisationId::FIRST,
        display_name: "Bench person".into(),
        email: email.into(),
        password_hash,
        role: Role::Patient,
        time_zone: "UTC".to_owned(),
        created_at: SystemClock.now(),
        standing: Standing::default(),
    };
    door.node().store().create_person(person, None).await.map_err(Error::other)
}

async fn refused(door: &Door, email: String, number: u32) -> Result<Duration> {
    let [_, _, a, b] = number.to_be_bytes();
    let from = Call::new(None, SystemClock.now(), IpAddr::V4(Ipv4Addr::new(10, 200, a, b)));
    let op = SignIn { email: email.into(), password: "not the passphrase".into(), devices: vec![] };
    let began = Instant::now();
    match call(door.node().as_ref(), from, op).await {
        Err(fault) if fault.code == FaultCode::WrongCredentials => Ok(began.elapsed()),
        Err(fault) => Err(said(&fault)),
        Ok(_) => Err(Error::other("a wrong password has opened an account")),
    }
}

/// Of Mann and Whitney, by the normal approximation: 0 where neither sample is the faster one.
fn z(one: &[Duration], other: &[Duration]) -> f64 {
    let count = |it: usize| f64::from(u32::try_from(it).unwrap_or(u32::MAX));
    let (n, m) = (count(one.len()), count(other.len()));
    let mut faster = 0.0;
    for a in one {
        for b in other {
            faster += match a.cmp(b) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 0.0,
            };
        }
    }
    let spread = (n * m * (n + m + 1.0) / 12.0).sqrt();
    if spread > 0.0 { (faster - n * m / 2.0) / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_differ_are_told_apart() {
        let ms = |all: &[u64]| all.iter().map(|it| Duration::from_millis(*it)).collect::<Vec<_>>();
        let (slow, fast) = (ms(&[20, 21, 22, 23, 24, 25]), ms(&[1, 2, 3, 4, 5, 6]));
        assert!(z(&slow, &slow).abs() < 1e-9);
        assert!((z(&fast, &slow) - 2.882).abs() < 0.01, "{}", z(&fast, &slow));
        assert!((z(&slow, &fast) + 2.882).abs() < 0.01);
        assert!(z(&[], &slow).abs() < 1e-9);
    }
}
