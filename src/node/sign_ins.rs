//! Sign-ins: listed, ended, watched; and passwords, changed or chosen anew by a link. What ends on another node ends here too; what is used here is told to the store.
//!
//! Invariants: sockets and media of a session that has ended here end at once, those of one that has ended elsewhere within
//! [`RECHECK`]. Whoever is in a visit, or waits in one with a socket open, is not idle. Does not: judge who is idle (`identity`).

use crate::actors::room_media::SessionEnded;
use crate::auth::{RECHECK, password};
use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::node::Node;
use crate::node::identity::whose;
use crate::node::proving::own_account;
use crate::notifications::plan;
use crate::protocol::auth::{ChangePassword, Done};
use crate::protocol::close::CloseReason;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, PersonId, SessionId};
use crate::protocol::person::Role;
use crate::protocol::session::{
    EndAllSessions, EndOtherSessions, EndSession, ListSessions, SessionCard, SessionCards,
    SessionsEnded,
};
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::Place;
use crate::store::SessionRecord;
use crate::store::sign_ins::NewPassword;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

mod forgotten;

/// Sessions in one list.
const MAX_LISTED: u32 = 100;
/// Time between two looks at what has ended elsewhere. With the deadline of a call of the store still within [`RECHECK`].
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How far back is looked: longer than a transaction may take, and than clocks of two nodes may differ.
const LOOK_BACK: Duration = Duration::from_secs(30);
/// Sessions that end in that time, at most. When there are more, the others are refused at their next call.
const MAX_ENDED: u32 = 2_000;
/// Looks between two words to the store about what was used.
const TELL_EVERY: u32 = 15;
/// Sessions in one such word.
const MAX_TOLD: usize = 500;
const _: () = assert!(LOOK_EVERY.as_millis() < RECHECK.as_millis());

impl Execute<ListSessions> for Node {
    async fn execute(&self, call: Call, op: ListSessions) -> Result<SessionCards, Fault> {
        let (own, this) = own_account(&call)?;
        let whose = op.person_id.unwrap_or(own);
        if whose != own && call.principal()?.role != Role::Admin {
            return Err(FaultCode::NotFound.into());
        }
        let sessions =
            self.store.sessions_of(whose, call.now, MAX_LISTED).await.map_err(unsaved)?;
        Ok(SessionCards { sessions: sessions.iter().map(|it| card(it, this)).collect() })
    }
}

impl Execute<EndSession> for Node {
    async fn execute(&self, call: Call, op: EndSession) -> Result<SessionsEnded, Fault> {
        let (own, _) = own_account(&call)?;
        let may_end_any = matches!(call.principal()?.role, Role::Admin | Role::Support);
        let session = self.store.session(op.session_id).await.map_err(unsaved)?;
        let session = session.filter(|it| may_end_any || it.person_id == Some(own));
        let session = session.ok_or(FaultCode::NotFound)?;
        if session.person_id != Some(own) {
            // As it is for ending all of somebody.
            self.must_help(&call, session.person_id).await?;
        }
        let is_ended = self.store.end_session(op.session_id, call.now).await.map_err(unsaved)?;
        self.session_ended(&session);
        self.kept(&call, SessionsEnded { ended: u32::from(is_ended) }).await
    }
}

impl Execute<EndOtherSessions> for Node {
    async fn execute(&self, call: Call, _: EndOtherSessions) -> Result<SessionsEnded, Fault> {
        let (own, this) = own_account(&call)?;
        self.end_all_of(own, Some(this), call.now).await
    }
}

impl Execute<EndAllSessions> for Node {
    async fn execute(&self, call: Call, op: EndAllSessions) -> Result<SessionsEnded, Fault> {
        self.must_help(&call, Some(op.person_id)).await?;
        self.somebody(op.person_id).await?;
        let ended = self.end_all_of(op.person_id, None, call.now).await?;
        self.kept(&call, ended).await
    }
}

impl Execute<ChangePassword> for Node {
    async fn execute(&self, call: Call, op: ChangePassword) -> Result<Done, Fault> {
        let (person_id, this) = own_account(&call)?;
        let account = self.store.person(person_id).await.map_err(unsaved)?;
        let account = account.ok_or(FaultCode::SessionEnded)?;
        let has_factor = !self.enrolled(person_id).await?.is_empty();
        let (name, of) = (&account.display_name, account.organisation_id);
        let about = self.about_account(name, &account.email, of).await?;
        let is_short = password::check_strength(&op.password, &about, has_factor).await?;
        let new = NewPassword {
            person_id,
            hash: password::hash(op.password).await?,
            is_short,
            but: this,
            at: call.now,
            notices: plan::about_password(person_id, call.now, plan::fresh),
        };
        let ended = self.store.change_password(new).await.map_err(unsaved)?;
        let ended = ended.ok_or(FaultCode::SessionEnded)?;
        ended.iter().for_each(|it| self.session_ended(it));
        self.notices_saved();
        self.kept(&call, Done {}).await
    }
}

