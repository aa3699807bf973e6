//! What support is told: accounts, sign-ins, how messages went, how this node is.
//!
//! Invariant: nothing here says who is treated by whom, when, or for what. Does not: change anything.

use crate::command::{Call, Execute, unsaved};
use crate::http::Site as _;
use crate::node::Node;
use crate::node::inbox::{channel, topic};
use crate::node::sign_ins::card;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::notice::NoticeMatter;
use crate::protocol::session::SessionCard;
use crate::protocol::support::{
    ListSentNotices, ListSupported, NodePart, NodeState, NoticeProgress, ReadNodeState,
    ReadSignInState, SentNotice, SentNotices, SignInState, SupportedPeople, SupportedPerson,
};
use crate::store::behalf::hubs_own;
use crate::store::outbox::{NoticeRecord, NoticeState};
use crate::store::people::Which;

/// People in one list.
const MAX_PEOPLE: u32 = 500;
/// Sign-ins in one list.
const MAX_SESSIONS: u32 = 100;
/// Messages in one list.
const MAX_NOTICES: u32 = 200;

impl Execute<ListSupported> for Node {
    async fn execute(&self, call: Call, op: ListSupported) -> Result<SupportedPeople, Fault> {
        let of = call.principal()?.organisation;
        let which = Which { role: op.role, status: None };
        let people = self.store.people(of, which, MAX_PEOPLE).await.map_err(unsaved)?;
        let people = people.into_iter().map(|it| SupportedPerson {
            status: it.status(),
            person_id: it.person_id,
            display_name: it.display_name,
            role: it.role,
            created_at: it.created_at,
        });
        Ok(SupportedPeople { people: people.collect() })
    }
}

impl Execute<ReadSignInState> for Node {
    async fn execute(&self, call: Call, op: ReadSignInState) -> Result<SignInState, Fault> {
        let this = call.caller.ok_or(FaultCode::Unauthenticated)?.session_id;
        let id = op.person_id;
        self.somebody(id).await?;
        let sessions = self.store.sessions_of(id, call.now, MAX_SESSIONS).await;
        let factors = self.store.factors(id).await.map_err(unsaved)?;
        let confirmed = factors.iter().filter(|it| it.confirmed_at.is_some()).count();
        let sessions = sessions.map_err(unsaved)?;
        // Which visit a link was for is of somebody's care.
        let sessions = sessions.iter().map(|it| SessionCard { visit: None, ..card(it, this) });
        Ok(SignInState {
            person_id: id,
            factors: u32::try_from(confirmed).unwrap_or(u32::MAX),
            recovery_codes: self.store.recovery_left(id).await.map_err(unsaved)?,
            sessions: sessions.collect(),
        })
    }
}

impl Execute<ListSentNotices> for Node {
    async fn execute(&self, _: Call, op: ListSentNotices) -> Result<SentNotices, Fault> {
        self.somebody(op.person_id).await?;
        let kept = self.store.notices_of(op.person_id, MAX_NOTICES).await.map_err(unsaved)?;
        Ok(SentNotices { notices: kept.iter().map(sent).collect() })
    }
}

impl Execute<ReadNodeState> for Node {
    async fn execute(&self, call: Call, _: ReadNodeState) -> Result<NodeState, Fault> {
        let part = |is_needed| {
            move |(name, answers): (&str, bool)| NodePart {
                name: name.to_owned(),
                answers,
                is_needed,
            }
        };
        let needed = self.readiness().await.into_iter().map(part(true));
        let helpers = self.helpers().into_iter().map(part(false));
        // Of the node, and so of all whom it serves: numbers that name nobody.
        let backlog = hubs_own(self.store.backlog(call.now)).await.map_err(unsaved)?;
        let count = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
        Ok(NodeState {
            node: self.config.node.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            parts: needed.chain(helpers).collect(),
            notices_due: count(backlog.due),
            notices_dead: count(backlog.dead),
        })
    }
}

fn sent(it: &NoticeRecord) -> SentNotice {
    let matter = topic(it.notice.kind).matter();
    SentNotice {
        matter,
        channel: channel(it.notice.channel),
        state: match it.state {
            NoticeState::Pending => NoticeProgress::Pending,
            NoticeState::Sent => NoticeProgress::Sent,
            NoticeState::Skipped => NoticeProgress::Skipped,
            NoticeState::Dead => NoticeProgress::Dead,
        },
        attempts: it.attempts,
        failure: it.failure.clone(),
        settled_at: it.settled_at.filter(|_| matter != NoticeMatter::Appointment),
    }
}
