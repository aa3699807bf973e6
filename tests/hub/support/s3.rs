//! A bucket of its own for one story, on the server of the tests, and a gate before it: it lets in only what is signed as it
//! should be, which the server itself does not look at, and fails as it is told.

use super::tls::Authority;
use aws_lc_rs::{digest, hmac};
use bedside::config::{Config, FileStore};
use bedside::files::blobs::Blobs;
use bedside::files::bucket::Bucket;
use bedside::notifications::https_client;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use uuid::Uuid;

const KEY_ID: &str = "story";
const SECRET: &str = "a key of the story, and of nobody else";
const REGION: &str = "eu-central-1";

thread_local! {
    /// Address of the gate and name of the bucket of the story that this thread tells.
    static NOW: RefCell<(String, String)> = RefCell::default();
}

/// What the gate does with who comes.
#[derive(Clone)]
pub(crate) enum Mood {
    /// Lets pass what is signed.
    Passes,
    /// Ends every connection without a word.
    IsAway,
    /// Says of everything that there is no such bucket.
    HasNothing,
    /// Lets pass, after somebody says so.
    Waits(Rc<Notify>),
    /// Sends everybody there.
    Leads(SocketAddr),
}

/// The gate.
pub(crate) struct Gate {
    mood: Rc<RefCell<Mood>>,
    /// Methods of what was let in, and what was refused.
    pub(crate) seen: Rc<RefCell<Vec<String>>>,
    server: String,
    bucket: String,
}

/// The settings of a story that has one.
pub(crate) fn with_bucket(config: &mut Config) {
    let secret_file = config.data_dir.join("s3-secret");
    std::fs::write(&secret_file, format!("{SECRET}\n")).unwrap();
    let s3 = &mut config.files.s3;
    (s3.endpoint, s3.bucket) = NOW.with_borrow(Clone::clone);
    (s3.key_id, s3.secret_file) = (KEY_ID.to_owned(), secret_file);
    s3.region = REGION.to_owned();
    config.files.store = FileStore::S3;
}

/// The server of the tests; `None` when its stories are to be left out.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no configuration of the hub"
)]
fn server() -> Option<String> {
    match std::env::var("BEDSIDE_TEST_S3") {
        Ok(url) if !url.is_empty() => Some(url),
        _ if std::env::var("BEDSIDE_TEST_SKIP_S3").is_ok_and(|it| it == "1") => None,
        _ => panic!(
            "BEDSIDE_TEST_S3 is not set: export BEDSIDE_TEST_S3=$(scripts/s3.sh start), \
             or leave S3 out with BEDSIDE_TEST_SKIP_S3=1"
        ),
    }
}

impl Gate {
    /// Before a bucket of its own, on the thread of the story.
    pub(crate) async fn open() -> Option<Gate> {
        let server = server()?;
        let bucket = format!("story-{}", Uuid::now_v7().simple());
        let made = reqwest::Client::new().put(format!("{server}/{bucket}")).send().await;
        assert!(made.expect("the server answers").status().is_success());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        NOW.set((format!("http://{}", listener.local_addr().unwrap()), bucket.clone()));
        let (mood, seen) = (Rc::new(RefCell::new(Mood::Passes)), Rc::default());
        let gate = Gate { mood, seen, server, bucket };
        let (mood, seen) = (Rc::clone(&gate.mood), Rc::clone(&gate.seen));
        let to = gate.server.trim_start_matches("http://").to_owned();
        actix_rt::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (mood, seen) = (mood.borrow().clone(), Rc::clone(&seen));
                actix_rt::spawn(serve(client, to.clone(), mood, seen));
            }
        });
        Some(gate)
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.mood.borrow_mut() = mood;
    }

    /// The bucket, past the gate.
    pub(crate) fn blobs(&self) -> Blobs {
        blobs(self.server.clone(), self.bucket.clone(), reqwest::Client::new())
    }

    /// Another gate that speaks TLS, and the file with the authority that vouches for it.
    pub(crate) async fn by_tls(&self, folder: &Path) -> (String, PathBuf) {
        let authority = Authority::new();
        let tls = authority.server("127.0.0.1");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let to = self.server.trim_start_matches("http://").to_owned();
        let seen = Rc::clone(&self.seen);
        actix_rt::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(client) = tls.accept(client).await else { continue };
                actix_rt::spawn(serve(client, to.clone(), Mood::Passes, Rc::clone(&seen)));
            }
        });
        (address, authority.file(folder))
    }

    /// The bucket at another address, for who trusts those authorities.
    pub(crate) fn blobs_at(&self, endpoint: &str, ca_file: &Path) -> Blobs {
        let client = https_client(Duration::from_secs(4), ca_file, "files.s3.ca_file");
        blobs(endpoint.to_owned(), self.bucket.clone(), client.expect("a client"))
    }
}

async fn serve(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    server: String,
    mood: Mood,
    seen: Rc<RefCell<Vec<String>>>,
) -> Option<()> {
    let asked = match mood {
        Mood::IsAway => return None,
        _ => Asked::read(&mut client).await?,
    };
    if let Mood::Waits(until) = &mood {
        until.notified().await;
        until.notify_one();
    }
    let answer = match mood {
        Mood::Leads(to) => {
            let to = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{to}{}\r\n",
                asked.path
            );
            format!("{to}content-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
        }
        Mood::HasNothing => {
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec()
        }
        _ if !asked.is_signed(KEY_ID, SECRET) => {
            seen.borrow_mut().push("refused".to_owned());
            b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec()
        }
        _ => {
            seen.borrow_mut().push(asked.method.clone());
            asked.pass_on(&server).await?
        }
    };
    client.write_all(&answer).await.ok()?;
    client.shutdown().await.ok()
}

