//! The proxy as a process: it says where it listens, obeys, and ends with its input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that meets what it does not expect has failed"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

#[test]
fn it_obeys_line_by_line_and_ends_with_its_input() {
    let hub = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_fault-proxy"))
        .arg(hub.local_addr().unwrap().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut orders = process.stdin.take().unwrap();
    let mut answers = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut next = || answers.next().expect("an answer").unwrap();
    let listens: serde_json::Value = serde_json::from_str(&next()).unwrap();
    let address = listens["listens"].as_str().expect("an address").to_owned();
    for (order, answer) in [
        (r#"{"add": {"when": {"frame": "ping"}, "action": {"do": "suppress"}}}"#, r#"{"rule":0}"#),
        (r#"{"hits": 0}"#, r#"{"hits":0}"#),
        (r#"{"hits": 1}"#, r#"{"hits":null}"#),
        (r#""clear""#, r#"{"done":true}"#),
    ] {
        writeln!(orders, "{order}").unwrap();
        assert_eq!(next(), answer, "{order}");
    }
    writeln!(orders, "nonsense").unwrap();
    assert!(next().contains("error"));

    // Plain HTTP passes, for one request.
    let mut client = TcpStream::connect(&address).unwrap();
    client.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let (mut asked, _) = hub.accept().unwrap();
    let expected = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut head = vec![0; expected.len()];
    asked.read_exact(&mut head).unwrap();
    assert_eq!(String::from_utf8(head).unwrap(), expected);
    let said = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    asked.write_all(said.as_bytes()).unwrap();
    let mut heard = vec![0; said.len()];
    client.read_exact(&mut heard).unwrap();
    assert_eq!(String::from_utf8(heard).unwrap(), said);

    // Away is away, also for who was there.
    writeln!(orders, r#"{{"away": true}}"#).unwrap();
    assert_eq!(next(), r#"{"done":true}"#);
    let mut rest = vec![];
    let _gone = client.read_to_end(&mut rest);
    assert!(rest.is_empty());

    drop(orders);
    assert!(process.wait().unwrap().success());
}
