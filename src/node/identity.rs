//! Signing in, in one step or two, refreshing, signing out, and who am I.
//!
//! Invariants: no session is open before everything that the account asks for is proven. The answer to a wrong password, an
//! unknown address and an account that is shut is the same, and takes as long.

use crate::auth::challenge::{Purpose, fingerprint};
use crate::auth::{REFRESH_GRACE, SESSION_FOR, device, lineage, password};
use crate::command::{Call, Caller, Execute, Recorded, unsaved};
use crate::crypto::{new_token, sha256};
use crate::domain::identity::idle_after;
use crate::domain::policy::{Principal, Who};
use crate::node::Node;
use crate::node::proving::Asked;
use crate::protocol::auth::{
    BeginPasskeySignIn, Done, PasskeySignIn, Refresh, SignIn, SignInAnswer, SignInPasskey, SignOut,
    SignedIn, VerifyFactor,
};
use crate::protocol::close::CloseReason;
use crate::protocol::factor::Proof;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, OrganisationId, PersonId, SessionId};
use crate::protocol::person::{Me, OwnVisit, PersonStatus, ReadMe};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::federation::Origin;
use crate::store::sign_ins::SessionAbout;
use crate::store::with_change::saved_with;
use crate::store::{Conflict, PersonRecord, Rotation, SessionRecord, StoreError, Stored};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How much later than the store says a session may have been used: what other nodes have not yet told it.
const IDLE_SLACK: Duration = Duration::from_secs(45);

/// How a session begins.
#[derive(Debug)]
pub(super) struct Entry {
    /// By which identity, when a provider has spoken for its owner.
    pub(super) origin: Option<Origin>,
    /// When its owner last proved that it is them.
    pub(super) proved_at: Option<UnixMillis>,
    /// Two factors were shown elsewhere.
    pub(super) is_second_factor: bool,
    /// What somebody is told who was suspended meanwhile: what they would be told without an account.
    pub(super) refused: FaultCode,
}

impl Entry {
    /// Here, now.
    const fn proven(at: UnixMillis, refused: FaultCode) -> Self {
        Entry { origin: None, proved_at: Some(at), is_second_factor: false, refused }
    }
}

impl Execute<SignIn> for Node {
    async fn execute(&self, call: Call, op: SignIn) -> Result<SignInAnswer, Fault> {
        let email = op.email.expose().trim().to_lowercase();
        let person = self.store.person_by_email(&email).await.map_err(unsaved)?;
        if let Some(it) = &person {
            call.is_about(it.person_id, it.organisation_id);
        }
        let tries = self.password_tries(&email, person.as_ref(), &op.devices, &call);
        self.may_try_password(&tries, call.now).await?;
        let hash = person.as_ref().and_then(|it| hash_to_compare(it, call.now));
        if !password::verify(op.password, hash).await? {
            return Err(FaultCode::WrongCredentials.into());
        }
        let person = person.ok_or(FaultCode::WrongCredentials)?;
        self.password_was_right(&tries).await?;
        self.must_be_kept(&person)?;
        let factors = self.enrolled_kinds(person.person_id).await?;
        if factors.is_empty() {
            let entry = Entry::proven(call.now, FaultCode::WrongCredentials);
            return Ok(self.open_session(&call, &person, entry).await?.into());
        }
        let password = Some(fingerprint(&person.password_hash));
        let person = person.person_id;
        let purpose = Purpose::SignIn;
        let asked = Asked { purpose, person, session: None, password, ticket: None };
        Ok(self.ask(asked, call.now).await?.into())
    }
}

impl Execute<VerifyFactor> for Node {
    async fn execute(&self, call: Call, op: VerifyFactor) -> Result<SignedIn, Fault> {
        let challenge = self.opened(Purpose::SignIn, &op.challenge, call.now)?;
        let person_id = challenge.person.ok_or(FaultCode::ChallengeEnded)?;
        let person = self.store.person(person_id).await.map_err(unsaved)?;
        let person = person.filter(PersonRecord::may_sign_in).ok_or(FaultCode::ChallengeEnded)?;
        // It was asked after the password; who has a new one is asked anew.
        if challenge.password != Some(fingerprint(&person.password_hash)) {
            return Err(FaultCode::ChallengeEnded.into());
        }
        self.prove(person_id, &op.proof, (Purpose::SignIn, &challenge), false, call.now).await?;
        let entry = match &challenge.ticket {
            Some(ticket) => self.entry_by(ticket, Some(call.now))?,
            None => Entry::proven(call.now, FaultCode::ChallengeEnded),
        };
        self.open_session(&call, &person, entry).await
    }
}

