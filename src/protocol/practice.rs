//! What a clinic offers, who offers it, and what patients tell about themselves.

use crate::protocol::ids::{PersonId, ServiceId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Services of one clinic: a list that people read.
pub const MAX_SERVICES: usize = 500;

/// What has to be paid before an appointment is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// In the smallest unit of the currency.
    pub amount_minor: u32,
    /// ISO 4217.
    pub currency: String,
}

/// A kind of appointment that can be booked (FHIR `HealthcareService`; the names of its parameters are those of
/// Medplum's SchedulingParameters).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceCard {
    /// Which.
    pub service_id: ServiceId,
    /// What it is.
    pub terms: ServiceTerms,
    /// Grows with every change.
    pub revision: u32,
}

/// The terms of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceTerms {
    /// As patients read it; 1 to 120 characters.
    pub name: String,
    /// Such as `dermatology`; kept in lower case, 1 to 60 characters.
    pub specialty: String,
    /// Length of an appointment in minutes, 5 to 480.
    pub duration_min: u16,
    /// Minutes kept free before, 0 to 240.
    pub buffer_before_min: u16,
    /// Minutes kept free after, 0 to 240.
    pub buffer_after_min: u16,
    /// Appointments begin at multiples of so many minutes of the local day, 5 to 480 …
    pub alignment_interval_min: u16,
    /// … and so many minutes later; less than the interval.
    pub alignment_offset_min: u16,
    /// Not sooner than so many minutes from now, 0 to 43 200.
    pub min_notice_min: u32,
    /// Not later than so many days from today, 1 to 366.
    pub horizon_days: u16,
    /// People who share one time; 1 for all but groups, up to 20.
    pub slot_capacity: u8,
    /// Whether it can be booked.
    pub is_active: bool,
    /// What it costs; nothing when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// `service.list`: what can be booked, by name; administrators see what is not active too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListServices {}

/// Answer of `service.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Services {
    /// By name.
    pub services: Vec<ServiceCard>,
}

/// `service.create`: a new kind of appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateService {
    /// What it is.
    pub terms: ServiceTerms,
}

/// `service.update`: other terms from now on; appointments that are booked stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateService {
    /// Which.
    pub service_id: ServiceId,
    /// The revision that the caller has seen.
    pub revision: u32,
    /// What it is from now on.
    pub terms: ServiceTerms,
}

/// A licence to practise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// ISO 3166-1 or 3166-2 code, such as `DE` or `US-CA`.
    pub jurisdiction: String,
    /// Number in the register.
    pub number: String,
    /// Last day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}

/// Somebody whose time can be booked, as the directory shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Practitioner {
    /// The account.
    pub person_id: PersonId,
    /// Name.
    pub display_name: Phi<String>,
    /// Clinician or interpreter.
    pub role: Role,
    /// IANA zone in which they live.
    pub time_zone: String,
    /// What they tell.
    pub profile: PractitionerProfile,
    /// Grows with every change.
    pub revision: u32,
}

/// What the directory tells of a practitioner.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PractitionerProfile {
    /// Lower case, at most 10.
    pub specialties: Vec<String>,
    /// BCP 47, at most 10.
    pub languages: Vec<String>,
    /// Where they may treat, at most 60.
    pub licences: Vec<Licence>,
    /// Insurers that pay them, at most 60.
    pub insurers: Vec<String>,
    /// For patients to read, at most 2 000 characters.
    pub about: String,
    /// Years of experience.
    pub experience_years: u8,
    /// Share of a pool's appointments, 1 to 100.
    pub weight: u8,
    /// What they offer, at most 50.
    pub service_ids: Vec<ServiceId>,
}

/// `practitioner.list`: the directory, by name. Every filter narrows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPractitioners {
    /// Clinicians or interpreters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// That specialty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specialty: Option<String>,
    /// Who offers that service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// Who speaks that language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Whom that insurer pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurer: Option<String>,
    /// Who may treat there today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
}

/// Answer of `practitioner.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Practitioners {
    /// By name.
    pub practitioners: Vec<Practitioner>,
}

/// `practitioner.update`: what the directory tells from now on; one's own, or anybody's by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePractitioner {
    /// Whose.
    pub person_id: PersonId,
    /// The revision that the caller has seen.
    pub revision: u32,
    /// From now on.
    pub profile: PractitionerProfile,
}

/// What a patient tells about themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientProfile {
    /// `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Phi<String>>,
    /// In their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Phi<String>>,
    /// E.164, such as `+49301234567`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phi<String>>,
    /// Where they usually are: ISO 3166-1 or 3166-2 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Insurer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurer: Option<Phi<String>>,
    /// Number with the insurer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurance_number: Option<Phi<String>>,
    /// Name and telephone of whom to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency_contact: Option<Phi<String>>,
}

/// A patient's profile as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnProfile {
    /// What they told.
    pub profile: PatientProfile,
    /// Grows with every change; 0 when they told nothing yet.
    pub revision: u32,
}

/// `profile.read`: what the caller, a patient, told about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadProfile {}

/// `profile.update`: what holds from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateProfile {
    /// The revision that the caller has seen.
    pub revision: u32,
    /// From now on.
    pub profile: PatientProfile,
}

/// `person.register`: makes one's own account, as a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterPatient {
    /// 1 to 120 characters.
    pub display_name: Phi<String>,
    /// Unique, whatever its case.
    pub email: Phi<String>,
    /// 15 to 128 characters.
    pub password: Phi<String>,
    /// IANA zone in which they want to be shown times.
    pub time_zone: String,
    /// Short name of the organisation whose patient they will be; the deployment's first when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organisation: Option<String>,
    /// The region that is their home; the hub's own when absent. One whose people are not kept here is refused by `kept_elsewhere`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub home_region: Option<String>,
}
