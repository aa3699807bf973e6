//! Where the time of a worker's thread goes, turn by turn. For measurements only.
//!
//! Owns the split of one turn of the loop into time of our own and time in calls to the system.
//! Waiting belongs to neither. The clock is the monotonic one: a turn in which the thread lost its
//! core is long, so medians mean more than sums. What the clock itself takes, two reads around each
//! call, counts as our own.

use std::sync::mpsc::Sender;
use std::time::Instant;

/// A call to the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Receive,
    Send,
    /// The end of a turn.
    Wait,
}

/// One turn of the loop, times in ns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lap {
    /// Outside of calls to the system.
    pub(crate) own: u64,
    pub(crate) receiving: u64,
    pub(crate) sending: u64,
    /// Datagrams.
    pub(crate) received: u64,
    pub(crate) sent: u64,
}

/// Measures the turns of one thread and hands them out.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    laps: Sender<Lap>,
    lap: Lap,
    since: Instant,
}

impl Stopwatch {
    /// Starts the first turn.
    pub(crate) fn new(laps: Sender<Lap>) -> Self {
        Self { laps, lap: Lap::default(), since: Instant::now() }
    }

    fn split(&mut self) -> u64 {
        let now = Instant::now();
        let passed = now.saturating_duration_since(self.since).as_nanos();
        self.since = now;
        u64::try_from(passed).unwrap_or(u64::MAX)
    }

    /// A call to the system begins.
    pub(crate) fn enter(&mut self) {
        self.lap.own += self.split();
    }

    /// It ended.
    pub(crate) fn leave(&mut self, call: Call) {
        let passed = self.split();
        match call {
            Call::Receive => self.lap.receiving += passed,
            Call::Send => self.lap.sending += passed,
            Call::Wait => {
                // Who measured may have heard enough.
                self.laps.send(std::mem::take(&mut self.lap)).ok();
                self.since = Instant::now();
            }
        }
    }

    /// So many datagrams went in and out.
    pub(crate) fn count(&mut self, received: usize, sent: usize) {
        self.lap.received += u64::try_from(received).unwrap_or(0);
        self.lap.sent += u64::try_from(sent).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::thread::sleep;
    use std::time::Duration;

    #[test]
    fn waiting_and_calls_are_not_our_own_time() {
        let (sender, laps) = channel();
        let mut watch = Stopwatch::new(sender);
        for call in [Call::Receive, Call::Send, Call::Wait] {
            watch.enter();
            sleep(Duration::from_millis(20));
            watch.count(3, 5);
            watch.leave(call);
        }
        let lap = laps.recv().unwrap();
        assert_eq!((lap.received, lap.sent), (9, 15));
        assert!(lap.receiving >= 20_000_000 && lap.sending >= 20_000_000);
        // The sleeps of this test are 60 ms; a machine that takes ten away is a strange one.
        assert!(lap.own < lap.receiving + lap.sending, "{lap:?}");
    }
}
