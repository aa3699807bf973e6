//! Which pages may use what a browser adds by itself: a socket that it opens, cookies that it sends along.
//!
//! Invariants: an origin that is sent is one of the settings. Cookies are for pages of the hub itself: where the browser says from which
//! site a request comes, it is this one, or none. Whoever sends neither header is no browser, or one that is too old to say so: against
//! those stand `SameSite=Strict`, the content type and the id of the session in the body (`cookies`). Does not: look at what is asked for.

use crate::config::Config;
use crate::protocol::fault::FaultCode;
use actix_web::HttpRequest;
use actix_web::http::header::ORIGIN;

/// What browsers say of where a request comes from (Fetch Metadata).
const FETCH_SITE: &str = "sec-fetch-site";

/// # Errors
/// [`FaultCode::WrongOrigin`] when the page that asks is none of the settings.
pub(super) fn must_be_known(config: &Config, request: &HttpRequest) -> Result<(), FaultCode> {
    let is_known = |it: &str| {
        it == config.public_url || config.allowed_origins.iter().any(|known| known == it)
    };
    let mut origins = request.headers().get_all(ORIGIN);
    match origins.all(|it| it.to_str().is_ok_and(is_known)) {
        true => Ok(()),
        false => Err(FaultCode::WrongOrigin),
    }
}

/// The same, for what acts by cookies.
///
/// # Errors
/// As [`must_be_known`], and when the browser says that another site asks.
pub(super) fn must_be_own(config: &Config, request: &HttpRequest) -> Result<(), FaultCode> {
    must_be_known(config, request)?;
    let mut sites = request.headers().get_all(FETCH_SITE);
    match sites.all(|it| matches!(it.as_bytes(), b"same-origin" | b"none")) {
        true => Ok(()),
        false => Err(FaultCode::WrongOrigin),
    }
}
