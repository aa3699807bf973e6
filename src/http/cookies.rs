//! The operations that move a refresh token between cookie and call. The same door; the cookie is never in a body,
//! and the token is never in an answer.
//!
//! One cookie per session, named for it, so that two tabs of one browser can be two people. `SameSite=Strict`, HttpOnly,
//! `__Host-` where browsers come by https, and only sent to `/v1/auth` where they do not; the JSON body that every call needs cannot be sent by a foreign form, and it names the session whose cookie
//! acts: whoever cannot read a page of ours does not know it (a double submit). Pages of other origins are refused (`origin`).
//! Beside it, one for each account that has signed in here, by which the device is known (`auth::device`).

use crate::auth::SESSION_FOR;
use crate::auth::device::DEVICE_FOR;
use crate::command::{Execute, Wanted, call, unread};
use crate::config::Config;
use crate::http::rest::{Asked, bytes_of, params};
use crate::http::{Site, answer, caller, origin};
use crate::protocol::auth::{
    CreateVideoSession, Refresh, SignIn, SignInPasskey, SignOut, SignedIn, VerifyFactor,
};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{PersonId, RequestId, SessionId};
use crate::protocol::operation::Operation;
use crate::protocol::phi::Phi;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Serialize;
use uuid::Uuid;

/// Mounts the rows of the catalogue that say `cookie`.
pub(super) fn mount<S: Site>(config: &mut web::ServiceConfig, prefix: &str) {
    let at = |path: &str| format!("{prefix}{path}");
    config
        .route(&at("/v1/auth/login"), web::post().to(sign_in::<S>))
        .route(&at("/v1/auth/factor"), web::post().to(second_step::<S, VerifyFactor>))
        .route(&at("/v1/auth/passkey"), web::post().to(second_step::<S, SignInPasskey>))
        .route(&at("/v1/auth/refresh"), web::post().to(refresh::<S>))
        .route(&at("/v1/auth/logout"), web::post().to(sign_out::<S>))
        .route(&at("/v1/video/sessions"), web::post().to(create_session::<S>))
        .route(&at("/v1/signaling/session"), web::post().to(create_session::<S>));
}

pub(super) type Body = Result<web::Bytes, actix_web::Error>;

async fn sign_in<S: Site>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse {
    answered(async {
        let Asked { mut op, request_id }: Asked<SignIn> =
            json_params(site.as_ref(), &request, body).await?;
        op.devices = devices_of(&request);
        let call_in = caller::call_of(site.as_ref(), &request, SignIn::NAME).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let output = call(site.as_ref(), call_in, op).await?;
        Ok(match output.clone().opened() {
            Ok(signed) => signed_in::<S>(&site, &request, &signed, &output),
            Err(_) => answer::json(&mut HttpResponse::Ok(), &output),
        })
    })
    .await
}

/// What opens a session after, or instead of, a password.
async fn second_step<S, O>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse
where
    S: Site + Execute<O>,
    O: Operation<Output = SignedIn>,
{
    answered(async {
        let Asked { op, request_id }: Asked<O> = json_params(site.as_ref(), &request, body).await?;
        let call_in = caller::call_of(site.as_ref(), &request, O::NAME).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let signed = call(site.as_ref(), call_in, op).await?;
        Ok(signed_in::<S>(&site, &request, &signed, &signed))
    })
    .await
}

/// A session is open: its cookie, and that of the device.
pub(super) fn signed_in<S: Site>(
    site: &S,
    request: &HttpRequest,
    signed: &SignedIn,
    output: &impl Serialize,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    // As headers, in this order: a jar would shuffle them.
    let refresh = cookie(site, request, signed.me.session_id, signed.refresh_token.expose());
    response.append_header((SET_COOKIE, refresh.to_string()));
    if let (Some(device), Some(person)) = (&signed.device, signed.me.person_id) {
        let life = i64::try_from(DEVICE_FOR.as_secs()).unwrap_or(i64::MAX);
        let device =
            build(site, request, name_of_device(site.config(), person), device.expose(), life);
        response.append_header((SET_COOKIE, device.to_string()));
        let plain = format!("{DEVICE}{}", person.0.simple());
        if site.config().is_https() && request.cookie(&plain).is_some() {
            response.append_header((SET_COOKIE, of_before(request, plain).to_string()));
        }
    }
    answer::json(&mut response, output)
}

/// Devices of every account that has signed in with this browser. First those that nobody but this host can have set.
fn devices_of(request: &HttpRequest) -> Vec<Phi<String>> {
    let Ok(cookies) = request.cookies() else { return vec![] };
    let named = |prefix: &str| {
        let begins = format!("{prefix}{DEVICE}");
        let all = cookies.iter().filter(|it| it.name().starts_with(&begins));
        all.map(|it| Phi::from(it.value())).collect::<Vec<_>>()
    };
    let [ours, plain] = [HOST, ""].map(named);
    ours.into_iter().chain(plain).collect()
}

