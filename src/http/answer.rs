//! Outputs and faults as HTTP responses. The one place.

use crate::protocol::fault::{Fault, FaultCode, Retry};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;

/// A fault with the status of the table, and `Retry-After` when there is something to wait for.
pub(super) fn fault(fault: &Fault) -> HttpResponse {
    let status =
        StatusCode::from_u16(fault.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if fault.code.http_status() == 401 {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    if let (Retry::After, Some(after)) = (fault.retry, fault.after_ms) {
        let seconds = after.div_ceil(1_000).max(1);
        response.insert_header((header::RETRY_AFTER, HeaderValue::from(seconds)));
    }
    json(&mut response, fault)
}

/// Anything as JSON; never kept by a cache.
pub(super) fn json(response: &mut HttpResponseBuilder, body: &impl Serialize) -> HttpResponse {
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

/// For what does not exist.
pub(super) async fn not_found() -> HttpResponse {
    fault(&FaultCode::NotFound.into())
}
