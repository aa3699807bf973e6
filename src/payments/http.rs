//! A real provider, over HTTP.
//!
//! Owns: the shape of the requests, which docs/payments.md describes for whoever writes an adapter: payment intents that are
//! authorised on the provider's page and captured later, as the large providers have them. Invariants: every write carries an
//! `Idempotency-Key`; no redirect is followed, for it would carry the token elsewhere; no text of an answer is logged.
//! Does not: know what is paid for.

use super::{Failure, Intent, Order, PaymentProvider};
use crate::config::Payments;
use crate::domain::payment::Standing;
use crate::notifications::{https_client, read_secret};
use crate::protocol::phi::Phi;
use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use std::time::Duration;

/// How long one request may take. Shorter than the till's deadline.
const REQUEST: Duration = Duration::from_secs(6);

/// The provider.
pub struct Remote {
    client: Client,
    base: Url,
    authorization: Phi<HeaderValue>,
}

/// An intent as the provider writes it.
#[derive(Debug, Deserialize)]
struct Answer {
    id: String,
    page_url: String,
    status: Status,
    amount_minor: u32,
    currency: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Open,
    Declined,
    Authorised,
    Captured,
    Voided,
    Refunded,
}

impl From<Answer> for Intent {
    fn from(it: Answer) -> Intent {
        let standing = match it.status {
            Status::Open => Standing::Open,
            Status::Declined => Standing::Declined,
            Status::Authorised => Standing::Authorised,
            Status::Captured => Standing::Captured,
            Status::Voided => Standing::Voided,
            Status::Refunded => Standing::Refunded,
        };
        Intent {
            provider_ref: it.id,
            page_url: it.page_url,
            standing,
            amount_minor: it.amount_minor,
            currency: it.currency,
        }
    }
}

impl Remote {
    /// As the settings say.
    ///
    /// # Errors
    /// What is wrong with them, or a file that cannot be read.
    pub fn open(settings: &Payments) -> io::Result<Self> {
        let base = settings.url.parse().map_err(|_| io::Error::other("payments.url: no URL"))?;
        let token = read_secret(&settings.token_file, "payments.token_file")?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| io::Error::other("payments.token_file: no token"))?;
        authorization.set_sensitive(true);
        let client = https_client(REQUEST, &settings.ca_file, "payments.ca_file")?;
        Ok(Remote { client, base, authorization: Phi::new(authorization) })
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        key: Option<String>,
        body: Option<Value>,
    ) -> Result<Intent, Failure> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| Failure::Refused)?.pop_if_empty().extend(path);
        let mut request = self
            .client
            .request(method, url)
            .header(AUTHORIZATION, self.authorization.expose().clone());
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answer = request.send().await.map_err(|_| Failure::Down)?;
        match answer.status().as_u16() {
            200..=299 => {}
            400 | 404 | 409 | 410 | 422 => return Err(Failure::Refused),
            _ => return Err(Failure::Down),
        }
        let bytes = answer.bytes().await.map_err(|_| Failure::Down)?;
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| Failure::Down)?;
        Ok(answer.into())
    }

    async fn act(&self, provider_ref: &str, what: &str) -> Result<Intent, Failure> {
        let key = Some(format!("{provider_ref}-{what}"));
        self.ask(Method::POST, &["intents", provider_ref, what], key, None).await
    }
}

#[async_trait]
impl PaymentProvider for Remote {
    async fn begin(&self, order: &Order) -> Result<Intent, Failure> {
        let body = json!({
            "reference": order.payment_id,
            "amount_minor": order.amount_minor,
            "currency": order.currency,
            "return_url": order.return_url,
            "capture": "manual",
        });
        let key = Some(order.payment_id.to_string());
        self.ask(Method::POST, &["intents"], key, Some(body)).await
    }

    async fn read(&self, provider_ref: &str) -> Result<Intent, Failure> {
        self.ask(Method::GET, &["intents", provider_ref], None, None).await
    }

    async fn capture(&self, provider_ref: &str) -> Result<Intent, Failure> {
        self.act(provider_ref, "capture").await
    }

    async fn void(&self, provider_ref: &str) -> Result<Intent, Failure> {
        self.act(provider_ref, "void").await
    }

    async fn refund(&self, provider_ref: &str) -> Result<Intent, Failure> {
        self.act(provider_ref, "refund").await
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Act, Till};
    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::config::PaymentKind;
    use crate::notifications::breaker::{Breaker, FAILURES, OPEN_FOR};
    use crate::protocol::ids::PaymentId;
    use crate::protocol::time::UnixMillis;
    use std::sync::{Arc, Mutex};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use uuid::Uuid;