impl Execute<BeginPasskeySignIn> for Node {
    async fn execute(&self, call: Call, _: BeginPasskeySignIn) -> Result<PasskeySignIn, Fault> {
        let (challenge, expires_at, passkey) =
            self.ask_anybody(Purpose::PasskeySignIn, call.now)?;
        Ok(PasskeySignIn { challenge, expires_at, passkey })
    }
}

impl Execute<SignInPasskey> for Node {
    async fn execute(&self, call: Call, op: SignInPasskey) -> Result<SignedIn, Fault> {
        let challenge = self.opened(Purpose::PasskeySignIn, &op.challenge, call.now)?;
        let owner = self.owner_of_passkey(&op.assertion).await?;
        let person = self.store.person(owner).await.map_err(unsaved)?;
        let person = person.ok_or(FaultCode::WrongFactor)?;
        call.is_about(owner, person.organisation_id);
        let proof = Proof::Passkey { assertion: op.assertion };
        // A passkey that has checked its owner is two factors: what they have, and what they know or are.
        self.prove(owner, &proof, (Purpose::PasskeySignIn, &challenge), true, call.now).await?;
        let entry = Entry::proven(call.now, FaultCode::WrongFactor);
        self.open_session(&call, &person, entry).await
    }
}

impl Execute<Refresh> for Node {
    const RECORDED: Recorded = Recorded::WithIt;

    async fn execute(&self, call: Call, op: Refresh) -> Result<SignedIn, Fault> {
        let next = lineage::next(&self.keys.sealer, op.session_id, &op.refresh_token);
        let presented = sha256(op.refresh_token.expose().as_bytes());
        let next_hash = sha256(next.expose().as_bytes());
        // Whose it is stands in the rows that go with the exchange.
        let before = self.store.session(op.session_id).await.map_err(unsaved)?;
        let was_good =
            |it: &SessionRecord| lineage::was_good(&self.keys.sealer, it, &op.refresh_token);
        if before.as_ref().is_some_and(|it| !was_good(it)) {
            // What never was a token of it ends nothing: which sessions there are is no secret.
            return Err(FaultCode::SessionEnded.into());
        }
        let known = self.known_of_current(before, &presented, &call).await?;
        let attempt = call.attempt().ok_or(FaultCode::Internal)?;
        if known.is_none() {
            // Something else may become of it than an exchange.
            attempt.begins(self.store.as_ref()).await?;
        }
        let calls = known.as_ref().map(|_| Arc::clone(&attempt) as _).into_iter().collect();
        let rotate =
            self.store.rotate(op.session_id, &presented, &next_hash, call.now, REFRESH_GRACE);
        let rotation = saved_with(calls, rotate).await.map_err(unsaved)?;
        let (session, token) = match rotation {
            Rotation::Rotated(session) => (session, next),
            Rotation::Grace(session) if session.refresh_hash == next_hash => (session, next),
            Rotation::Grace(session) => (session, Phi::default()),
            Rotation::Reused(session) => {
                // Somebody has a copy of an old token: the session is over, for both.
                tracing::warn!(session_id = %session.session_id, "refresh token reused, session ended");
                metrics::counter!("bedside_refresh_reuse_total").increment(1);
                self.session_ended(&session);
                return Err(FaultCode::SessionEnded.into());
            }
            Rotation::Gone => return Err(FaultCode::SessionEnded.into()),
        };
        if self.is_idle(&session, call.now) {
            self.store.end_session(session.session_id, call.now).await.map_err(unsaved)?;
            self.session_ended(&session);
            return Err(FaultCode::SessionEnded.into());
        }
        if let Some(known) = known {
            return self.signed_in(&session, known, token, call.now);
        }
        let known = match self.known(&session).await {
            Err(fault) if fault.code == FaultCode::SessionEnded => {
                self.store.end_session(session.session_id, call.now).await.map_err(unsaved)?;
                self.session_ended(&session);
                return Err(fault);
            }
            known => known?,
        };
        call.is_of(known.organisation);
        self.signed_in(&session, known, token, call.now)
    }
}

