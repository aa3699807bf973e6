//! What every answer carries, whoever asks for whatever: the table of headers over all routes.

use crate::support::http::{Answer, Request};
use crate::support::people::read;
use crate::support::raw::upgrade;
use crate::support::{Clinic, Kind, tell, tell_with};
use bedside::protocol::auth::SignInAnswer;
use bedside::protocol::catalogue::CATALOGUE;
use bedside::protocol::practice::RegisterPatient;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// What stands in every answer, word for word.
const ALWAYS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-permitted-cross-domain-policies", "none"),
];

/// Routes beside the catalogue, as they stand in the sources of `http`, and what to ask for.
const BESIDE: [(&str, &str, &str); 17] = [
    ("/healthz", "GET", "/healthz"),
    ("/readyz", "GET", "/readyz"),
    ("/metrics", "GET", "/metrics"),
    ("/.well-known/jwks.json", "GET", "/.well-known/jwks.json"),
    ("/v1/network-probe", "GET", "/v1/network-probe?bytes=10"),
    ("/drills/media-workers/{worker}/kill", "POST", "/drills/media-workers/0/kill"),
    ("/sandbox-pay/{provider_ref}", "GET", "/sandbox-pay/nothing"),
    ("/sandbox-pay/{provider_ref}/{choice}", "POST", "/sandbox-pay/nothing/approve"),
    ("/v1/payments/messages", "POST", "/v1/payments/messages"),
    ("", "GET", "/v1/socket"),
    ("", "HEAD", "/v1/files/00000000-0000-0000-0000-000000000007/content"),
    ("", "PATCH", "/v1/files/00000000-0000-0000-0000-000000000007/content"),
    ("", "GET", "/v1/files/00000000-0000-0000-0000-000000000007/original?token=none"),
    ("/.well-known/security.txt", "GET", "/.well-known/security.txt"),
    ("/v1/auth/oidc/{provider}/start", "GET", "/v1/auth/oidc/none/start"),
    ("/v1/auth/oidc/{provider}/callback", "GET", "/v1/auth/oidc/none/callback?state=none"),
    ("/v1/auth/oidc/{provider}/logout", "POST", "/v1/auth/oidc/none/logout"),
];

/// What may be kept by a cache: nothing but what is the same for everybody.
fn may_be_kept(path: &str, status: u16) -> Option<&'static str> {
    match path {
        _ if status != 200 => None,
        "/.well-known/jwks.json" => Some("public, max-age=300"),
        _ if path.starts_with("/assets/") => Some("public, max-age=31536000, immutable"),
        _ if path.starts_with("/v1/") || path.starts_with("/api/") => None,
        "/healthz" | "/readyz" | "/metrics" | "/.well-known/security.txt" => None,
        _ => Some("no-cache"),
    }
}

/// Files of the portals, when they were built.
fn portals(folder: &Path, below: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => portals(&entry.path(), &name, found),
            false => found.push(name),
        }
    }
}

fn all_requests() -> Vec<Request> {
    let id = "00000000-0000-0000-0000-000000000007";
    let of_catalogue = CATALOGUE.iter().flat_map(|row| {
        let parts = row.path.split('/').map(|it| if it.starts_with('{') { id } else { it });
        let path = parts.collect::<Vec<_>>().join("/");
        ["", "/api"].map(|prefix| Request::new(row.method, &format!("{prefix}{path}")))
    });
    let beside = BESIDE.iter().map(|(_, method, path)| Request::new(method, path));
    let mut pages = vec!["/".to_owned(), "/today".to_owned(), "/no/such/page".to_owned()];
    portals(Path::new("clients/portals/dist"), "", &mut pages);
    let pages = pages.iter().map(|it| Request::new("GET", it));
    let wrong = [
        Request::new("GET", "/v1/no-such-thing"),
        Request::new("GET", "/no-such-file.js"),
        Request::new("DELETE", "/"),
        Request::new("TRACE", "/v1/me"),
        Request::new("OPTIONS", "/v1/me"),
        // Answered by what packs answers, before any route.
        Request::new("GET", "/v1/me").with("accept-encoding", "identity;q=0"),
        Request::new("GET", "/v1/me").with("authorization", "Bearer a.b.c"),
        Request { body: vec![b' '; 70_000], ..Request::new("POST", "/v1/slots/hold") },
    ];
    of_catalogue.chain(beside).chain(pages).chain(wrong).collect()
}

