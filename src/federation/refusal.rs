//! Why nothing was believed: a word for logs and metrics, and the one fault that whoever is outside is told.

use crate::protocol::fault::{Fault, FaultCode};

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The provider does not answer, or not in time.
    Down,
    /// It does not take the client's secret.
    Client,
    /// Its metadata are not its own, or name what may not be asked.
    Metadata,
    /// It has signed nobody in: an error came back.
    Denied,
    /// It does not take the code.
    Code,
    /// An answer that cannot be read, or is too large.
    Shape,
    /// A token of another kind.
    Type,
    /// An algorithm that is not on the list.
    Algorithm,
    /// No key of the issuer's has that name and suits.
    Key,
    /// The signature is not of that key.
    Signature,
    /// Another issuer.
    Issuer,
    /// For somebody else.
    Audience,
    /// It has ended, has not begun, or is too old.
    Time,
    /// Of another sign-in.
    Nonce,
    /// Nobody has proven there of late who they are, or it does not say when.
    Proof,
    /// It does not belong to the access token.
    AccessHash,
    /// It names nobody.
    Subject,
    /// It tells of no logout.
    Event,
    /// It was told before.
    Replayed,
}

impl Refusal {
    /// For logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Refusal::Down => "down",
            Refusal::Client => "client",
            Refusal::Metadata => "metadata",
            Refusal::Denied => "denied",
            Refusal::Code => "code",
            Refusal::Shape => "shape",
            Refusal::Type => "type",
            Refusal::Algorithm => "algorithm",
            Refusal::Key => "key",
            Refusal::Signature => "signature",
            Refusal::Issuer => "issuer",
            Refusal::Audience => "audience",
            Refusal::Time => "time",
            Refusal::Nonce => "nonce",
            Refusal::Proof => "proof",
            Refusal::AccessHash => "access_hash",
            Refusal::Subject => "subject",
            Refusal::Event => "event",
            Refusal::Replayed => "replayed",
        }
    }
}

/// What is told of it.
impl From<Refusal> for Fault {
    fn from(it: Refusal) -> Fault {
        match it {
            Refusal::Down | Refusal::Client => FaultCode::Unavailable.into(),
            Refusal::Denied => FaultCode::ProviderRefused.into(),
            Refusal::Metadata
            | Refusal::Code
            | Refusal::Shape
            | Refusal::Type
            | Refusal::Algorithm
            | Refusal::Key
            | Refusal::Signature
            | Refusal::Issuer
            | Refusal::Audience
            | Refusal::Time
            | Refusal::Nonce
            | Refusal::Proof
            | Refusal::AccessHash
            | Refusal::Subject
            | Refusal::Event
            | Refusal::Replayed => FaultCode::ProviderDistrusted.into(),
        }
    }
}
