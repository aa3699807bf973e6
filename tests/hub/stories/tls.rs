//! The hub speaks TLS itself: which versions and suites, how a certificate is renewed while people are there, and what the
//! plain address says then.

use crate::support::http::Request;
use crate::support::raw::upgrade;
use crate::support::{Clinic, Kind, in_time, tell, tell_with};
use actix_web::dev::ServerHandle;
use bedside::crypto::tls::Certificate;
use bedside::protocol::codec::Codec;
use bedside::protocol::frame::ClientFrame;
use futures::{SinkExt as _, StreamExt as _};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, crypto,
};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const NAME: &str = "clinic.test";

fn https(config: &mut bedside::config::Config) {
    config.public_url = format!("https://{NAME}");
}

/// A hub that speaks TLS, beside the plain one of the story.
struct Secure {
    certificate: Arc<Certificate>,
    files: (PathBuf, PathBuf),
    plain: SocketAddr,
    tls: SocketAddr,
    trusted: CertificateDer<'static>,
    server: ServerHandle,
}

/// A certificate that vouches for itself, in two files; what a client is to trust.
fn issues(folder: &Path) -> ((PathBuf, PathBuf), CertificateDer<'static>) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![NAME.to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    let files = (folder.join("tls.pem"), folder.join("tls.key"));
    std::fs::write(&files.0, certificate.pem()).expect("written");
    std::fs::write(&files.1, key.serialize_pem()).expect("written");
    (files, certificate.der().clone())
}

impl Secure {
    async fn opens(clinic: &Clinic, also_tls12: bool) -> Secure {
        let (files, trusted) = issues(clinic.data_dir());
        let certificate = Certificate::open(&files.0, &files.1).expect("a certificate");
        let config = certificate.server(also_tls12).expect("suites");
        let listen = || TcpListener::bind("127.0.0.1:0").expect("a port");
        let (one, two) = (listen(), listen());
        let (plain, tls) = (one.local_addr().unwrap(), two.local_addr().unwrap());
        let node = Arc::clone(&clinic.node);
        let server = bedside::http::serve(node, (one, two, config)).expect("serves");
        let handle = server.handle();
        actix_rt::spawn(server);
        Secure { certificate, files, plain, tls, trusted, server: handle }
    }

    /// A client that speaks these versions and trusts that certificate.
    async fn connects(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        trusted: &CertificateDer<'static>,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).expect("a certificate");
        let config =
            ClientConfig::builder_with_provider(crypto::aws_lc_rs::default_provider().into())
                .with_protocol_versions(versions)
                .expect("versions")
                .with_root_certificates(roots)
                .with_no_client_auth();
        let stream = TcpStream::connect(self.tls).await.expect("it listens");
        let name = ServerName::try_from(NAME).unwrap();
        in_time("a handshake", TlsConnector::from(Arc::new(config)).connect(name, stream)).await
    }

    async fn client(&self) -> TlsStream<TcpStream> {
        self.connects(&[&TLS13], &self.trusted).await.expect("a connection")
    }
}

/// One request on a connection that is open: the head of the answer, and its body.
async fn asks(
    stream: &mut TlsStream<TcpStream>,
    method: &str,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> (String, Value) {
    let body = body.map(|it| it.to_string()).unwrap_or_default();
    let bearer =
        if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {NAME}\r\ncontent-type: application/json\r\n{bearer}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    in_time(path, async {
        stream.write_all(text.as_bytes()).await.expect("sent");
        stream.flush().await.expect("sent");
        let mut head = vec![];
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a head"));
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |it| it.parse().unwrap())];
        stream.read_exact(&mut body).await.expect("a body");
        (head, serde_json::from_slice(&body).unwrap_or_default())
    })
    .await
}

