//! Ties the map to ASVS to itself: what it counts is what its tables say, and what it says falls short stands in the list at its top.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const STATES: [&str; 5] = ["met", "met, untested", "not applicable", "falls short", "operator"];

/// Id, level and state of every requirement.
fn rows(text: &str) -> Vec<(&str, u8, &str)> {
    let all = text.lines().filter(|it| it.starts_with("| v5.0.0-"));
    let cells = all.map(|it| it.split('|').map(str::trim).collect::<Vec<_>>());
    cells.map(|it| (it[1], it[2].parse().expect("a level"), it[4])).collect()
}

/// What is counted otherwise than it is, and what falls short and is not listed, or the other way round.
fn wrong(text: &str) -> Vec<String> {
    let rows = rows(text);
    let mut wrong = Vec::new();
    let mut counts = BTreeMap::<_, [usize; 2]>::new();
    for (id, level, state) in &rows {
        match STATES.iter().find(|it| *it == state) {
            Some(state) => counts.entry(*state).or_default()[usize::from(*level) - 1] += 1,
            None => wrong.push(format!("{id} is {state}, which is no state")),
        }
    }
    for state in STATES {
        let [one, two] = counts.get(state).copied().unwrap_or_default();
        let line = format!("| {state} | {one} | {two} | {} |", one + two);
        if !text.lines().any(|it| it.starts_with(&line)) {
            wrong.push(format!("there is no line {line}"));
        }
    }
    let list = text.split_once("## What falls short").map_or("", |it| it.1);
    let list = list.split_once("\n## ").map_or(list, |it| it.0);
    let words = list.split(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '.' | '-')));
    let listed: BTreeSet<_> =
        words.filter(|it| it.starts_with("v5.0.0-")).map(|it| it.trim_end_matches('.')).collect();
    let short: BTreeSet<_> =
        rows.iter().filter(|it| it.2 == "falls short").map(|it| it.0).collect();
    wrong
        .extend(short.symmetric_difference(&listed).map(|it| format!("{it}: in one of both only")));
    wrong
}

#[test]
fn the_map_counts_what_it_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/asvs.md");
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(rows(&text).len(), 253, "levels 1 and 2");
    assert_eq!(wrong(&text), Vec::<String>::new());
}

#[test]
fn a_wrong_count_and_a_line_that_is_not_listed_are_found() {
    let text = "| met | 1 | 0 | 1 | x |\n| met, untested | 0 | 0 | 0 | x |\n| not applicable | 0 | 0 | 0 | x |\n\
                | falls short | 0 | 0 | 0 | x |\n| operator | 0 | 0 | 0 | x |\n\
                ## What falls short\n\n1. v5.0.0-1.1.1: something.\n\n## V1\n\
                | v5.0.0-1.1.1 | 1 | a | met | b |\n| v5.0.0-1.1.2 | 2 | a | falls short | b |\n";
    assert_eq!(
        wrong(text),
        [
            "there is no line | falls short | 0 | 1 | 1 |",
            "v5.0.0-1.1.1: in one of both only",
            "v5.0.0-1.1.2: in one of both only",
        ]
    );
}
