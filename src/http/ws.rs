//! The WebSocket upgrade: origin, subprotocol, room on this node. One of the two files that name actix-web-actors.
//!
//! No token in the URL and no cookie: the first frame authenticates, so a foreign page that opened a socket could do
//! nothing with it; the origin is checked all the same.

use crate::actors::outlet::Outlet;
use crate::actors::session::{Door, Session};
use crate::command::Wanted;
use crate::http::{Site, answer, caller, origin};
use crate::protocol::codec::Codec;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::MAX_MESSAGE_BYTES;
use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use actix_web_actors::ws::{WebsocketContext, handshake_with_protocols};
use futures::Stream as _;
use std::sync::Arc;
use std::time::Duration;

/// Sockets of one node; above it, clients are sent to wait. A node is made for ten thousand people, and this leaves room
/// for those who come back while their old socket is not yet known to be dead.
const MAX_SOCKETS: usize = 15_000;

/// Where it is asked for.
pub(super) const PATH: &str = "/v1/socket";

/// Mounts it.
pub(super) fn mount<S: Site>(config: &mut web::ServiceConfig) {
    config.route(PATH, web::get().to(upgrade::<S>));
}

async fn upgrade<S: Site>(
    request: HttpRequest,
    site: web::Data<S>,
    stream: web::Payload,
) -> HttpResponse {
    let codec = match admit(site.as_ref(), &request) {
        Ok(codec) => codec,
        Err(fault) => {
            caller::refused(site.as_ref(), &request, Wanted::Connection, fault.code).await;
            return answer::fault(&fault);
        }
    };
    let address = caller::address(site.as_ref(), &request);
    let door: Arc<dyn Door> = Arc::clone(&site.into_inner()).door();
    if door.sockets().is_leaving() {
        return answer::fault(&FaultCode::Draining.into());
    }
    if door.sockets().len() >= MAX_SOCKETS {
        return answer::fault(&FaultCode::Unavailable.into());
    }
    if let Err(pause) = door.may_upgrade() {
        metrics::counter!("bedside_upgrades_refused_total").increment(1);
        let wait = Duration::from_millis(pause.after_ms.into());
        return answer::fault(&Fault::new(FaultCode::Unavailable).after(wait));
    }
    let Ok(mut response) = handshake_with_protocols(&request, &Codec::SUBPROTOCOLS) else {
        return answer::fault(&FaultCode::Malformed.into());
    };
    let outlet = request.extensions().get::<Arc<Outlet>>().cloned();
    let session = Session::new(codec, address, door, outlet);
    let turn = session.turn();
    let frames = actix_http::ws::Codec::new().max_size(MAX_MESSAGE_BYTES);
    let mut body = Box::pin(WebsocketContext::with_codec(session, stream, frames));
    // It is asked for more when everything that it gave before has left the hub (`upgraded`).
    response.streaming(futures::stream::poll_fn(move |cx| {
        turn.comes();
        body.as_mut().poll_next(cx)
    }))
}

fn admit<S: Site>(site: &S, request: &HttpRequest) -> Result<Codec, Fault> {
    origin::must_be_known(site.config(), request)?;
    if has_body(request) {
        // It would not leave the dispatcher, and what its client says after it would be taken for that body.
        return Err(Fault::new(FaultCode::Malformed).because("No body here."));
    }
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    offered
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .find_map(|it| Codec::of_subprotocol(it.trim()))
        .ok_or_else(|| Fault::new(FaultCode::Unsupported).because("No such subprotocol."))
}

fn has_body(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|it| it.as_bytes() != b"0")
}
