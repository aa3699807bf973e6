//! Numbers with check digits: payment cards and numbers that a state gave to a person.
//!
//! Owns: the forms and the sums. What a sum alone does not tell from any other number (nine or ten digits in a row) has to be
//! written in its usual groups, or to be said to be one.

use regex::{Captures, Regex};
use std::sync::LazyLock;

type Pattern = LazyLock<Option<Regex>>;

macro_rules! patterns {
    ($($(#[$doc:meta])* $name:ident = $pattern:literal;)+) => {
        $($(#[$doc])* static $name: Pattern = LazyLock::new(|| Regex::new($pattern).ok());)+
        #[cfg(test)]
        pub(super) const ALL: &[&Pattern] = &[$(&$name),+];
    };
}

patterns! {
    /// In a row, or in groups of at least three.
    CARD = r"\b\d{13,19}\b|\b\d{4}(?:[ -]\d{3,6}){2,4}\b";
    /// United States: no sum; the form, and what is never given out.
    SSN = r"\b(\d{3})-(\d{2})-(\d{4})\b";
    /// Germany: tax identification number.
    TAX_ID = r"\b[1-9]\d ?\d{3} ?\d{3} ?\d{3}\b";
    /// United Kingdom: NHS number, in its groups or said to be one.
    NHS = r"(?i)\b(?:nhs\D{0,20}(\d{10})|(\d{3}[ -]\d{3}[ -]\d{4}))\b";
    /// Netherlands: citizen service number, said to be one.
    BSN = r"(?i)\b(?:bsn|burgerservicenummer)\D{0,12}(\d{9})\b";
    /// France: number of registration, with its key.
    NIR = r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b";
    /// Spain: identity number of citizens and of foreigners.
    DNI = r"(?i)\b([xyz]?)(\d{7,8})-?([a-z])\b";
}

/// All matches for which a rule holds.
fn count(pattern: &Pattern, text: &str, holds: impl Fn(&Captures<'_>) -> bool) -> usize {
    let found = pattern.as_ref().map(|it| it.captures_iter(text));
    found.map_or(0, |it| it.filter(holds).count())
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|it| it.to_digit(10)).collect()
}

fn whole<'a>(found: &Captures<'a>) -> &'a str {
    found.get(0).map_or("", |it| it.as_str())
}

fn group<'a>(found: &Captures<'a>, number: usize) -> &'a str {
    found.get(number).map_or("", |it| it.as_str())
}

/// Payment cards.
pub(super) fn payment_cards(text: &str) -> usize {
    count(&CARD, text, |found| {
        let begin = found.get(0).map_or(0, |it| it.start());
        // A telephone number begins like that.
        let is_phone = text.get(..begin).is_some_and(|it| it.ends_with('+'));
        let digits = digits(whole(found));
        !is_phone && is_issued(&digits) && luhn(&digits)
    })
}

/// Whether somebody issues cards with such a beginning and such a length.
fn is_issued(digits: &[u32]) -> bool {
    let begin = |count: usize| digits.iter().take(count).fold(0, |all, it| all * 10 + it);
    let varied = digits.iter().any(|it| Some(it) != digits.first());
    varied
        && match digits.len() {
            13 => begin(1) == 4,
            14 => matches!(begin(3), 300..=305) || matches!(begin(2), 36 | 38 | 39),
            15 => matches!(begin(2), 34 | 37),
            16 => {
                begin(1) == 4
                    || matches!(begin(2), 51..=55 | 62 | 65)
                    || matches!(begin(3), 644..=649)
                    || matches!(begin(4), 2221..=2720 | 6011 | 3528..=3589)
            }
            17..=19 => begin(1) == 4 && digits.len() == 19 || matches!(begin(2), 62 | 65),
            _ => false,
        }
}

/// ISO/IEC 7812-1, annex B.
pub(super) fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => *digit,
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Numbers of people.
pub(super) fn national_ids(text: &str) -> usize {
    let ssn = count(&SSN, text, |found| {
        let [area, group_of, serial] = [1, 2, 3].map(|it| group(found, it));
        !matches!(area, "000" | "666")
            && !area.starts_with('9')
            && group_of != "00"
            && serial != "0000"
    });
    let tax = count(&TAX_ID, text, |found| tax_id(&digits(whole(found))));
    let nhs = count(&NHS, text, |found| {
        let said = group(found, 1);
        nhs(&digits(if said.is_empty() { group(found, 2) } else { said }))
    });
    let bsn = count(&BSN, text, |found| bsn(&digits(group(found, 1))));
    let nir = count(&NIR, text, |found| nir(whole(found)));
    let dni = count(&DNI, text, |found| dni(group(found, 1), group(found, 2), group(found, 3)));
    ssn + tax + nhs + bsn + nir + dni
}

/// ISO/IEC 7064, MOD 11,10; of the first ten digits one stands there two or three times, and no other does.
pub(super) fn tax_id(digits: &[u32]) -> bool {
    let Some((check, first)) = digits.split_last() else { return false };
    if first.len() != 10 {
        return false;
    }
    let often = (0..10).filter(|it| first.iter().filter(|digit| *digit == it).count() > 1);
    let sum = first.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    often.count() == 1 && (11 - sum) % 10 == *check
}

/// Modulo 11, with weights from ten down.
pub(super) fn nhs(digits: &[u32]) -> bool {
    let Some((check, first)) = digits.split_last() else { return false };
    let sum: u32 = (2..=10).rev().zip(first).map(|(weight, digit)| weight * digit).sum();
    first.len() == 9 && (11 - sum % 11) % 11 == *check
}

/// The test of eleven, in which the last digit counts as minus one.
pub(super) fn bsn(digits: &[u32]) -> bool {
    let Some((last, first)) = digits.split_last() else { return false };
    let sum: u32 = (2..=9).rev().zip(first).map(|(weight, digit)| weight * digit).sum();
    first.len() == 8 && sum > 0 && sum % 11 == *last
}

/// The key is 97 less the rest by 97; Corsica's departments count as 19 and 18.
pub(super) fn nir(text: &str) -> bool {
    let plain: String = text.chars().filter(|it| !it.is_whitespace()).collect();
    let plain = plain.replace("2A", "19").replace("2B", "18");
    let Some((number, key)) = plain.split_at_checked(13) else { return false };
    match (number.parse::<u64>(), key.parse::<u64>()) {
        (Ok(number), Ok(key)) => key == 97 - number % 97,
        _ => false,
    }
}

/// The letter is that of the rest by 23; foreigners' first letter counts as a digit.
pub(super) fn dni(first: &str, number: &str, letter: &str) -> bool {
    const LETTERS: &str = "TRWAGMYFPDXBNJZSQVHLCKE";
    let before = match first.to_ascii_uppercase().as_str() {
        "X" => "0",
        "Y" => "1",
        "Z" => "2",
        _ => "",
    };
    let is_whole = number.len() + before.len() == 8;
    let rest = format!("{before}{number}").parse::<usize>().ok().map(|it| it % 23);
    let expected = rest.and_then(|it| LETTERS.chars().nth(it));
    is_whole && expected.is_some_and(|it| letter.eq_ignore_ascii_case(&it.to_string()))
}