impl Node {
    /// Keeps the answer of what is done for its key: what was done before is harmless when it is done again.
    pub(super) async fn kept<T: Serialize>(&self, call: &Call, output: T) -> Result<T, Fault> {
        if let Some(answered) = call.answered(&output)? {
            self.store.keep_answer(answered).await.map_err(unsaved)?;
        }
        Ok(output)
    }

    /// Support signs out whom it helps. Administrators help themselves: whoever takes over one account of support cannot
    /// keep those out who could end that.
    async fn must_help(&self, call: &Call, person: Option<PersonId>) -> Result<(), Fault> {
        let Some(id) = person.filter(|_| call.principal().is_ok_and(|it| it.role == Role::Support))
        else {
            return Ok(());
        };
        let found = self.store.person(id).await.map_err(unsaved)?;
        match found.is_some_and(|it| it.role == Role::Admin) {
            true => Err(FaultCode::Forbidden.into()),
            false => Ok(()),
        }
    }

    async fn end_all_of(
        &self,
        person: PersonId,
        but: Option<SessionId>,
        now: UnixMillis,
    ) -> Result<SessionsEnded, Fault> {
        let ended = self.store.end_sessions_of(person, but, now).await.map_err(unsaved)?;
        ended.iter().for_each(|it| self.session_ended(it));
        Ok(SessionsEnded { ended: u32::try_from(ended.len()).unwrap_or(u32::MAX) })
    }

    /// A session has ended: so do its sockets and its media on this node.
    pub(super) fn session_ended(&self, session: &SessionRecord) {
        self.sessions.forget(session.session_id);
        self.sockets.close_session(session.session_id, CloseReason::SignedOut);
        if let Some((who, only_visit)) = whose(session) {
            self.end_media_of(session.session_id, who, only_visit);
        }
    }

    /// Has the media of a session that has ended end. A session of a join link can have some in its one visit only. Rooms
    /// are sent to, not tried: one that is busy takes it later, and none is passed over.
    pub(super) fn end_media_of(
        &self,
        session: SessionId,
        who: Who,
        only_visit: Option<AppointmentId>,
    ) {
        let rooms = match only_visit {
            Some(visit) => self.rooms.find_running(visit).into_iter().collect(),
            None => self.rooms.running(),
        };
        let ended = SessionEnded { session, who };
        let sending = futures::future::join_all(rooms.into_iter().map(|it| it.send(ended)));
        // Who signs out does not wait for rooms.
        actix_rt::spawn(async move { drop(sending.await) });
    }

    /// Ends here what has ended elsewhere. `known` is what was ended here before.
    async fn follow_ends(&self, known: &mut HashMap<SessionId, UnixMillis>) {
        let since = self.clock.now().minus(LOOK_BACK);
        known.retain(|_, at| *at >= since);
        let ended = match self.store.sessions_ended_since(since, MAX_ENDED).await {
            Ok(ended) => ended,
            Err(error) => return tracing::warn!(%error, "nobody knows which sessions have ended"),
        };
        for session in ended {
            let at = session.ended_at.unwrap_or(since);
            if known.insert(session.session_id, at).is_none() {
                self.session_ended(&session);
            }
        }
    }

    /// Tells the store what was used. What it does not take is told with the next.
    async fn tell_used(&self) {
        let now = self.clock.now();
        for (session, who) in self.sockets.all() {
            if self.whereabouts.place(who) != Place::Away {
                self.sessions.used(session, now);
            }
        }
        let used = self.sessions.take_used();
        for some in used.chunks(MAX_TOLD) {
            if let Err(error) = self.store.touch_sessions(some).await {
                tracing::warn!(%error, "the store was not told which sessions were used");
                some.iter().for_each(|(session, at)| self.sessions.used(*session, *at));
            }
        }
    }
}

/// Tells the store who is kept here, before anybody signs in, and starts the task. It ends when the node is dropped.
pub(super) fn start(node: &Arc<Node>) {
    node.store.keep_people_of(super::residency::of(&node.config));
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        let mut known = HashMap::new();
        for turn in (0..TELL_EVERY).cycle() {
            actix_rt::time::sleep(LOOK_EVERY).await;
            let Some(node) = node.upgrade() else { return };
            node.follow_ends(&mut known).await;
            node.open_asked_links().await;
            if turn == 0 {
                node.tokens.read_again();
                node.tell_used().await;
            }
        }
    });
}

pub(super) fn card(session: &SessionRecord, this: SessionId) -> SessionCard {
    SessionCard {
        session_id: session.session_id,
        is_this: session.session_id == this,
        client: session.about.client,
        created_at: session.created_at,
        last_used_at: session.about.last_used_at,
        expires_at: session.expires_at,
        visit: session.visit.map(|(visit, _)| visit),
    }
}
