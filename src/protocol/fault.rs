//! THE TABLE of faults: code, HTTP status, number, class of retry, one sentence.
//!
//! Invariant: no second mapping of errors to statuses or texts exists anywhere. Who may not know that a thing exists
//! gets [`FaultCode::NotFound`], decided in one place (`domain::policy`).

use crate::protocol::factor::ProofKind;
use crate::protocol::file::Finding;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a caller may do after a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The same call will fail again.
    Never,
    /// The same call with the same key may be sent again at once.
    Now,
    /// The same call may be sent again after `after_ms`.
    After,
    /// Sign in, or refresh the access token, then call again.
    Reauthenticate,
    /// What the caller believed is out of date: read it again, then decide.
    Refresh,
}

/// Whether the call took effect. The field that clinical software must not leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing was changed.
    None,
    /// It was done, by this call or by an earlier one with its key; only the answer is missing.
    Applied,
    /// It may or may not have been done; calling again with the same key is safe and tells.
    Unknown,
}

macro_rules! fault_table {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $number:literal, $status:literal, $retry:ident, $sentence:literal;)+) => {
        /// The code of a fault: stable, for programs and for support.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum FaultCode {
            $( #[doc = $sentence] #[serde(rename = $code)] $variant, )+
        }

        impl FaultCode {
            /// Every row of the table.
            pub const ALL: &'static [FaultCode] = &[$(FaultCode::$variant),+];

            /// The code as text, as on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(FaultCode::$variant => $code,)+ }
            }

            /// Four digits that can be read out on the telephone; the first is the class.
            pub const fn number(self) -> u16 {
                match self { $(FaultCode::$variant => $number,)+ }
            }

            /// HTTP status of the same answer over REST.
            pub const fn http_status(self) -> u16 {
                match self { $(FaultCode::$variant => $status,)+ }
            }

            /// What the caller may do.
            pub const fn retry(self) -> Retry {
                match self { $(FaultCode::$variant => Retry::$retry,)+ }
            }

            /// One sentence for a developer; clients have their own words for people.
            pub const fn sentence(self) -> &'static str {
                match self { $(FaultCode::$variant => $sentence,)+ }
            }
        }
    };
}

