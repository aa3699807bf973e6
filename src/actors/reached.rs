//! How far the owner of a topic has told one follow, whatever became of what it told.
//!
//! Owns: one position, which owner and session share. Invariant: it is noted after what it stands for was put on its way, so that
//! whoever reads it, and then finds nothing on its way, knows that all of it has come or is lost. It never goes back.

use crate::protocol::topic::Position;
use std::sync::atomic::{AtomicU64, Ordering};

/// The position. Zero, before which there is none, stands for nothing.
#[derive(Debug, Default)]
pub struct Reached(AtomicU64);

impl Reached {
    /// The owner has told so much.
    pub fn note(&self, Position { epoch, offset }: Position) {
        let packed = u64::from(epoch) << 32 | u64::from(offset);
        self.0.fetch_max(packed, Ordering::Release);
    }

    /// How far it is.
    pub fn position(&self) -> Option<Position> {
        let packed = self.0.load(Ordering::Acquire);
        let epoch = u32::try_from(packed >> 32).ok()?;
        let offset = u32::try_from(packed & u64::from(u32::MAX)).ok()?;
        (packed > 0).then_some(Position { epoch, offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_was_noted_and_never_goes_back() {
        let reached = Reached::default();
        assert_eq!(reached.position(), None);
        let at = |epoch, offset| Position { epoch, offset };
        for (noted, is) in [
            (at(1, u32::MAX), at(1, u32::MAX)),
            (at(1, 3), at(1, u32::MAX)),
            (at(2, 1), at(2, 1)),
            (at(u32::MAX, 0), at(u32::MAX, 0)),
        ] {
            reached.note(noted);
            assert_eq!(reached.position(), Some(is));
        }
    }
}
