//! Who calls over HTTP, and from where.

use crate::command::{Call, Refusal, Refused, Wanted};
use crate::http::Site;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::phi::Phi;
use crate::protocol::precondition::Precondition;
use crate::protocol::session::ClientKind;
use crate::protocol::topic::Position;
use actix_web::HttpRequest;
use actix_web::http::header;
use std::net::{IpAddr, Ipv4Addr};

/// Header of idempotency keys (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A call of that operation as it came: bearer token, idempotency key, address.
///
/// # Errors
/// [`FaultCode::Unauthenticated`] for a token that is not good. No token at all is nobody, and no error here.
pub(super) async fn call_of<S: Site>(
    site: &S,
    request: &HttpRequest,
    operation: &'static str,
) -> Result<Call, Fault> {
    let known = match bearer(request) {
        Ok(None) => Ok(None),
        Ok(Some(token)) => site.authenticate(token).await.map(Some),
        Err(refusal) => Err(refusal),
    };
    let caller = match known {
        Ok(caller) => caller,
        Err(it) => return Err(refused(site, request, Wanted::Operation(operation), it).await),
    };
    let key = request.headers().get(IDEMPOTENCY_KEY);
    let key = key.map(|it| it.to_str().map(str::to_owned)).transpose();
    let key =
        key.map_err(|_| Fault::invalid("Idempotency-Key", "Visible ASCII, 1 to 64 bytes."))?;
    let condition = condition(request)?;
    let agent = request.headers().get(header::USER_AGENT).and_then(|it| it.to_str().ok());
    let client = ClientKind::of(agent.unwrap_or_default());
    let call = Call::new(caller, site.now(), address(site, request)).from_client(client);
    Ok(call.with_key(key).under(condition))
}

/// What somebody is told who is refused before the door, once that is recorded.
pub(super) async fn refused<S: Site>(
    site: &S,
    request: &HttpRequest,
    wanted: Wanted,
    refusal: impl Into<Refusal>,
) -> Fault {
    let refusal = refusal.into();
    site.refused(Refused { wanted, refusal, address: address(site, request) }).await;
    refusal.into()
}

/// A call of nobody: an address was opened, or another server asks.
pub(super) fn stranger<S: Site>(site: &S, request: &HttpRequest) -> Call {
    let agent = request.headers().get(header::USER_AGENT).and_then(|it| it.to_str().ok());
    let client = ClientKind::of(agent.unwrap_or_default());
    Call::new(None, site.now(), address(site, request)).from_client(client)
}

/// The precondition of `If-Match`: `"<version>"`, or `"<epoch>.<offset>"` for a position. `*` asks for nothing that is not
/// so anyway.
fn condition(request: &HttpRequest) -> Result<Option<Precondition>, Fault> {
    let Some(value) = request.headers().get(header::IF_MATCH) else { return Ok(None) };
    let wrong =
        || Fault::invalid("If-Match", "One strong tag: \"<version>\" or \"<epoch>.<offset>\".");
    let text = value.to_str().map_err(|_| wrong())?.trim();
    if text == "*" {
        return Ok(None);
    }
    let tag = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).ok_or_else(wrong)?;
    let condition = match tag.split_once('.') {
        None => tag.parse().ok().map(Precondition::version),
        Some((epoch, offset)) => match (epoch.parse(), offset.parse()) {
            (Ok(epoch), Ok(offset)) => Some(Precondition::at(Position { epoch, offset })),
            _ => None,
        },
    };
    condition.map(Some).ok_or_else(wrong)
}

/// The call with the idempotency key of its body, unless a header brought one.
pub(super) fn with_body_key(call: Call, request_id: Option<String>) -> Call {
    if call.key.is_some() { call } else { call.with_key(request_id) }
}

fn bearer(request: &HttpRequest) -> Result<Option<Phi<String>>, Refusal> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|it| {
        let (scheme, token) = it.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| Phi::from(token.trim()))
    });
    token.map(Some).ok_or_else(|| FaultCode::Unauthenticated.into())
}

/// The client's address: the peer's, or what a trusted proxy says it is.
pub(super) fn address<S: Site>(site: &S, request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |it| it.ip());
    if !site.config().trusted_proxies.contains(&peer) {
        return peer;
    }
    let forwarded =
        request.headers().get_all("x-forwarded-for").last().and_then(|it| it.to_str().ok());
    forwarded.and_then(|it| it.rsplit(',').next()?.trim().parse().ok()).unwrap_or(peer)
}
