//! What people may tell about themselves in the directory and in their profiles.
//!
//! Owns: the bounds. Invariant: a profile that passes can be searched, shown and called; nothing is guessed or corrected
//! beyond blanks and case. Does not: verify a licence or an insurance, which only their registers can.

use super::check;
use super::refusal::{Flaw, Refusal};
use super::zone::LocalDate;
use crate::protocol::practice::{Licence, PatientProfile, PractitionerProfile};

/// Specialties and languages of one practitioner.
const MAX_SKILLS: usize = 10;
/// Licences, insurers: one for each part of the largest federation, and some more.
const MAX_PAPERS: usize = 60;
/// Services of one practitioner.
const MAX_SERVICES: usize = 50;
/// Characters of a short text.
const MAX_SHORT: usize = 120;
/// Characters of what a practitioner tells about themselves.
const MAX_ABOUT: usize = 2_000;
/// Digits of a telephone number, by ITU-T E.164.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Years of work.
const MAX_EXPERIENCE: u8 = 80;
/// The largest weight in a pool.
const MAX_WEIGHT: u8 = 100;

/// A practitioner's profile in the form in which it is kept.
///
/// # Errors
/// The first flaw, with its field.
pub fn practitioner(profile: PractitionerProfile) -> Result<PractitionerProfile, Refusal> {
    let specialties = words("specialties", &profile.specialties, MAX_SKILLS)?;
    let insurers = words("insurers", &profile.insurers, MAX_PAPERS)?;
    let languages = words("languages", &profile.languages, MAX_SKILLS)?;
    for it in &languages {
        language(it).map_err(|_| Flaw::Misshapen("Language tags, such as de.").of("languages"))?;
    }
    bounded("licences", profile.licences.len(), MAX_PAPERS)?;
    bounded("service_ids", profile.service_ids.len(), MAX_SERVICES)?;
    profile.licences.iter().try_for_each(licence)?;
    text("about", &profile.about, MAX_ABOUT, true)?;
    if profile.experience_years > MAX_EXPERIENCE {
        return Err(Flaw::OutOfBounds("At most 80 years.").of("experience_years"));
    }
    if !(1..=MAX_WEIGHT).contains(&profile.weight) {
        return Err(Flaw::OutOfBounds("1 to 100.").of("weight"));
    }
    let mut service_ids = profile.service_ids.clone();
    service_ids.sort_unstable();
    service_ids.dedup();
    Ok(PractitionerProfile { specialties, languages, insurers, service_ids, ..profile })
}

/// A patient's profile; `today` is the latest day on which somebody can have been born.
///
/// # Errors
/// The first flaw, with its field.
pub fn patient(profile: &PatientProfile, today: LocalDate) -> Result<(), Refusal> {
    if let Some(date) = &profile.birth_date {
        // The calendar of schedules begins in 2000; people do not.
        let born = birth_date(date.expose())?;
        if born > today {
            return Err(Flaw::OutOfBounds("Not in the future.").of("birth_date"));
        }
    }
    if let Some(number) = &profile.phone {
        phone(number.expose())?;
    }
    if let Some(code) = &profile.jurisdiction {
        check::jurisdiction(code)?;
    }
    if let Some(tag) = &profile.language {
        language(tag)?;
    }
    let short = [
        ("gender", &profile.gender),
        ("insurer", &profile.insurer),
        ("insurance_number", &profile.insurance_number),
        ("emergency_contact", &profile.emergency_contact),
    ];
    for (field, it) in short {
        if let Some(it) = it {
            text(field, it.expose(), MAX_SHORT, false)?;
        }
    }
    Ok(())
}

/// A date of birth. The calendar of schedules begins in 2000, people do not: a leap year more, and the day exists when
/// it does in a year of the same length.
fn birth_date(text: &str) -> Result<LocalDate, Refusal> {
    let flaw = || Flaw::ImpossibleDate.of("birth_date");
    let (year, rest) = text.split_at_checked(4).ok_or_else(flaw)?;
    let year: i32 = year.parse().map_err(|_| flaw())?;
    if !(1_880..2_200).contains(&year) {
        return Err(flaw());
    }
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let twin = if is_leap { "2004" } else { "2003" };
    let date = LocalDate::parse(&format!("{twin}{rest}")).map_err(|_| flaw())?;
    match LocalDate::parse(text) {
        Ok(exact) => Ok(exact),
        Err(_) if year < 2_000 => Ok(date.plus_days(-36_525)),
        Err(_) => Err(flaw()),
    }
}

fn licence(it: &Licence) -> Result<(), Refusal> {
    check::jurisdiction(&it.jurisdiction).map_err(|_| {
        Flaw::Misshapen("Each licence names an ISO 3166 code, such as DE or US-CA.").of("licences")
    })?;
    text("licences", &it.number, MAX_SHORT, false)?;
    match it.valid_until.as_deref().map(LocalDate::parse) {
        Some(Err(_)) => Err(Flaw::ImpossibleDate.of("licences")),
        _ => Ok(()),
    }
}