async fn refresh<S: Site>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse {
    answered(async {
        let Asked { mut op, request_id }: Asked<Refresh> =
            json_params(site.as_ref(), &request, body).await?;
        let names = [name_of(site.config(), op.session_id), plain_name_of(op.session_id)];
        // The second one is of a program of before.
        let Some(cookie) = names.iter().find_map(|it| request.cookie(it)) else {
            let wanted = Wanted::Operation(Refresh::NAME);
            let ended = FaultCode::SessionEnded;
            return Err(caller::refused(site.as_ref(), &request, wanted, ended).await);
        };
        op.refresh_token = Phi::from(cookie.value());
        let call_in = caller::call_of(site.as_ref(), &request, Refresh::NAME).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let output = call(site.as_ref(), call_in, op).await?;
        let cookie = (output.me.session_id, output.refresh_token.clone());
        Ok(with_cookie::<S, Refresh>(&site, &request, &output, cookie))
    })
    .await
}

async fn sign_out<S: Site>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse {
    answered(async {
        let Asked { op, request_id }: Asked<SignOut> =
            json_params(site.as_ref(), &request, body).await?;
        let call_in = caller::call_of(site.as_ref(), &request, SignOut::NAME).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let session_id = call_in.caller.map(|it| it.session_id);
        let output = call(site.as_ref(), call_in, op).await?;
        let mut response = HttpResponse::Ok();
        if let Some(session_id) = session_id {
            let mut gone = cookie(site.as_ref(), &request, session_id, "");
            gone.make_removal();
            response.cookie(gone);
            response.cookie(of_before(&request, plain_name_of(session_id)));
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
        let Asked { op, request_id }: Asked<CreateVideoSession> =
            json_params(site.as_ref(), &request, body).await?;
        let call_in = caller::call_of(site.as_ref(), &request, CreateVideoSession::NAME).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let output = call(site.as_ref(), call_in, op).await?;
        let cookie = (output.me.session_id, output.refresh_token.clone());
        Ok(with_cookie::<S, CreateVideoSession>(&site, &request, &output, cookie))
    })
    .await
}

pub(super) async fn answered(
    work: impl Future<Output = Result<HttpResponse, Fault>>,
) -> HttpResponse {
    Box::pin(work).await.unwrap_or_else(|fault| answer::fault(&fault))
}

/// Only of a page of ours, and only `application/json`: a form of another site cannot send that without asking first.
pub(super) async fn json_params<S: Site, O: Operation>(
    site: &S,
    request: &HttpRequest,
    body: Body,
) -> Result<Asked<O>, Fault> {
    if let Err(code) = origin::must_be_own(site.config(), request) {
        return Err(caller::refused(site, request, Wanted::Operation(O::NAME), code).await);
    }
    if request.content_type() != "application/json" {
        let why = Fault::new(FaultCode::Malformed).because("The content type is application/json.");
        return Err(unread(O::NAME, RequestId(Uuid::now_v7()), why));
    }
    let id = RequestId(Uuid::now_v7());
    bytes_of(body).and_then(|it| params(request, &it)).map_err(|it| unread(O::NAME, id, it))
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
        if site.config().is_https() && request.cookie(&plain_name_of(session_id)).is_some() {
            response.cookie(of_before(request, plain_name_of(session_id)));
        }
    }
    answer::json(&mut response, output)
}

fn cookie<S: Site>(
    site: &S,
    request: &HttpRequest,
    session_id: SessionId,
    value: &str,
) -> Cookie<'static> {
    let max_age = i64::try_from(SESSION_FOR.as_secs()).unwrap_or(i64::MAX);
    build(site, request, name_of(site.config(), session_id), value, max_age)
}

/// Takes the cookie away that a program of before has set. Such cookies are known until 0.2: whoever comes by https has others by then.
fn of_before(request: &HttpRequest, name: String) -> Cookie<'static> {
    let mut gone = Cookie::build(name, "").path(own_path(request)).finish();
    gone.make_removal();
    gone
}

/// The same routes stand under /api: whoever signs in there refreshes there.
fn own_path(request: &HttpRequest) -> &'static str {
    if request.path().starts_with("/api/") { "/api/v1/auth" } else { "/v1/auth" }
}

fn build<S: Site>(
    site: &S,
    request: &HttpRequest,
    name: String,
    value: &str,
    max_age: i64,
) -> Cookie<'static> {
    // A browser takes `__Host-` for the whole of this host and for no other one only.
    let path = if site.config().is_https() { "/" } else { own_path(request) };
    Cookie::build(name, value.to_owned())
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(site.config().is_https())
        .path(path)
        .max_age(Duration::seconds(max_age))
        .finish()
}

const DEVICE: &str = "bedside_device_";
/// Set by this host, over TLS, for all of it: nobody else can put one there (RFC 6265bis, 4.1.3.2).
const HOST: &str = "__Host-";

fn name_of_device(config: &Config, person: PersonId) -> String {
    named(config, format!("{DEVICE}{}", person.0.simple()))
}

fn name_of(config: &Config, session_id: SessionId) -> String {
    named(config, plain_name_of(session_id))
}

fn plain_name_of(session_id: SessionId) -> String {
    format!("bedside_refresh_{}", session_id.0.simple())
}

fn named(config: &Config, name: String) -> String {
    if config.is_https() { format!("{HOST}{name}") } else { name }
}
