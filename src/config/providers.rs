//! Settings of OpenID providers that sign people in: `[[identity.providers]]`.
//!
//! Invariant: what a provider may do here is written down by whoever runs the hub; nothing of it is taken from the provider.
//! Does not: hold secrets; they are a file or a variable each.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::PathBuf;

/// Providers that a clinic may have: a page shows a button for each.
const MAX_PROVIDERS: usize = 8;
/// Beginning of the variable that holds the secret of a provider without a file; its id follows in capitals, `_` for `-`.
pub const PROVIDER_SECRET_VARIABLE: &str = "BEDSIDE_OIDC_SECRET_";

/// An OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Stands in addresses: 1 to 32 of `a-z`, `0-9` and `-`. Whoever changes it changes the redirect address.
    pub id: String,
    /// What it is called on the button.
    pub name: String,
    /// As the provider writes it in its tokens, to the letter.
    pub issuer: String,
    /// What the provider calls this hub.
    pub client_id: String,
    /// File with the client's secret. Empty: the variable `BEDSIDE_OIDC_SECRET_<ID>`, or no secret at all (a public client).
    #[serde(default)]
    pub secret_file: PathBuf,
    /// Short name of the organisation whose accounts it signs in. Without it: the first one.
    #[serde(default)]
    pub organisation: Option<String>,
    /// Accounts of these roles may be signed in by it.
    pub roles: Vec<ProviderRole>,
    /// When there are any: identities without a verified e-mail address in one of these domains are refused.
    #[serde(default)]
    pub email_domains: Vec<String>,
    /// The provider alone says who has an address in `email_domains`, so that a verified one finds the account at the first sign-in.
    /// Not for patients: they register themselves, and nobody has asked whether the address is theirs.
    #[serde(default)]
    pub is_authoritative: bool,
    /// Values of `acr` that are two factors. They are asked for.
    #[serde(default)]
    pub second_factor_acr: Vec<String>,
    /// Values of `amr` that tell of a second factor.
    #[serde(default)]
    pub second_factor_amr: Vec<String>,
    /// Seconds after which whoever is signed in at the provider shows there anew who they are. Without it: as long as accounts of `roles` may be
    /// left alone here, the shortest of those times.
    #[serde(default)]
    pub max_age_s: Option<u32>,
    /// Hosts beside the issuer's on which the provider's endpoints may be.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The provider has a private address: it stands in the clinic's own network.
    #[serde(default)]
    pub is_inside: bool,
    /// Authorities in the place of the machine's own, in PEM.
    #[serde(default)]
    pub ca_file: PathBuf,
}

/// Roles of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderRole {
    /// Who is treated.
    Patient,
    /// Who treats.
    Clinician,
    /// Who translates.
    Interpreter,
    /// Who runs the clinic.
    Admin,
    /// Who helps people to sign in.
    Support,
}

impl Provider {
    /// It is reached without TLS, at this machine. For tests and development.
    pub fn is_loopback(&self) -> bool {
        self.issuer.starts_with("http://127.0.0.1:")
    }

    /// Name of the variable with its secret.
    pub fn secret_variable(&self) -> String {
        let id = self.id.to_ascii_uppercase().replace('-', "_");
        format!("{PROVIDER_SECRET_VARIABLE}{id}")
    }

    /// Its secret, where that is a variable.
    #[expect(
        clippy::disallowed_methods,
        reason = "the environment is read here; a secret is no setting, and is printed by none"
    )]
    pub fn secret_given(&self) -> Option<String> {
        std::env::var(self.secret_variable()).ok().filter(|it| !it.is_empty())
    }

    fn mistakes(&self, allows_loopback: bool) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let is_letter = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        if !(1..=32).contains(&self.id.len()) || !self.id.chars().all(is_letter) {
            wrong.push("identity.providers.id: 1 to 32 of a-z, 0-9 and -");
        }
        let name = self.name.trim().chars().count();
        if !(1..=60).contains(&name) || self.name.chars().any(char::is_control) {
            wrong.push("identity.providers.name: 1 to 60 characters");
        }
        let is_secure = self.issuer.starts_with("https://");
        let is_allowed = is_secure || (allows_loopback && self.is_loopback());
        if !is_allowed {
            wrong.push(
                "identity.providers.issuer: https, or http://127.0.0.1:… with identity.allow_loopback_providers",
            );
        }
        if self.issuer.len() > 255 || self.issuer.contains(['?', '#', '@', ' ']) {
            wrong.push(
                "identity.providers.issuer: at most 255 bytes, without query, fragment and user",
            );
        }
        if !(1..=255).contains(&self.client_id.len()) {
            wrong.push("identity.providers.client_id: 1 to 255 bytes");
        }
        if self.roles.is_empty() {
            wrong.push("identity.providers.roles: at least one");
        }
        let is_domain =
            |it: &String| it.contains('.') && it.chars().all(|it| is_letter(it) || it == '.');
        if !self.email_domains.iter().all(is_domain) {
            wrong.push("identity.providers.email_domains: domains in lower case, without @");
        }
        let is_name =
            |it: &str| !it.is_empty() && !it.starts_with('[') && it.parse::<IpAddr>().is_err();
        let is_host = |it: &String| {
            is_name(it) && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '.')
        };
        if !self.hosts.iter().all(is_host) {
            wrong.push("identity.providers.hosts: names alone, without scheme, port and path");
        }
        let host = self.issuer.split("://").nth(1).and_then(|it| it.split(['/', ':']).next());
        if is_secure && !host.is_some_and(is_name) {
            wrong.push("identity.providers.issuer: a host with a name, not an address");
        }
        if self.is_authoritative && self.email_domains.is_empty() {
            wrong.push("identity.providers.is_authoritative: for which email_domains?");
        }
        if self.max_age_s.is_some_and(|it| !(60..=86_400).contains(&it)) {
            wrong.push("identity.providers.max_age_s: 60 to 86400");
        }
        if self.is_authoritative && self.roles.contains(&ProviderRole::Patient) {
            wrong.push(
                "identity.providers.is_authoritative: not with the role patient; whoever registers gives any address",
            );
        }
        wrong
    }
}

