//! Who is behind a proxy is told apart by what the proxy says, and by nothing that anybody says themselves.

use crate::support::http::Request;
use crate::support::{Clinic, Kind, tell, tell_with};
use bedside::command::limits::CREDENTIAL;
use serde_json::json;

/// Twice as many as come through at once, or until it is too many: the status of the last.
async fn the_last_of_many(clinic: &Clinic, forwarded: impl Fn(u32) -> String) -> u16 {
    let mut last = 0;
    for n in 0..2 * CREDENTIAL.burst {
        let body = json!({ "join_token": format!("{n:043}") });
        let request = Request::new("POST", "/v1/video/sessions").json(&body);
        last = request.with("x-forwarded-for", &forwarded(n)).send(clinic.hub).await.status;
        if last == 429 {
            break;
        }
    }
    last
}

#[test]
fn an_address_that_somebody_names_themselves_passes_no_limit() {
    tell(Kind::Memory, async |clinic| {
        let told = the_last_of_many(clinic, |n| format!("203.0.113.{}", n % 250)).await;
        assert_eq!(told, 429, "nobody has said that this is a proxy");
    });
}

#[test]
fn of_what_a_proxy_passes_on_its_own_word_counts() {
    let behind: fn(&mut bedside::config::Config) =
        |it| it.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    tell_with(Kind::Memory, behind, async |clinic| {
        let told = the_last_of_many(clinic, |n| format!("203.0.113.{}", n % 250)).await;
        assert_ne!(told, 429, "each is somebody else");
        let told =
            the_last_of_many(clinic, |n| format!("203.0.113.{}, 198.51.100.7", n % 250)).await;
        assert_eq!(told, 429, "what stands in front of it the client may have written");
    });
}
