//! A provider that lies, and strangers who put other people's answers into somebody's browser. Each is refused, and nothing has changed.

use crate::support::http::Request;
use crate::support::people::{read, told};
use crate::support::provider::{
    Browser, OpenId, location, provider_of, tell_with_provider, with_provider,
};
use crate::support::{Clinic, Kind, Someone};
use bedside::config::Config;
use bedside::protocol::audit::SearchAudit;
use bedside::protocol::auth::SignInAnswer;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::Role;
use bedside::protocol::provider::ListIdentities;
use bedside::protocol::session::ListSessions;
use rstest::rstest;
use serde_json::json;
use std::time::Duration;

/// What is told of everything that is not believed.
const DISTRUSTED: &str = "/#provider_fault=provider_distrusted";
const COMES_BACK: &str = "auth.come_from_provider";
const WELCOME: &str = "/#provider=back";

/// Ana, whose identity there is linked.
async fn ana(clinic: &Clinic, provider: &OpenId) -> Someone {
    let ana = clinic.account(Role::Patient, "Ana Fictional").await.signs_in(clinic.hub).await;
    provider.browser(clinic).links_as(&ana, "ana").await.expect("linked");
    ana
}

async fn refusals(clinic: &Clinic, reason: &str) -> f64 {
    let name = format!("bedside_provider_refusals_total{{provider=\"sso\",reason=\"{reason}\"}}");
    clinic.metric(&name).await
}

/// How many ways back the audit log says were refused so, by this provider.
async fn recorded(clinic: &Clinic, operation: &str, outcome: &str) -> usize {
    let op = SearchAudit {
        operation: Some(operation.to_owned()),
        outcome: Some(outcome.to_owned()),
        limit: Some(200),
        ..SearchAudit::default()
    };
    let found = clinic.admin.calls(op).await.expect("the log").records;
    for it in &found {
        let target = it.target.as_ref().map(|it| (it.kind.as_str(), it.id.as_str()));
        assert_eq!((target, it.network.is_some()), (Some(("provider", "sso")), true));
    }
    found.len()
}

