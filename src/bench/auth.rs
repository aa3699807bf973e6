//! What it costs to know who calls: `check_us` for a token whose session this node knows, `token_ms` for the next token of a
//! session, and `sign_ins_per_s` by password, which is what Argon2id costs on this machine; and how long sign-ins are refused ([`super::guesses`]).
//!
//! The hub is in this process, and calls come through its one door, each from another address: limits are not what is measured.

use crate::bench::door::{Door, Folder, said};
use crate::bench::figures::{Spans, rounded};
use crate::clock::{Clock as _, SystemClock};
use crate::command::{Call, call};
use crate::http::Site as _;
use crate::protocol::auth::{Refresh, SignIn, SignedIn};
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::store::PersonRecord;
use crate::store::people::Standing;
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

const PASSPHRASE: &str = "a fictional passphrase of the benchmark";
/// People who sign in; each some times, so that no account is tried too often.
const PEOPLE: u32 = 64;
const AT_ONCE: usize = 8;
const SIGN_IN_FOR: Duration = Duration::from_secs(5);
const CHECKS: u32 = 20_000;
const TOKENS: u32 = 500;

/// Measures it.
pub(super) async fn measure() -> Result<Value> {
    let folder = Folder::make()?;
    let door = Arc::new(Door::open(folder.config("auth", None)).await?);
    let people = people(&door).await?;
    let (sign_ins, signed) = sign_ins(&door, &people).await?;
    let checks = checks(&door, &signed).await?;
    let refused = super::guesses::measure(&door).await?;
    let tokens = tokens(&door, signed).await?;
    Ok(json!({
        "check_us": rounded(checks),
        "token_ms": tokens.percentiles(),
        "refused": refused,
        "sign_ins_per_s": rounded(sign_ins),
        "checks": CHECKS,
        "tokens": tokens.len(),
    }))
}

async fn people(door: &Door) -> Result<Vec<String>> {
    let hash = crate::auth::password::hash(PASSPHRASE.into()).await.map_err(|it| said(&it))?;
    let mut emails = vec![];
    for number in 0..PEOPLE {
        let email = format!("person.{number}@bench.invalid");
        let person = PersonRecord {
            person_id: PersonId(Uuid::now_v7()),
            organisation_id: OrganisationId::FIRST,
            display_name: format!("Bench person {number}").into(),
            email: email.clone().into(),
            password_hash: hash.clone(),
            role: Role::Patient,
            time_zone: "UTC".to_owned(),
            created_at: SystemClock.now(),
            standing: Standing::default(),
        };
        door.node().store().create_person(person, None).await.map_err(Error::other)?;
        emails.push(email);
    }
    Ok(emails)
}

/// Somebody, somewhere.
fn from(number: u32) -> Call {
    let [_, a, b, c] = number.to_be_bytes();
    Call::new(None, SystemClock.now(), IpAddr::V4(Ipv4Addr::new(10, a, b, c)))
}

async fn sign_ins(door: &Arc<Door>, people: &[String]) -> Result<(f64, SignedIn)> {
    let began = Instant::now();
    let (mut running, mut number, mut done) = (JoinSet::new(), 0_u32, 0_u32);
    let mut last = None;
    while began.elapsed() < SIGN_IN_FOR || !running.is_empty() {
        while running.len() < AT_ONCE && began.elapsed() < SIGN_IN_FOR {
            let whose = usize::try_from(number % PEOPLE).unwrap_or_default();
            let email = people.get(whose).cloned().unwrap_or_default();
            let (door, from) = (Arc::clone(door), from(number));
            number = number.saturating_add(1);
            running.spawn(async move {
                let op =
                    SignIn { email: email.into(), password: PASSPHRASE.into(), devices: vec![] };
                call(door.node().as_ref(), from, op).await
            });
        }
        if let Some(answer) = running.join_next().await {
            let answer = answer.map_err(Error::other)?.map_err(|it| said(&it))?;
            let asked = |_| Error::other("a second factor is asked for");
            last = Some(answer.opened().map_err(asked)?);
            done = done.saturating_add(1);
        }
    }
    let signed = last.ok_or_else(|| Error::other("nobody has signed in"))?;
    Ok((f64::from(done) / began.elapsed().as_secs_f64(), signed))
}

/// Microseconds of one.
async fn checks(door: &Door, signed: &SignedIn) -> Result<f64> {
    let began = Instant::now();
    for _ in 0..CHECKS {
        let checked = door.node().authenticate(signed.access_token.clone()).await;
        checked.map_err(|it| said(&it))?;
    }
    Ok(began.elapsed().as_secs_f64() * 1_000_000.0 / f64::from(CHECKS))
}

async fn tokens(door: &Door, signed: SignedIn) -> Result<Spans> {
    let (mut spans, session_id) = (Spans::default(), signed.me.session_id);
    let mut refresh_token: Phi<String> = signed.refresh_token;
    for number in 0..TOKENS {
        let op = Refresh { session_id, refresh_token };
        let began = Instant::now();
        let next = call(door.node().as_ref(), from(number), op).await.map_err(|it| said(&it))?;
        spans.push(began.elapsed());
        refresh_token = next.refresh_token;
    }
    Ok(spans)
}
