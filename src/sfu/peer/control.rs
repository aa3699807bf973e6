//! RTCP of one client: what it reports and asks for, and what it is told.

use super::{LAYER_PLI, Measured, PEER_PLI, Peer, REPORT_INTERVAL, Requests, Turn, refused};
use crate::sfu::receive::{Incoming, Loss};
use crate::sfu::rewrite::Origin;
use crate::sfu::slot::Slot;
use crate::sfu::{LinkQuality, clock, rtcp};
use std::net::SocketAddr;

impl Peer {
    /// Decrypts and reads one RTCP packet.
    pub(crate) fn listen(
        &mut self,
        datagram: &mut [u8],
        from: SocketAddr,
        turn: &mut Turn<'_>,
    ) -> Requests {
        let mut requests = Requests::default();
        let length = match self.transport.open_rtcp(datagram, from, turn.now) {
            Ok(length) => length,
            Err(why) => {
                refused(why, turn.counters);
                return requests;
            }
        };
        let plain = datagram.get(..length).unwrap_or_default();
        rtcp::parse(plain, |message| self.hear(message, turn, &mut requests));
        requests
    }

    fn hear(&mut self, message: rtcp::Message, turn: &mut Turn<'_>, requests: &mut Requests) {
        let now = turn.now;
        match message {
            rtcp::Message::SenderReport { ssrc, ntp, timestamp } => {
                if let Some(stream) = self.incoming.iter_mut().find(|stream| stream.ssrc == ssrc) {
                    let at = self.clock.report(ntp, now);
                    stream.sender_report(ntp, timestamp, at, now);
                }
            }
            rtcp::Message::Report(block) => self.hear_report(&block, turn),
            rtcp::Message::KeyFrame { ssrc } => {
                let slot = self.slots.iter().find(|slot| slot.video.ssrc == ssrc);
                requests.key_frames.extend(slot.and_then(|slot| slot.video.current));
            }
            rtcp::Message::Nack { ssrc, sequences } => {
                let round_trip = self.round_trip;
                let slots = self.slots.iter_mut().enumerate();
                let Some((index, slot)) = { slots }.find(|(_, slot)| slot.video.ssrc == ssrc)
                else {
                    return;
                };
                let missed = sequences
                    .iter()
                    .filter_map(|sequence| slot.video.missed(*sequence, now, round_trip));
                requests.repeats.extend(missed.map(|sent| (index, sent)));
            }
            rtcp::Message::Arrivals { arrivals } => self.link.feedback(arrivals, now),
            rtcp::Message::Bye { ssrc } => {
                // Browsers say goodbye to a layer that they switch off, and go on under the same SSRC without its
                // names: what was learned of it stays.
                if let Some(stream) = self.incoming.iter_mut().find(|stream| stream.ssrc == ssrc) {
                    stream.rest();
                }
            }
        }
    }

    fn hear_report(&mut self, block: &rtcp::ReportBlock, turn: &Turn<'_>) {
        let is_ours = |slot: &Slot| slot.video.ssrc == block.ssrc || slot.audio.ssrc == block.ssrc;
        if !self.slots.iter().any(is_ours) {
            return;
        }
        let loss = f32::from(block.fraction_lost) / 2.56;
        // Over the streams of one client, the last few reports weigh in.
        self.measured.lost_down = self.measured.lost_down * 0.7 + loss * 0.3;
        self.link.loss(f64::from(block.fraction_lost) / 256.0, turn.now);
        if block.last_report == 0 {
            return;
        }
        // RFC 3550 section 6.4.1, in 1/65 536 s, modulo 2³².
        let middle =
            u32::try_from(clock::ntp(turn.wall, turn.now) >> 16 & 0xFFFF_FFFF).unwrap_or(0);
        let trip = middle.wrapping_sub(block.last_report).wrapping_sub(block.delay);
        if trip < 4 << 16 {
            self.note_round_trip(i64::from(trip) * 1_000_000 / 65_536);
        }
    }

    /// Asks the client for a key frame of one stream, unless it was asked lately: a request for one layer keys all.
    pub(crate) fn ask_key_frame(&mut self, ssrc: u32, turn: &mut Turn<'_>) {
        let now = turn.now;
        let Some(stream) = self.stream(ssrc).and_then(|stream| self.incoming.get(stream)) else {
            return;
        };
        let Some(layer) = self.asked_layer.get_mut(usize::from(stream.layer)) else { return };
        if now - *layer < LAYER_PLI || now - self.asked < PEER_PLI || !self.transport.is_connected()
        {
            return;
        }
        (*layer, self.asked) = (now, now);
        turn.counters.key_frames_asked += 1;
        let mut compound = Vec::with_capacity(12);
        rtcp::write_pli(&mut compound, ssrc);
        self.transport.send_rtcp(&compound, turn.out);
    }

