//! Sockets of which something goes wrong between the socket and its node: the door stands between the two.

use crate::support::http::Request;
use crate::support::{Clinic, Kind, Socket, Someone, tell};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use actix_web_actors::ws::WsResponseBuilder;
use bedside::actors::session::{Door, Session};
use bedside::actors::sockets::Sockets;
use bedside::actors::{Follow, Start};
use bedside::command::{Call, Caller};
use bedside::http::Site as _;
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::Fault;
use bedside::protocol::frame::Resume;
use bedside::protocol::ids::ConnectionId;
use bedside::protocol::phi::Phi;
use bedside::protocol::time::UnixMillis;
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::{Connection, Participant, VisitView};
use futures::future::{BoxFuture, Either};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// The door of a node, with one thing wrong.
struct Odd {
    door: Arc<dyn Door>,
    /// They sign out after their token was verified, and before the socket is in the list that a sign-out closes.
    signs_out: Option<Someone>,
    /// The owner's answer to a follow gets lost, after the owner has taken the follower in.
    loses_starts: bool,
}

impl Door for Odd {
    fn now(&self) -> UnixMillis {
        self.door.now()
    }
    fn node(&self) -> String {
        self.door.node()
    }
    fn authenticate(&self, token: Phi<String>) -> BoxFuture<'static, Result<Caller, Fault>> {
        let verifying = self.door.authenticate(token);
        let who = self.signs_out.clone();
        Box::pin(async move {
            let verified = verifying.await;
            if let Some(who) = who {
                let request = who.signed(Request::new("POST", "/v1/auth/logout").json(&json!({})));
                assert_eq!(request.send(who.hub).await.status, 200);
            }
            verified
        })
    }
    fn holds(&self, caller: Caller) -> BoxFuture<'static, Result<(), Fault>> {
        self.door.holds(caller)
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
        let following = self.door.follow(topic, follow);
        if !self.loses_starts {
            return following;
        }
        Box::pin(async move {
            drop(following.await);
            std::future::pending().await
        })
    }
    fn unfollow(&self, topic: Topic, connection: ConnectionId) {
        self.door.unfollow(topic, connection);
    }
    fn sockets(&self) -> &Sockets {
        self.door.sockets()
    }
}

async fn upgrade(request: HttpRequest, stream: web::Payload, door: web::Data<Odd>) -> HttpResponse {
    let session = Session::new(Codec::Json, [127, 0, 0, 1].into(), door.into_inner());
    let builder = WsResponseBuilder::new(session, &request, stream);
    builder.protocols(&Codec::SUBPROTOCOLS).start().expect("an upgrade")
}

/// Where one enters by this door.
fn opens(door: Odd) -> (SocketAddr, ServerHandle) {
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

fn door_of(clinic: &Clinic) -> Odd {
    let door = Arc::clone(&clinic.node).door();
    Odd { door, signs_out: None, loses_starts: false }
}

#[test]
fn a_socket_that_comes_in_while_its_session_ends_does_not_stay() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let (hub, server) = opens(Odd { signs_out: Some(ana.clone()), ..door_of(clinic) });
        let refused = Socket::open(&Someone { hub, ..ana }, Codec::Json, None, vec![]).await.err();
        assert_eq!(refused, Some(CloseReason::SignedOut.code()));
        server.stop(false).await;
    });
}

#[test]
fn whoever_goes_before_the_answer_to_their_follow_is_no_ghost() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut dr_b = dr_b.comes_to(visit.id, Codec::Json).await;
        dr_b.enters().await;
        ana.calls(bedside::protocol::visit::EnterVisit { appointment_id: visit.id })
            .await
            .expect("she enters by REST, without a socket");
        let patient = |view: &VisitView| -> Option<Participant> {
            view.participants.iter().find(|it| it.participant_id == visit.patient).cloned()
        };
        let is = |view: &VisitView, how| patient(view).is_some_and(|it| it.connection == how);
        dr_b.sees("her without a socket", |it| is(it, Connection::Reconnecting)).await;
        let (hub, server) = opens(Odd { loses_starts: true, ..door_of(clinic) });
        let ana = Someone { hub, ..ana };
        let resume = Resume { topic: Topic::Visit(visit.id), position: None };
        let knocking = Box::pin(Socket::open(&ana, Codec::Json, None, vec![resume]));
        let seen = Box::pin(dr_b.sees("her socket", |it| is(it, Connection::Online)));
        match futures::future::select(knocking, seen).await {
            Either::Left(_) => panic!("there is no welcome before its topics"),
            // Her socket is cut.
            Either::Right(((), knocking)) => drop(knocking),
        }
        dr_b.sees("her socket is gone", |it| is(it, Connection::Reconnecting)).await;
        server.stop(false).await;
    });
}
