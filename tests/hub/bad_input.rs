//! Bad input: each kind gets its fault or its close code; nobody else is disturbed, nothing panics, nothing of it is
//! repeated.

use crate::support::http::Request;
use crate::support::raw::{BINARY, CONTINUATION, RawSocket, TEXT, upgrade};
use crate::support::{Clinic, Kind, Someone, tell};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::{
    ClientFrame, MAX_FOLLOWS, MAX_FRAMES, MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, ServerFrame,
};
use bedside::protocol::person::ReadMe;
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::{EnterVisit, ReadVisit};
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

const BOTH: [Codec; 2] = [Codec::Json, Codec::MessagePack];
/// What must not come back in any answer.
const CANARY: &str = "canary-7f3a";

async fn welcomed(clinic: &Clinic, who: &Someone, codec: Codec) -> RawSocket {
    let mut socket = RawSocket::open(clinic.hub, codec).await;
    socket.says_json(&json!([{"type": "hello", "token": who.token}])).await;
    socket.until(|it| matches!(it, ServerFrame::Welcome { .. })).await;
    socket
}

fn fault_of(frame: &ServerFrame) -> (Option<u32>, FaultCode) {
    let shown = serde_json::to_string(frame).unwrap();
    assert!(!shown.contains(CANARY), "the input was repeated");
    match frame {
        ServerFrame::Failed { id, fault } => (Some(*id), fault.code),
        ServerFrame::Error { fault } => (None, fault.code),
        other => panic!("no fault: {other:?}"),
    }
}

fn is_fault(frame: &ServerFrame) -> bool {
    matches!(frame, ServerFrame::Failed { .. } | ServerFrame::Error { .. })
}

/// Every bad frame of one socket leaves it, and another one, in working order.
#[rstest]
#[case::json(Codec::Json)]
#[case::message_pack(Codec::MessagePack)]
fn a_bad_frame_is_answered_and_the_socket_goes_on(#[case] codec: Codec) {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut other = ana.connects(Codec::Json).await;
        let mut socket = welcomed(clinic, &ana, codec).await;
        let request = |rest: Value| {
            let mut frame = json!({"type": "request", "id": 9, "op": "me.read"});
            frame.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            frame
        };
        let cases = [
            ("unknown field", request(json!({CANARY: 1})), Some(9), "malformed"),
            ("unknown operation", request(json!({"op": CANARY})), Some(9), "unknown_operation"),
            ("wrong type of op", request(json!({"op": 7})), Some(9), "malformed"),
            ("unknown param", request(json!({"params": {CANARY: 1}})), Some(9), "malformed"),
            ("params are a list", request(json!({"params": [CANARY]})), Some(9), "malformed"),
            (
                "a bad id in the params",
                request(json!({"op": "visit.read", "params": {"appointment_id": CANARY}})),
                Some(9),
                "malformed",
            ),
            ("a key that is a number", request(json!({"key": 7})), Some(9), "malformed"),
            (
                "an id that is too large",
                request(json!({"id": 4_294_967_296_u64})),
                None,
                "malformed",
            ),
            ("a negative id", request(json!({"id": -1})), None, "malformed"),
            (
                "an operation of cookies",
                request(json!({"op": "auth.sign_out"})),
                Some(9),
                "unsupported",
            ),
            ("unknown type", json!({"type": CANARY, "id": 9}), Some(9), "unsupported"),
            ("no type", json!({"id": 9}), Some(9), "malformed"),
            ("not a map", json!(CANARY), None, "malformed"),
            (
                "a bad topic",
                json!({"type": "follow", "id": 9, "topic": CANARY}),
                Some(9),
                "malformed",
            ),
            (
                "a position that is no position",
                json!({"type": "follow", "id": 9, "topic": "visit:x", "position": {"epoch": -1}}),
                Some(9),
                "malformed",
            ),
        ];
        for (what, frame, id, code) in cases {
            socket.says_json(&json!([frame])).await;
            let (said_id, said) = fault_of(&socket.until(is_fault).await);
            assert_eq!((said_id, said.as_str()), (id, code), "{what}");
        }
        // A bad frame does not hurt the good one beside it.
        let good = json!({"type": "request", "id": 11, "op": "me.read"});
        socket.says_json(&json!([{"type": "pong", "x": 1}, good])).await;
        socket.until(is_fault).await;
        socket.until(|it| matches!(it, ServerFrame::Reply { id: 11, .. })).await;
        other.calls(ReadMe {}).await.expect("the other socket is unharmed");
    });
}

