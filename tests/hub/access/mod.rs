//! THE ACCESS MATRIX: every operation of the catalogue, called by everybody who may try, as one committed text.
//!
//! Invariant: an operation that is not covered fails the test, and so does an outcome that is not the committed one.
//! There is no switch that writes the committed file: whoever changes who may do what writes it down by hand.

mod chat;
mod identity;
mod policy;
mod practice;
pub(crate) mod world;

use crate::parity::BY_COOKIE;
use crate::support::http::Answer;
use crate::support::{Clinic, Kind, tell_with};
use bedside::config::Config;
use bedside::domain::policy::{Principal, Who, may_call};
use bedside::protocol::catalogue::{CATALOGUE, Row};
use bedside::protocol::codec::Codec;
use bedside::protocol::ids::{OrganisationId, PersonId};
use bedside::protocol::operation::{Access, Effect};
use bedside::protocol::person::Role;
use rstest::rstest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use uuid::Uuid;
use world::{Caller, World};

const COMMITTED: &str = include_str!("../access.snapshot");
const HEAD: &str = "\
# Who may do what: the outcome of each operation for each caller, in a visit that everybody has entered.
# Written by hand after `cargo test --test hub access` has shown the difference.
";

/// Parts that the operations are taken in, each with a clinic of its own: what has been said to one that grew for half an hour takes long to find.
pub(crate) const PARTS: usize = 8;

/// The operations of one part.
pub(crate) fn of_part(part: usize) -> impl Iterator<Item = &'static Row> {
    CATALOGUE.iter().skip(part).step_by(PARTS)
}

#[rstest]
fn everybody_is_told_what_the_matrix_says(#[values(0, 1, 2, 3, 4, 5, 6, 7)] part: usize) {
    // More sockets than a crowd has turns.
    let crowded = |config: &mut Config| config.hellos_per_second = Some(100_000);
    tell_with(Kind::Memory, crowded, async |clinic| {
        let mut found = String::new();
        let mut uncovered: Vec<(&str, String)> = vec![];
        for row in of_part(part) {
            let mut outcomes: BTreeMap<(u16, String), Vec<&str>> = BTreeMap::new();
            for (caller, name) in Caller::ALL {
                let world = World::of(clinic, caller, row.name).await;
                let params = world.params(row.name);
                let answer = world.caller.asks(row.name, &params).await;
                if let Some(role) = caller.elsewhere() {
                    let names = must_be_told_nothing(row, role, &params, &answer, &world).await;
                    uncovered.extend(names.into_iter().map(|it| (row.name, it)));
                }
                let code = match answer.status {
                    status if status == row.success => "ok".to_owned(),
                    _ => answer.code(),
                };
                outcomes.entry((answer.status, code)).or_default().push(name);
            }
            found.push_str(&section(row.name, &outcomes));
        }
        assert_eq!(uncovered, [], "ids of nothing: nobody sees what is said of ones elsewhere");
        assert_eq!(recorded_apart(clinic).await, known_apart(part), "a change without its row");
        let committed: String = of_part(part)
            .filter_map(|it| committed_of(it.name))
            .map(|it| format!("\n{it}\n"))
            .collect();
        if found != committed {
            let place = format!("{}/access.{part}.snapshot", env!("CARGO_TARGET_TMPDIR"));
            std::fs::write(&place, &found).unwrap();
            panic!("the matrix has changed ({place}):\n{}", difference(&committed, &found));
        }
    });
}

/// The committed text has the operations of the catalogue in its order, and no other one.
#[test]
fn the_matrix_is_of_the_catalogue() {
    let named: Vec<_> = CATALOGUE.iter().map(|it| it.name).collect();
    let committed: Vec<_> = sections().map(|it| it.lines().next().unwrap_or_default()).collect();
    assert_eq!(committed, named);
    assert!(COMMITTED.starts_with(HEAD));
}

/// What is told of one operation, to whom.
fn section(name: &str, outcomes: &BTreeMap<(u16, String), Vec<&str>>) -> String {
    let mut text = format!("\n{name}\n");
    for ((status, code), callers) in outcomes {
        writeln!(text, "  {status} {code}").unwrap();
        for caller in callers {
            writeln!(text, "      {caller}").unwrap();
        }
    }
    text
}

/// The committed text of each operation.
fn sections() -> impl Iterator<Item = &'static str> {
    COMMITTED.split("\n\n").skip(1).map(str::trim_end)
}

fn committed_of(name: &str) -> Option<&'static str> {
    sections().find(|it| it.lines().next() == Some(name))
}

