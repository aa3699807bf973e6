//! Which of the two lanes of a connection something takes: what a call needs overtakes everything else.
//!
//! Invariant: one topic, and one operation, is in one lane, so that what is said of it keeps its order. Faults, heartbeats and the end
//! of a connection are urgent, whatever they are about.

use super::topic::Topic;

/// A lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Small, and somebody in a call waits for it.
    Urgent,
    /// Lists, pages, answers of searches, replays. It waits for a client that takes it slowly.
    Bulk,
}

impl Lane {
    /// Of what is said of a topic.
    pub const fn of_topic(topic: Topic) -> Lane {
        match topic {
            Topic::Visit(_) => Lane::Urgent,
            Topic::Agenda(_)
            | Topic::Schedule(_)
            | Topic::Openings(_)
            | Topic::Conversation(_)
            | Topic::Mailbox(_) => Lane::Bulk,
        }
    }

    /// Of what an operation answers. The attendance of a visit is read after it, and is long.
    pub fn of_operation(name: &str) -> Lane {
        let is_call = name.starts_with("media.") || name.starts_with("visit.");
        if is_call && name != "visit.read_attendance" { Lane::Urgent } else { Lane::Bulk }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::catalogue::CATALOGUE;

    #[test]
    fn what_a_call_needs_is_urgent_and_lists_are_not() {
        for row in CATALOGUE {
            let (area, _) = row.name.split_once('.').expect("an area");
            let is_call = matches!(area, "media" | "visit") && row.name != "visit.read_attendance";
            let expected = if is_call { Lane::Urgent } else { Lane::Bulk };
            assert_eq!(Lane::of_operation(row.name), expected, "{}", row.name);
        }
    }
}
