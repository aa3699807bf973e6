//! Signing in and out, refreshing, tabs, and tokens that end.

use crate::support::http::{Answer, Request};
use crate::support::people::{cookie_of, read, told};
use crate::support::{Clinic, Kind, Party, Socket, Someone, eventually, tell};
use bedside::clock::Clock as _;
use bedside::command::limits::NORMAL;
use bedside::protocol::auth::{SignOut, SignedIn};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::ServerFrame;
use bedside::protocol::ids::OrganisationId;
use bedside::protocol::media::JoinMedia;
use bedside::protocol::person::{CreatePerson, ReadMe, Role};
use bedside::sfu::{Command, Seat};
use serde_json::json;
use std::time::{Duration, Instant};

const EMAIL: &str = "Ana@Clinic.invalid";
const PASSPHRASE: &str = "a fictional passphrase";

async fn account(clinic: &Clinic) {
    let op = CreatePerson {
        home_region: None,
        display_name: "Ana Fictional".into(),
        email: EMAIL.into(),
        password: Some(PASSPHRASE.into()),
        role: Role::Patient,
        time_zone: "Europe/Berlin".to_owned(),
    };
    clinic.admin.calls(op).await.expect("the account is made");
}

async fn signs_in(clinic: &Clinic, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    Request::new("POST", "/v1/auth/login").json(&body).send(clinic.hub).await
}

async fn signed_in(clinic: &Clinic) -> Someone {
    let answer = signs_in(clinic, EMAIL, PASSPHRASE).await;
    let signed: SignedIn = read(&answer).expect("signed in");
    Someone {
        name: "Ana".to_owned(),
        person_id: signed.me.person_id,
        session_id: Some(signed.me.session_id),
        token: signed.access_token.into_exposed(),
        hub: clinic.hub,
        cookie: cookie_of(&answer),
    }
}

async fn refreshes(who: &Someone) -> Answer {
    let body = json!({"session_id": who.session_id});
    let request = Request::new("POST", "/v1/auth/refresh").json(&body);
    let cookie = who.cookie.as_deref().unwrap_or_default();
    request.with("cookie", cookie).send(who.hub).await
}

#[test]
fn who_signs_in_and_who_does_not() {
    tell(Kind::Memory, async |clinic| {
        account(clinic).await;
        for (email, password) in
            [(EMAIL, "another passphrase"), ("nobody@clinic.invalid", PASSPHRASE), ("", "")]
        {
            let answer = signs_in(clinic, email, password).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "wrong_credentials"));
            assert_eq!(answer.header("set-cookie"), None);
        }
        let ana = signed_in(clinic).await;
        assert_eq!(ana.calls(ReadMe {}).await.expect("me").role, Role::Patient);
        let lower = signs_in(clinic, "ana@clinic.INVALID", PASSPHRASE).await;
        assert_eq!(lower.status, 200, "whatever its case");
        let body = lower.text();
        assert!(!body.contains("refresh_token"), "never in a body");
        // A form of another site cannot sign in: the content type is asked for.
        let form = Request::new("POST", "/v1/auth/login")
            .with("content-type", "text/plain")
            .send(clinic.hub)
            .await;
        assert_eq!((form.status, form.code().as_str()), (400, "malformed"));
        // An account is not guessed at: ten attempts, then a pause.
        let guess = || signs_in(clinic, "victim@clinic.invalid", "guess guess guess");
        let answers = futures::future::join_all((0..40).map(|_| guess())).await;
        let codes: Vec<String> = answers.iter().map(Answer::code).collect();
        assert!(codes.contains(&"too_many_requests".to_owned()), "{codes:?}");
    });
}

#[test]
fn under_api_one_signs_in_and_refreshes_as_well() {
    tell(Kind::Memory, async |clinic| {
        account(clinic).await;
        let body = json!({"email": EMAIL, "password": PASSPHRASE});
        let login = Request::new("POST", "/api/v1/auth/login").json(&body).send(clinic.hub).await;
        let path = |answer: &Answer| {
            let cookie = answer.header("set-cookie").expect("a cookie");
            cookie.split("; ").find_map(|it| it.strip_prefix("Path=")).map(str::to_owned)
        };
        // A browser sends a cookie to where it came from, and below.
        assert_eq!(path(&login).as_deref(), Some("/api/v1/auth"));
        let (cookie, signed) = (cookie_of(&login).expect("a cookie"), read::<SignedIn>(&login));
        let body = json!({"session_id": signed.expect("signed in").me.session_id});
        let refresh = Request::new("POST", "/api/v1/auth/refresh").json(&body);
        let refreshed = refresh.with("cookie", &cookie).send(clinic.hub).await;
        assert_eq!(refreshed.status, 200, "{}", refreshed.code());
        assert_eq!(path(&refreshed).as_deref(), Some("/api/v1/auth"));
        assert_ne!(cookie_of(&refreshed), Some(cookie));
    });
}

