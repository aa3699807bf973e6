//! ICE-lite (RFC 8445 section 2.5): who may reach a transport, from where, and whether the client still consents.
//!
//! Owns the credentials, the addresses that authenticated checks came from, and the one that is sent to.
//! Invariant: nothing is accepted from, and nothing is sent to, an address that no authenticated check has named.
//! Told the time (µs); cryptography is done by the caller between [`peek_user`] and [`Ice::checked`].

use super::rtp::be16;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

/// RFC 7675: without a sign of consent for this long the transport ends, µs.
pub(crate) const CONSENT: i64 = 30_000_000;
/// After this long without a sign from the selected address a check from another one moves us, µs.
const SILENCE: i64 = 2_000_000;
/// Addresses of one client that are accepted at a time; the oldest is forgotten first.
const MAX_ADDRESSES: usize = 8;
/// Checks a second that one IP address may ask, and how many at once.
const CHECKS_PER_SECOND: i64 = 200;
const CHECKS_AT_ONCE: i64 = 400;
/// IP addresses that are watched.
const MAX_WATCHED: usize = 4096;

const USERNAME: u16 = 0x0006;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

/// Our and the client's name fragment in a binding request, before any cryptography.
pub(crate) fn peek_user(datagram: &[u8]) -> Option<(&str, &str)> {
    let is_request = be16(datagram, 0)? == 0x0001 && datagram.get(4..8)? == MAGIC_COOKIE;
    if !is_request || usize::from(be16(datagram, 2)?) + 20 != datagram.len() {
        return None;
    }
    let mut attributes = datagram.get(20..)?;
    while let (Some(kind), Some(length)) = (be16(attributes, 0), be16(attributes, 2)) {
        let length = usize::from(length);
        let value = attributes.get(4..4 + length)?;
        if kind == USERNAME {
            return std::str::from_utf8(value).ok()?.split_once(':');
        }
        attributes = attributes.get(4 + length.next_multiple_of(4)..)?;
    }
    None
}

/// A name fragment and a password of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) ufrag: String,
    pub(crate) password: String,
}

/// What an authenticated check changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// Nothing: we go on sending where we did.
    Same,
    /// The first address.
    First,
    /// The client nominated another one.
    Moved,
}

/// One client's side of ICE.
#[derive(Debug)]
pub(crate) struct Ice {
    credentials: Credentials,
    client: String,
    /// Until a check with the new ones has come, the ones before are good too.
    previous: Option<(Credentials, String)>,
    selected: Option<SocketAddr>,
    /// When something authentic last came from the selected address.
    heard: i64,
    addresses: Vec<SocketAddr>,
    alive: i64,
}

impl Ice {
    /// Waits for the first check; consent runs from now.
    pub(crate) fn new(credentials: Credentials, client: String, now: i64) -> Self {
        Self {
            credentials,
            client,
            previous: None,
            selected: None,
            heard: now,
            addresses: Vec::new(),
            alive: now,
        }
    }

    /// Takes new credentials of both sides; media goes on over the present address.
    pub(crate) fn restart(
        &mut self,
        credentials: Credentials,
        client: String,
    ) -> Option<Credentials> {
        let old = std::mem::replace(&mut self.credentials, credentials);
        let old_client = std::mem::replace(&mut self.client, client);
        self.previous.replace((old, old_client)).map(|(credentials, _)| credentials)
    }

    /// Name fragments under which checks may come.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.credentials.ufrag.as_str())
            .chain(self.previous.as_ref().map(|(credentials, _)| credentials.ufrag.as_str()))
    }

    /// The present credentials.
    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The password that a check with these names has to know; nothing for names that do not belong together.
    pub(crate) fn password(&self, ours: &str, theirs: &str) -> Option<&str> {
        let present = Some((&self.credentials, &self.client));
        let previous = self.previous.as_ref().map(|(credentials, client)| (credentials, client));
        [present, previous]
            .into_iter()
            .flatten()
            .find(|(credentials, client)| credentials.ufrag == ours && *client == theirs)
            .map(|(credentials, _)| credentials.password.as_str())
    }

    /// A check that is authentic came. Returns what it changed and the address that is not accepted any more.
    pub(crate) fn checked(
        &mut self,
        ours: &str,
        from: SocketAddr,
        nominates: bool,
        now: i64,
    ) -> (Checked, Option<SocketAddr>) {
        self.alive = now;
        if ours == self.credentials.ufrag {
            self.previous = None;
        }
        let forgotten = self.accept(from);
        let changed = match self.selected {
            None => Checked::First,
            Some(selected) if selected == from => Checked::Same,
            // Not every client nominates again when a NAT gives it another address under way.
            Some(_) if nominates || now - self.heard > SILENCE => Checked::Moved,
            Some(_) => return (Checked::Same, forgotten),
        };
        (self.selected, self.heard) = (Some(from), now);
        (changed, forgotten)
    }

    fn accept(&mut self, from: SocketAddr) -> Option<SocketAddr> {
        if self.addresses.contains(&from) {
            return None;
        }
        self.addresses.push(from);
        let oldest = self.addresses.iter().position(|address| Some(*address) != self.selected)?;
        (self.addresses.len() > MAX_ADDRESSES).then(|| self.addresses.remove(oldest))
    }

    /// An authentic packet came: media refreshes consent like a check does.
    pub(crate) fn refresh(&mut self, from: SocketAddr, now: i64) {
        self.alive = now;
        if self.selected == Some(from) {
            self.heard = now;
        }
    }

    /// Where to send.
    pub(crate) fn selected(&self) -> Option<SocketAddr> {
        self.selected
    }

    /// Addresses that are accepted.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Whether the client has given no sign for the period of consent.
    pub(crate) fn is_expired(&self, now: i64) -> bool {
        now - self.alive > CONSENT
    }
}

/// Bounds how many checks an IP address may have verified.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    /// Tokens in 1/1 000 000, and when they were counted.
    watched: HashMap<IpAddr, (i64, i64)>,
}

impl Limiter {
    /// Whether one more check from there may be looked at.
    pub(crate) fn allows(&mut self, from: IpAddr, now: i64) -> bool {
        if self.watched.len() >= MAX_WATCHED && !self.watched.contains_key(&from) {
            // Whoever has been quiet for long enough to have all tokens back need not be watched.
            let full = CHECKS_AT_ONCE * 1_000_000 / CHECKS_PER_SECOND;
            self.watched.retain(|_, (_, since)| now - *since < full);
            if self.watched.len() >= MAX_WATCHED {
                return false;
            }
        }
        let (tokens, since) = self.watched.entry(from).or_insert((CHECKS_AT_ONCE * 1_000_000, now));
        *tokens = (*tokens + (now - *since).max(0).saturating_mul(CHECKS_PER_SECOND))
            .min(CHECKS_AT_ONCE * 1_000_000);
        *since = now;
        if *tokens < 1_000_000 {
            return false;
        }
        *tokens -= 1_000_000;
        true
    }
}

#[cfg(test)]
mod tests;
