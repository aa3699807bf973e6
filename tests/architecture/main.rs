//! ARCHITECTURE, enforced: which way imports point, who alone may name what, and how large things may be.
//!
//! The tables are in [`rules`]; ARCHITECTURE.md tells the same in words. A failure names `path:line` and the reason.
//! `planted` proves that every row of the tables goes red.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod checks;
mod map;
mod planted;
mod prose;
mod rules;
mod source;

use rules::{BANS, CLIENT_BANS, LONG_FILES, LONG_FUNCTIONS, MAX_FILE_LINES};
use source::{Source, list, read_folder};
use std::fs;
use std::path::Path;

fn all() -> Vec<Source> {
    ["src", "entity/src", "migration/src", "fault-proxy/src"]
        .into_iter()
        .flat_map(read_folder)
        .collect()
}

fn none(found: Vec<String>) {
    assert!(found.is_empty(), "{} findings\n{}", found.len(), found.join("\n"));
}

#[test]
fn imports_point_one_way() {
    let sources = read_folder("src");
    assert!(sources.len() > 100, "the sources were not found");
    none(sources.iter().flat_map(checks::directions).collect());
}

#[test]
fn words_stand_where_they_may() {
    none(all().iter().flat_map(checks::bans).collect());
}

#[test]
fn files_begin_with_what_they_are_and_promise_nothing() {
    none(all().iter().flat_map(checks::manners).collect());
}

#[test]
fn files_are_short() {
    none(all().iter().filter_map(|it| checks::file_size(it, LONG_FILES)).collect());
}

#[test]
fn functions_are_short() {
    none(all().iter().flat_map(|it| checks::function_sizes(it, LONG_FUNCTIONS)).collect());
}

#[test]
fn exceptions_are_needed() {
    let sources = all();
    let mut stale = Vec::new();
    for ban in BANS {
        // An exception under which no banned word stands is not one. Benchmarks may come and go.
        for except in ban.except.iter().filter(|it| !it.contains("bench")) {
            let is_used = sources
                .iter()
                .filter(|it| it.path.starts_with(except))
                .any(|it| ban.words.iter().any(|word| !it.find_word(word).is_empty()));
            if !is_used {
                stale.push(format!("{except} needs no exception from {:?}", ban.words));
            }
        }
    }
    for (path, name, lines) in LONG_FUNCTIONS {
        let file = sources.iter().find(|it| it.path == *path).expect("a file of LONG_FUNCTIONS");
        let is_long = checks::functions(file).iter().any(|it| {
            it.name == *name && it.lines > rules::MAX_FUNCTION_LINES && it.lines <= *lines
        });
        if !is_long {
            stale.push(format!("{path}: take `{name}` off LONG_FUNCTIONS"));
        }
    }
    for (path, _) in LONG_FILES {
        assert!(sources.iter().any(|it| it.path == *path), "{path} does not exist");
    }
    none(stale);
}

#[test]
fn clients_keep_to_their_side_and_to_the_same_size() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["clients/js/src", "clients/portals/src"] {
        for ending in ["ts", "tsx", "css"] {
            list(root, &root.join(folder), ending, &mut paths);
        }
    }
    assert!(paths.len() > 50, "the clients were not found");
    let mut found = Vec::new();
    for path in paths.iter().filter(|it| !it.ends_with(".gen.ts")) {
        let text = fs::read_to_string(root.join(path)).unwrap();
        found.extend(checks::client_bans(CLIENT_BANS, path, &text));
        let lines = text.lines().count();
        if lines > MAX_FILE_LINES && !path.contains(".test.") {
            found.push(format!("{path}:{lines}: more than {MAX_FILE_LINES} lines: two files"));
        }
    }
    none(found);
}
