//! Health, readiness, metrics, keys, whom to tell of a weakness, the network probe, and the drills.

use crate::http::{Site, answer};
use crate::protocol::fault::{Fault, FaultCode};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::net::IpAddr;

/// Largest answer of the network probe: a quarter of a second at 8 Mbit/s.
const MAX_PROBE_BYTES: usize = 262_144;

/// Mounts all of them.
pub(super) fn mount<S: Site>(config: &mut web::ServiceConfig) {
    mount_health::<S>(config);
    config
        .route("/metrics", web::get().to(metrics::<S>))
        .route("/.well-known/jwks.json", web::get().to(jwks::<S>))
        .route("/.well-known/security.txt", web::get().to(security::<S>))
        .route("/v1/network-probe", web::get().to(probe))
        .route("/drills/media-workers/{worker}/kill", web::post().to(kill::<S>));
}

/// What a balancer asks, at whichever listener.
pub(super) fn mount_health<S: Site>(config: &mut web::ServiceConfig) {
    config.route("/healthz", web::get().to(health)).route("/readyz", web::get().to(ready::<S>));
}

/// The process lives. Says nothing about its parts.
async fn health() -> HttpResponse {
    answer::json(&mut HttpResponse::Ok(), &json!({"status": "alive"}))
}

/// The node may take traffic: every part answers. What it can do without is told apart, and makes it `degraded` at most.
async fn ready<S: Site>(site: web::Data<S>) -> HttpResponse {
    let parts = site.readiness().await;
    let is_ready = parts.iter().all(|(_, answers)| *answers);
    let helpers = site.helpers();
    let is_degraded = helpers.iter().any(|(_, answers)| !answers);
    let parts: Map<String, Value> = parts
        .into_iter()
        .chain(helpers)
        .map(|(name, answers)| (name.to_owned(), answers.into()))
        .collect();
    let mut response =
        if is_ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer::json(
        &mut response,
        &json!({"ready": is_ready, "degraded": is_degraded, "parts": parts}),
    )
}

/// A hub that is its own edge tells them to its own network only; behind a proxy that is the proxy's business (docs/runbook/edge.md).
async fn metrics<S: Site>(request: HttpRequest, site: web::Data<S>) -> HttpResponse {
    let is_near = || request.peer_addr().is_some_and(|it| is_own_network(it.ip()));
    if site.config().tls.is_on() && !is_near() {
        return answer::not_found().await;
    }
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(site.metrics())
}

/// This machine, and addresses that no router of the internet knows (RFC 1918, 3927, 4193, 4291).
fn is_own_network(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => it.is_loopback() || it.is_private() || it.is_link_local(),
        IpAddr::V6(it) => it.is_loopback() || it.is_unique_local() || it.is_unicast_link_local(),
    }
}

async fn jwks<S: Site>(site: web::Data<S>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(site.jwks())
}

async fn security<S: Site>(site: web::Data<S>) -> HttpResponse {
    match site.security_contact() {
        Some(text) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text),
        None => answer::not_found().await,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    #[serde(default)]
    bytes: usize,
}

/// Bytes that do not compress, so that a browser can measure what its network carries.
async fn probe(query: Result<web::Query<Probe>, actix_web::Error>) -> HttpResponse {
    let Ok(query) = query else { return answer::fault(&FaultCode::Malformed.into()) };
    if query.bytes > MAX_PROBE_BYTES {
        return answer::fault(&Fault::invalid("bytes", "At most 262144."));
    }
    // xorshift64*: cheap, and no compressor finds a pattern in it.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut body = Vec::with_capacity(query.bytes.saturating_add(8));
    while body.len() < query.bytes {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        body.extend_from_slice(&state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    body.truncate(query.bytes);
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .body(body)
}

async fn kill<S: Site>(site: web::Data<S>, worker: web::Path<usize>) -> HttpResponse {
    if !site.config().drills || !site.kill_media_worker(*worker) {
        return answer::not_found().await;
    }
    HttpResponse::NoContent().finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1", true)]
    #[case("::1", true)]
    #[case("10.1.2.3", true)]
    #[case("172.31.0.1", true)]
    #[case("192.168.7.7", true)]
    #[case("169.254.0.9", true)]
    #[case("fd12:3456::1", true)]
    #[case("fe80::1", true)]
    #[case("::ffff:10.1.2.3", true)]
    #[case("172.32.0.1", false)]
    #[case("203.0.113.7", false)]
    #[case("::ffff:203.0.113.7", false)]
    #[case("2001:db8::7", false)]
    fn metrics_are_for_the_own_network(#[case] address: &str, #[case] is_own: bool) {
        assert_eq!(is_own_network(address.parse().unwrap()), is_own);
    }
}
