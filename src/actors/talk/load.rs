//! How a talk begins: it claims its log, and reads what is kept.
//!
//! Invariants: the claim comes first, so that what is read after it no older owner changes any more; the log and its
//! messages are read at one moment, at which the claim still held, so that no newer owner has changed them. Who is in the
//! conversation of a visit is made so again at every beginning, whatever the owner before managed to do.

use super::log::{Ask, What};
use super::recent::{MAX_LINES, Recent};
use super::{Known, Talk, TalkParts};
use crate::actors::letters::Letters;
use crate::command::{Call, unsaved};
use crate::domain::conversation::attention::Announced;
use crate::domain::conversation::parts::{Part, parts};
use crate::domain::conversation::{Away, Conversation, Cover};
use crate::protocol::fault::Fault;
use crate::protocol::ids::{ConversationId, PersonId};
use crate::store::conversation_state::Opening;
use crate::store::conversations::AwayRecord;
use crate::store::{Store, StoreError, Stored};
use actix::{
    ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler, ResponseFuture,
    WrapFuture as _,
};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Messages that are read at the beginning: a snapshot, and one more to know whether there are older ones.
const FIRST_MESSAGES: u32 = 51;

/// What was read.
pub(super) struct Loaded {
    known: Known,
    /// Who belongs into it by the visit.
    parts: Option<Vec<Part>>,
}

/// Who has a part in the visit may have changed: read it again. Answered when it is so.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "Result<(), Fault>")]
pub struct ReadVisit;

/// Somebody is out of office from now on, or back. Answered when it is in the log.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "Result<(), Fault>")]
pub struct ReadAway(pub PersonId);

pub(super) async fn load(id: ConversationId, parts: Arc<TalkParts>) -> Stored<Option<Loaded>> {
    // Look first: a key is claimed only for a conversation that exists.
    if parts.store.conversation(id).await?.is_none() {
        return Ok(None);
    }
    let fence = parts.store.claim_conversation(id, &parts.node).await?.epoch;
    // A page of lines is enough to begin with: whoever missed more is replayed from the store.
    let lines = u32::try_from(MAX_LINES).unwrap_or(u32::MAX) / 2;
    let Some(opening) = parts.store.opening(id, FIRST_MESSAGES, lines).await? else {
        return Ok(None);
    };
    if opening.claim.is_none_or(|it| it.epoch != fence) {
        // Somebody else has it already: what was read may be theirs to change.
        return Err(StoreError::Fenced);
    }
    let letters =
        Letters::open(&parts.keys, &*parts.store, id, opening.record.key.as_ref()).await?;
    let mut conversation = opening.record.conversation();
    conversation.is_closed = letters.is_none();
    for person in Talk::clinicians(&conversation) {
        let away = read_away(person, parts.store.as_ref()).await?;
        let of_person = conversation.members.iter_mut().filter(|it| it.person_id == Some(person));
        of_person.for_each(|it| it.away.clone_from(&away));
    }
    let by_visit = belonging(&conversation, parts.store.as_ref()).await?;
    let epoch = opening.log_epoch;
    let recent = recent_of(opening, letters.as_ref());
    let announced = Announced::default();
    let older = Default::default();
    let known = Known { conversation, letters, recent, older, announced, fence, epoch };
    Ok(Some(Loaded { known, parts: by_visit }))
}

fn recent_of(opening: Opening, letters: Option<&Letters>) -> Recent {
    let open = |it: &crate::store::conversations::MessageRecord| match letters {
        Some(letters) => letters.read(it),
        None => it.message(None, vec![]),
    };
    let Opening { mut messages, lines, .. } = opening;
    let has_older = u32::try_from(messages.len()).is_ok_and(|it| it == FIRST_MESSAGES);
    if has_older {
        messages.remove(0);
    }
    let lines = lines.into_iter().map(|(line, _)| line).collect();
    Recent::new(lines, messages.iter().map(open).collect(), has_older)
}

async fn belonging(conversation: &Conversation, store: &dyn Store) -> Stored<Option<Vec<Part>>> {
    let Some(id) = conversation.appointment_id else { return Ok(None) };
    Ok(store.visit(id).await?.map(|it| parts(&it)))
}

