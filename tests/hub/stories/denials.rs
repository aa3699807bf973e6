//! Who is refused before they could call anything is in the audit log: what was wanted, why not, and who it was, where a signature told.

use crate::support::http::{Answer, Request};
use crate::support::raw::{RawSocket, upgrade};
use crate::support::{Clinic, Kind, Socket, Someone, tell, tell_with};
use bedside::auth::ACCESS_FOR;
use bedside::command::limits::REFUSALS;
use bedside::config::Config;
use bedside::protocol::codec::Codec;
use bedside::protocol::ids::OrganisationId;
use bedside::protocol::person::ReadMe;
use bedside::protocol::session::EndSession;
use bedside::store::AuditRecordRead;
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

/// What is refused before the door, and what was recorded of it.
type Row = (String, String, Option<String>);

const LOST: &str = "bedside_refusals_unrecorded_total";

async fn rows(clinic: &Clinic) -> Vec<AuditRecordRead> {
    clinic.store.audit(10_000).await.expect("the log")
}

/// The last of them.
async fn last(clinic: &Clinic) -> Row {
    let row = rows(clinic).await.into_iter().next().expect("a row");
    assert_eq!(row.network.as_deref().unwrap_or("127.0.0.0/24"), "127.0.0.0/24");
    (row.operation, row.phase, row.caller)
}

/// Nobody was named.
fn nobody(operation: &str, phase: &str) -> Row {
    (operation.to_owned(), phase.to_owned(), None)
}

fn by(who: &Someone, operation: &str, phase: &str) -> Row {
    let id = who.person_id.expect("an account");
    (operation.to_owned(), phase.to_owned(), Some(format!("person:{id}")))
}

/// Asks for `/v1/me` with that authorization.
async fn asks_for_me(clinic: &Clinic, authorization: &str) -> Answer {
    let request = Request::new("GET", "/v1/me").with("authorization", authorization);
    request.send(clinic.hub).await
}