/// E.164: a plus sign and digits.
fn phone(number: &str) -> Result<(), Refusal> {
    let digits = number.strip_prefix('+').unwrap_or_default();
    let is_number = digits.bytes().all(|it| it.is_ascii_digit()) && !digits.starts_with('0');
    match is_number && PHONE_DIGITS.contains(&digits.len()) {
        true => Ok(()),
        false => Err(Flaw::Misshapen("With country code, such as +49301234567.").of("phone")),
    }
}

/// The shape of BCP 47: subtags of letters and digits.
fn language(tag: &str) -> Result<(), Refusal> {
    let mut subtags = tag.split('-');
    let is_primary =
        |it: &str| (2..=3).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphabetic());
    let is_subtag =
        |it: &str| (1..=8).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric());
    match subtags.next().is_some_and(is_primary) && subtags.all(is_subtag) && tag.len() <= 35 {
        true => Ok(()),
        false => Err(Flaw::Misshapen("A language tag, such as de or pt-BR.").of("language")),
    }
}

/// Short words in lower case, each once.
fn words(field: &'static str, all: &[String], most: usize) -> Result<Vec<String>, Refusal> {
    bounded(field, all.len(), most)?;
    let mut kept = Vec::new();
    for it in all {
        let word = it.trim().to_lowercase();
        if word.is_empty() {
            return Err(Flaw::OutOfBounds("No empty entry.").of(field));
        }
        text(field, &word, MAX_SHORT, false)?;
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    Ok(kept)
}

fn bounded(field: &'static str, has: usize, most: usize) -> Result<(), Refusal> {
    match has <= most {
        true => Ok(()),
        false => Err(Flaw::OutOfBounds("More entries than there may be.").of(field)),
    }
}

fn text(field: &'static str, it: &str, most: usize, has_lines: bool) -> Result<(), Refusal> {
    let is_allowed = |it: char| !it.is_control() || (has_lines && it == '\n');
    match it.chars().count() <= most && it.chars().all(is_allowed) {
        true => Ok(()),
        false => Err(Flaw::OutOfBounds("Too long, or with control characters.").of(field)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn told(profile: &PatientProfile) -> Option<&'static str> {
        let today = LocalDate::parse("2031-03-04").unwrap();
        match patient(profile, today) {
            Ok(()) => None,
            Err(Refusal::Flawed { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        }
    }

    #[rstest]
    #[case("1950-02-28", None)]
    #[case("1904-02-29", None)]
    #[case("1900-02-29", Some("birth_date"))]
    #[case("2000-02-29", None)]
    #[case("2031-03-04", None)]
    #[case("2031-03-05", Some("birth_date"))]
    #[case("1799-01-01", Some("birth_date"))]
    #[case("1950-13-01", Some("birth_date"))]
    #[case("yesterday", Some("birth_date"))]
    fn dates_of_birth(#[case] date: &str, #[case] flaw: Option<&str>) {
        let profile = PatientProfile { birth_date: Some(date.into()), ..PatientProfile::default() };
        assert_eq!(told(&profile), flaw);
    }

    #[rstest]
    #[case("+49301234567", None)]
    #[case("0301234567", Some("phone"))]
    #[case("+0301234567", Some("phone"))]
    #[case("+49 30 1234567", Some("phone"))]
    #[case("+1234567890123456", Some("phone"))]
    fn telephones(#[case] number: &str, #[case] flaw: Option<&str>) {
        let profile = PatientProfile { phone: Some(number.into()), ..PatientProfile::default() };
        assert_eq!(told(&profile), flaw);
    }

    #[rstest]
    #[case("de", true)]
    #[case("pt-BR", true)]
    #[case("zh-Hant-TW", true)]
    #[case("german", false)]
    #[case("d", false)]
    #[case("de-", false)]
    #[case("", false)]
    fn languages(#[case] tag: &str, #[case] is_good: bool) {
        assert_eq!(language(tag).is_ok(), is_good);
    }

    #[test]
    fn a_practitioner_is_kept_in_one_form() {
        let told = PractitionerProfile {
            specialties: vec![" Dermatology ".into(), "dermatology".into()],
            languages: vec!["DE".into()],
            weight: 10,
            ..PractitionerProfile::default()
        };
        let kept = practitioner(told.clone()).unwrap();
        assert_eq!(
            (kept.specialties, kept.languages),
            (vec!["dermatology".into()], vec!["de".into()])
        );
        let flawed = |it: PractitionerProfile| practitioner(it).unwrap_err();
        assert_eq!(
            flawed(PractitionerProfile { weight: 0, ..told.clone() }),
            Flaw::OutOfBounds("1 to 100.").of("weight")
        );
        assert!(matches!(
            flawed(PractitionerProfile { specialties: vec!["x".into(); 11], ..told }),
            Refusal::Flawed { field: "specialties", .. }
        ));
    }
}
