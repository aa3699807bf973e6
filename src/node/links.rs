//! Join links: minted for one participant of one visit, exchanged once for a session that knows this visit only.

use crate::auth::LINK_AFTER_END;
use crate::command::{Call, Execute, unsaved};
use crate::crypto::{new_token, sha256};
use crate::domain::policy::{Who, may_name_visit};
use crate::domain::visit::{CLOSES_AFTER, Member, Visit};
use crate::node::Node;
use crate::node::identity::{principal_of, refused};
use crate::protocol::auth::{CreateJoinToken, CreateVideoSession, JoinToken, VideoSession};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{JoinLinkId, ParticipantId, SessionId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::store::sign_ins::SessionAbout;
use crate::store::{JoinLinkRecord, LinkUse, Rotation, SessionRecord};
use std::time::Duration;
use uuid::Uuid;

/// A link made late in a visit is good for this long at least.
const AT_LEAST: Duration = Duration::from_secs(60 * 60);
/// How long an exchange may be repeated with the same idempotency key, for an answer that was lost on its way.
const REPEAT_WITHIN: Duration = Duration::from_secs(10 * 60);
/// Longest token that is looked at.
const MAX_TOKEN_CHARS: usize = 128;

impl Execute<CreateJoinToken> for Node {
    async fn execute(&self, call: Call, op: CreateJoinToken) -> Result<JoinToken, Fault> {
        let principal = call.principal()?;
        may_name_visit(&principal, op.appointment_id)?;
        let visit = self.store.visit(op.appointment_id).await.map_err(unsaved)?;
        let visit = visit.ok_or(FaultCode::NotFound)?;
        let own = match (principal.role, principal.who) {
            (Role::Admin, Who::Person(_)) => None,
            (_, who) => Some(visit.part_of(who)?),
        };
        let whom = target(&visit, own, op.participant_id)?;
        visit.must_be_open(call.now)?;
        let join_token = new_token().map_err(|_| FaultCode::Internal)?;
        let good_until = visit.facts.ends_at.plus(LINK_AFTER_END).max(call.now.plus(AT_LEAST));
        let link = JoinLinkRecord {
            join_link_id: JoinLinkId(Uuid::now_v7()),
            token_hash: sha256(join_token.expose().as_bytes()),
            appointment_id: op.appointment_id,
            participant_id: whom.participant_id,
            created_at: call.now,
            expires_at: good_until.min(visit.facts.ends_at.plus(CLOSES_AFTER)),
        };
        let token = JoinToken {
            url: Phi::new(self.room_parts.link_to(&join_token)),
            join_token,
            participant_id: whom.participant_id,
            role: whom.role,
            expires_at: link.expires_at,
        };
        let answered = call.answered(&token)?;
        self.store.create_link(link, answered).await.map_err(unsaved)?;
        Ok(token)
    }
}

/// For whom a link is to be: oneself, or, for staff, anybody else but the host. Whoever comes by the host's link admits,
/// mutes and ends, so only the host's own account makes one.
fn target<'a>(
    visit: &'a Visit,
    own: Option<&'a Member>,
    asked: Option<ParticipantId>,
) -> Result<&'a Member, Fault> {
    let asked = match (asked, own) {
        (None, Some(own)) => return Ok(own),
        (None, None) => return Err(Fault::invalid("participant_id", "For whom?")),
        (Some(asked), _) => asked,
    };
    let may_ask = own.is_none_or(|it| it.is_host() || it.participant_id == asked);
    if !may_ask {
        return Err(FaultCode::Forbidden.into());
    }
    let whom = visit.part_of(Who::Participant(asked)).map_err(|_| FaultCode::NotFound)?;
    if whom.is_host() && !own.is_some_and(Member::is_host) {
        return Err(Fault::new(FaultCode::Forbidden).because("Clinicians make their own links."));
    }
    Ok(whom)
}

