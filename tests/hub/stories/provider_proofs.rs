//! What counts as proven after a provider has spoken, and what does not.

use crate::support::http::Request;
use crate::support::identity::{PASSPHRASE, steps_up};
use crate::support::people::told;
use crate::support::provider::{
    Browser, location, provider_of, tell_with_provider, tells_logout, with_provider,
};
use crate::support::{Clinic, Kind, Someone};
use bedside::config::{Config, ProviderRole};
use bedside::protocol::factor::Proof;
use bedside::protocol::factor::ResetFactors;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::Role;
use bedside::protocol::provider::ListIdentities;
use bedside::store::trail::{AuditQuery, FoundAudit};
use rstest::rstest;
use serde_json::json;
use std::time::Duration;

const NAME: &str = "Ana Fictional";

/// A computer of a ward: a colleague's session at the provider is open, and it is hers that would be linked.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn who_links_an_identity_shows_there_anew_that_it_is_theirs(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let ana = clinic.account(Role::Clinician, NAME).await.signs_in(clinic.hub).await;
        let mut shared = provider.browser(clinic);
        told(shared.signs_in("bo").await, FaultCode::IdentityUnknown);
        let page = shared.begins_link(&ana).await.expect("begun");
        assert!(page.contains("prompt=login") && page.contains("max_age=0"), "{page}");
        assert!(shared.is_asked(&page).await, "whoever is signed in there is not taken for her");
        // A provider that asks nobody, or does not say when it has.
        for lie in ["proven-before", "no-time"] {
            let mut browser = provider.browser(clinic);
            let page = browser.begins_link(&ana).await.expect("begun");
            let back = browser.signs_in_there(&page, &format!("ana&as={lie}")).await;
            let answer = browser.opens(&back).await;
            assert_eq!(location(&answer), "/account#provider_fault=provider_distrusted", "{lie}");
            told(browser.links(&ana).await, FaultCode::ChallengeEnded);
        }
        assert_eq!(ana.calls(ListIdentities {}).await.expect("a list").identities, []);
        provider.browser(clinic).links_as(&ana, "ana").await.expect("it is her");
    });
}

fn for_patients(config: &mut Config) {
    with_provider(config);
    provider_of(config).roles = vec![ProviderRole::Patient];
}

fn strict(config: &mut Config) {
    with_provider(config);
    config.identity.require_second_factor = true;
}

