//! The bytes of files over HTTP: uploads that can be gone on with, as the IETF's draft "Resumable Uploads for HTTP" describes
//! them (draft-ietf-httpbis-resumable-upload), and what a link fetches.
//!
//! Invariants: every one of these passes the door. What is sent to a browser can run nowhere: it is saved, or it is a picture that
//! was encoded here, in a sandbox without a source. Does not: know what may be fetched.

use crate::command::transfer::{
    FetchFile, Fetched, Incoming, Outgoing, ReadOffset, Upload, WriteFile,
};
use crate::command::{Call, call};
use crate::http::{Site, answer, caller};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{FileVariant, MAX_FILE_BYTES};
use crate::protocol::ids::FileId;
use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, HeaderName,
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
        call(site.get_ref(), caller::call_of(site.get_ref(), &request).await?, op).await
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
    let call_in: Call = caller::call_of(site.as_ref(), &request).await?;
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
    call(site, caller::call_of(site, request).await?, op).await
}

/// What the head of a part says.
fn part(request: &HttpRequest) -> Result<WriteFile, Fault> {
    let text = |name: &HeaderName| request.headers().get(name).and_then(|it| it.to_str().ok());
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
        let op = FetchFile { file_id: file_id(&request)?, variant: variant(&request)? };
        let site = site.into_inner();
        let caller = Arc::clone(&site).link(op.file_id, op.variant, token).await;
        let from = caller::address(site.as_ref(), &request);
        call(site.as_ref(), Call::new(caller, site.now(), from), op).await
    };
    let Fetched { content_type, disposition, length, bytes: Outgoing(bytes) } = match fetched.await
    {
        Ok(fetched) => fetched,
        Err(fault) => return answer::fault(&fault),
    };
    let Some(bytes) = bytes else { return answer::fault(&FaultCode::Internal.into()) };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CONTENT_DISPOSITION, disposition.into_exposed()))
        .insert_header((CONTENT_SECURITY_POLICY, SANDBOX))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        // It is sealed bytes of pictures and documents: packing them again gains nothing.
        .insert_header((CONTENT_ENCODING, "identity"))
        .body(SizedStream::new(u64::from(length), bytes))
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
