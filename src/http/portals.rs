//! The portals: static files that were built into the binary. Every page is the same `index.html`; the page itself
//! looks at its address.

use crate::http::answer;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

/// What `npm run build` made in `clients/portals`. In debug builds it is read from there at run time.
#[derive(RustEmbed)]
#[folder = "clients/portals/dist"]
#[allow_missing = true]
struct Files;

const MISSING: &str = "The portals were not built. Run `make portals`, then start again.\n";

/// Serves them for whatever nothing else serves.
pub(super) fn mount(config: &mut web::ServiceConfig) {
    config.default_service(web::to(serve));
}

/// Whether a path, without its first slash, is of operations: no page is there, whatever it is called.
pub(super) fn is_of_operations(path: &str) -> bool {
    ["v1/", "api/", "drills/"].iter().any(|it| path.starts_with(it))
}

async fn serve(request: HttpRequest) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    let is_page = !is_of_operations(path) && !path.starts_with(".well-known/");
    if !is_page || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return answer::not_found().await;
    }
    if let Some(file) = Files::get(path).filter(|_| !path.is_empty()) {
        return respond(path, file);
    }
    // A path with a dot names a file; one without names a page.
    if path.rsplit('/').next().is_some_and(|it| it.contains('.')) {
        return answer::not_found().await;
    }
    match Files::get("index.html") {
        Some(file) => respond("index.html", file),
        None => HttpResponse::ServiceUnavailable()
            .content_type("text/plain; charset=utf-8")
            .body(MISSING),
    }
}

fn respond(path: &str, file: EmbeddedFile) -> HttpResponse {
    // Files below assets/ carry a hash of their content in the name.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = match kind.type_().as_str() {
        "text" => format!("{kind}; charset=utf-8"),
        _ => kind.to_string(),
    };
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CACHE_CONTROL, cache))
        .body(file.data.into_owned())
}
