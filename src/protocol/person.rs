//! People with an account.

use crate::protocol::ids::{ParticipantId, PersonId, SessionId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody is. Accounts are patients, clinicians, interpreters, administrators or support; caregivers and colleagues
/// exist only as guests of a visit, and an interpreter can be either.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Who is treated.
    Patient,
    /// Who treats; host of the visit.
    Clinician,
    /// Translates between the two.
    Interpreter,
    /// A relative or another person who helps the patient.
    Caregiver,
    /// Another clinician, as a guest.
    Colleague,
    /// Runs the clinic; never takes part in a visit.
    Admin,
    /// Helps people to sign in and looks after messages; sees nothing of anybody's care.
    Support,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 7] = [
        Role::Patient,
        Role::Clinician,
        Role::Interpreter,
        Role::Caregiver,
        Role::Colleague,
        Role::Admin,
        Role::Support,
    ];

    /// As on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Patient => "patient",
            Role::Clinician => "clinician",
            Role::Interpreter => "interpreter",
            Role::Caregiver => "caregiver",
            Role::Colleague => "colleague",
            Role::Admin => "admin",
            Role::Support => "support",
        }
    }

    /// The role of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Role::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether an account can have it.
    pub const fn may_have_account(self) -> bool {
        !matches!(self, Role::Caregiver | Role::Colleague)
    }

    /// Whether a guest of a visit can have it.
    pub const fn may_be_guest(self) -> bool {
        matches!(self, Role::Interpreter | Role::Caregiver | Role::Colleague)
    }
}

/// A person as an administrator sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    /// Id.
    pub person_id: PersonId,
    /// Name as it is shown to others.
    pub display_name: Phi<String>,
    /// E-mail address, lower case; the name to sign in with.
    pub email: Phi<String>,
    /// Role.
    pub role: Role,
    /// IANA time zone in which they are shown times.
    pub time_zone: String,
    /// When the account was made.
    pub created_at: UnixMillis,
}

/// Who the caller is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Me {
    /// The account; a guest has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// The one visit of a session that was opened by a join link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<OwnVisit>,
    /// Name as it is shown to others.
    pub display_name: Phi<String>,
    /// Role of this session.
    pub role: Role,
    /// This sign-in.
    pub session_id: SessionId,
    /// IANA time zone; absent for guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Seconds without a call after which the session is not refreshed any more, and after which a page should lock itself;
    /// none for guests. A visit counts as calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_after_s: Option<u32>,
    /// Nothing but enrolling a second factor can be done in this session until that is done.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_enrol: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(it: &bool) -> bool {
    !it
}

/// What a session from a join link is limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnVisit {
    /// The visit.
    pub appointment_id: crate::protocol::ids::AppointmentId,
    /// The part in it.
    pub participant_id: ParticipantId,
}

/// `me.read`: who am I?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadMe {}

/// `person.create`: makes an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePerson {
    /// 1 to 120 characters.
    pub display_name: Phi<String>,
    /// Unique, whatever its case.
    pub email: Phi<String>,
    /// 15 to 256 characters (NIST SP 800-63B-4: at least 15 where it is the only factor).
    pub password: Phi<String>,
    /// Patient, clinician, interpreter, administrator or support.
    pub role: Role,
    /// IANA name such as `Europe/Berlin`.
    pub time_zone: String,
}

/// `person.list`: accounts, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPeople {
    /// Only this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// Answer of `person.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct People {
    /// At most 500, by name.
    pub people: Vec<Person>,
}