/// Nothing is opened, linked or kept.
async fn nothing_has_changed(ana: &Someone, browser: &mut Browser) {
    assert_eq!(browser.takes_up().await.code(), "challenge_ended");
    let sessions = ana.calls(ListSessions { person_id: None }).await.expect("a list").sessions;
    let identities = ana.calls(ListIdentities {}).await.expect("a list").identities;
    assert_eq!((sessions.len(), identities.len()), (1, 1));
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn no_lie_of_a_provider_signs_anybody_in(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let ana = ana(clinic, provider).await;
        for (lie, reason) in [
            ("wrong-iss", "issuer"),
            ("wrong-nonce", "nonce"),
            ("no-nonce", "nonce"),
            ("wrong-aud", "audience"),
            ("more-aud", "audience"),
            ("wrong-azp", "audience"),
            ("expired", "time"),
            ("early", "time"),
            ("not-before", "time"),
            ("unsigned", "algorithm"),
            ("public-key-as-secret", "algorithm"),
            ("client-secret", "algorithm"),
            ("no-signature", "signature"),
            ("other-key", "signature"),
            ("changed", "signature"),
            ("other-kid", "key"),
            ("jku", "key"),
            ("path-kid", "key"),
            ("own-jwk", "signature"),
            ("crit", "type"),
            ("logout-as-id", "type"),
            ("access-as-id", "type"),
            ("twice-sub", "shape"),
            ("no-sub", "shape"),
            ("wrong-at-hash", "access_hash"),
            ("no-time", "proof"),
            ("long-ago", "proof"),
        ] {
            let before = refusals(clinic, reason).await;
            let told = recorded(clinic, COMES_BACK, "provider_distrusted").await;
            let mut browser = provider.browser(clinic);
            let where_to = browser.goes_and_comes_back(&format!("ana&as={lie}")).await;
            assert_eq!(where_to, DISTRUSTED, "{lie}");
            assert_eq!(refusals(clinic, reason).await, before + 1.0, "{lie}: not for {reason}");
            let now_told = recorded(clinic, COMES_BACK, "provider_distrusted").await;
            assert_eq!(now_told, told + 1, "{lie}: it is in the audit log");
            nothing_has_changed(&ana, &mut browser).await;
        }
        // And the truth is believed, by whichever of its keys.
        for truth in ["ana", "ana&as=es256"] {
            let where_to = provider.browser(clinic).goes_and_comes_back(truth).await;
            assert_eq!(where_to, WELCOME, "{truth}");
        }
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn answers_of_others_are_not_taken(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let ana = ana(clinic, provider).await;
        let part = |of: &str, name: &str| {
            let at = of.find(&format!("{name}=")).expect("it is there") + name.len() + 1;
            of[at..].split('&').next().expect("a value").to_owned()
        };
        // A code that somebody else was given, with this browser's own state.
        let (mut hers, mut other) = (provider.browser(clinic), provider.browser(clinic));
        let page = hers.goes().await;
        let own = hers.signs_in_there(&page, "ana").await;
        let page = other.goes().await;
        let foreign = other.signs_in_there(&page, "eve").await;
        let swapped = own.replace(&part(&own, "code"), &part(&foreign, "code"));
        let answer = hers.clone().opens(&swapped).await;
        assert_eq!(location(&answer), DISTRUSTED);
        assert_eq!(refusals(clinic, "code").await, 1.0, "its verifier is another");
        // A whole answer of somebody else's, in this browser; then its own is good no more, since the swap has used it up.
        for back in [&foreign, &own] {
            let answer = hers.opens(back).await;
            assert_eq!(location(&answer), "/#provider_fault=challenge_ended");
        }
        assert_eq!(recorded(clinic, COMES_BACK, "challenge_ended").await, 2);
        nothing_has_changed(&ana, &mut hers).await;
        // Without a state, without anything, and with words that the provider never said.
        let page = hers.goes().await;
        let own = hers.signs_in_there(&page, "ana").await;
        let state = part(&own, "state");
        for bare in ["", "?code=x", "?error=access_denied", "?state=&code=x", "?code=a&code=b"] {
            let answer = hers.opens(&format!("/v1/auth/oidc/sso/callback{bare}")).await;
            assert_eq!(location(&answer), "/#provider_fault=challenge_ended", "{bare}");
        }
        assert_eq!(hers.opens("/v1/auth/oidc/other/callback").await.status, 404);
        assert_eq!(hers.opens("/v1/auth/oidc/other/start").await.status, 404);
        // Another provider's name on it (RFC 9207), or none where this one always writes it.
        for wrong in ["&iss=https%3A%2F%2Fother.example", ""] {
            let mut hers = provider.browser(clinic);
            let page = hers.goes().await;
            let own = hers.signs_in_there(&page, "ana").await;
            let without = own.split("&iss=").next().expect("a beginning").to_owned();
            let answer = hers.opens(&format!("{without}{wrong}")).await;
            assert_eq!(location(&answer), DISTRUSTED, "{wrong}");
        }
        assert_eq!(refusals(clinic, "issuer").await, 2.0);
        // None of all that has taken the flow away from whom it belongs to.
        assert!(own.contains(&state));
        assert_eq!(location(&hers.opens(&own).await), WELCOME);
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn a_code_of_another_client_is_not_taken(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let ana = ana(clinic, provider).await;
        let mut browser = provider.browser(clinic);
        let page = browser.goes().await;
        assert!(page.contains("client_id=bedside&"), "{page}");
        let page = page.replace("client_id=bedside&", "client_id=another-client&");
        let back = browser.signs_in_there(&page, "ana").await;
        assert!(back.contains("code="), "the provider has given one: {back}");
        let answer = browser.opens(&back).await;
        assert_eq!(location(&answer), DISTRUSTED);
        assert_eq!(refusals(clinic, "code").await, 1.0);
        assert_eq!(recorded(clinic, COMES_BACK, "provider_distrusted").await, 1);
        nothing_has_changed(&ana, &mut browser).await;
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn words_of_a_provider_are_passed_on_to_nobody(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let ana = ana(clinic, provider).await;
        let mut browser = provider.browser(clinic);
        let page = browser.goes().await;
        let back = browser.signs_in_there(&page, "ana&denies=yes").await;
        assert!(back.contains("words"), "{back}");
        let answer = browser.opens(&back).await;
        assert_eq!(location(&answer), "/#provider_fault=provider_refused");
        assert!(!answer.text().contains("words"));
        nothing_has_changed(&ana, &mut browser).await;
        let mut linking = provider.browser(clinic);
        let page = linking.begins_link(&ana).await.expect("begun");
        let back = linking.signs_in_there(&page, "ana&denies=yes").await;
        let answer = linking.opens(&back).await;
        assert_eq!(location(&answer), "/account#provider_fault=provider_refused");
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn a_provider_that_is_not_who_it_should_be_is_asked_for_nothing(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        elsewhere.set_nonblocking(true).expect("it does not wait");
        let there = format!("http://{}/token", elsewhere.local_addr().unwrap());
        for (metadata, reason) in [
            (json!({"issuer": "https://other.example"}), "metadata"),
            (json!({"issuer": format!("{}/", provider.issuer)}), "metadata"),
            (json!({"token_endpoint": there}), "metadata"),
            (json!({"jwks_uri": there}), "metadata"),
            (json!({"authorization_endpoint": "javascript:alert(1)"}), "metadata"),
            (json!({"jwks_uri": "http://169.254.169.254/latest"}), "metadata"),
            (json!({"code_challenge_methods_supported": ["plain"]}), "metadata"),
        ] {
            clinic.clock.advance(Duration::from_secs(3));
            provider.says(json!({"metadata": metadata})).await;
            let before = refusals(clinic, reason).await;
            let answer = provider.browser(clinic).opens("/v1/auth/oidc/sso/start").await;
            assert_eq!(location(&answer), DISTRUSTED, "{metadata}");
            assert_eq!(refusals(clinic, reason).await, before + 1.0, "{metadata}");
        }
        assert!(elsewhere.accept().is_err(), "nobody has come");
        // It has just said nonsense, and is left alone, also by whoever comes now.
        provider.says(json!({})).await;
        let answer = provider.browser(clinic).opens("/v1/auth/oidc/sso/start").await;
        assert_eq!(location(&answer), DISTRUSTED);
        clinic.clock.advance(Duration::from_secs(3));
        provider.says(json!({"down": true})).await;
        let answer = provider.browser(clinic).opens("/v1/auth/oidc/sso/start").await;
        assert_eq!(location(&answer), "/#provider_fault=unavailable");
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn keys_are_looked_for_now_and_then_and_nowhere_else(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        // No redirect is followed, and no answer read without end.
        provider.says(json!({"keys": "redirect"})).await;
        let sent = provider.browser(clinic).goes_and_comes_back("ana").await;
        assert_eq!(sent, "/#provider_fault=unavailable");
        clinic.clock.advance(Duration::from_secs(3));
        provider.says(json!({"token": "large"})).await;
        assert_eq!(provider.browser(clinic).goes_and_comes_back("ana").await, DISTRUSTED);
        provider.says(json!({})).await;
        assert_eq!(provider.browser(clinic).goes_and_comes_back("ana").await, WELCOME);
        // Whoever makes up names of keys has it asked once in a while.
        let before = provider.says(json!({"keys": "next"})).await;
        for _ in 0..5 {
            let sent = provider.browser(clinic).goes_and_comes_back("ana&as=new-key").await;
            assert_eq!(sent, DISTRUSTED);
        }
        assert_eq!(provider.says(json!({"keys": "next"})).await, before);
        clinic.clock.advance(Duration::from_secs(31));
        let sent = provider.browser(clinic).goes_and_comes_back("ana&as=new-key").await;
        assert_eq!(sent, WELCOME, "a new key is found");
        let sent = provider.browser(clinic).goes_and_comes_back("ana").await;
        assert_eq!(sent, DISTRUSTED, "and the one before is none any more");
        assert_eq!(provider.says(json!({})).await, before + 1);
    });
}

fn with_wrong_secret(config: &mut Config) {
    with_provider(config);
    std::fs::write(&provider_of(config).secret_file, "another").expect("written");
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn a_secret_that_is_not_taken_is_the_clinics_mistake(#[case] kind: Kind) {
    tell_with_provider(kind, with_wrong_secret, async |clinic, provider| {
        let sent = provider.browser(clinic).goes_and_comes_back("ana").await;
        assert_eq!(sent, "/#provider_fault=unavailable");
        assert_eq!(refusals(clinic, "client").await, 1.0);
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn what_is_taken_up_is_asked_for_as_json_by_the_page(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let mut browser = provider.browser(clinic);
        assert_eq!(browser.goes_and_comes_back("ana").await, WELCOME);
        let cookies: Vec<_> = browser.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut form = Request::new("POST", "/v1/auth/provider")
            .with("content-type", "application/x-www-form-urlencoded")
            .with("cookie", &cookies.join("; "));
        form.body = b"{}".to_vec();
        assert_eq!(form.send(clinic.hub).await.code(), "malformed");
        told(read::<SignInAnswer>(&browser.takes_up().await), FaultCode::IdentityUnknown);
    });
}
