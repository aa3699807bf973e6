//! What counts as proven after a provider has spoken, and what does not.

use crate::support::Kind;
use crate::support::people::told;
use crate::support::provider::{location, tell_with_provider, with_provider};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::Role;
use bedside::protocol::provider::ListIdentities;
use rstest::rstest;

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
