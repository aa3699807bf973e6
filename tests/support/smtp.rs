//! An SMTP server (RFC 5321) that keeps what it is given, and refuses, defers or hangs when it is told to.
//!
//! Owns no judgement about what a mail should be; it is strict about how it comes: commands in order, lines that end in
//! CRLF, dots doubled.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// How the server behaves to one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes the mail.
    Take,
    /// This reply instead of a greeting.
    Greet(&'static str),
    /// This reply to the recipient.
    Recipient(&'static str),
    /// This reply to the mail.
    Mail(&'static str),
    /// Reads the mail, and says nothing any more.
    Hang,
}

/// How a server wants to be spoken to.
#[derive(Clone)]
pub(crate) enum Tls {
    /// From the first byte.
    Implicit(TlsAcceptor),
    /// From `STARTTLS` on; nothing else before it.
    Starttls(TlsAcceptor),
    /// In the clear, and `STARTTLS` is not offered.
    None,
}

/// A server that takes mail only from whoever signs in.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) tls: Tls,
    /// Name and password.
    pub(crate) account: Option<(&'static str, &'static str)>,
}

/// A mail that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Caught {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// As it was sent, without the dots of transparency.
    pub(crate) text: String,
}

#[derive(Default)]
struct Script {
    next: VecDeque<Manner>,
    otherwise: Option<Manner>,
}

struct Shared {
    guard: Guard,
    script: Mutex<Script>,
    caught: watch::Sender<Vec<Caught>>,
    /// Connections, and mails that were read to their end whatever became of them.
    seen: watch::Sender<(usize, Vec<String>)>,
}

/// The server. Gone when it is dropped.
pub(crate) struct Smtp {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    work: Option<JoinHandle<()>>,
}

impl Smtp {
    /// Listens on a port of its own.
    pub(crate) async fn start() -> Smtp {
        Smtp::guarded(Guard { tls: Tls::None, account: None }).await
    }

    /// As [`Smtp::start`], and it asks for TLS or an account.
    pub(crate) async fn guarded(guard: Guard) -> Smtp {
        let shared = Shared {
            guard,
            script: Mutex::default(),
            caught: watch::Sender::new(vec![]),
            seen: watch::Sender::new((0, vec![])),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut smtp = Smtp { address, shared: Arc::new(shared), work: None };
        smtp.listen(listener);
        smtp
    }

    /// Nobody listens any more.
    pub(crate) async fn stop(&mut self) {
        if let Some(work) = self.work.take() {
            work.abort();
            work.await.expect_err("it was aborted");
        }
    }

    /// Listens again, on the same port.
    pub(crate) async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is free again");
        self.listen(listener);
    }

    fn listen(&mut self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        self.work = Some(tokio::spawn(async move {
            let mut sessions = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let manner = shared.manner();
                shared.seen.send_modify(|it| it.0 += 1);
                let shared = Arc::clone(&shared);
                // A client that goes in the middle is its own affair.
                sessions.spawn(async move { drop(serve(stream, manner, &shared).await) });
            }
        }));
    }

    /// The next connections are treated like this, one after the other.
    pub(crate) fn next(&self, manners: impl IntoIterator<Item = Manner>) {
        self.shared.script.lock().unwrap().next.extend(manners);
    }

    /// All other connections are treated like this.
    pub(crate) fn otherwise(&self, manner: Manner) {
        self.shared.script.lock().unwrap().otherwise = Some(manner);
    }

    /// Everything that was taken.
    pub(crate) fn caught(&self) -> Vec<Caught> {
        self.shared.caught.borrow().clone()
    }

    /// Waits until so many were taken.
    pub(crate) async fn catches(&self, count: usize) -> Vec<Caught> {
        let mut caught = self.shared.caught.subscribe();
        let wanted =
            tokio::time::timeout(Duration::from_secs(30), caught.wait_for(|it| it.len() >= count));
        match wanted.await {
            Ok(caught) => caught.expect("it is listening").clone(),
            Err(_) => panic!("{} mails came, not {count}", self.caught().len()),
        }
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.seen.borrow().0
    }

    /// Waits until so many mails were read to their end, taken or not; all of them.
    pub(crate) async fn reads(&self, count: usize) -> Vec<String> {
        let mut seen = self.shared.seen.subscribe();
        let wanted =
            tokio::time::timeout(Duration::from_secs(30), seen.wait_for(|it| it.1.len() >= count));
        wanted.await.expect("enough mails").expect("it is listening").1.clone()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            work.abort();
        }
    }
}

