//! What is said of people besides their accounts: of those whose time can be booked, and of patients.

use crate::protocol::ids::{PersonId, ServiceId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use serde::{Deserialize, Serialize};

/// A licence to practise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceRecord {
    /// ISO 3166-1 or 3166-2 code, such as `DE` or `US-CA`.
    pub jurisdiction: String,
    /// Number in the register.
    pub number: String,
    /// Last day, `YYYY-MM-DD`.
    pub valid_until: Option<String>,
}

/// Somebody whose time can be booked: a clinician, or an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PractitionerRecord {
    /// The account.
    pub person_id: PersonId,
    /// Of the account.
    pub display_name: Phi<String>,
    /// Of the account: clinician or interpreter.
    pub role: Role,
    /// Of the account.
    pub time_zone: String,
    /// Of the account: it is suspended or kept elsewhere, and nothing new is booked with them.
    pub is_out: bool,
    /// Lower case.
    pub specialties: Vec<String>,
    /// BCP 47, such as `de`.
    pub languages: Vec<String>,
    /// Where they may treat.
    pub licences: Vec<LicenceRecord>,
    /// Insurers that pay them, lower case.
    pub insurers: Vec<String>,
    /// For patients to read.
    pub about: String,
    /// Years.
    pub experience_years: u8,
    /// Share of a pool's appointments, 1 to 100; 100 until somebody says otherwise.
    pub weight: u8,
    /// What they offer.
    pub service_ids: Vec<ServiceId>,
    /// Grows with every change; 0 for one that was never saved.
    pub revision: u32,
}

/// How a sealed field begins.
const SEALED: &str = "~1.";

/// What stands in a column of a patient's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Sealed by the person's key, for this row and revision.
    Sealed(String),
    /// As it was written before fields were sealed.
    Plain(Phi<String>),
}

impl Kept {
    /// What a column holds.
    pub fn of(text: String) -> Self {
        if text.starts_with(SEALED) { Kept::Sealed(text) } else { Kept::Plain(text.into()) }
    }

    /// What a column is to hold.
    pub fn into_column(self) -> String {
        match self {
            Kept::Sealed(text) => text,
            Kept::Plain(text) => text.into_exposed(),
        }
    }
}

impl From<&str> for Kept {
    fn from(text: &str) -> Self {
        Kept::of(text.to_owned())
    }
}

/// What a patient tells about themselves, as it is kept: sealed, but for where they are and which language they speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRecord {
    /// The account.
    pub person_id: PersonId,
    /// `YYYY-MM-DD`.
    pub birth_date: Option<Kept>,
    /// As the patient words it.
    pub gender: Option<Kept>,
    /// E.164.
    pub phone: Option<Kept>,
    /// Where they usually are: ISO 3166-1 or 3166-2 code.
    pub jurisdiction: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Insurer, lower case.
    pub insurer: Option<Kept>,
    /// Number with the insurer.
    pub insurance_number: Option<Kept>,
    /// Name and telephone of whom to call.
    pub emergency_contact: Option<Kept>,
    /// Grows with every change; 0 for one that was never saved.
    pub revision: u32,
}

impl PractitionerRecord {
    /// One whose profile was never saved.
    pub fn without_profile(
        person_id: PersonId,
        display_name: Phi<String>,
        role: Role,
        time_zone: String,
    ) -> Self {
        PractitionerRecord {
            person_id,
            display_name,
            role,
            time_zone,
            is_out: false,
            specialties: vec![],
            languages: vec![],
            licences: vec![],
            insurers: vec![],
            about: String::new(),
            experience_years: 0,
            weight: 100,
            service_ids: vec![],
            revision: 0,
        }
    }
}

impl PatientRecord {
    /// Whether any field is sealed. What is written now has all of them sealed.
    pub fn is_sealed(&self) -> bool {
        self.fields().iter().any(|it| matches!(it, Some(Kept::Sealed(_))))
    }

    /// Whether every field is.
    pub fn is_all_sealed(&self) -> bool {
        self.fields().iter().all(|it| matches!(it, Some(Kept::Sealed(_))))
    }

    fn fields(&self) -> [&Option<Kept>; 6] {
        [
            &self.birth_date,
            &self.gender,
            &self.phone,
            &self.insurer,
            &self.insurance_number,
            &self.emergency_contact,
        ]
    }

    /// One who has told nothing.
    pub const fn without_profile(person_id: PersonId) -> Self {
        PatientRecord {
            person_id,
            birth_date: None,
            gender: None,
            phone: None,
            jurisdiction: None,
            language: None,
            insurer: None,
            insurance_number: None,
            emergency_contact: None,
            revision: 0,
        }
    }
}
