//! The four operations that move a refresh token between cookie and call. The same door; the cookie is never in a body,
//! and the token is never in an answer.
//!
//! One cookie per session, named for it, so that two tabs of one browser can be two people. `SameSite=Strict`, HttpOnly,
//! only sent to `/v1/auth`; the JSON body that every call needs cannot be sent by a foreign form.

use crate::auth::SESSION_FOR;
use crate::command::call;
use crate::http::rest::{Asked, bytes_of, params};
use crate::http::{Site, answer, caller};
use crate::protocol::auth::{CreateVideoSession, Refresh, SignIn, SignOut};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::SessionId;
use crate::protocol::operation::Operation;
use crate::protocol::phi::Phi;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Serialize;

/// Mounts the rows of the catalogue that say `cookie`.
pub(super) fn mount<S: Site>(config: &mut web::ServiceConfig, prefix: &str) {
    let at = |path: &str| format!("{prefix}{path}");
    config
        .route(&at("/v1/auth/login"), web::post().to(sign_in::<S>))
        .route(&at("/v1/auth/refresh"), web::post().to(refresh::<S>))
        .route(&at("/v1/auth/logout"), web::post().to(sign_out::<S>))
        .route(&at("/v1/video/sessions"), web::post().to(create_session::<S>))
        .route(&at("/v1/signaling/session"), web::post().to(create_session::<S>));
}

type Body = Result<web::Bytes, actix_web::Error>;

async fn sign_in<S: Site>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse {
    answered(async {
        let Asked { op, request_id }: Asked<SignIn> = json_params(&request, body)?;
        let call_in = caller::call_of(site.as_ref(), &request).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let output = call(site.as_ref(), call_in, op).await?;
        let cookie = (output.me.session_id, output.refresh_token.clone());
        Ok(with_cookie::<S, SignIn>(&site, &request, &output, cookie))
    })
    .await
}

async fn refresh<S: Site>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse {
    answered(async {
        let Asked { mut op, request_id }: Asked<Refresh> = json_params(&request, body)?;
        let cookie = request.cookie(&name_of(op.session_id));
        let cookie = cookie.ok_or(FaultCode::SessionEnded)?;
        op.refresh_token = Phi::from(cookie.value());
        let call_in = caller::call_of(site.as_ref(), &request).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let output = call(site.as_ref(), call_in, op).await?;
        let cookie = (output.me.session_id, output.refresh_token.clone());
        Ok(with_cookie::<S, Refresh>(&site, &request, &output, cookie))
    })
    .await
}

async fn sign_out<S: Site>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse {
    answered(async {
        let Asked { op, request_id }: Asked<SignOut> = json_params(&request, body)?;
        let call_in = caller::call_of(site.as_ref(), &request).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let session_id = call_in.caller.map(|it| it.session_id);
        let output = call(site.as_ref(), call_in, op).await?;
        let mut response = HttpResponse::Ok();
        if let Some(session_id) = session_id {
            let mut gone = cookie(site.as_ref(), &request, session_id, "");
            gone.make_removal();
            response.cookie(gone);
        }
        Ok(answer::json(&mut response, &output))
    })
    .await
}

async fn create_session<S: Site>(
    request: HttpRequest,
    site: web::Data<S>,
    body: Body,
) -> HttpResponse {
    answered(async {
        let Asked { op, request_id }: Asked<CreateVideoSession> = json_params(&request, body)?;
        let call_in = caller::call_of(site.as_ref(), &request).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let output = call(site.as_ref(), call_in, op).await?;
        let cookie = (output.me.session_id, output.refresh_token.clone());
        Ok(with_cookie::<S, CreateVideoSession>(&site, &request, &output, cookie))
    })
    .await
}

async fn answered(work: impl Future<Output = Result<HttpResponse, Fault>>) -> HttpResponse {
    Box::pin(work).await.unwrap_or_else(|fault| answer::fault(&fault))
}

/// Only `application/json`: a form of another site cannot send that without asking first.
fn json_params<O: Operation>(request: &HttpRequest, body: Body) -> Result<Asked<O>, Fault> {
    if request.content_type() != "application/json" {
        let why = "The content type is application/json.";
        return Err(Fault::new(FaultCode::Malformed).because(why));
    }
    params(request, &bytes_of(body)?)
}

fn with_cookie<S: Site, O: Operation>(
    site: &S,
    request: &HttpRequest,
    output: &impl Serialize,
    (session_id, token): (SessionId, Phi<String>),
) -> HttpResponse {
    let status = StatusCode::from_u16(O::SUCCESS).unwrap_or(StatusCode::OK);
    let mut response: HttpResponseBuilder = HttpResponse::build(status);
    // None when another call of this browser got a later one.
    if !token.expose().is_empty() {
        response.cookie(cookie(site, request, session_id, token.expose()));
    }
    answer::json(&mut response, output)
}

fn cookie<S: Site>(
    site: &S,
    request: &HttpRequest,
    session_id: SessionId,
    value: &str,
) -> Cookie<'static> {
    // The same routes stand under /api: whoever signs in there refreshes there.
    let path = if request.path().starts_with("/api/") { "/api/v1/auth" } else { "/v1/auth" };
    let max_age = i64::try_from(SESSION_FOR.as_secs()).unwrap_or(i64::MAX);
    Cookie::build(name_of(session_id), value.to_owned())
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(site.config().is_https())
        .path(path)
        .max_age(Duration::seconds(max_age))
        .finish()
}

fn name_of(session_id: SessionId) -> String {
    format!("bedside_refresh_{}", session_id.0.simple())
}
