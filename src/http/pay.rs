//! The page of the fictional payment provider, when it is the one of the settings, and the messages of a real one.
//!
//! Invariants: what a provider says is believed only when it is signed, and even then only makes the hub ask by itself; a page of
//! the sandbox has no script, no style and nothing to type into. Does not: know what is paid for.

use crate::command::Wanted;
use crate::http::{Site, answer, caller};
use crate::protocol::fault::FaultCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Header with the signature of a message, as lower-case hexadecimal HMAC-SHA-256 of its body.
const SIGNATURE: &str = "bedside-signature";
/// Bytes of a message.
const MAX_MESSAGE: usize = 16 * 1024;

pub(super) fn mount<S: Site>(config: &mut web::ServiceConfig) {
    config
        .route("/sandbox-pay/{provider_ref}", web::get().to(page::<S>))
        .route("/sandbox-pay/{provider_ref}/{choice}", web::post().to(choose::<S>))
        .route("/v1/payments/messages", web::post().to(message::<S>));
}

async fn page<S: Site>(site: web::Data<S>, provider_ref: web::Path<String>) -> HttpResponse {
    match site.sandbox_page(&provider_ref) {
        Some(html) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(html),
        None => answer::not_found().await,
    }
}

async fn choose<S: Site>(site: web::Data<S>, path: web::Path<(String, String)>) -> HttpResponse {
    let (provider_ref, choice) = path.into_inner();
    match site.sandbox_choose(&provider_ref, &choice) {
        Some(back) => HttpResponse::SeeOther().insert_header((header::LOCATION, back)).finish(),
        None => answer::not_found().await,
    }
}

async fn message<S: Site>(
    site: web::Data<S>,
    request: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
) -> HttpResponse {
    let Some(body) = body.ok().filter(|it| it.len() <= MAX_MESSAGE) else {
        return answer::fault(&FaultCode::TooLarge.into());
    };
    let signature = request.headers().get(SIGNATURE).and_then(|it| it.to_str().ok());
    let signature = signature.unwrap_or_default().to_owned();
    let site = site.into_inner();
    if Arc::clone(&site).payment_message(body.to_vec(), signature).await {
        return HttpResponse::NoContent().finish();
    }
    let code = FaultCode::Unauthenticated;
    let wanted = Wanted::PaymentMessage;
    answer::fault(&caller::refused(site.as_ref(), &request, wanted, code).await)
}