impl Execute<SignOut> for Node {
    async fn execute(&self, call: Call, _: SignOut) -> Result<Done, Fault> {
        let Caller { session_id, principal, .. } = call.caller.ok_or(FaultCode::Unauthenticated)?;
        self.store.end_session(session_id, call.now).await.map_err(unsaved)?;
        self.sessions.forget(session_id);
        self.sockets.close_session(session_id, CloseReason::SignedOut);
        self.end_media_of(session_id, principal.who, principal.only_visit);
        Ok(Done {})
    }
}

impl Execute<ReadMe> for Node {
    async fn execute(&self, call: Call, _: ReadMe) -> Result<Me, Fault> {
        let session_id = call.caller.ok_or(FaultCode::Unauthenticated)?.session_id;
        let session = self.store.session(session_id).await.map_err(unsaved)?;
        Ok(self.known(&session.ok_or(FaultCode::SessionEnded)?).await?.me)
    }
}

impl Node {
    /// Everything is proven: a session begins. Whoever must have a factor and has none can only enrol one.
    pub(super) async fn open_session(
        &self,
        call: &Call,
        person: &PersonRecord,
        entry: Entry,
    ) -> Result<SignedIn, Fault> {
        call.is_of(person.organisation_id);
        let is_limited = self.requires_factor(person.role)
            && !entry.is_second_factor
            && self.enrolled_kinds(person.person_id).await?.is_empty();
        let refresh_token = new_token().map_err(|_| FaultCode::Internal)?;
        let about = SessionAbout {
            client: call.client,
            is_limited,
            proved_at: entry.proved_at,
            ..SessionAbout::proven(call.now)
        };
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
            about,
        };
        let saved = self.save_session(session.clone(), entry.origin).await;
        match saved {
            Ok(true) => {}
            Ok(false) => return Err(FaultCode::ChallengeEnded.into()),
            Err(error) => return Err(self.not_opened(error, person, entry.refused).await),
        }
        let known =
            Known { me: self.me_of(person, &session), organisation: person.organisation_id };
        let signed = self.signed_in(&session, known, refresh_token, call.now)?;
        let device = device::remember(&self.keys.sealer, person, call.now);
        Ok(SignedIn { device, ..signed })
    }

    /// Who goes on with a session whose current token was shown; nobody when there is a doubt.
    async fn known_of_current(
        &self,
        session: Option<SessionRecord>,
        presented: &[u8],
        call: &Call,
    ) -> Result<Option<Known>, Fault> {
        let is_current = |it: &SessionRecord| it.ended_at.is_none() && it.refresh_hash == presented;
        let is_good = |it: &SessionRecord| is_current(it) && !self.is_idle(it, call.now);
        let Some(session) = session.filter(is_good) else { return Ok(None) };
        match self.known(&session).await {
            Ok(known) => {
                call.is_of(known.organisation);
                Ok(Some(known))
            }
            // Whether there is a doubt nobody can say: nothing is exchanged.
            Err(fault) if fault.code == FaultCode::Unavailable => Err(fault),
            Err(_) => Ok(None),
        }
    }

    async fn save_session(&self, session: SessionRecord, origin: Option<Origin>) -> Stored<bool> {
        match origin {
            Some(origin) => self.store.open_session_from(session, origin).await,
            None => self.store.open_session(session).await.map(|()| true),
        }
    }

    /// Nothing was done in it for too long.
    fn is_idle(&self, session: &SessionRecord, now: UnixMillis) -> bool {
        let here = self.sessions.last_used(session.session_id);
        let last = here.max(Some(session.about.last_used_at)).unwrap_or(session.created_at);
        idle_after(session.role, session.visit.is_none())
            .is_some_and(|it| now.since(last) >= it.saturating_add(IDLE_SLACK))
    }

    fn signed_in(
        &self,
        session: &SessionRecord,
        known: Known,
        refresh_token: Phi<String>,
        now: UnixMillis,
    ) -> Result<SignedIn, Fault> {
        let (access_token, expires_at) = self.tokens.issue_for(
            principal_of(session, known.organisation)?,
            session.session_id,
            now,
            session.expires_at,
            session.about.is_limited,
        )?;
        let me = known.me;
        Ok(SignedIn { access_token, expires_at, me, refresh_token, device: None })
    }

    /// Who a session belongs to.
    pub(super) async fn known(&self, session: &SessionRecord) -> Result<Known, Fault> {
        if let Some((appointment_id, participant_id)) = session.visit {
            let visit = self.store.visit(appointment_id).await.map_err(unsaved)?;
            let visit = visit.ok_or(FaultCode::NotFound)?;
            let member = visit.part_of(Who::Participant(participant_id))?;
            if let Some(id) = session.person_id {
                self.who_may_sign_in(id).await?;
            }
            let me = Me {
                person_id: session.person_id,
                visit: Some(OwnVisit { appointment_id, participant_id }),
                display_name: member.display_name.clone(),
                role: session.role,
                session_id: session.session_id,
                time_zone: None,
                idle_after_s: None,
                must_enrol: false,
                home_region: None,
            };
            return Ok(Known { me, organisation: visit.facts.organisation_id });
        }
        let person_id = session.person_id.ok_or(FaultCode::SessionEnded)?;
        let person = self.who_may_sign_in(person_id).await?;
        // A program of before may have opened it with a role of before.
        if session.role != person.role {
            return Err(FaultCode::SessionEnded.into());
        }
        Ok(Known { me: self.me_of(&person, session), organisation: person.organisation_id })
    }

    /// Whose a session is. One of who is suspended is not gone on with: a program of before may have opened it.
    async fn who_may_sign_in(&self, id: PersonId) -> Result<PersonRecord, Fault> {
        let person = self.store.person(id).await.map_err(unsaved)?;
        let person = person.filter(PersonRecord::may_sign_in);
        person.ok_or_else(|| FaultCode::SessionEnded.into())
    }
}

