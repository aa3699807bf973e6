//! A room without a network: clients that are connected already, whose packets go in and come out
//! as bytes.
//!
//! Owns both ends of the keys. Used by measurements, fuzzing and tests; the room in it is the real
//! one.

use super::config::{Dice, Loss};
use super::counters::Counters;
use super::ice::{Credentials, Ice};
use super::negotiation::{self, ExtensionIds, Offer};
use super::outbox::Outbox;
use super::peer::{Peer, Turn};
use super::room::Room;
use super::rtp::{Head, write_header};
use super::transport::{Identity, Inbound, Outbound, Transport};
use super::{MediaEvent, Seat};
use crate::protocol::ids::{AppointmentId, ParticipantId};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// Payload type of the clients' pictures.
pub(crate) const VP8: u8 = 96;
/// Header extension ids of the clients.
pub(crate) const IDS: ExtensionIds =
    ExtensionIds { mid: 4, rid: 10, repaired_rid: 11, transport_cc: 3, audio_level: 1 };

const EXTENSIONS: &str = "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
    a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
    a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
    a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n";

/// An offer with a microphone (mid 0), a camera with three layers (mid 1), a screen (mid 2), and
/// this many slots.
pub(crate) fn offer_text(slots: usize) -> String {
    let mids: Vec<String> = (0..3 + 2 * slots).map(|mid| mid.to_string()).collect();
    let mut text = format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n\
         a=fingerprint:sha-256 {}\r\na=ice-ufrag:client\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n\
         a=setup:actpass\r\n",
        mids.join(" "),
        ["AB"; 32].join(":"),
    );
    for (index, mid) in mids.iter().enumerate() {
        let is_audio = index == 0 || index > 2 && index % 2 == 1;
        let direction = if index < 3 { "sendonly" } else { "recvonly" };
        let (kind, types) = if is_audio { ("audio", "111") } else { ("video", "96 97") };
        text += &format!("m={kind} 9 UDP/TLS/RTP/SAVPF {types}\r\nc=IN IP4 0.0.0.0\r\n");
        text += &format!("a=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\n{EXTENSIONS}");
        text.push_str(if is_audio {
            "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
        } else {
            "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
        });
        if index == 1 {
            text.push_str(
                "a=rid:l send\r\na=rid:m send\r\na=rid:h send\r\na=simulcast:send l;m;h\r\n",
            );
        }
    }
    text
}

/// The client's end.
pub(crate) struct Client {
    /// Number of its transport.
    pub(crate) number: u32,
    #[cfg(test)]
    pub(crate) seat: Seat,
    pub(crate) address: SocketAddr,
    pub(crate) seal: Outbound,
    pub(crate) open: Inbound,
    /// Transport-wide numbers of what it sends.
    transport_sequence: u16,
}

/// A packet that a client sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Send<'a> {
    pub(crate) head: Head,
    /// Rollover counter and sequence number.
    pub(crate) index: u64,
    pub(crate) mid: &'a [u8],
    pub(crate) rid: &'a [u8],
    pub(crate) repaired_rid: &'a [u8],
    pub(crate) level: Option<u8>,
    pub(crate) payload: &'a [u8],
}

impl Client {
    /// The packet as it leaves the client.
    pub(crate) fn sealed(&mut self, send: &Send<'_>) -> Option<Vec<u8>> {
        let transport = self.transport_sequence.to_be_bytes();
        self.transport_sequence = self.transport_sequence.wrapping_add(1);
        let level = send.level.map(|level| [level]);
        let mut packet = Vec::with_capacity(send.payload.len() + 64);
        write_header(
            &mut packet,
            &send.head,
            &[
                (IDS.transport_cc, &transport),
                (IDS.mid, send.mid),
                (IDS.rid, send.rid),
                (IDS.repaired_rid, send.repaired_rid),
                (IDS.audio_level, level.as_ref().map_or(&[], |level| level)),
            ],
        );
        let header = packet.len();
        packet.extend_from_slice(send.payload);
        let is_sealed = self.seal.seal_rtp(send.head.ssrc, send.index, header, &mut packet, 0);
        is_sealed.then_some(packet)
    }
}

/// Both ends of a connected transport; nothing when the cryptographic library fails.
pub(crate) fn connected(
    identity: &Arc<Identity>,
    (seat, number): (Seat, u32),
    offer: Offer,
    address: SocketAddr,
    (now, epoch): (i64, Instant),
) -> Option<(Peer, Client)> {
    let ufrag = format!("u{number}");
    let credentials = Credentials { ufrag: ufrag.clone(), password: "p".repeat(24) };
    let mut ice = Ice::new(credentials, offer.ufrag.clone(), now);
    ice.checked(&ufrag, address, true, now);
    let byte = u8::try_from(number & 0xFF).ok()?;
    let (key, salt) = ([byte; 16], [byte; 12]);
    let transport = Transport::ready(identity, ice, key, salt, epoch)?;
    let (open, seal) = Transport::keys(identity, key, salt)?;
    let mut seed = u64::from(number) << 40;
    let random = || {
        seed = seed.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        seed
    };
    let peer = Peer::new(seat, number, transport, offer, random);
    Some((
        peer,
        Client {
            number,
            #[cfg(test)]
            seat,
            address,
            seal,
            open,
            transport_sequence: 0,
        },
    ))
}

