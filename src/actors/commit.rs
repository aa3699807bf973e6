//! `commit`, written once: what an owner does with a decision.
//!
//! | the store says | then |
//! |---|---|
//! | saved | apply, publish, answer |
//! | surely not saved (conflict, aborted) | tell the caller; the state is unchanged |
//! | fenced | the actor stops itself, unless it knows better; the next message starts one that reloads |
//! | unknown | the actor stops itself; the next message starts one that reloads |

use crate::command::unsaved;
use crate::protocol::fault::Fault;
use crate::store::{DEADLINE, StoreError, Stored};
use actix::fut::{ready, wrap_future};
use actix::{Actor, ActorContext as _, ActorFutureExt as _, AtomicResponse, Context};
use futures::future::BoxFuture;

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
            let saving = async move {
                tokio::time::timeout(DEADLINE, write).await.unwrap_or(Err(StoreError::Ambiguous))
            };
            let saved = wrap_future::<_, A>(saving).map(|saved, actor: &mut A, ctx| match saved {
                Ok(()) => {
                    actor.apply_and_publish(change, ctx);
                    Ok(output)
                }
                Err(error) => {
                    if matches!(error, StoreError::Fenced | StoreError::Ambiguous) {
                        metrics::counter!("bedside_owner_reloads_total").increment(1);
                    }
                    match error {
                        StoreError::Fenced => actor.fenced(ctx),
                        StoreError::Ambiguous => ctx.stop(),
                        StoreError::Aborted | StoreError::Conflict(_) => {}
                    }
                    Err(unsaved(error))
                }
            });
            AtomicResponse::new(Box::pin(saved))
        }
    }
}
