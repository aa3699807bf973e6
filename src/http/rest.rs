//! REST for every operation of the catalogue, by one generic handler.
//!
//! A write takes ids from the path and the rest from the JSON body; a read takes everything from path and query, so the
//! params of reads are flat. A field that stands in both must agree.
//!
//! Whoever cannot set headers puts the idempotency key of a write into its body, as `request_id`. It is no param, so it
//! is taken out before the params are read; when there is an `Idempotency-Key` as well, the header counts.

use crate::command::params::{read, read_from};
use crate::command::{call, unread};
use crate::for_each_operation;
use crate::http::{Site, answer, caller};
use crate::protocol::all::*;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::MAX_MESSAGE_BYTES;
use crate::protocol::operation::{Effect, Operation};
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use tracing::Instrument as _;

/// The idempotency key in the body of a write. No operation has a param of this name.
const REQUEST_ID: &str = "request_id";

macro_rules! routes {
    ($($name:literal $params:ident => $output:ident, $access:ident $effect:ident $pace:ident $success:literal $fresh:literal, $method:ident $path:literal $how:ident;)+) => {
        /// Mounts the generic rows of the catalogue under `prefix`.
        pub(super) fn mount<S: Site>(config: &mut web::ServiceConfig, prefix: &str) {
            $( if stringify!($how) == "generic" {
                let route = web::method(actix_web::http::Method::$method);
                config.route(&format!("{prefix}{}", $path), route.to(rest::<S, $params>));
            } )+
        }
    };
}
for_each_operation!(routes);

async fn rest<S, O>(
    request: HttpRequest,
    site: web::Data<S>,
    body: Result<web::Bytes, actix_web::Error>,
) -> HttpResponse
where
    S: Site + crate::command::Execute<O>,
    O: Operation,
{
    let traceparent = request.headers().get("traceparent").and_then(|it| it.to_str().ok());
    let span = crate::telemetry::span_of_call(O::NAME, traceparent);
    match Box::pin(answer_to::<S, O>(&request, &site, body).instrument(span)).await {
        Ok(response) => response,
        Err(fault) => answer::fault(&fault),
    }
}

async fn answer_to<S, O>(
    request: &HttpRequest,
    site: &S,
    body: Result<web::Bytes, actix_web::Error>,
) -> Result<HttpResponse, Fault>
where
    S: Site + crate::command::Execute<O>,
    O: Operation,
{
    let call_in = caller::call_of(site, request, O::NAME).await?;
    let asked = bytes_of(body).and_then(|it| params(request, &it));
    let Asked { op, request_id }: Asked<O> =
        asked.map_err(|it| unread(O::NAME, call_in.request_id, it))?;
    let output = call(site, caller::with_body_key(call_in, request_id), op).await?;
    let status = StatusCode::from_u16(O::SUCCESS).unwrap_or(StatusCode::OK);
    let value = serde_json::to_value(&output).map_err(|_| FaultCode::Internal)?;
    let mut response = HttpResponse::build(status);
    if let Some(location) = location(request, &value).filter(|_| status == StatusCode::CREATED) {
        response.insert_header((LOCATION, location));
    }
    Ok(answer::json(&mut response, &value))
}

/// The body, or why there is none.
pub(super) fn bytes_of(body: Result<web::Bytes, actix_web::Error>) -> Result<web::Bytes, Fault> {
    let bytes = body.map_err(|error| match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::new(FaultCode::TooLarge),
        _ => Fault::new(FaultCode::Malformed),
    })?;
    if bytes.len() > MAX_MESSAGE_BYTES { Err(FaultCode::TooLarge.into()) } else { Ok(bytes) }
}

/// What was asked for.
pub(super) struct Asked<O> {
    /// The operation with its params.
    pub(super) op: O,
    /// The idempotency key of the body.
    pub(super) request_id: Option<String>,
}

/// The params of an operation from path, query and body.
pub(super) fn params<O: Operation>(request: &HttpRequest, body: &[u8]) -> Result<Asked<O>, Fault> {
    let malformed = || Fault::new(FaultCode::Malformed);
    let path = request.match_info().iter();
    if O::EFFECT == Effect::Read {
        let query: Vec<(String, String)> =
            serde_urlencoded::from_str(request.query_string()).map_err(|_| malformed())?;
        let all: Vec<(String, String)> =
            path.map(|(name, it)| (name.to_owned(), it.to_owned())).chain(query).collect();
        let text = serde_urlencoded::to_string(all).map_err(|_| malformed())?;
        let query = form_urlencoded::parse(text.as_bytes());
        let op = read_from(serde_urlencoded::Deserializer::new(query))?;
        return Ok(Asked { op, request_id: None });
    }
    let mut params: Map<String, Value> = match body.is_empty() {
        true => Map::new(),
        false => serde_json::from_slice(body).map_err(|_| malformed())?,
    };
    let request_id = match params.remove(REQUEST_ID) {
        None => None,
        Some(Value::String(key)) => Some(key),
        Some(_) => return Err(Fault::invalid(REQUEST_ID, "A text of 1 to 64 bytes.")),
    };
    for (name, value) in path {
        let before = params.insert(name.to_owned(), Value::String(value.to_owned()));
        if before.is_some_and(|it| it.as_str() != Some(value)) {
            return Err(malformed().because("A field in the body contradicts the path."));
        }
    }
    Ok(Asked { op: read(Value::Object(params))?, request_id })
}

/// Where something that was made can be read again: below the collection that it was posted to.
fn location(request: &HttpRequest, output: &Value) -> Option<String> {
    let path = request.path();
    let field = match path.rsplit('/').next()? {
        "appointments" => "appointment_id",
        "people" => "person_id",
        _ => return None,
    };
    Some(format!("{path}/{}", output.get(field)?.as_str()?))
}
