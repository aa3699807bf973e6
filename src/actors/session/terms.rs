//! What a welcome tells a client of the connection's terms: its pings and its bounds.

use super::protocol::{PING_EVERY, SILENCE_GRACE};
use crate::protocol::frame::{
    FrameLimits, Heartbeat, MAX_FOLLOWS, MAX_FRAMES, MAX_IN_FLIGHT, MAX_MESSAGE_BYTES,
};
use std::time::Duration;

/// How often pings come, for a shell whose timer goes every `tick`.
pub(super) fn heartbeat(tick: Duration) -> Heartbeat {
    let millis = |it: Duration| u32::try_from(it.as_millis()).unwrap_or(u32::MAX);
    // The timer is coarse: a ping may be one tick late.
    Heartbeat { every_ms: millis(PING_EVERY.saturating_add(tick)), grace_ms: millis(SILENCE_GRACE) }
}

/// Bounds of a connection.
pub(super) fn limits() -> FrameLimits {
    let bound = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    FrameLimits {
        message_bytes: bound(MAX_MESSAGE_BYTES),
        frames: bound(MAX_FRAMES),
        in_flight: bound(MAX_IN_FLIGHT),
        follows: bound(MAX_FOLLOWS),
    }
}
