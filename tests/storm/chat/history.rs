//! THE CHECKER of conversations: what writers were told, what readers were told, and what stands in the log in the end,
//! against what may be.
//!
//! C1: what was acknowledged stands in the log, where it was said to stand. C2: nothing stands there twice, and a key has
//! one answer. C3: nothing stands there that nobody wrote; what was given up without an answer may stand there or not.
//! C4: whatever was acknowledged before somebody began to write stands before what they wrote, so that there is one order
//! for all. C5: a reader is told the next line, or begins anew in the open. C6: whatever a reader was told is what the
//! log says, and nothing of it was left out. C7: in the end every reader knows the last line.

use crate::follower::{How, Posted, Told};
use bedside::protocol::ids::MessageId;
use std::collections::{BTreeMap, BTreeSet};

/// Microseconds since the run began.
pub(crate) type Moment = u64;

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every answer to its key, the first first.
    Acknowledged(Vec<(MessageId, u32)>),
    /// Nobody knows.
    Maybe,
}

/// One message that somebody wrote. No two have the same text.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) text: String,
    /// When its writer first sent it, and when they knew or gave up.
    pub(crate) from: Moment,
    pub(crate) until: Moment,
    pub(crate) outcome: Outcome,
}

/// Everything that is known of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) written: Vec<Written>,
    /// What each reader was told, in order.
    pub(crate) readers: Vec<Vec<Told>>,
    /// The log in the end.
    pub(crate) log: Vec<Posted>,
    /// Answers that nobody should have been given.
    pub(crate) strange: Vec<String>,
}

impl History {
    /// What is wrong with it; nothing when it can be.
    pub(crate) fn violations(&self) -> Vec<String> {
        let by_offset: BTreeMap<u32, &Posted> = self.log.iter().map(|it| (it.offset, it)).collect();
        let mut found = self.strange.clone();
        found.extend(self.lost(&by_offset));
        found.extend(self.twice());
        found.extend(self.unasked());
        found.extend(self.disordered());
        for (number, told) in self.readers.iter().enumerate() {
            let wrong = skipped(told).into_iter().chain(misled(told, &self.log, &by_offset));
            found.extend(wrong.map(|it| format!("{it}, reader {number}")));
            let end = told.last().map_or(0, |it| it.position.offset);
            let last = self.log.last().map_or(0, |it| it.offset);
            if end < last {
                found.push(format!("C7: reader {number} ends at {end}, the log at {last}"));
            }
        }
        found
    }

    fn lost(&self, log: &BTreeMap<u32, &Posted>) -> Vec<String> {
        let answers = self.written.iter().flat_map(|written| {
            let all: &[_] = match &written.outcome {
                Outcome::Acknowledged(all) => all,
                Outcome::Maybe => &[],
            };
            all.iter().map(|answer| (&written.text, *answer))
        });
        let is_lost = |(text, (id, offset)): &(&String, (MessageId, u32))| {
            let there = log.get(offset);
            there.is_none_or(|it| it.message_id != *id || it.text != **text)
        };
        answers
            .filter(is_lost)
            .map(|it| format!("C1: acknowledged and not there: {it:?}"))
            .collect()
    }

    fn twice(&self) -> Vec<String> {
        let (mut texts, mut ids, mut offsets) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut found = vec![];
        for it in &self.log {
            let is_new =
                texts.insert(&it.text) & ids.insert(it.message_id) & offsets.insert(it.offset);
            if !is_new {
                found.push(format!("C2: twice in the log: {it:?}"));
            }
        }
        for it in &self.written {
            if let Outcome::Acknowledged(all) = &it.outcome
                && all.iter().any(|answer| *answer != all[0])
            {
                found.push(format!("C2: one key, several answers: {it:?}"));
            }
        }
        found
    }

    fn unasked(&self) -> Vec<String> {
        let texts: BTreeSet<_> = self.written.iter().map(|it| &it.text).collect();
        let unasked = self.log.iter().filter(|it| !texts.contains(&it.text));
        unasked.map(|it| format!("C3: nobody wrote {it:?}")).collect()
    }

    fn disordered(&self) -> Vec<String> {
        let places: BTreeMap<_, _> = self.log.iter().map(|it| (&it.text, it.offset)).collect();
        let mut ends: Vec<(Moment, u32)> = vec![];
        let mut begins: Vec<(Moment, u32, &str)> = vec![];
        for it in &self.written {
            let Some(place) = places.get(&it.text) else { continue };
            begins.push((it.from, *place, &it.text));
            if it.outcome != Outcome::Maybe {
                ends.push((it.until, *place));
            }
        }
        ends.sort_unstable();
        begins.sort_unstable();
        let (mut ends, mut last, mut found) = (ends.into_iter().peekable(), 0, vec![]);
        for (from, place, text) in begins {
            while let Some((_, ended)) = ends.next_if(|it| it.0 < from) {
                last = last.max(ended);
            }
            if place <= last {
                found.push(format!(
                    "C4: {text} stands at {place}, behind it what was there: {last}"
                ));
            }
        }
        found
    }
}

/// Lines that were left out without a word.
fn skipped(told: &[Told]) -> Vec<String> {
    let mut found = vec![];
    let mut before: Option<&Told> = None;
    for it in told {
        let is_good = match (it.how, before) {
            (How::Whole, None) => true,
            (How::Whole, Some(before)) => before.position <= it.position,
            (How::Live | How::Replayed, None) => false,
            (How::Live | How::Replayed, Some(before)) => {
                before.position.epoch == it.position.epoch
                    && before.position.offset + 1 == it.position.offset
            }
        };
        if !is_good {
            let from = before.map(|it| it.position);
            found.push(format!("C5: from {from:?} to {:?} ({:?})", it.position, it.how));
        }
        before = Some(it);
    }
    found
}