#[test]
fn a_refresh_token_rotates_and_an_old_one_ends_the_session() {
    tell(Kind::Memory, async |clinic| {
        account(clinic).await;
        let first = signed_in(clinic).await;
        let mut socket = first.connects(Codec::Json).await;
        let answer = refreshes(&first).await;
        let signed: SignedIn = read(&answer).expect("refreshed");
        let second = Someone {
            token: signed.access_token.into_exposed(),
            cookie: cookie_of(&answer),
            ..first.clone()
        };
        assert_ne!(first.cookie, second.cookie);
        // An answer that was lost: the token before is good for a while, and brings the same successor.
        let grace = refreshes(&first).await;
        assert_eq!((grace.status, cookie_of(&grace)), (200, second.cookie.clone()));
        assert_eq!(refreshes(&second).await.status, 200, "the current one still is");

        clinic.clock.advance(Duration::from_secs(181));
        let reused = refreshes(&first).await;
        assert_eq!((reused.status, reused.code().as_str()), (401, "session_ended"));
        assert_eq!(socket.is_closed().await, CloseReason::SignedOut.code());
        told(second.calls(ReadMe {}).await, FaultCode::SessionEnded);
        assert_eq!(refreshes(&second).await.code(), "session_ended", "for both");
        let nobody = Someone { cookie: None, ..second };
        assert_eq!(refreshes(&nobody).await.code(), "session_ended");
    });
}

#[test]
fn signing_out_closes_the_sockets_of_that_session_only() {
    tell(Kind::Memory, async |clinic| {
        account(clinic).await;
        let (here, there) = (signed_in(clinic).await, signed_in(clinic).await);
        let mut sockets =
            [here.connects(Codec::Json).await, here.connects(Codec::MessagePack).await];
        let mut other = there.connects(Codec::Json).await;
        let request = here.signed(Request::new("POST", "/v1/auth/logout").json(&json!({})));
        let answer = request.send(clinic.hub).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let gone = answer.header("set-cookie").expect("the cookie is taken back");
        assert!(gone.contains("Max-Age=0"), "{gone}");
        for socket in &mut sockets {
            assert_eq!(socket.is_closed().await, CloseReason::SignedOut.code());
            assert_eq!(socket.bye(), Some(CloseReason::SignedOut));
        }
        told(here.calls(ReadMe {}).await, FaultCode::SessionEnded);
        told(here.calls(SignOut {}).await, FaultCode::SessionEnded);
        assert_eq!(refreshes(&here).await.code(), "session_ended");
        other.calls(ReadMe {}).await.expect("the other device goes on");
    });
}

#[test]
fn a_newer_socket_of_a_tab_replaces_the_older() {
    tell(Kind::Memory, async |clinic| {
        let (ana, eve) = (clinic.patient("Ana Fictional").await, clinic.patient("Eve").await);
        let open = async |who: &Someone, tab: Option<&str>| {
            Socket::open(who, Codec::Json, tab, vec![]).await.expect("welcome")
        };
        let mut older = open(&ana, Some("tab-1")).await;
        let mut another = open(&ana, Some("tab-2")).await;
        let mut unnamed = open(&ana, None).await;
        let mut somebody = open(&eve, Some("tab-1")).await;
        let mut newer = open(&ana, Some("tab-1")).await;
        assert_eq!(older.is_closed().await, CloseReason::Replaced.code());
        for socket in [&mut another, &mut unnamed, &mut somebody, &mut newer] {
            socket.calls(ReadMe {}).await.expect("goes on");
        }
    });
}