impl Shared {
    fn manner(&self) -> Manner {
        let mut script = self.script.lock().unwrap();
        let otherwise = script.otherwise.unwrap_or(Manner::Take);
        script.next.pop_front().unwrap_or(otherwise)
    }
}

/// In the clear or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Lines of one connection.
struct Line(BufReader<Box<dyn Stream>>);

impl Line {
    fn over(stream: impl Stream + 'static) -> Line {
        Line(BufReader::new(Box::new(stream)))
    }

    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.0.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.0.flush().await
    }

    /// What follows is protected. What a client said too early is not taken as said under it (RFC 3207 §6).
    async fn protect(self, tls: &TlsAcceptor) -> std::io::Result<Line> {
        assert!(self.0.buffer().is_empty(), "said before TLS began");
        Ok(Line::over(tls.accept(self.0.into_inner()).await?))
    }

    /// Without its line break; an error at the end.
    async fn hear(&mut self) -> std::io::Result<String> {
        let mut line = Vec::new();
        if self.0.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8(line).expect("mail is UTF-8");
        let text = line.strip_suffix("\r\n").expect("a line ends in CRLF");
        assert!(!text.contains(['\r', '\n']), "a bare line break: {text:?}");
        Ok(text.to_owned())
    }
}

/// Up to where mails may be sent: under TLS where the guard wants it, signed in where it wants that. None at a QUIT.
async fn let_in(mut line: Line, guard: &Guard) -> std::io::Result<Option<Line>> {
    let mut is_protected = !matches!(guard.tls, Tls::Starttls(_));
    let mut account = guard.account;
    loop {
        if is_protected && account.is_none() {
            return Ok(Some(line));
        }
        let heard = line.hear().await?;
        match (heard.split(' ').next().unwrap_or_default(), &guard.tls) {
            ("EHLO", Tls::Starttls(_)) if !is_protected => {
                line.say("250-catcher.test\r\n250 STARTTLS").await?;
            }
            ("EHLO", _) => line.say("250-catcher.test\r\n250 AUTH PLAIN").await?,
            ("STARTTLS", Tls::Starttls(tls)) if !is_protected => {
                line.say("220 go on").await?;
                line = line.protect(tls).await?;
                is_protected = true;
            }
            ("AUTH", _) if is_protected => match account.filter(|it| heard == plain(*it)) {
                Some(_) => {
                    account = None;
                    line.say("235 2.7.0 welcome").await?;
                }
                None => line.say("535 5.7.8 who is that").await?,
            },
            ("QUIT", _) => return line.say("221 bye").await.map(|()| None),
            _ => line.say("530 5.7.0 not yet").await?,
        }
    }
}

/// RFC 4616, with the initial response of RFC 4954.
fn plain((user, password): (&str, &str)) -> String {
    use base64::Engine as _;
    let said = format!("\0{user}\0{password}");
    format!("AUTH PLAIN {}", base64::engine::general_purpose::STANDARD.encode(said))
}

