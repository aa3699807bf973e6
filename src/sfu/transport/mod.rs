//! One client's transport: ICE-lite, DTLS server, SRTP. Only this folder names the `rtc` crates.
//!
//! Owns the order of trust: an authenticated check names an address, only from there DTLS is accepted, only with the
//! fingerprint of the offer there are keys, and only with keys there is media.
//! Does not own the socket: datagrams come in by reference and go out into an [`Outbox`].

mod dtls;
mod hello;
mod srtp;
mod stun;

pub(crate) use dtls::Identity;
pub(crate) use srtp::{Inbound, Outbound, Refused};

use super::counters::Counters;
use super::ice::{Checked, Credentials, Ice};
use super::outbox::Outbox;
use super::slot::Written;
use dtls::{Dtls, Keys, Progress};
use srtp::Master;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Something that the room has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing.
    Nothing,
    /// Media can flow.
    Connected,
    /// The client closed it.
    Closed,
    /// The handshake failed.
    Failed,
}

/// What a check did to the table of addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AddressChange {
    /// Accepted from now on.
    pub(crate) accepted: Option<SocketAddr>,
    /// Not accepted any more.
    pub(crate) forgotten: Option<SocketAddr>,
}

/// ICE, DTLS and SRTP of one client.
pub(crate) struct Transport {
    pub(crate) ice: Ice,
    identity: Arc<Identity>,
    dtls: Dtls,
    keys: Option<Box<Keys>>,
    epoch: Instant,
}

impl Transport {
    /// Waits for the client. `epoch` is the worker's time zero. Nothing when the cryptographic library fails.
    pub(crate) fn new(
        identity: Arc<Identity>,
        ice: Ice,
        fingerprint: [u8; 32],
        epoch: Instant,
    ) -> Option<Self> {
        let dtls = Dtls::new(identity.clone(), fingerprint)?;
        Some(Self { ice, identity, dtls, keys: None, epoch })
    }

    /// A transport that is connected already, with these master keys for both directions: for measurements and tests
    /// that are about what comes after the handshake.
    pub(crate) fn ready(
        identity: &Arc<Identity>,
        ice: Ice,
        key: [u8; 16],
        salt: [u8; 12],
        epoch: Instant,
    ) -> Option<Self> {
        let mut transport = Self::new(identity.clone(), ice, [0; 32], epoch)?;
        let (inbound, outbound) = Self::keys(identity, key, salt)?;
        transport.keys = Some(Box::new(Keys { inbound, outbound }));
        Some(transport)
    }

    /// Both directions under one master key: the other end of [`Transport::ready`] has the same.
    pub(crate) fn keys(
        identity: &Identity,
        key: [u8; 16],
        salt: [u8; 12],
    ) -> Option<(Inbound, Outbound)> {
        let crypto = identity.provider.crypto();
        let master = Master { key: &key, salt: &salt };
        let profile = srtp::Profile::Aes128Gcm;
        Some((Inbound::new(crypto, profile, &master)?, Outbound::new(crypto, profile, &master)?))
    }

    /// Random bytes from the cryptographic library, in hex.
    pub(crate) fn credentials(identity: &Identity) -> Option<Credentials> {
        let random = |length: usize| {
            let mut bytes = vec![0u8; length];
            identity.provider.random().fill(&mut bytes).ok()?;
            Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        };
        Some(Credentials { ufrag: random(8)?, password: random(16)? })
    }

    fn instant(&self, now: i64) -> Instant {
        self.epoch + Duration::from_micros(u64::try_from(now).unwrap_or(0))
    }