#[test]
fn a_token_is_asked_for_before_it_ends() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut prudent = ana.comes_to(visit.id, Codec::Json).await;
        let mut careless = dr_b.connects(Codec::MessagePack).await;
        minutes_pass(clinic, 28, &mut prudent, &mut careless).await;
        let is_asked = |it: &Socket| {
            it.frames.iter().any(|it| matches!(it, ServerFrame::Reauthenticate { .. }))
        };
        prudent.socket.until("asked for a token", is_asked).await;
        careless.until("asked for a token", is_asked).await;

        let fresh = fresh_token(clinic, &prudent.who).await;
        let other = clinic.patient("Eve Invented").await;
        told(prudent.socket.authenticates(&other.token).await, FaultCode::Unauthenticated);
        told(prudent.socket.authenticates("nonsense").await, FaultCode::Unauthenticated);
        prudent.socket.authenticates(&fresh).await.expect("renewed");
        minutes_pass(clinic, 2, &mut prudent, &mut careless).await;
        assert_eq!(careless.is_closed().await, CloseReason::TokenExpired.code());
        // The clocks of two nodes may differ by some seconds, so a token is dead for certain a little later.
        minutes_pass(clinic, 2, &mut prudent, &mut careless).await;
        let again = Socket::open(&dr_b, Codec::Json, None, vec![]).await.err();
        assert_eq!(again, Some(CloseReason::TokenInvalid.code()), "an expired token is none");
        told(dr_b.calls(ReadMe {}).await, FaultCode::Unauthenticated);
        prudent.agrees().await;
    });
}

/// Half minutes pass, and both clients say something in each, so that nobody is taken for gone.
async fn minutes_pass(clinic: &Clinic, halves: u32, one: &mut Party, two: &mut Socket) {
    for _ in 0..halves {
        clinic.clock.advance(Duration::from_secs(30));
        one.socket.calls(ReadMe {}).await.expect("one is there");
        if two.closed.is_none() {
            // The last answer may be the goodbye.
            two.begins(None, &ReadMe {}).await;
            two.hears().await;
        }
    }
}

async fn fresh_token(clinic: &Clinic, who: &Someone) -> String {
    let session = clinic.store.session(who.session_id.unwrap()).await.unwrap().expect("a session");
    let who_is = bedside::domain::policy::Who::Person(who.person_id.unwrap());
    let principal = bedside::domain::policy::Principal {
        who: who_is,
        role: session.role,
        organisation: OrganisationId::FIRST,
        only_visit: None,
    };
    clinic.bearer(&session, principal, &who.name).token
}

#[test]
fn a_silent_client_is_closed() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut socket = ana.connects(Codec::Json).await;
        clinic.clock.advance(Duration::from_secs(16));
        socket
            .until("a ping", |it| it.frames.iter().any(|it| matches!(it, ServerFrame::Ping { .. })))
            .await;
        clinic.clock.advance(Duration::from_secs(36));
        assert_eq!(socket.is_closed().await, CloseReason::Silent.code());
    });
}

#[test]
fn a_client_that_says_goodbye_is_let_go() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut ana = ana.comes_to(visit.id, Codec::Json).await;
        ana.socket.sends(&bedside::protocol::frame::ClientFrame::Bye {}).await;
        ana.socket.is_closed().await;
        crate::support::eventually("the socket to be forgotten", async || clinic.sockets() == 0)
            .await;
    });
}

#[test]
fn a_node_that_goes_down_sends_everybody_away() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut socket = ana.connects(Codec::Json).await;
        let ready = Request::new("GET", "/readyz").send(clinic.hub).await;
        assert_eq!(ready.status, 200, "{}", ready.text());
        clinic.node.drain();
        assert_eq!(socket.is_closed().await, CloseReason::Draining.code());
        let spread = socket
            .frames
            .iter()
            .any(|it| matches!(it, ServerFrame::Bye { spread_ms, .. } if *spread_ms > 0));
        assert!(spread, "they do not all come back at once");
        assert_eq!(Request::new("GET", "/readyz").send(clinic.hub).await.status, 503);
        assert_eq!(Request::new("GET", "/healthz").send(clinic.hub).await.status, 200);
    });
}

#[test]
fn signing_out_of_a_links_session_ends_its_media() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, _dr_b) = clinic.in_call().await;
        let link = clinic.link(visit, visit.patient).await;
        let by_link = clinic.stranger().opens_link(&link.join_token).await.expect("a session");
        let seat = Seat { room: visit.id, participant: visit.patient };
        let mut at_link = by_link.comes_to(visit.id, Codec::Json).await;
        clinic.connect_media(&mut [&mut at_link]).await;
        assert!(clinic.media.seats().contains(&seat));
        signs_out(clinic, &by_link).await;
        ana.sees("her media has ended", |it| it.media.is_none()).await;
        eventually("her media has ended", async || !clinic.media.seats().contains(&seat)).await;
    });
}

