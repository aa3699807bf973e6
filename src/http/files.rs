//! The bytes of files over HTTP: uploads that can be gone on with, as the IETF's draft "Resumable Uploads for HTTP" describes
//! them (draft-ietf-httpbis-resumable-upload), and what a link fetches.
//!
//! Invariants: every one of these passes the door. What is sent to a browser can run nowhere: it is saved, or it is a picture that
//! was encoded here, in a sandbox without a source. Does not: know what may be fetched.

use crate::command::transfer::{FetchFile, Incoming, Part, ReadOffset, Span, Upload, WriteFile};
use crate::command::{Call, call};
use crate::http::{Site, answer, caller};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{FileVariant, MAX_FILE_BYTES};
use crate::protocol::ids::FileId;
use crate::protocol::operation::Operation as _;
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_RANGE, RANGE,
};
use actix_web::{HttpRequest, HttpResponse, web};
use futures::StreamExt as _;
use futures::future::Either;
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::mpsc;

const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_COMPLETE: HeaderName = HeaderName::from_static("upload-complete");
const UPLOAD_LIMIT: HeaderName = HeaderName::from_static("upload-limit");
/// The type of a part of an upload.
const PARTIAL: &str = "application/partial-upload";
/// Pieces of a body that wait for the disk. Then the socket waits.
const WAITING: usize = 2;
/// What a browser may do with what it fetched: nothing.
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

#[derive(Debug, Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
}

pub(super) fn mount<S: Site>(config: &mut web::ServiceConfig, prefix: &str) {
    let content = format!("{prefix}/v1/files/{{file_id}}/content");
    let variant = format!("{prefix}/v1/files/{{file_id}}/{{variant:original|preview|thumbnail}}");
    config
        .route(&content, web::head().to(offset::<S>))
        .route(&content, web::patch().to(write::<S>))
        .route(&variant, web::get().to(fetch::<S>));
}

async fn offset<S: Site>(site: web::Data<S>, request: HttpRequest) -> HttpResponse {
    let asked = async {
        let op = ReadOffset { file_id: file_id(&request)? };
        let call_in = caller::call_of(site.get_ref(), &request, ReadOffset::NAME).await?;
        call(site.get_ref(), call_in, op).await
    };
    match asked.await {
        Ok(upload) => standing(&upload).finish(),
        Err(fault) => answer::fault(&fault),
    }
}

async fn write<S: Site>(
    site: web::Data<S>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    // When the client goes, this answer is dropped; what has come until then is kept, and recorded, all the same. It ends
    // with the body, or when nothing comes.
    let taking = actix_rt::spawn(taken(Arc::clone(&site), request.clone(), body));
    match taking.await.unwrap_or_else(|_| Err(FaultCode::OutcomeUnknown.into())) {
        Ok(Upload { offset, card: Some(card), .. }) => {
            let mut response = HttpResponse::Ok();
            response.insert_header((UPLOAD_OFFSET, offset));
            response.insert_header((UPLOAD_COMPLETE, "?1"));
            answer::json(&mut response, &card)
        }
        Ok(upload) => standing(&upload).finish(),
        Err(fault) if fault.code == FaultCode::WrongOffset => {
            let upload = here(site.get_ref(), &request).await;
            let mut response = answer::fault(&fault);
            if let Ok(upload) = upload {
                response.headers_mut().insert(UPLOAD_OFFSET, upload.offset.into());
            }
            response
        }
        Err(fault) => answer::fault(&fault),
    }
}

async fn taken<S: Site>(
    site: Arc<S>,
    request: HttpRequest,
    mut body: web::Payload,
) -> Result<Upload, Fault> {
    let call_in = caller::call_of(site.as_ref(), &request, WriteFile::NAME).await?;
    let op = part(&request)?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let op = WriteFile { bytes: Incoming(Some(receiver)), ..op };
    let carrying = async move {
        // What is cut off ends like what is whole: what has come is kept.
        while let Some(Ok(bytes)) = body.next().await {
            if sender.send(bytes).await.is_err() {
                return;
            }
        }
    };
    // The call ends by itself when nothing comes; then nobody waits for the client any more.
    let call = call(site.as_ref(), call_in, op);
    futures::pin_mut!(carrying, call);
    match futures::future::select(carrying, call).await {
        Either::Left(((), call)) => call.await,
        Either::Right((written, _)) => written,
    }
}

async fn here<S: Site>(site: &S, request: &HttpRequest) -> Result<Upload, Fault> {
    let op = ReadOffset { file_id: file_id(request)? };
    call(site, caller::call_of(site, request, ReadOffset::NAME).await?, op).await
}

