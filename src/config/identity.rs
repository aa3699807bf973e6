//! Settings of signing in.

use super::providers::{self, Provider};
use serde::{Deserialize, Serialize};

/// `[identity]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Clinicians and administrators must have a second factor; whoever has none yet can only enrol one. Off for the demo clinic
    /// and for trials only.
    pub require_second_factor: bool,
    /// What the clinic is called where people enrol: in authenticator apps, and where a passkey is made.
    pub clinic_name: String,
    /// OpenID providers that sign people in, in the order of their buttons.
    pub providers: Vec<Provider>,
    /// Lets a provider be reached without TLS at 127.0.0.1. For tests and development.
    pub allow_loopback_providers: bool,
}

impl Default for Identity {
    fn default() -> Self {
        Identity {
            require_second_factor: true,
            clinic_name: "Bedside".to_owned(),
            providers: vec![],
            allow_loopback_providers: false,
        }
    }
}

impl Identity {
    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let name = &self.clinic_name;
        let is_good = (1..=60).contains(&name.trim().chars().count())
            && !name.chars().any(|it| it.is_control() || it == ':');
        let mut wrong = providers::mistakes(&self.providers, self.allow_loopback_providers);
        if !is_good {
            wrong.push("identity.clinic_name: 1 to 60 characters, no colon");
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_factor_is_asked_for_unless_somebody_says_otherwise() {
        let settings = Identity::default();
        assert!(settings.require_second_factor && settings.mistakes().is_empty());
        for bad in ["", "  ", "a:b", "a\nb", &"x".repeat(61)] {
            let settings = Identity { clinic_name: bad.to_owned(), ..Identity::default() };
            assert_eq!(settings.mistakes().len(), 1, "{bad}");
        }
    }
}
