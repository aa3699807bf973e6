//! A transit engine for tests: it speaks the API of HashiCorp Vault's `transit`, keeps what it sealed in memory, and misbehaves on demand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Whoever comes with it may use the key.
pub(crate) const TOKEN: &str = "not-a-real-token";
/// A day before the first version of the key was made, in seconds: that was when most stories begin.
const FIRST_MADE_S: u64 = 1_799_913_600;

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should.
    Good,
    /// 403 to everybody.
    Refusing,
    /// It takes the request and never answers.
    Slow,
    /// 200, and nothing that can be read.
    Nonsense,
    /// 200, and something that is no plaintext.
    Wrong,
    /// 503, as a server that is sealed.
    Sealed,
}

#[derive(Debug)]
struct State {
    mood: Mood,
    latest: u64,
    oldest: u64,
    kept: HashMap<String, String>,
    asked: Vec<String>,
}

/// The engine.
pub(crate) struct Engine {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    work: JoinHandle<()>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl Engine {
    /// With a key `bedside`, version 1.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://127.0.0.1:{}", listener.local_addr().expect("a port").port());
        let state =
            State { mood: Mood::Good, latest: 1, oldest: 1, kept: HashMap::new(), asked: vec![] };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let work = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Engine { url, state, work }
    }

    pub(crate) fn is(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// Versions before that do not open any more.
    pub(crate) fn forgets_before(&self, version: u64) {
        self.state.lock().unwrap().oldest = version;
    }

    /// The paths that it was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }
}

async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some((head, body)) = read(&mut stream).await else { return };
    let mut line = head.lines().next().unwrap_or_default().split(' ');
    let (method, path) = (line.next().unwrap_or_default(), line.next().unwrap_or_default());
    let is_known = head.to_lowercase().contains(&format!("x-vault-token: {TOKEN}"));
    let mood = {
        let mut state = state.lock().unwrap();
        state.asked.push(format!("{method} {path}"));
        state.mood
    };
    let (status, text) = match mood {
        Mood::Slow => return std::future::pending().await,
        Mood::Nonsense => (200, "<html>".to_owned()),
        Mood::Wrong => {
            (200, json!({ "data": { "plaintext": "%%%", "ciphertext": "x" } }).to_string())
        }
        Mood::Sealed => (503, json!({ "errors": ["Vault is sealed"] }).to_string()),
        Mood::Refusing => (403, json!({ "errors": ["permission denied"] }).to_string()),
        Mood::Good if !is_known => (403, json!({ "errors": ["permission denied"] }).to_string()),
        Mood::Good => {
            let asked = serde_json::from_slice(&body).unwrap_or(Value::Null);
            let (status, data) = act(&mut state.lock().unwrap(), method, path, &asked);
            match data {
                Some(data) => (status, json!({ "data": data }).to_string()),
                None => (status, json!({ "errors": ["no"] }).to_string()),
            }
        }
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    let _gone = stream.write_all((head + &text).as_bytes()).await;
}

fn act(state: &mut State, method: &str, path: &str, asked: &Value) -> (u16, Option<Value>) {
    let text =
        |field: &str| asked.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    match (method, path) {
        ("GET", "/v1/transit/keys/bedside") => {
            // Each was made a day after the one before.
            let made: serde_json::Map<_, _> = (1..=state.latest)
                .map(|it| (it.to_string(), json!(FIRST_MADE_S + it * 86_400)))
                .collect();
            let data = json!({ "latest_version": state.latest, "min_decryption_version": state.oldest, "keys": made });
            (200, Some(data))
        }
        ("POST", "/v1/transit/keys/bedside/rotate") => {
            state.latest += 1;
            (200, Some(json!({})))
        }
        ("POST", "/v1/transit/encrypt/bedside") => {
            let plain = text("plaintext");
            (200, Some(json!({ "ciphertext": seal(state, plain) })))
        }
        ("POST", "/v1/transit/decrypt/bedside") => match opened(state, &text("ciphertext")) {
            Some(plain) => (200, Some(json!({ "plaintext": plain }))),
            None => (400, None),
        },
        ("POST", "/v1/transit/rewrap/bedside") => match opened(state, &text("ciphertext")) {
            Some(plain) => (200, Some(json!({ "ciphertext": seal(state, plain) }))),
            None => (400, None),
        },
        _ => (404, None),
    }
}

fn seal(state: &mut State, plain: String) -> String {
    assert!(STANDARD.decode(&plain).is_ok(), "a plaintext is base64");
    let sealed = format!("vault:v{}:{}", state.latest, STANDARD.encode(uuid::Uuid::new_v4()));
    state.kept.insert(sealed.clone(), plain);
    sealed
}

fn opened(state: &State, sealed: &str) -> Option<String> {
    let version = sealed.strip_prefix("vault:v")?.split_once(':')?.0.parse::<u64>().ok()?;
    (version >= state.oldest).then(|| state.kept.get(sealed).cloned()).flatten()
}

async fn read(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        let mut some = [0; 4_096];
        let length = stream.read(&mut some).await.ok().filter(|it| *it > 0)?;
        bytes.extend_from_slice(&some[..length]);
        let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|it| {
            let (name, value) = it.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let body = bytes[end + 4..].to_vec();
        if body.len() >= length.unwrap_or(0) {
            return Some((head, body));
        }
    }
}
