//! The way of a browser to an OpenID provider and back, what it takes up afterwards, and what the provider tells by itself.
//!
//! Invariants: no token and no code of ours is ever in an address; what the browser keeps is sealed, in two cookies that no script
//! reads and that come along with what other sites link to, but with nothing that they send. Words of a provider are passed on
//! to nobody: a page gets the code of a fault, in the fragment. Does not: know what a provider says.

use crate::auth::federated::{FLOW_FOR, TICKET_FOR};
use crate::command::federated::{ComeFromProvider, GoToProvider, ProviderAnswer, ProviderLogsOut};
use crate::command::{Wanted, call};
use crate::http::cookies::{Body, answered, json_params, signed_in};
use crate::http::rest::Asked;
use crate::http::{Site, answer, caller};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::operation::Operation as _;
use crate::protocol::phi::Phi;
use crate::protocol::provider::{BeginLink, FinishProvider, LinkIdentity};
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;

/// Where people sign in, and where they look after how.
const SIGN_IN_PAGE: &str = "/";
const ACCOUNT_PAGE: &str = "/account";
/// Before the flow of who links, so that the way back leads to that page.
const LINKS: &str = "link.";
/// Bytes of the body of a logout.
const MAX_LOGOUT: usize = 32 * 1024;

/// Mounts the addresses that browsers and providers are sent to.
pub(super) fn mount<S: Site>(config: &mut web::ServiceConfig) {
    config
        .route("/v1/auth/oidc/{provider}/start", web::get().to(start::<S>))
        .route("/v1/auth/oidc/{provider}/callback", web::get().to(come_back::<S>))
        .route("/v1/auth/oidc/{provider}/logout", web::post().to(logout::<S>));
}

/// Mounts rows of the catalogue that say `cookie`.
pub(super) fn mount_rows<S: Site>(config: &mut web::ServiceConfig, prefix: &str) {
    let at = |path: &str| format!("{prefix}{path}");
    config
        .route(&at("/v1/auth/provider"), web::post().to(finish::<S>))
        .route(&at("/v1/auth/identities/begin"), web::post().to(begin_link::<S>))
        .route(&at("/v1/auth/identities"), web::post().to(link::<S>));
}

async fn start<S: Site>(
    request: HttpRequest,
    site: web::Data<S>,
    provider: web::Path<String>,
) -> HttpResponse {
    let op = GoToProvider { provider_id: provider.into_inner() };
    let site_of = request.headers().get("sec-fetch-site");
    let is_led_here = site_of.is_some_and(|it| it.as_bytes() == b"cross-site");
    let going = async {
        // The browser says so itself: another site has nobody signed in here without a click of theirs.
        if is_led_here {
            let wanted = Wanted::Operation(GoToProvider::NAME);
            let code = FaultCode::Forbidden;
            return Err(caller::refused(site.as_ref(), &request, wanted, code).await);
        }
        let call_in = caller::stranger(site.as_ref(), &request);
        call(site.as_ref(), call_in, op).await
    };
    match Box::pin(going).await {
        Ok(going) => {
            let mut response = HttpResponse::Found();
            response.cookie(flow_cookie(site.as_ref(), going.flow.expose()));
            to(&mut response, going.url.expose().clone())
        }
        Err(fault) => refused(HttpResponse::SeeOther(), SIGN_IN_PAGE, &fault),
    }
}

async fn come_back<S: Site>(
    request: HttpRequest,
    site: web::Data<S>,
    provider: web::Path<String>,
    query: Result<web::Query<ProviderAnswer>, actix_web::Error>,
) -> HttpResponse {
    let cookie = request.cookie(&name(site.as_ref(), FLOW)).map(|it| it.value().to_owned());
    let is_link = cookie.as_ref().is_some_and(|it| it.starts_with(LINKS));
    let page = if is_link { ACCOUNT_PAGE } else { SIGN_IN_PAGE };
    let flow = cookie.map(|it| Phi::from(it.strip_prefix(LINKS).unwrap_or(&it)));
    let came = async {
        let answer = query.map_err(|_| Fault::new(FaultCode::ChallengeEnded))?.into_inner();
        let op = ComeFromProvider { provider_id: provider.into_inner(), answer, flow };
        let call_in = caller::stranger(site.as_ref(), &request);
        call(site.as_ref(), call_in, op).await
    };
    match Box::pin(came).await {
        Ok(came) => {
            let mut response = HttpResponse::SeeOther();
            let life = seconds(TICKET_FOR);
            response.cookie(cookie_of(site.as_ref(), TICKET, came.ticket.expose(), life));
            response.cookie(gone(site.as_ref(), FLOW));
            to(&mut response, format!("{page}#provider=back"))
        }
        // A stranger's answer does not take the flow away from whoever is on their way.
        Err(fault) => refused(HttpResponse::SeeOther(), page, &fault),
    }
}