impl Execute<CreateVideoSession> for Node {
    async fn execute(&self, call: Call, op: CreateVideoSession) -> Result<VideoSession, Fault> {
        let token = op.join_token.expose();
        if token.len() > MAX_TOKEN_CHARS {
            return Err(FaultCode::JoinTokenInvalid.into());
        }
        let token_hash = sha256(token.as_bytes());
        let found = self.store.link(&token_hash).await.map_err(unsaved)?;
        let (link, _) = found.ok_or(FaultCode::JoinTokenInvalid)?;
        let visit = self.store.visit(link.appointment_id).await.map_err(unsaved)?;
        let visit = visit.ok_or(FaultCode::JoinTokenInvalid)?;
        call.concerns(visit.facts.patient_id);
        call.is_of(visit.facts.organisation_id);
        let member = visit
            .part_of(Who::Participant(link.participant_id))
            .map_err(|_| FaultCode::JoinTokenInvalid)?;
        visit.must_be_open(call.now)?;
        let refresh_token = new_token().map_err(|_| FaultCode::Internal)?;
        let session = self.session_for(&call, token, &visit, member, &refresh_token);
        let used = self.store.use_link(&token_hash, session.clone(), call.now);
        let used = used.await.map_err(|it| refused(it, FaultCode::JoinTokenInvalid))?;
        let session = match used {
            LinkUse::Opened(_) => session,
            LinkUse::Unknown => return Err(FaultCode::JoinTokenInvalid.into()),
            LinkUse::Expired => return Err(FaultCode::JoinTokenExpired.into()),
            LinkUse::Used => self.repeated(&call, session).await?,
        };
        let me = self.known(&session).await?.me;
        let (token, expires_at) = self.tokens.issue(
            principal_of(&session, visit.facts.organisation_id)?,
            session.session_id,
            call.now,
            session.expires_at,
        )?;
        Ok(VideoSession {
            room_id: link.appointment_id,
            token,
            expires_at,
            me,
            ice_servers: self.ice_servers(),
            refresh_token,
        })
    }
}

impl Node {
    fn session_for(
        &self,
        call: &Call,
        token: &str,
        visit: &Visit,
        member: &Member,
        refresh_token: &Phi<String>,
    ) -> SessionRecord {
        // With a key the session's id follows from link and key, so that a repetition finds it again.
        let session_id = match &call.key {
            Some(key) => self.keys.sealer.derive_id(&["link session", token, key]),
            None => Uuid::now_v7(),
        };
        // Whoever came by a link has proven nothing but that they have it.
        let about =
            SessionAbout { client: call.client, proved_at: None, ..SessionAbout::proven(call.now) };
        SessionRecord {
            session_id: SessionId(session_id),
            person_id: member.person_id,
            visit: Some((visit.facts.appointment_id, member.participant_id)),
            role: member.role,
            refresh_hash: sha256(refresh_token.expose().as_bytes()),
            previous_hash: None,
            rotated_at: call.now,
            created_at: call.now,
            expires_at: visit.facts.ends_at.plus(CLOSES_AFTER),
            ended_at: None,
            about,
        }
    }

    /// The link was used: by this very call before, whose answer was lost, or by somebody else.
    async fn repeated(&self, call: &Call, asked: SessionRecord) -> Result<SessionRecord, Fault> {
        let used = || Fault::new(FaultCode::JoinTokenUsed);
        if call.key.is_none() {
            return Err(used());
        }
        let before = self.store.session(asked.session_id).await.map_err(unsaved)?;
        let before = before
            .filter(|it| it.ended_at.is_none() && call.now.since(it.created_at) < REPEAT_WITHIN)
            .ok_or_else(used)?;
        let rotation = self
            .store
            .rotate(
                before.session_id,
                &before.refresh_hash,
                &asked.refresh_hash,
                call.now,
                Duration::ZERO,
            )
            .await
            .map_err(unsaved)?;
        match rotation {
            Rotation::Rotated(session) => Ok(session),
            Rotation::Grace(_) | Rotation::Reused(_) | Rotation::Gone => Err(used()),
        }
    }
}
