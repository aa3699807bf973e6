//! Supervises the media workers: looks at them ten times a second, starts dead ones anew, says which rooms were lost.
//!
//! Invariant: a dead worker is back within a second, on the same port. Nobody "left" because of it: rooms are told
//! [`MediaEvent::WorkerLost`], and their clients offer again.

use crate::sfu::{MediaEvent, Workers};
use actix::{Actor, AsyncContext as _, Context};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often workers are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often the counters of the media port are read.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// The actor.
pub struct Supervisor {
    /// What it watches.
    pub workers: Arc<dyn Workers>,
    /// Where it tells.
    pub tell: Box<dyn Fn(MediaEvent) + Send>,
    /// Totals of the media port when they were last read.
    pub counted: BTreeMap<&'static str, u64>,
}

impl Supervisor {
    /// Adds what was counted since the last look; a total that fell is that of a worker that was started anew.
    fn count(&mut self) {
        for (what, total) in self.workers.counted() {
            let before = self.counted.insert(what, total).unwrap_or(0);
            let new = total.checked_sub(before).unwrap_or(total);
            metrics::counter!("bedside_media_packets_total", "what" => what).increment(new);
        }
    }

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
        ctx.run_interval(COUNT_EVERY, |supervisor, _| supervisor.count());
    }
}
