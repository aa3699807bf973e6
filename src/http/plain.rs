//! What the plain listener says when the hub speaks TLS itself: where pages are, and nothing else.
//!
//! Invariants: no call and no socket is carried, whatever it brings; a browser is sent to the address of the settings, never to one
//! of the request. Health is told, for balancers that ask here. Does not: read bodies.

use crate::http::{Site, answer, service};
use crate::protocol::fault::FaultCode;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, LOCATION, UPGRADE};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// What to come by instead (RFC 9110, 15.5.22).
const INSTEAD: HeaderValue = HeaderValue::from_static("TLS/1.3, HTTP/1.1");

/// Mounts all of it.
pub(super) fn mount<S: Site>(config: &mut web::ServiceConfig, site: &Arc<S>) {
    config
        .app_data(web::Data::from(Arc::clone(site)))
        .configure(service::mount_health::<S>)
        .default_service(web::to(elsewhere::<S>));
}

async fn elsewhere<S: Site>(site: web::Data<S>, request: HttpRequest) -> HttpResponse {
    let headers = request.headers();
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD)
        && ![UPGRADE, AUTHORIZATION].iter().any(|it| headers.contains_key(it));
    let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
    let to = HeaderValue::try_from(format!("{}{path}", site.config().public_url));
    match to {
        Ok(to) if is_page => HttpResponse::build(StatusCode::PERMANENT_REDIRECT)
            .insert_header((LOCATION, to))
            .finish(),
        _ => {
            let mut response = answer::fault(&FaultCode::TlsRequired.into());
            response.headers_mut().insert(UPGRADE, INSTEAD);
            response
        }
    }
}
