//! Ties the documents to the code: what they link to exists, and so do the files and tests that they name.

use crate::source::list;
use std::fs;
use std::path::Path;

/// Folders whose files a document names by their whole path.
const FOLDERS: [&str; 9] = [
    "src/",
    "tests/",
    "fuzz/",
    "scripts/",
    "clients/e2e/",
    "clients/js/src/",
    "clients/js/tests/",
    "clients/portals/src/",
    "docs/runbook/",
];

/// Screenshots are made from the running product and may be missing in a checkout.
const MAY_BE_MISSING: &str = "docs/images/";

#[test]
fn documents_name_what_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths =
        vec!["README.md".to_owned(), "ARCHITECTURE.md".to_owned(), "CHANGELOG.md".to_owned()];
    list(root, &root.join("docs"), "md", &mut paths);
    let code = all_code(root);
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(root.join(&path)).unwrap();
        let folder = Path::new(&path).parent().unwrap();
        let exists = |target: &str| root.join(folder).join(target).exists();
        found.extend(dead_links(&path, &text, exists));
        found.extend(lost_names(&path, &text, |it| root.join(it).exists(), &code));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn all_code(root: &Path) -> String {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "clients/js/src"] {
        for ending in ["rs", "ts"] {
            list(root, &root.join(folder), ending, &mut paths);
        }
    }
    paths.iter().map(|it| fs::read_to_string(root.join(it)).unwrap()).collect()
}

fn dead_links(path: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (_, rest) in line.match_indices("](").map(|(at, it)| (at, &line[at + it.len()..])) {
            let target = rest.split([')', '#']).next().unwrap_or_default();
            let is_local = !target.is_empty() && !target.contains("://");
            if is_local && !target.starts_with(MAY_BE_MISSING) && !exists(target) {
                found.push(format!(
                    "{path}:{}: links to {target}, which does not exist",
                    number + 1
                ));
            }
        }
    }
    found
}

/// Files of the sources, of tests and of scripts, and functions (told by three underscores or more), between backticks.
fn lost_names(path: &str, text: &str, exists: impl Fn(&str) -> bool, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for name in line.split('`').skip(1).step_by(2) {
            let is_plain = name.chars().all(|it| it.is_alphanumeric() || "_/.-".contains(it));
            let is_file = FOLDERS.iter().any(|it| name.starts_with(it)) && is_plain;
            let is_function = is_plain
                && name.matches('_').count() >= 3
                && name.chars().all(|it| it.is_ascii_lowercase() || "_0123456789".contains(it));
            if (is_file && !exists(name)) || (is_function && !code.contains(name)) {
                found.push(format!("{path}:{}: names `{name}`, which does not exist", number + 1));
            }
        }
    }
    found
}

#[test]
fn a_dead_link_and_a_lost_name_are_found() {
    let text = "See [x](a.md#part), [y](https://example.org/b) and\n![p](docs/images/p.png) [z](c.md).\n\
                `src/gone.rs` has `a_test_that_is_gone` and `a_test_that_is_here`, not `snake_case`.\n";
    let found = dead_links("A.md", text, |it| it == "a.md");
    assert_eq!(found, ["A.md:2: links to c.md, which does not exist"]);
    let found = lost_names("A.md", text, |_| false, "fn a_test_that_is_here() {}");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("A.md:3: names `src/gone.rs`"));
    assert!(found[1].contains("a_test_that_is_gone"));
    let found = lost_names(
        "A.md",
        "| `tests/gone.rs` (`gone`) | `tests/hub` |",
        |it| it == "tests/hub",
        "",
    );
    assert_eq!(found, ["A.md:1: names `tests/gone.rs`, which does not exist"]);
}
