//! Whether a caller has proven enough for an operation.
//!
//! Invariant: what counts is what the store says at that moment, never what a token says: a proof is good on every node at once,
//! and a session that was limited is so until the store knows better. Operations that ask for nothing cost nothing.
//! Does not: prove anything (`auth.step_up` does).

use super::{Caller, Hub};
use crate::domain::identity::is_fresh;
use crate::domain::policy::is_for_enrolling;
use crate::protocol::factor::ProofKind;
use crate::protocol::fault::{Fault, FaultCode, StepUpNeeded};
use crate::protocol::operation::Operation;
use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// What is proven of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// When its owner last proved that it is them.
    pub at: Option<UnixMillis>,
    /// It can only enrol a second factor.
    pub is_limited: bool,
    /// What would prove it.
    pub methods: Vec<ProofKind>,
}

/// # Errors
/// [`FaultCode::FactorRequired`], or [`FaultCode::StepUp`] with what is needed.
pub(super) async fn must_be_proven<H: Hub, O: Operation>(
    hub: &H,
    caller: &Caller,
    now: UnixMillis,
) -> Result<(), Fault> {
    let is_closed = caller.is_limited && !is_for_enrolling(O::ACCESS);
    if !is_closed && O::FRESH == 0 {
        return Ok(());
    }
    let proven = hub.proven(caller).await?;
    if is_closed && proven.is_limited {
        return Err(FaultCode::FactorRequired.into());
    }
    if O::FRESH > 0 { is_of_late(proven, O::FRESH, now) } else { Ok(()) }
}

fn is_of_late(proven: Proven, max_age_s: u32, now: UnixMillis) -> Result<(), Fault> {
    if is_fresh(proven.at, Duration::from_secs(max_age_s.into()), now) {
        return Ok(());
    }
    let needed = StepUpNeeded { max_age_s, methods: proven.methods };
    Err(Fault { step_up: Some(Box::new(needed)), ..FaultCode::StepUp.into() })
}
