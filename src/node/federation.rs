//! Signing in by an OpenID provider, and the identities that do so.
//!
//! Invariants: an account is found by issuer and subject, which its owner has linked in a session with a fresh proof; by an address only
//! once, where the settings say that the provider alone gives those out, and then whoever has a second factor shows it. A provider
//! signs in the accounts of one organisation, which the settings name. What a
//! provider has proven is two factors only where the settings say so. A flow and a ticket are used up before anything is done by
//! them. Does not: judge tokens (`federation`).

mod said;

use self::said::{Secrets, card_of, heard, must_sign_in, must_take, proof_asked, ticket};
use crate::auth::challenge::{Purpose, fingerprint};
use crate::auth::federated::{Flow, ForLink, Ticket};
use crate::command::federated::{
    CameFromProvider, ComeFromProvider, GoToProvider, Going, ProviderLogsOut,
};
use crate::command::{Call, Execute, PROVIDER, unsaved};
use crate::federation::{Provider, Refusal};
use crate::node::Node;
use crate::node::identity::Entry;
use crate::node::proving::{Asked, own_account};
use crate::protocol::auth::{Done, SignInAnswer};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{IdentityId, OrganisationId};
use crate::protocol::person::PersonStatus;
use crate::protocol::phi::Phi;
use crate::protocol::provider::{
    BeginLink, FinishProvider, Identities, IdentityCard, LinkBegun, LinkIdentity, ListIdentities,
    ListProviders, Providers, UnlinkIdentity,
};
use crate::protocol::session::SessionsEnded;
use crate::protocol::time::UnixMillis;
use crate::store::PersonRecord;
use crate::store::federation::{ExternalIdentity, Linking, Origin, ProviderLogout};
use std::sync::Arc;
use uuid::Uuid;

impl Execute<ListProviders> for Node {
    async fn execute(&self, _: Call, _: ListProviders) -> Result<Providers, Fault> {
        Ok(Providers { providers: self.federation.all().map(|it| card_of(it)).collect() })
    }
}

impl Execute<GoToProvider> for Node {
    async fn execute(&self, call: Call, op: GoToProvider) -> Result<Going, Fault> {
        self.spoken_by(&call, self.provider(&op.provider_id)?).await?;
        let (url, flow) = self.goes_to(&op.provider_id, None, call.now).await?;
        Ok(Going { url, flow })
    }
}

impl Execute<BeginLink> for Node {
    async fn execute(&self, call: Call, op: BeginLink) -> Result<LinkBegun, Fault> {
        let own = own_account(&call)?;
        let provider = self.provider(&op.provider_id)?;
        self.must_be_of_house(provider, call.principal()?.organisation).await?;
        call.is_by_provider(provider.id());
        must_sign_in(provider, call.principal()?.role)?;
        let (url, flow) = self.goes_to(&op.provider_id, Some(own), call.now).await?;
        Ok(LinkBegun { url, flow })
    }
}

impl Execute<ComeFromProvider> for Node {
    async fn execute(&self, call: Call, op: ComeFromProvider) -> Result<CameFromProvider, Fault> {
        let provider = self.provider(&op.provider_id)?;
        self.spoken_by(&call, provider).await?;
        let sealer = &self.keys.sealer;
        let state = op.answer.state.as_ref().ok_or(FaultCode::ChallengeEnded)?.expose();
        let flow = Flow::open(sealer, op.flow.as_ref(), provider.id(), state, call.now)?;
        self.spend_once(flow.id, flow.expires_at).await?;
        let iss = op.answer.iss.as_deref();
        heard(provider, provider.must_be_from(iss).await)?;
        let code = op.answer.code.filter(|_| op.answer.error.is_none());
        let code = heard(provider, code.ok_or(Refusal::Denied))?;
        let secrets = Secrets::of(&flow, sealer);
        let said =
            provider.exchange(code.expose(), &secrets.begun(proof_asked(provider, &flow))).await;
        let said = heard(provider, said)?;
        let ticket = ticket(provider, said, flow.link, call.now);
        Ok(CameFromProvider { ticket: ticket.seal(sealer)? })
    }
}

impl Execute<FinishProvider> for Node {
    async fn execute(&self, call: Call, op: FinishProvider) -> Result<SignInAnswer, Fault> {
        let mut ticket = Ticket::open(&self.keys.sealer, &op.ticket, call.now)?;
        if ticket.link.is_some() {
            return Err(FaultCode::ChallengeEnded.into());
        }
        self.spend_once(ticket.id, ticket.ends()).await?;
        let (person, is_linked) = self.account_of(&call, &ticket).await?;
        ticket.is_by_address = !is_linked;
        let has_factor = !self.enrolled_kinds(person.person_id).await?.is_empty();
        // Whoever is found by an address shows what they have here, whatever the provider has seen.
        let is_enough = ticket.is_second_factor && is_linked;
        if has_factor && !is_enough {
            let asked = Asked {
                purpose: Purpose::SignIn,
                person: person.person_id,
                session: None,
                password: Some(fingerprint(&person.password_hash)),
                ticket: Some(Box::new(ticket)),
            };
            return Ok(self.ask(asked, call.now).await?.into());
        }
        let entry = self.entry_by(&ticket, None)?;
        Ok(self.open_session(&call, &person, entry).await?.into())
    }
}

