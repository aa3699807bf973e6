//! MESSAGES TO PEOPLE: what is told, by which way, in which words, and that it arrives.
//!
//! Owns: which notices a change makes ([`plan`]), their text at the moment of sending ([`render`], [`calendar`], [`when`]),
//! the links that mails carry ([`links`]), the ways out ([`mail`], [`sms`]), and the worker that empties the outbox ([`courier`]) with its patience ([`backoff`],
//! [`breaker`]).
//! Invariants: OB-3 a text is made of the appointment as it is when it is sent; one that is about an older version is
//! not sent. What everybody on the way can read (subject, short message, title of a calendar entry) names no person and
//! no specialty. A message that is sent twice carries the same id both times. Nothing of a message is logged.
//! Does not: decide about appointments, or know who asked.

use crate::protocol::ids::NoticeId;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use reqwest::{Certificate, Client, ClientBuilder, redirect};
use std::io;
use std::path::Path;
use std::time::Duration;

pub mod backoff;
pub mod breaker;
pub mod calendar;
pub mod courier;
pub mod links;
pub mod mail;
pub mod plan;
pub mod render;
pub mod sms;
pub mod when;

/// A message with everything that a channel needs to send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which notice it is. A receiver that was given the same id twice may drop the second.
    pub notice_id: NoticeId,
    /// Mail address, or number in E.164.
    pub to: Phi<String>,
    /// Names nobody: everybody on the way can read it.
    pub subject: String,
    /// What is to be read.
    pub text: Phi<String>,
    /// An entry for the receiver's calendar.
    pub calendar: Option<calendar::Invitation>,
    /// When it was made.
    pub made_at: UnixMillis,
}

/// Why a message was not sent. The word is for logs, metrics and the administrator, and has no value in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// This message will never be taken.
    Refused(&'static str),
    /// This message was not taken now; others may be.
    Later(&'static str),
    /// The way itself is closed: no connection, no answer, not signed in.
    Down(&'static str),
}

/// A way out.
#[async_trait]
pub trait Sender: Send + Sync + 'static {
    /// Sends. `Ok` means that the next one on the way has taken responsibility for it.
    async fn send(&self, message: &Message) -> Result<(), Failure>;
}

/// What `ca_file` of a setting holds; empty without one.
///
/// # Errors
/// The setting, and why its file cannot be read.
fn read_authorities(path: &Path, setting: &str) -> io::Result<Vec<u8>> {
    if path.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let pem = std::fs::read_to_string(path);
    let pem = pem.map_err(|error| io::Error::other(format!("{setting}: {}", error.kind())))?;
    if pem.contains("-----BEGIN CERTIFICATE-----") {
        Ok(pem.into_bytes())
    } else {
        Err(io::Error::other(format!("{setting}: no certificates in PEM")))
    }
}

/// How another server is asked over HTTPS: each question within `deadline`. No redirect is followed, for it would carry
/// the token elsewhere. The authorities in `ca_file` are trusted in the place of the machine's own, which are where there is none.
///
/// # Errors
/// The setting, and what is wrong with its file.
pub fn https_client(deadline: Duration, ca_file: &Path, setting: &str) -> io::Result<Client> {
    let built = client_builder(ca_file, setting)?.timeout(deadline).build();
    built.map_err(|_| io::Error::other(format!("{setting}: no HTTPS with these authorities")))
}

/// The same, for whoever has more to say of how it is asked.
///
/// # Errors
/// As [`https_client`].
pub fn client_builder(ca_file: &Path, setting: &str) -> io::Result<ClientBuilder> {
    let wrong = |_| io::Error::other(format!("{setting}: a certificate that cannot be read"));
    let pem = read_authorities(ca_file, setting)?;
    let authorities = Certificate::from_pem_bundle(&pem).map_err(wrong)?;
    let client = Client::builder().redirect(redirect::Policy::none());
    Ok(if pem.is_empty() { client } else { client.tls_certs_only(authorities) })
}

/// A secret from a file of its own, without the line break at its end.
///
/// # Errors
/// The setting, and why its file cannot be read.
pub fn read_secret(path: &Path, setting: &str) -> io::Result<Phi<String>> {
    let told = |error: io::Error| io::Error::other(format!("{setting}: {}", error.kind()));
    let text = std::fs::read_to_string(path).map_err(told)?;
    Ok(Phi::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}
