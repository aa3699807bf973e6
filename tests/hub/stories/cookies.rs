//! What a browser adds by itself acts for pages of the hub, and for the sign-in that the page names.

use crate::access::world::{Caller, World};
use crate::parity::BY_COOKIE;
use crate::support::http::{Answer, Request, row};
use crate::support::identity::refreshes;
use crate::support::{Clinic, Kind, Someone, tell, tell_with};
use bedside::protocol::person::{ReadMe, Role};
use rstest::rstest;
use serde_json::json;

const OURS: &str = "http://clinic.test";
const ALLOWED: &str = "http://portal.test";
const SITE: &str = "sec-fetch-site";

/// Headers of a request.
type Headers<'a> = &'a [(&'a str, &'a str)];

/// As a page of somebody else has a browser send it.
const FOREIGN: &[Headers<'static>] = &[
    &[("origin", "https://evil.invalid")],
    &[("origin", "null")],
    &[("origin", "")],
    &[("origin", "http://clinic.test.evil.invalid")],
    &[("origin", "https://clinic.test")],
    &[("origin", "http://clinic.test:81")],
    &[("origin", "http://clinic.test/")],
    &[("origin", OURS), ("origin", "https://evil.invalid")],
    &[("origin", "https://evil.invalid"), ("origin", OURS)],
    &[("origin", "https://evil.invalid"), (SITE, "same-origin")],
    &[(SITE, "cross-site")],
    &[(SITE, "same-site")],
    &[(SITE, "")],
    &[(SITE, "Same-Origin")],
    &[(SITE, "same-origin"), (SITE, "cross-site")],
    &[("origin", OURS), (SITE, "cross-site")],
    &[("origin", OURS), (SITE, "same-site")],
    &[("origin", ALLOWED), (SITE, "cross-site")],
];

/// As a page of ours does, or a program that is no browser.
const OWN: &[Headers<'static>] = &[
    &[],
    &[("origin", OURS)],
    &[("origin", ALLOWED)],
    &[(SITE, "same-origin")],
    &[(SITE, "none")],
    &[("origin", OURS), (SITE, "same-origin")],
];

fn with(request: Request, headers: Headers<'_>) -> Request {
    headers.iter().fold(request, |request, (name, value)| request.with(name, value))
}

fn is_refused(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (403, "wrong_origin"), "{what}");
    assert_eq!(answer.header("set-cookie"), None, "{what}");
}

#[test]
fn what_acts_by_cookies_is_asked_by_pages_of_the_hub() {
    let settings = |config: &mut bedside::config::Config| {
        config.allowed_origins = vec![ALLOWED.to_owned()];
    };
    tell_with(Kind::Memory, settings, async |clinic| {
        let world = World::new(clinic, Caller::Patient).await;
        for op in BY_COOKIE {
            let request = Request::of(row(op), &world.params(op));
            let under_api = Request { path: format!("/api{}", request.path), ..request.clone() };
            for request in [world.caller.signed(request), under_api] {
                for headers in FOREIGN {
                    let answer = with(request.clone(), headers).send(clinic.hub).await;
                    is_refused(&answer, &format!("{op} {headers:?}"));
                }
            }
        }
        world.caller.calls(ReadMe {}).await.expect("nobody has signed her out");
        for headers in FOREIGN {
            let other = Request::new("POST", "/v1/signaling/session");
            let request = with(other.json(&json!({"join_token": "x"})), headers);
            is_refused(&request.send(clinic.hub).await, &format!("{headers:?}"));
        }
        // What takes no cookie is no business of theirs: whoever has the token is known.
        let me = world.caller.signed(Request::new("GET", "/v1/me"));
        assert_eq!(with(me, FOREIGN[0]).send(clinic.hub).await.status, 200);
        // Pages of ours are told what everybody is told. She signs out last.
        let last = |it: &&str| *it == "auth.sign_out";
        let ops = BY_COOKIE.into_iter().filter(|it| !last(it)).chain(["auth.sign_out"]);
        for op in ops {
            for headers in OWN {
                let request = world.caller.signed(Request::of(row(op), &world.params(op)));
                let answer = with(request, headers).send(clinic.hub).await;
                assert_ne!(answer.code(), "wrong_origin", "{op} {headers:?}");
            }
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_page_of_somebody_else_refreshes_nobody(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = signed_in(clinic, "Ana Fictional").await;
        let body = json!({"session_id": ana.session_id});
        let cookie = ana.cookie.clone().expect("a cookie");
        let ask = Request::new("POST", "/v1/auth/refresh").json(&body).with("cookie", &cookie);
        for headers in FOREIGN {
            is_refused(&with(ask.clone(), headers).send(clinic.hub).await, &format!("{headers:?}"));
        }
        let kept = clinic.store.session(ana.session_id.unwrap()).await.unwrap().expect("hers");
        assert_eq!((kept.previous_hash, kept.ended_at), (None, None), "nothing was changed");
        let own = [("origin", OURS), (SITE, "same-origin")];
        assert_eq!(with(ask, &own).send(clinic.hub).await.status, 200);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_cookie_acts_for_the_session_that_the_body_names(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = signed_in(clinic, "Ana Fictional").await;
        let bo = signed_in(clinic, "Bo Invented").await;
        // The cookie of one, the id of the other: there is no cookie of that name.
        for (cookie, id) in [(&ana.cookie, bo.session_id), (&bo.cookie, ana.session_id)] {
            let other = Someone { session_id: id, cookie: cookie.clone(), ..clinic.stranger() };
            let answer = refreshes(&other).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "session_ended"));
            assert_eq!(answer.header("set-cookie"), None);
        }
        let without = Request::new("POST", "/v1/auth/refresh").json(&json!({}));
        let without = without.with("cookie", ana.cookie.as_deref().unwrap());
        assert_eq!(without.send(clinic.hub).await.status, 400, "no id at all");
        for who in [&ana, &bo] {
            who.calls(ReadMe {}).await.expect("goes on");
            let kept = clinic.store.session(who.session_id.unwrap()).await.unwrap().expect("kept");
            assert_eq!((kept.previous_hash, kept.ended_at), (None, None));
        }
        // In one browser both go on, each by its own.
        let both = format!("{}; {}", ana.cookie.clone().unwrap(), bo.cookie.clone().unwrap());
        for who in [ana, bo] {
            let id = who.person_id;
            let answer = refreshes(&Someone { cookie: Some(both.clone()), ..who }).await;
            assert_eq!(answer.json()["me"]["person_id"], json!(id));
        }
    });
}

async fn signed_in(clinic: &Clinic, name: &str) -> Someone {
    clinic.account(Role::Patient, name).await.signs_in(clinic.hub).await
}