/// The room, its surroundings, and its clients.
pub(crate) struct Rig {
    pub(crate) room: Room,
    pub(crate) clients: Vec<Client>,
    pub(crate) now: i64,
    pub(crate) out: Outbox,
    pub(crate) events: Vec<MediaEvent>,
    pub(crate) counters: Counters,
    identity: Arc<Identity>,
    dice: Dice,
    pub(crate) is_pacing: bool,
    epoch: Instant,
}

impl Rig {
    /// An empty room.
    ///
    /// # Errors
    ///
    /// When no certificate can be made.
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self::with(Arc::new(Identity::generate()?)))
    }

    /// An empty room of a hub with this certificate.
    pub(crate) fn with(identity: Arc<Identity>) -> Self {
        Self {
            room: Room::new(AppointmentId(Uuid::nil())),
            clients: Vec::new(),
            now: 1_000_000,
            out: Outbox::default(),
            events: Vec::new(),
            counters: Counters::default(),
            identity,
            dice: Dice::new(Loss::default()),
            is_pacing: false,
            epoch: Instant::now(),
        }
    }

    /// Does something with the room.
    pub(crate) fn turn<T>(&mut self, act: impl FnOnce(&mut Room, &mut Turn<'_>) -> T) -> T {
        let mut turn = Turn {
            now: self.now,
            wall: 3_900_000_000_000_000,
            out: &mut self.out,
            events: &mut self.events,
            counters: &mut self.counters,
            dice: &mut self.dice,
            is_pacing: &mut self.is_pacing,
        };
        act(&mut self.room, &mut turn)
    }

    /// Lets a client in that offered this; nothing when the cryptographic library fails.
    pub(crate) fn enter(&mut self, offer: Offer, address: SocketAddr) -> Option<usize> {
        let number = u32::try_from(self.clients.len()).ok()? + 1;
        let participant = ParticipantId(Uuid::from_u128(u128::from(number)));
        let seat = Seat { room: self.room.id, participant };
        let (peer, client) =
            connected(&self.identity, (seat, number), offer, address, (self.now, self.epoch))?;
        self.turn(|room, turn| room.enter(peer, turn));
        self.clients.push(client);
        Some(self.clients.len() - 1)
    }

    /// Lets a client in with [`offer_text`].
    pub(crate) fn join(&mut self, slots: usize) -> Option<usize> {
        let offer = negotiation::parse(&offer_text(slots)).ok()?;
        let port = u16::try_from(self.clients.len()).ok()?.checked_add(40_000)?;
        self.enter(offer, SocketAddr::from(([127, 0, 0, 1], port)))
    }

    /// The room gets a datagram of media.
    pub(crate) fn media(&mut self, client: usize, mut datagram: Vec<u8>) {
        let Some(client) = self.clients.get(client) else { return };
        let (number, from) = (client.number, client.address);
        self.turn(|room, turn| room.media(number, &mut datagram, from, turn));
    }

    /// The client sends RTCP.
    pub(crate) fn control(&mut self, client: usize, compound: &[u8]) {
        let Some(client) = self.clients.get_mut(client) else { return };
        let (number, from, mut packet) = (client.number, client.address, compound.to_vec());
        if client.seal.seal_rtcp(&mut packet, 0) {
            self.turn(|room, turn| room.control(number, &mut packet, from, turn));
        }
    }

    /// Time goes on in steps of the worker's tick.
    pub(crate) fn pass(&mut self, micros: i64) {
        let end = self.now + micros;
        while self.now < end {
            self.now = (self.now + 10_000).min(end);
            self.turn(|room, turn| room.tick(turn));
        }
    }

    /// Takes what was sent to a client, decrypted: RTP and RTCP.
    pub(crate) fn received(&mut self, client: usize) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let (mut media, mut control) = (Vec::new(), Vec::new());
        let Some(client) = self.clients.get_mut(client) else { return (media, control) };
        let (out, items) = (&self.out, &self.out.items);
        for (range, _) in items.iter().filter(|(_, to)| *to == client.address) {
            let mut packet = out.bytes.get(range.clone()).unwrap_or_default().to_vec();
            let is_control = matches!(packet.get(1), Some(192..=223));
            let opened = match is_control {
                true => client.open.open_rtcp(&mut packet),
                false => client.open.open_rtp(&mut packet),
            };
            if let Ok(length) = opened {
                packet.truncate(length);
                if is_control { &mut control } else { &mut media }.push(packet);
            }
        }
        self.out.items.retain(|(_, to)| *to != client.address);
        if self.out.items.is_empty() {
            self.out.clear();
        }
        (media, control)
    }
}
