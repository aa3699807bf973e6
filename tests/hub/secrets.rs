//! Nothing that identifies a person, and nothing that opens a door, reaches a log line or a metric.
//!
//! A whole visit is lived through with seeded names, addresses, tokens and SDP, with everything that the process can log
//! turned on, the libraries below included; then every line and every metric is searched.

use crate::support::http::Request;
use crate::support::people::{cookie_of, read};
use crate::support::{Clinic, Kind, Someone, logs, tell};
use bedside::protocol::auth::SignedIn;
use bedside::protocol::codec::Codec;
use bedside::protocol::frame::ClientFrame;
use bedside::protocol::media::{JoinMedia, RestartMedia};
use bedside::protocol::person::{CreatePerson, Role};
use bedside::sfu::MediaPlane as _;
use serde_json::json;

const NAMES: [&str; 4] = ["Canarina Zwölfer", "Quillon Bystrov", "Ivoxa Translatrix", "Onlyagenda"];
const EMAIL: &str = "canarina.zwoelfer@clinic.invalid";
const PASSPHRASE: &str = "correct horse canary staple";
/// What people write to each other.
const BODIES: [&str; 3] =
    ["Canarious rash behind the knee", "Canarious itch instead", "Never saved canarious"];
/// Ice credentials, fingerprint and address of a client as they stand in an offer.
const SDP: [&str; 4] = ["cAnArYuFrAg", "cAnArYpWd0123456789abcdef", "CA:NA:RY:5D", "198.51.100.77"];

fn offer() -> String {
    let [ufrag, password, fingerprint, address] = SDP;
    format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 {address}\r\na=mid:0\r\na=sendonly\r\n\
         a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\na=fingerprint:sha-256 {fingerprint}\r\n\
         a=candidate:1 1 udp 1 {address} 5000 typ host\r\n"
    )
}

#[test]
fn a_visit_leaves_no_secret_in_logs_and_metrics() {
    // The WebSocket library is the one of this test's own clients, and shows what they send.
    let filter = "trace,tungstenite=off,tokio_tungstenite=off";
    let lines = logs::hears(filter);
    tell(Kind::Sqlite, async |clinic| {
        let mut secrets: Vec<String> = NAMES.iter().map(|it| (*it).to_owned()).collect();
        secrets.extend([EMAIL, PASSPHRASE].map(str::to_owned));
        secrets.extend(SDP.map(str::to_owned));
        live_through(clinic, &mut secrets).await;
        let metrics = clinic.metrics().await;
        let logged = lines.text();
        assert!(logged.contains("visit.admit") && logged.contains("request_id"), "it is logged");
        assert!(logged.contains("actix"), "so is what the libraries do");
        assert!(metrics.contains("operation=\"visit.admit\""), "it is counted");
        assert!(secrets.len() > 20, "the story seeds them");
        for secret in secrets {
            assert!(secret.len() > 7, "too short to be told from chance");
            let line = logged.lines().find(|it| it.contains(&secret));
            assert_eq!(line, None, "logged: {secret}");
            assert!(!metrics.contains(&secret), "in a metric: {secret}");
        }
    });
}

