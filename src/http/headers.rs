//! THE TABLE of security headers: what every response carries, whichever route answered it.
//!
//! Invariants: a response of its own mind is kept (`Cache-Control` of a file, the stricter policy of what a link fetches), and
//! whatever says nothing of caches is kept by none. Nothing inline runs; `blob:` and `mediastream:` are pictures of the call
//! itself. HSTS is sent only where the browser came over TLS (RFC 6797, 7.2). Does not: know routes.

use crate::config::Config;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use std::net::IpAddr;

/// Content-Security-Policy, level 3, with Trusted Types: what is not named is not loaded.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     media-src 'self' blob: mediastream:; connect-src 'self'; font-src 'self'; worker-src 'self'; \
     manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// What pages may use of a browser: what a call needs, and passkeys.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), \
     picture-in-picture=(self), screen-wake-lock=(self), publickey-credentials-get=(self), \
     publickey-credentials-create=(self), accelerometer=(), geolocation=(), gyroscope=(), hid=(), \
     magnetometer=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()";

/// The headers, in lower case.
const TABLE: [(&str, &str); 9] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", PERMISSIONS),
    ("x-permitted-cross-domain-policies", "none"),
    ("cache-control", "no-store"),
];

/// For browsers that came over TLS: a year of nothing else.
const HSTS: (&str, &str) = ("strict-transport-security", "max-age=31536000; includeSubDomains");

/// Whose word about TLS is taken.
#[derive(Debug, Clone)]
pub(super) struct Secure {
    always: bool,
    proxies: Vec<IpAddr>,
}

impl Secure {
    pub(super) fn of(config: &Config) -> Self {
        Secure { always: config.is_https(), proxies: config.trusted_proxies.clone() }
    }

    /// Of a listener that is plain to everybody.
    pub(super) fn never() -> Self {
        Secure { always: false, proxies: vec![] }
    }

    /// Browsers reach the hub over TLS by the settings, or a proxy that is trusted says that this one does.
    fn is(&self, request: &ServiceRequest) -> bool {
        let is_proxy = || request.peer_addr().is_some_and(|it| self.proxies.contains(&it.ip()));
        let says_so = || {
            let scheme = request.headers().get_all("x-forwarded-proto").last();
            let scheme = scheme.and_then(|it| it.to_str().ok());
            scheme.and_then(|it| it.rsplit(',').next()).map(str::trim) == Some("https")
        };
        self.always || (is_proxy() && says_so())
    }
}

/// Adds what a response does not say itself.
///
/// # Errors
/// Those of the routes.
pub(super) async fn add<B: MessageBody>(
    secure: Secure,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let hsts = secure.is(&request).then_some(HSTS);
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in TABLE.into_iter().chain(hsts) {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}