    /// Receiver reports, feedback and requests for what is missing.
    pub(crate) fn feed_back(&mut self, turn: &mut Turn<'_>) {
        if !self.transport.is_connected() {
            return;
        }
        let now = turn.now;
        let mut compound = std::mem::take(&mut self.scratch.compound);
        compound.clear();
        if now - self.reported >= REPORT_INTERVAL {
            self.reported = now;
            let blocks: Vec<_> =
                self.incoming.iter_mut().filter_map(|stream| stream.report(now)).collect();
            if !blocks.is_empty() {
                rtcp::write_receiver_reports(&mut compound, &blocks);
            }
        }
        if let Some(any) = self.incoming.first() {
            self.arrivals.feedback(any.ssrc, now, &mut compound);
        }
        let has_repair = self.offer.sections.iter().any(|section| section.rtx.is_some());
        for stream in self.incoming.iter_mut().filter(|_| has_repair) {
            stream.due(now, self.round_trip, &mut self.scratch.missing);
            if !self.scratch.missing.is_empty() {
                rtcp::write_nack(&mut compound, stream.ssrc, &self.scratch.missing);
            }
        }
        self.transport.send_rtcp(&compound, turn.out);
        self.scratch.compound = compound;
        let lost: Vec<u32> = self
            .incoming
            .iter_mut()
            .filter_map(|stream| stream.lost_for_good().then_some(stream.ssrc))
            .collect();
        for ssrc in lost {
            self.ask_key_frame(ssrc, turn);
        }
    }

    /// Sender reports that are due. `anchor` finds the clock of the stream that feeds one of ours.
    pub(crate) fn report_sent(
        &mut self,
        anchor: impl Fn(Origin) -> Option<clock::Anchor>,
        turn: &mut Turn<'_>,
    ) {
        if !self.transport.is_connected() {
            return;
        }
        let ntp = clock::ntp(turn.wall, turn.now);
        for (slot, name) in self.slots.iter_mut().zip(&self.names) {
            for stream in [&mut slot.audio, &mut slot.video] {
                let Some(anchor) = stream.current.and_then(&anchor) else { continue };
                let Some(report) = stream.report(anchor, ntp, turn.now, name) else { continue };
                self.scratch.compound.clear();
                rtcp::write_sender_report(&mut self.scratch.compound, &report);
                self.transport.send_rtcp(&self.scratch.compound, turn.out);
            }
        }
    }

    /// The figures of the link since they were last asked for.
    pub(crate) fn quality(&mut self, now: i64) -> LinkQuality {
        let elapsed = u64::try_from(now - self.measured.since).unwrap_or(1).max(1);
        let rate =
            |octets: u64| u32::try_from(octets.saturating_mul(8_000) / elapsed).unwrap_or(u32::MAX);
        let mut total = Loss::default();
        for loss in self.incoming.iter_mut().map(Incoming::loss) {
            total.expected += loss.expected;
            total.lost += loss.lost;
        }
        let (octets_out, arrived) = self.link.measured();
        // Transport-wide feedback knows our way alone; receiver reports count what was lost before us too.
        if arrived.sent > 0 {
            self.measured.lost_down = percent(arrived.lost, arrived.sent);
        }
        let estimate = self.link.estimate(now);
        let quality = LinkQuality {
            round_trip_ms: self
                .round_trip
                .map_or(0, |trip| u32::try_from(trip / 1000).unwrap_or(0)),
            uplink_loss_percent: percent(total.lost, total.expected),
            downlink_loss_percent: self.measured.lost_down,
            uplink_kbps: rate(self.measured.octets_in),
            downlink_kbps: rate(octets_out),
            downlink_estimate_kbps: if estimate == u64::MAX {
                0
            } else {
                u32::try_from(estimate / 1000).unwrap_or(u32::MAX)
            },
        };
        self.measured =
            Measured { since: now, lost_down: self.measured.lost_down, ..Measured::default() };
        quality
    }
}

fn percent(part: u64, whole: u64) -> f32 {
    let per_mille = (part * 1000).checked_div(whole).unwrap_or(0);
    f32::from(u16::try_from(per_mille).unwrap_or(1000)) / 10.0
}
