//! The two lanes of a connection. What is urgent goes out as it is said; what is bulk waits here for its turn: one turn each
//! time that everything which was written before has left the hub.
//!
//! Invariants: within a lane the order is that of saying, so nothing of a topic overtakes anything else of it. What is urgent waits behind
//! one turn of the other lane at most ([`TURN_BYTES`], or one message that is larger). Both are bounded: publications by what may wait
//! for a connection (`sink`), which counts them until they go out; answers by [`MAX_ANSWERS`] and [`MAX_ANSWER_BYTES`],
//! above which nothing more is asked of anybody; the urgent lane by what one turn of a client's frames can cause.
//! Does not: know which lane something takes (`protocol::lane`), or write.

use crate::actors::Publication;
use crate::protocol::frame::MAX_IN_FLIGHT;
use crate::protocol::topic::Topic;
use bytes::Bytes;
use std::cell::Cell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

/// Bytes of bulk that go out before something urgent is looked for again.
pub(super) const TURN_BYTES: usize = 32 * 1024;
/// Answers that wait for a client: as many as it may have calls under way.
const MAX_ANSWERS: usize = MAX_IN_FLIGHT;
/// Bytes of them: a few of the largest pages. Above it, whoever does not take their answers asks for no more.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Whether the bulk lane may move: everything that was written before has left the hub. The body of the connection says so
/// each time that it is asked for more.
#[derive(Debug, Clone, Default)]
pub struct Turn(Rc<Cell<bool>>);

impl Turn {
    /// Everything has left the hub.
    pub fn comes(&self) {
        self.0.set(true);
    }

    pub(super) fn has_come(&self) -> bool {
        self.0.get()
    }

    pub(super) fn take(&self) -> bool {
        self.0.take()
    }

    /// It was taken, and nothing was written in it.
    pub(super) fn give_back(&self) {
        self.0.set(true);
    }
}

/// Something that waits.
#[derive(Debug)]
pub(super) enum Waits {
    /// What an owner said. It is written when it goes out, so that a newer state may take its place until then.
    Told(Publication),
    /// A message that is written already, of that topic if it is of one.
    Written(Bytes, Option<Topic>),
}

/// The bulk lane.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    bulk: VecDeque<Waits>,
    answers: usize,
    answer_bytes: usize,
}

impl Lanes {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.bulk.is_empty()
    }

    /// Whether an answer may be added to those that wait.
    pub(super) fn has_room(&self) -> bool {
        self.answers < MAX_ANSWERS && self.answer_bytes < MAX_ANSWER_BYTES
    }

    /// Puts something behind everything that waits.
    pub(super) fn put(&mut self, it: Waits) {
        if let Waits::Written(bytes, _) = &it {
            self.answers = self.answers.saturating_add(1);
            self.answer_bytes = self.answer_bytes.saturating_add(bytes.len());
        }
        self.bulk.push_back(it);
    }

    /// Takes what has waited longest.
    pub(super) fn next(&mut self) -> Option<Waits> {
        let it = self.bulk.pop_front()?;
        if let Waits::Written(bytes, _) = &it {
            self.answers = self.answers.saturating_sub(1);
            self.answer_bytes = self.answer_bytes.saturating_sub(bytes.len());
        }
        if self.bulk.is_empty() {
            // An idle connection holds no buffer.
            self.bulk = VecDeque::new();
        }
        Some(it)
    }

    /// Drops what was said of a topic and has not gone out: whoever follows it anew hears how it stands, and nobody else hears
    /// of it. It would not go out (`Protocol::is_of`) and need not wait.
    pub(super) fn forget(&mut self, topic: Topic) {
        self.bulk.retain(|it| !matches!(it, Waits::Told(told) if told.topic == topic));
    }

    /// Topics of which the client has not heard yet how they go on: their positions are ahead of it.
    pub(super) fn ahead(&self) -> BTreeSet<Topic> {
        let written = self.bulk.iter().filter_map(|it| match it {
            Waits::Written(_, topic) => *topic,
            Waits::Told(_) => None,
        });
        written.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(size: usize) -> Waits {
        Waits::Written(Bytes::from(vec![0; size]), None)
    }

    #[test]
    fn the_bulk_lane_is_bounded_and_keeps_its_order() {
        let mut lanes = Lanes::default();
        for size in 0..MAX_ANSWERS {
            assert!(lanes.has_room());
            lanes.put(written(size));
        }
        assert!(!lanes.has_room(), "as many as may be under way");
        for size in 0..MAX_ANSWERS {
            let Some(Waits::Written(bytes, _)) = lanes.next() else { panic!("it waits") };
            assert_eq!(bytes.len(), size);
            assert!(lanes.has_room());
        }
        lanes.put(written(MAX_ANSWER_BYTES));
        assert!(!lanes.has_room(), "or one that is as large");
        assert!(lanes.next().is_some() && lanes.is_empty() && lanes.has_room());
    }

    #[test]
    fn a_turn_is_taken_once() {
        let turn = Turn::default();
        assert!(!turn.take());
        turn.clone().comes();
        assert_eq!([turn.take(), turn.take()], [true, false]);
        turn.give_back();
        assert!(turn.has_come(), "nothing was written in it");
    }
}
