//! People and how they call over REST. Who has a socket as well is a [`super::Party`].

use super::http::{Answer, Request, row};
use super::{Party, Socket};
use bedside::protocol::auth::{CreateVideoSession, VideoSession};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::ids::{AppointmentId, PersonId, SessionId};
use bedside::protocol::operation::Operation;
use bedside::protocol::phi::Phi;
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::ReadVisit;
use std::net::SocketAddr;

/// Somebody, signed in or not.
#[derive(Debug, Clone)]
pub(crate) struct Someone {
    pub(crate) name: String,
    pub(crate) person_id: Option<PersonId>,
    pub(crate) session_id: Option<SessionId>,
    /// Access token; empty for who is not signed in.
    pub(crate) token: String,
    /// Where the hub is.
    pub(crate) hub: SocketAddr,
    /// `name=value` of the refresh cookie, when there is one.
    pub(crate) cookie: Option<String>,
}

impl Someone {
    /// Somebody who is not signed in.
    pub(crate) fn stranger(hub: SocketAddr) -> Self {
        Someone {
            name: "a stranger".to_owned(),
            person_id: None,
            session_id: None,
            token: String::new(),
            hub,
            cookie: None,
        }
    }

    /// A request of theirs, with token and cookie.
    pub(crate) fn signed(&self, mut request: Request) -> Request {
        if !self.token.is_empty() {
            request = request.with("authorization", &format!("Bearer {}", self.token));
        }
        match &self.cookie {
            Some(cookie) => request.with("cookie", cookie),
            None => request,
        }
    }

    /// Calls over REST, as bytes.
    pub(crate) async fn asks(&self, op: &str, params: &serde_json::Value) -> Answer {
        self.signed(Request::of(row(op), params)).send(self.hub).await
    }

    /// Calls over REST.
    pub(crate) async fn calls<O: Operation>(&self, op: O) -> Result<O::Output, Fault> {
        read(&self.asks(O::NAME, &serde_json::to_value(&op).unwrap()).await)
    }

    /// Calls over REST with an idempotency key.
    pub(crate) async fn calls_with_key<O: Operation>(
        &self,
        key: &str,
        op: O,
    ) -> Result<O::Output, Fault> {
        let params = serde_json::to_value(&op).unwrap();
        let request = Request::of(row(O::NAME), &params).with("idempotency-key", key);
        read(&self.signed(request).send(self.hub).await)
    }

    /// Exchanges a join link; the other is who they are in that visit.
    pub(crate) async fn opens_link(&self, link: &Phi<String>) -> Result<Someone, Fault> {
        self.opens_link_with(link, None).await
    }

    /// The same, with an idempotency key.
    pub(crate) async fn opens_link_with(
        &self,
        link: &Phi<String>,
        key: Option<&str>,
    ) -> Result<Someone, Fault> {
        let op = CreateVideoSession { join_token: link.clone() };
        let mut request =
            Request::of(row("video.create_session"), &serde_json::to_value(&op).unwrap());
        if let Some(key) = key {
            request = request.with("idempotency-key", key);
        }
        let answer = request.send(self.hub).await;
        let session: VideoSession = read(&answer)?;
        Ok(Someone {
            name: self.name.clone(),
            person_id: session.me.person_id,
            session_id: Some(session.me.session_id),
            token: session.token.expose().clone(),
            hub: self.hub,
            cookie: cookie_of(&answer),
        })
    }

    /// Opens a socket that follows nothing.
    pub(crate) async fn connects(&self, codec: Codec) -> Socket {
        Socket::open(self, codec, None, vec![]).await.expect("the hello is welcome")
    }

    /// Opens a socket that follows a visit.
    pub(crate) async fn comes_to(&self, visit: AppointmentId, codec: Codec) -> Party {
        let mut socket = self.connects(codec).await;
        socket.follows(Topic::Visit(visit)).await.expect("may follow");
        Party::new(self.clone(), visit, socket)
    }

    /// Looks at a visit, to be told what one is told.
    pub(crate) async fn tries_to_read(&self, visit: AppointmentId) -> Told {
        let told = self.calls(ReadVisit { appointment_id: visit }).await;
        Told(told.map(|_| ()))
    }
}

/// What somebody was told.
#[derive(Debug)]
pub(crate) struct Told(pub(crate) Result<(), Fault>);

impl Told {
    #[track_caller]
    pub(crate) fn is_told(&self, code: FaultCode) {
        assert_eq!(self.0.as_ref().expect_err("a fault").code, code);
    }
}

/// The fault code of a result.
#[track_caller]
pub(crate) fn told<T: std::fmt::Debug>(result: Result<T, Fault>, code: FaultCode) {
    assert_eq!(result.expect_err("a fault").code, code);
}

/// Output or fault; a status that does not fit the fault fails.
pub(crate) fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Fault> {
    if answer.status < 300 {
        return Ok(serde_json::from_slice(&answer.body).expect("an output"));
    }
    let fault: Fault = serde_json::from_slice(&answer.body).expect("a fault");
    assert_eq!(answer.status, fault.code.http_status());
    Err(fault)
}

/// `name=value` of the cookie that an answer sets.
pub(crate) fn cookie_of(answer: &Answer) -> Option<String> {
    answer.header("set-cookie")?.split(';').next().map(str::to_owned)
}