#[rstest]
#[case::json(Codec::Json)]
#[case::message_pack(Codec::MessagePack)]
fn bytes_that_are_no_frames(#[case] codec: Codec) {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut other = ana.connects(Codec::MessagePack).await;
        let mut socket = welcomed(clinic, &ana, codec).await;
        let deep_json = "[".repeat(30_000);
        let deep_pack = vec![0x91_u8; 60_000];
        let map_pack = [0x81_u8, 0xa1, b'a'].repeat(20_000);
        let huge_claims: [&[u8]; 4] = [
            &[0xdd, 0xff, 0xff, 0xff, 0xff],
            &[0xdf, 0xff, 0xff, 0xff, 0xff],
            &[0x91, 0xc6, 0xff, 0xff, 0xff, 0xff],
            &[0xc1],
        ];
        let mut messages: Vec<Vec<u8>> = vec![
            vec![],
            b"null".to_vec(),
            b"{}".to_vec(),
            b"[]".to_vec(),
            b"[{\"type\":\"pong\",".to_vec(),
            codec.encode(&vec![json!({"type": "pong", "number": 1}); MAX_FRAMES + 1]).unwrap(),
        ];
        match codec {
            Codec::Json => messages.push(deep_json.into_bytes()),
            Codec::MessagePack => {
                messages.extend([deep_pack, map_pack]);
                messages.extend(huge_claims.map(<[u8]>::to_vec));
            }
        }
        for bytes in messages {
            let size = bytes.len();
            socket.says(&bytes).await;
            let (id, code) = fault_of(&socket.until(is_fault).await);
            assert_eq!((id, code), (None, FaultCode::Malformed), "{size} bytes");
        }
        // Text on a binary socket, and the other way round.
        let wrong = if codec == Codec::Json { BINARY } else { TEXT };
        socket.sends(0x80 | wrong, b"[{\"type\":\"pong\",\"number\":1}]").await;
        assert_eq!(fault_of(&socket.until(is_fault).await).1, FaultCode::Unsupported);
        other.calls(ReadMe {}).await.expect("the other socket is unharmed");
    });
}

/// Ten thousand times deeper than any of our shapes.
#[test]
fn deep_nesting_ends_the_message_and_not_the_hub() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let body = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let depth = 60_000 / open.len();
            let bytes = format!("{}1{}", open.repeat(depth / 2), close.repeat(depth / 2));
            let mut request = Request::new("POST", "/v1/video/join-token");
            request.body = bytes.into_bytes();
            let answer = ana.signed(request).send(clinic.hub).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "malformed"));
        }
        let mut request = Request::new("POST", "/v1/video/join-token");
        request.body = body.into_bytes();
        assert_eq!(ana.signed(request).send(clinic.hub).await.status, 413);
        ana.calls(ReadMe {}).await.expect("the hub goes on");
    });
}

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
fn a_hello_that_comes_too_late() {
    tell(Kind::Memory, async |clinic| {
        let mut silent = RawSocket::open(clinic.hub, Codec::Json).await;
        // The hub has seen the socket when it has answered the upgrade.
        clinic.clock.advance(Duration::from_secs(10));
        assert_eq!(silent.is_closed().await, CloseReason::HelloExpected.code());
    });
}