    /// Somebody who answers every request with that status and this intent, and keeps what was asked.
    async fn answers(status: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/v1", listener.local_addr().unwrap().port());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = vec![0; 8_192];
                let length = stream.read(&mut bytes).await.unwrap();
                kept.lock().unwrap().push(String::from_utf8_lossy(&bytes[..length]).into_owned());
                let body = "{\"id\":\"in-1\",\"page_url\":\"https://pay.example/in-1\",\
                            \"status\":\"authorised\",\"amount_minor\":4500,\"currency\":\"EUR\"}";
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + body).as_bytes()).await.unwrap();
            }
        });
        (url, asked)
    }

    fn remote(url: String) -> Remote {
        let folder = tempfile::tempdir().unwrap();
        let token_file = folder.path().join("token");
        std::fs::write(&token_file, "not-a-real-token\n").unwrap();
        let settings =
            Payments { provider: PaymentKind::Http, url, token_file, ..Payments::default() };
        Remote::open(&settings).unwrap()
    }

    fn order() -> Order {
        Order {
            payment_id: PaymentId(Uuid::from_u128(7)),
            amount_minor: 4_500,
            currency: "EUR".to_owned(),
            return_url: "https://clinic.example/book".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_provider_is_told_a_sum_and_a_key() {
        let (url, asked) = answers("200 OK").await;
        let provider = remote(url);
        let intent = provider.begin(&order()).await.unwrap();
        assert_eq!((intent.standing, intent.amount_minor), (Standing::Authorised, 4_500));
        provider.capture("in/1").await.unwrap();
        provider.read("in-1").await.unwrap();
        let asked = asked.lock().unwrap().clone();
        let key = order().payment_id.to_string();
        assert!(asked[0].starts_with("POST /v1/intents HTTP/1.1"), "{}", asked[0]);
        assert!(asked[0].to_lowercase().contains(&format!("idempotency-key: {key}")));
        assert!(asked[0].contains("Bearer not-a-real-token"));
        assert!(asked[1].starts_with("POST /v1/intents/in%2F1/capture "), "{}", asked[1]);
        assert!(asked[2].starts_with("GET /v1/intents/in-1 "), "{}", asked[2]);
    }

    #[tokio::test]
    async fn never_and_not_now_are_different() {
        for (status, failure) in [
            ("409 Conflict", Failure::Refused),
            ("404 Not Found", Failure::Refused),
            ("401 Unauthorized", Failure::Down),
            ("302 Found", Failure::Down),
            ("503 Service Unavailable", Failure::Down),
        ] {
            let (url, _) = answers(status).await;
            assert_eq!(remote(url).void("in-1").await, Err(failure), "{status}");
        }
    }

    #[tokio::test]
    async fn a_provider_that_is_down_is_left_alone_for_a_while() {
        let (url, asked) = answers("503 Service Unavailable").await;
        let clock = ManualClock::at(UnixMillis(1_000_000));
        let till = Till {
            provider: Arc::new(remote(url)),
            breaker: Mutex::new(Breaker::default()),
            clock: Arc::new(clock.clone()),
        };
        for _ in 0..FAILURES + 5 {
            assert_eq!(till.act(Act::Read, "in-1").await, Err(Failure::Down));
        }
        assert_eq!(asked.lock().unwrap().len(), usize::try_from(FAILURES).unwrap());
        clock.advance(OPEN_FOR);
        assert_eq!(till.act(Act::Read, "in-1").await, Err(Failure::Down));
        assert_eq!(asked.lock().unwrap().len(), usize::try_from(FAILURES).unwrap() + 1);
    }

    #[tokio::test]
    async fn a_probe_that_nobody_waits_for_leaves_room_for_the_next() {
        let clock = ManualClock::at(UnixMillis(1_000_000));
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.failed(clock.now());
        }
        clock.advance(OPEN_FOR);
        // It listens, and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/v1", silent.local_addr().unwrap().port());
        let mut till = Till {
            provider: Arc::new(remote(url)),
            breaker: Mutex::new(breaker),
            clock: Arc::new(clock.clone()),
        };
        {
            let mut probe = Box::pin(till.act(Act::Read, "in-1"));
            assert!(futures::poll!(&mut probe).is_pending());
            assert_eq!(till.act(Act::Read, "in-1").await, Err(Failure::Down), "one at a time");
        }
        let (url, asked) = answers("200 OK").await;
        till.provider = Arc::new(remote(url));
        till.act(Act::Read, "in-1").await.expect("it is asked again");
        assert_eq!(asked.lock().unwrap().len(), 1);
    }
}
