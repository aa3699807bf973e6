//! THE ACCESS MATRIX: every operation of the catalogue, called by everybody who may try, as one committed text.
//!
//! Invariant: an operation that is not covered fails the test, and so does an outcome that is not the committed one.
//! There is no switch that writes the committed file: whoever changes who may do what writes it down by hand.

mod chat;
mod identity;
mod policy;
mod practice;
pub(crate) mod world;

use crate::support::{Kind, tell};
use bedside::protocol::catalogue::CATALOGUE;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use world::{Caller, World};

const COMMITTED: &str = include_str!("../access.snapshot");
const HEAD: &str = "\
# Who may do what: the outcome of each operation for each caller, in a visit that everybody has entered.
# Written by hand after `cargo test --test hub access` has shown the difference.
";

#[test]
fn everybody_is_told_what_the_matrix_says() {
    tell(Kind::Memory, async |clinic| {
        let mut found = HEAD.to_owned();
        for row in CATALOGUE {
            let mut outcomes: BTreeMap<(u16, String), Vec<&str>> = BTreeMap::new();
            for (caller, name) in Caller::ALL {
                let world = World::of(clinic, caller, row.name).await;
                let answer = world.caller.asks(row.name, &world.params(row.name)).await;
                let code = match answer.status {
                    status if status == row.success => "ok".to_owned(),
                    _ => answer.code(),
                };
                outcomes.entry((answer.status, code)).or_default().push(name);
            }
            writeln!(found, "\n{}", row.name).unwrap();
            for ((status, code), callers) in outcomes {
                writeln!(found, "  {status} {code}").unwrap();
                for caller in callers {
                    writeln!(found, "      {caller}").unwrap();
                }
            }
        }
        if found != COMMITTED {
            let place = concat!(env!("CARGO_TARGET_TMPDIR"), "/access.snapshot");
            std::fs::write(place, &found).unwrap();
            panic!("the matrix has changed ({place}):\n{}", difference(COMMITTED, &found));
        }
    });
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
