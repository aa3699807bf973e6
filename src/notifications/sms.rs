//! Short messages by an HTTP gateway.
//!
//! Owns: the shape of one provider, Sinch's SMS REST API (`POST /xms/v1/{service_plan_id}/batches`), and which answer
//! means what. Another provider is another [`Sender`]. Invariants: the notice's id goes with it as `client_reference`; no
//! redirect is followed, for it would carry the token elsewhere; the gateway's text is dropped here.
//! Does not: choose words or receivers.

use super::{Failure, Message, Sender};
use crate::config::Sms;
use crate::protocol::phi::Phi;
use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long one request may take. Shorter than the courier's deadline.
const REQUEST: Duration = Duration::from_secs(10);

/// The channel as the settings say; none without a URL.
///
/// # Errors
/// What is wrong with the settings, or a file that cannot be read.
pub fn open(settings: &Sms) -> io::Result<Option<Arc<dyn Sender>>> {
    if settings.url.is_empty() {
        return Ok(None);
    }
    let url = settings.url.parse().map_err(|_| io::Error::other("sms.url: no URL"))?;
    let token = super::read_secret(&settings.token_file, "sms.token_file")?;
    let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.expose()))
        .map_err(|_| io::Error::other("sms.token_file: no token"))?;
    authorization.set_sensitive(true);
    let client = super::https_client(REQUEST, &settings.ca_file, "sms.ca_file")?;
    let from = settings.sender.clone();
    Ok(Some(Arc::new(Gateway { client, url, authorization: Phi::new(authorization), from })))
}

struct Gateway {
    client: Client,
    url: Url,
    authorization: Phi<HeaderValue>,
    from: String,
}

#[async_trait]
impl Sender for Gateway {
    async fn send(&self, message: &Message) -> Result<(), Failure> {
        let body = serde_json::json!({
            "from": self.from,
            "to": [message.to.expose()],
            "body": message.text.expose(),
            "type": "mt_text",
            "client_reference": message.notice_id,
        });
        let request = self
            .client
            .post(self.url.clone())
            .header(AUTHORIZATION, self.authorization.expose().clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        match request.send().await {
            Ok(answer) => outcome(answer.status().as_u16()),
            Err(error) if error.is_timeout() => Err(Failure::Down("no_answer")),
            Err(_) => Err(Failure::Down("no_connection")),
        }
    }
}

/// By status: what the request itself is to blame for is refused for good; everything else is the gateway's.
const fn outcome(status: u16) -> Result<(), Failure> {
    match status {
        200..=299 => Ok(()),
        400 | 413 | 422 => Err(Failure::Refused("refused")),
        401 | 403 => Err(Failure::Down("not_signed_in")),
        429 => Err(Failure::Down("too_many")),
        _ => Err(Failure::Down("unavailable")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(201, Ok(()))]
    #[case(400, Err(Failure::Refused("refused")))]
    #[case(401, Err(Failure::Down("not_signed_in")))]
    #[case(429, Err(Failure::Down("too_many")))]
    #[case(302, Err(Failure::Down("unavailable")))]
    #[case(404, Err(Failure::Down("unavailable")))]
    #[case(503, Err(Failure::Down("unavailable")))]
    fn a_status_is_about_the_message_or_the_channel(
        #[case] status: u16,
        #[case] means: Result<(), Failure>,
    ) {
        assert_eq!(outcome(status), means);
    }

    #[test]
    fn no_url_is_no_channel_and_a_missing_token_is_told() {
        assert!(open(&Sms::default()).unwrap().is_none());
        let settings = Sms { url: "http://127.0.0.1:1/".to_owned(), ..Sms::default() };
        let told = open(&settings).map(|_| ()).unwrap_err().to_string();
        assert!(told.contains("sms.token_file"), "{told}");
    }
}