/// Every policy names who may frame, what scripts may run, and lets nothing inline in.
fn is_strict(policy: &str) {
    let directives: BTreeSet<&str> = policy.split(';').map(str::trim).collect();
    assert!(directives.contains("default-src 'none'"), "{policy}");
    assert!(directives.contains("frame-ancestors 'none'"), "{policy}");
    for word in ["unsafe-inline", "unsafe-eval", "unsafe-hashes", "http:", "https:", "*"] {
        assert!(!policy.contains(word), "{word} in {policy}");
    }
}

#[test]
fn every_answer_carries_the_table() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let requests = all_requests();
        assert!(requests.len() > 2 * CATALOGUE.len(), "all of them");
        for request in requests {
            for request in [request.clone(), ana.signed(request)] {
                let request = request.with("origin", "https://elsewhere.test");
                let answer = request.clone().send(clinic.hub).await;
                let what = format!("{} {}: {}", request.method, request.path, answer.status);
                assert!(
                    answer.status < 500 || request.path == "/" || answer.status == 503,
                    "{what}"
                );
                for (name, value) in ALWAYS {
                    let all: Vec<_> = answer.headers.iter().filter(|(it, _)| it == name).collect();
                    assert_eq!(all.len(), 1, "{name} of {what}");
                    assert_eq!(answer.header(name), Some(value), "{name} of {what}");
                }
                is_strict(answer.header("content-security-policy").expect(&what));
                let permissions = answer.header("permissions-policy").expect(&what);
                for needed in ["camera=(self)", "microphone=(self)", "geolocation=()"] {
                    assert!(permissions.contains(needed), "{what}: {permissions}");
                }
                let cache = answer.header("cache-control");
                let expected = may_be_kept(&request.path, answer.status);
                match expected {
                    Some(expected) => assert_eq!(cache, Some(expected), "{what}"),
                    None => assert!(cache.expect(&what).ends_with("no-store"), "{what}: {cache:?}"),
                }
                if let Some(kind) =
                    answer.header("content-type").filter(|it| it.starts_with("text/"))
                {
                    assert!(kind.ends_with("; charset=utf-8"), "{what}: {kind}");
                }
                let shares = answer.headers.iter().find(|(it, _)| it.starts_with("access-control"));
                assert_eq!(shares, None, "{what}: pages of others read nothing");
                let hsts = answer.header("strict-transport-security");
                assert_eq!(hsts, None, "{what}: not over plain HTTP");
            }
        }
        let ours = "sec-websocket-protocol: bedside.v1.json\r\n";
        let (head, _) = upgrade(clinic.hub, ours).await;
        for (name, value) in ALWAYS {
            assert!(head.contains(&format!("{name}: {value}\r\n")), "{name}: {head}");
        }
    });
}

#[test]
fn no_route_stands_in_the_sources_and_not_in_the_list() {
    let mut found = 0;
    for entry in std::fs::read_dir("src/http").expect("the sources").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("text");
        for piece in text.split(".route(\"").skip(1) {
            let path = piece.split('"').next().unwrap_or_default();
            assert!(BESIDE.iter().any(|(it, ..)| *it == path), "{path} is in no list of this test");
            found += 1;
        }
    }
    assert!(found > 5, "routes were looked for");
}

fn cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    all.map(|(_, value)| value.clone()).collect()
}

