//! `commit`, written once: what an owner does with a decision, and with several at once.
//!
//! | the store says | then |
//! |---|---|
//! | saved | apply, publish, answer |
//! | surely not saved (conflict, aborted) | tell the caller; the state is unchanged |
//! | fenced | the actor stops itself, unless it knows better; the next message starts one that reloads |
//! | unknown | the actor stops itself; the next message starts one that reloads |
//!
//! A group is decided in order, each decision on top of those before it, and saved in one transaction. When the store
//! refuses it because of one of them (a conflict), they are saved one after the other, so that only that one fails.

use crate::command::unsaved;
use crate::protocol::fault::{Fault, FaultCode};
use crate::store::{DEADLINE, StoreError, Stored};
use actix::fut::{ready, wrap_future};
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, AtomicResponse, Context,
};
use futures::future::BoxFuture;
use std::collections::VecDeque;

/// An actor with durable state.
pub trait Owner: Actor<Context = Context<Self>> {
    /// What a decision changes.
    type Change: 'static;

    /// Makes a saved change so in memory, and tells whom it concerns.
    fn apply_and_publish(&mut self, change: Self::Change, ctx: &mut Context<Self>);

    /// Another owner has taken the key over: what is known here is out of date, and nothing of it may be used again.
    fn fenced(&mut self, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

/// An owner that saves decisions together when they come faster than the store saves.
pub trait GroupOwner: Owner {
    /// A decision that somebody waits for.
    type Ask: 'static;
    /// What they are told.
    type Output: 'static;

    /// Decides all of them in order, each on top of the ones before.
    fn decide(&self, asks: &[Self::Ask]) -> Group<Self::Change, Self::Output>;

    /// Tells whoever asked.
    fn answer(&mut self, ask: Self::Ask, answer: Result<Self::Output, Fault>);
}

/// What came of the decisions of a group.
pub struct Group<C, T> {
    /// One for each, in order.
    pub verdicts: Vec<Verdict<T>>,
    /// The transaction and what it changes; nothing when none of them changes anything.
    pub save: Option<(BoxFuture<'static, Stored<()>>, C)>,
}

/// What came of one decision.
pub enum Verdict<T> {
    /// Nothing of it is to be saved.
    Now(Result<T, Fault>),
    /// This is the answer when the group is saved.
    WhenSaved(T),
}

/// What a handler decided.
pub enum Step<C, T> {
    /// Nothing is to be saved.
    Answer(Result<T, Fault>),
    /// This is.
    Save {
        /// The transaction.
        write: BoxFuture<'static, Stored<()>>,
        /// What it changes.
        change: C,
        /// What the caller is told when it is saved.
        output: T,
    },
}

/// Persists, applies, publishes, answers. No other message of this actor is handled in between.
pub fn commit<A, T>(step: Step<A::Change, T>) -> AtomicResponse<A, Result<T, Fault>>
where
    A: Owner,
    T: 'static,
{
    match step {
        Step::Answer(answer) => AtomicResponse::new(Box::pin(ready(answer))),
        Step::Save { write, change, output } => {
            let saved =
                wrap_future::<_, A>(in_time(write)).map(|saved, actor: &mut A, ctx| match saved {
                    Ok(()) => {
                        actor.apply_and_publish(change, ctx);
                        Ok(output)
                    }
                    Err(error) => {
                        failed(actor, error, ctx);
                        Err(unsaved(error))
                    }
                });
            AtomicResponse::new(Box::pin(saved))
        }
    }
}

/// The same for several decisions at once. No message of this actor is handled before all of them are answered.
pub fn commit_group<A: GroupOwner>(actor: &mut A, asks: Vec<A::Ask>, ctx: &mut Context<A>) {
    save(actor, asks, VecDeque::new(), ctx);
}

/// Saves `asks` together, then each of `rest` by itself.
fn save<A: GroupOwner>(
    actor: &mut A,
    asks: Vec<A::Ask>,
    rest: VecDeque<A::Ask>,
    ctx: &mut Context<A>,
) {
    let Group { verdicts, save } = actor.decide(&asks);
    let decided: Vec<_> = asks.into_iter().zip(verdicts).collect();
    let Some((write, change)) = save else {
        for (ask, verdict) in decided {
            actor.answer(ask, verdict.saved());
        }
        return next(actor, rest, ctx);
    };
    metrics::histogram!("bedside_group_decisions").record(in_metrics(decided.len()));
    let saved = wrap_future::<_, A>(in_time(write)).map(move |saved, actor: &mut A, ctx| {
        let is_group = decided.len() > 1;
        match saved {
            Ok(()) => {
                actor.apply_and_publish(change, ctx);
                for (ask, verdict) in decided {
                    actor.answer(ask, verdict.saved());
                }
                next(actor, rest, ctx);
            }
            Err(StoreError::Conflict(_)) if is_group => {
                metrics::counter!("bedside_groups_split_total").increment(1);
                next(actor, decided.into_iter().map(|(ask, _)| ask).collect(), ctx);
            }
            Err(error) => {
                let has_ended = failed(actor, error, ctx);
                for (ask, verdict) in decided {
                    let answer = match verdict {
                        Verdict::Now(answer) => answer,
                        Verdict::WhenSaved(_) => Err(unsaved(error)),
                    };
                    actor.answer(ask, answer);
                }
                if has_ended {
                    // They were surely not done: nobody has begun with them.
                    for ask in rest {
                        actor.answer(ask, Err(FaultCode::Unavailable.into()));
                    }
                } else {
                    next(actor, rest, ctx);
                }
            }
        }
    });
    // Everything that comes meanwhile waits in the mailbox, and is the next group.
    ctx.wait(saved);
}

fn next<A: GroupOwner>(actor: &mut A, mut rest: VecDeque<A::Ask>, ctx: &mut Context<A>) {
    if let Some(ask) = rest.pop_front() {
        save(actor, vec![ask], rest, ctx);
    }
}

impl<T> Verdict<T> {
    /// The answer once everything is saved that had to be.
    fn saved(self) -> Result<T, Fault> {
        match self {
            Verdict::Now(answer) => answer,
            Verdict::WhenSaved(output) => Ok(output),
        }
    }
}

async fn in_time(write: BoxFuture<'static, Stored<()>>) -> Stored<()> {
    tokio::time::timeout(DEADLINE, write).await.unwrap_or(Err(StoreError::Ambiguous))
}

/// What a failed commit does to the owner. True when it has ended.
fn failed<A: Owner>(actor: &mut A, error: StoreError, ctx: &mut Context<A>) -> bool {
    if matches!(error, StoreError::Fenced | StoreError::Ambiguous) {
        metrics::counter!("bedside_owner_reloads_total").increment(1);
    }
    match error {
        StoreError::Fenced => actor.fenced(ctx),
        StoreError::Ambiguous => ctx.stop(),
        StoreError::Aborted | StoreError::Conflict(_) => {}
    }
    matches!(error, StoreError::Fenced | StoreError::Ambiguous)
}

/// Exact for any group that there can be.
fn in_metrics(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

#[cfg(test)]
#[path = "commit_tests.rs"]
mod tests;