/// What was told otherwise than the log has it.
fn misled(told: &[Told], log: &[Posted], by_offset: &BTreeMap<u32, &Posted>) -> Vec<String> {
    let is_true = |it: &Told| match it.how {
        How::Live | How::Replayed => {
            let there = by_offset.get(&it.position.offset).copied();
            there.into_iter().eq(&it.posts)
        }
        How::Whole => {
            let until = log.iter().take_while(|line| line.offset <= it.position.offset);
            let until: Vec<_> = until.collect();
            let from = until.len().saturating_sub(it.posts.len());
            until.get(from..).is_some_and(|end| end.iter().copied().eq(&it.posts))
                && (it.posts.is_empty() == until.is_empty())
        }
    };
    let wrong = told.iter().filter(|it| !is_true(it));
    wrong.map(|it| format!("C6: told {:?} at {:?}: {:?}", it.how, it.position, it.posts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedside::protocol::topic::Position;
    use rstest::rstest;
    use uuid::Uuid;

    fn posted(offset: u32) -> Posted {
        let message_id = MessageId(Uuid::from_u128(offset.into()));
        Posted { offset, message_id, text: format!("text {offset}") }
    }

    fn told(how: How, offset: u32, posts: &[u32]) -> Told {
        let position = Position { epoch: 9, offset };
        Told { how, position, posts: posts.iter().map(|it| posted(*it)).collect() }
    }

    fn written(offset: u32, from: Moment, until: Moment) -> Written {
        let it = posted(offset);
        let outcome = Outcome::Acknowledged(vec![(it.message_id, offset)]);
        Written { text: it.text, from, until, outcome }
    }

    /// Three messages at 2, 4 and 5, a member who came at 3, and two readers; one more was given up.
    fn good() -> History {
        let maybe =
            Written { text: "given up".to_owned(), from: 1, until: 5, outcome: Outcome::Maybe };
        let early = vec![
            told(How::Whole, 1, &[]),
            told(How::Live, 2, &[2]),
            told(How::Live, 3, &[]),
            told(How::Replayed, 4, &[4]),
            told(How::Live, 5, &[5]),
        ];
        let late = vec![told(How::Whole, 4, &[2, 4]), told(How::Live, 5, &[5])];
        History {
            written: vec![written(2, 0, 10), written(4, 11, 20), written(5, 15, 30), maybe],
            readers: vec![early, late],
            log: vec![posted(2), posted(4), posted(5)],
            strange: vec![],
        }
    }

    #[test]
    fn what_can_be_is_no_violation() {
        assert_eq!(good().violations(), Vec::<String>::new());
        let mut found_out = good();
        let given_up = Posted { text: "given up".to_owned(), ..posted(6) };
        found_out.log.push(given_up.clone());
        for reader in &mut found_out.readers {
            reader.push(Told { posts: vec![given_up.clone()], ..told(How::Live, 6, &[]) });
        }
        assert_eq!(found_out.violations(), Vec::<String>::new(), "it may be there after all");
    }

    #[rstest]
    #[case::a_lost_write("C1", |it: &mut History| { it.log.remove(1); })]
    #[case::acknowledged_elsewhere("C1", |it: &mut History| it.written[0] = Written { text: posted(2).text, ..written(4, 0, 10) })]
    #[case::twice_after_a_retry("C2", twice_after_a_retry)]
    #[case::two_answers("C2", two_answers)]
    #[case::nobody_wrote_it("C3", |it: &mut History| { it.written.remove(2); })]
    #[case::overtaken("C4", |it: &mut History| it.written[0].from = 25)]
    #[case::silently_skipped("C5", |it: &mut History| { it.readers[0].remove(1); })]
    #[case::back_again("C5", |it: &mut History| it.readers[0].push(told(How::Live, 4, &[4])))]
    #[case::a_snapshot_of_before("C5", |it: &mut History| it.readers[1].push(told(How::Whole, 3, &[2])))]
    #[case::something_else("C6", |it: &mut History| it.readers[0][1].posts[0].text = "else".to_owned())]
    #[case::left_out_of_a_line("C6", |it: &mut History| it.readers[0][3].posts.clear())]
    #[case::left_out_of_the_whole("C6", |it: &mut History| { it.readers[1][0].posts.remove(1); })]
    #[case::in_another_order("C6", |it: &mut History| it.readers[1][0].posts.reverse())]
    #[case::never_told("C7", |it: &mut History| { it.readers[0].pop(); })]
    #[case::strange("told", |it: &mut History| it.strange.push("told nonsense".to_owned()))]
    fn what_cannot_be_is_one(#[case] what: &str, #[case] spoil: impl FnOnce(&mut History)) {
        let mut history = good();
        spoil(&mut history);
        let found = history.violations();
        assert!(found.iter().any(|it| it.starts_with(what)), "{found:?}");
    }

    fn twice_after_a_retry(it: &mut History) {
        it.log.push(Posted { text: posted(2).text, ..posted(6) });
    }

    fn two_answers(it: &mut History) {
        let answers = vec![(posted(2).message_id, 2), (posted(4).message_id, 4)];
        it.written[0].outcome = Outcome::Acknowledged(answers);
    }
}
