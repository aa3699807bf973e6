//! The first frame.

use super::{BOTH, CANARY, welcomed};
use crate::support::raw::RawSocket;
use crate::support::{Kind, Someone, tell};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::{MAX_FOLLOWS, ServerFrame};
use bedside::protocol::ids::OrganisationId;
use bedside::protocol::person::ReadMe;
use serde_json::json;
use std::time::Duration;

#[test]
fn a_hello_that_is_none() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let hello = json!({"type": "hello", "token": ana.token});
        let request = json!({"type": "request", "id": 1, "op": "me.read"});
        let many: Vec<_> = (0..=MAX_FOLLOWS)
            .map(|n| json!({"topic": format!("visit:{}", uuid::Uuid::from_u128(n as u128))}))
            .collect();
        let cases = [
            ("no hello", json!([request]), CloseReason::HelloExpected),
            ("a hello without a token", json!([{"type": "hello"}]), CloseReason::HelloExpected),
            ("not even a frame", json!(["x"]), CloseReason::HelloExpected),
            ("a bad token", json!([{"type": "hello", "token": CANARY}]), CloseReason::TokenInvalid),
            ("an empty token", json!([{"type": "hello", "token": ""}]), CloseReason::TokenInvalid),
            (
                "a hello of another version",
                json!([{"type": "hello", "token": ana.token, "version": 2}]),
                CloseReason::HelloExpected,
            ),
            ("before the welcome", json!([hello, request]), CloseReason::HelloExpected),
            (
                "too many topics",
                json!([{"type": "hello", "token": ana.token, "follow": many}]),
                CloseReason::Malformed,
            ),
        ];
        for codec in BOTH {
            for (what, message, why) in &cases {
                let mut socket = RawSocket::open(clinic.hub, codec).await;
                socket.says_json(message).await;
                assert_eq!(socket.is_closed().await, why.code(), "{what}");
                let bye = socket
                    .frames
                    .iter()
                    .any(|it| matches!(it, ServerFrame::Bye { reason, .. } if reason == why));
                assert!(bye, "{what}: a bye goes before");
            }
            let mut socket = welcomed(clinic, &ana, codec).await;
            socket.says_json(&json!([hello])).await;
            assert_eq!(socket.is_closed().await, CloseReason::HelloExpected.code(), "a second");
        }
        // A token signed by another hub.
        let foreign = bedside::crypto::Keys::ephemeral().unwrap();
        let foreign = bedside::auth::tokens::Tokens::new("http://clinic.test", &foreign.signing);
        let session = ana.session_id.unwrap();
        let principal = bedside::domain::policy::Principal {
            who: bedside::domain::policy::Who::Person(ana.person_id.unwrap()),
            role: bedside::protocol::person::Role::Admin,
            organisation: OrganisationId::FIRST,
            only_visit: None,
        };
        let now = bedside::clock::Clock::now(&clinic.clock);
        let ends = now.plus(Duration::from_secs(900));
        let token = foreign.unwrap().issue(principal, session, now, ends).unwrap().0;
        let forger = Someone { token: token.into_exposed(), ..ana };
        let closed = crate::support::Socket::open(&forger, Codec::Json, None, vec![]).await.err();
        assert_eq!(closed, Some(CloseReason::TokenInvalid.code()));
        crate::support::people::told(forger.calls(ReadMe {}).await, FaultCode::Unauthenticated);
    });
}

#[test]
fn a_hello_may_come_with_the_request() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        for codec in BOTH {
            let hello = codec.encode(&json!([{"type": "hello", "token": ana.token}])).unwrap();
            let mut socket = RawSocket::open_saying(clinic.hub, codec, &hello).await;
            socket.until(|it| matches!(it, ServerFrame::Welcome { .. })).await;
        }
    });
}

#[test]
fn a_hello_that_comes_too_late() {
    tell(Kind::Memory, async |clinic| {
        let mut silent = RawSocket::open(clinic.hub, Codec::Json).await;
        // The hub has seen the socket when it has answered the upgrade.
        clinic.clock.advance(Duration::from_secs(10));
        assert_eq!(silent.is_closed().await, CloseReason::HelloExpected.code());
    });
}