async fn cookies_are_of_this_host_alone(clinic: &Clinic) {
    let op = RegisterPatient {
        display_name: "Otto Fictional".into(),
        email: "otto@clinic.invalid".into(),
        password: "a fictional passphrase of Otto".into(),
        time_zone: "Europe/Berlin".to_owned(),
        organisation: None,
        home_region: None,
    };
    let body = json!({"email": op.email, "password": op.password});
    clinic.stranger().calls(op).await.expect("registered");
    let otto = Request::new("POST", "/v1/auth/login").json(&body).send(clinic.hub).await;
    let set = cookies(&otto);
    assert_eq!(set.len(), 2, "of the sign-in and of the device: {set:?}");
    for it in &set {
        assert!(it.starts_with("__Host-bedside_"), "{it}");
        for part in ["; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
            assert!(format!("{it};").contains(part), "{part} of {it}");
        }
        assert!(!it.contains("Domain"), "{it}");
    }
    let signed: SignInAnswer = read(&otto).expect("signed in");
    let session = signed.opened().expect("no second factor").me.session_id;
    let refreshes = async |cookie: String| {
        let body = json!({"session_id": session});
        Request::new("POST", "/v1/auth/refresh")
            .json(&body)
            .with("cookie", &cookie)
            .send(clinic.hub)
            .await
    };
    // A program of before has set it under the bare name: it is taken once more, and taken away.
    let (name, rest) = set[0].split_once('=').expect("a cookie");
    let token = rest.split(';').next().expect("a token");
    let bare = name.strip_prefix("__Host-").expect("its name");
    let answer = refreshes(format!("{bare}={token}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let set = cookies(&answer);
    assert!(set[0].starts_with(&format!("{name}=")), "{set:?}");
    assert!(set[1].starts_with(&format!("{bare}=;")) && set[1].contains("Max-Age=0"), "{set:?}");
    let token = set[0].split_once('=').and_then(|it| it.1.split(';').next()).expect("a token");
    let answer = refreshes(format!("{name}={token}")).await;
    assert_eq!((answer.status, cookies(&answer).len()), (200, 1), "{}", answer.text());
}

#[test]
fn browsers_that_came_over_tls_are_told_to_stay_there() {
    let year = Some("max-age=31536000; includeSubDomains");
    tell_with(
        Kind::Memory,
        |it| it.public_url = "https://clinic.test".to_owned(),
        async |clinic| {
            cookies_are_of_this_host_alone(clinic).await;
            for path in ["/healthz", "/v1/me", "/"] {
                let answer = Request::new("GET", path).send(clinic.hub).await;
                assert_eq!(answer.header("strict-transport-security"), year, "{path}");
            }
        },
    );
    let proxied = |scheme: &str| Request::new("GET", "/v1/me").with("x-forwarded-proto", scheme);
    let behind: fn(&mut bedside::config::Config) =
        |it| it.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    tell_with(Kind::Memory, behind, async |clinic| {
        for (scheme, expected) in [("https", year), ("http, https", year), ("https, http", None)] {
            let answer = proxied(scheme).send(clinic.hub).await;
            assert_eq!(answer.header("strict-transport-security"), expected, "{scheme}");
        }
    });
    tell(Kind::Memory, async |clinic| {
        let answer = proxied("https").send(clinic.hub).await;
        assert_eq!(answer.header("strict-transport-security"), None, "anybody can say so");
    });
}

#[test]
fn whoever_finds_a_weakness_is_told_whom_to_write_to() {
    let named: fn(&mut bedside::config::Config) =
        |it| it.security_contacts = vec!["mailto:security@clinic.test".to_owned()];
    let asked = || Request::new("GET", "/.well-known/security.txt");
    tell_with(Kind::Memory, named, async |clinic| {
        let answer = asked().send(clinic.hub).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(answer.text().starts_with("Contact: mailto:security@clinic.test\nExpires: 20"));
    });
    tell(Kind::Memory, async |clinic| {
        assert_eq!(asked().send(clinic.hub).await.status, 404, "nobody is named");
    });
}