fn strict_and_authoritative(config: &mut Config) {
    strict(config);
    let provider = provider_of(config);
    provider.email_domains = vec!["clinic.invalid".to_owned()];
    provider.is_authoritative = true;
    provider.roles = vec![ProviderRole::Clinician];
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn who_is_found_by_an_address_has_shown_no_second_factor(#[case] kind: Kind) {
    tell_with_provider(kind, strict_and_authoritative, async |clinic, provider| {
        clinic.account(Role::Clinician, NAME).await;
        let found = provider.browser(clinic).signs_in("ana.fictional&as=two-factors").await;
        let found = found.expect("found").opened().expect("she has none here");
        assert!(found.me.must_enrol, "whatever the provider has seen");
    });
}

/// Signed in by a provider that has seen two factors; she has none here.
async fn trusted(clinic: &Clinic, browser: &mut Browser) -> Someone {
    let signed = browser.signs_in("ana&as=two-factors").await.expect("known").opened();
    let signed = signed.expect("nothing is asked for");
    assert!(!signed.me.must_enrol);
    Someone {
        name: signed.me.display_name.expose().clone(),
        person_id: signed.me.person_id,
        session_id: Some(signed.me.session_id),
        token: signed.access_token.into_exposed(),
        hub: clinic.hub,
        cookie: None,
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn who_must_have_two_factors_proves_nothing_by_a_password(#[case] kind: Kind) {
    tell_with_provider(kind, strict, async |clinic, provider| {
        let mut account = clinic.account(Role::Clinician, NAME).await;
        let limited = account.signs_in(clinic.hub).await;
        let person_id = limited.person_id.expect("an account");
        let before = clinic.signs_in(person_id, Role::Clinician, NAME).await;
        provider.browser(clinic).links_as(&before, "ana").await.expect("linked");
        let by_them = trusted(clinic, &mut provider.browser(clinic)).await;
        clinic.clock.advance(Duration::from_secs(601));
        let fault = provider.browser(clinic).begins_link(&by_them).await.expect_err("long ago");
        assert_eq!(fault.code, FaultCode::StepUp);
        assert_eq!(fault.step_up.expect("by what").methods, [], "nothing is enrolled");
        let password = || Proof::Password { password: PASSPHRASE.into() };
        told(steps_up(&by_them, password()).await, FaultCode::WrongFactor);
        told(provider.browser(clinic).begins_link(&by_them).await, FaultCode::StepUp);
        // For what a password alone may do it is enough: enrolling.
        steps_up(&limited, password()).await.expect("it is her");
        clinic.enrols(&limited, &mut account).await;
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn with_the_factors_go_the_identities(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let account = clinic.account(Role::Patient, NAME).await;
        let ana = account.signs_in(clinic.hub).await;
        provider.browser(clinic).links_as(&ana, "ana").await.expect("linked");
        let person_id = ana.person_id.expect("an account");
        clinic.admin.calls(ResetFactors { person_id }).await.expect("reset");
        told(provider.browser(clinic).signs_in("ana").await, FaultCode::IdentityUnknown);
        let again = account.signs_in(clinic.hub).await;
        assert_eq!(again.calls(ListIdentities {}).await.expect("a list").identities, []);
    });
}

/// What rows of a finished operation name, beside their targets.
async fn recorded(clinic: &Clinic, operation: &str) -> Vec<(String, Vec<String>)> {
    let query = AuditQuery {
        operations: vec![operation.to_owned()],
        phase: Some("ok".to_owned()),
        limit: 10,
        ..AuditQuery::default()
    };
    let found = clinic.store.search_audit(query).await.expect("the log");
    let names = |it: FoundAudit| {
        (it.row.target.unwrap_or_default(), it.row.returned.map(|it| it.ids).unwrap_or_default())
    };
    found.into_iter().map(names).collect()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn the_audit_log_says_by_which_provider_and_identity_and_whom(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let ana = clinic.account(Role::Patient, NAME).await.signs_in(clinic.hub).await;
        let person = format!("person_id:{}", ana.person_id.expect("an account"));
        let card = provider.browser(clinic).links_as(&ana, "ana").await.expect("linked");
        let identity = format!("identity_id:{}", card.identity_id);
        let sso = "provider:sso".to_owned();
        let begun = recorded(clinic, "identity.begin_link").await;
        assert_eq!(begun, [(sso.clone(), vec![])]);
        let linked = recorded(clinic, "identity.link").await;
        assert_eq!(linked, [(sso.clone(), vec![identity.clone()])]);
        provider.browser(clinic).signs_in("ana").await.expect("known");
        let signed_in = recorded(clinic, "auth.finish_provider").await;
        assert_eq!(signed_in, [(person.clone(), vec![sso.clone(), identity])]);
        clinic.clock.advance(Duration::from_secs(1));
        let token = provider.logout_token(json!({"sub": "ana"}), json!({}), "own").await;
        assert_eq!(tells_logout(clinic, &token).await.status, 200);
        let signed_out = recorded(clinic, "auth.provider_logout").await;
        assert_eq!(signed_out, [(sso, vec![person])]);
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn another_site_begins_no_sign_in(#[case] kind: Kind) {
    tell_with_provider(kind, for_patients, async |clinic, provider| {
        let browser = provider.browser(clinic);
        for (site, is_let) in
            [("cross-site", false), ("same-site", true), ("same-origin", true), ("none", true)]
        {
            let request = Request::new("GET", "/v1/auth/oidc/sso/start");
            let answer = request.with("sec-fetch-site", site).send(browser.hub).await;
            let sent = location(&answer);
            assert_eq!(sent.starts_with(&provider.issuer), is_let, "{site}: {sent}");
            assert_eq!(
                sent.contains("max_age=3600&"),
                is_let,
                "patients may be left alone for an hour"
            );
            assert!(is_let || sent == "/#provider_fault=forbidden", "{site}: {sent}");
        }
    });
}
