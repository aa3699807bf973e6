//! The latest lines of a conversation's log and its latest messages, in memory.
//!
//! Owns: what is shown in a snapshot and replayed without the store. Invariants: lines follow each other without a gap; of
//! every message that stands here, this is how it is now; bounded by lines and by bytes.
//! Does not: reach back for ever: what is older is read from the store.

use crate::domain::conversation::Line;
use crate::protocol::conversation::{MESSAGES_IN_SNAPSHOT, Message};
use crate::protocol::ids::MessageId;
use crate::protocol::time::UnixMillis;
use crate::store::conversations::{LogEntry, LogRecord};
use std::collections::{BTreeMap, VecDeque};

/// Lines that are kept: a client that was gone for a moment finds all that it missed here.
pub(super) const MAX_LINES: usize = 320;
/// Messages that are kept: a snapshot, and what the lines name.
const MAX_MESSAGES: usize = 384;
/// Bytes of text that are kept. Ten thousand conversations at once of two full ones are more than there are.
const MAX_BYTES: usize = 512 * 1024;
const IN_SNAPSHOT: usize = MESSAGES_IN_SNAPSHOT as usize;

/// The latest of one conversation.
#[derive(Debug, Default)]
pub(super) struct Recent {
    lines: VecDeque<LogRecord>,
    /// The latest messages by the number of their posting, all of them from the first that stands here.
    messages: BTreeMap<u32, Message>,
    by_id: BTreeMap<MessageId, u32>,
    /// Whether there are messages before the first that stands here.
    has_older: bool,
    /// Bytes of all texts.
    bytes: usize,
}

impl Recent {
    /// As read: the latest lines, and the latest messages, each ascending.
    pub(super) fn new(lines: Vec<LogRecord>, messages: Vec<Message>, has_older: bool) -> Self {
        let mut recent = Recent { lines: lines.into(), has_older, ..Recent::default() };
        messages.into_iter().for_each(|it| recent.put(it));
        recent.trim();
        recent
    }

    /// A line was saved.
    pub(super) fn push(&mut self, offset: u32, at: UnixMillis, line: &Line) {
        self.lines.push_back(LogRecord { offset, at, entry: LogEntry::of(line) });
        match line {
            Line::Posted(message) => self.put(message.clone()),
            Line::Rewritten(message) if self.by_id.contains_key(&message.message_id) => {
                self.put(message.clone());
            }
            Line::Rewritten(_) | Line::Member(_) | Line::Away(_) | Line::Conversation(..) => {}
        }
        self.trim();
    }

    /// A message, when it stands here.
    pub(super) fn message(&self, id: MessageId) -> Option<&Message> {
        self.messages.get(self.by_id.get(&id)?)
    }

    /// The latest messages, earliest first, and whether there are older ones.
    pub(super) fn latest(&self) -> (Vec<Message>, bool) {
        let skipped = self.messages.len().saturating_sub(IN_SNAPSHOT);
        let latest = self.messages.values().skip(skipped).cloned().collect();
        (latest, self.has_older || skipped > 0)
    }

    /// All messages that stand here, earliest first.
    pub(super) fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values()
    }

    /// Lines after `after` with the messages that they name; nothing when not all of that stands here.
    pub(super) fn since(&self, after: u32) -> Option<Vec<(LogRecord, Option<Message>)>> {
        let floor = self.lines.front().map(|it| it.offset)?;
        if after.saturating_add(1) < floor {
            return None;
        }
        let missed = self.lines.iter().filter(|it| it.offset > after);
        missed
            .map(|it| match it.entry {
                LogEntry::Posted(id) | LogEntry::Changed(id) => {
                    Some((*it, Some(self.message(id)?.clone())))
                }
                LogEntry::Member(_) | LogEntry::Conversation => Some((*it, None)),
            })
            .collect()
    }

    fn put(&mut self, message: Message) {
        self.bytes = self.bytes.saturating_add(size(&message));
        self.by_id.insert(message.message_id, message.offset);
        if let Some(before) = self.messages.insert(message.offset, message) {
            self.bytes = self.bytes.saturating_sub(size(&before));
        }
    }

    fn trim(&mut self) {
        while self.lines.len() > MAX_LINES {
            self.lines.pop_front();
        }
        let is_much = |it: &Self| {
            it.messages.len() > MAX_MESSAGES
                || it.bytes > MAX_BYTES && it.messages.len() > IN_SNAPSHOT
        };
        while is_much(self) {
            let Some((_, oldest)) = self.messages.pop_first() else { return };
            self.by_id.remove(&oldest.message_id);
            self.bytes = self.bytes.saturating_sub(size(&oldest));
            self.has_older = true;
        }
    }
}

fn size(message: &Message) -> usize {
    message.body.as_ref().map_or(0, |it| it.expose().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ids::MemberId;
    use uuid::Uuid;

    fn message(offset: u32, text: &str) -> Message {
        Message {
            message_id: MessageId(Uuid::from_u128(offset.into())),
            offset,
            member_id: MemberId(Uuid::from_u128(1)),
            at: UnixMillis(0),
            body: Some(text.into()),
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            files: vec![],
        }
    }

    fn filled(count: u32, text: &str) -> Recent {
        let mut recent = Recent::default();
        for offset in 1..=count {
            recent.push(offset, UnixMillis(0), &Line::Posted(message(offset, text)));
        }
        recent
    }

    #[test]
    fn what_was_missed_is_told_as_it_is_now() {
        let mut recent = filled(3, "a");
        recent.push(4, UnixMillis(0), &Line::Rewritten(message(2, "b")));
        let missed = recent.since(1).expect("all of it is here");
        let told: Vec<_> = missed
            .iter()
            .map(|(line, it)| (line.offset, it.as_ref().map(|it| it.body.clone().unwrap())))
            .collect();
        let text = |it: &str| Some(crate::protocol::phi::Phi::new(it.to_owned()));
        assert_eq!(told, [(2, text("b")), (3, text("a")), (4, text("b"))]);
        assert_eq!(recent.since(4), Some(vec![]));
        assert_eq!(recent.latest().0.len(), 3);
    }

    #[test]
    fn it_is_bounded_and_says_what_it_does_not_know() {
        let count = u32::try_from(MAX_LINES * 2).unwrap();
        let recent = filled(count, "a");
        assert_eq!((recent.lines.len(), recent.messages.len()), (MAX_LINES, MAX_MESSAGES));
        assert!(recent.since(1).is_none() && recent.since(count - 10).is_some());
        let (latest, has_older) = recent.latest();
        assert_eq!((latest.len(), has_older, latest.last().unwrap().offset), (50, true, count));
        let large = filled(200, &"x".repeat(8 * 1024));
        assert!(large.bytes <= MAX_BYTES && large.messages.len() >= IN_SNAPSHOT);
        assert_eq!(large.by_id.len(), large.messages.len());
        assert!(large.since(100).is_none(), "a message of it is not here any more");
    }

    #[test]
    fn a_message_that_is_not_here_is_not_made_up() {
        let mut recent = Recent::new(vec![], vec![message(9, "a")], true);
        recent.push(10, UnixMillis(0), &Line::Rewritten(message(2, "b")));
        assert!(recent.since(9).is_none());
        assert_eq!(recent.latest(), (vec![message(9, "a")], true));
    }
}