impl Execute<LinkIdentity> for Node {
    async fn execute(&self, call: Call, op: LinkIdentity) -> Result<IdentityCard, Fault> {
        let (person_id, session_id) = own_account(&call)?;
        let ticket = Ticket::open(&self.keys.sealer, &op.ticket, call.now)?;
        if ticket.link != Some((person_id, session_id)) {
            return Err(FaultCode::ChallengeEnded.into());
        }
        self.spend_once(ticket.id, ticket.ends()).await?;
        let provider = self.provider(&ticket.provider)?;
        self.must_be_of_house(provider, call.principal()?.organisation).await?;
        call.is_by_provider(provider.id());
        must_take(provider, &ticket)?;
        must_sign_in(provider, call.principal()?.role)?;
        let new = ExternalIdentity {
            identity_id: IdentityId(Uuid::now_v7()),
            person_id,
            issuer: provider.issuer().to_owned(),
            subject: ticket.subject,
            linked_at: call.now,
            last_used_at: None,
        };
        match self.store.link_identity(new, session_id).await.map_err(unsaved)? {
            Linking::Done(it) => Ok(self.card(it)),
            Linking::Taken | Linking::HasOne => Err(FaultCode::IdentityTaken.into()),
            Linking::Ended => Err(FaultCode::SessionEnded.into()),
        }
    }
}

impl Execute<ListIdentities> for Node {
    async fn execute(&self, call: Call, _: ListIdentities) -> Result<Identities, Fault> {
        let (person, _) = own_account(&call)?;
        let found = self.store.identities_of(person).await.map_err(unsaved)?;
        Ok(Identities { identities: found.into_iter().map(|it| self.card(it)).collect() })
    }
}

impl Execute<UnlinkIdentity> for Node {
    async fn execute(&self, call: Call, op: UnlinkIdentity) -> Result<Done, Fault> {
        let (person, this) = own_account(&call)?;
        let ended = self.store.unlink_identity(person, op.identity_id, this, call.now).await;
        let ended = ended.map_err(unsaved)?.ok_or(FaultCode::NotFound)?;
        ended.iter().for_each(|it| self.session_ended(it));
        self.kept(&call, Done {}).await
    }
}

impl Execute<ProviderLogsOut> for Node {
    async fn execute(&self, call: Call, op: ProviderLogsOut) -> Result<SessionsEnded, Fault> {
        let provider = self.provider(&op.provider_id)?;
        self.spoken_by(&call, provider).await?;
        let not_good = |fault: Fault| match fault.code {
            FaultCode::ProviderDistrusted => {
                Fault::invalid("logout_token", "It cannot be believed, or was told before.")
            }
            _ => fault,
        };
        let told = heard(provider, provider.logout(op.token.expose()).await).map_err(not_good)?;
        let told = ProviderLogout {
            issuer: provider.issuer().to_owned(),
            jti: told.jti,
            subject: told.subject,
            sid: told.sid,
            at: call.now,
            expires_at: told.expires_at,
        };
        let ended = self.store.end_by_provider(told).await.map_err(unsaved)?;
        let ended = heard(provider, ended.ok_or(Refusal::Replayed)).map_err(not_good)?;
        ended.iter().for_each(|it| self.session_ended(it));
        Ok(SessionsEnded { ended: u32::try_from(ended.len()).unwrap_or(u32::MAX) })
    }
}

impl Node {
    fn provider(&self, id: &str) -> Result<&Arc<Provider>, Fault> {
        self.federation.find(id).ok_or_else(|| FaultCode::NotFound.into())
    }

    /// A provider is there for the accounts of its own organisation; for all others there is no such provider.
    async fn must_be_of_house(
        &self,
        provider: &Provider,
        house: OrganisationId,
    ) -> Result<(), Fault> {
        let own = self.house_of_provider(provider).await?;
        if own == Some(house) { Ok(()) } else { Err(FaultCode::NotFound.into()) }
    }

    async fn house_of_provider(&self, it: &Provider) -> Result<Option<OrganisationId>, Fault> {
        match it.organisation() {
            None => Ok(Some(OrganisationId::FIRST)),
            Some(slug) => self.house_called(slug).await,
        }
    }

