//! The antivirus: clamd, asked by its own protocol (`INSTREAM`) over TCP or a socket in the file system.
//!
//! Owns: how it is asked and how long. Invariant: without an answer that says that a file is clean it is not: a scanner that is down,
//! slow, or says something else is [`NoAnswer`]. Does not: decide what follows.

use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

/// Bytes that are sent as one piece.
const PIECE: usize = 64 * 1024;
/// Bytes of an answer: a name of a virus, at most.
const MAX_ANSWER: u64 = 4 * 1024;

/// Where it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Tcp(String),
    Unix(PathBuf),
}

/// What it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It knows nothing bad.
    Clean,
    /// It knows it.
    Infected,
}

/// It did not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the antivirus gave no answer")]
pub struct NoAnswer;

/// A scanner.
#[derive(Debug, Clone)]
pub struct Antivirus {
    address: Address,
    within: Duration,
}

impl Antivirus {
    /// One at `tcp://<host>:<port>` or `unix:<path>`. Nothing for another address.
    pub fn at(address: &str, within: Duration) -> Option<Self> {
        let address = match (address.strip_prefix("tcp://"), address.strip_prefix("unix:")) {
            (Some(host), _) if host.contains(':') => Address::Tcp(host.to_owned()),
            (_, Some(path)) if path.starts_with('/') => Address::Unix(path.into()),
            _ => return None,
        };
        Some(Antivirus { address, within })
    }

    /// Has a file looked at.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn scan(&self, bytes: &[u8]) -> Result<Verdict, NoAnswer> {
        let answer = match tokio::time::timeout(self.within, self.ask(bytes)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => {
                metrics::counter!("bedside_scans_total", "outcome" => "down").increment(1);
                return Err(NoAnswer);
            }
        };
        let (outcome, verdict) = match answer.trim_end_matches(['\0', '\n']) {
            "stream: OK" => ("clean", Ok(Verdict::Clean)),
            // The name of what it found may be the name of the file.
            it if it.starts_with("stream: ") && it.ends_with(" FOUND") => {
                ("infected", Ok(Verdict::Infected))
            }
            _ => ("no_verdict", Err(NoAnswer)),
        };
        metrics::counter!("bedside_scans_total", "outcome" => outcome).increment(1);
        verdict
    }

    async fn ask(&self, bytes: &[u8]) -> io::Result<String> {
        match &self.address {
            Address::Tcp(host) => send(TcpStream::connect(host).await?, bytes).await,
            Address::Unix(path) => send(UnixStream::connect(path).await?, bytes).await,
        }
    }
}

async fn send(mut to: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> io::Result<String> {
    to.write_all(b"zINSTREAM\0").await?;
    for piece in bytes.chunks(PIECE) {
        let length = u32::try_from(piece.len()).map_err(io::Error::other)?;
        to.write_all(&length.to_be_bytes()).await?;
        to.write_all(piece).await?;
    }
    to.write_all(&0_u32.to_be_bytes()).await?;
    to.flush().await?;
    let mut answer = String::new();
    to.take(MAX_ANSWER).read_to_string(&mut answer).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_one_of_two_kinds() {
        let within = Duration::from_secs(1);
        for good in ["tcp://127.0.0.1:3310", "tcp://clamav:3310", "unix:/run/clamd.sock"] {
            assert!(Antivirus::at(good, within).is_some(), "{good}");
        }
        for bad in ["", "127.0.0.1:3310", "tcp://clamav", "unix:clamd.sock", "http://a:1"] {
            assert!(Antivirus::at(bad, within).is_none(), "{bad}");
        }
    }

    #[tokio::test]
    async fn what_does_not_say_clean_is_not() {
        for (answer, expected) in [
            ("stream: OK\0", Ok(Verdict::Clean)),
            ("stream: Eicar-Test-Signature FOUND\0", Ok(Verdict::Infected)),
            ("INSTREAM size limit exceeded. ERROR\0", Err(NoAnswer)),
            ("stream: OK, I think\0", Err(NoAnswer)),
            ("", Err(NoAnswer)),
        ] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("tcp://{}", listener.local_addr().unwrap());
            let scanner = Antivirus::at(&address, Duration::from_secs(5)).unwrap();
            let serve = async {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut asked = vec![];
                while !asked.ends_with(&[0, 0, 0, 0]) {
                    socket.read_buf(&mut asked).await.unwrap();
                }
                assert_eq!(asked, b"zINSTREAM\0\0\0\0\x02hi\0\0\0\0");
                socket.write_all(answer.as_bytes()).await.unwrap();
            };
            let (found, ()) = tokio::join!(scanner.scan(b"hi"), serve);
            assert_eq!(found, expected, "{answer:?}");
        }
        let nobody = Antivirus::at("unix:/nowhere/clamd.sock", Duration::from_secs(1)).unwrap();
        assert_eq!(nobody.scan(b"hi").await, Err(NoAnswer));
    }

    #[tokio::test]
    async fn a_scanner_that_is_slow_is_not_waited_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let slow = Antivirus::at(&address, Duration::from_millis(50)).unwrap();
        assert_eq!(slow.scan(b"hi").await, Err(NoAnswer));
    }
}
