//! `database_url`: which server is spoken to how, and what of it may be shown.
//!
//! Invariants: a server on another machine is spoken to over TLS, and only if it is the one that it says it is; the password is never shown.

use super::channels::is_this_machine;
use url::Url;

/// What stands where a password was.
const HIDDEN: &str = "hidden";
/// The driver takes a password from there as well.
const PASSWORD: &str = "password";

/// What is wrong with it; nothing for a file, for a socket, and for a server on this machine.
pub(super) fn mistake(url: &str) -> Option<&'static str> {
    if !is_postgres(url) {
        return None;
    }
    let Ok(url) = Url::parse(url) else { return Some("database_url: no address") };
    let setting = |name: &str| url.query_pairs().find(|(it, _)| it == name).map(|(_, it)| it);
    // A host in the query goes before the one of the address; a path is a socket.
    let host = setting("host").or_else(|| url.host_str().map(Into::into));
    let is_near =
        host.is_none_or(|it| it.is_empty() || it.starts_with('/') || is_this_machine(&it));
    let mode = setting("sslmode").or_else(|| setting("ssl-mode"));
    let is_safe = mode.is_some_and(|it| it == "verify-full");
    (!is_near && !is_safe).then_some(
        "database_url: a server on another machine needs sslmode=verify-full (and sslrootcert, when the authority is your own)",
    )
}

/// The same without its password, to be shown.
pub(super) fn shown(url: &str) -> String {
    if !is_postgres(url) {
        return url.to_owned();
    }
    let Ok(mut url) = Url::parse(url) else { return HIDDEN.to_owned() };
    if url.password().is_some() && url.set_password(Some(HIDDEN)).is_err() {
        return HIDDEN.to_owned();
    }
    if url.query().is_some() {
        let hide = |(name, value): (String, String)| match &*name {
            PASSWORD => (name, HIDDEN.to_owned()),
            _ => (name, value),
        };
        let pairs: Vec<_> = url.query_pairs().into_owned().map(hide).collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.into()
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", true)]
    #[case("sqlite:/var/lib/bedside/bedside.sqlite", true)]
    #[case("postgres://bedside@127.0.0.1:5432/clinic", true)]
    #[case("postgres://bedside:secret@localhost/clinic", true)]
    #[case("postgres://bedside@[::1]/clinic", true)]
    #[case("postgres:///clinic?host=/run/postgresql", true)]
    #[case("postgres://bedside@10.0.0.7/clinic", false)]
    #[case("postgres://bedside@db.clinic.example/clinic", false)]
    #[case("postgresql://bedside@db.clinic.example/clinic?sslmode=require", false)]
    #[case("postgresql://bedside@db.clinic.example/clinic?sslmode=verify-ca", false)]
    #[case(
        "postgres://bedside@db.clinic.example/clinic?sslmode=verify-full&sslrootcert=/ca.pem",
        true
    )]
    #[case("postgres://bedside@localhost/clinic?host=db.clinic.example", false)]
    #[case("postgres://:::", false)]
    fn a_server_elsewhere_is_known_by_its_certificate(#[case] url: &str, #[case] is_good: bool) {
        assert_eq!(mistake(url).is_none(), is_good);
    }

    #[rstest]
    #[case("postgres://bedside:s%40cret@localhost/clinic")]
    #[case("postgres://bedside@localhost/clinic?password=s%40cret&sslmode=disable")]
    #[case("postgres://s@cret:s@cret@:::")]
    fn no_password_is_shown(#[case] url: &str) {
        let shown = shown(url);
        assert!(shown.contains(HIDDEN) && !shown.contains("cret"), "{shown}");
    }

    #[rstest]
    #[case("sqlite:bedside.sqlite")]
    #[case("postgres://bedside@127.0.0.1:5432/clinic")]
    fn the_rest_is_shown_as_it_is(#[case] url: &str) {
        assert_eq!(shown(url), url);
    }
}
