//! What passes by beside the log: how far members are, where they are, and who is writing.
//!
//! Invariants: CH-2 marks are told, and acknowledged, when they are saved, so that nobody sees one go back. Several that
//! come within a moment are saved together. Presence is of members only. Typing is told to whoever has room for it, and
//! kept nowhere.

use super::{SaveMarks, Talk};
use crate::command::unsaved;
use crate::domain::conversation::Member;
use crate::domain::conversation::typing::Signal;
use crate::domain::policy::{Principal, Who};
use crate::protocol::conversation::{MemberMarks, MemberPresence, Presence};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::MemberId;
use crate::protocol::prepared::Prepared;
use crate::protocol::topic::Event;
use crate::store::Stored;
use actix::{
    ActorFutureExt as _, AsyncContext as _, Context, Handler, MessageResult, ResponseFuture,
    WrapFuture as _,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long marks wait for more of them: somebody who scrolls makes ten a second.
const COLLECT_FOR: Duration = Duration::from_millis(100);

/// Marks on their way to the store.
#[derive(Debug, Default)]
pub(super) struct PendingMarks {
    collected: BTreeMap<MemberId, (u32, u32)>,
    waiting: Vec<oneshot::Sender<Result<(), Fault>>>,
    is_under_way: bool,
}

/// How far a member is.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "Result<(), Fault>")]
pub struct Mark {
    /// Who.
    pub principal: Principal,
    /// A device of theirs has it.
    pub delivered: u32,
    /// They have looked.
    pub displayed: u32,
}

/// A member is writing, or is not any more.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "Result<(), Fault>")]
pub struct Type {
    /// Who.
    pub principal: Principal,
    /// Which of the two.
    pub signal: Signal,
}

/// Somebody may be somewhere else; without anybody: everybody may be.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct PresenceMoved(pub Option<Who>);

impl PendingMarks {
    /// Whether something is to be saved.
    pub(super) fn is_busy(&self) -> bool {
        self.is_under_way || !self.collected.is_empty()
    }
}

impl Handler<Mark> for Talk {
    type Result = ResponseFuture<Result<(), Fault>>;

    fn handle(&mut self, mark: Mark, ctx: &mut Context<Self>) -> Self::Result {
        match self.mark(mark, ctx) {
            Ok(Some(saved)) => Box::pin(async {
                saved.await.unwrap_or_else(|_| Err(FaultCode::Unavailable.into()))
            }),
            Ok(None) => Box::pin(async { Ok(()) }),
            Err(fault) => Box::pin(async { Err(fault) }),
        }
    }
}

impl Handler<SaveMarks> for Talk {
    type Result = ();

    fn handle(&mut self, _: SaveMarks, ctx: &mut Context<Self>) {
        self.save_marks(ctx);
    }
}

impl Handler<Type> for Talk {
    type Result = MessageResult<Type>;

    fn handle(&mut self, Type { principal, signal }: Type, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.types(&principal, signal))
    }
}

impl Handler<PresenceMoved> for Talk {
    type Result = ();

    fn handle(&mut self, PresenceMoved(who): PresenceMoved, _: &mut Context<Self>) {
        let Some(known) = &self.known else { return };
        let is_meant = |it: &&Member| who.is_none_or(|who| it.is(who));
        let members: Vec<_> = known.conversation.present().filter(is_meant).cloned().collect();
        let mut moved = vec![];
        for member in members {
            let presence = self.parts.whereabouts.of(known_as(&member));
            if self.presence.insert(member.member_id, presence) != Some(presence) {
                moved.push(MemberPresence { member_id: member.member_id, presence });
            }
        }
        if !moved.is_empty() {
            self.publish_passing(Event::PresenceChanged { presence: moved });
        }
    }
}

impl Talk {
    /// Takes a mark; when it says more than is known, whoever sent it is told when it is saved.
    fn mark(
        &mut self,
        mark: Mark,
        ctx: &mut Context<Self>,
    ) -> Result<Option<oneshot::Receiver<Result<(), Fault>>>, Fault> {
        let known = self.known()?;
        let id = known.conversation.part_of(mark.principal.who)?.member_id;
        let further = known.conversation.further(id, mark.delivered, mark.displayed);
        let Some((delivered, displayed)) = further else { return Ok(None) };
        let collected = self.marks.collected.entry(id).or_default();
        *collected = (collected.0.max(delivered), collected.1.max(displayed));
        let (reply, saved) = oneshot::channel();
        self.marks.waiting.push(reply);
        if !self.marks.is_under_way {
            self.marks.is_under_way = true;
            ctx.notify_later(SaveMarks, COLLECT_FOR);
        }
        Ok(Some(saved))
    }

