//! What forwarding costs: the real worker on its own thread, real sockets and keys, made-up
//! packets.
//!
//! Owns the load. Own cost is what the thread's stopwatch counts outside of its calls to the
//! system: they are clocked where they are made, so no second run has to be subtracted. Never part
//! of a test: a busy machine gives other figures.

mod load;
mod warm;

use super::rig::{Client, Send, VP8, offer_text};
use super::rtp::Head;
use super::stopwatch::Lap;
use load::{Arrival, Load, Sink, WIDE};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Result;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Payload of the packets, bytes.
const PAYLOAD: usize = 1150;
/// Length of one case.
const CASE: Duration = Duration::from_millis(2_500);
const WARM_UP: Duration = Duration::from_millis(300);
/// Visits of two that are simulated at once.
const VISITS: u32 = 25;
const VISITS_FOR: Duration = Duration::from_secs(5);

/// Forwarding at 1 to 20 subscribers and 500 and 1 500 packets a second, and visits of two on one
/// core.
///
/// # Errors
///
/// When a socket, a thread or a certificate cannot be made.
pub fn forward() -> Result<Value> {
    let mut cases = Vec::new();
    for pps in [500, 1500] {
        for subscribers in [1, 2, 5, 10, 20] {
            cases.push(case(subscribers, pps)?);
        }
    }
    let (visits, share) = visits()?;
    Ok(json!({
        "cases": cases,
        "visits_per_core": visits,
        "visits_load": { "visits": VISITS, "cpu_percent": share * 100.0 },
    }))
}

/// Sends `pps` times a second for so long; `send` is told the number. Returns when each was sent.
fn paced(pps: u32, length: Duration, mut send: impl FnMut(u64)) -> Vec<Instant> {
    let (start, mut sent) = (Instant::now(), Vec::new());
    let count = u64::from(pps) * u64::try_from(length.as_millis()).unwrap_or(0) / 1000;
    for number in 0..count {
        let due = start + Duration::from_micros(number * 1_000_000 / u64::from(pps));
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        sent.push(Instant::now());
        send(number);
    }
    sent
}

/// An offer without layers, so that one stream is all there is.
fn plain_offer(slots: usize) -> String {
    let lines =
        ["a=rid:l send\r\n", "a=rid:m send\r\n", "a=rid:h send\r\n", "a=simulcast:send l;m;h\r\n"];
    lines.iter().fold(offer_text(slots), |text, line| text.replace(line, ""))
}

fn picture(client: &mut Client, number: u64, payload: &mut [u8]) -> Vec<u8> {
    let [.., high, low] = number.to_be_bytes();
    for (place, byte) in
        payload.iter_mut().zip([0x90, 0x80, 0x80 | high & 0x7F, low, u8::from(number > 0)])
    {
        *place = byte;
    }
    packet(client, (1111, VP8, number), b"1", b"", payload)
}

fn packet(
    client: &mut Client,
    (ssrc, payload_type, number): (u32, u8, u64),
    mid: &[u8],
    rid: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let index = number + 1;
    let head = Head {
        marker: true,
        payload_type,
        sequence: u16::try_from(index & 0xFFFF).unwrap_or(0),
        timestamp: u32::try_from((number * 60) & 0xFFFF_FFFF).unwrap_or(0),
        ssrc,
    };
    let send = Send {
        head,
        index,
        mid,
        rid,
        repaired_rid: b"",
        level: (mid == b"0").then_some(40),
        payload,
    };
    client.sealed(&send).unwrap_or_default()
}