#[test]
fn frames_that_break_the_websocket_protocol() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut other = ana.connects(Codec::Json).await;
        let big = vec![b' '; MAX_MESSAGE_BYTES + 1];
        let cases: [(&str, u8, &[u8], CloseReason); 6] = [
            ("text that is no UTF-8", 0x80 | TEXT, b"[\"\xff\xfe\"]", CloseReason::InvalidText),
            ("RSV1 without an extension", 0xC0 | TEXT, b"[]", CloseReason::ProtocolError),
            ("a reserved opcode", 0x83, b"[]", CloseReason::ProtocolError),
            ("a continuation of nothing", 0x80 | CONTINUATION, b"[]", CloseReason::ProtocolError),
            ("a message that is too large", 0x80 | TEXT, &big, CloseReason::MessageTooBig),
            ("a fragment that is too large", TEXT, &big, CloseReason::MessageTooBig),
        ];
        for (what, first, payload, why) in cases {
            for is_open in [false, true] {
                let mut socket = match is_open {
                    true => welcomed(clinic, &ana, Codec::Json).await,
                    false => RawSocket::open(clinic.hub, Codec::Json).await,
                };
                socket.sends(first, payload).await;
                assert_eq!(socket.is_closed().await, why.code(), "{what}, open: {is_open}");
            }
        }
        other.calls(ReadMe {}).await.expect("the other socket is unharmed");
    });
}

#[test]
fn a_message_in_fragments_is_one_message() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        for codec in BOTH {
            let mut socket = welcomed(clinic, &ana, codec).await;
            let message = json!([{"type": "request", "id": 5, "op": "me.read"}]);
            let bytes = codec.encode(&message).unwrap();
            let opcode = if codec == Codec::Json { TEXT } else { BINARY };
            let (last, parts) = bytes.split_last().unwrap();
            socket.sends(opcode, &parts[..1]).await;
            socket.sends(0x89, b"a ping between fragments").await;
            for byte in &parts[1..] {
                socket.sends(CONTINUATION, &[*byte]).await;
            }
            socket.sends(0x80 | CONTINUATION, &[*last]).await;
            socket.until(|it| matches!(it, ServerFrame::Reply { id: 5, .. })).await;

            // Many small fragments add up to the bound as one large message does.
            let part = vec![b' '; 16 * 1024];
            socket.sends(opcode, &part).await;
            for _ in 0..4 {
                socket.sends(CONTINUATION, &part).await;
            }
            assert_eq!(socket.is_closed().await, CloseReason::MessageTooBig.code());

            if codec == Codec::Json {
                let mut socket = welcomed(clinic, &ana, codec).await;
                socket.sends(TEXT, b"[\"\xff").await;
                socket.sends(0x80 | CONTINUATION, b"\"]").await;
                assert_eq!(socket.is_closed().await, CloseReason::InvalidText.code());
            }
        }
    });
}

#[test]
fn who_goes_on_sending_is_closed() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut other = ana.connects(Codec::Json).await;
        // Rubbish: twenty times.
        let mut socket = welcomed(clinic, &ana, Codec::Json).await;
        for _ in 0..20 {
            socket.says(b"rubbish").await;
        }
        assert_eq!(socket.is_closed().await, CloseReason::Malformed.code());
        // Good frames, too fast: the clock stands still, so the bucket is never filled again.
        let mut socket = welcomed(clinic, &ana, Codec::MessagePack).await;
        for _ in 0..6 {
            let pongs = vec![json!({"type": "pong", "number": 1}); MAX_FRAMES];
            socket.says_json(&json!(pongs)).await;
        }
        assert_eq!(socket.is_closed().await, CloseReason::TooFast.code());
        let refused = socket.frames.iter().filter(|it| is_fault(it)).map(fault_of);
        assert!(refused.clone().all(|it| it.1 == FaultCode::TooManyRequests));
        assert_eq!(refused.count(), 20, "told each time before");
        other.calls(ReadMe {}).await.expect("the other socket is unharmed");
    });
}

