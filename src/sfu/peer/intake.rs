//! What comes from a client: packets become streams, and retransmissions what they restore.

use super::{Peer, Turn, refused};
use crate::sfu::negotiation::{Role, Section};
use crate::sfu::receive::Incoming;
use crate::sfu::rewrite::{Origin, Packet};
use crate::sfu::rtp::Rtp;
use crate::sfu::{Source, red, vp8};
use std::net::SocketAddr;

/// Incoming streams of one client: a microphone, three layers, a screen, and some that took the
/// place of others.
const MAX_INCOMING: usize = 8;

/// What one packet brought: itself, and lost ones before it that came along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received<'a> {
    packet: Packet<'a>,
    /// The nearest first.
    restored: [Option<Packet<'a>>; red::OLDER],
}

impl<'a> Received<'a> {
    /// In the order of the stream.
    pub(crate) fn packets(self) -> impl Iterator<Item = Packet<'a>> {
        self.restored.into_iter().rev().flatten().chain([self.packet])
    }
}

impl Peer {
    /// Decrypts and books one RTP packet; what is left is for the room to forward.
    pub(crate) fn receive<'a>(
        &mut self,
        datagram: &'a mut [u8],
        from: SocketAddr,
        turn: &mut Turn<'_>,
    ) -> Option<Received<'a>> {
        let now = turn.now;
        let length = match self.transport.open_rtp(datagram, from, now) {
            Ok(length) => length,
            Err(why) => {
                refused(why, turn.counters);
                return None;
            }
        };
        self.measured.octets_in += u64::try_from(datagram.len()).unwrap_or(0);
        let Some(rtp) = datagram.get(..length).and_then(Rtp::parse) else {
            turn.counters.garbage += 1;
            return None;
        };
        if let Some([high, low]) = rtp.extension(self.offer.ids.transport_cc) {
            self.arrivals.arrived(u16::from_be_bytes([*high, *low]), now);
        }
        let (stream, rtp) = self.identify(rtp, turn)?;
        let received = self.book(stream, &rtp, turn)?;
        if self.is_muted(received.packet.origin.source) {
            turn.counters.muted += 1;
            return None;
        }
        Some(received)
    }

    /// Finds the stream of a packet; a retransmission that is needed becomes the packet that it
    /// restores.
    fn identify<'a>(&mut self, mut rtp: Rtp<'a>, turn: &mut Turn<'_>) -> Option<(usize, Rtp<'a>)> {
        if let Some(stream) = self.stream(rtp.ssrc) {
            return Some((stream, rtp));
        }
        if !self.repairs.iter().any(|(repair, _)| *repair == rtp.ssrc) && !self.learn(&rtp) {
            turn.counters.unmapped += 1;
            return None;
        }
        if let Some(stream) = self.stream(rtp.ssrc) {
            return Some((stream, rtp));
        }
        let media = self.repairs.iter().find(|(repair, _)| *repair == rtp.ssrc)?.1;
        let stream = self.stream(media)?;
        // RFC 4588: the original number stands in front. Padding has none; probing repeats what
        // came long ago.
        let original = rtp.payload.split_first_chunk::<2>();
        let needed = original.map(|(number, rest)| (u16::from_be_bytes(*number), rest)).filter(
            |(number, rest)| {
                !rest.is_empty()
                    && self.incoming.get(stream).is_some_and(|known| known.misses(*number))
            },
        );
        let Some((number, rest)) = needed else {
            turn.counters.useless += 1;
            return None;
        };
        if let Some(asked) = self.incoming.get(stream).and_then(|known| known.asked_once(number)) {
            self.note_round_trip(turn.now - asked);
        }
        turn.counters.restored += 1;
        (rtp.sequence, rtp.payload, rtp.ssrc) = (number, rest, media);
        Some((stream, rtp))
    }

    pub(super) fn stream(&self, ssrc: u32) -> Option<usize> {
        self.incoming.iter().position(|stream| stream.ssrc == ssrc)
    }

    /// Learns what an SSRC is, from mid, rid and repaired rid, or from what the offer said of it.
    /// Once: later packets do not carry these any more. False when it belongs to nothing.
    fn learn(&mut self, rtp: &Rtp<'_>) -> bool {
        let ids = self.offer.ids;
        let text = |id| rtp.extension(id).and_then(|value| std::str::from_utf8(value).ok());
        let mid = text(ids.mid);
        let found = self.offer.sections.iter().find(|section| match mid {
            Some(mid) => section.mid == mid,
            None => section.ssrcs.contains(&rtp.ssrc),
        });
        let Some(section) = found else { return false };
        let Role::Send(source) = section.role else { return false };
        let is_repair = Some(rtp.payload_type) == section.rtx;
        let is_redundant = Some(rtp.payload_type) == section.red;
        if !is_repair && !is_redundant && rtp.payload_type != section.payload_type {
            return false;
        }
        let rid = if is_repair { text(ids.repaired_rid) } else { text(ids.rid) };
        let layer = match (section.rids.is_empty(), rid) {
            (true, _) => Some(0),
            (false, rid) => section.rids.iter().position(|known| Some(known.as_str()) == rid),
        };
        let Some(layer) = layer.and_then(|layer| u8::try_from(layer).ok()) else { return false };
        let same = self
            .incoming
            .iter()
            .position(|stream| stream.source == source && stream.layer == layer);
        if is_repair {
            let Some(media) = same.and_then(|stream| self.incoming.get(stream)) else {
                return false;
            };
            self.repairs.retain(|(_, repaired)| *repaired != media.ssrc);
            self.repairs.push((rtp.ssrc, media.ssrc));
            return true;
        }
        if let Some(same) = same {
            // The client began this layer anew.
            let old = self.incoming.swap_remove(same);
            self.repairs.retain(|(_, repaired)| *repaired != old.ssrc);
        }
        if self.incoming.len() >= MAX_INCOMING {
            return false;
        }
        self.incoming.push(Incoming::new(rtp.ssrc, source, layer));
        true
    }

    /// The payload type of redundant sound.
    fn redundant(&self) -> Option<u8> {
        let is_sound = |section: &&Section| section.role == Role::Send(Source::Microphone);
        self.offer.sections.iter().find(is_sound)?.red
    }

    fn book<'a>(
        &mut self,
        stream: usize,
        rtp: &Rtp<'a>,
        turn: &mut Turn<'_>,
    ) -> Option<Received<'a>> {
        let (transport, redundant, now) = (self.number, self.redundant(), turn.now);
        let stream = self.incoming.get_mut(stream)?;
        let is_picture = stream.source != Source::Microphone;
        // What claims to be redundant and is not is taken for padding: its gap is closed.
        let contents = match !is_picture && Some(rtp.payload_type) == redundant {
            true => red::read(rtp.payload),
            false => Some(red::Contents { newest: rtp.payload, older: [None; red::OLDER] }),
        };
        let payload = contents.map_or(&[][..], |contents| contents.newest);
        let Some(number) = stream.take(rtp.sequence, rtp.timestamp, payload.len(), now) else {
            turn.counters.useless += 1;
            return None;
        };
        if is_picture && !payload.is_empty() {
            stream.history.keep(number, payload);
        }
        let level =
            rtp.extension(self.offer.ids.audio_level).and_then(|level| level.first().copied());
        let packet = Packet {
            payload,
            origin: Origin {
                transport,
                ssrc: stream.ssrc,
                source: stream.source,
                layer: stream.layer,
            },
            number,
            timestamp: rtp.timestamp,
            marker: rtp.marker,
            captured: stream.captured(rtp.timestamp, now),
            descriptor: if is_picture { vp8::parse(payload) } else { None },
            level: level.filter(|_| !is_picture),
        };
        let older = contents.map_or([None; red::OLDER], |contents| contents.older);
        let restored = restore(stream, &packet, older, now);
        turn.counters.sound_restored +=
            u64::try_from(restored.iter().flatten().count()).unwrap_or(0);
        Some(Received { packet, restored })
    }
}

/// What is missing of the packets before this one and came along with it. A block has no number of its
/// own: the nearest is of the packet before this one, and so on.
fn restore<'a>(
    stream: &mut Incoming,
    packet: &Packet<'a>,
    older: [Option<red::Older<'a>>; red::OLDER],
    now: i64,
) -> [Option<Packet<'a>>; red::OLDER] {
    let mut restored = [None; red::OLDER];
    for ((place, block), back) in restored.iter_mut().zip(older).zip(1..) {
        let Some((offset, payload)) = block.filter(|(_, payload)| !payload.is_empty()) else {
            continue;
        };
        let Some(number) = packet.number.checked_sub(back) else { continue };
        if stream.restore(number) {
            let timestamp = packet.timestamp.wrapping_sub(offset);
            let captured = stream.captured(timestamp, now);
            *place = Some(Packet {
                number,
                timestamp,
                captured,
                payload,
                marker: false,
                level: None,
                ..*packet
            });
        }
    }
    restored
}
