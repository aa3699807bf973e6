//! Supervises the media workers: looks at them ten times a second, starts dead ones anew, says which rooms were lost.
//!
//! Invariant: a dead worker is back within a second, on the same port. Nobody "left" because of it: rooms are told
//! [`MediaEvent::WorkerLost`], and their clients offer again.

use crate::sfu::{MediaEvent, Workers};
use actix::{Actor, AsyncContext as _, Context};
use std::sync::Arc;
use std::time::Duration;

/// How often workers are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The actor.
pub struct Supervisor {
    /// What it watches.
    pub workers: Arc<dyn Workers>,
    /// Where it tells.
    pub tell: Box<dyn Fn(MediaEvent) + Send>,
}

impl Supervisor {
    fn look(&mut self) {
        let health = self.workers.health();
        let transports: usize = health.iter().map(|it| it.transports).sum();
        metrics::gauge!("bedside_transports")
            .set(f64::from(u32::try_from(transports).unwrap_or(u32::MAX)));
        for dead in health.iter().filter(|it| !it.is_alive) {
            metrics::counter!("bedside_media_worker_restarts_total").increment(1);
            match self.workers.restart(dead.worker) {
                Ok(rooms) => {
                    tracing::error!(
                        worker = dead.worker,
                        rooms = rooms.len(),
                        "a media worker died and was started anew"
                    );
                    (self.tell)(MediaEvent::WorkerLost { rooms });
                }
                Err(error) => {
                    tracing::error!(worker = dead.worker, kind = ?error.kind(), "a media worker cannot be started");
                }
            }
        }
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(LOOK_EVERY, |supervisor, _| supervisor.look());
    }
}