#[test]
fn somebody_registers_signs_in_and_opens_a_socket_over_tls() {
    tell_with(Kind::Sqlite, https, async |clinic| {
        let hub = Secure::opens(clinic, false).await;
        let mut stream = hub.client().await;
        assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        let (email, password) = ("ana@story.invalid", "a fictional passphrase of ana");
        let ana = json!({"display_name": "Ana Fictional", "email": email, "password": password,
            "time_zone": "Europe/Berlin"});
        let (head, _) = asks(&mut stream, "POST", "/v1/people/register", "", Some(ana)).await;
        assert!(head.starts_with("HTTP/1.1 201"), "{head}");
        assert!(head.contains("strict-transport-security: max-age=31536000"), "{head}");
        let signs_in = json!({"email": email, "password": password});
        let (head, signed) = asks(&mut stream, "POST", "/v1/auth/login", "", Some(signs_in)).await;
        let cookies: Vec<_> = head.lines().filter(|it| it.starts_with("set-cookie")).collect();
        assert_eq!(cookies.len(), 2, "{head}");
        for word in ["Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(cookies.iter().all(|it| it.contains(word)), "{word}: {cookies:?}");
        }
        let token = signed["access_token"].as_str().expect("a token").to_owned();
        let (head, _) = asks(&mut stream, "GET", "/v1/me", &token, None).await;
        assert!(head.starts_with("HTTP/1.1 200"), "the same connection goes on: {head}");

        let mut request = format!("wss://{NAME}/v1/socket").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "bedside.v1.json".parse().unwrap());
        let opened = Box::pin(tokio_tungstenite::client_async(request, hub.client().await));
        let (mut socket, _) = in_time("an upgrade", opened).await.expect("a socket");
        let hello =
            ClientFrame::Hello { token: token.into(), sdk: None, tab: None, follow: vec![] };
        let hello = Codec::Json.encode(&[hello]).expect("a frame");
        let hello = String::from_utf8(hello).expect("JSON");
        socket.send(Message::text(hello)).await.expect("sent");
        let welcome = in_time("a welcome", socket.next()).await.expect("open").expect("a frame");
        assert!(welcome.to_text().expect("text").contains("\"welcome\""), "{welcome}");
        socket.close(None).await.expect("said");
        while in_time("its end", socket.next()).await.is_some_and(|it| it.is_ok()) {}
        hub.server.stop(false).await;
    });
}

/// A ClientHello of a version before 1.3, by hand: no library speaks those any more. Its suites are those of its time and
/// the best of 1.2.
fn old_hello(version: [u8; 2]) -> Vec<u8> {
    let suites: [u16; 8] = [0xc02b, 0xc02f, 0xc013, 0xc009, 0x002f, 0x0035, 0x000a, 0x0005];
    let mut hello = vec![];
    hello.extend(version);
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend(16_u16.to_be_bytes());
    hello.extend(suites.iter().flat_map(|it| it.to_be_bytes()));
    hello.extend([1, 0]);
    // Groups: P-256 and X25519; signatures: ECDSA and RSA with SHA-256 and SHA-1.
    let extensions = [
        vec![0, 10, 0, 6, 0, 4, 0, 23, 0, 29],
        vec![0, 11, 0, 2, 1, 0],
        vec![0, 13, 0, 10, 0, 8, 4, 3, 4, 1, 2, 3, 2, 1],
    ]
    .concat();
    hello.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    hello.extend(extensions);
    let mut handshake = vec![1, 0];
    handshake.extend(u16::try_from(hello.len()).unwrap().to_be_bytes());
    handshake.extend(hello);
    let mut record = vec![22, version[0], version[1].min(1)];
    record.extend(u16::try_from(handshake.len()).unwrap().to_be_bytes());
    record.extend(handshake);
    record
}

/// The first record that answers: its kind, and of an alert what it says, of a hello which version and suite.
async fn answer_to(hub: &Secure, hello: &[u8]) -> (u8, Vec<u8>) {
    let mut stream = TcpStream::connect(hub.tls).await.expect("it listens");
    stream.write_all(hello).await.expect("sent");
    let mut bytes = vec![];
    let _cut = in_time("an answer", async {
        let mut space = [0; 512];
        while bytes.len() < 7 {
            match stream.read(&mut space).await {
                Ok(0) | Err(_) => break,
                Ok(read) => bytes.extend_from_slice(&space[..read]),
            }
        }
    })
    .await;
    (bytes.first().copied().unwrap_or_default(), bytes)
}

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

#[test]
fn nothing_older_than_what_the_settings_say_is_spoken() {
    tell_with(Kind::Memory, https, async |clinic| {
        let strict = Secure::opens(clinic, false).await;
        for version in [[3, 0], [3, 1], [3, 2], [3, 3]] {
            let (kind, bytes) = answer_to(&strict, &old_hello(version)).await;
            assert_eq!(kind, ALERT, "{version:?}: {bytes:?}");
            assert_eq!(bytes.get(5..7), Some(&[2, 70][..]), "protocol_version, to {version:?}");
        }
        strict.connects(&[&TLS12], &strict.trusted).await.expect_err("1.3 only");
        strict.server.stop(false).await;

        let lenient = Secure::opens(clinic, true).await;
        for version in [[3, 0], [3, 1], [3, 2]] {
            let (kind, bytes) = answer_to(&lenient, &old_hello(version)).await;
            assert_eq!(kind, ALERT, "{version:?}: {bytes:?}");
        }
        assert_eq!(answer_to(&lenient, &old_hello([3, 3])).await.0, HANDSHAKE, "1.2 is asked for");
        let mut old = old_hello([3, 3]);
        // The suites without forward secrecy or authenticated encryption alone: none is taken.
        let place = old.windows(2).position(|it| it == [0xc0, 0x2b]).unwrap();
        old[place..place + 4].copy_from_slice(&[0xc0, 0x13, 0xc0, 0x09]);
        let (kind, bytes) = answer_to(&lenient, &old).await;
        assert_eq!((kind, bytes.get(5..7)), (ALERT, Some(&[2, 40][..])), "{bytes:?}");
        let stream = lenient.connects(&[&TLS12], &lenient.trusted).await.expect("1.2");
        let suite = stream.get_ref().1.negotiated_cipher_suite().expect("one").suite();
        let name = format!("{suite:?}");
        assert!(name.starts_with("TLS_ECDHE_") && !name.contains("CBC"), "{name}");
        lenient.server.stop(false).await;
    });
}