async fn read_away(person: PersonId, store: &dyn Store) -> Stored<Option<Away>> {
    let Some(AwayRecord { until, covered_by, .. }) = store.away(person).await? else {
        return Ok(None);
    };
    let cover = match covered_by {
        // Whoever cannot sign in covers nobody.
        Some(id) => store.person(id).await?.filter(crate::store::PersonRecord::may_sign_in),
        None => None,
    };
    let cover = cover.map(|it| Cover { person_id: it.person_id, display_name: it.display_name });
    Ok(Some(Away { until, cover }))
}

impl Talk {
    pub(super) fn loaded(&mut self, loaded: Stored<Option<Loaded>>, ctx: &mut Context<Self>) {
        match loaded {
            Ok(Some(Loaded { known, parts })) => {
                self.known = Some(known);
                self.watch_members();
                if let Some(parts) = parts {
                    let followed = self.hub_does(What::Follow(parts), ctx);
                    // Members who do not belong any more are not kept because they could not be removed.
                    ctx.spawn(followed.into_actor(self).map(|followed, _, ctx| {
                        if !matches!(followed, Ok(Ok(_))) {
                            ctx.stop();
                        }
                    }));
                }
            }
            Ok(None) => {}
            Err(_) => {
                // Whoever waits is told that it is not available; the next message starts another one.
                tracing::error!(conversation_id = %self.id, "a conversation could not be loaded");
                ctx.stop();
            }
        }
    }

    /// What the hub itself does: nobody calls. Answered when it is saved.
    fn hub_does(
        &mut self,
        what: What,
        ctx: &mut Context<Self>,
    ) -> oneshot::Receiver<Result<super::Output, Fault>> {
        let (reply, answer) = oneshot::channel();
        let now = self.parts.clock.now();
        let call = Call::new(None, now, std::net::Ipv4Addr::LOCALHOST.into());
        self.asks.push(Ask { call, what, reply });
        // At once: what waits in the mailbox must not find what was before it.
        self.flush(ctx);
        answer
    }

    /// Reads, and then does what follows from it, before anything else: of two readings the later is the later.
    fn read_and_do<T: 'static>(
        &mut self,
        reading: impl Future<Output = Stored<T>> + 'static,
        follows: impl FnOnce(T) -> Option<What> + 'static,
        ctx: &mut Context<Self>,
    ) -> ResponseFuture<Result<(), Fault>> {
        self.used_at = self.parts.clock.now();
        let (reply, answer) = oneshot::channel();
        let read = reading.into_actor(self).map(move |read, talk, ctx| {
            let saving = match read {
                Ok(found) => Ok(follows(found).map(|what| talk.hub_does(what, ctx))),
                Err(error) => Err(unsaved(error)),
            };
            // Whoever asked may have gone.
            let _gone = reply.send(saving);
        });
        ctx.wait(read);
        Box::pin(async move {
            match answer.await {
                Ok(Ok(Some(saving))) => match saving.await {
                    Ok(saved) => saved.map(|_| ()),
                    Err(_) => Err(crate::protocol::fault::FaultCode::OutcomeUnknown.into()),
                },
                Ok(Ok(None)) => Ok(()),
                Ok(Err(fault)) => Err(fault),
                Err(_) => Err(crate::protocol::fault::FaultCode::Unavailable.into()),
            }
        })
    }
}

impl Handler<ReadVisit> for Talk {
    type Result = ResponseFuture<Result<(), Fault>>;

    fn handle(&mut self, _: ReadVisit, ctx: &mut Context<Self>) -> Self::Result {
        let Some(known) = &self.known else { return Box::pin(async { Ok(()) }) };
        let store = Arc::clone(&self.parts.store);
        let conversation = known.conversation.clone();
        let reading = async move { belonging(&conversation, store.as_ref()).await };
        self.read_and_do(reading, |parts| parts.map(What::Follow), ctx)
    }
}

impl Handler<ReadAway> for Talk {
    type Result = ResponseFuture<Result<(), Fault>>;

    fn handle(&mut self, ReadAway(person): ReadAway, ctx: &mut Context<Self>) -> Self::Result {
        let store = Arc::clone(&self.parts.store);
        let reading = async move { read_away(person, store.as_ref()).await };
        self.read_and_do(reading, move |away| Some(What::Away(person, away)), ctx)
    }
}
