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

/// Whether somebody can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonStatus {
    /// They can.
    #[default]
    Active,
    /// They cannot, until an administrator reinstates them.
    Suspended,
    /// Their record was erased at their wish: there is nobody any more.
    Erased,
    /// Their home is a region whose people are not kept here: they sign in there.
    Elsewhere,
    /// They were sent a link to choose a password, and have not yet. Until then they cannot sign in by anything.
    Invited,
}

/// Why somebody is suspended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suspension {
    /// As who suspended them wrote it.
    pub reason: Phi<String>,
    /// The administrator.
    pub by: PersonId,
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
    /// Whether they can sign in.
    pub status: PersonStatus,
    /// Since when they cannot, or when they were invited; absent while they can, and where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_since: Option<UnixMillis>,
    /// Why they are suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
    /// Grows with every change by an administrator.
    pub revision: u32,
    /// The region where their data live; absent where the hub has no region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_region: Option<String>,
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
    /// The region where their data live; absent for guests, and where the hub has no region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_region: Option<String>,
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

/// `person.create`: makes an account. Without a password its owner is sent a link, good once and for 7 days, to choose one
/// (`auth.reset_password`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePerson {
    /// 1 to 120 characters.
    pub display_name: Phi<String>,
    /// Unique, whatever its case.
    pub email: Phi<String>,
    /// For scripts: a first password, 15 to 256 characters. It is taken for 7 days; until then its owner has to change it, and after that to
    /// ask for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Phi<String>>,
    /// Patient, clinician, interpreter, administrator or support.
    pub role: Role,
    /// IANA name such as `Europe/Berlin`.
    pub time_zone: String,
    /// The region that is their home; the hub's own when absent. One whose people are not kept here is refused by `kept_elsewhere`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_region: Option<String>,
}

/// `person.update`: what somebody is called, what they are and in which time zone, from now on. Patients stay patients and nobody
/// becomes one; other roles change among each other, but for one's own, for that of the last administrator, and for that of whoever has
/// appointments to come. With another role every sign-in of theirs ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePerson {
    /// Who.
    pub person_id: PersonId,
    /// The revision that the caller has seen.
    pub revision: u32,
    /// 1 to 120 characters.
    pub display_name: Phi<String>,
    /// The one that they have, or another.
    pub role: Role,
    /// IANA name such as `Europe/Berlin`.
    pub time_zone: String,
    /// The region where their data live from now on, one that the hub knows; as it was when absent. With one whose people are not kept
    /// here they have moved: every sign-in of theirs ends, none is opened, and nothing new is booked. Not with appointments to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_region: Option<String>,
}

/// `person.suspend`: they cannot sign in any more, and every sign-in of theirs ends. Their appointments stay; nothing new is booked
/// with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendPerson {
    /// Who.
    pub person_id: PersonId,
    /// 1 to 500 characters; administrators read it.
    pub reason: Phi<String>,
}

/// Answer of `person.suspend`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonSuspended {
    /// As they are now.
    pub person: Person,
    /// Appointments with them that are neither cancelled nor over: somebody has to look after these.
    pub appointments_ahead: u32,
}

/// `person.reinstate`: they can sign in again, by what they had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReinstatePerson {
    /// Who.
    pub person_id: PersonId,
}

/// `person.invite`: another link for somebody who has not chosen a password yet. The one before ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitePerson {
    /// Who.
    pub person_id: PersonId,
}

/// `person.list`: accounts, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPeople {
    /// Only this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Only who is that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PersonStatus>,
}

/// Answer of `person.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct People {
    /// At most 500, by name.
    pub people: Vec<Person>,
    /// Regions that this hub knows, its own first; none where it has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionCard>,
}

/// A region that somebody may be at home in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegionCard {
    /// Its name.
    pub region: String,
    /// Its people are kept here; those of the others are sent there.
    pub is_kept: bool,
}
