//! Identities at OpenID providers in memory.

use super::state::State;
use super::{Memory, Point};
use crate::protocol::ids::{IdentityId, PersonId, SessionId};
use crate::protocol::time::UnixMillis;
use crate::store::federation::{ExternalIdentity, Federation, Linking, Origin, ProviderLogout};
use crate::store::with_change::{it_is_about, linked, whose};
use crate::store::{SessionRecord, Stored};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Everything of it.
#[derive(Debug, Default)]
pub(super) struct Federated {
    identities: Vec<ExternalIdentity>,
    origins: BTreeMap<SessionId, Origin>,
    logouts: Vec<ProviderLogout>,
}

impl Federated {
    fn named(&self, issuer: &str, subject: &str) -> Option<&ExternalIdentity> {
        self.identities.iter().find(|it| it.issuer == issuer && it.subject == subject)
    }

    /// Nothing happens when there is an identity of that name, or of that account and issuer.
    fn insert(&mut self, new: ExternalIdentity) {
        let is_one = |it: &ExternalIdentity| {
            it.issuer == new.issuer && (it.subject == new.subject || it.person_id == new.person_id)
        };
        if !self.identities.iter().any(is_one) {
            self.identities.push(new);
        }
    }

    pub(super) fn forget(&mut self, person: PersonId) {
        self.identities.retain(|it| it.person_id != person);
    }
}

impl State {
    fn end_from(
        &mut self,
        is_from: impl Fn(&Origin) -> bool,
        but: Option<SessionId>,
        now: UnixMillis,
    ) -> Vec<SessionRecord> {
        let origins = &self.federated.origins;
        let ends = |it: &&mut SessionRecord| {
            origins.get(&it.session_id).is_some_and(&is_from)
                && Some(it.session_id) != but
                && it.ended_at.is_none()
                && it.expires_at > now
        };
        let open = self.sessions.values_mut().filter(ends);
        open.map(|it| {
            it.ended_at = Some(now);
            it.clone()
        })
        .collect()
    }

    fn link_identity(&mut self, new: ExternalIdentity, within: SessionId) -> Linking {
        let holds = self.sessions.get(&within).is_some_and(|it| {
            it.person_id == Some(new.person_id)
                && it.ended_at.is_none()
                && it.expires_at > new.linked_at
        });
        if !holds {
            return Linking::Ended;
        }
        self.federated.insert(new.clone());
        match self.federated.named(&new.issuer, &new.subject) {
            Some(it) if it.person_id == new.person_id => Linking::Done(it.clone()),
            Some(_) => Linking::Taken,
            None => Linking::HasOne,
        }
    }

    fn open_session_from(&mut self, session: SessionRecord, from: Origin) -> Stored<bool> {
        let Some(person_id) = session.person_id else { return Ok(false) };
        let is_ended = self.federated.logouts.iter().any(|it| {
            it.at >= from.said_at && it.ends(&from.issuer, &from.subject, from.sid.as_deref())
        });
        let whose = self.federated.named(&from.issuer, &from.subject).map(|it| it.person_id);
        let may_link = from.link.is_some()
            && !self
                .federated
                .identities
                .iter()
                .any(|it| it.issuer == from.issuer && it.person_id == person_id);
        if is_ended || whose.map_or(!may_link, |it| it != person_id) {
            return Ok(false);
        }
        let (id, at) = (session.session_id, session.created_at);
        self.open_session(session)?;
        if let Some(identity_id) = from.link {
            self.federated.insert(ExternalIdentity {
                identity_id,
                person_id,
                issuer: from.issuer.clone(),
                subject: from.subject.clone(),
                linked_at: at,
                last_used_at: None,
            });
        }
        let is_it =
            |it: &&mut ExternalIdentity| it.issuer == from.issuer && it.subject == from.subject;
        if let Some(it) = self.federated.identities.iter_mut().find(is_it) {
            it.last_used_at = Some(at);
        }
        self.federated.origins.insert(id, from);
        Ok(true)
    }
}

#[async_trait]
impl Federation for Memory {
    async fn identity(&self, issuer: &str, subject: &str) -> Stored<Option<ExternalIdentity>> {
        Ok(self.state().federated.named(issuer, subject).cloned())
    }

    async fn identities_of(&self, person: PersonId) -> Stored<Vec<ExternalIdentity>> {
        let state = self.state();
        let theirs = state.federated.identities.iter().filter(|it| it.person_id == person);
        let mut found: Vec<_> = theirs.cloned().collect();
        found.sort_by_key(|it| (it.linked_at, it.identity_id));
        Ok(found)
    }

    async fn link_identity(&self, new: ExternalIdentity, within: SessionId) -> Stored<Linking> {
        let link = |state: &mut State| {
            let linking = state.link_identity(new, within);
            it_is_about(linked(&linking).into_iter());
            Ok(linking)
        };
        self.write(Point::LinkIdentity, link).await
    }

    async fn unlink_identity(
        &self,
        person: PersonId,
        id: IdentityId,
        but: SessionId,
        now: UnixMillis,
    ) -> Stored<Option<Vec<SessionRecord>>> {
        let unlink = |state: &mut State| {
            let is_it = |it: &ExternalIdentity| it.identity_id == id && it.person_id == person;
            let at = state.federated.identities.iter().position(is_it);
            let Some(gone) = at.map(|it| state.federated.identities.remove(it)) else {
                return Ok(None);
            };
            let is_from = |it: &Origin| it.issuer == gone.issuer && it.subject == gone.subject;
            Ok(Some(state.end_from(is_from, Some(but), now)))
        };
        self.write(Point::LinkIdentity, unlink).await
    }

    async fn open_session_from(&self, session: SessionRecord, origin: Origin) -> Stored<bool> {
        self.write(Point::OpenSession, |state| state.open_session_from(session, origin)).await
    }

    async fn end_by_provider(&self, told: ProviderLogout) -> Stored<Option<Vec<SessionRecord>>> {
        let end = |state: &mut State| {
            let is_told = |it: &ProviderLogout| it.issuer == told.issuer && it.jti == told.jti;
            if state.federated.logouts.iter().any(is_told) {
                return Ok(None);
            }
            let is_from = |it: &Origin| told.ends(&it.issuer, &it.subject, it.sid.as_deref());
            let ended = state.end_from(is_from, None, told.at);
            state.federated.logouts.push(told);
            it_is_about(whose(&ended));
            Ok(Some(ended))
        };
        self.write(Point::EndSession, end).await
    }

    async fn forget_logouts(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let forget = |state: &mut State| {
            let (mut left, mut gone) = (most, 0_u32);
            state.federated.logouts.retain(|it| {
                let goes = it.expires_at < before && left > 0;
                if goes {
                    left = left.saturating_sub(1);
                    gone = gone.saturating_add(1);
                }
                !goes
            });
            Ok(gone)
        };
        self.write_beside(Point::ForgetSessions, forget).await
    }
}