fault_table! {
    Malformed = "malformed", 1000, 400, Never, "The request could not be read: syntax, a missing, an unknown or an ill-typed field.";
    UnknownOperation = "unknown_operation", 1001, 400, Never, "There is no such operation in this version.";
    Unsupported = "unsupported", 1002, 400, Never, "This kind of frame, or this operation over this transport, is not supported.";
    InvalidValue = "invalid_value", 1003, 400, Never, "A field is well-formed but its value is not acceptable; details name it.";
    BadOffer = "bad_offer", 1004, 400, Never, "The media offer cannot be used.";
    TooLarge = "too_large", 1005, 413, Never, "The request is larger than the bound.";
    Unauthenticated = "unauthenticated", 2000, 401, Reauthenticate, "No valid access token came with the call.";
    WrongCredentials = "wrong_credentials", 2001, 401, Never, "E-mail and password do not belong together.";
    SessionEnded = "session_ended", 2002, 401, Reauthenticate, "This sign-in has ended, was signed out or revoked.";
    JoinTokenInvalid = "join_token_invalid", 2003, 401, Never, "This join link is not valid.";
    JoinTokenExpired = "join_token_expired", 2004, 401, Never, "This join link has expired.";
    JoinTokenUsed = "join_token_used", 2005, 401, Never, "This join link has been used already.";
    ProviderRefused = "provider_refused", 2006, 401, Never, "The provider has signed nobody in.";
    ProviderDistrusted = "provider_distrusted", 2007, 401, Never, "What came back from the provider cannot be believed; nobody is signed in.";
    IdentityUnknown = "identity_unknown", 2008, 401, Never, "No account here is linked to this identity; sign in, and link it first.";
    Forbidden = "forbidden", 3000, 403, Never, "The caller may know this exists, but may not do this.";
    NotAdmitted = "not_admitted", 3001, 403, Refresh, "The caller waits and has not been admitted.";
    WrongOrigin = "wrong_origin", 3002, 403, Never, "The page that asks is not one of this hub's.";
    LicenceRequired = "licence_required", 3003, 403, Never, "No valid licence of the clinician covers the place where the patient will be.";
    PaymentRequired = "payment_required", 3004, 402, Refresh, "What is held has to be paid for before it is booked.";
    ContentBlocked = "content_blocked", 3005, 403, Never, "It holds what may not be written here; findings say of which kind.";
    FactorRequired = "factor_required", 3006, 403, Never, "This account has to enrol a second factor before anything else.";
    StepUp = "step_up", 3007, 403, Refresh, "A proof of who it is, of late, is needed for this; details say which.";
    WrongFactor = "wrong_factor", 3008, 403, Never, "The code or passkey is not good, or was used before.";
    TlsRequired = "tls_required", 3009, 426, Never, "Calls and sockets come over TLS only; nothing was looked at.";
    NotThisWay = "not_this_way", 3010, 403, Never, "This account, or this identity, is not signed in by this provider.";
    NotFound = "not_found", 4000, 404, Never, "There is no such thing, or the caller may not know.";
    VisitClosed = "visit_closed", 4100, 410, Never, "The appointment is closed: ended, cancelled or not attended.";
    HoldExpired = "hold_expired", 4101, 410, Refresh, "The time is no longer held: the hold has ended, was released, or was used.";
    ChallengeEnded = "challenge_ended", 4102, 410, Refresh, "The challenge has ended or was used; begin again.";
    LinkEnded = "link_ended", 4103, 410, Never, "This link is not good: it was used, has ended, or never was.";
    Conflict = "conflict", 5000, 409, Refresh, "The thing was changed meanwhile.";
    NotAllowedNow = "not_allowed_now", 5001, 409, Refresh, "The visit is not in a state in which this can be done.";
    EmailTaken = "email_taken", 5002, 409, Never, "Another account has this e-mail address.";
    KeyReused = "key_reused", 5003, 422, Never, "This idempotency key was used for another request.";
    StillRunning = "still_running", 5004, 409, After, "A call with this idempotency key is still being worked on.";
    Moved = "moved", 5005, 409, Now, "Another owner has taken over; the call went to the old one.";
    SlotTaken = "slot_taken", 5006, 409, Refresh, "The clinician has another live appointment at that time.";
    NotOffered = "not_offered", 5007, 409, Refresh, "Nobody offers that time: no hours, another raster, or too near or too far.";
    Stale = "stale", 5008, 412, Refresh, "It is not any more where the caller saw it; nothing was done.";
    WrongOffset = "wrong_offset", 5009, 409, Refresh, "The upload goes on from another offset; the header Upload-Offset says from which.";
    ContentWarned = "content_warned", 5010, 409, Never, "It holds what may not belong here; it is taken with an override and its reason.";
    IdentityTaken = "identity_taken", 5011, 409, Never, "This identity belongs to another account, or the account has another one of this provider.";
    KeptElsewhere = "kept_elsewhere", 5012, 409, Never, "The home of this person is another region, and their data are kept there; details say where.";
    TooManyRequests = "too_many_requests", 6000, 429, After, "Too many calls in a short time.";
    TooManyFollows = "too_many_follows", 6001, 429, Never, "The connection follows as many topics as it may.";
    TooManyInFlight = "too_many_in_flight", 6002, 429, After, "The connection waits for as many answers as it may.";
    VisitFull = "visit_full", 6003, 409, Never, "As many people as a visit may have are in it or invited.";
    FileQuota = "file_quota", 6004, 409, Never, "As many uploads, or as many bytes of files, as there may be.";
    EmergencyQuota = "emergency_quota", 6005, 409, Never, "As many records as one clinician may open in an emergency within a day were opened.";
    Unavailable = "unavailable", 7000, 503, After, "A part that is needed for this does not answer at the moment.";
    MediaUnavailable = "media_unavailable", 7001, 503, After, "The media worker is restarting or full.";
    Draining = "draining", 7002, 503, After, "This node is going down; connect again.";
    DeadlineExceeded = "deadline_exceeded", 8000, 504, Now, "The deadline of the call passed.";
    Cancelled = "cancelled", 8001, 499, Now, "The caller cancelled the call.";
    OutcomeUnknown = "outcome_unknown", 8002, 503, Now, "The store did not say whether the change was made; the same key is safe.";
    Internal = "internal", 9000, 500, After, "A mistake of ours. The request id helps to find it.";
}

