//! What is refused before it is a call: a token that is not good, a sign-in that has ended, a page of somebody else.
//!
//! Invariant: who it was is known only where a signature of ours has said so. Does not: record it (whoever has the log does).

use super::Caller;
use crate::protocol::fault::{Fault, FaultCode};
use std::net::IpAddr;

/// Why somebody is not let in, and who that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// What they are told.
    pub code: FaultCode,
    /// Whose token it was; nobody's when its signature is not good.
    pub caller: Option<Caller>,
}

impl Refusal {
    /// Of somebody whose token is signed.
    #[must_use]
    pub const fn of(code: FaultCode, caller: Caller) -> Self {
        Refusal { code, caller: Some(caller) }
    }
}

impl From<FaultCode> for Refusal {
    fn from(code: FaultCode) -> Self {
        Refusal { code, caller: None }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        refusal.code.into()
    }
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// An operation.
    Operation(&'static str),
    /// A connection, by an upgrade or a hello.
    Connection,
    /// That a connection goes on.
    Continuation,
    /// That a payment is looked at: its provider has told something, or somebody else has.
    PaymentMessage,
}

/// What was refused, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// What.
    pub wanted: Wanted,
    /// Why.
    pub refusal: Refusal,
    /// Where it came from.
    pub address: IpAddr,
}

impl Refused {
    /// Whether somebody was denied something. Who is told that a part does not answer comes again.
    #[must_use]
    pub const fn is_denial(&self) -> bool {
        matches!(self.refusal.code.http_status(), 401 | 403)
    }
}