/// The same token with another signature.
fn forged(token: &str) -> String {
    let (text, signature) = token.rsplit_once('.').expect("three parts");
    let turned: String = signature.chars().rev().collect();
    format!("{text}.{turned}")
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_brings_a_bad_token_is_recorded(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let token = ana.token.clone();
        for authorization in [
            "Bearer nonsense".to_owned(),
            "Basic x".to_owned(),
            format!("Bearer {}", forged(&token)),
        ] {
            assert_eq!(asks_for_me(clinic, &authorization).await.code(), "unauthenticated");
            assert_eq!(last(clinic).await, nobody("me.read", "unauthenticated"), "{authorization}");
        }
        // The signature is good, so it is known who it was.
        let (other, bo) = (
            clinic.again_of(OrganisationId::FIRST, &ana).await,
            clinic.patient("Bo Fictional").await,
        );
        let session_id = ana.session_id.expect("signed in");
        other.calls(EndSession { session_id }).await.expect("ended");
        assert_eq!(asks_for_me(clinic, &format!("Bearer {token}")).await.code(), "session_ended");
        assert_eq!(last(clinic).await, by(&ana, "me.read", "session_ended"));
        clinic.clock.advance(ACCESS_FOR * 2);
        let answer = bo.asks("visit.read", &json!({"appointment_id": Uuid::nil()})).await;
        assert_eq!(answer.code(), "unauthenticated", "its time is over");
        assert_eq!(last(clinic).await, by(&bo, "visit.read", "unauthenticated"));
        let row = rows(clinic).await.into_iter().next().expect("a row");
        assert!(row.organisation.is_some() && row.role.is_some() && row.network.is_some());
        // What takes bytes is asked for before anything of it is read.
        let upload = Request::new("PATCH", &format!("/v1/files/{}/content", Uuid::nil()));
        assert_eq!(bo.signed(upload).send(clinic.hub).await.status, 401);
        assert_eq!(last(clinic).await, by(&bo, "file.write", "unauthenticated"));
        let text = format!("{:?}", rows(clinic).await);
        for secret in [&token, &bo.token] {
            let signature = secret.rsplit_once('.').expect("three parts").1;
            assert!(!text.contains(signature), "a token is in the log");
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn pages_of_others_and_links_that_are_not_good_are_recorded(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let foreign = ("origin", "https://evil.invalid");
        let login = Request::new("POST", "/v1/auth/login")
            .json(&json!({"email": "ana@clinic.invalid", "password": "x"}));
        let refresh =
            Request::new("POST", "/v1/auth/refresh").json(&json!({"session_id": Uuid::nil()}));
        let start = Request::new("GET", "/v1/auth/oidc/sso/start");
        let file = Request::new("GET", &format!("/v1/files/{}/original?token=x.y", Uuid::nil()));
        let told = Request::new("POST", "/v1/payments/messages").json(&json!({}));
        for (request, operation, phase) in [
            (login.clone().with(foreign.0, foreign.1), "auth.sign_in", "wrong_origin"),
            (refresh.clone().with("sec-fetch-site", "same-site"), "auth.refresh", "wrong_origin"),
            (refresh, "auth.refresh", "session_ended"),
            (start.with("sec-fetch-site", "cross-site"), "auth.go_to_provider", "forbidden"),
            (file, "file.fetch", "unauthenticated"),
            (told.with("bedside-signature", "00"), "payment.message", "unauthenticated"),
        ] {
            request.send(clinic.hub).await;
            assert_eq!(last(clinic).await, nobody(operation, phase));
        }
        let headers = "origin: https://evil.invalid\r\n";
        let (head, _stream) = upgrade(clinic.hub, headers).await;
        assert!(head.starts_with("HTTP/1.1 403"), "{head}");
        assert_eq!(last(clinic).await, nobody("socket.open", "wrong_origin"));
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_connection_that_is_refused_is_recorded(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let bad = Someone { token: forged(&ana.token), ..ana.clone() };
        let closed = Socket::open(&bad, Codec::Json, None, vec![]).await.err();
        assert_eq!(closed, Some(4201));
        assert_eq!(last(clinic).await, nobody("socket.open", "unauthenticated"));
        let before = rows(clinic).await.len();
        let mut silent = RawSocket::open(clinic.hub, Codec::Json).await;
        silent
            .says_json(&json!([{"type": "request", "id": 1, "op": "me.read", "params": {}}]))
            .await;
        assert_eq!(silent.is_closed().await, 4400, "they have not said who they are");
        assert_eq!(rows(clinic).await.len(), before + 1, "one more");
        assert_eq!(last(clinic).await, nobody("socket.open", "unauthenticated"));

        let (other, bo) = (
            clinic.again_of(OrganisationId::FIRST, &ana).await,
            clinic.patient("Bo Fictional").await,
        );
        let mut socket = other.connects(Codec::MessagePack).await;
        for token in [&bo.token, &bad.token] {
            socket.authenticates(token).await.expect_err("not theirs");
            assert_eq!(last(clinic).await, by(&ana, "socket.continue", "unauthenticated"));
        }
        let session_id = ana.session_id.expect("signed in");
        other.calls(EndSession { session_id }).await.expect("ended");
        let closed = Socket::open(&ana, Codec::Json, None, vec![]).await.err();
        assert_eq!(closed, Some(4300));
        assert_eq!(last(clinic).await, by(&ana, "socket.open", "session_ended"));
        socket.says_goodbye().await;
    });
}

/// Behind a proxy that is trusted, so that there are several addresses.
const PROXY: fn(&mut Config) = |it| it.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];

#[test]
fn a_flood_of_bad_tokens_fills_no_log_and_is_refused_all_the_same() {
    tell_with(Kind::Memory, PROXY, async |clinic| {
        let before = clinic.metric(&format!("{LOST}{{why=\"too_many\"}}")).await;
        let asks = async |from: &str| {
            let request = Request::new("GET", "/v1/me").with("authorization", "Bearer nonsense");
            let answer = request.with("x-forwarded-for", from).send(clinic.hub).await;
            assert_eq!(answer.code(), "unauthenticated");
        };
        let flood = usize::try_from(REFUSALS.burst).unwrap() * 4;
        for _ in 0..flood {
            asks("203.0.113.7").await;
        }
        let recorded = |rows: &[AuditRecordRead], network: &str| {
            rows.iter().filter(|it| it.network.as_deref() == Some(network)).count()
        };
        let rows_of_it = recorded(&rows(clinic).await, "203.0.113.0/24");
        assert!(rows_of_it < flood && rows_of_it >= flood / 4, "{rows_of_it}");
        let counted = clinic.metric(&format!("{LOST}{{why=\"too_many\"}}")).await - before;
        assert!(counted >= 1.0, "those that were left out are counted: {counted}");
        asks("198.51.100.9").await;
        assert_eq!(recorded(&rows(clinic).await, "198.51.100.0/24"), 1, "somebody else is not");
        let ana = clinic.patient("Ana Fictional").await;
        ana.calls(ReadMe {}).await.expect("the hub has time for her");
    });
}

#[test]
fn a_refusal_that_cannot_be_recorded_is_told_and_counted() {
    tell(Kind::Memory, async |clinic| {
        let before = clinic.metric(&format!("{LOST}{{why=\"store\"}}")).await;
        clinic.memory().fail_next(Point::AppendAudit, Failure::Aborted);
        let answer = asks_for_me(clinic, "Bearer nonsense").await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
        assert!(clinic.memory().has_no_faults_left());
        assert!(clinic.metric(&format!("{LOST}{{why=\"store\"}}")).await > before);
    });
}
