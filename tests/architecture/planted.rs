//! Proof that the rules go red: every row is broken on purpose, and what only looks like it is left alone.

use crate::checks;
use crate::rules::{BANS, CLIENT_BANS, DIRECTIONS, MAX_FILE_LINES, MAX_FUNCTION_LINES};
use crate::source::Source;

const AREAS: &[&str] = &[
    "protocol",
    "domain",
    "store",
    "sfu",
    "command",
    "actors",
    "http",
    "node",
    "auth",
    "crypto",
    "config",
    "telemetry",
    "clock",
    "bench",
    "notifications",
    "cache",
];

fn source(path: &str, text: &str) -> Source {
    Source::new(path, text)
}

#[test]
fn every_direction_that_is_not_allowed_is_found() {
    let mut planted = 0;
    for rule in DIRECTIONS {
        let path = format!("src/{}/planted.rs", rule.folder);
        for area in AREAS {
            let is_allowed = rule.may_name.iter().any(|it| it.split("::").next() == Some(*area));
            if is_allowed || rule.folder == *area {
                continue;
            }
            let file = source(&path, &format!("//! x\n\nuse crate::{area}::Thing;\n"));
            let found = checks::directions(&file);
            assert_eq!(found.len(), 1, "{path} → {area}");
            assert!(found[0].starts_with(&format!("{path}:3:")), "{found:?}");
            assert!(found[0].ends_with(rule.why), "{found:?}");
            planted += 1;
        }
    }
    assert!(planted > 60);
}

#[test]
fn a_way_around_is_found_too() {
    let found = |path, text| checks::directions(&source(path, text)).len();
    let domain = "src/domain/visit/planted.rs";
    assert_eq!(found(domain, "use crate::{protocol::ids::PersonId, store::{Store, Stored}};"), 2);
    assert_eq!(found(domain, "use crate::{\n    protocol,\n    sfu,\n};"), 1);
    assert_eq!(found(domain, "use crate::{node as protocol, protocol::ids};"), 1);
    assert_eq!(found(domain, "use super::super::super::store::Store;"), 1);
    assert_eq!(found(domain, "fn f() { let _ = crate::clock::SystemClock; }"), 1);
    assert_eq!(found("src/sfu/planted.rs", "use crate::protocol::person::Role;"), 1);
    assert_eq!(found("src/http/planted.rs", "use crate::actors::room::Room;"), 1);
    assert_eq!(found("src/actors/session/planted.rs", "use crate::domain::visit::Visit;"), 1);
}

#[test]
fn what_is_allowed_is_left_alone() {
    let found = |path, text| checks::directions(&source(path, text));
    let none: Vec<String> = Vec::new();
    let domain = "src/domain/visit/planted.rs";
    assert_eq!(
        found(domain, "use crate::protocol::ids::PersonId;\nuse crate::domain::desk;"),
        none
    );
    assert_eq!(found(domain, "use super::super::policy::Who;\nuse super::Visit;"), none);
    assert_eq!(found(domain, "//! See [`crate::store`].\n/* crate::node */\n"), none);
    assert_eq!(found(domain, "const A: &str = \"crate::node\"; const B: char = '\"';"), none);
    assert_eq!(found(domain, "#[cfg(test)]\nmod tests {\n    use crate::clock::Clock;\n}\n"), none);
    assert_eq!(found("src/node/mod.rs", "use crate::store::sql::SqlStore;"), none);
}

#[test]
fn every_banned_word_is_found_and_every_exception_holds() {
    for ban in BANS {
        for (word, folder) in
            ban.words.iter().flat_map(|it| ban.within.iter().map(move |f| (it, f)))
        {
            let text = format!("//! x\n\nfn f() {{ {word}; }}\n");
            let path = format!("{folder}planted.rs");
            let is_found = |path: &str| {
                let place = format!("{path}:3: `{word}`");
                let found = checks::bans(&source(path, &text));
                found.iter().any(|it| it.starts_with(&place) && it.ends_with(ban.why))
            };
            assert!(is_found(&path), "{path}: {word}");
            for except in ban.except {
                let path = format!("{}planted.rs", except.trim_end_matches("planted.rs"));
                assert!(!is_found(&path), "{path}: {word}");
            }
        }
    }
}

