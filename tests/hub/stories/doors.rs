//! Sockets of which something goes wrong between the socket and its node: the door stands between the two.

use crate::support::http::Request;
use crate::support::{Kind, Socket, Someone, tell};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use actix_web_actors::ws::WsResponseBuilder;
use bedside::actors::session::{Door, Session};
use bedside::actors::sockets::Sockets;
use bedside::actors::{Follow, Start};
use bedside::command::{Call, Caller};
use bedside::http::Site as _;
use bedside::protocol::close::{CloseReason, Pause};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::Fault;
use bedside::protocol::frame::Resume;
use bedside::protocol::ids::ConnectionId;
use bedside::protocol::phi::Phi;
use bedside::protocol::time::UnixMillis;
use bedside::protocol::topic::Topic;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// The door of a node whose caller signs out while their socket comes in: after their token was verified, and before
/// the socket is in the list of those that a sign-out closes.
struct SignsOut {
    door: Arc<dyn Door>,
    who: Someone,
}

impl Door for SignsOut {
    fn now(&self) -> UnixMillis {
        self.door.now()
    }
    fn node(&self) -> String {
        self.door.node()
    }
    fn authenticate(&self, token: Phi<String>) -> BoxFuture<'static, Result<Caller, Fault>> {
        let verifying = self.door.authenticate(token);
        let who = self.who.clone();
        Box::pin(async move {
            let verified = verifying.await;
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
        self.door.follow(topic, follow)
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
    let builder = WsResponseBuilder::new(session, &request, stream);
    builder.protocols(&Codec::SUBPROTOCOLS).start().expect("an upgrade")
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
        let door = Arc::clone(&clinic.node).door();
        let (hub, server) = opens(SignsOut { door, who: ana.clone() });
        let refused = Socket::open(&Someone { hub, ..ana }, Codec::Json, None, vec![]).await.err();
        assert_eq!(refused, Some(CloseReason::SignedOut.code()));
        server.stop(false).await;
    });
}
