//! What a connection is told at its welcome: how often the hub is heard, and the bounds of frames.

use super::{TICK, protocol};
use crate::protocol::frame::{
    FrameLimits, Heartbeat, MAX_FOLLOWS, MAX_FRAMES, MAX_IN_FLIGHT, MAX_MESSAGE_BYTES,
};
use std::time::Duration;

pub(super) fn heartbeat() -> Heartbeat {
    let millis = |it: Duration| u32::try_from(it.as_millis()).unwrap_or(u32::MAX);
    // The timer is coarse: a ping may be one tick late.
    Heartbeat {
        every_ms: millis(protocol::PING_EVERY.saturating_add(TICK)),
        grace_ms: millis(protocol::SILENCE_GRACE),
    }
}

pub(super) fn limits() -> FrameLimits {
    let bound = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    FrameLimits {
        message_bytes: bound(MAX_MESSAGE_BYTES),
        frames: bound(MAX_FRAMES),
        in_flight: bound(MAX_IN_FLIGHT),
        follows: bound(MAX_FOLLOWS),
    }
}