async fn live_through(clinic: &Clinic, secrets: &mut Vec<String>) {
    let create = CreatePerson {
        home_region: None,
        display_name: NAMES[0].into(),
        email: EMAIL.into(),
        password: Some(PASSPHRASE.into()),
        role: Role::Patient,
        time_zone: "Europe/Berlin".to_owned(),
    };
    clinic.admin.calls(create.clone()).await.expect("made");
    clinic.admin.calls(create).await.expect_err("the address is taken");
    let ana = sign_in(clinic, secrets).await;
    let dr_b = clinic.clinician(NAMES[1]).await;
    let visit = clinic.books(&ana, &dr_b).await;
    let to_ana = clinic.link(visit, visit.patient).await;
    let by_link = clinic.stranger().opens_link(&to_ana.join_token).await.expect("a session");
    clinic.stranger().opens_link(&to_ana.join_token).await.expect_err("used");
    secrets.push(to_ana.join_token.expose().clone());
    secrets.push(by_link.token.clone());
    secrets.extend(cookie_value(&by_link));

    let mut ana_in = by_link.comes_to(visit.id, Codec::Json).await;
    let mut dr_in = dr_b.comes_to(visit.id, Codec::MessagePack).await;
    secrets.extend([dr_b.token.clone(), clinic.admin.token.clone()]);
    dr_in.enters().await;
    ana_in.enters().await;
    dr_in.admits(&ana_in).await;
    let guest = dr_in.invites(Role::Interpreter, NAMES[2]).await.expect("invited");
    secrets.push(guest.link.join_token.expose().clone());
    secrets.extend(BODIES.map(str::to_owned));
    they_write(clinic, &ana, &dr_b, visit.id).await;
    clinic.connect_media(&mut [&mut ana_in, &mut dr_in]).await;
    let join = JoinMedia { appointment_id: visit.id, offer: offer().into() };
    ana_in.calls(join).await.expect("an answer");
    let restart = RestartMedia { appointment_id: visit.id, offer: offer().into() };
    ana_in.calls(restart).await.expect("an answer");
    the_real_media_plane_is_asked(&ana_in).await;

    // Things that are refused are logged too, and say as little.
    let long_key = format!("key-{}", secrets[0]);
    dr_b.calls_with_key(&long_key.replace(' ', "").repeat(9), visit_read(visit.id)).await.ok();
    let bad = json!({"appointment_id": visit.id, "role": NAMES[3], "display_name": NAMES[3]});
    dr_b.asks("visit.invite", &bad).await;
    let bearer = format!("Bearer {}x", dr_b.token);
    let forged = Request::new("GET", "/v1/me").with("authorization", &bearer);
    assert_eq!(forged.send(clinic.hub).await.status, 401);
    ana_in.socket.sends(&ClientFrame::Authenticate { id: 77, token: NAMES[3].into() }).await;
    ana_in.socket.calls_raw(NAMES[3], bad).await.expect_err("no such operation");
    dr_in.revokes(guest.participant_id).await;
    dr_in.ends().await;
    clinic.attendance(visit.id).await;
    let out = ana.signed(Request::new("POST", "/v1/auth/logout").json(&json!({})));
    assert_eq!(out.send(clinic.hub).await.status, 200);
    let list = clinic.admin.asks("person.list", &json!({})).await;
    assert!(list.text().contains(NAMES[0]), "who may know it is told");
}

/// A conversation with everything that can be done in one, refusals included.
async fn they_write(
    clinic: &Clinic,
    ana: &Someone,
    dr_b: &Someone,
    visit: bedside::protocol::ids::AppointmentId,
) {
    let card = ana.opens(crate::support::chat::of_visit(visit)).await.expect("her visit");
    let id = card.conversation.conversation_id;
    let mut dr_b = crate::support::Chat::follows(dr_b.clone(), id, Codec::Json).await;
    let op = dr_b.message(BODIES[0]);
    let sent = ana.calls_with_key("a key", op).await.expect("sent");
    dr_b.hears(BODIES[0]).await;
    let op = bedside::protocol::conversation::EditMessage {
        conversation_id: id,
        message_id: sent.message_id,
        body: BODIES[1].into(),
        overriding: None,
    };
    ana.calls(op).await.expect("edited");
    dr_b.hears(BODIES[1]).await;
    let file = ana.uploads(id, &format!("{}.txt", BODIES[0]), BODIES[1].as_bytes()).await;
    let original = bedside::protocol::file::FileVariant::Original;
    assert_eq!(ana.downloads(file.file_id, original).await.status, 200);
    let torn = ana.begins(id, &format!("{}.png", BODIES[0]), 9).await.expect("may").file_id;
    assert_eq!(ana.patches(torn, 0, true, b"Canarious").await.status, 200, "refused");
    ana.calls_with_key("a key", dr_b.message(BODIES[2])).await.expect_err("the key is used");
    ana.calls(dr_b.message(&format!("{}\u{202E}", BODIES[2]))).await.expect_err("invisible");
    ana.calls(dr_b.message(&BODIES[2].repeat(1_000))).await.expect_err("too large");
    let words = bedside::protocol::conversation::SearchMessages {
        words: BODIES[1].into(),
        conversation_id: None,
    };
    assert_eq!(ana.calls(words).await.expect("found").found.len(), 1);
    dr_b.socket
        .sends(&ClientFrame::Request {
            id: 78,
            op: "message.send".to_owned(),
            params: json!({"conversation_id": id, "body": {"text": BODIES[2]}}),
            key: None,
            deadline_ms: None,
            condition: None,
            traceparent: None,
        })
        .await;
    dr_b.socket.answer(78).await.expect_err("ill-typed");
    clinic.clock.advance(bedside::domain::conversation::attention::ESCALATE_AFTER);
    clinic.node.notices_saved();
}