    /// A check for this client came. Answers it when it is authentic.
    pub(crate) fn check(
        &mut self,
        datagram: &[u8],
        (ours, theirs): (&str, &str),
        from: SocketAddr,
        now: i64,
        (out, counters): (&mut Outbox, &mut Counters),
    ) -> AddressChange {
        let crypto = self.identity.provider.crypto();
        let check = self
            .ice
            .password(ours, theirs)
            .and_then(|password| stun::verify(datagram, password, from, crypto));
        let Some(check) = check else {
            counters.forged += 1;
            return AddressChange::default();
        };
        let (changed, forgotten) = self.ice.checked(ours, from, check.nominates, now);
        counters.moves += u64::from(changed == Checked::Moved);
        out.push(&check.answer, from);
        AddressChange { accepted: Some(from), forgotten }
    }

    /// A DTLS record came from an accepted address.
    pub(crate) fn handshake(&mut self, datagram: &[u8], now: i64, out: &mut Outbox) -> Change {
        let instant = self.instant(now);
        let progress = self.dtls.read(datagram, instant);
        self.send_handshake(out);
        self.apply(progress)
    }

    /// Time went by.
    pub(crate) fn tick(&mut self, now: i64, out: &mut Outbox) -> Change {
        if self.keys.is_some() {
            return Change::Nothing;
        }
        let instant = self.instant(now);
        let progress = self.dtls.tick(instant);
        self.send_handshake(out);
        self.apply(progress)
    }

    fn apply(&mut self, progress: Progress) -> Change {
        match progress {
            Progress::Going => Change::Nothing,
            Progress::Done(keys) => {
                self.keys = Some(keys);
                Change::Connected
            }
            Progress::Closed => Change::Closed,
            Progress::Failed => Change::Failed,
        }
    }

    fn send_handshake(&mut self, out: &mut Outbox) {
        if let Some(to) = self.ice.selected() {
            self.dtls.drain(|datagram| out.push(datagram, to));
        }
    }

    /// Whether media can flow.
    pub(crate) fn is_connected(&self) -> bool {
        self.keys.is_some()
    }

    /// Decrypts an RTP packet in place; returns its length.
    pub(crate) fn open_rtp(
        &mut self,
        packet: &mut [u8],
        from: SocketAddr,
        now: i64,
    ) -> Result<usize, Refused> {
        let keys = self.keys.as_mut().ok_or(Refused::Forged)?;
        let length = keys.inbound.open_rtp(packet)?;
        self.ice.refresh(from, now);
        Ok(length)
    }

    /// Decrypts an RTCP packet in place; returns its length.
    pub(crate) fn open_rtcp(
        &mut self,
        packet: &mut [u8],
        from: SocketAddr,
        now: i64,
    ) -> Result<usize, Refused> {
        let keys = self.keys.as_mut().ok_or(Refused::Forged)?;
        let length = keys.inbound.open_rtcp(packet)?;
        self.ice.refresh(from, now);
        Ok(length)
    }

    /// Seals and queues the plain RTP packet at the end of the outbox that begins at `start`; its size on the wire.
    pub(crate) fn send_rtp(
        &mut self,
        written: Written,
        start: usize,
        out: &mut Outbox,
    ) -> Option<usize> {
        let (to, keys) = (self.ice.selected(), self.keys.as_mut());
        let sealed = keys.is_some_and(|keys| {
            keys.outbound.seal_rtp(
                written.ssrc,
                written.index,
                written.header,
                &mut out.bytes,
                start,
            )
        });
        out.commit(start, to.filter(|_| sealed))
    }

    /// Seals and queues a compound RTCP packet.
    pub(crate) fn send_rtcp(&mut self, compound: &[u8], out: &mut Outbox) {
        if compound.is_empty() {
            return;
        }
        let start = out.bytes.len();
        out.bytes.extend_from_slice(compound);
        let (to, keys) = (self.ice.selected(), self.keys.as_mut());
        let sealed = keys.is_some_and(|keys| keys.outbound.seal_rtcp(&mut out.bytes, start));
        out.commit(start, to.filter(|_| sealed));
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self, now: i64, out: &mut Outbox) {
        let instant = self.instant(now);
        self.dtls.close(instant);
        self.send_handshake(out);
    }
}
