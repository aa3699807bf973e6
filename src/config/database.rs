//! `database_url`: what it may begin with, and what of it may be shown. Which servers are spoken to how is the store's, which reads all of it.
//!
//! Invariant: the password is never shown.

use url::Url;

/// What stands where a password was.
const HIDDEN: &str = "hidden";
/// The driver takes a password from there as well.
const PASSWORD: &str = "password";

/// What is wrong with it; nothing for one that is not set.
pub(super) fn mistake(url: &str) -> Option<&'static str> {
    let is_good = url.is_empty() || url.starts_with("sqlite:") || is_postgres(url);
    (!is_good).then_some("database_url: begins with sqlite: or postgres://")
}

/// The same without its password, to be shown.
pub(super) fn shown(url: &str) -> String {
    if url.is_empty() || url.starts_with("sqlite:") {
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
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", true)]
    #[case("sqlite:/var/lib/bedside/bedside.sqlite", true)]
    #[case("postgres://bedside@127.0.0.1:5432/clinic", true)]
    #[case("postgresql:///clinic?host=/run/postgresql", true)]
    #[case("Postgres://bedside@localhost/clinic", false)]
    #[case(" postgres://bedside@localhost/clinic", false)]
    #[case("mysql://bedside@localhost/clinic", false)]
    fn it_names_one_of_two_databases(#[case] url: &str, #[case] is_good: bool) {
        assert_eq!(mistake(url).is_none(), is_good);
    }

    #[rstest]
    #[case("postgres://bedside:", "@localhost/clinic")]
    #[case("postgres://bedside@localhost/clinic?password=", "&sslmode=disable")]
    #[case("Postgres://bedside:", "@localhost/clinic")]
    #[case("postgres://s@cret:", "@:::")]
    fn no_password_is_shown(#[case] before: &str, #[case] after: &str) {
        let shown = shown(&format!("{before}s%40cret{after}"));
        assert!(shown.contains(HIDDEN) && !shown.contains("cret"), "{shown}");
    }

    #[rstest]
    #[case("sqlite:bedside.sqlite")]
    #[case("postgres://bedside@127.0.0.1:5432/clinic")]
    fn the_rest_is_shown_as_it_is(#[case] url: &str) {
        assert_eq!(shown(url), url);
    }
}
