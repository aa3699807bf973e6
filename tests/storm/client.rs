//! One person's way to the hub: REST by the catalogue, the same key again until there is a definite answer.

use crate::history::Moment;
use crate::hub::Someone;
use bedside::protocol::catalogue::CATALOGUE;
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::operation::{Effect, Operation};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long a definite answer may take, kills and all.
const ANSWERED_WITHIN: Duration = Duration::from_secs(90);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// Somebody with a connection.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) who: Someone,
    http: reqwest::Client,
    hub: SocketAddr,
    began: Instant,
    /// Tries that had no definite answer.
    pub(crate) retries: u64,
}

/// A definite answer, and the span in which it came about.
pub(crate) struct Answer<T> {
    pub(crate) from: Moment,
    pub(crate) until: Moment,
    pub(crate) result: Result<T, Fault>,
}

impl Client {
    pub(crate) fn new(
        who: Someone,
        http: reqwest::Client,
        hub: SocketAddr,
        began: Instant,
    ) -> Self {
        Client { who, http, hub, began, retries: 0 }
    }

    fn now(&self) -> Moment {
        u64::try_from(self.began.elapsed().as_micros()).unwrap()
    }

    /// Asks until it is known what became of it.
    pub(crate) async fn asks<O: Operation>(&mut self, op: &O) -> Answer<O::Output> {
        let (key, from, began) = (Uuid::now_v7().to_string(), self.now(), Instant::now());
        loop {
            let result = self.tries(op, &key).await;
            let is_definite = result.as_ref().is_ok_and(|it| {
                it.as_ref().err().is_none_or(|fault| !is_to_be_repeated(fault.code))
            });
            match result {
                Ok(result) if is_definite => {
                    return Answer { from, until: self.now(), result };
                }
                other => assert!(
                    began.elapsed() < ANSWERED_WITHIN,
                    "{} has no definite answer: {:?}",
                    O::NAME,
                    other.map(|it| it.err())
                ),
            }
            self.retries += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One request: an answer of the hub, or that there was none.
    async fn tries<O: Operation>(
        &self,
        op: &O,
        key: &str,
    ) -> Result<Result<O::Output, Fault>, reqwest::Error> {
        let row = CATALOGUE.iter().find(|it| it.name == O::NAME).expect("in the catalogue");
        let params = serde_json::to_value(op).expect("params");
        let (mut path, mut rest) = (row.path.to_owned(), params.as_object().cloned().unwrap());
        rest.retain(|name, value| {
            let place = format!("{{{name}}}");
            let is_in_path = path.contains(&place);
            path = path.replace(&place, value.as_str().unwrap_or_default());
            !is_in_path
        });
        let url = format!("http://{}{path}", self.hub);
        let method = row.method.parse().expect("a method");
        let mut request = match row.effect {
            Effect::Read => {
                let text = |it: &Value| it.to_string().trim_matches('"').to_owned();
                let query: Vec<_> =
                    rest.iter().map(|(name, it)| format!("{name}={}", text(it))).collect();
                self.http.request(method, format!("{url}?{}", query.join("&")))
            }
            _ => {
                let body = serde_json::to_vec(&rest).expect("a body");
                let request = self.http.request(method, url).body(body);
                request.header("content-type", "application/json").header("idempotency-key", key)
            }
        };
        request = request.bearer_auth(self.who.token().expose());
        let response = request.send().await?;
        let is_good = response.status().is_success();
        let body = response.bytes().await?;
        Ok(match is_good {
            true => Ok(serde_json::from_slice(&body).expect("an output")),
            false => Err(serde_json::from_slice(&body).expect("a fault")),
        })
    }
}

/// What says that it was not done, or that nobody knows.
fn is_to_be_repeated(code: FaultCode) -> bool {
    matches!(
        code,
        FaultCode::Unavailable
            | FaultCode::OutcomeUnknown
            | FaultCode::DeadlineExceeded
            | FaultCode::StillRunning
            | FaultCode::Moved
            | FaultCode::Draining
            | FaultCode::TooManyRequests
    )
}