    fn save_marks(&mut self, ctx: &mut Context<Self>) {
        let collected = std::mem::take(&mut self.marks.collected);
        let waiting = std::mem::take(&mut self.marks.waiting);
        let marks: Vec<_> = collected
            .into_iter()
            .map(|(member_id, (delivered, displayed))| MemberMarks {
                member_id,
                delivered,
                displayed,
            })
            .collect();
        let (id, store, saving) = (self.id, Arc::clone(&self.parts.store), marks.clone());
        let write = async move { store.save_marks(id, saving).await };
        // Beside everything else: it needs no fence, and messages do not wait for it.
        ctx.spawn(write.into_actor(self).map(move |saved, talk, ctx| {
            talk.marks_saved(saved, &marks);
            for reply in waiting {
                // Whoever sent it may have gone.
                let _gone = reply.send(saved.map_err(unsaved));
            }
            talk.marks.is_under_way = !talk.marks.collected.is_empty();
            if talk.marks.is_under_way {
                ctx.notify_later(SaveMarks, COLLECT_FOR);
            }
        }));
    }

    fn marks_saved(&mut self, saved: Stored<()>, marks: &[MemberMarks]) {
        let Some(known) = self.known.as_mut().filter(|_| saved.is_ok()) else { return };
        let mut changed = vec![];
        for it in marks {
            let next = known.conversation.mark(it.member_id, it.delivered, it.displayed);
            let is_in = known.conversation.member(it.member_id).is_some_and(Member::is_in);
            if let Some((delivered, displayed)) = next.filter(|_| is_in) {
                changed.push(MemberMarks { member_id: it.member_id, delivered, displayed });
            }
        }
        if !changed.is_empty() {
            self.publish_passing(Event::MarksChanged { marks: changed });
            self.touched();
        }
    }

    fn types(&mut self, principal: &Principal, signal: Signal) -> Result<(), Fault> {
        let now = self.parts.clock.now();
        let known = self.known.as_ref().ok_or(FaultCode::NotFound)?;
        let member_id = known.conversation.writer(principal.who)?.member_id;
        if self.typists.take(member_id, signal, now) {
            let event = Event::Typing { member_id, is_typing: signal == Signal::Begins };
            let prepared = Arc::new(Prepared::new(Talk::position(known), now, event));
            self.followers.whisper(|viewer| viewer != member_id, &prepared);
        }
        Ok(())
    }

    /// Looks anew at who is in it, and where they are. Who is new is told of, marks included.
    pub(super) fn watch_members(&mut self) {
        let Some(known) = &self.known else { return };
        let members: Vec<_> = known.conversation.present().cloned().collect();
        let people = members.iter().flat_map(known_as).collect();
        self.watch = Some(self.parts.whereabouts.watch(self.id, people));
        let before = std::mem::take(&mut self.presence);
        let (mut moved, mut marks) = (vec![], vec![]);
        for member in &members {
            let presence: Presence = self.parts.whereabouts.of(known_as(member));
            self.presence.insert(member.member_id, presence);
            if before.get(&member.member_id) != Some(&presence) {
                moved.push(MemberPresence { member_id: member.member_id, presence });
            }
            if !before.contains_key(&member.member_id) {
                marks.push(crate::domain::conversation::view::mark(member));
            }
        }
        if !marks.is_empty() {
            self.publish_passing(Event::MarksChanged { marks });
        }
        if !moved.is_empty() {
            self.publish_passing(Event::PresenceChanged { presence: moved });
        }
    }
}

/// The names by which a member is known to sockets and rooms.
fn known_as(member: &Member) -> Vec<Who> {
    let account = member.person_id.map(Who::Person);
    let part = member.participant_id.map(Who::Participant);
    account.into_iter().chain(part).collect()
}