    /// The audit log says which provider speaks, to administrators of its organisation.
    async fn spoken_by(&self, call: &Call, provider: &Provider) -> Result<(), Fault> {
        call.is_by_provider(provider.id());
        self.house_of_provider(provider).await?.into_iter().for_each(|it| call.is_of(it));
        Ok(())
    }

    async fn goes_to(
        &self,
        id: &str,
        link: ForLink,
        now: UnixMillis,
    ) -> Result<(Phi<String>, Phi<String>), Fault> {
        let provider = self.provider(id)?;
        let sealer = &self.keys.sealer;
        let flow = Flow::new(id, link, now);
        let secrets = Secrets::of(&flow, sealer);
        let url =
            heard(provider, provider.address(&secrets.begun(proof_asked(provider, &flow))).await)?;
        Ok((Phi::new(url), flow.seal(sealer)?))
    }

    async fn spend_once(&self, id: Uuid, ends: UnixMillis) -> Result<(), Fault> {
        let spent = self.store.spend_challenge(id, ends).await.map_err(unsaved)?;
        if spent { Ok(()) } else { Err(FaultCode::ChallengeEnded.into()) }
    }

    /// Whose account it is, and whether it was linked before.
    async fn account_of(
        &self,
        call: &Call,
        ticket: &Ticket,
    ) -> Result<(PersonRecord, bool), Fault> {
        let provider = self.provider(&ticket.provider)?;
        must_take(provider, ticket)?;
        let identity = self.store.identity(provider.issuer(), &ticket.subject);
        let identity = identity.await.map_err(unsaved)?;
        let of_provider = [format!("{PROVIDER}:{}", provider.id())];
        let of_identity = identity.as_ref().map(|it| named(it.identity_id));
        call.names(of_provider.into_iter().chain(of_identity).collect());
        let is_linked = identity.is_some();
        let person = match (identity, &ticket.email) {
            (Some(it), _) => self.store.person(it.person_id).await.map_err(unsaved)?,
            (None, Some(email)) if provider.is_authoritative() => {
                self.unlinked_account(provider, email).await?
            }
            (None, _) => None,
        };
        // Who is kept elsewhere is told so below, when the provider may speak for them.
        let is_known =
            |it: &PersonRecord| it.may_sign_in() || it.status() == PersonStatus::Elsewhere;
        let person = person.filter(is_known).ok_or(FaultCode::IdentityUnknown)?;
        let is_there = self.must_be_of_house(provider, person.organisation_id).await;
        is_there.map_err(|fault| match fault.code {
            FaultCode::NotFound => FaultCode::IdentityUnknown.into(),
            _ => fault,
        })?;
        call.is_about(person.person_id, person.organisation_id);
        must_sign_in(provider, person.role)?;
        self.must_be_kept(&person)?;
        Ok((person, is_linked))
    }

    /// The account of an address, unless another identity of that provider signs it in.
    async fn unlinked_account(
        &self,
        provider: &Provider,
        email: &str,
    ) -> Result<Option<PersonRecord>, Fault> {
        // Of letters beyond ASCII many look alike, and a provider may fold them otherwise than the store.
        if !email.is_ascii() {
            return Ok(None);
        }
        let person = self.store.person_by_email(email).await.map_err(unsaved)?;
        let Some(person) = person else { return Ok(None) };
        let others = self.store.identities_of(person.person_id).await.map_err(unsaved)?;
        let has_one = others.iter().any(|it| it.issuer == provider.issuer());
        Ok(Some(person).filter(|_| !has_one))
    }

    /// How a session begins that a provider has spoken for; `proved_at`: they have shown a factor of this hub as well.
    pub(super) fn entry_by(
        &self,
        ticket: &Ticket,
        proved_at: Option<UnixMillis>,
    ) -> Result<Entry, Fault> {
        let provider = self.provider(&ticket.provider)?;
        let origin = Origin {
            issuer: provider.issuer().to_owned(),
            subject: ticket.subject.clone(),
            sid: ticket.sid.clone(),
            said_at: ticket.at,
            link: ticket.is_by_address.then(|| IdentityId(Uuid::now_v7())),
        };
        Ok(Entry {
            origin: Some(origin),
            proved_at: proved_at.or(ticket.proved_at),
            // An address alone meets nobody's demand: whoever has it now may be somebody else.
            is_second_factor: ticket.is_second_factor && !ticket.is_by_address,
            refused: FaultCode::IdentityUnknown,
        })
    }

    fn card(&self, it: ExternalIdentity) -> IdentityCard {
        IdentityCard {
            identity_id: it.identity_id,
            provider: self.federation.of_issuer(&it.issuer).map(|it| card_of(it)),
            linked_at: it.linked_at,
            last_used_at: it.last_used_at,
        }
    }
}

/// As rows of the audit log name it.
fn named(it: IdentityId) -> String {
    format!("identity_id:{it}")
}