async fn serve(stream: TcpStream, manner: Manner, shared: &Shared) -> std::io::Result<()> {
    let guard = &shared.guard;
    let mut line = match &guard.tls {
        Tls::Implicit(tls) => Line::over(tls.accept(stream).await?),
        Tls::Starttls(_) | Tls::None => Line::over(stream),
    };
    if let Manner::Greet(reply) = manner {
        return line.say(reply).await;
    }
    line.say("220 catcher.test ESMTP").await?;
    let Some(mut line) = let_in(line, guard).await? else { return Ok(()) };
    let (mut from, mut to) = (None, Vec::new());
    loop {
        let heard = line.hear().await?;
        let verb = heard.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => line.say("250 catcher.test").await?,
            "MAIL" => {
                from = Some(address_in(&heard));
                line.say("250 2.1.0 OK").await?;
            }
            "RCPT" => {
                assert!(from.is_some(), "RCPT before MAIL");
                if let Manner::Recipient(reply) = manner {
                    line.say(reply).await?;
                    continue;
                }
                to.push(address_in(&heard));
                line.say("250 2.1.5 OK").await?;
            }
            "DATA" => {
                assert!(!to.is_empty(), "DATA before RCPT");
                line.say("354 go on").await?;
                let text = data(&mut line).await?;
                shared.seen.send_modify(|it| it.1.push(text.clone()));
                match manner {
                    Manner::Hang => std::future::pending().await,
                    Manner::Mail(reply) => line.say(reply).await?,
                    Manner::Take | Manner::Greet(_) | Manner::Recipient(_) => {
                        let from = from.take().unwrap_or_default();
                        let mail = Caught { from, to: std::mem::take(&mut to), text };
                        shared.caught.send_modify(|it| it.push(mail));
                        line.say("250 2.0.0 taken").await?;
                    }
                }
            }
            "RSET" | "NOOP" => line.say("250 OK").await?,
            "QUIT" => return line.say("221 bye").await,
            _ => line.say("502 5.5.1 not here").await?,
        }
    }
}

async fn data(line: &mut Line) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let heard = line.hear().await?;
        if heard == "." {
            return Ok(text);
        }
        assert!(heard.len() <= 998, "RFC 5322: a line of {} octets", heard.len());
        text.push_str(heard.strip_prefix('.').unwrap_or(&heard));
        text.push_str("\r\n");
    }
}

fn address_in(command: &str) -> String {
    let (_, rest) = command.split_once('<').expect("a path");
    rest.split_once('>').expect("a path").0.to_owned()
}

impl Caught {
    /// A header, unfolded.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        header(&self.text, name)
    }

    /// The decoded body of the first part of that type, with the whole type.
    pub(crate) fn part(&self, kind: &str) -> Option<(String, String)> {
        part(&self.text, kind)
    }

    /// What a person reads.
    pub(crate) fn body(&self) -> String {
        self.part("text/plain").expect("a text").1
    }
}

fn header(text: &str, name: &str) -> Option<String> {
    let (head, _) = text.split_once("\r\n\r\n")?;
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

fn part(text: &str, kind: &str) -> Option<(String, String)> {
    let (_, body) = text.split_once("\r\n\r\n")?;
    let whole = header(text, "Content-Type")?;
    if whole.to_ascii_lowercase().starts_with(kind) {
        let encoding = header(text, "Content-Transfer-Encoding").unwrap_or_default();
        return Some((whole, decoded(body, &encoding)));
    }
    let (_, rest) = whole.split_once("boundary=")?;
    let boundary = rest.split(';').next()?.trim_matches('"');
    let marked = format!("\r\n{body}");
    let inside = marked.split(&format!("\r\n--{boundary}--")).next()?;
    let between = format!("\r\n--{boundary}\r\n");
    inside.split(&between).skip(1).find_map(|it| part(it, kind))
}

fn decoded(body: &str, encoding: &str) -> String {
    use base64::Engine as _;
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "base64" => {
            let joined: String = body.split("\r\n").collect();
            base64::engine::general_purpose::STANDARD.decode(joined).expect("base64")
        }
        "quoted-printable" => quoted(&body.replace("=\r\n", "")),
        "7bit" => {
            assert!(body.is_ascii(), "7bit is ASCII");
            body.as_bytes().to_vec()
        }
        "8bit" | "" => body.as_bytes().to_vec(),
        other => panic!("the encoding {other}"),
    };
    String::from_utf8(bytes).expect("UTF-8")
}

fn quoted(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            let (code, after) = after.split_at(2);
            let code = std::str::from_utf8(code).expect("two digits");
            bytes.push(u8::from_str_radix(code, 16).expect("hexadecimal"));
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    bytes
}
