//! Signing in by an OpenID provider, and the identities that do so.
//!
//! The way there and back is no operation: `GET /v1/auth/oidc/{provider_id}/start` sends the browser to the provider, whose answer goes
//! to `GET /v1/auth/oidc/{provider_id}/callback`; a cookie then holds what the provider has said, for `auth.finish_provider` or
//! `identity.link`.

use crate::protocol::ids::IdentityId;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `provider.list`: by whom people may be signed in here. For the page where they do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListProviders {}

/// Providers, in the order of their buttons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Providers {
    /// They.
    pub providers: Vec<ProviderCard>,
}

/// An OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProviderCard {
    /// Stands in addresses.
    pub provider_id: String,
    /// For the button.
    pub name: String,
}

/// `auth.finish_provider`: opens a session of the account whose identity the provider has named, or asks for its second factor. The same
/// browser has to ask that has come back from the provider, within two minutes, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishProvider {
    /// From the cookie; never in the body.
    #[serde(skip)]
    #[schemars(skip)]
    pub ticket: Phi<String>,
}

/// `identity.begin_link`: where the browser is to go, so that an identity of a provider is linked to the account of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginLink {
    /// Which.
    pub provider_id: String,
}

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkBegun {
    /// Page of the provider.
    pub url: Phi<String>,
    /// For the cookie; never in the body.
    #[serde(skip)]
    #[schemars(skip)]
    pub flow: Phi<String>,
}

/// `identity.link`: links the identity that the provider has named, in the session in which that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkIdentity {
    /// From the cookie; never in the body.
    #[serde(skip)]
    #[schemars(skip)]
    pub ticket: Phi<String>,
}

/// `identity.list`: identities that sign the caller in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListIdentities {}

/// Identities, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identities {
    /// They.
    pub identities: Vec<IdentityCard>,
}

/// An identity that signs an account in. Who it is at the provider is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IdentityCard {
    /// Which.
    pub identity_id: IdentityId,
    /// At which provider; none when the settings do not name it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderCard>,
    /// Since when.
    pub linked_at: UnixMillis,
    /// When it last signed them in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<UnixMillis>,
}

/// `identity.unlink`: it signs nobody in any more, and the other sign-ins that it has opened end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlinkIdentity {
    /// Which.
    pub identity_id: IdentityId,
}
