//! MESSAGES TO PEOPLE: what is told, by which way, in which words, and that it arrives.
//!
//! Owns: which notices a change makes ([`plan`]), their text at the moment of sending ([`render`], [`calendar`], [`when`]),
//! the ways out ([`mail`], [`sms`]), and the worker that empties the outbox ([`courier`]) with its patience ([`backoff`],
//! [`breaker`]).
//! Invariants: OB-3 a text is made of the appointment as it is when it is sent; one that is about an older version is
//! not sent. What everybody on the way can read (subject, short message, title of a calendar entry) names no person and
//! no specialty. A message that is sent twice carries the same id both times. Nothing of a message is logged.
//! Does not: decide about appointments, or know who asked.

use crate::protocol::ids::NoticeId;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use std::io;
use std::path::Path;

pub mod backoff;
pub mod breaker;
pub mod calendar;
pub mod courier;
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

/// A secret from a file of its own, without the line break at its end.
///
/// # Errors
/// The setting, and why its file cannot be read.
pub fn read_secret(path: &Path, setting: &str) -> io::Result<Phi<String>> {
    let told = |error: io::Error| io::Error::other(format!("{setting}: {}", error.kind()));
    let text = std::fs::read_to_string(path).map_err(told)?;
    Ok(Phi::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}
