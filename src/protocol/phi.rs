//! [`Phi`]: a value that may be stored and sent to whom it concerns, and shown to nobody else.
//!
//! Invariant: no `Display`, a blind `Debug`. A name, an address, a token or an SDP inside a `Phi` cannot reach a log
//! line, an error text or a metric label by accident; `expose` is the one word to look for in a review.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Protected health information, or a secret.
#[derive(
    Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Phi(value)
    }

    /// The value, for the person it concerns or for the store. Never for a log.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, with the same care.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> std::fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹redacted›")
    }
}

impl<T> From<T> for Phi<T> {
    fn from(value: T) -> Self {
        Phi(value)
    }
}

impl From<&str> for Phi<String> {
    fn from(value: &str) -> Self {
        Phi(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_nothing_and_serde_says_all() {
        let name: Phi<String> = "Zoe Placeholder".into();
        assert_eq!(format!("{name:?}"), "‹redacted›");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"Zoe Placeholder\"");
    }
}