#[derive(Deserialize)]
struct LogoutForm {
    logout_token: Phi<String>,
}

async fn logout<S: Site>(
    request: HttpRequest,
    site: web::Data<S>,
    provider: web::Path<String>,
    body: Body,
) -> HttpResponse {
    answered(async {
        let body = body.ok().filter(|it| it.len() <= MAX_LOGOUT).ok_or(FaultCode::TooLarge)?;
        let form: LogoutForm =
            serde_urlencoded::from_bytes(&body).map_err(|_| FaultCode::Malformed)?;
        let op = ProviderLogsOut { provider_id: provider.into_inner(), token: form.logout_token };
        let call_in = caller::stranger(site.as_ref(), &request);
        call(site.as_ref(), call_in, op).await?;
        Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).finish())
    })
    .await
}

async fn finish<S: Site>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse {
    answered(async {
        let Asked { mut op, request_id }: Asked<FinishProvider> =
            json_params(site.as_ref(), &request, body).await?;
        op.ticket = ticket_of(site.as_ref(), &request);
        let call_in = caller::call_of(site.as_ref(), &request, FinishProvider::NAME).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let output = call(site.as_ref(), call_in, op).await?;
        let mut response = match output.clone().opened() {
            Ok(signed) => signed_in::<S>(&site, &request, &signed, &output),
            Err(_) => answer::json(&mut HttpResponse::Ok(), &output),
        };
        // Its value is spent; what fails here leaves a cookie that is good for nothing.
        drop(response.add_cookie(&gone(site.as_ref(), TICKET)));
        Ok(response)
    })
    .await
}

async fn begin_link<S: Site>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse {
    answered(async {
        let Asked { op, request_id }: Asked<BeginLink> =
            json_params(site.as_ref(), &request, body).await?;
        let call_in = caller::call_of(site.as_ref(), &request, BeginLink::NAME).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        let begun = call(site.as_ref(), call_in, op).await?;
        let mut response = HttpResponse::Ok();
        let flow = format!("{LINKS}{}", begun.flow.expose());
        response.cookie(flow_cookie(site.as_ref(), &flow));
        Ok(answer::json(&mut response, &begun))
    })
    .await
}

async fn link<S: Site>(request: HttpRequest, site: web::Data<S>, body: Body) -> HttpResponse {
    answered(async {
        let Asked { mut op, request_id }: Asked<LinkIdentity> =
            json_params(site.as_ref(), &request, body).await?;
        let call_in = caller::call_of(site.as_ref(), &request, LinkIdentity::NAME).await?;
        let call_in = caller::with_body_key(call_in, request_id);
        op.ticket = ticket_of(site.as_ref(), &request);
        let card = call(site.as_ref(), call_in, op).await?;
        let mut response = HttpResponse::Ok();
        response.cookie(gone(site.as_ref(), TICKET));
        Ok(answer::json(&mut response, &card))
    })
    .await
}

fn ticket_of<S: Site>(site: &S, request: &HttpRequest) -> Phi<String> {
    let cookie = request.cookie(&name(site, TICKET));
    Phi::from(cookie.as_ref().map(Cookie::value).unwrap_or_default())
}

/// Back to a page, with what went wrong. What does not exist is no page's business.
fn refused(mut response: HttpResponseBuilder, page: &str, fault: &Fault) -> HttpResponse {
    match fault.code {
        FaultCode::NotFound => answer::fault(fault),
        code => to(&mut response, format!("{page}#provider_fault={}", code.as_str())),
    }
}

fn to(response: &mut HttpResponseBuilder, address: String) -> HttpResponse {
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::LOCATION, address))
        .finish()
}

const FLOW: &str = "bedside_provider_flow";
const TICKET: &str = "bedside_provider_ticket";

/// Over TLS no other host and no page without TLS can have set it.
fn name<S: Site>(site: &S, of: &str) -> String {
    if site.config().is_https() { format!("__Host-{of}") } else { of.to_owned() }
}

fn flow_cookie<S: Site>(site: &S, value: &str) -> Cookie<'static> {
    cookie_of(site, FLOW, value, seconds(FLOW_FOR))
}

fn gone<S: Site>(site: &S, of: &str) -> Cookie<'static> {
    let mut cookie = cookie_of(site, of, "", Duration::ZERO);
    cookie.make_removal();
    cookie
}

/// `SameSite=Lax`: the way back begins at the provider, which is another site.
fn cookie_of<S: Site>(site: &S, of: &str, value: &str, life: Duration) -> Cookie<'static> {
    Cookie::build(name(site, of), value.to_owned())
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(site.config().is_https())
        .path("/")
        .max_age(life)
        .finish()
}

fn seconds(of: std::time::Duration) -> Duration {
    Duration::seconds(i64::try_from(of.as_secs()).unwrap_or(i64::MAX))
}
