//! Sockets of which something goes wrong between the socket and its node: the door stands between the two.

use super::chat_resume::written_before;
use crate::support::http::Request;
use crate::support::{Chat, Clinic, Kind, Socket, Someone, tell};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use actix_web_actors::ws::{WebsocketContext, handshake_with_protocols};
use bedside::actors::session::{Door, Session};
use bedside::actors::sockets::Sockets;
use bedside::actors::{Beginning, Follow, Start};
use bedside::command::{Call, Caller, Refusal, Refused};
use bedside::http::Site as _;
use bedside::protocol::close::{CloseReason, Pause};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::Fault;
use bedside::protocol::frame::{ClientFrame, Followed, MAX_REPLAYED, Resume, ServerFrame};
use bedside::protocol::ids::ConnectionId;
use bedside::protocol::phi::Phi;
use bedside::protocol::session::EndSession;
use bedside::protocol::time::UnixMillis;
use bedside::protocol::topic::{Position, Topic, TopicState};
use futures::Stream as _;
use futures::future::BoxFuture;
use rstest::rstest;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// When the caller of a door is signed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// While their socket comes in: after their token was verified, and before the socket is in the list of those that a
    /// sign-out closes.
    Verified,
    /// While they are told what they missed: that page was read for them, and the socket does not have it yet.
    Page(u32),
}

/// The door of a node whose caller signs out at some moment.
struct SignsOut {
    door: Arc<dyn Door>,
    who: Someone,
    /// Another sign-in of theirs.
    elsewhere: Option<Someone>,
    moment: Moment,
    pages: AtomicU32,
}

impl SignsOut {
    fn new(clinic: &Clinic, who: &Someone, moment: Moment) -> Self {
        let door = Arc::clone(&clinic.node).door();
        SignsOut { door, who: who.clone(), elsewhere: None, moment, pages: AtomicU32::new(0) }
    }
}

impl Door for SignsOut {
    fn now(&self) -> UnixMillis {
        self.door.now()
    }
    fn node(&self) -> String {
        self.door.node()
    }
    fn refused(&self, refused: Refused) -> BoxFuture<'static, ()> {
        self.door.refused(refused)
    }
    fn authenticate(&self, token: Phi<String>) -> BoxFuture<'static, Result<Caller, Refusal>> {
        let verifying = self.door.authenticate(token);
        let (who, moment) = (self.who.clone(), self.moment);
        Box::pin(async move {
            let verified = verifying.await;
            if moment != Moment::Verified {
                return verified;
            }
            let request = who.signed(Request::new("POST", "/v1/auth/logout").json(&json!({})));
            assert_eq!(request.send(who.hub).await.status, 200);
            verified
        })
    }
    fn holds(&self, caller: Caller) -> BoxFuture<'static, Result<(), Fault>> {
        self.door.holds(caller)
    }
    fn may_upgrade(&self) -> Result<(), Pause> {
        self.door.may_upgrade()
    }
    fn welcomes(&self, caller: &Caller, follow: &[Resume]) -> Result<(), Pause> {
        self.door.welcomes(caller, follow)
    }
    fn call(
        &self,
        call: Call,
        op: String,
        params: Value,
        traceparent: Option<String>,
    ) -> BoxFuture<'static, Result<Value, Fault>> {
        self.door.call(call, op, params, traceparent)
    }
    fn follow(&self, topic: Topic, follow: Follow) -> BoxFuture<'static, Result<Start, Fault>> {
        let page = self.pages.fetch_add(1, Ordering::SeqCst);
        let reading = self.door.follow(topic, follow);
        let (who, elsewhere) = (self.who.clone(), self.elsewhere.clone());
        let is_now = self.moment == Moment::Page(page);
        Box::pin(async move {
            let start = reading.await;
            if is_now {
                let missed = start.as_ref().map_or(0, |it| match &it.how {
                    Beginning::Part(events) => events.len(),
                    other => panic!("it is to be a page of many: {other:?}"),
                });
                assert!(missed > MAX_REPLAYED / 2, "{missed}");
                let session_id = who.session_id.expect("signed in");
                let elsewhere = elsewhere.expect("another sign-in");
                elsewhere.calls(EndSession { session_id }).await.expect("ended");
            }
            start
        })
    }
    fn unfollow(&self, topic: Topic, connection: ConnectionId) {
        self.door.unfollow(topic, connection);
    }
    fn sockets(&self) -> &Sockets {
        self.door.sockets()
    }
}

