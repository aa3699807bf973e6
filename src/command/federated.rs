//! The way to an OpenID provider and back, and what the provider tells by itself: they pass the same door as all operations, and stand
//! in no catalogue, because a browser or a provider calls them by an address. HTTP serves them by hand.
//!
//! Invariant: what is recorded of them is which provider and how it ended; codes, states and tokens are in no params.

use crate::protocol::operation::{Access, Effect, Operation, Pace};
use crate::protocol::phi::Phi;
use crate::protocol::session::SessionsEnded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `auth.go_to_provider`: a browser is sent to a provider.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct GoToProvider {
    /// Which.
    pub provider_id: String,
}

/// Where it goes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Going {
    /// Page of the provider.
    #[serde(skip)]
    #[schemars(skip)]
    pub url: Phi<String>,
    /// For the cookie.
    #[serde(skip)]
    #[schemars(skip)]
    pub flow: Phi<String>,
}

/// `auth.come_from_provider`: a browser has come back.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ComeFromProvider {
    /// From which, by the address.
    pub provider_id: String,
    /// What came with it.
    #[serde(skip)]
    #[schemars(skip)]
    pub answer: ProviderAnswer,
    /// From the cookie.
    #[serde(skip)]
    #[schemars(skip)]
    pub flow: Option<Phi<String>>,
}

/// Answer of an authorization endpoint (RFC 6749, 4.1.2; RFC 9207).
#[derive(Debug, Default, Deserialize)]
pub struct ProviderAnswer {
    /// To be exchanged.
    #[serde(default)]
    pub code: Option<Phi<String>>,
    /// As it was sent there.
    #[serde(default)]
    pub state: Option<Phi<String>>,
    /// Who answers.
    #[serde(default)]
    pub iss: Option<String>,
    /// There is no code. Its words are not ours, and are told to nobody.
    #[serde(default)]
    pub error: Option<Phi<String>>,
}

/// It is believed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CameFromProvider {
    /// For the cookie.
    #[serde(skip)]
    #[schemars(skip)]
    pub ticket: Phi<String>,
}

/// `auth.provider_logout`: a provider has ended sessions of its own (OpenID Connect Back-Channel Logout 1.0).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProviderLogsOut {
    /// Which.
    pub provider_id: String,
    /// Says whose.
    #[serde(skip)]
    #[schemars(skip)]
    pub token: Phi<String>,
}

impl Operation for GoToProvider {
    const NAME: &'static str = "auth.go_to_provider";
    const ACCESS: Access = Access::Anyone;
    const EFFECT: Effect = Effect::Live;
    const PACE: Pace = Pace::Credential;
    const SUCCESS: u16 = 302;
    const FRESH: u32 = 0;
    type Output = Going;
}

impl Operation for ComeFromProvider {
    const NAME: &'static str = "auth.come_from_provider";
    const ACCESS: Access = Access::Anyone;
    const EFFECT: Effect = Effect::Live;
    const PACE: Pace = Pace::Credential;
    const SUCCESS: u16 = 303;
    const FRESH: u32 = 0;
    type Output = CameFromProvider;
}

impl Operation for ProviderLogsOut {
    const NAME: &'static str = "auth.provider_logout";
    const ACCESS: Access = Access::Anyone;
    const EFFECT: Effect = Effect::Live;
    // A provider tells of many people from one address.
    const PACE: Pace = Pace::Normal;
    const SUCCESS: u16 = 200;
    const FRESH: u32 = 0;
    type Output = SessionsEnded;
}