fn case(subscribers: u32, pps: u32) -> Result<Value> {
    let (mut load, sink) = (Load::new()?, Sink::start()?);
    let publisher = UdpSocket::bind("127.0.0.1:0")?;
    let offer = plain_offer(2);
    let mut client = load.add(1, 1, &offer, publisher.local_addr()?, publisher.local_addr()?)?;
    for number in 0..subscribers {
        // Nothing comes from subscribers, so where from does not matter.
        let from = SocketAddr::from(([127, 0, 0, 2], u16::try_from(number + 1).unwrap_or(1)));
        load.add(1, number + 2, &offer, from, sink.address)?;
    }
    let (worker, address) = load.run()?;
    let mut payload = vec![0x5A; PAYLOAD];
    let mut next = 0;
    let mut send = |_| {
        let packet = picture(&mut client, next, &mut payload);
        next += 1;
        // What the kernel drops is seen in what was delivered.
        drop(publisher.send_to(&packet, address));
    };
    let mut sent = paced(pps, WARM_UP, &mut send);
    let (begun, before) = (worker.cpu(), sent.len());
    worker.laps();
    sent.extend(paced(pps, CASE, &mut send));
    std::thread::sleep(Duration::from_millis(50));
    let (cpu, laps) = (worker.cpu() - begun, worker.laps());
    worker.stop();
    let arrived = sink.stop()?;
    let forwarded = float(sent.len() - before) * f64::from(subscribers);
    let expected = sent.len() * usize::try_from(subscribers).unwrap_or(1);
    let costs = Costs::of(&laps, forwarded);
    Ok(json!({
        "subscribers": subscribers,
        "pps": pps,
        "own_ns_per_packet": costs.own,
        "mean_own_ns_per_packet": costs.mean_own,
        "own_ns_without_media": costs.without_media,
        "warm_own_ns_per_packet": warm::own_nanos(subscribers)?,
        "send_ns_per_packet": costs.send,
        "receive_ns_per_packet": costs.receive,
        "turns": laps.len(),
        "cpu_us_per_packet": (cpu / forwarded / 10.0).round() / 100.0,
        "delivered": ratio(arrived.len(), expected),
        "delay_ms": percentiles(&delays(&sent, &arrived)),
    }))
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What the turns of the loop took, ns a forwarded packet.
struct Costs {
    /// Median of the turns that forwarded.
    own: u64,
    mean_own: f64,
    /// Of the mean, what turns took to which nothing came.
    without_media: f64,
    send: f64,
    receive: f64,
}

impl Costs {
    fn of(laps: &[Lap], forwarded: f64) -> Self {
        let sum = |part: fn(&Lap) -> u64| {
            let nanos: u64 = laps.iter().map(part).sum();
            (Duration::from_nanos(nanos).as_secs_f64() * 1e9 / forwarded).round()
        };
        let with_media = laps.iter().filter(|lap| lap.received > 0);
        let mut turns: Vec<u64> =
            with_media.filter_map(|lap| lap.own.checked_div(lap.sent)).collect();
        turns.sort_unstable();
        Self {
            own: turns.get(turns.len() / 2).copied().unwrap_or(0),
            mean_own: sum(|lap| lap.own),
            without_media: sum(|lap| if lap.received == 0 { lap.own } else { 0 }),
            send: sum(|lap| lap.sending),
            receive: sum(|lap| lap.receiving),
        }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    let parts = u32::try_from(part * 10_000 / whole.max(1)).unwrap_or(u32::MAX);
    f64::from(parts) / 10_000.0
}

/// From the publisher's call to the subscriber's socket, µs, in ascending order. Streams count on
/// by one from the first packet.
fn delays(sent: &[Instant], arrived: &[Arrival]) -> Vec<u32> {
    let mut first: HashMap<u32, u16> = HashMap::new();
    let mut delays: Vec<u32> = arrived
        .iter()
        .filter_map(|arrival| {
            let first = *first.entry(arrival.ssrc).or_insert(arrival.sequence);
            let sent = *sent.get(usize::from(arrival.sequence.wrapping_sub(first)))?;
            u32::try_from(arrival.at.saturating_duration_since(sent).as_micros()).ok()
        })
        .collect();
    delays.sort_unstable();
    delays
}

/// Milliseconds.
fn percentiles(sorted: &[u32]) -> Value {
    let at = |percent: usize| {
        let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        f64::from(sorted.get(at).copied().unwrap_or(0)) / 1000.0
    };
    json!({ "p50": at(50), "p95": at(95), "p99": at(99) })
}

/// A client of a visit, and what its streams have come to.
struct Visitor {
    client: Client,
    socket: UdpSocket,
    sound: u64,
    layers: [u64; 3],
}

/// Packets in one picture of each layer, and their size: together 1.7 Mb/s at 25 pictures a second.
const PICTURE: [(u64, usize); 3] = [(1, 700), (2, 1000), (5, PAYLOAD)];

impl Visitor {
    /// What is sent every 20 ms: a packet of sound, and every other time a picture in three layers.
    fn tick(&mut self, tick: u64, to: SocketAddr) {
        let mut packets =
            vec![packet(&mut self.client, (900, 111, self.sound), b"0", b"", &[7; 100])];
        self.sound += 1;
        if tick.is_multiple_of(2) {
            let layers = self.layers.iter_mut().zip(PICTURE).zip([&b"l"[..], b"m", b"h"]);
            for ((number, (count, size)), (rid, ssrc)) in
                layers.map(|(layer, rid)| layer_with(layer, rid))
            {
                for part in 0..count {
                    let mut payload = vec![0x5A; size];
                    let [.., high, low] = (tick / 2).to_be_bytes();
                    // A key frame to begin with; only its first packet says so.
                    let start = [
                        if part == 0 { 0x90 } else { 0x80 },
                        0x80,
                        0x80 | high & 0x7F,
                        low,
                        u8::from(tick > 0),
                    ];
                    payload.splice(..start.len(), start);
                    packets.push(packet(
                        &mut self.client,
                        (ssrc, VP8, *number),
                        b"1",
                        rid,
                        &payload,
                    ));
                    *number += 1;
                }
            }
        }
        for packet in packets {
            drop(self.socket.send_to(&packet, to));
        }
    }
}

type Layer<'a> = (&'a mut u64, (u64, usize));

/// The SSRC that goes with a layer.
fn layer_with<'a>(layer: Layer<'a>, rid: &'a [u8]) -> (Layer<'a>, (&'a [u8], u32)) {
    let ssrc = 2000 + u32::from(rid.first().copied().unwrap_or(0));
    (layer, (rid, ssrc))
}

/// How many visits of two one core carries, and the share of a core that those simulated took.
fn visits() -> Result<(f64, f64)> {
    let (mut load, sink) = (Load::new()?, Sink::start()?);
    let mut visitors = Vec::new();
    let offer = offer_text(2);
    for number in 0..2 * VISITS {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let client =
            load.add(number / 2, number + 1, &offer, socket.local_addr()?, sink.address)?;
        visitors.push(Visitor { client, socket, sound: 0, layers: [0; 3] });
    }
    let (worker, to) = load.run()?;
    let mut tick = 0;
    let mut all = |_| {
        for visitor in &mut visitors {
            visitor.tick(tick, to);
        }
        tick += 1;
    };
    paced(50, Duration::from_secs(1), &mut all);
    let (begun, started) = (worker.cpu(), Instant::now());
    paced(50, VISITS_FOR, &mut all);
    let share = (worker.cpu() - begun) / (started.elapsed().as_secs_f64() * 1e9);
    worker.stop();
    sink.stop()?;
    Ok(((f64::from(VISITS) / share).round(), (share * 1000.0).round() / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The load has to be what it says; what it costs is not the matter of a test.
    #[test]
    fn packets_of_a_case_reach_every_subscriber() {
        let case = case(2, 500).unwrap();
        assert!(case["delivered"].as_f64().unwrap() > 0.9, "{case}");
        assert!(case["delay_ms"]["p50"].as_f64().unwrap() < 100.0, "{case}");
    }
}