/// What is compared with what was typed. Of whoever is suspended or only invited that is nothing, as of nobody. Who is kept elsewhere is told
/// so, once it was right.
fn hash_to_compare(person: &PersonRecord, now: UnixMillis) -> Option<Phi<String>> {
    match person.status() {
        PersonStatus::Active | PersonStatus::Elsewhere => person.password_at(now),
        PersonStatus::Suspended | PersonStatus::Erased | PersonStatus::Invited => None,
    }
}

/// A session is not opened: whoever was suspended meanwhile is told no more than anybody else.
pub(super) fn refused(error: StoreError, told: FaultCode) -> Fault {
    match error {
        StoreError::Conflict(Conflict::Suspended) => told.into(),
        other => unsaved(other),
    }
}

/// Who a session's token speaks for: an account, or a participant of one visit.
pub(super) fn principal_of(
    session: &SessionRecord,
    organisation: OrganisationId,
) -> Result<Principal, Fault> {
    let (who, only_visit) = whose(session).ok_or(FaultCode::SessionEnded)?;
    Ok(Principal { who, role: session.role, organisation, only_visit })
}

/// Who a session belongs to, and the only visit that they know.
pub(super) fn whose(session: &SessionRecord) -> Option<(Who, Option<AppointmentId>)> {
    match (session.visit, session.person_id) {
        (Some((visit, participant)), _) => Some((Who::Participant(participant), Some(visit))),
        (None, Some(person)) => Some((Who::Person(person), None)),
        (None, None) => None,
    }
}

/// Who a session belongs to, as they and as the hub know them.
pub(super) struct Known {
    pub(super) me: Me,
    pub(super) organisation: OrganisationId,
}

impl Node {
    fn me_of(&self, person: &PersonRecord, session: &SessionRecord) -> Me {
        let idle = idle_after(person.role, true).map(|it| it.as_secs());
        Me {
            person_id: Some(person.person_id),
            visit: None,
            display_name: person.display_name.clone(),
            role: person.role,
            session_id: session.session_id,
            time_zone: Some(person.time_zone.clone()),
            idle_after_s: idle.and_then(|it| u32::try_from(it).ok()),
            must_enrol: session.about.is_limited,
            home_region: self.home_shown(person),
        }
    }
}