pub(super) fn mistakes(providers: &[Provider], allows_loopback: bool) -> Vec<&'static str> {
    let mut wrong: Vec<_> = providers.iter().flat_map(|it| it.mistakes(allows_loopback)).collect();
    if providers.len() > MAX_PROVIDERS {
        wrong.push("identity.providers: at most 8");
    }
    let is_twice = |at: usize, it: &Provider| {
        let before = providers.iter().take(at);
        before.into_iter().any(|other| other.id == it.id || other.issuer == it.issuer)
    };
    if providers.iter().enumerate().any(|(at, it)| is_twice(at, it)) {
        wrong.push("identity.providers: an id and an issuer stand once");
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Provider {
        Provider {
            id: "clinic-sso".to_owned(),
            name: "Clinic".to_owned(),
            issuer: "https://id.clinic.example".to_owned(),
            client_id: "bedside".to_owned(),
            secret_file: PathBuf::new(),
            organisation: None,
            roles: vec![ProviderRole::Clinician],
            email_domains: vec!["clinic.example".to_owned()],
            is_authoritative: true,
            second_factor_acr: vec![],
            second_factor_amr: vec![],
            max_age_s: None,
            hosts: vec![],
            is_inside: false,
            ca_file: PathBuf::new(),
        }
    }

    #[test]
    fn every_mistake_is_named() {
        assert_eq!(mistakes(&[good()], false), Vec::<&str>::new());
        let wrong = |change: fn(&mut Provider)| {
            let mut it = good();
            change(&mut it);
            mistakes(&[it], false).join("\n")
        };
        for (change, named) in [
            ((|it| it.id = "A b".to_owned()) as fn(&mut Provider), "providers.id"),
            (|it| it.name = " ".to_owned(), "providers.name"),
            (|it| it.issuer = "http://id.clinic.example".to_owned(), "providers.issuer: https"),
            (|it| it.issuer = "http://127.0.0.1:4000".to_owned(), "allow_loopback_providers"),
            (|it| it.issuer = "https://a@id.example".to_owned(), "without query"),
            (|it| it.client_id = String::new(), "client_id"),
            (|it| it.roles = vec![], "roles"),
            (|it| it.email_domains = vec!["@clinic.example".to_owned()], "email_domains"),
            (|it| it.email_domains = vec![], "is_authoritative"),
            (|it| it.hosts = vec!["https://keys.example".to_owned()], "hosts: names alone"),
            (|it| it.hosts = vec!["keys.example:8443".to_owned()], "hosts: names alone"),
            (|it| it.hosts = vec!["10.0.0.7".to_owned()], "hosts: names alone"),
            (|it| it.issuer = "https://10.0.0.7/realms/a".to_owned(), "not an address"),
            (|it| it.issuer = "https://[::1]/realms/a".to_owned(), "not an address"),
            (|it| it.max_age_s = Some(59), "max_age_s"),
            (|it| it.max_age_s = Some(86_401), "max_age_s"),
            (|it| it.roles.push(ProviderRole::Patient), "not with the role patient"),
        ] {
            assert!(wrong(change).contains(named), "{named}");
        }
        assert!(mistakes(&[good(), good()], false).join("\n").contains("stand once"));
        let here = Provider { issuer: "http://127.0.0.1:4000".to_owned(), ..good() };
        assert_eq!(mistakes(&[here], true), Vec::<&str>::new());
    }

    #[test]
    fn a_secret_has_a_variable_of_its_own() {
        assert_eq!(good().secret_variable(), "BEDSIDE_OIDC_SECRET_CLINIC_SSO");
    }
}
