//! The clauses of `bedside-1.md`: each names tests, each of those exists, and none of either goes unnoticed: `clauses.snapshot`
//! is what there was when somebody looked last. It is written anew when something was added. What is taken away, or a test that
//! has another name by now, is changed there by hand, and seen by whoever reads the change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A clause with what it names.
struct Clause {
    number: String,
    tests: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn clauses() -> Vec<Clause> {
    let text = fs::read_to_string(root().join("docs/protocol/bedside-1.md")).unwrap();
    let items = text.split("\n- **").skip(1);
    items
        .map(|item| {
            let (number, rest) = item.split_once("**").expect("a number in bold");
            // A clause ends where the next heading begins.
            let rest = rest.split("\n## ").next().unwrap_or(rest);
            let named = rest.split_once("*Tests:*").map_or("", |it| it.1);
            let words = named.split_whitespace().collect::<Vec<_>>().join(" ");
            let tests = words.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            Clause { number: number.to_owned(), tests }
        })
        .collect()
}

fn sources(folder: &Path, kinds: &[&str], into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "node_modules" | "dist" | "target") {
            sources(&path, kinds, into);
        } else if kinds.iter().any(|it| name.ends_with(it)) {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// Names of functions in Rust, and titles of tests in TypeScript.
fn tests() -> BTreeSet<String> {
    let (mut rust, mut script) = (String::new(), String::new());
    sources(&root().join("src"), &[".rs"], &mut rust);
    sources(&root().join("tests"), &[".rs"], &mut rust);
    sources(&root().join("clients/js/tests"), &[".ts", ".tsx"], &mut script);
    sources(&root().join("clients/e2e/stories"), &[".ts"], &mut script);
    let functions = rust.split("fn ").skip(1).filter_map(|it| it.split(['(', '<']).next());
    let titles = script.split("test(").skip(1).filter_map(|it| {
        let quote = it.trim_start().chars().next().filter(|it| matches!(it, '\'' | '"' | '`'))?;
        it.trim_start().split(quote).nth(1)
    });
    // A title may say a word of the code in backquotes, which this document cannot.
    functions.map(str::to_owned).chain(titles.map(|it| it.replace('`', ""))).collect()
}

#[test]
fn every_clause_names_tests_that_exist() {
    let (clauses, tests) = (clauses(), tests());
    let numbers: BTreeSet<_> = clauses.iter().map(|it| &it.number).collect();
    assert_eq!(numbers.len(), clauses.len(), "a number is given twice");
    let mut missing = vec![];
    for Clause { number, tests: named } in &clauses {
        if named.is_empty() {
            missing.push(format!("{number} names no test"));
        }
        let unknown = named.iter().filter(|it| !tests.contains(*it));
        missing.extend(unknown.map(|it| format!("{number} names {it:?}, which is no test")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Tests by the number of their clause.
type Snapshot = BTreeMap<String, BTreeSet<String>>;

fn now() -> Snapshot {
    clauses().into_iter().map(|it| (it.number, it.tests.into_iter().collect())).collect()
}

/// One line a clause: its number, then its tests, each in backquotes.
fn written(snapshot: &Snapshot) -> String {
    let line = |(number, tests): (&String, &BTreeSet<String>)| {
        let tests: Vec<_> = tests.iter().map(|it| format!(" `{it}`")).collect();
        format!("{number}:{}\n", tests.concat())
    };
    snapshot.iter().map(line).collect()
}

fn read(text: &str) -> Snapshot {
    let line = |it: &str| {
        let (number, tests) = it.split_once(':').expect("a clause and its tests");
        let tests = tests.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (number.to_owned(), tests)
    };
    text.lines().map(line).collect()
}

/// What was there and is not any more.
fn taken_away(before: &Snapshot, now: &Snapshot) -> Vec<String> {
    let mut gone = vec![];
    for (number, tests) in before {
        match now.get(number) {
            None => gone.push(format!("{number} is no clause any more")),
            Some(named) => gone.extend(
                tests.difference(named).map(|it| format!("{number} does not name {it:?} any more")),
            ),
        }
    }
    gone
}

#[test]
fn clauses_and_their_tests_only_grow() {
    let path = root().join("tests/documents/clauses.snapshot");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let now = now();
    let gone = taken_away(&read(&before), &now);
    assert!(gone.is_empty(), "{}", gone.join("\n"));
    if before != written(&now) {
        fs::write(&path, written(&now)).unwrap();
        panic!("rewritten, look and commit: clauses.snapshot");
    }
}

#[test]
fn a_clause_or_a_test_that_goes_is_seen() {
    let now = now();
    assert_eq!(read(&written(&now)), now, "it reads what it writes");
    let (number, tests) = now.iter().next().expect("a clause");
    let mut fewer = now.clone();
    fewer.remove(number);
    assert_eq!(taken_away(&now, &fewer), [format!("{number} is no clause any more")]);
    let test = tests.iter().next().expect("a test");
    let mut shrunk = now.clone();
    shrunk.get_mut(number).unwrap().remove(test);
    assert_eq!(taken_away(&now, &shrunk), [format!("{number} does not name {test:?} any more")]);
    assert!(taken_away(&shrunk, &now).is_empty(), "more is no harm");
}
