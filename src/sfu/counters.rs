//! What happened on the media port, as numbers without names.
//!
//! Owns the list of counters. They only grow, and say nothing about whose packet it was.

use serde::Serialize;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Totals since the start of a worker.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
        pub struct Counters { $($(#[$doc])* pub $name: u64,)+ }

        impl Counters {
            /// Adds the totals of another worker.
            pub fn add(&mut self, other: &Self) {
                $(self.$name = self.$name.saturating_add(other.$name);)+
            }

            /// Name and value of each, for metrics.
            #[must_use]
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

counters! {
    /// Datagrams received.
    received,
    /// Datagrams sent.
    sent,
    /// Datagrams that the kernel did not take.
    send_failed,
    /// Media packets forwarded, one for each receiver.
    forwarded,
    /// Retransmissions sent to receivers.
    retransmitted,
    /// Packets of publishers that a retransmission restored.
    restored,
    /// Packets of sound that were lost and came along with a later one.
    sound_restored,
    /// Neither STUN, DTLS, SRTP nor SRTCP, or cut short.
    garbage,
    /// DTLS or SRTP from an address that no authenticated check has named.
    unknown_source,
    /// STUN for nobody here.
    unknown_user,
    /// STUN, SRTP or SRTCP that does not authenticate.
    forged,
    /// SRTP or SRTCP that was received before.
    replayed,
    /// STUN beyond the rate that one source may ask.
    rate_limited,
    /// Media packets of a muted source.
    muted,
    /// Authentic packets that belong to no source of the offer.
    unmapped,
    /// Doubles, too late, probing: authentic and of no use.
    useless,
    /// Key frames asked of publishers.
    key_frames_asked,
    /// The transport moved to another address of the client.
    moves,
    /// DTLS handshakes that failed.
    handshakes_failed,
    /// Commands for seats that do not exist.
    stray_commands,
    /// Packets dropped on purpose by the test-only loss.
    lost_on_purpose,
}
