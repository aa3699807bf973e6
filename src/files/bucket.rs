//! Objects in a bucket: any store that speaks S3, asked over our own HTTP client.
//!
//! Owns: how it is reached, how long one question may take and how often it is asked, and how much of an answer is read. Invariants: TLS is
//! rustls with the authorities of the machine; no redirect is followed, for it would carry what is signed elsewhere; an answer
//! above [`MAX_ANSWER`] is none; the secret is in no setting, no log and no text of an error. `object_store` signs and speaks S3;
//! of its features the one without a client is used, because its client brings HTTP/2, which is not linked here.
//! Does not: seal, or know what an object is.

use crate::protocol::phi::Phi;
use async_trait::async_trait;
use http_body_util::{BodyExt as _, Limited};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use std::io;
use std::time::Duration;

/// How long one question may take. It is asked again within the time that an object may take (`blobs`).
pub const ASK_WITHIN: Duration = Duration::from_secs(4);
/// How often more one is asked that came to nothing.
const RETRIES: usize = 2;
/// Bytes of one answer. An object has 256 KiB, a page of a list of a thousand names about half a megabyte.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Where a bucket is, and who asks.
#[derive(Debug)]
pub struct Bucket {
    /// Such as `https://s3.example:9000`; that of AWS when empty.
    pub endpoint: String,
    /// Its name.
    pub name: String,
    /// Region that requests are signed for.
    pub region: String,
    /// Whether the name of the bucket stands in the path, and not in the name of the host.
    pub is_path_style: bool,
    /// Name of the key.
    pub key_id: String,
    /// The key.
    pub secret: Phi<String>,
    /// Who asks. It follows no redirect.
    pub client: reqwest::Client,
}

impl Bucket {
    /// The client of it. Nothing is asked yet.
    ///
    /// # Errors
    /// When the settings name no place that there can be.
    pub(super) fn open(self) -> io::Result<AmazonS3> {
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        };
        let retry_timeout = ASK_WITHIN.saturating_mul(2);
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(self.region)
            .with_access_key_id(self.key_id)
            .with_secret_access_key(self.secret.into_exposed())
            .with_virtual_hosted_style_request(!self.is_path_style)
            .with_retry(RetryConfig { backoff, max_retries: RETRIES, retry_timeout })
            .with_http_connector(Ours(self.client));
        if !self.endpoint.is_empty() {
            // Where plain HTTP may be spoken is for whoever reads the settings.
            builder = builder.with_allow_http(self.endpoint.starts_with("http://"));
            builder = builder.with_endpoint(match self.is_path_style {
                true => self.endpoint,
                false => in_host(&self.endpoint, &self.name),
            });
        }
        builder.build().map_err(|_| io::Error::other("files.s3: there can be no such bucket"))
    }
}

/// `https://bucket.host` of `https://host`.
fn in_host(endpoint: &str, bucket: &str) -> String {
    match endpoint.split_once("://") {
        Some((scheme, host)) => format!("{scheme}://{bucket}.{host}"),
        None => endpoint.to_owned(),
    }
}

/// The client of the hub.
#[derive(Debug, Clone)]
struct Ours(reqwest::Client);

impl HttpConnector for Ours {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Ours {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        // An object is small and in memory already.
        let body = body.collect().await?.to_bytes();
        let unknown = |error| HttpError::new(HttpErrorKind::Unknown, error);
        let url = parts.uri.to_string().parse::<reqwest::Url>();
        let url = url.map_err(|error| unknown(io::Error::other(error.to_string())))?;
        let mut asked = reqwest::Request::new(parts.method, url);
        *asked.headers_mut() = parts.headers;
        *asked.body_mut() = Some(body.into());
        let answer = self.0.execute(asked).await.map_err(failed)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = Limited::new(reqwest::Body::from(answer), MAX_ANSWER);
        let body = body.map_err(|error| match error.downcast::<reqwest::Error>() {
            Ok(error) => failed(*error),
            Err(error) => {
                HttpError::new(HttpErrorKind::Decode, io::Error::other(error.to_string()))
            }
        });
        let mut told = HttpResponse::new(HttpResponseBody::new(body));
        *told.status_mut() = status;
        *told.headers_mut() = headers;
        Ok(told)
    }
}

/// Without the address: it names objects.
fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_decode() || error.is_body() {
        HttpErrorKind::Interrupted
    } else {
        HttpErrorKind::Request
    };
    HttpError::new(kind, error.without_url())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_stands_in_the_path_or_in_the_host() {
        assert_eq!(in_host("https://s3.example:9000", "files"), "https://files.s3.example:9000");
        let bucket = || Bucket {
            endpoint: "https://s3.example".to_owned(),
            name: "files".to_owned(),
            region: "eu-central-1".to_owned(),
            is_path_style: true,
            key_id: "key".to_owned(),
            secret: Phi::new("secret".to_owned()),
            client: reqwest::Client::new(),
        };
        assert!(bucket().open().is_ok());
        assert!(!format!("{:?}", bucket()).contains("secret\""), "the key is in no text");
    }
}
