//! One way of one connection: what of a message goes on, when, and whether the connection outlives it.
//!
//! Invariant: what goes out goes out in the order in which it was let pass; told the time.

use crate::frames::Codec;
use crate::rule::{Action, Rules, Seen, Toward};
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// How a rule ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Close(u16),
    Cut,
}

/// Operations of requests that were not answered yet, by the id of the request.
pub(crate) type Asked = HashMap<u64, String>;

/// One way.
#[derive(Debug)]
pub(crate) struct Lane {
    toward: Toward,
    codec: Option<Codec>,
    /// Wait for the next frame of their type.
    held: Vec<Value>,
    /// Waits to go out.
    queue: VecDeque<(Instant, Message)>,
}

impl Lane {
    pub(crate) fn new(toward: Toward, codec: Option<Codec>) -> Self {
        Lane { toward, codec, held: vec![], queue: VecDeque::new() }
    }

    /// When the next message goes out.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.queue.front().map(|it| it.0)
    }

    /// What goes out now.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Message> {
        let is_due = self.due().is_some_and(|at| at <= now);
        if is_due { self.queue.pop_front().map(|it| it.1) } else { None }
    }

    /// A message came. How the connection ends, if it does.
    pub(crate) fn comes(
        &mut self,
        message: Message,
        rules: &mut Rules,
        asked: &mut Asked,
        now: Instant,
    ) -> Option<End> {
        let read = self.codec.and_then(|codec| Some((codec, codec.frames(&message)?)));
        let Some((codec, frames)) = read else {
            self.put(message, now);
            return None;
        };
        let (mut out, mut at, mut end, mut is_changed) = (vec![], now, None, false);
        for frame in frames {
            let op = self.operation(&frame, asked);
            let action =
                rules.judge(&Seen { toward: self.toward, frame: &frame, op: op.as_deref() });
            is_changed |= action.is_some();
            match action {
                None => out.push(frame.clone()),
                Some(Action::Suppress) => {}
                Some(Action::Duplicate) => out.extend([frame.clone(), frame.clone()]),
                Some(Action::Delay { ms }) => {
                    at += Duration::from_millis(ms.into());
                    out.push(frame.clone());
                }
                Some(Action::Reorder) => {
                    self.held.push(frame);
                    continue;
                }
                Some(Action::Close { code }) => end = Some(End::Close(code)),
                Some(Action::Cut) => end = Some(End::Cut),
            }
            if end.is_some() {
                break;
            }
            let before = out.len();
            out.extend(self.held.extract_if(.., |it| it.get("type") == frame.get("type")));
            is_changed |= out.len() > before;
        }
        let message = if is_changed { codec.message(&out) } else { Some(message) };
        if let Some(message) = message.filter(|_| !out.is_empty()) {
            self.put(message, at);
        }
        end
    }

    fn put(&mut self, message: Message, at: Instant) {
        // What waits is not overtaken.
        let last = self.queue.back().map_or(at, |it| it.0);
        self.queue.push_back((at.max(last), message));
    }

    /// The operation that a frame asks for, or answers.
    fn operation(&self, frame: &Value, asked: &mut Asked) -> Option<String> {
        let id = frame.get("id").and_then(Value::as_u64)?;
        match self.toward {
            Toward::Hub => {
                let op = frame.get("op").and_then(Value::as_str)?.to_owned();
                asked.insert(id, op.clone());
                Some(op)
            }
            Toward::Client => asked.remove(&id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;
    use serde_json::json;

    fn event(number: u32) -> Value {
        json!({"type": "event", "number": number})
    }

    fn message(frames: &[Value]) -> Message {
        Codec::Json.message(frames).unwrap()
    }

    /// What a lane lets out of these messages, and how it ended.
    fn pass(rule: Rule, messages: &[Message]) -> (Vec<Vec<Value>>, Option<End>) {
        let (mut rules, mut asked, now) = (Rules::default(), Asked::new(), Instant::now());
        rules.add(rule);
        let mut lane = Lane::new(Toward::Client, Some(Codec::Json));
        let mut end = None;
        for it in messages {
            end = end.or(lane.comes(it.clone(), &mut rules, &mut asked, now));
        }
        let out = std::iter::from_fn(|| lane.take_due(now + Duration::from_secs(60)));
        (out.map(|it| Codec::Json.frames(&it).unwrap()).collect(), end)
    }

    fn rule(action: Action) -> Rule {
        Rule::on(Toward::Client, "event", action)
    }

    #[test]
    fn a_frame_is_taken_out_of_its_message() {
        let three = [message(&[event(1), event(2), event(3)])];
        let (out, end) = pass(rule(Action::Suppress).nth(2), &three);
        assert_eq!((out, end), (vec![vec![event(1), event(3)]], None));
        let (out, _) = pass(rule(Action::Suppress), &three);
        assert_eq!(out, Vec::<Vec<Value>>::new(), "no message is empty");
    }

    #[test]
    fn a_frame_is_told_twice_or_after_the_next_of_its_type() {
        let ping = json!({"type": "ping"});
        let messages =
            [message(&[event(1)]), message(std::slice::from_ref(&ping)), message(&[event(2)])];
        let (out, _) = pass(rule(Action::Duplicate).nth(1), &messages);
        assert_eq!(out[0], [event(1), event(1)]);
        let (out, _) = pass(rule(Action::Reorder).nth(1), &messages);
        assert_eq!(out, [vec![ping], vec![event(2), event(1)]]);
    }

    #[test]
    fn what_was_before_the_end_still_goes_out() {
        let two = [message(&[event(1), event(2)])];
        let (out, end) = pass(rule(Action::Cut).nth(2), &two);
        assert_eq!((out, end), (vec![vec![event(1)]], Some(End::Cut)));
        let (out, end) = pass(rule(Action::Close { code: 4000 }).nth(1), &two);
        assert_eq!((out.len(), end), (0, Some(End::Close(4000))));
    }

    #[test]
    fn what_is_late_is_not_overtaken() {
        let (mut rules, mut asked, now) = (Rules::default(), Asked::new(), Instant::now());
        rules.add(rule(Action::Delay { ms: 50 }).nth(1));
        let mut lane = Lane::new(Toward::Client, Some(Codec::Json));
        for number in [1, 2] {
            assert_eq!(lane.comes(message(&[event(number)]), &mut rules, &mut asked, now), None);
        }
        assert_eq!(lane.take_due(now), None);
        let later = now + Duration::from_millis(50);
        assert_eq!(lane.take_due(later), Some(message(&[event(1)])));
        assert_eq!(lane.take_due(later), Some(message(&[event(2)])));
        assert_eq!(lane.due(), None);
    }

    #[test]
    fn what_cannot_be_read_passes() {
        let odd = Message::text("{}");
        let mut lane = Lane::new(Toward::Client, Some(Codec::Json));
        let (mut rules, mut asked, now) = (Rules::default(), Asked::new(), Instant::now());
        rules.add(rule(Action::Cut));
        assert_eq!(lane.comes(odd.clone(), &mut rules, &mut asked, now), None);
        assert_eq!(lane.take_due(now), Some(odd));
    }
}
