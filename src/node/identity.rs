//! Signing in, refreshing, signing out, and who am I.

use crate::actors::room_media::SessionEnded;
use crate::auth::{REFRESH_GRACE, SESSION_FOR, password};
use crate::command::{Call, Caller, Execute, unsaved};
use crate::crypto::{new_token, sha256};
use crate::domain::policy::{Principal, Who};
use crate::node::Node;
use crate::protocol::auth::{Done, Refresh, SignIn, SignOut, SignedIn};
use crate::protocol::close::CloseReason;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::SessionId;
use crate::protocol::person::{Me, OwnVisit, ReadMe};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::{PersonRecord, Rotation, SessionRecord};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

impl Execute<SignIn> for Node {
    async fn execute(&self, call: Call, op: SignIn) -> Result<SignedIn, Fault> {
        let email = op.email.expose().trim().to_lowercase();
        let account = URL_SAFE_NO_PAD.encode(sha256(email.as_bytes()));
        self.limits.take_account(&account).await?;
        let person = self.store.person_by_email(&email).await.map_err(unsaved)?;
        if let Some(it) = &person {
            call.is_about(it.person_id);
        }
        let hash = person.as_ref().map(|it| it.password_hash.clone());
        if !password::verify(op.password, hash).await? {
            return Err(FaultCode::WrongCredentials.into());
        }
        let person = person.ok_or(FaultCode::WrongCredentials)?;
        let refresh_token = new_token().map_err(|_| FaultCode::Internal)?;
        let session = SessionRecord {
            session_id: SessionId(Uuid::now_v7()),
            person_id: Some(person.person_id),
            visit: None,
            role: person.role,
            refresh_hash: sha256(refresh_token.expose().as_bytes()),
            previous_hash: None,
            rotated_at: call.now,
            created_at: call.now,
            expires_at: call.now.plus(SESSION_FOR),
            ended_at: None,
        };
        self.store.open_session(session.clone()).await.map_err(unsaved)?;
        self.signed_in(&session, me_of(&person, session.session_id), refresh_token, call.now)
    }
}

impl Execute<Refresh> for Node {
    async fn execute(&self, call: Call, op: Refresh) -> Result<SignedIn, Fault> {
        // The successor follows from the token that is presented: when the answer is lost on its way, the same token
        // brings the same successor again, and the browser goes on where it would have been.
        let words = ["refresh", &op.session_id.to_string(), op.refresh_token.expose()];
        let next = self.keys.sealer.derive_token(&words);
        let presented = sha256(op.refresh_token.expose().as_bytes());
        let next_hash = sha256(next.expose().as_bytes());
        let rotation = self
            .store
            .rotate(op.session_id, &presented, &next_hash, call.now, REFRESH_GRACE)
            .await
            .map_err(unsaved)?;
        let (session, token) = match rotation {
            Rotation::Rotated(session) => (session, next),
            Rotation::Grace(session) if session.refresh_hash == next_hash => (session, next),
            Rotation::Grace(session) => (session, Phi::default()),
            Rotation::Reused(session) => {
                // Somebody has a copy of an old token: the session is over, for both.
                tracing::warn!(session_id = %session.session_id, "refresh token reused, session ended");
                metrics::counter!("bedside_refresh_reuse_total").increment(1);
                self.sessions.forget(session.session_id);
                self.sockets.close_session(session.session_id, CloseReason::SignedOut);
                self.end_media_of(session.session_id, &principal_of(&session)?);
                return Err(FaultCode::SessionEnded.into());
            }
            Rotation::Gone => return Err(FaultCode::SessionEnded.into()),
        };
        let me = self.me(&session).await?;
        self.signed_in(&session, me, token, call.now)
    }
}

impl Execute<SignOut> for Node {
    async fn execute(&self, call: Call, _: SignOut) -> Result<Done, Fault> {
        let Caller { session_id, principal, .. } = call.caller.ok_or(FaultCode::Unauthenticated)?;
        self.store.end_session(session_id, call.now).await.map_err(unsaved)?;
        self.sessions.forget(session_id);
        self.sockets.close_session(session_id, CloseReason::SignedOut);
        self.end_media_of(session_id, &principal);
        Ok(Done {})
    }
}

impl Execute<ReadMe> for Node {
    async fn execute(&self, call: Call, _: ReadMe) -> Result<Me, Fault> {
        let session_id = call.caller.ok_or(FaultCode::Unauthenticated)?.session_id;
        let session = self.store.session(session_id).await.map_err(unsaved)?;
        self.me(&session.ok_or(FaultCode::SessionEnded)?).await
    }
}

impl Node {
    /// Has the media of a session that has ended end. A session of a join link can have some in its one visit only. Rooms
    /// are sent to, not tried: one that is busy takes it later, and none is passed over.
    fn end_media_of(&self, session: SessionId, of: &Principal) {
        let rooms = match of.only_visit {
            Some(visit) => self.rooms.find_running(visit).into_iter().collect(),
            None => self.rooms.running(),
        };
        let ended = SessionEnded { session, who: of.who };
        let sending = futures::future::join_all(rooms.into_iter().map(|it| it.send(ended)));
        // Who signs out does not wait for rooms.
        actix_rt::spawn(async move { drop(sending.await) });
    }

    fn signed_in(
        &self,
        session: &SessionRecord,
        me: Me,
        refresh_token: Phi<String>,
        now: UnixMillis,
    ) -> Result<SignedIn, Fault> {
        let (access_token, expires_at) = self.tokens.issue(
            principal_of(session)?,
            session.session_id,
            now,
            session.expires_at,
        )?;
        Ok(SignedIn { access_token, expires_at, me, refresh_token })
    }

    /// Who a session belongs to.
    pub(super) async fn me(&self, session: &SessionRecord) -> Result<Me, Fault> {
        if let Some((appointment_id, participant_id)) = session.visit {
            let visit = self.store.visit(appointment_id).await.map_err(unsaved)?;
            let visit = visit.ok_or(FaultCode::NotFound)?;
            let member = visit.part_of(Who::Participant(participant_id))?;
            return Ok(Me {
                person_id: session.person_id,
                visit: Some(OwnVisit { appointment_id, participant_id }),
                display_name: member.display_name.clone(),
                role: session.role,
                session_id: session.session_id,
                time_zone: None,
            });
        }
        let person_id = session.person_id.ok_or(FaultCode::SessionEnded)?;
        let person = self.store.person(person_id).await.map_err(unsaved)?;
        Ok(me_of(&person.ok_or(FaultCode::SessionEnded)?, session.session_id))
    }
}

/// Who a session's token speaks for: an account, or a participant of one visit.
pub(super) fn principal_of(session: &SessionRecord) -> Result<Principal, Fault> {
    let (who, only_visit) = match (session.visit, session.person_id) {
        (Some((visit, participant)), _) => (Who::Participant(participant), Some(visit)),
        (None, Some(person)) => (Who::Person(person), None),
        (None, None) => return Err(FaultCode::SessionEnded.into()),
    };
    Ok(Principal { who, role: session.role, only_visit })
}

fn me_of(person: &PersonRecord, session_id: SessionId) -> Me {
    Me {
        person_id: Some(person.person_id),
        visit: None,
        display_name: person.display_name.clone(),
        role: person.role,
        session_id,
        time_zone: Some(person.time_zone.clone()),
    }
}
