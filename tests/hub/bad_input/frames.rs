//! Bytes and frames on a WebSocket.

use super::{BOTH, CANARY, fault_of, is_fault, welcomed};
use crate::support::raw::{BINARY, CONTINUATION, RawSocket, TEXT};
use crate::support::{Kind, tell};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::{MAX_FRAMES, MAX_MESSAGE_BYTES, ServerFrame};
use bedside::protocol::person::ReadMe;
use rstest::rstest;
use serde_json::{Value, json};

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
