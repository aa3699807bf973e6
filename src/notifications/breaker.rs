//! A circuit breaker for one channel: after failures in a row nothing is sent for a while, then one message as a probe.
//!
//! Owns: closed, open, half-open. Invariant: while it is open nothing passes; while a probe is out nothing else does.
//! Does not: know the time or what a failure is; it is told both. A message that was refused is no failure of the
//! channel, for somebody was there to refuse it.

use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// Failures in a row that open it.
pub const FAILURES: u32 = 5;
/// How long it stays open the first time; twice as long after each probe that failed …
pub const OPEN_FOR: Duration = Duration::from_secs(15);
/// … up to this.
pub const LONGEST: Duration = Duration::from_secs(5 * 60);

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many failures since the last success.
    Closed { failures: u32 },
    /// Nothing passes before that.
    Open { until: UnixMillis, for_how_long: Duration },
    /// A probe is out.
    HalfOpen { after: Duration },
}

/// What may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// Everything.
    Free,
    /// One message.
    Probe,
    /// Nothing before that.
    Until(UnixMillis),
    /// Nothing before the probe has ended.
    Probing,
}

/// The breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker(State);

impl Default for Breaker {
    fn default() -> Self {
        Breaker(State::Closed { failures: 0 })
    }
}

impl Breaker {
    /// What may pass at `now`.
    pub fn passage(&self, now: UnixMillis) -> Passage {
        match self.0 {
            State::Closed { .. } => Passage::Free,
            State::Open { until, .. } if now < until => Passage::Until(until),
            State::Open { .. } => Passage::Probe,
            State::HalfOpen { .. } => Passage::Probing,
        }
    }

    /// The probe that [`Passage::Probe`] allowed is on its way.
    pub fn probes(&mut self) {
        if let State::Open { for_how_long, .. } = self.0 {
            self.0 = State::HalfOpen { after: for_how_long };
        }
    }

    /// The channel took a message, or refused it in order.
    pub fn answered(&mut self) {
        self.0 = State::Closed { failures: 0 };
    }

    /// The channel failed at `now`. True when that opened it.
    pub fn failed(&mut self, now: UnixMillis) -> bool {
        let for_how_long = match self.0 {
            State::Closed { failures } if failures.saturating_add(1) < FAILURES => {
                self.0 = State::Closed { failures: failures.saturating_add(1) };
                return false;
            }
            State::Closed { .. } => OPEN_FOR,
            State::HalfOpen { after } => after.saturating_mul(2).min(LONGEST),
            // What was on its way when it opened, and failed too, tells nothing new.
            State::Open { .. } => return false,
        };
        self.0 = State::Open { until: now.plus(for_how_long), for_how_long };
        true
    }

    /// The probe ended without telling anything about the channel: it was not to be sent after all. The next one is
    /// the probe.
    pub fn told_nothing(&mut self, now: UnixMillis) {
        if let State::HalfOpen { after } = self.0 {
            self.0 = State::Open { until: now, for_how_long: after };
        }
    }

    /// Whether nothing but a probe passes.
    pub fn is_open(&self) -> bool {
        !matches!(self.0, State::Closed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        for n in 1..=FAILURES {
            assert_eq!(breaker.passage(NOW), Passage::Free);
            assert_eq!(breaker.failed(NOW), n == FAILURES);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_probe_closes_it() {
        let mut breaker = open();
        let until = NOW.plus(OPEN_FOR);
        assert_eq!(breaker.passage(NOW), Passage::Until(until));
        assert!(!breaker.failed(NOW), "what was on its way tells nothing new");
        assert_eq!(breaker.passage(until), Passage::Probe);
        breaker.probes();
        assert_eq!(breaker.passage(until), Passage::Probing);
        assert_eq!(breaker.passage(until.plus(LONGEST)), Passage::Probing, "one probe at a time");
        breaker.answered();
        assert_eq!(breaker.passage(until), Passage::Free);
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_success_in_between_starts_the_count_anew() {
        let mut breaker = Breaker::default();
        for _ in 0..3 * FAILURES {
            for _ in 1..FAILURES {
                assert!(!breaker.failed(NOW));
            }
            breaker.answered();
        }
        assert!(!breaker.is_open());
    }

    #[test]
    fn failed_probes_double_the_wait_up_to_a_bound() {
        let mut breaker = open();
        let mut now = NOW.plus(OPEN_FOR);
        let mut waits = Vec::new();
        for _ in 0..7 {
            assert_eq!(breaker.passage(now), Passage::Probe);
            breaker.probes();
            assert!(breaker.failed(now), "it opens anew");
            let Passage::Until(until) = breaker.passage(now) else { panic!("it is open") };
            waits.push(until.since(now).as_secs());
            now = until;
        }
        assert_eq!(waits, [30, 60, 120, 240, 300, 300, 300]);
        breaker.probes();
        breaker.answered();
        let mut again = breaker;
        for _ in 0..FAILURES {
            again.failed(now);
        }
        assert_eq!(again.passage(now), Passage::Until(now.plus(OPEN_FOR)), "it forgets");
    }

    #[test]
    fn a_probe_that_was_not_to_be_sent_leaves_room_for_the_next() {
        let mut breaker = open();
        let then = NOW.plus(OPEN_FOR);
        breaker.probes();
        breaker.told_nothing(then);
        assert_eq!(breaker.passage(then), Passage::Probe);
        let mut closed = Breaker::default();
        closed.told_nothing(then);
        closed.probes();
        assert_eq!(closed, Breaker::default());
    }
}
