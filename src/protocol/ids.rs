//! Identifiers, one newtype each, so that no two can be swapped.
//!
//! All of them are UUIDs (RFC 9562). Version 7 is made for rows, so that an index grows at its end; an id is never a
//! secret: what opens a door is a token of 256 random bits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline, extend("tsType" = concat!("string & { readonly __id: \"", stringify!($name), "\" }")))]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map($name)
            }
        }
    )+ };
}

ids! {
    /// An organisation: a clinic of its own, whose people, appointments and records are nobody else's.
    OrganisationId;
    /// A person with an account: patient, clinician or administrator.
    PersonId;
    /// An appointment. The visit that takes place for it, and its room, carry the same id.
    AppointmentId;
    /// Somebody's part in one visit. A person has another one in every visit; a guest has no other id at all.
    ParticipantId;
    /// A second factor of an account.
    FactorId;
    /// An identity at an OpenID provider that signs an account in.
    IdentityId;
    /// One sign-in on one device, from the first token to sign-out. Its refresh tokens form one rotation family.
    SessionId;
    /// A link that lets one participant into one visit, once.
    JoinLinkId;
    /// One WebSocket.
    ConnectionId;
    /// One row of the audit log.
    AuditId;
    /// A kind of appointment that can be booked (FHIR `HealthcareService`).
    ServiceId;
    /// One recurring rule of a practitioner's hours.
    TemplateId;
    /// One deviation from the hours: an override of one practitioner, or a closure of the clinic.
    ExceptionId;
    /// Time that is reserved for somebody until they confirm or it expires.
    HoldId;
    /// What is paid before something is booked.
    PaymentId;
    /// One claim on one human's time, held or busy (FHIR `Slot`).
    SlotId;
    /// Appointments that were booked together and recur.
    SeriesId;
    /// Somebody's wish for an earlier place.
    WaitlistId;
    /// One message to one person by one channel.
    NoticeId;
    /// Something that a person at the clinic has to look at.
    TaskId;
    /// A conversation of people who write to each other.
    ConversationId;
    /// Somebody's part in one conversation. In that of a visit it is the same as their part in the visit.
    MemberId;
    /// One message of a conversation.
    MessageId;
    /// One file of a conversation.
    FileId;
    /// One erasure of a record.
    ErasureId;
    /// One reason why a record may not be erased.
    LegalHoldId;
    /// A record that a clinician opened in an emergency.
    GrantId;
    /// Filters of the audit log that somebody looks with again.
    ReportId;
    /// One call of an operation, from the first byte to the answer; also the request id in logs.
    RequestId;
}

impl OrganisationId {
    /// The organisation that every deployment has: the migration makes it, and whoever was there before organisations is in it.
    pub const FIRST: OrganisationId =
        OrganisationId(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0001));
}
