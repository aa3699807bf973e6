//! What it costs to know who calls: `check_us` for what the door adds to an operation ([`super::checked`]), `token_ms` for the next token of
//! a session when many ask at once ([`super::tokens`]), and `sign_ins_per_s` by password, which is what Argon2id costs on this machine; and how
//! long sign-ins are refused ([`super::guesses`]).
//!
//! The hub is in this process, and calls come through its one door, each from another address: limits are not what is measured.

use crate::bench::door::{Door, Folder, said};
use crate::bench::figures::rounded;
use crate::bench::{checked, guesses, tokens};
use crate::clock::{Clock as _, SystemClock};
use crate::command::{Call, call};
use crate::config::{self, Config};
use crate::protocol::auth::{SignIn, SignedIn};
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::person::Role;
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

/// Measures it: what the door adds on the store in memory, all else on SQLite, and on PostgreSQL when there is one.
pub(super) async fn measure() -> Result<Value> {
    let folder = Folder::make()?;
    let checked = checked::measure(folder.config("auth-memory", None)).await?;
    let mut figures = json!({ "check_us": checked.p95_us(), "checked": checked.figures() });
    let mut more = vec![("sqlite", folder.config("auth", None))];
    if let Some(url) = config::bench_postgres() {
        more.push(("postgres", folder.config("auth-postgres", Some(url))));
    }
    for (store, config) in more {
        let of = of(config).await?;
        let Value::Object(fields) = &mut figures else { continue };
        match (store, of) {
            ("sqlite", Value::Object(of)) => fields.extend(of),
            (store, of) => _ = fields.insert(store.to_owned(), of),
        }
    }
    Ok(figures)
}

async fn of(config: Config) -> Result<Value> {
    let door = Arc::new(Door::open(config).await?);
    let people = people(&door).await?;
    let emails = people.into_iter().map(|it| it.1).collect::<Vec<_>>();
    let (sign_ins, signed) = sign_ins(&door, &emails).await?;
    let refused = guesses::measure(&door).await?;
    let bursts = tokens::measure(&door, signed).await?;
    Ok(json!({
        "token_ms": bursts.worst(),
        "bursts": bursts.figures(),
        "refused": refused,
        "sign_ins_per_s": rounded(sign_ins),
    }))
}

/// Makes accounts: who, and by which address they sign in.
pub(super) async fn people(door: &Door) -> Result<Vec<(PersonId, String)>> {
    let hash = crate::auth::password::hash(PASSPHRASE.into()).await.map_err(|it| said(&it))?;
    let mut people = vec![];
    for number in 0..PEOPLE {
        let email = format!("person.{number}@bench.invalid");
        let person_id = PersonId(Uuid::now_v7());
        let person = PersonRecord {
            person_id,
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
        people.push((person_id, email));
    }
    Ok(people)
}

/// Somebody, somewhere.
pub(super) fn from(number: u32) -> Call {
    let [_, a, b, c] = number.to_be_bytes();
    Call::new(None, SystemClock.now(), IpAddr::V4(Ipv4Addr::new(10, a, b, c)))
}

/// A second, and all of them, so that there are many sessions to ask for tokens.
async fn sign_ins(door: &Arc<Door>, people: &[String]) -> Result<(f64, Vec<SignedIn>)> {
    let began = Instant::now();
    let (mut running, mut number, mut all) = (JoinSet::new(), 0_u32, vec![]);
    while began.elapsed() < SIGN_IN_FOR || !running.is_empty() {
        while running.len() < AT_ONCE && began.elapsed() < SIGN_IN_FOR {
            let whose = usize::try_from(number % PEOPLE).unwrap_or_default();
            let email = people.get(whose).cloned().unwrap_or_default();
            let (door, number_of) = (Arc::clone(door), number);
            number = number.saturating_add(1);
            running.spawn(async move { sign_in(&door, email, number_of).await });
        }
        if let Some(answer) = running.join_next().await {
            all.push(answer.map_err(Error::other)??);
        }
    }
    let done = f64::from(u32::try_from(all.len()).unwrap_or(u32::MAX));
    Ok((done / began.elapsed().as_secs_f64(), all))
}

/// By password, from an address of that number.
pub(super) async fn sign_in(door: &Door, email: String, number: u32) -> Result<SignedIn> {
    let op = SignIn { email: email.into(), password: PASSPHRASE.into(), devices: vec![] };
    let answer = call(door.node().as_ref(), from(number), op).await.map_err(|it| said(&it))?;
    answer.opened().map_err(|_| Error::other("a second factor is asked for"))
}
