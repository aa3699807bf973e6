//! Settings of the media plane.

use std::net::{IpAddr, SocketAddr};

/// How the media plane listens, and what it allows.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// UDP address of the first worker; the n-th listens n ports further up. Port 0 lets the system
    /// choose for each.
    pub bind: SocketAddr,
    /// Addresses that clients are told, best first. Empty: the bound one, or all addresses of the
    /// interfaces when bound to "any".
    pub advertise: Vec<IpAddr>,
    /// With `bind` "any" and no `advertise`: tell clients the loopback address too. For
    /// development.
    pub loopback: bool,
    /// Threads.
    pub workers: usize,
    /// Most transports on one worker.
    pub max_transports: usize,
    /// Most transports in one room.
    pub max_room: usize,
    /// Packets lost on purpose. For tests only.
    pub loss: Loss,
    /// Whether [`super::Workers::kill`] works. For failure drills only.
    pub drills: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            advertise: Vec::new(),
            loopback: true,
            workers: 1,
            max_transports: 1000,
            max_room: 32,
            loss: Loss::default(),
            drills: false,
        }
    }
}

/// Loss of media packets on purpose, after DTLS, by a seeded generator, so that a test is the same
/// every time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Loss {
    /// Per cent of packets from clients.
    pub up_percent: f32,
    /// Per cent of packets to clients.
    pub down_percent: f32,
    /// Seed of the generator.
    pub seed: u64,
}

/// The generator behind [`Loss`].
#[derive(Debug)]
pub(crate) struct Dice {
    loss: Loss,
    state: u64,
}

impl Dice {
    pub(crate) fn new(loss: Loss) -> Self {
        Self { loss, state: loss.seed }
    }

    /// SplitMix64; returns a number in 0..1.
    fn roll(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u16::try_from((mixed ^ (mixed >> 31)) >> 48).unwrap_or(0);
        f32::from(bits) / 65_536.0
    }

    /// Whether a packet from a client is to be lost.
    pub(crate) fn loses_up(&mut self) -> bool {
        self.loss.up_percent > 0.0 && self.roll() * 100.0 < self.loss.up_percent
    }

    /// Whether a packet to a client is to be lost.
    pub(crate) fn loses_down(&mut self) -> bool {
        self.loss.down_percent > 0.0 && self.roll() * 100.0 < self.loss.down_percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_on_purpose_is_as_much_as_was_asked_for_and_the_same_every_time() {
        let lose = |seed| {
            let mut dice = Dice::new(Loss { up_percent: 5.0, down_percent: 0.0, seed });
            (0..20_000).map(|_| dice.loses_up()).collect::<Vec<_>>()
        };
        let lost = lose(7).iter().filter(|lost| **lost).count();
        assert!((800..1200).contains(&lost), "{lost} of 20 000");
        assert_eq!(lose(7), lose(7));
        assert_ne!(lose(7), lose(8));
        assert!(!Dice::new(Loss::default()).loses_down());
    }
}
