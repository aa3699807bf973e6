//! How fast one connection may send: a bucket of frames, told the time. What calls may cost is for the door
//! (`command::limits`).

use crate::protocol::time::UnixMillis;

/// Frames a second in the long run; an active call sends two or three.
pub(super) const FRAMES_PER_SECOND: u32 = 50;
/// Frames at once: a page that opens and everything it asks for.
pub(super) const FRAMES_BURST: u32 = 300;

/// The bucket.
#[derive(Debug)]
pub(super) struct Pace {
    tokens: u32,
    since: UnixMillis,
}

impl Pace {
    /// A full one.
    pub(super) fn new(now: UnixMillis) -> Self {
        Pace { tokens: FRAMES_BURST, since: now }
    }

    /// Takes one, when there is one.
    pub(super) fn take(&mut self, now: UnixMillis) -> bool {
        let passed = u32::try_from(now.since(self.since).as_millis()).unwrap_or(u32::MAX);
        let earned = passed.saturating_mul(FRAMES_PER_SECOND) / 1_000;
        if earned > 0 {
            self.tokens = self.tokens.saturating_add(earned).min(FRAMES_BURST);
            self.since = now;
        }
        let has_one = self.tokens > 0;
        self.tokens = self.tokens.saturating_sub(1);
        has_one
    }
}
