//! What a provider is asked, and what of its answer is believed for whom.
//!
//! Does not: judge tokens (`crate::federation`), or open sessions.

use crate::auth::federated::{Flow, ForLink, Ticket};
use crate::config::ProviderRole;
use crate::crypto::Sealer;
use crate::domain::identity::idle_after;
use crate::federation::{Begun, ProofAsked, Provider, Refusal, Said};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::provider::ProviderCard;
use crate::protocol::time::UnixMillis;
use uuid::Uuid;

/// What of a flow its provider is told, or tells again.
pub(super) struct Secrets {
    state: Phi<String>,
    nonce: Phi<String>,
    verifier: Phi<String>,
}

impl Secrets {
    pub(super) fn of(flow: &Flow, sealer: &Sealer) -> Self {
        let (state, nonce, verifier) =
            (flow.state(sealer), flow.nonce(sealer), flow.verifier(sealer));
        Secrets { state, nonce, verifier }
    }

    pub(super) fn begun(&self, proof: ProofAsked) -> Begun<'_> {
        Begun { state: &self.state, nonce: &self.nonce, verifier: &self.verifier, proof }
    }
}

/// What a provider is believed, or the fault; why is for the log and for who looks after the hub.
pub(super) fn heard<T>(provider: &Provider, said: Result<T, Refusal>) -> Result<T, Fault> {
    said.map_err(|refusal| {
        let labels =
            [("provider", provider.id().to_owned()), ("reason", refusal.as_str().to_owned())];
        metrics::counter!("bedside_provider_refusals_total", &labels).increment(1);
        tracing::warn!(
            provider = provider.id(),
            reason = refusal.as_str(),
            "a provider is not believed"
        );
        refusal.into()
    })
}

pub(super) fn ticket(provider: &Provider, said: Said, link: ForLink, at: UnixMillis) -> Ticket {
    Ticket {
        id: Uuid::new_v4(),
        provider: provider.id().to_owned(),
        is_second_factor: provider.is_second_factor(&said),
        subject: said.subject,
        sid: said.sid,
        email: said.email,
        is_by_address: false,
        proved_at: said.proved_at,
        link,
        at,
    }
}

pub(super) fn must_take(provider: &Provider, ticket: &Ticket) -> Result<(), Fault> {
    let takes = provider.takes(ticket.email.as_deref());
    if takes { Ok(()) } else { Err(FaultCode::NotThisWay.into()) }
}

pub(super) fn must_sign_in(provider: &Provider, role: Role) -> Result<(), Fault> {
    if signs_in(provider, role) { Ok(()) } else { Err(FaultCode::NotThisWay.into()) }
}

fn signs_in(provider: &Provider, role: Role) -> bool {
    let role = match role {
        Role::Patient => Some(ProviderRole::Patient),
        Role::Clinician => Some(ProviderRole::Clinician),
        Role::Interpreter => Some(ProviderRole::Interpreter),
        Role::Admin => Some(ProviderRole::Admin),
        Role::Support => Some(ProviderRole::Support),
        Role::Caregiver | Role::Colleague => None,
    };
    role.is_some_and(|it| provider.signs_in(it))
}

/// Who links proves anew who they are: at a shared computer somebody else may be signed in at the provider. Who signs in has done so within
/// the time that an account of the provider's strictest role may be left alone: longer, and its session there would undo the log-off here.
pub(super) fn proof_asked(provider: &Provider, flow: &Flow) -> ProofAsked {
    if flow.link.is_some() {
        return ProofAsked::Anew(flow.begun_at);
    }
    let roles = [Role::Clinician, Role::Admin, Role::Support, Role::Interpreter, Role::Patient];
    let theirs = roles.into_iter().filter(|it| signs_in(provider, *it));
    let shortest = theirs.filter_map(|it| idle_after(it, true)).min();
    ProofAsked::Within(provider.max_age().or(shortest).unwrap_or_default())
}

pub(super) fn card_of(provider: &Provider) -> ProviderCard {
    ProviderCard { provider_id: provider.id().to_owned(), name: provider.name().to_owned() }
}