/// A request, as it came.
struct Asked {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asked {
    async fn read(client: &mut (impl AsyncRead + Unpin)) -> Option<Asked> {
        let mut bytes = vec![];
        let head = loop {
            if let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
                break at;
            }
            if client.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let body = bytes.split_off(head + 4);
        let text = String::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = lines.filter_map(|it| it.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut asked = Asked { method, path, query, headers: headers.collect(), body };
        let length = asked.header("content-length").parse().unwrap_or(0);
        while asked.body.len() < length {
            if client.read_buf(&mut asked.body).await.ok()? == 0 {
                return None;
            }
        }
        Some(asked)
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value)
    }

    /// Whether it is signed by that key (AWS Signature Version 4), head and body.
    fn is_signed(&self, key_id: &str, secret: &str) -> bool {
        let signed = |name: &str| {
            let (_, rest) = self.header("authorization").split_once(&format!("{name}="))?;
            Some(rest.split(',').next().unwrap_or(rest).to_owned())
        };
        let parts = signed("Credential").zip(signed("SignedHeaders")).zip(signed("Signature"));
        let Some(((credential, names), signature)) = parts else { return false };
        let Some(scope) = credential.strip_prefix(&format!("{key_id}/")) else { return false };
        let is_whole = self.header("x-amz-content-sha256") == sha256(&self.body);
        let must: Vec<_> = names.split(';').collect();
        let has_host = must.contains(&"host") && must.contains(&"x-amz-content-sha256");
        is_whole && has_host && self.signature(scope, &must, secret) == signature
    }

    fn signature(&self, scope: &str, names: &[&str], secret: &str) -> String {
        let mut query: Vec<_> = self.query.split('&').filter(|it| !it.is_empty()).collect();
        query.sort_unstable();
        let query: Vec<_> = query
            .into_iter()
            .map(|it| if it.contains('=') { it.to_owned() } else { format!("{it}=") })
            .collect();
        let headers: String =
            names.iter().map(|it| format!("{it}:{}\n", self.header(it).trim())).collect();
        let canonical = [
            &self.method,
            &self.path,
            &query.join("&"),
            &headers,
            &names.join(";"),
            self.header("x-amz-content-sha256"),
        ]
        .join("\n");
        let date = self.header("x-amz-date");
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let key = scope
            .split('/')
            .fold(format!("AWS4{secret}").into_bytes(), |key, part| sign(&key, part.as_bytes()));
        hex(&sign(&key, text.as_bytes()))
    }

    async fn pass_on(&self, server: &str) -> Option<Vec<u8>> {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let mut head = format!("{} {}{query} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "connection") {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("connection: close\r\n\r\n");
        let mut to = TcpStream::connect(server).await.ok()?;
        to.write_all(head.as_bytes()).await.ok()?;
        to.write_all(&self.body).await.ok()?;
        let mut answer = vec![];
        to.read_to_end(&mut answer).await.ok()?;
        Some(answer)
    }
}

fn sign(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

/// How long the hub may take to say that a bucket is not there.
pub(crate) const GIVES_UP_WITHIN: Duration = bedside::files::blobs::WITHIN;

/// The bucket of this story, by its gate.
pub(crate) fn blobs_of_now() -> Blobs {
    let (endpoint, bucket) = NOW.with_borrow(Clone::clone);
    blobs(endpoint, bucket, reqwest::Client::new())
}

fn blobs(endpoint: String, name: String, client: reqwest::Client) -> Blobs {
    let bucket = Bucket {
        endpoint,
        name,
        region: REGION.to_owned(),
        is_path_style: true,
        key_id: KEY_ID.to_owned(),
        secret: bedside::protocol::phi::Phi::new(SECRET.to_owned()),
        client,
    };
    Blobs::bucket(bucket).expect("a bucket")
}

/// Requests and signatures of AWS's own documentation ("Signature Calculations for the Authorization Header").
#[test]
fn the_gate_knows_a_signature() {
    let of = |method: &str, path: &str, query: &str, more: &[(&str, &str)], body: &str| {
        let mut headers = vec![
            ("host".to_owned(), "examplebucket.s3.amazonaws.com".to_owned()),
            ("x-amz-content-sha256".to_owned(), sha256(body.as_bytes())),
            ("x-amz-date".to_owned(), "20130524T000000Z".to_owned()),
        ];
        headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        headers.sort();
        let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
        let asked = Asked { method, path, query, headers, body: body.as_bytes().to_vec() };
        let names: Vec<_> = asked.headers.iter().map(|(name, _)| name.as_str()).collect();
        let scope = "20130524/us-east-1/s3/aws4_request";
        asked.signature(scope, &names, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    };
    assert_eq!(
        of("GET", "/test.txt", "", &[("range", "bytes=0-9")], ""),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
    let date = ("date", "Fri, 24 May 2013 00:00:00 GMT");
    let class = ("x-amz-storage-class", "REDUCED_REDUNDANCY");
    assert_eq!(
        of("PUT", "/test%24file.text", "", &[date, class], "Welcome to Amazon S3."),
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    );
    assert_eq!(
        of("GET", "/", "lifecycle", &[], ""),
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    );
    assert_eq!(
        of("GET", "/", "max-keys=2&prefix=J", &[], ""),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    );
}
