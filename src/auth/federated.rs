//! What a browser holds while it is at an OpenID provider, and after it has come back: sealed, so that nothing has to be kept of it here.
//!
//! Invariants: a flow is good for one way to one provider and back, a ticket for what that provider has said, each for some minutes, once (the
//! store's `Factors::spend_challenge`), and for the browser that has the cookie. State, nonce and PKCE verifier follow from the flow;
//! nobody but this hub can make them. Does not: believe a provider (`federation`).

use crate::crypto::Sealer;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{PersonId, SessionId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use uuid::Uuid;

/// From the way to the provider until the way back: a password, a telephone, a captcha.
pub const FLOW_FOR: Duration = Duration::from_secs(10 * 60);
/// From the way back until it is taken: the page does it at once.
pub const TICKET_FOR: Duration = Duration::from_secs(2 * 60);
/// Longest cookie that is looked at.
const MAX_CHARS: usize = 4_096;
const FLOW: &str = "federated|flow";
const TICKET: &str = "federated|ticket";

/// Whose account it is to be linked to, and in which session that was asked.
pub type ForLink = Option<(PersonId, SessionId)>;

/// A way to a provider and back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Which.
    pub id: Uuid,
    /// To whom.
    pub provider: String,
    /// For what.
    pub link: ForLink,
    /// When it began.
    pub begun_at: UnixMillis,
    /// When it ends.
    pub expires_at: UnixMillis,
}

impl Flow {
    /// A new one.
    pub fn new(provider: &str, link: ForLink, now: UnixMillis) -> Self {
        let provider = provider.to_owned();
        let expires_at = now.plus(FLOW_FOR);
        Flow { id: Uuid::new_v4(), provider, link, begun_at: now, expires_at }
    }

    /// For the cookie.
    ///
    /// # Errors
    /// [`FaultCode::Internal`] when it cannot be sealed.
    pub fn seal(&self, sealer: &Sealer) -> Result<Phi<String>, Fault> {
        seal(sealer, FLOW, self)
    }

    /// Of the cookie of a browser that has come back with that `state`.
    ///
    /// # Errors
    /// [`FaultCode::ChallengeEnded`], always the same, whatever is wrong.
    pub fn open(
        sealer: &Sealer,
        sealed: Option<&Phi<String>>,
        provider: &str,
        state: &str,
        now: UnixMillis,
    ) -> Result<Self, Fault> {
        let flow: Option<Flow> = open(sealer, FLOW, sealed);
        let is_its =
            |it: &Flow| sealer.is_derived(&["federated", "state", &it.id.to_string()], state);
        let good = |it: &Flow| now < it.expires_at && it.provider == provider && is_its(it);
        flow.filter(good).ok_or_else(|| FaultCode::ChallengeEnded.into())
    }

    /// Goes to the provider and comes back with its answer.
    pub fn state(&self, sealer: &Sealer) -> Phi<String> {
        self.derived(sealer, "state")
    }

    /// Goes to the provider and comes back in its token.
    pub fn nonce(&self, sealer: &Sealer) -> Phi<String> {
        self.derived(sealer, "nonce")
    }

    /// Its hash goes to the provider, itself with the code (PKCE).
    pub fn verifier(&self, sealer: &Sealer) -> Phi<String> {
        self.derived(sealer, "verifier")
    }

    fn derived(&self, sealer: &Sealer, what: &str) -> Phi<String> {
        sealer.derive_token(&["federated", what, &self.id.to_string()])
    }
}

/// What a provider has said of whoever has this browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// Which.
    pub id: Uuid,
    /// Who has said it.
    pub provider: String,
    /// Who it is there.
    pub subject: String,
    /// The provider's own session.
    pub sid: Option<String>,
    /// An address that the provider has verified.
    pub email: Option<String>,
    /// When they last proved there who they are.
    pub proved_at: Option<UnixMillis>,
    /// That proof is two factors.
    pub is_second_factor: bool,
    /// The account was found by that address: the identity is linked to it when its session begins.
    pub is_by_address: bool,
    /// What the flow was for.
    pub link: ForLink,
    /// When it was said.
    pub at: UnixMillis,
}

impl Ticket {
    /// For the cookie.
    ///
    /// # Errors
    /// [`FaultCode::Internal`] when it cannot be sealed.
    pub fn seal(&self, sealer: &Sealer) -> Result<Phi<String>, Fault> {
        seal(sealer, TICKET, self)
    }

    /// Of the cookie.
    ///
    /// # Errors
    /// [`FaultCode::ChallengeEnded`], always the same, whatever is wrong.
    pub fn open(sealer: &Sealer, sealed: &Phi<String>, now: UnixMillis) -> Result<Self, Fault> {
        let ticket: Option<Ticket> = open(sealer, TICKET, Some(sealed));
        let good = ticket.filter(|it| now < it.ends());
        good.ok_or_else(|| FaultCode::ChallengeEnded.into())
    }

    /// When it ends.
    pub fn ends(&self) -> UnixMillis {
        self.at.plus(TICKET_FOR)
    }
}

fn seal(sealer: &Sealer, place: &str, it: &impl Serialize) -> Result<Phi<String>, Fault> {
    let plain = serde_json::to_vec(it).map_err(|_| FaultCode::Internal)?;
    Ok(Phi::new(sealer.seal(place, &plain).map_err(|_| FaultCode::Internal)?))
}

fn open<T: DeserializeOwned>(
    sealer: &Sealer,
    place: &str,
    sealed: Option<&Phi<String>>,
) -> Option<T> {
    let sealed = sealed.map(Phi::expose).filter(|it| it.len() <= MAX_CHARS)?;
    serde_json::from_slice(&sealer.open(place, sealed)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    #[test]
    fn a_flow_is_good_for_its_browser_its_provider_and_its_state() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let flow = Flow::new("sso", None, NOW);
        let sealed = flow.seal(&sealer).unwrap();
        let state = flow.state(&sealer);
        let open = |sealed: Option<&Phi<String>>, provider, state: &str, at| {
            Flow::open(&sealer, sealed, provider, state, at).map_err(|it| it.code)
        };
        assert_eq!(open(Some(&sealed), "sso", state.expose(), NOW), Ok(flow.clone()));
        let ended = Err(FaultCode::ChallengeEnded);
        assert_eq!(open(None, "sso", state.expose(), NOW), ended, "no cookie");
        assert_eq!(open(Some(&sealed), "other", state.expose(), NOW), ended, "mixed up");
        assert_eq!(open(Some(&sealed), "sso", flow.nonce(&sealer).expose(), NOW), ended);
        let other = Flow::new("sso", None, NOW).state(&sealer);
        assert_eq!(open(Some(&sealed), "sso", other.expose(), NOW), ended, "of another browser");
        assert_eq!(open(Some(&sealed), "sso", state.expose(), flow.expires_at), ended, "late");
        let words = [flow.state(&sealer), flow.nonce(&sealer), flow.verifier(&sealer)];
        assert!(words[0] != words[1] && words[1] != words[2] && words[0] != words[2]);
        assert_eq!(words[2].expose().len(), 43, "as long as RFC 7636 asks for");
        assert_eq!(
            Ticket::open(&sealer, &sealed, NOW).map_err(|it| it.code),
            Err(FaultCode::ChallengeEnded),
            "a flow is no ticket"
        );
    }
}
