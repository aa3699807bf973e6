//! OPENID PROVIDERS: what the hub, as a relying party, asks of those that the settings name, and what it believes of their answers.
//!
//! Owns: discovery and keys ([`provider`], [`known`]), the requests ([`outbound`]), signatures ([`jwt`]) and what a token has to say ([`claims`]).
//! Invariants: nothing is asked of a host that the settings do not name; a token is believed for its signature by a key of the
//! issuer, an algorithm of our list, issuer, audience, times and, in a sign-in, the nonce of that browser; whatever is wrong,
//! nobody outside learns which. Does not: know accounts.

mod claims;
mod jwt;
mod known;
mod outbound;
mod provider;
mod refusal;

pub use claims::{LogoutTold, Said};
pub use provider::{Begun, ProofAsked, Provider};
pub use refusal::Refusal;

use crate::clock::Clock;
use crate::config::Config;
use std::io;
use std::sync::Arc;

/// All providers of the settings.
#[derive(Debug)]
pub struct Federation {
    providers: Vec<Arc<Provider>>,
}

impl Federation {
    /// As the settings say. Asks nobody: a provider that is down keeps no hub from starting.
    ///
    /// # Errors
    /// A secret or certificate that cannot be read.
    pub fn open(config: &Config, clock: &Arc<dyn Clock>) -> io::Result<Self> {
        let open = |it| Provider::open(it, config, clock).map(Arc::new);
        let providers = config.identity.providers.iter().map(open).collect::<io::Result<_>>()?;
        Ok(Federation { providers })
    }

    /// The provider of that id.
    pub fn find(&self, id: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|it| it.id() == id)
    }

    /// The provider that names itself so.
    pub fn of_issuer(&self, issuer: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|it| it.issuer() == issuer)
    }

    /// All, in the order of the settings.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.providers.iter()
    }
}
