//! People who are signed in by an OpenID provider that somebody else wrote: linked first, or known by their address where the clinic
//! says so.

use crate::stories::residency::{europe, moves, sent_there};
use crate::support::identity::{Account, PASSPHRASE, proves, refreshes, someone, steps_up};
use crate::support::people::{read, told};
use crate::support::provider::{Browser, location, provider_of, tell_with_provider, with_provider};
use crate::support::{Clinic, Kind, Someone};
use bedside::auth::federated::{FLOW_FOR, TICKET_FOR};
use bedside::config::{Config, ProviderRole};
use bedside::protocol::auth::{SignInAnswer, SignedIn};
use bedside::protocol::factor::Proof;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::{ReadMe, ReinstatePerson, Role, SuspendPerson};
use bedside::protocol::provider::{ListIdentities, ListProviders, UnlinkIdentity};
use bedside::protocol::session::{EndSession, ListSessions};
use rstest::rstest;
use std::time::Duration;

const NAME: &str = "Ana Fictional";

/// Signed in by the provider.
fn opened(clinic: &Clinic, answer: SignInAnswer) -> Someone {
    let signed = answer.opened().expect("no factor is asked for");
    Someone {
        name: signed.me.display_name.expose().clone(),
        person_id: signed.me.person_id,
        session_id: Some(signed.me.session_id),
        token: signed.access_token.into_exposed(),
        hub: clinic.hub,
        cookie: None,
    }
}

