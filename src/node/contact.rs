//! Whom to tell of a weakness: `/.well-known/security.txt` (RFC 9116), made of the settings.
//!
//! Invariant: it never says that it has ended: who reads it is told a date half a year ahead, at the turn of a day, so that it
//! does not change with every look. Does not: exist without a contact.

use crate::config::Config;
use crate::domain::schedule::zone::instant_utc;
use crate::protocol::time::UnixMillis;
use std::fmt::Write as _;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Days for which it is good; the RFC asks for less than a year.
const GOOD_FOR_DAYS: i64 = 180;

/// The text; none without somebody to tell.
pub(super) fn text(config: &Config, now: UnixMillis) -> Option<String> {
    if config.security_contacts.is_empty() {
        return None;
    }
    let day = now.0.div_euclid(DAY_MS).saturating_add(GOOD_FOR_DAYS);
    let ends_at = UnixMillis(day.saturating_mul(DAY_MS));
    let mut text = String::new();
    for contact in &config.security_contacts {
        let _written = writeln!(text, "Contact: {contact}");
    }
    let url = &config.public_url;
    let _written = writeln!(
        text,
        "Expires: {}\nPreferred-Languages: en\nCanonical: {url}/.well-known/security.txt",
        instant_utc(ends_at)
    );
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_who_is_to_be_told_and_ends_half_a_year_ahead() {
        let now = UnixMillis(1_800_000_000_000);
        assert_eq!(text(&Config::default(), now), None);
        let security_contacts = vec![
            "mailto:security@clinic.example".to_owned(),
            "https://clinic.example/s".to_owned(),
        ];
        let config = Config { security_contacts, ..Config::default() };
        config.check().unwrap();
        let told = text(&config, now).unwrap();
        assert_eq!(
            told,
            "Contact: mailto:security@clinic.example\nContact: https://clinic.example/s\n\
             Expires: 2027-07-14T00:00:00.000Z\nPreferred-Languages: en\n\
             Canonical: http://localhost:8080/.well-known/security.txt\n"
        );
        assert_eq!(text(&config, UnixMillis(now.0 + 60_000)).unwrap(), told, "the same all day");
        for bad in ["security@clinic.example", "mailto:a@b\r\nPolicy: x", "http://plain.example"] {
            let config = Config { security_contacts: vec![bad.to_owned()], ..Config::default() };
            assert!(
                config.check().unwrap_err().to_string().starts_with("security_contacts"),
                "{bad}"
            );
        }
    }
}
