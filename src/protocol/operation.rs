//! [`Operation`]: what every row of the catalogue has. The params struct carries its name, its access and its answer.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

/// Who may call an operation at all. What they may touch with it is decided on the object, in `domain`.
/// There is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody; what is in the params is the credential.
    Anyone,
    /// Whoever is signed in, even in a session that can only enrol a second factor.
    AnySession,
    /// Whoever has an account, even in a session that can only enrol a second factor.
    Enrolling,
    /// Whoever is signed in and not support, guests of a visit included.
    SignedIn,
    /// Whoever has an account; not a session that was opened by a join link.
    Account,
    /// Whoever has an account and is treated, treats, interprets or runs the clinic: every account but support's.
    CareAccount,
    /// Whoever can be in a visit: everybody signed in but administrators and support.
    VisitParty,
    /// Clinicians.
    Clinician,
    /// Clinicians with an account.
    ClinicianAccount,
    /// Clinicians and administrators.
    Staff,
    /// Patients with an account.
    Patient,
    /// Clinicians, interpreters and administrators with an account: whoever has a schedule or looks after schedules.
    StaffAccount,
    /// Support and administrators: what has to do with accounts and messages, and nothing with anybody's care.
    Support,
    /// Administrators.
    Admin,
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It reads. GET over REST.
    Read,
    /// It changes durable state: idempotency keys hold, and the audit has a row before the change or with it.
    Write,
    /// It changes live state only (media, presence), or proves something and is answered by what must not be kept; repeating it
    /// is harmless.
    Live,
}

/// How fast one caller may call. The figures are in `command::limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Reads and everyday writes.
    Normal,
    /// Whatever tries a secret: sign-in, refresh, join links. Counted by address and by account.
    Credential,
    /// Calls that a busy client makes often: sizes, sources, quality reports.
    Frequent,
}

/// An operation of the catalogue.
pub trait Operation: Serialize + DeserializeOwned + JsonSchema + Send + 'static {
    /// `noun.verb`, as in frames, audit entries and metrics.
    const NAME: &'static str;
    /// Who may call it.
    const ACCESS: Access;
    /// What it does.
    const EFFECT: Effect;
    /// How often.
    const PACE: Pace;
    /// Seconds that a proof of who it is may be old (`auth.step_up`); zero where none is asked for.
    const FRESH: u32;
    /// HTTP status of success: 200, or 201 with a `Location`.
    const SUCCESS: u16;
    /// What it answers.
    type Output: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
}
