//! What is asked before something is proven: sealed, so that nothing has to be kept of it before it is answered.
//!
//! Invariants: a challenge is good for one purpose, one account (or none yet), one session where there is one, and some minutes;
//! the second step of a sign-in as long as the password is the one of the first.
//! That it is answered once is the store's (`Factors::spend_challenge`). What a passkey signs follows from it.

use crate::auth::federated::Ticket;
use crate::crypto::{Sealer, sha256};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{PersonId, SessionId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// Longest text that is looked at.
const MAX_CHARS: usize = 4_096;

/// What it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The second step of a sign-in.
    SignIn,
    /// A sign-in with a passkey and nothing else.
    PasskeySignIn,
    /// To prove it again.
    StepUp,
    /// A new passkey.
    AddPasskey,
}

impl Purpose {
    const fn place(self) -> &'static str {
        match self {
            Purpose::SignIn => "challenge|sign_in",
            Purpose::PasskeySignIn => "challenge|passkey_sign_in",
            Purpose::StepUp => "challenge|step_up",
            Purpose::AddPasskey => "challenge|add_passkey",
        }
    }
}

/// A challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Which.
    pub id: Uuid,
    /// Whose; nobody's yet when a passkey is to say.
    pub person: Option<PersonId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// When it ends.
    pub expires_at: UnixMillis,
    /// After which password it was asked, as [`fingerprint`] says: it dies with it.
    pub password: Option<[u8; 16]>,
    /// What a provider has said, instead of a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Box<Ticket>>,
}

/// Of the hash of a password: another password has another.
pub fn fingerprint(hash: &Phi<String>) -> [u8; 16] {
    let mut short = [0; 16];
    short.iter_mut().zip(sha256(hash.expose().as_bytes())).for_each(|(to, from)| *to = from);
    short
}

impl Challenge {
    /// A new one.
    pub fn new(
        person: Option<PersonId>,
        session: Option<SessionId>,
        now: UnixMillis,
        life: Duration,
    ) -> Self {
        let expires_at = now.plus(life);
        Challenge { id: Uuid::new_v4(), person, session, expires_at, password: None, ticket: None }
    }

    /// As the caller gets it.
    ///
    /// # Errors
    /// [`FaultCode::Internal`] when it cannot be sealed.
    pub fn seal(&self, sealer: &Sealer, purpose: Purpose) -> Result<Phi<String>, Fault> {
        let plain = serde_json::to_vec(self).map_err(|_| FaultCode::Internal)?;
        let sealed = sealer.seal(purpose.place(), &plain).map_err(|_| FaultCode::Internal)?;
        Ok(Phi::new(sealed))
    }

    /// As the caller brings it back.
    ///
    /// # Errors
    /// [`FaultCode::ChallengeEnded`], always the same, whatever is wrong.
    pub fn open(
        sealer: &Sealer,
        purpose: Purpose,
        sealed: &Phi<String>,
        now: UnixMillis,
    ) -> Result<Self, Fault> {
        let sealed = Some(sealed.expose()).filter(|it| it.len() <= MAX_CHARS);
        let plain = sealed.and_then(|it| sealer.open(purpose.place(), it));
        let challenge = plain.and_then(|it| serde_json::from_slice::<Challenge>(&it).ok());
        let good = challenge.filter(|it| now < it.expires_at);
        good.ok_or_else(|| FaultCode::ChallengeEnded.into())
    }

    /// What a passkey is to sign: 32 bytes, base64url.
    pub fn to_sign(&self, sealer: &Sealer, purpose: Purpose) -> Phi<String> {
        sealer.derive_token(&["passkey", purpose.place(), &self.id.to_string()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    #[test]
    fn a_challenge_is_good_for_what_it_was_asked_for() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let person = Some(PersonId(Uuid::from_u128(1)));
        let asked = Challenge::new(person, None, NOW, Duration::from_secs(180));
        let sealed = asked.seal(&sealer, Purpose::SignIn).unwrap();
        let open = |purpose, at| Challenge::open(&sealer, purpose, &sealed, at);
        assert_eq!(open(Purpose::SignIn, NOW), Ok(asked.clone()));
        let ended = Err(Fault::new(FaultCode::ChallengeEnded));
        assert_eq!(open(Purpose::StepUp, NOW), ended);
        assert_eq!(open(Purpose::SignIn, asked.expires_at), ended);
        let long = Phi::new("A".repeat(5_000));
        for bad in [Phi::from(""), Phi::from("nonsense"), long] {
            assert_eq!(Challenge::open(&sealer, Purpose::SignIn, &bad, NOW), ended);
        }
        let signs = |purpose| asked.to_sign(&sealer, purpose);
        assert_ne!(signs(Purpose::SignIn), signs(Purpose::StepUp));
        assert_eq!(signs(Purpose::SignIn).expose().len(), 43);
    }
}
