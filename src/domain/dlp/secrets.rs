//! What opens something: keys, tokens, passwords.

use regex::Regex;
use std::sync::LazyLock;

type Pattern = LazyLock<Option<Regex>>;

static PRIVATE_KEY: Pattern =
    LazyLock::new(|| Regex::new(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----").ok());
/// The beginnings by which their makers mark them.
static ACCESS_KEY: Pattern = LazyLock::new(|| {
    let of = r"(?:\b|_)(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[A-Za-z0-9-]{20,}";
    Regex::new(&format!(r"{of}|sk_live_[A-Za-z0-9]{{20,}}|AIza[A-Za-z0-9_-]{{35}})")).ok()
});
/// A JWT, or a link of ours into a visit.
static TOKEN: Pattern = LazyLock::new(|| {
    let jwt = r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}";
    Regex::new(&format!(r"{jwt}|/join#[A-Za-z0-9_-]{{20,}}")).ok()
});
/// What is said to be one, in some languages, and what comes behind.
static PASSWORD: Pattern = LazyLock::new(|| {
    let word = r"(?i)\b(?:password|passwort|passphrase|kennwort|wachtwoord|mot de passe|contrase\x{f1}a|pwd)";
    Regex::new(&format!(r"{word}\b\s*(?:(?:is|ist|lautet|est|es)\s+|[:=]\s*)(\S{{6,}})")).ok()
});

fn count(pattern: &Pattern, text: &str) -> usize {
    pattern.as_ref().map_or(0, |it| it.find_iter(text).count())
}

/// Private keys.
pub(super) fn private_keys(text: &str) -> usize {
    count(&PRIVATE_KEY, text)
}

/// Keys of clouds and services.
pub(super) fn access_keys(text: &str) -> usize {
    count(&ACCESS_KEY, text)
}

/// Tokens.
pub(super) fn tokens(text: &str) -> usize {
    count(&TOKEN, text)
}

/// Passwords. A word of letters alone behind "is" is a sentence: "the password is wrong".
pub(super) fn passwords(text: &str) -> usize {
    let Some(pattern) = PASSWORD.as_ref() else { return 0 };
    let is_one = |it: &regex::Captures<'_>| {
        let word = it.get(1).map_or("", |it| it.as_str()).trim_end_matches(['.', ',', '!', '?']);
        word.chars().any(|it| !it.is_alphabetic())
    };
    pattern.captures_iter(text).filter(is_one).count()
}

#[cfg(test)]
pub(super) fn are_good() -> bool {
    [&PRIVATE_KEY, &ACCESS_KEY, &TOKEN, &PASSWORD].iter().all(|it| it.is_some())
}