#[test]
fn a_certificate_is_renewed_while_people_are_there() {
    tell_with(Kind::Memory, https, async |clinic| {
        let hub = Secure::opens(clinic, false).await;
        let (mut before, first) = (hub.client().await, hub.trusted.clone());
        assert!(!hub.certificate.read_again().expect("good"), "it is the same");
        std::fs::write(&hub.files.1, "no key at all").unwrap();
        let told = hub.certificate.read_again().expect_err("half of it").to_string();
        assert!(told.contains("tls.key") && told.contains("no private key"), "{told}");
        hub.connects(&[&TLS13], &first).await.expect("the one of before is in use");

        let (_, second) = issues(clinic.data_dir());
        assert!(hub.certificate.read_again().expect("good"), "it is another one");
        let stream = hub.connects(&[&TLS13], &second).await.expect("the new one");
        assert_eq!(stream.get_ref().1.peer_certificates(), Some(&[second.clone()][..]));
        hub.connects(&[&TLS13], &first).await.expect_err("the old one is gone");
        let (head, _) = asks(&mut before, "GET", "/healthz", "", None).await;
        assert!(head.starts_with("HTTP/1.1 200"), "who was there stays: {head}");
        assert!(hub.certificate.ends_at_s().expect("it ends") > 1_900_000_000);
        hub.server.stop(false).await;
    });
}

#[test]
fn the_plain_address_carries_no_call_and_no_socket() {
    tell_with(Kind::Memory, https, async |clinic| {
        let hub = Secure::opens(clinic, false).await;
        for (path, to) in [
            ("/", "https://clinic.test/"),
            ("/today?at=1", "https://clinic.test/today?at=1"),
            ("//evil.invalid/x", "https://clinic.test//evil.invalid/x"),
            ("http://evil.invalid/x", "https://clinic.test/x"),
        ] {
            let answer = Request::new("GET", path).send(hub.plain).await;
            assert_eq!((answer.status, answer.header("location")), (308, Some(to)), "{path}");
            assert_eq!(answer.header("strict-transport-security"), None, "it came in the open");
        }
        let by_host = Request::new("GET", "/x").with("x-forwarded-host", "evil.invalid");
        let answer = by_host.send(hub.plain).await;
        assert_eq!(answer.header("location"), Some("https://clinic.test/x"));
        let calls = [
            Request::new("POST", "/v1/auth/login").json(&json!({"email": "a@b", "password": "c"})),
            Request::new("GET", "/v1/me").with("authorization", "Bearer a.b.c"),
            Request::new("PUT", "/"),
        ];
        for call in calls {
            let answer = call.send(hub.plain).await;
            assert_eq!((answer.status, answer.code().as_str()), (426, "tls_required"));
            assert_eq!(answer.header("upgrade"), Some("TLS/1.3, HTTP/1.1"));
        }
        let ours = "sec-websocket-protocol: bedside.v1.json\r\norigin: https://clinic.test\r\n";
        let (head, _) = upgrade(hub.plain, ours).await;
        assert!(head.starts_with("HTTP/1.1 426"), "{head}");
        assert_eq!(Request::new("GET", "/healthz").send(hub.plain).await.status, 200);
        hub.server.stop(false).await;
    });
}

#[test]
fn files_that_are_no_certificate_are_named() {
    tell(Kind::Memory, async |clinic| {
        let folder = clinic.data_dir();
        let ((chain, key), _) = issues(folder);
        let other = tempfile::tempdir().unwrap();
        let ((_, others_key), _) = issues(other.path());
        let empty = folder.join("empty.pem");
        std::fs::write(&empty, "").unwrap();
        let nowhere = folder.join("nowhere.pem");
        for (chain, key, named, why) in [
            (&nowhere, &key, "nowhere.pem", ""),
            (&empty, &key, "empty.pem", "no certificate"),
            (&chain, &nowhere, "nowhere.pem", "cannot be read"),
            (&chain, &empty, "empty.pem", "no private key"),
            (&chain, &others_key, "tls.key", "not the key of the certificate"),
        ] {
            let told = Certificate::open(chain, key).expect_err(why).to_string();
            assert!(told.contains(named) && told.contains(why), "{told}");
        }
    });
}