/// Why a call failed. The same shape over REST (as the body) and over the WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which fault.
    pub code: FaultCode,
    /// Its number, to be read out to support.
    pub number: u16,
    /// One sentence for developers. Never contains a value that came with the call.
    pub message: String,
    /// What the caller may do.
    pub retry: Retry,
    /// Whether the call took effect.
    pub outcome: Outcome,
    /// Milliseconds to wait before the same call, when `retry` is `after`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_ms: Option<u32>,
    /// The field of the request that is to blame, when one is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// The next times that are free, when a time was asked for that is not.
    #[serde(skip_serializing_if = "is_nothing", default)]
    #[schemars(with = "Vec<UnixMillis>")]
    pub next_free: Box<[UnixMillis]>,
    /// What was found in the text, when it was not taken for that.
    #[serde(skip_serializing_if = "is_nothing", default)]
    #[schemars(with = "Vec<Finding>")]
    pub findings: Box<[Finding]>,
    /// What would do, when a proof of late is needed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<StepUpNeeded>")]
    pub step_up: Option<Box<StepUpNeeded>>,
    /// Where somebody is kept, when it is not here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<KeptElsewhere>")]
    pub elsewhere: Option<Box<KeptElsewhere>>,
    /// Id of the call, the same as in our logs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<crate::protocol::ids::RequestId>,
}

/// Which proof is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpNeeded {
    /// Seconds that it may be old.
    pub max_age_s: u32,
    /// What would prove it.
    pub methods: Vec<ProofKind>,
}

/// Where somebody is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptElsewhere {
    /// The region that is their home.
    pub region: String,
    /// Where they sign in, when this hub knows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
}

impl Fault {
    /// A row of the table as a fault.
    pub fn new(code: FaultCode) -> Self {
        let outcome = match code {
            FaultCode::OutcomeUnknown | FaultCode::DeadlineExceeded | FaultCode::Cancelled => {
                Outcome::Unknown
            }
            _ => Outcome::None,
        };
        let after_ms = (code.retry() == Retry::After).then_some(1_000);
        Fault {
            code,
            number: code.number(),
            message: code.sentence().to_owned(),
            retry: code.retry(),
            outcome,
            after_ms,
            field: None,
            next_free: Box::default(),
            findings: Box::default(),
            step_up: None,
            elsewhere: None,
            request_id: None,
        }
    }

    /// [`FaultCode::InvalidValue`] of one field, with a sentence that does not repeat the value.
    pub fn invalid(field: &'static str, message: &'static str) -> Self {
        Fault {
            message: message.to_owned(),
            field: Some(field.to_owned()),
            ..Fault::new(FaultCode::InvalidValue)
        }
    }

    /// The same fault with another sentence. The sentence must be ours, never the caller's words.
    #[must_use]
    pub fn because(mut self, message: &'static str) -> Self {
        message.clone_into(&mut self.message);
        self
    }

    /// The same fault of a call that was done: there is nothing to do again, and what is so can be read.
    #[must_use]
    pub fn applied(self) -> Self {
        Fault { outcome: Outcome::Applied, retry: Retry::Refresh, after_ms: None, ..self }
    }

    /// The same fault of a call that may have been done: the same key is safe, and tells.
    #[must_use]
    pub fn unknown(self) -> Self {
        Fault { outcome: Outcome::Unknown, ..self }
    }

    /// The same fault with a time to wait.
    #[must_use]
    pub fn after(mut self, wait: std::time::Duration) -> Self {
        self.after_ms = Some(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX));
        self
    }
}

fn is_nothing<T>(all: &[T]) -> bool {
    all.is_empty()
}

impl From<FaultCode> for Fault {
    fn from(code: FaultCode) -> Self {
        Fault::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_and_numbers_are_unique_and_statuses_fit_their_class() {
        let codes: BTreeSet<_> = FaultCode::ALL.iter().map(|it| it.as_str()).collect();
        let numbers: BTreeSet<_> = FaultCode::ALL.iter().map(|it| it.number()).collect();
        assert_eq!(codes.len(), FaultCode::ALL.len());
        assert_eq!(numbers.len(), FaultCode::ALL.len());
        for code in FaultCode::ALL {
            let statuses: &[u16] = match code.number() / 1000 {
                1 => &[400, 413],
                2 => &[401],
                3 => &[403, 402, 426],
                4 => &[404, 410],
                5 => &[409, 412, 422],
                6 => &[429, 409],
                7 => &[503],
                8 => &[504, 499, 503],
                _ => &[500],
            };
            assert!(statuses.contains(&code.http_status()), "{}", code.as_str());
        }
    }

    #[test]
    fn serde_and_as_str_agree() {
        for code in FaultCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
