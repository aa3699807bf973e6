//! A provider has ended its own session: so do those that it has opened here, on every node; and whoever makes up such a word ends nothing.

use crate::support::people::told;
use crate::support::provider::{Browser, OpenId, tell_with_provider, tells_logout, with_provider};
use crate::support::{Clinic, Kind, Someone};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::{ReadMe, Role};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

async fn ana(clinic: &Clinic, provider: &OpenId) -> Someone {
    let ana = clinic.account(Role::Patient, "Ana Fictional").await.signs_in(clinic.hub).await;
    provider.browser(clinic).links_as(&ana, "ana").await.expect("linked");
    ana
}

async fn signed_in(clinic: &Clinic, browser: &mut Browser) -> Someone {
    let signed = browser.signs_in("ana").await.expect("known").opened().expect("no factor");
    let token = signed.access_token.into_exposed();
    let session_id = Some(signed.me.session_id);
    Someone { token, session_id, person_id: signed.me.person_id, ..clinic.stranger() }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_signs_out_at_the_provider_is_signed_out_here(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let twin = clinic.twin(with_provider).await;
        let logout = format!("http://{}/v1/auth/oidc/sso/logout", clinic.hub);
        provider.says(json!({"logout": logout})).await;
        let by_password = ana(clinic, provider).await;
        let (mut first, mut second) = (provider.browser(clinic), provider.browser(clinic));
        let here = signed_in(clinic, &mut first).await;
        let other = signed_in(clinic, &mut second).await;
        let there = Someone { hub: twin.hub, ..here.clone() };
        let mut socket = here.connects(Codec::Json).await;
        let mut socket_there = there.connects(Codec::Json).await;
        clinic.clock.advance(Duration::from_secs(1));
        let began = std::time::Instant::now();
        first.signs_out_there().await;
        assert_eq!(socket.is_closed().await, CloseReason::SignedOut.code());
        assert_eq!(socket_there.is_closed().await, CloseReason::SignedOut.code());
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        told(here.calls(ReadMe {}).await, FaultCode::SessionEnded);
        told(there.calls(ReadMe {}).await, FaultCode::SessionEnded);
        other.calls(ReadMe {}).await.expect("another session there goes on");
        by_password.calls(ReadMe {}).await.expect("and so does what a password has opened");
        twin.goes().await;
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_word_that_is_made_up_ends_nothing(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        ana(clinic, provider).await;
        let here = signed_in(clinic, &mut provider.browser(clinic)).await;
        let event = "http://schemas.openid.net/event/backchannel-logout";
        let usual = || json!({"sub": "ana"});
        let with = |name: &str, value: Value| json!({"sub": "ana", name: value});
        let long_ago = 1_799_990_000;
        let cases = [
            ("nonce", with("nonce", json!("n")), json!({}), "own"),
            ("no event", with("events", json!({})), json!({}), "own"),
            ("a word as event", with("events", json!({event: "yes"})), json!({}), "own"),
            ("another's", with("aud", json!("other")), json!({}), "own"),
            ("of another", with("iss", json!("https://other.example")), json!({}), "own"),
            ("ended", with("exp", json!(long_ago)), json!({}), "own"),
            ("old", with("iat", json!(long_ago)), json!({}), "own"),
            ("without a name", with("jti", Value::Null), json!({}), "own"),
            ("of nobody", json!({}), json!({}), "own"),
            ("an ID token", usual(), json!({"typ": "JWT"}), "own"),
            ("of no kind", usual(), json!({"typ": null}), "own"),
            ("another key", usual(), json!({}), "stranger"),
            ("an unknown key", usual(), json!({}), "unknown"),
        ];
        for (what, claims, header, key) in cases {
            let token = provider.logout_token(claims, header, key).await;
            let answer = tells_logout(clinic, &token).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_value"), "{what}");
        }
        for nonsense in ["", "a.b.c", "..", "%00"] {
            assert_eq!(tells_logout(clinic, nonsense).await.status, 400, "{nonsense}");
        }
        here.calls(ReadMe {}).await.expect("nothing has ended");

        let other = provider.logout_token(json!({"sub": "eve"}), json!({}), "own").await;
        assert_eq!(tells_logout(clinic, &other).await.status, 200);
        here.calls(ReadMe {}).await.expect("it was somebody else");
        let token = provider.logout_token(usual(), json!({}), "own").await;
        let answer = tells_logout(clinic, &token).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        told(here.calls(ReadMe {}).await, FaultCode::SessionEnded);
        clinic.clock.advance(Duration::from_secs(1));
        let again = signed_in(clinic, &mut provider.browser(clinic)).await;
        assert_eq!(tells_logout(clinic, &token).await.status, 400, "it was told before");
        again.calls(ReadMe {}).await.expect("a new sign-in is not ended by an old word");
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_the_provider_has_ended_is_not_opened_any_more(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        ana(clinic, provider).await;
        let mut browser = provider.browser(clinic);
        assert_eq!(browser.goes_and_comes_back("ana").await, "/#provider=back");
        let token = provider.logout_token(json!({"sub": "ana"}), json!({}), "own").await;
        assert_eq!(tells_logout(clinic, &token).await.status, 200);
        assert_eq!(browser.takes_up().await.code(), "challenge_ended");
        clinic.clock.advance(Duration::from_secs(1));
        signed_in(clinic, &mut provider.browser(clinic)).await;
    });
}