async fn upgrade(
    request: HttpRequest,
    stream: web::Payload,
    door: web::Data<SignsOut>,
) -> HttpResponse {
    let session = Session::new(Codec::Json, [127, 0, 0, 1].into(), door.into_inner(), None);
    let turn = session.turn();
    let mut response =
        handshake_with_protocols(&request, &Codec::SUBPROTOCOLS).expect("an upgrade");
    let frames = actix_http::ws::Codec::new();
    let mut body = Box::pin(WebsocketContext::with_codec(session, stream, frames));
    // As the hub does: what is bulk goes out by turns.
    response.streaming(futures::stream::poll_fn(move |cx| {
        turn.comes();
        body.as_mut().poll_next(cx)
    }))
}

/// Where one enters by this door.
fn opens(door: SignsOut) -> (SocketAddr, ServerHandle) {
    let door = web::Data::new(door);
    let app = move || App::new().app_data(door.clone()).route("/v1/socket", web::get().to(upgrade));
    let server = HttpServer::new(app).workers(1).disable_signals();
    let server = server.bind(("127.0.0.1", 0)).expect("a port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_rt::spawn(server);
    (address, handle)
}

#[test]
fn a_socket_that_comes_in_while_its_session_ends_does_not_stay() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let (hub, server) = opens(SignsOut::new(clinic, &ana, Moment::Verified));
        let refused = Socket::open(&Someone { hub, ..ana }, Codec::Json, None, vec![]).await.err();
        assert_eq!(refused, Some(CloseReason::SignedOut.code()));
        server.stop(false).await;
    });
}

/// Somebody who missed three pages of their conversation, where they were, and their doctor.
async fn who_missed_much(clinic: &Clinic) -> (Chat, (Position, TopicState), Chat) {
    let (mut ana, dr_b) = clinic.chat().await;
    ana.says("Before").await;
    let known = ana.memory();
    let count = u32::try_from(MAX_REPLAYED).unwrap() * 3;
    written_before(clinic, ana.id, ana.me(), count).await;
    // The owner notices at its next commit that somebody else has written.
    ana.socket.calls(ana.message("Who was here?")).await.expect_err("it was overtaken");
    (ana, known, dr_b)
}

fn is_content(frame: &ServerFrame) -> bool {
    !matches!(frame, ServerFrame::Bye { .. } | ServerFrame::Ping { .. })
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whose_session_is_ended_while_they_are_told_what_they_missed_is_told_no_more(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, known, dr_b) = who_missed_much(clinic).await;
        let topic = ana.topic();
        // With the welcome: nothing at all is told.
        let here = clinic.signs_in_again(&ana.who).await;
        let elsewhere = Some(ana.who.clone());
        let door = SignsOut { elsewhere, ..SignsOut::new(clinic, &here, Moment::Page(0)) };
        let (hub, server) = opens(door);
        let follow = vec![Resume { topic, position: Some(known.0) }];
        let refused = Socket::open(&Someone { hub, ..here }, Codec::Json, None, follow).await.err();
        assert_eq!(refused, Some(CloseReason::SignedOut.code()));
        server.stop(false).await;
        // In the middle: the first page is theirs, the second is not.
        let here = clinic.signs_in_again(&ana.who).await;
        let elsewhere = Some(ana.who.clone());
        let door = SignsOut { elsewhere, ..SignsOut::new(clinic, &here, Moment::Page(1)) };
        let (hub, server) = opens(door);
        let mut socket = Someone { hub, ..here.clone() }.connects(Codec::Json).await;
        let from = known.0;
        socket.knows(topic, known);
        let first = socket.follows_from(topic, Some(from)).await.expect("still theirs");
        let Followed::Resumed { has_more: true, position, .. } = first else {
            panic!("{first:?}");
        };
        let told = socket.frames.len();
        socket.sends(&ClientFrame::Follow { id: 77, topic, position: Some(position) }).await;
        assert_eq!(socket.is_closed().await, CloseReason::SignedOut.code());
        assert_eq!(socket.bye(), Some(CloseReason::SignedOut));
        let more: Vec<_> = socket.frames[told..].iter().filter(|it| is_content(it)).collect();
        assert!(more.is_empty(), "told after the end: {more:?}");
        server.stop(false).await;
        for chat in [ana, dr_b] {
            chat.socket.cut();
        }
    });
}