fn visit_read(id: bedside::protocol::ids::AppointmentId) -> bedside::protocol::visit::EnterVisit {
    bedside::protocol::visit::EnterVisit { appointment_id: id }
}

async fn sign_in(clinic: &Clinic, secrets: &mut Vec<String>) -> Someone {
    let body = json!({"email": EMAIL, "password": PASSPHRASE});
    let wrong = json!({"email": EMAIL, "password": format!("{PASSPHRASE}!")});
    let refused = Request::new("POST", "/v1/auth/login").json(&wrong).send(clinic.hub).await;
    assert_eq!(refused.status, 401);
    let answer = Request::new("POST", "/v1/auth/login").json(&body).send(clinic.hub).await;
    let signed: SignedIn = read(&answer).expect("signed in");
    let ana = Someone {
        name: "the patient".to_owned(),
        person_id: signed.me.person_id,
        session_id: Some(signed.me.session_id),
        token: signed.access_token.into_exposed(),
        hub: clinic.hub,
        cookie: cookie_of(&answer),
    };
    secrets.push(ana.token.clone());
    secrets.extend(cookie_value(&ana));
    for _ in 0..2 {
        // The second comes within the grace period of the first.
        let request =
            Request::new("POST", "/v1/auth/refresh").json(&json!({"session_id": ana.session_id}));
        let answer = ana.signed(request).send(clinic.hub).await;
        let signed: SignedIn = read(&answer).expect("refreshed");
        secrets.push(signed.access_token.into_exposed());
        secrets.extend(cookie_of(&answer).iter().filter_map(|it| value_of(it)));
    }
    // A hash of the address is its pseudonym; the parts of a token can be put together again.
    for token in secrets.clone().iter().filter(|it| it.starts_with("eyJ")) {
        secrets.extend(token.split('.').skip(1).map(str::to_owned));
    }
    ana
}

fn cookie_value(who: &Someone) -> Option<String> {
    value_of(who.cookie.as_deref()?)
}

fn value_of(cookie: &str) -> Option<String> {
    cookie.split_once('=').map(|(_, value)| value.to_owned()).filter(|it| !it.is_empty())
}

/// The SFU itself, with an offer that it cannot use.
async fn the_real_media_plane_is_asked(party: &crate::support::Party) {
    let config = bedside::sfu::Config {
        bind: "127.0.0.1:0".parse().unwrap(),
        ..bedside::sfu::Config::default()
    };
    let (pool, _events) = bedside::sfu::Pool::start(config, 1_800_000_000_000_000).unwrap();
    for text in [offer(), offer().replace("m=audio", "m=nonsense"), SDP.join(" ")] {
        let answered = pool.join(party.seat(), text).await;
        if let Err(error) = answered {
            let shown = format!("{error} {error:?}");
            assert!(SDP.iter().all(|it| !shown.contains(it)), "an error shows the offer");
        }
    }
}
