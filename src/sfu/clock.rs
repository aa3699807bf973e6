//! One publisher's clock on ours: what its sender reports tell, so that its sound and its picture stay together.
//!
//! Owns the NTP offset, ONE a publisher, and the mapping of a stream's RTP time to it. Everything is µs on the worker's
//! clock. Reads no clock.

/// After this long the least delayed report of the older half is forgotten, because clocks drift.
const GENERATION: i64 = 60_000_000;
/// A publisher whose clock was set: begin anew.
const STEP: i64 = 500_000;

/// From 32.32 seconds to µs.
fn micros(ntp: u64) -> i64 {
    let seconds = i64::try_from(ntp >> 32).unwrap_or(0);
    let fraction = i64::try_from(((ntp & 0xFFFF_FFFF) * 1_000_000) >> 32).unwrap_or(0);
    seconds * 1_000_000 + fraction
}

/// The offset of a publisher's NTP clock: the least of arrival − NTP over all its streams.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PublisherClock {
    present: Option<i64>,
    previous: Option<i64>,
    since: i64,
}

impl PublisherClock {
    /// A sender report came; returns its moment on our clock.
    pub(crate) fn report(&mut self, ntp: u64, now: i64) -> i64 {
        let sent = micros(ntp);
        let offset = now - sent;
        if self.offset().is_some_and(|known| (offset - known).abs() > STEP) {
            *self = Self { since: now, ..Self::default() };
        }
        if now - self.since > GENERATION {
            (self.previous, self.present, self.since) = (self.present, None, now);
        }
        self.present = Some(self.present.map_or(offset, |known| known.min(offset)));
        sent + self.offset().unwrap_or(offset)
    }

    fn offset(&self) -> Option<i64> {
        match (self.present, self.previous) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

/// A moment that is known on both clocks of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// µs on our clock.
    pub(crate) at: i64,
    /// RTP time.
    pub(crate) timestamp: u32,
}

impl Anchor {
    /// When `timestamp` was captured, µs on our clock.
    pub(crate) fn captured(&self, timestamp: u32, rate: u32) -> i64 {
        let ticks = i64::from(timestamp.wrapping_sub(self.timestamp).cast_signed());
        self.at + ticks * 1_000_000 / i64::from(rate.max(1))
    }

    /// RTP time at a moment of our clock.
    pub(crate) fn timestamp(&self, at: i64, rate: u32) -> u32 {
        self.timestamp.wrapping_add(ticks(at - self.at, rate))
    }
}

/// µs as a difference of RTP times, modulo 2³².
pub(crate) fn ticks(micros: i64, rate: u32) -> u32 {
    let ticks = i128::from(micros) * i128::from(rate) / 1_000_000;
    u32::try_from(ticks.rem_euclid(1 << 32)).unwrap_or(0)
}

/// 32.32 seconds since 1900 for sender reports. `wall` is µs since 1900 at the worker's time zero.
pub(crate) fn ntp(wall: i64, now: i64) -> u64 {
    let micros = u64::try_from(wall.saturating_add(now)).unwrap_or(0);
    ((micros / 1_000_000) << 32) | (((micros % 1_000_000) << 32) / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn ntp_and_micros_are_inverse() {
        for now in [0, 1, 999_999, 5_000_001] {
            assert!(
                (micros(ntp(3_900_000_000 * SECOND, now)) - 3_900_000_000 * SECOND - now).abs()
                    <= 1
            );
        }
    }

    /// Pitfall 4: one NTP offset a publisher, the least delayed.
    #[test]
    fn the_least_delayed_report_of_any_stream_sets_the_offset_for_all() {
        let mut clock = PublisherClock::default();
        let sent = |at: i64| ntp(1_000 * SECOND, at);
        let base = clock.report(sent(0), 40_000);
        assert_eq!(base, 40_000);
        assert!((clock.report(sent(SECOND), SECOND + 10_000) - SECOND - 10_000).abs() <= 1);
        assert!(
            (clock.report(sent(2 * SECOND), 2 * SECOND + 90_000) - 2 * SECOND - 10_000).abs() <= 1
        );
    }

    #[test]
    fn drift_and_a_step_of_the_clock_are_followed() {
        let mut clock = PublisherClock::default();
        clock.report(ntp(1_000 * SECOND, 0), 0);
        // 100 ppm slow: after ten minutes the offset has to have grown with it.
        let mut mapped = 0;
        for second in 1..=600 {
            let now = second * SECOND;
            mapped = clock.report(ntp(1_000 * SECOND, now - now / 10_000), now) - now;
        }
        assert!(mapped.abs() < 15_000, "{mapped} µs behind");
        let stepped = clock.report(ntp(9_000 * SECOND, 601 * SECOND), 601 * SECOND);
        assert!((stepped - 601 * SECOND).abs() <= 1);
    }

    #[test]
    fn an_anchor_maps_both_ways_across_the_wrap() {
        let anchor = Anchor { at: 7 * SECOND, timestamp: u32::MAX - 100 };
        assert_eq!(anchor.captured(u32::MAX.wrapping_add(89_900), 90_000), 8 * SECOND);
        assert_eq!(anchor.timestamp(8 * SECOND, 90_000), 89_899);
        assert_eq!(anchor.timestamp(6 * SECOND, 90_000), u32::MAX - 100 - 90_000);
    }
}