/// What the head of a part says.
fn part(request: &HttpRequest) -> Result<WriteFile, Fault> {
    let text = |name: &HeaderName| text(request, name);
    let is_part = text(&CONTENT_TYPE).is_some_and(|it| it.eq_ignore_ascii_case(PARTIAL));
    if !is_part {
        return Err(Fault::invalid("Content-Type", "application/partial-upload"));
    }
    let offset = text(&UPLOAD_OFFSET).and_then(|it| it.parse().ok());
    let offset = offset.ok_or_else(|| Fault::invalid("Upload-Offset", "A number of bytes."))?;
    let is_complete = match text(&UPLOAD_COMPLETE) {
        Some("?1") => true,
        Some("?0") => false,
        _ => return Err(Fault::invalid("Upload-Complete", "?0 or ?1")),
    };
    let length = text(&CONTENT_LENGTH).and_then(|it| it.parse().ok());
    let bytes = Incoming::default();
    Ok(WriteFile { file_id: file_id(request)?, offset, is_complete, length, bytes })
}

/// How an upload stands, without a body.
fn standing(upload: &Upload) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::NoContent();
    let is_complete = if upload.card.is_some() { "?1" } else { "?0" };
    response
        .insert_header((UPLOAD_OFFSET, upload.offset))
        .insert_header((UPLOAD_COMPLETE, is_complete))
        .insert_header((UPLOAD_LIMIT, format!("max-size={MAX_FILE_BYTES}")))
        .insert_header((CACHE_CONTROL, "no-store"));
    response
}

async fn fetch<S: Site>(
    site: web::Data<S>,
    request: HttpRequest,
    query: Result<web::Query<Token>, actix_web::Error>,
) -> HttpResponse {
    let fetched = async {
        let token = query.map_err(|_| FaultCode::Malformed)?.into_inner().token;
        let if_tag = text(&request, &IF_RANGE).map(str::to_owned);
        let op = FetchFile {
            file_id: file_id(&request)?,
            variant: variant(&request)?,
            part: part_of(&request),
            if_tag,
        };
        let site = site.into_inner();
        let caller = Arc::clone(&site).link(op.file_id, op.variant, token).await;
        let from = caller::address(site.as_ref(), &request);
        call(site.as_ref(), Call::new(caller, site.now(), from), op).await
    };
    let fetched = match fetched.await {
        Ok(fetched) => fetched,
        Err(fault) => return answer::fault(&fault),
    };
    let (part, length) = (fetched.part, fetched.length);
    let mut response = HttpResponse::build(match part {
        None => StatusCode::OK,
        Some(Some(_)) => StatusCode::PARTIAL_CONTENT,
        Some(None) => StatusCode::RANGE_NOT_SATISFIABLE,
    });
    response
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((CONTENT_SECURITY_POLICY, SANDBOX))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((ETAG, fetched.tag))
        // It is sealed bytes of pictures and documents: packing them again gains nothing.
        .insert_header((CONTENT_ENCODING, "identity"));
    let size = match part {
        None => length,
        Some(Some(Span { first, last })) => {
            response.insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{length}")));
            last.saturating_sub(first).saturating_add(1)
        }
        Some(None) => {
            return response.insert_header((CONTENT_RANGE, format!("bytes */{length}"))).finish();
        }
    };
    let Some(bytes) = fetched.bytes.0 else { return answer::fault(&FaultCode::Internal.into()) };
    response
        .insert_header((CONTENT_TYPE, fetched.content_type))
        .insert_header((CONTENT_DISPOSITION, fetched.disposition.into_exposed()))
        .body(SizedStream::new(u64::from(size), bytes))
}

/// The bytes that are asked for: one range (RFC 9110, 14.2). What is none, or more than one, is not heard, and all of it is
/// sent, as that allows.
fn part_of(request: &HttpRequest) -> Option<Part> {
    let (first, last) = text(request, &RANGE)?.strip_prefix("bytes=")?.split_once('-')?;
    let is_number = |it: &&str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    // Beyond what a file can have is beyond its end.
    let number = |it: &str| it.parse().unwrap_or(u32::MAX);
    match (is_number(&first), is_number(&last)) {
        (true, true) if number(first) <= number(last) => {
            Some(Part::Between(number(first), Some(number(last))))
        }
        (true, false) if last.is_empty() => Some(Part::Between(number(first), None)),
        (false, true) if first.is_empty() => Some(Part::Last(number(last))),
        _ => None,
    }
}

fn text<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name).and_then(|it| it.to_str().ok())
}

fn file_id(request: &HttpRequest) -> Result<FileId, Fault> {
    let id = request.match_info().get("file_id").and_then(|it| it.parse().ok());
    id.ok_or_else(|| FaultCode::Malformed.into())
}

fn variant(request: &HttpRequest) -> Result<FileVariant, Fault> {
    match request.match_info().get("variant") {
        Some("original") => Ok(FileVariant::Original),
        Some("preview") => Ok(FileVariant::Preview),
        Some("thumbnail") => Ok(FileVariant::Thumbnail),
        _ => Err(FaultCode::NotFound.into()),
    }
}