#[test]
fn follows_and_calls_have_a_bound() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, dr_b) = clinic.in_call().await;
        let mut refused = 0;
        for _ in 0..MAX_IN_FLIGHT + 6 {
            // All of them wait for the store, which hangs on the first.
            clinic.clock.advance(Duration::from_millis(100));
            if refused == 0 {
                clinic.memory().fail_next(Point::CommitVisit, Failure::Hang);
                let leave = bedside::protocol::visit::LeaveVisit { appointment_id: visit.id };
                ana.socket.begins(None, &leave).await;
            }
            refused += 1;
            ana.socket.begins(None, &ReadVisit { appointment_id: visit.id }).await;
        }
        ana.socket
            .until("some are refused", |it| {
                let too_many = |it: &&ServerFrame| {
                    matches!(it, ServerFrame::Failed { fault, .. }
                        if fault.code == FaultCode::TooManyInFlight)
                };
                it.frames.iter().filter(too_many).count() == 7
            })
            .await;
        drop(dr_b);
    });
}

#[test]
fn a_socket_follows_so_many_topics() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let mut socket = clinic.admin.connects(Codec::MessagePack).await;
        // Visits of the past and of months to come: an administrator may look at each.
        let now = bedside::clock::Clock::now(&clinic.clock);
        let mut topics = vec![];
        for n in 0..=u32::try_from(MAX_FOLLOWS).unwrap() {
            let at = now.plus(crate::support::SLOT * n);
            topics.push(Topic::Visit(book_quietly(clinic, &ana, &dr_b, at).await));
        }
        for (number, topic) in topics.iter().enumerate() {
            clinic.clock.advance(Duration::from_millis(100));
            let followed = socket.follows(*topic).await;
            match followed {
                Ok(_) => assert!(number < MAX_FOLLOWS),
                Err(fault) => {
                    assert_eq!((number, fault.code), (MAX_FOLLOWS, FaultCode::TooManyFollows));
                }
            }
        }
        socket.unfollows(topics[0]).await;
        socket.follows(topics[MAX_FOLLOWS]).await.expect("there is room again");
    });
}

/// Past the door, which would count two hundred bookings in a second.
async fn book_quietly(
    clinic: &Clinic,
    patient: &Someone,
    clinician: &Someone,
    at: bedside::protocol::time::UnixMillis,
) -> bedside::protocol::ids::AppointmentId {
    let visit = crate::access::world::visit_of(
        patient.person_id.unwrap(),
        clinician.person_id.unwrap(),
        at,
    );
    let id = visit.facts.appointment_id;
    let new = bedside::store::NewVisit { visit, created_at: at };
    clinic.store.create_visit(new, None).await.expect("booked");
    id
}

#[test]
fn http_that_is_refused() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let enter = format!("/v1/visits/{}/enter", visit.id);
        let read = format!("/v1/visits/{}", visit.id);
        let other_id = json!({"appointment_id": uuid::Uuid::from_u128(7)});
        let with_body = |body: &[u8]| {
            let mut request = Request::new("POST", &enter);
            request.body = body.to_vec();
            request
        };
        let cases = [
            ("64 KiB and one byte", with_body(&vec![b' '; 64 * 1024 + 1]), 413, "too_large"),
            ("no JSON", with_body(b"{"), 400, "malformed"),
            ("no object", with_body(b"[1]"), 400, "malformed"),
            ("not UTF-8", with_body(b"{\"a\":\"\xff\"}"), 400, "malformed"),
            (
                "a field of no meaning",
                Request::new("POST", &enter).json(&json!({CANARY: 1})),
                400,
                "malformed",
            ),
            (
                "another id in the body",
                Request::new("POST", &enter).json(&other_id),
                400,
                "malformed",
            ),
            ("an id that is none", Request::new("POST", "/v1/visits/7/enter"), 400, "malformed"),
            (
                "a query of no meaning",
                Request::new("GET", &format!("{read}?{CANARY}=1")),
                400,
                "malformed",
            ),
            (
                "an empty key",
                Request::new("POST", &enter).with("idempotency-key", ""),
                400,
                "invalid_value",
            ),
            (
                "a key that is too long",
                Request::new("POST", &enter).with("idempotency-key", &"k".repeat(65)),
                400,
                "invalid_value",
            ),
            (
                "a probe that is too large",
                Request::new("GET", "/v1/network-probe?bytes=262145"),
                400,
                "invalid_value",
            ),
            (
                "a drill that is not enabled",
                Request::new("POST", "/drills/media-workers/0/kill"),
                404,
                "not_found",
            ),
        ];
        for (what, request, status, code) in cases {
            let answer = ana.signed(request).send(clinic.hub).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}");
            assert!(!answer.text().contains(CANARY), "{what}: the input was repeated");
        }
        for bearer in ["Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer \u{7f}"] {
            let request = Request::new("GET", &read).with("authorization", bearer);
            let answer = request.send(clinic.hub).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
        let accepted = ana.calls(EnterVisit { appointment_id: visit.id }).await;
        accepted.expect("and she may still enter");
        assert_eq!(clinic.attendance(visit.id).await.len(), 1, "nothing of it took effect");
    });
}

