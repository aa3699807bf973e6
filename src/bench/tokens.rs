//! How long the next token of a session takes when many ask at once: after a deployment, or when a morning's access tokens end together.
//!
//! Open loop: a burst asks at its rate whether or not the hub keeps up, and a span is from when its token was due to be asked for. Invariant:
//! a refresh token is used once, so who asks again before being answered waits, and that wait is in the span.

use crate::bench::auth::from;
use crate::bench::door::{Door, said};
use crate::bench::figures::{Spans, rounded};
use crate::command::call;
use crate::protocol::auth::{Refresh, SignedIn};
use crate::protocol::ids::SessionId;
use crate::protocol::phi::Phi;
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Tokens a second: what all nurses of a large clinic need when a shift begins.
const RATES: [u32; 3] = [200, 300, 400];
const SECONDS: u32 = 4;

/// One session, and what it shows for its next token.
struct Held {
    session_id: SessionId,
    refresh_token: Phi<String>,
}

/// Bursts that were measured.
pub(super) struct Bursts(Vec<Burst>);

struct Burst {
    per_second: u32,
    spans: Spans,
    took: Duration,
}

impl Bursts {
    /// Of the highest rate.
    pub(super) fn worst(&self) -> Value {
        self.0.last().map_or(Value::Null, |it| it.spans.percentiles())
    }

    pub(super) fn figures(&self) -> Value {
        let all = self.0.iter().map(|it| {
            let count = f64::from(u32::try_from(it.spans.len()).unwrap_or(u32::MAX));
            json!({
                "asked_per_s": it.per_second,
                "issued_per_s": rounded(count / it.took.as_secs_f64()),
                "tokens": it.spans.len(),
                "token_ms": it.spans.percentiles(),
            })
        });
        all.collect()
    }
}

/// Measures it. A token that is refused ends the run.
pub(super) async fn measure(door: &Arc<Door>, signed: Vec<SignedIn>) -> Result<Bursts> {
    let held = signed.into_iter().map(|it| {
        let it = Held { session_id: it.me.session_id, refresh_token: it.refresh_token };
        Arc::new(Mutex::new(it))
    });
    let held: Vec<_> = held.collect();
    let (mut bursts, mut number) = (vec![], 0);
    for per_second in RATES {
        bursts.push(burst(door, &held, per_second, number).await?);
        number += per_second * SECONDS;
    }
    Ok(Bursts(bursts))
}

async fn burst(
    door: &Arc<Door>,
    held: &[Arc<Mutex<Held>>],
    per_second: u32,
    first: u32,
) -> Result<Burst> {
    let (began, every) = (Instant::now(), Duration::from_secs(1) / per_second);
    let (mut running, mut spans) = (JoinSet::new(), Spans::default());
    let turns = held.iter().cycle().zip(0..per_second * SECONDS);
    for (session, number) in turns {
        let due = began + every * number;
        sleep_until(due).await;
        let (door, session) = (Arc::clone(door), Arc::clone(session));
        running.spawn(async move {
            next(&door, &session, first + number).await.map(|()| due.elapsed())
        });
    }
    while let Some(done) = running.join_next().await {
        spans.push(done.map_err(Error::other)??);
    }
    Ok(Burst { per_second, spans, took: began.elapsed() })
}

async fn next(door: &Door, session: &Mutex<Held>, number: u32) -> Result<()> {
    let mut held = session.lock().await;
    let op = Refresh { session_id: held.session_id, refresh_token: held.refresh_token.clone() };
    let next = call(door.node().as_ref(), from(number), op).await.map_err(|it| said(&it))?;
    held.refresh_token = next.refresh_token;
    Ok(())
}
