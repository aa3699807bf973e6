//! Signing in by an OpenID provider, and the identities that do so.

use super::{at, text, uuid};
use crate::golden::Golden;
use bedside::protocol::ids::IdentityId;
use bedside::protocol::phi::Phi;
use bedside::protocol::provider::*;

fn card() -> ProviderCard {
    ProviderCard { provider_id: "clinic-sso".into(), name: "Fictional Sign-in".into() }
}

fn identity() -> IdentityCard {
    IdentityCard {
        identity_id: IdentityId(uuid(0x301)),
        provider: Some(card()),
        linked_at: at(0),
        last_used_at: Some(at(15)),
    }
}

pub(crate) fn calls() -> Vec<Golden> {
    let of_before = IdentityCard { provider: None, last_used_at: None, ..identity() };
    let url = text("https://id.clinic.example/auth?client_id=bedside&state=c3RhdGU");
    vec![
        Golden::new("finish with a provider", FinishProvider { ticket: Phi::default() }),
        Golden::new("list providers", ListProviders {}),
        Golden::new("providers", Providers { providers: vec![card()] }),
        Golden::new("list identities", ListIdentities {}),
        Golden::new("identities", Identities { identities: vec![identity(), of_before] }),
        Golden::new("begin to link", BeginLink { provider_id: "clinic-sso".into() }),
        Golden::new("where to go to link", LinkBegun { url, flow: Phi::default() }),
        Golden::new("link an identity", LinkIdentity { ticket: Phi::default() }),
        Golden::new("an identity", identity()),
        Golden::new("unlink an identity", UnlinkIdentity { identity_id: IdentityId(uuid(0x301)) }),
    ]
}