/// Operations of which a call was done and its end is saved by itself, each with the reason why there is no change to save it with.
const APART: [(&str, &str); 10] = [
    ("visit.admit", "here everybody has been let in"),
    ("visit.enter", "here everybody has come"),
    ("conversation.open", "here there is one, which is opened"),
    ("message.search", "it reads"),
    ("file.link", "an address is signed, and kept nowhere"),
    ("media.join", "the media plane keeps nothing"),
    ("visit.mute", "the media plane keeps nothing"),
    ("auth.begin_passkey", "a challenge is sealed, and kept nowhere"),
    ("auth.begin_step_up", "a challenge is sealed, and kept nowhere"),
    ("factor.begin_passkey", "a challenge is sealed, and kept nowhere"),
];

/// What was recorded as done by itself, though the operation may write; and calls that were recorded as done and as something else.
async fn recorded_apart(clinic: &Clinic) -> Vec<String> {
    let rows = clinic.store.audit(u32::MAX).await.expect("the log");
    let mut apart = BTreeSet::new();
    let mut ends: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows.iter().filter(|it| it.phase != "begin") {
        ends.entry(row.request_id).or_default().push((&row.operation, &row.phase));
        let it = CATALOGUE.iter().find(|it| it.name == row.operation);
        let may_write = it.is_some_and(|it| it.effect != Effect::Read);
        if may_write && row.phase == "ok" && !clinic.memory().is_with_its_change(row.audit_id) {
            apart.insert(row.operation.clone());
        }
    }
    let twice = ends.into_values().filter(|it| it.len() > 1).map(|it| format!("{it:?}"));
    apart.into_iter().chain(twice).collect()
}

/// Those that are known, of one part.
fn known_apart(part: usize) -> Vec<String> {
    let known = of_part(part).filter(|row| APART.iter().any(|(name, _)| *name == row.name));
    known.map(|row| row.name.to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whoever is of another organisation names something of this one: it is not there, and nothing of it is told. What they may not call
/// at all they are refused as anybody in their role, which says nothing about what they named. Returns ids that are of nothing here: by
/// them nothing is seen.
async fn must_be_told_nothing(
    row: &Row,
    role: Role,
    params: &Value,
    answer: &Answer,
    world: &World,
) -> Vec<String> {
    let caller = Principal {
        who: Who::Person(PersonId(Uuid::nil())),
        role,
        organisation: OrganisationId::FIRST,
        only_visit: None,
    };
    let sent = params.to_string();
    let secrets = world.secrets();
    let names_something = secrets.iter().any(|it| sent.contains(it)) || names_what_is_held(row);
    let may_call = may_call(row.access, Some(&caller)).is_ok();
    let who = format!("{} by the {} elsewhere", row.name, role.as_str());
    let mut told = vec![answer.text()];
    if may_call && names_something {
        assert_eq!(answer.status, 404, "{who}");
    }
    // The same by a socket; what is done to nobody else is compared elsewhere (`parity`).
    if (!may_call || names_something) && !BY_COOKIE.contains(&row.name) {
        let mut socket = world.caller.connects(Codec::Json).await;
        match socket.calls_raw(row.name, params.clone()).await {
            Ok(output) => panic!("{who}, by a socket: {output}"),
            Err(fault) => {
                assert_eq!(fault.code.as_str(), answer.code(), "{who}, by a socket");
                told.push(serde_json::to_string(&fault).unwrap());
            }
        }
    }
    for it in &secrets {
        assert!(told.iter().all(|text| !text.contains(it)), "{who}: {it} is told");
    }
    let is_asked = may_call && row.access != Access::Anyone;
    ids(params).into_iter().filter(|it| is_asked && !secrets.contains(it)).collect()
}

/// Ids in params.
fn ids(params: &Value) -> Vec<String> {
    match params {
        Value::String(text) => Uuid::parse_str(text).map(|_| text.clone()).into_iter().collect(),
        Value::Array(items) => items.iter().flat_map(ids).collect(),
        Value::Object(fields) => fields.values().flat_map(ids).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => vec![],
    }
}

/// What is held is named by a word that nobody guesses.
fn names_what_is_held(row: &Row) -> bool {
    ["slot.release", "appointment.create", "payment.begin"].contains(&row.name)
}

/// Lines that are only here (-) or only there (+), each with the operation and outcome that it stands under.
fn difference(before: &str, after: &str) -> String {
    let (before, after) = (lines(before), lines(after));
    let gone = before.iter().filter(|it| !after.contains(it)).map(|it| format!("- {it}"));
    let new = after.iter().filter(|it| !before.contains(it)).map(|it| format!("+ {it}"));
    let mut all: Vec<String> = gone.chain(new).collect();
    all.sort_by(|a, b| a[2..].cmp(&b[2..]));
    all.join("\n")
}

fn lines(text: &str) -> Vec<String> {
    let (mut operation, mut outcome) = ("", "");
    let mut all = vec![];
    for line in text.lines().filter(|it| !it.starts_with('#') && !it.is_empty()) {
        match line.len() - line.trim_start().len() {
            0 => operation = line,
            2 => outcome = line.trim(),
            _ => all.push(format!("{operation}: {} is told {outcome}", line.trim())),
        }
    }
    all
}
