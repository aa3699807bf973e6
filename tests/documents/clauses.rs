//! The clauses of `bedside-1.md`: each names tests, and each of those exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Clauses there were when this was last looked at. It may only grow.
const AT_LEAST: usize = 66;

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
    assert!(clauses.len() >= AT_LEAST, "{} clauses, there were {AT_LEAST}", clauses.len());
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