async fn linked(clinic: &Clinic, browser: &mut Browser, account: &Account) -> Someone {
    let ana = account.signs_in(clinic.hub).await;
    browser.links_as(&ana, "ana").await.expect("linked");
    ana
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_has_linked_an_identity_is_signed_in_by_it(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let listed = clinic.stranger().calls(ListProviders {}).await.expect("a list").providers;
        assert_eq!((listed.len(), listed[0].name.as_str()), (1, "Fictional Sign-in"));
        let account = clinic.account(Role::Patient, NAME).await;
        let mut browser = provider.browser(clinic);
        told(browser.signs_in("ana").await, FaultCode::IdentityUnknown);
        let ana = linked(clinic, &mut provider.browser(clinic), &account).await;

        let mut browser = provider.browser(clinic);
        let page = browser.goes().await;
        for part in
            ["response_type=code", "max_age=900&", "code_challenge_method=S256", "nonce=", "state="]
        {
            assert!(page.contains(part), "{page}");
        }
        let back = browser.signs_in_there(&page, "ana").await;
        let before = browser.clone();
        let answer = browser.opens(&back).await;
        assert_eq!(location(&answer), "/#provider=back");
        assert!(answer.headers.iter().any(|(_, it)| it.contains("HttpOnly; SameSite=Lax")));
        let ticket = browser.clone();
        let answer = browser.takes_up().await;
        let signed = read::<SignInAnswer>(&answer).expect("signed in").opened().expect("at once");
        assert_eq!(signed.me.display_name.expose(), NAME);
        let here = someone(clinic.hub, &answer, signed);
        here.calls(ReadMe {}).await.expect("a session");
        read::<SignedIn>(&refreshes(&here).await).expect("and it goes on");
        assert!(browser.cookies.keys().all(|it| !it.contains("provider")), "{:?}", browser.cookies);

        // Both were used: by whoever has the cookie of before, and by a browser that never had one.
        for mut other in [before, provider.browser(clinic)] {
            let answer = other.opens(&back).await;
            assert_eq!(location(&answer), "/#provider_fault=challenge_ended");
        }
        for mut other in [ticket, provider.browser(clinic)] {
            let answer = other.takes_up().await;
            assert_eq!(answer.code(), "challenge_ended");
        }

        let cards = ana.calls(ListIdentities {}).await.expect("a list").identities;
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].last_used_at, Some(bedside::clock::Clock::now(&clinic.clock)));
        let op = UnlinkIdentity { identity_id: cards[0].identity_id };
        told(clinic.patient("Eve Fictional").await.calls(op).await, FaultCode::NotFound);
        ana.calls(op).await.expect("unlinked");
        told(here.calls(ReadMe {}).await, FaultCode::SessionEnded);
        ana.calls(ReadMe {}).await.expect("what a password has opened goes on");
        told(provider.browser(clinic).signs_in("ana").await, FaultCode::IdentityUnknown);
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_provider_opens_nothing_to_who_is_suspended(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let account = clinic.account(Role::Patient, NAME).await;
        let ana = linked(clinic, &mut provider.browser(clinic), &account).await;
        let person_id = ana.person_id.expect("an account");
        let suspend = SuspendPerson { person_id, reason: "fictional".into() };
        clinic.admin.calls(suspend).await.expect("suspended");
        told(provider.browser(clinic).signs_in("ana").await, FaultCode::IdentityUnknown);
        clinic.admin.calls(ReinstatePerson { person_id }).await.expect("reinstated");
        opened(clinic, provider.browser(clinic).signs_in("ana").await.expect("signed in"));
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_provider_says_to_who_moved_where_that_is(#[case] kind: Kind) {
    let settings = |config: &mut Config| {
        with_provider(config);
        europe(config);
    };
    tell_with_provider(kind, settings, async |clinic, provider| {
        let account = clinic.account(Role::Patient, NAME).await;
        let ana = linked(clinic, &mut provider.browser(clinic), &account).await;
        moves(clinic, ana.person_id.expect("an account"), "us-east").await.expect("moved");
        sent_there(provider.browser(clinic).signs_in("ana").await);
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn an_identity_is_linked_by_its_owner_alone(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let account = clinic.account(Role::Patient, NAME).await;
        let ana = account.signs_in(clinic.hub).await;
        let eve = clinic.account(Role::Patient, "Eve Fictional").await.signs_in(clinic.hub).await;
        // Whose cookie it is does not matter to whoever has another session.
        let mut browser = provider.browser(clinic);
        let page = browser.begins_link(&ana).await.expect("begun");
        let back = browser.signs_in_there(&page, "ana").await;
        let answer = browser.opens(&back).await;
        assert_eq!(location(&answer), "/account#provider=back");
        told(browser.links(&eve).await, FaultCode::ChallengeEnded);
        let elsewhere = account.signs_in(clinic.hub).await;
        told(browser.links(&elsewhere).await, FaultCode::ChallengeEnded);
        assert_eq!(
            browser.clone().takes_up().await.code(),
            "challenge_ended",
            "it signs nobody in"
        );
        browser.links(&ana).await.expect("linked");
        let again = provider.browser(clinic).links_as(&ana, "ana").await.expect("it is hers");
        assert_eq!(ana.calls(ListIdentities {}).await.unwrap().identities, [again]);
        told(provider.browser(clinic).links_as(&eve, "ana").await, FaultCode::IdentityTaken);
        told(provider.browser(clinic).links_as(&ana, "ana.two").await, FaultCode::IdentityTaken);
        // What signs in is no link.
        let mut browser = provider.browser(clinic);
        assert_eq!(browser.goes_and_comes_back("eve").await, "/#provider=back");
        told(browser.links(&eve).await, FaultCode::ChallengeEnded);

        clinic.clock.advance(Duration::from_secs(601));
        let later = account.signs_in(clinic.hub).await;
        told(provider.browser(clinic).begins_link(&ana).await, FaultCode::StepUp);
        let op = UnlinkIdentity { identity_id: again_id(&later).await };
        told(ana.calls(op).await, FaultCode::StepUp);
        steps_up(&ana, Proof::Password { password: PASSPHRASE.into() }).await.expect("it is her");
        provider.browser(clinic).begins_link(&ana).await.expect("again");
    });
}

async fn again_id(who: &Someone) -> bedside::protocol::ids::IdentityId {
    who.calls(ListIdentities {}).await.expect("a list").identities[0].identity_id
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn a_way_and_what_came_back_end_after_a_time(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let account = clinic.account(Role::Patient, NAME).await;
        linked(clinic, &mut provider.browser(clinic), &account).await;
        let mut browser = provider.browser(clinic);
        assert_eq!(browser.goes_and_comes_back("ana").await, "/#provider=back");
        clinic.clock.advance(TICKET_FOR);
        assert_eq!(browser.takes_up().await.code(), "challenge_ended");
        let mut browser = provider.browser(clinic);
        let page = browser.goes().await;
        let back = browser.signs_in_there(&page, "ana").await;
        clinic.clock.advance(FLOW_FOR);
        let answer = browser.opens(&back).await;
        assert_eq!(location(&answer), "/#provider_fault=challenge_ended");
    });
}

fn strict(config: &mut Config) {
    with_provider(config);
    config.identity.require_second_factor = true;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_second_factor_is_asked_for_unless_the_provider_has_seen_one(#[case] kind: Kind) {
    tell_with_provider(kind, with_provider, async |clinic, provider| {
        let mut account = clinic.account(Role::Clinician, NAME).await;
        let ana = linked(clinic, &mut provider.browser(clinic), &account).await;
        clinic.enrols(&ana, &mut account).await;
        clinic.clock.advance(Duration::from_secs(30));
        let mut browser = provider.browser(clinic);
        let asked = browser.signs_in("ana").await.expect("known").opened();
        let asked = *asked.expect_err("her factor");
        let code = clinic.code(&account);
        let totp = Proof::Totp { code: code.clone() };
        let password = Proof::Password { password: PASSPHRASE.into() };
        told(proves(clinic.hub, &asked.challenge, &password).await, FaultCode::WrongFactor);
        let here = proves(clinic.hub, &asked.challenge, &totp).await.expect("it is her");
        assert_eq!(here.person_id, ana.person_id);
        told(proves(clinic.hub, &asked.challenge, &totp).await, FaultCode::WrongFactor);
        for who in ["ana&as=two-factors", "ana&acr=urn:example:two"] {
            let signed = provider.browser(clinic).signs_in(who).await.expect("known");
            opened(clinic, signed).calls(ReadMe {}).await.expect("a session");
        }
        // Her factor is of now, and what the provider has seen is of when it says.
        let op = ListSessions { person_id: None };
        assert_eq!(here.calls(op).await.unwrap().sessions.len(), 4);
        provider.browser(clinic).begins_link(&here).await.expect("a fresh proof");
        let signed = provider.browser(clinic).signs_in("ana&as=proven-before").await.unwrap();
        let by_them = opened(clinic, signed);
        told(provider.browser(clinic).begins_link(&by_them).await, FaultCode::StepUp);
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
fn who_must_have_a_second_factor_enrols_one_or_has_shown_one_there(#[case] kind: Kind) {
    tell_with_provider(kind, strict, async |clinic, provider| {
        let admin = clinic.admin.clone();
        provider.browser(clinic).links_as(&admin, "ada").await.expect("linked");
        let one = provider.browser(clinic).signs_in("ada").await.expect("known").opened();
        assert!(one.expect("signed in").me.must_enrol, "one factor is not enough");
        let two = provider.browser(clinic).signs_in("ada&as=two-factors").await.unwrap().opened();
        assert!(!two.expect("signed in").me.must_enrol);
        let fresh = provider.browser(clinic).signs_in("ada&as=just-proven").await.unwrap();
        let fresh = opened(clinic, fresh);
        told(fresh.calls(ListIdentities {}).await, FaultCode::FactorRequired);
    });
}

fn authoritative(config: &mut Config) {
    with_provider(config);
    let provider = provider_of(config);
    provider.email_domains = vec!["clinic.invalid".to_owned()];
    provider.is_authoritative = true;
    provider.roles = vec![ProviderRole::Clinician];
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_address_finds_an_account_where_the_clinic_says_so_and_once(#[case] kind: Kind) {
    tell_with_provider(kind, authoritative, async |clinic, provider| {
        clinic.account(Role::Clinician, NAME).await;
        let mut browser = provider.browser(clinic);
        let unverified = "unverified.ana.fictional";
        told(browser.signs_in(unverified).await, FaultCode::NotThisWay);
        let fresh = || provider.browser(clinic);
        told(fresh().signs_in("nobody").await, FaultCode::IdentityUnknown);
        clinic.account(Role::Patient, "Bo Fictional").await;
        told(fresh().signs_in("bo.fictional").await, FaultCode::NotThisWay);
        let ana = opened(clinic, fresh().signs_in("ana.fictional").await.expect("found"));
        assert_eq!(ana.name, NAME);
        let cards = ana.calls(ListIdentities {}).await.expect("a list").identities;
        assert_eq!(cards.len(), 1, "and linked");
        opened(clinic, fresh().signs_in("ana.fictional").await.expect("known by now"));
        // Somebody else there who gets her address later does not get her account.
        told(fresh().signs_in("ana.fictional&as=other-sub").await, FaultCode::IdentityUnknown);

        let mut dora = clinic.account(Role::Clinician, "Dora Fictional").await;
        let here = dora.signs_in(clinic.hub).await;
        clinic.enrols(&here, &mut dora).await;
        clinic.clock.advance(Duration::from_secs(30));
        let asked = fresh().signs_in("dora.fictional&as=two-factors").await.expect("found");
        let asked = *asked.opened().expect_err("her own factor, whatever the provider has seen");
        assert_eq!(here.calls(ListIdentities {}).await.unwrap().identities, [], "not linked yet");
        let totp = Proof::Totp { code: clinic.code(&dora) };
        proves(clinic.hub, &asked.challenge, &totp).await.expect("it is her");
        assert_eq!(here.calls(ListIdentities {}).await.unwrap().identities.len(), 1);
        let again = fresh().signs_in("dora.fictional&as=two-factors").await.expect("known");
        let again = opened(clinic, again);
        let session_id = again.session_id.expect("a session");
        again.calls(EndSession { session_id }).await.expect("ended");
    });
}
