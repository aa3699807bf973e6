//! What forwarding costs when nothing else runs in between: one room, no sockets, no other thread.
//!
//! The difference to the worker's own cost is what waking up and the work of the system take from
//! the caches; no code of ours can take it back except by being smaller.

use super::{PAYLOAD, WIDE, picture, plain_offer};
use crate::sfu::negotiation;
use crate::sfu::rig::Rig;
use std::io::{Error, Result};
use std::net::SocketAddr;
use std::time::Instant;

/// Packets that are timed together, and how often; the median counts.
const ROUND: u32 = 500;
const ROUNDS: u32 = 21;
/// Between packets and between ticks, µs on the room's clock.
const STEP: i64 = 1_000;
const TICK: i64 = 10_000;

/// Own CPU of a forwarded packet in ns: decrypting, finding its way, and sealing it for each
/// subscriber.
pub(super) fn own_nanos(subscribers: u32) -> Result<f64> {
    let failed = || Error::other("a client of the measurement");
    let mut rig = Rig::new()?;
    let offer = plain_offer(2);
    for number in 0..=subscribers {
        let offer = negotiation::parse(&offer).map_err(|_| failed())?;
        let port = u16::try_from(number + 1).map_err(Error::other)?;
        rig.enter(offer, SocketAddr::from(([127, 0, 0, 1], port))).ok_or_else(failed)?;
    }
    rig.turn(|room, _| room.peers.iter_mut().for_each(|peer| peer.assume(WIDE)));
    rig.pass(200_000);
    let mut payload = vec![0x5A; PAYLOAD];
    let (mut number, mut rounds) = (0, Vec::new());
    for _ in 0..ROUNDS {
        let publisher = rig.clients.first_mut().ok_or_else(failed)?;
        let packets: Vec<Vec<u8>> = (number..number + u64::from(ROUND))
            .map(|number| picture(publisher, number, &mut payload))
            .collect();
        number += u64::from(ROUND);
        let begun = Instant::now();
        for packet in packets {
            rig.media(0, packet);
            rig.now += STEP;
            if rig.now % TICK == 0 {
                rig.turn(|room, turn| room.tick(turn));
            }
            rig.out.clear();
        }
        rounds.push(begun.elapsed().as_secs_f64() * 1e9);
    }
    let sent = f64::from(ROUND) * f64::from(subscribers);
    rounds.sort_unstable_by(f64::total_cmp);
    let counted = rig.counters.forwarded == u64::from(subscribers) * number;
    let middle = rounds.get(rounds.len() / 2).copied().filter(|_| counted);
    middle.map(|nanos| (nanos / sent).round()).ok_or_else(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packet_of_the_warm_rounds_is_forwarded() {
        assert!(own_nanos(2).unwrap() > 0.0);
    }
}
