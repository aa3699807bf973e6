//! Requests and upgrades.

use super::CANARY;
use crate::support::http::Request;
use crate::support::raw::upgrade;
use crate::support::{Kind, in_time, tell};
use bedside::protocol::person::ReadMe;
use bedside::protocol::visit::EnterVisit;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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
        for bearer in ["Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c"] {
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

/// Only the socket's own route takes what comes behind such a request: nobody else waits for it, however much it is and
/// however it ends, and the answer reaches a client that is still sending.
#[test]
fn what_comes_behind_a_request_for_an_upgrade_binds_nobody() {
    tell(Kind::Memory, async |clinic| {
        let asks = "POST /v1/auth/login HTTP/1.1\r\nhost: clinic.test\r\nupgrade: websocket\r\n\
                    connection: upgrade\r\ncontent-type: application/json\r\n\r\n{\"ema";
        for more in [0, 40_000, 4_000_000] {
            let mut stream = TcpStream::connect(clinic.hub).await.expect("the hub listens");
            stream.write_all(asks.as_bytes()).await.expect("sent");
            let (mut read, mut write) = stream.split();
            let body = vec![b'a'; more];
            // The hub may have ended it before all was sent.
            let sends = async { drop(write.write_all(&body).await) };
            let mut answer = Vec::new();
            let (_, all) =
                in_time("an answer", async { tokio::join!(sends, read.read_to_end(&mut answer)) })
                    .await;
            all.expect("all of it, and its end");
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.starts_with("HTTP/1.1 400"), "{more}: {answer}");
        }
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
        for (path, status) in [("/v1/nothing", 404), ("/healthz", 200)] {
            let asks = format!(
                "GET {path} HTTP/1.1\r\nhost: clinic.test\r\nupgrade: websocket\r\n\
                 connection: upgrade\r\naccept-encoding: gzip\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n"
            );
            let mut stream = TcpStream::connect(clinic.hub).await.expect("the hub listens");
            stream.write_all(asks.as_bytes()).await.expect("sent");
            let mut answer = Vec::new();
            in_time("all of it", stream.read_to_end(&mut answer)).await.expect("and its end");
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
            assert!(answer.contains("connection: close"), "{path}: {answer}");
            assert_eq!(answer.matches("HTTP/1.1").count(), 1, "one answer, nothing behind it");
        }
        for body in ["transfer-encoding: chunked\r\n", "content-length: 5\r\n"] {
            let (head, _) = upgrade(clinic.hub, &format!("{ours}{body}")).await;
            assert!(head.starts_with("HTTP/1.1 400"), "{body}: {head}");
        }
        let plain = Request::new("GET", "/v1/socket")
            .with("sec-websocket-protocol", "bedside.v1.json")
            .send(clinic.hub)
            .await;
        assert_eq!(plain.status, 400, "no upgrade at all");
    });
}

#[test]
fn what_cannot_be_read_is_counted() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let counted = async |operation: &str| {
            let name =
                format!("bedside_calls_total{{operation=\"{operation}\",outcome=\"malformed\"}} ");
            let metrics = clinic.metrics().await;
            let line = metrics.lines().find_map(|it| it.strip_prefix(&name)?.parse::<u64>().ok());
            line.unwrap_or_default()
        };
        let operations = ["video.create_join_token", "auth.sign_in"];
        let before = [counted(operations[0]).await, counted(operations[1]).await];
        for path in ["/v1/video/join-token", "/v1/auth/login"] {
            let request = Request::new("POST", path).json(&json!({CANARY: 1}));
            assert_eq!(ana.signed(request).send(clinic.hub).await.code(), "malformed", "{path}");
        }
        for (at, operation) in operations.into_iter().enumerate() {
            assert!(counted(operation).await > before[at], "{operation}");
        }
    });
}
