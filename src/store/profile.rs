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

/// What a patient tells about themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRecord {
    /// The account.
    pub person_id: PersonId,
    /// `YYYY-MM-DD`.
    pub birth_date: Option<Phi<String>>,
    /// As the patient words it.
    pub gender: Option<Phi<String>>,
    /// E.164.
    pub phone: Option<Phi<String>>,
    /// Where they usually are: ISO 3166-1 or 3166-2 code.
    pub jurisdiction: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Insurer, lower case.
    pub insurer: Option<Phi<String>>,
    /// Number with the insurer.
    pub insurance_number: Option<Phi<String>>,
    /// Name and telephone of whom to call.
    pub emergency_contact: Option<Phi<String>>,
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
