//! Which PostgreSQL server is spoken to how, by the address as the driver reads it: with its environment, its aliases, and the last of what stands twice.
//!
//! Invariant: a server on another machine is spoken to over TLS only, and only if it is the one that it says it is. Does not: connect.

use percent_encoding::percent_decode_str;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::net::IpAddr;
use std::path::Path;

/// Where a machine keeps the authorities that it trusts: Debian, then Red Hat.
const AUTHORITIES: [&str; 2] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// Whether it may be spoken to so: on this machine, or known by its certificate.
pub(super) fn is_safe(server: &PgConnectOptions) -> bool {
    let host = server.get_host();
    let is_near = server.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    is_near || matches!(server.get_ssl_mode(), PgSslMode::VerifyFull)
}

/// What programs of PostgreSQL are told of certificates, which the driver reads from the same address. They trust nobody unless they are told.
pub(super) fn certificates(url: &str, mode: PgSslMode) -> Vec<(&'static str, String)> {
    let named = |names: &[&str]| {
        let query = url.split_once('?').map_or("", |it| it.1);
        let mut pairs = query.split('&').filter_map(|it| it.split_once('='));
        let last = pairs.rfind(|(name, _)| names.contains(name))?;
        Some(percent_decode_str(last.1).decode_utf8_lossy().into_owned())
    };
    let root = named(&["sslrootcert", "ssl-root-cert", "ssl-ca"]);
    let own = || AUTHORITIES.iter().find(|it| Path::new(it).exists()).map(|it| (*it).to_owned());
    let is_looked_at = matches!(mode, PgSslMode::VerifyCa | PgSslMode::VerifyFull);
    let told = [
        ("PGSSLROOTCERT", root.or_else(|| own().filter(|_| is_looked_at))),
        ("PGSSLCERT", named(&["sslcert", "ssl-cert"])),
        ("PGSSLKEY", named(&["sslkey", "ssl-key"])),
    ];
    told.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("postgres://bedside@127.0.0.1:5432/clinic", true)]
    #[case("postgres://bedside@localhost/clinic", true)]
    #[case("postgres:///clinic?host=/run/postgresql", true)]
    #[case("postgres://%2Frun%2Fpostgresql/clinic", true)]
    #[case("postgres://bedside@10.0.0.7/clinic", false)]
    #[case("postgres://bedside@db.clinic.example/clinic", false)]
    #[case("postgres://bedside@db.clinic.example/clinic?sslmode=require", false)]
    #[case("postgres://bedside@db.clinic.example/clinic?sslmode=verify-ca", false)]
    #[case("postgres://bedside@db.clinic.example/clinic?sslmode=verify-full", true)]
    #[case("postgres://bedside@db.clinic.example/clinic?ssl-mode=VERIFY-FULL", true)]
    #[case("postgres://bedside@localhost/clinic?hostaddr=10.0.0.7", false)]
    #[case("postgres://bedside@localhost/clinic?host=localhost&host=db.clinic.example", false)]
    #[case("postgres://bedside@10.0.0.7/clinic?sslmode=verify-full&sslmode=disable", false)]
    #[case("postgres://bedside@10.0.0.7/clinic?sslmode=verify-full&ssl-mode=disable", false)]
    fn a_server_elsewhere_is_known_by_its_certificate(#[case] url: &str, #[case] safe: bool) {
        let server: PgConnectOptions = url.parse().expect("an address");
        assert_eq!(is_safe(&server), safe);
    }

    #[test]
    fn programs_are_told_of_the_certificates_that_the_driver_reads() {
        let url = "postgres://db.example/clinic?sslmode=verify-full&sslrootcert=/old.pem\
                   &ssl-ca=/etc/our%20ca.pem&sslcert=/hub.pem&ssl-key=/hub.key";
        let told = certificates(url, PgSslMode::VerifyFull);
        let expected = [
            ("PGSSLROOTCERT", "/etc/our ca.pem"),
            ("PGSSLCERT", "/hub.pem"),
            ("PGSSLKEY", "/hub.key"),
        ];
        assert_eq!(told, expected.map(|(name, it)| (name, it.to_owned())));
        let bare = certificates("postgres://db.example/clinic", PgSslMode::VerifyFull);
        assert!(bare.iter().all(|it| it.0 == "PGSSLROOTCERT"), "{bare:?}");
        assert_eq!(certificates("postgres://localhost/clinic", PgSslMode::Prefer), []);
    }
}