/// How often the media plane was told to end a seat.
fn leaves(clinic: &Clinic, seat: Seat) -> usize {
    clinic.media.commands().iter().filter(|it| **it == Command::Leave(seat)).count()
}

async fn signs_out(clinic: &Clinic, who: &Someone) {
    let request = who.signed(Request::new("POST", "/v1/auth/logout").json(&json!({})));
    assert_eq!(request.send(clinic.hub).await.status, 200);
}

#[test]
fn signing_out_of_an_account_ends_its_media_and_nobody_elses() {
    tell(Kind::Memory, async |clinic| {
        let (_, ana, mut dr_b) = clinic.in_call().await;
        let (hers, theirs) = (ana.seat(), dr_b.seat());
        let begin = Instant::now();
        signs_out(clinic, &ana.who).await;
        eventually("her media has ended", async || !clinic.media.seats().contains(&hers)).await;
        assert!(begin.elapsed() < Duration::from_secs(1));
        dr_b.agrees().await;
        assert!(clinic.media.seats().contains(&theirs), "whoever stays signed in stays");
    });
}

#[test]
fn of_two_sign_ins_only_the_media_of_the_ended_one_ends() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let seat = ana.seat();
        let person = ana.who.person_id.expect("an account");
        let before = leaves(clinic, seat);
        let idle = clinic.signs_in(person, Role::Patient, "Ana's tablet").await;
        signs_out(clinic, &idle).await;
        ana.agrees().await;
        assert!(clinic.media.seats().contains(&seat), "the tablet had no media");

        let phone = clinic.signs_in(person, Role::Patient, "Ana's phone").await;
        let mut phone = phone.comes_to(visit.id, Codec::Json).await;
        clinic.connect_media(&mut [&mut phone]).await;
        signs_out(clinic, &ana.who).await;
        phone.agrees().await;
        dr_b.agrees().await;
        assert!(clinic.media.seats().contains(&seat), "the phone has taken it over");
        assert_eq!(leaves(clinic, seat), before);
        signs_out(clinic, &phone.who).await;
        eventually("her media has ended", async || !clinic.media.seats().contains(&seat)).await;
    });
}

#[test]
fn an_offer_of_who_signs_out_meanwhile_is_void() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, _dr_b) = clinic.in_call().await;
        let seat = ana.seat();
        clinic.media.hesitates();
        let (before, ended) = (clinic.media.asked(), leaves(clinic, seat));
        let offer = JoinMedia { appointment_id: visit.id, offer: "v=0 offer".into() };
        ana.socket.begins(None, &offer).await;
        eventually("the offer", async || clinic.media.asked() > before).await;
        signs_out(clinic, &ana.who).await;
        eventually("her media has ended", async || leaves(clinic, seat) == ended + 1).await;
        clinic.media.answers_again();
        eventually("what came of it too", async || leaves(clinic, seat) == ended + 2).await;
        assert!(!clinic.media.seats().contains(&seat));
    });
}

#[test]
fn a_sign_in_that_ended_elsewhere_joins_no_media() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, _dr_b) = clinic.in_call().await;
        let session = ana.who.session_id.expect("signed in");
        ana.agrees().await;
        // As another node would: this one believes for some seconds more that the session holds.
        clinic.store.end_session(session, clinic.clock.now()).await.expect("ended");
        let offer = JoinMedia { appointment_id: visit.id, offer: "v=0 offer".into() };
        told(ana.socket.calls(offer).await, FaultCode::SessionEnded);
        assert!(!clinic.media.seats().contains(&ana.seat()));
    });
}

#[test]
fn a_strangers_refusals_are_bounded_like_anybodys_calls() {
    tell(Kind::Memory, async |clinic| {
        let before = clinic.store.audit(10_000).await.expect("the log").len();
        let calls = usize::try_from(NORMAL.burst).expect("small") * 2;
        let mut refused = 0;
        for _ in 0..calls {
            let answer = Request::new("GET", "/v1/people").send(clinic.hub).await;
            refused += usize::from(answer.status == 429);
        }
        let written = clinic.store.audit(10_000).await.expect("the log").len() - before;
        assert!(refused > 0, "nobody was slowed down");
        assert_eq!(written, calls - refused, "what was refused for its pace is not recorded");
    });
}