#[test]
fn a_word_is_not_found_in_longer_words_comments_text_and_tests() {
    let text = "//! async\n// async\nfn asynchronous(is_async: bool) -> &'static str { \"async \\\" tokio\" }\n\
                const R: &str = r#\"tokio \"async\" \"#;\n/* a /* nested */ tokio */\n\
                #[cfg(test)]\nmod tests {\n    async fn t() {}\n}\n";
    let file = source("src/domain/planted.rs", text);
    assert_eq!(checks::bans(&file), Vec::<String>::new());
    assert_eq!(file.code.len(), file.text.len());
    let after = source("src/domain/planted.rs", &format!("{text}async fn late() {{}}\n"));
    assert_eq!(checks::bans(&after).len(), 1);
    assert!(checks::bans(&after)[0].starts_with("src/domain/planted.rs:10:"));
}

#[test]
fn what_is_marked_as_a_test_ends_where_it_ends() {
    let find = |marked: &str| {
        let text = format!("fn f() {{ S {{ #[cfg(test)]\n{marked} }} }}\nasync fn late() {{}}\n");
        checks::bans(&source("src/domain/planted.rs", &text)).len()
    };
    for marked in
        ["tokio,", "tokio: Vec<(u8, u8)>,", "tokio", "fn g(a: u8, b: [u8; 2]) -> tokio { 1 }"]
    {
        assert_eq!(find(marked), 1, "{marked}");
    }
    assert_eq!(find("seen, tokio"), 2);
    assert_eq!(find("#[path = \"x\"] mod m; tokio"), 2);
}

#[test]
fn bans_of_the_clients_are_found() {
    for ban in CLIENT_BANS {
        for word in ban.words {
            let path = format!("{}planted.ts", ban.within[0]);
            let found = |line: &str| checks::client_bans(CLIENT_BANS, &path, line).len();
            assert_eq!(found(&format!("const a = 1;\nb = {word};")), 1, "{word}");
            assert_eq!(found(&format!("// {word}")), 0, "{word}");
        }
    }
}

#[test]
fn sizes_are_found() {
    let long = format!("//! x\n{}", "\n".repeat(MAX_FILE_LINES));
    let path = "src/planted.rs";
    assert!(checks::file_size(&source(path, &long), &[]).is_some());
    assert!(checks::file_size(&source(path, &long), &[(path, MAX_FILE_LINES + 1)]).is_none());
    assert!(checks::file_size(&source(path, &long), &[(path, MAX_FILE_LINES)]).is_some());
    let tests = format!("//! x\n#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(MAX_FILE_LINES));
    assert!(checks::file_size(&source(path, &tests), &[]).is_none());
    assert!(checks::file_size(&source(path, "//! x\n"), &[(path, 500)]).is_some(), "a stale row");

    let body =
        |lines| format!("//! x\nfn long<'a>(it: &'a str) {{\n{}}}\n", "    it;\n".repeat(lines));
    let found = |lines| checks::function_sizes(&source(path, &body(lines)), &[]);
    assert_eq!(found(MAX_FUNCTION_LINES - 2), Vec::<String>::new());
    assert_eq!(found(MAX_FUNCTION_LINES - 1).len(), 1);
    assert!(found(MAX_FUNCTION_LINES - 1)[0].starts_with("src/planted.rs:2: `long`"));
}

#[test]
fn a_file_owes_a_beginning_and_no_promises() {
    assert_eq!(checks::manners(&source("src/planted.rs", "//! Owns x.\n")), Vec::<String>::new());
    let promise = concat!("fn f() {} // TO", "DO later\n");
    assert_eq!(checks::manners(&source("src/planted.rs", promise)).len(), 2);
}
