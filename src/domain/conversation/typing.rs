//! Who is writing just now.
//!
//! Owns: how often that is told. Invariants: at most once in [`ONCE_IN`] of a member, whatever their client does; what was
//! told ends by itself after [`ENDS_AFTER`], so an end that gets lost harms nobody. Nothing of it is kept.

use crate::protocol::ids::MemberId;
use crate::protocol::time::UnixMillis;
use std::collections::BTreeMap;
use std::time::Duration;

/// Somebody who goes on writing is told of again after this.
pub const ONCE_IN: Duration = Duration::from_secs(3);
/// A client shows it no longer than this.
pub const ENDS_AFTER: Duration = Duration::from_secs(5);

/// Those who were told of lately, since when, and whether they have ended. Bounded by the members of a conversation.
#[derive(Debug, Default)]
pub struct Typists(BTreeMap<MemberId, (UnixMillis, Signal)>);

/// What a member says of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// They are writing.
    Begins,
    /// They are not any more.
    Ends,
}

impl Typists {
    /// Whether the others are told of it.
    pub fn take(&mut self, who: MemberId, signal: Signal, now: UnixMillis) -> bool {
        self.0.retain(|_, (at, _)| now.since(*at) < ENDS_AFTER);
        let known = self.0.get(&who).copied();
        match (signal, known) {
            (Signal::Begins, Some((at, _))) if now.since(at) < ONCE_IN => false,
            (Signal::Begins, _) => {
                self.0.insert(who, (now, Signal::Begins));
                true
            }
            // The span goes on after its end, so that no client makes a flicker of it.
            (Signal::Ends, Some((at, Signal::Begins))) => {
                self.0.insert(who, (at, Signal::Ends));
                true
            }
            (Signal::Ends, _) => false,
        }
    }

    /// They have posted: whoever begins their next message at once is told of. How often that can be is bounded by how
    /// often a message can be sent.
    pub fn posted(&mut self, who: MemberId) {
        self.0.remove(&who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_next_message_is_told_of_at_once() {
        let who = MemberId(Uuid::from_u128(1));
        let mut typists = Typists::default();
        assert!(typists.take(who, Signal::Begins, UnixMillis(0)));
        assert!(typists.take(who, Signal::Ends, UnixMillis(900)));
        typists.posted(who);
        assert!(typists.take(who, Signal::Begins, UnixMillis(1_000)));
    }

    #[test]
    fn once_in_three_seconds_and_an_end_once() {
        let who = MemberId(Uuid::from_u128(1));
        let at = |seconds: u64| UnixMillis(0).plus(Duration::from_secs(seconds));
        let mut typists = Typists::default();
        let told = [
            (Signal::Ends, 0, false),
            (Signal::Begins, 0, true),
            (Signal::Begins, 1, false),
            (Signal::Ends, 1, true),
            (Signal::Ends, 1, false),
            (Signal::Begins, 2, false),
            (Signal::Begins, 3, true),
            (Signal::Ends, 9, false),
            (Signal::Begins, 9, true),
        ];
        for (signal, second, is_told) in told {
            assert_eq!(typists.take(who, signal, at(second)), is_told, "{signal:?} at {second}");
        }
    }
}
