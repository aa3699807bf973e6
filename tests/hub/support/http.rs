//! HTTP/1.1 by hand, one request a connection: what a story sends is what goes out.

use super::{canary, in_time};
use bedside::protocol::catalogue::{CATALOGUE, Row};
use bedside::protocol::operation::Effect;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The code of the fault in the body; empty when there is none.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A request to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = serde_json::to_vec(body).unwrap();
        self.with("content-type", "application/json")
    }

    /// The request that the catalogue's row makes of these params.
    pub(crate) fn of(row: &Row, params: &Value) -> Self {
        let mut rest = params.as_object().cloned().unwrap_or_default();
        let mut path = row.path.to_owned();
        for (name, value) in params.as_object().into_iter().flatten() {
            let place = format!("{{{name}}}");
            if path.contains(&place) {
                path = path.replace(&place, value.as_str().unwrap_or_default());
                rest.remove(name);
            }
        }
        if row.effect != Effect::Read {
            return Request::new(row.method, &path).json(&Value::Object(rest));
        }
        let query: Vec<String> = rest
            .iter()
            .map(|(name, it)| format!("{name}={}", it.to_string().trim_matches('"')))
            .collect();
        Request::new(row.method, &format!("{path}?{}", query.join("&")))
    }

    /// Sends it, and reads the whole answer.
    pub(crate) async fn send(&self, to: SocketAddr) -> Answer {
        in_time(&format!("{} {}", self.method, self.path), self.exchange(to)).await
    }

    async fn exchange(&self, to: SocketAddr) -> Answer {
        let mut stream = TcpStream::connect(to).await.expect("the hub listens");
        let mut head = format!(
            "{} {} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.method,
            self.path,
            self.body.len()
        );
        if !self.headers.iter().any(|(name, _)| name == "host") {
            head.push_str("host: clinic.test\r\n");
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        canary::is_sent(head.as_bytes());
        canary::is_sent(&self.body);
        stream.write_all(head.as_bytes()).await.expect("sent");
        // The hub may answer before it has read a body that is too large.
        let _early = stream.write_all(&self.body).await;
        let mut bytes = Vec::new();
        let _cut = stream.read_to_end(&mut bytes).await;
        parse(&bytes)
    }
}

/// The row of an operation.
pub(crate) fn row(name: &str) -> &'static Row {
    CATALOGUE.iter().find(|it| it.name == name).expect("in the catalogue")
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|it| it.split(' ').nth(1)).expect("a status");
    let headers: Vec<_> = lines
        .filter_map(|it| it.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let body = &bytes[end + 4..];
    let is_chunked =
        headers.iter().any(|(name, it)| name == "transfer-encoding" && it.contains("chunked"));
    let body = if is_chunked { unchunked(body) } else { body.to_vec() };
    Answer { status: status.parse().expect("a number"), headers, body }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(2).position(|it| it == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&bytes[..end]), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 2 + size + 2..];
    }
    whole
}