#[test]
fn upgrades_that_are_refused() {
    tell(Kind::Memory, async |clinic| {
        let ours = "sec-websocket-protocol: bedside.v1.json\r\n";
        let cases = [
            (String::new(), 400, "unsupported"),
            ("sec-websocket-protocol: bedside.v2.json\r\n".to_owned(), 400, "unsupported"),
            (format!("{ours}origin: https://evil.invalid\r\n"), 403, "wrong_origin"),
            (format!("{ours}origin: null\r\n"), 403, "wrong_origin"),
            (format!("{ours}origin: http://clinic.test.evil.invalid\r\n"), 403, "wrong_origin"),
        ];
        for (headers, status, code) in cases {
            let (head, mut stream) = upgrade(clinic.hub, &headers).await;
            assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{headers}: {head}");
            let mut body = [0; 1_024];
            let read = tokio::io::AsyncReadExt::read(&mut stream, &mut body).await.unwrap();
            let fault: Value = serde_json::from_slice(&body[..read]).expect("a fault");
            assert_eq!(fault["code"], code);
        }
        for headers in [
            ours.to_owned(),
            format!("{ours}origin: http://clinic.test\r\n"),
            "sec-websocket-protocol: chat, bedside.v1.msgpack\r\n".to_owned(),
        ] {
            let (head, _) = upgrade(clinic.hub, &headers).await;
            assert!(head.starts_with("HTTP/1.1 101"), "{headers}: {head}");
        }
        let plain = Request::new("GET", "/v1/socket")
            .with("sec-websocket-protocol", "bedside.v1.json")
            .send(clinic.hub)
            .await;
        assert_eq!(plain.status, 400, "no upgrade at all");
    });
}

#[test]
fn a_call_may_be_given_up() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, dr_b) = clinic.in_call().await;
        clinic.media.hesitates();
        let offer = bedside::protocol::media::JoinMedia {
            appointment_id: visit.id,
            offer: "v=0 again".into(),
        };
        let id = ana.socket.begins(None, &offer).await;
        ana.socket.sends(&ClientFrame::Cancel { id }).await;
        ana.socket.sends(&ClientFrame::Cancel { id: 4_000 }).await;
        let fault = ana.socket.answer(id).await.expect_err("given up");
        assert_eq!(fault.code, FaultCode::Cancelled);
        let request = ClientFrame::Request {
            id: 4_001,
            op: "media.join".to_owned(),
            params: serde_json::to_value(&offer).unwrap(),
            key: None,
            deadline_ms: Some(20),
            traceparent: Some("00-not-a-trace".to_owned()),
        };
        ana.socket.sends(&request).await;
        let fault = ana.socket.answer(4_001).await.expect_err("too late");
        assert_eq!(fault.code, FaultCode::DeadlineExceeded);
        clinic.media.answers_again();
        drop(dr_b);
        ana.agrees().await;
    });
}
