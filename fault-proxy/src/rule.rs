//! Rules: which frames, and what becomes of them.
//!
//! Invariants: of several rules that fit, the first acts, and only a rule that was asked counts; what chance decides is
//! decided by a seed.

use crate::dice::Dice;
use serde::Deserialize;
use serde_json::Value;

/// Which way a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Toward {
    /// From the client.
    Hub,
    /// From the hub.
    Client,
}

/// Which frames a rule is about: all that it names must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// Going this way.
    pub toward: Option<Toward>,
    /// Of this type, such as `event`, `reply`, `request`, `ping`, `welcome`.
    pub frame: Option<String>,
    /// Requests of this operation, and their answers.
    pub op: Option<String>,
    /// Events of this kind.
    pub kind: Option<String>,
    /// Only the one of this number among those that fit, the first being 1, over all connections.
    pub nth: Option<u32>,
    /// At most so many.
    pub times: Option<u32>,
    /// Only some of them.
    pub chance: Option<Chance>,
}

/// Some of them, and by which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    /// Of a hundred.
    pub percent: u8,
    /// Decides which.
    pub seed: u64,
}

/// What becomes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// It never arrives.
    Suppress,
    /// It and what comes after it arrive later.
    Delay {
        /// By so much.
        ms: u32,
    },
    /// It arrives twice.
    Duplicate,
    /// It arrives after the next one of its type.
    Reorder,
    /// Instead of it the client gets a close frame, and the hub sees the connection go.
    Close {
        /// Close code.
        code: u16,
    },
    /// Instead of it both sides see the connection go without a word.
    Cut,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which frames.
    #[serde(default)]
    pub when: When,
    /// What becomes of them.
    pub action: Action,
}

impl Rule {
    /// Frames of this type that go this way.
    pub fn on(toward: Toward, frame: &str, action: Action) -> Self {
        let when = When { toward: Some(toward), frame: Some(frame.to_owned()), ..When::default() };
        Rule { when, action }
    }

    /// Of these those of an operation.
    #[must_use]
    pub fn op(mut self, name: &str) -> Self {
        self.when.op = Some(name.to_owned());
        self
    }

    /// Of these those of a kind of event.
    #[must_use]
    pub fn kind(mut self, name: &str) -> Self {
        self.when.kind = Some(name.to_owned());
        self
    }

    /// Of these the one of this number.
    #[must_use]
    pub fn nth(mut self, number: u32) -> Self {
        self.when.nth = Some(number);
        self
    }

    /// Of these so many at most.
    #[must_use]
    pub fn times(mut self, most: u32) -> Self {
        self.when.times = Some(most);
        self
    }

    /// Of these so many of a hundred.
    #[must_use]
    pub fn percent(mut self, percent: u8, seed: u64) -> Self {
        self.when.chance = Some(Chance { percent, seed });
        self
    }
}

/// A frame as rules see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) toward: Toward,
    pub(crate) frame: &'a Value,
    /// The operation that it asks for or answers.
    pub(crate) op: Option<&'a str>,
}

impl When {
    fn fits(&self, seen: &Seen<'_>) -> bool {
        let text = |at: &str| seen.frame.pointer(at).and_then(Value::as_str);
        let is = |wanted: &Option<String>, it: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| it == Some(wanted))
        };
        self.toward.is_none_or(|it| it == seen.toward)
            && is(&self.frame, text("/type"))
            && is(&self.op, seen.op)
            && is(&self.kind, text("/event/kind"))
    }
}

#[derive(Debug)]
struct Counted {
    rule: Rule,
    dice: Dice,
    fitted: u32,
    hits: u32,
}

/// The rules of a proxy, and how often each has acted.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    all: Vec<Counted>,
    /// Those before this number do nothing any more.
    first: usize,
}

impl Rules {
    /// Adds one; its number.
    pub(crate) fn add(&mut self, rule: Rule) -> usize {
        let dice = Dice::of(rule.when.chance.map_or(0, |it| it.seed));
        self.all.push(Counted { rule, dice, fitted: 0, hits: 0 });
        self.all.len() - 1
    }

    /// None does anything any more; what they did stays counted.
    pub(crate) fn clear(&mut self) {
        self.first = self.all.len();
    }

    /// How often one has acted.
    pub(crate) fn hits(&self, number: usize) -> Option<u32> {
        self.all.get(number).map(|it| it.hits)
    }

    /// What becomes of a frame; nothing when it passes.
    pub(crate) fn judge(&mut self, seen: &Seen<'_>) -> Option<Action> {
        let live = self.all.iter_mut().skip(self.first);
        live.filter(|it| it.rule.when.fits(seen)).find_map(Counted::acts)
    }
}

impl Counted {
    fn acts(&mut self) -> Option<Action> {
        let When { nth, times, chance, .. } = self.rule.when;
        self.fitted = self.fitted.saturating_add(1);
        let is_it = nth.is_none_or(|it| it == self.fitted)
            && times.is_none_or(|most| self.hits < most)
            && chance.is_none_or(|it| self.dice.percent(it.percent.into()));
        self.hits = self.hits.saturating_add(u32::from(is_it));
        is_it.then_some(self.rule.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judge(rules: &mut Rules, toward: Toward, frame: &Value, op: Option<&str>) -> Option<Action> {
        rules.judge(&Seen { toward, frame, op })
    }

    #[test]
    fn all_that_a_rule_names_must_fit() {
        let mut rules = Rules::default();
        let rule = Rule::on(Toward::Client, "event", Action::Suppress).kind("message_posted");
        let number = rules.add(rule);
        let posted = json!({"type": "event", "event": {"kind": "message_posted"}});
        let typing = json!({"type": "event", "event": {"kind": "typing"}});
        assert_eq!(judge(&mut rules, Toward::Hub, &posted, None), None);
        assert_eq!(judge(&mut rules, Toward::Client, &typing, None), None);
        assert_eq!(judge(&mut rules, Toward::Client, &json!({"type": "ping"}), None), None);
        assert_eq!(rules.hits(number), Some(0));
        assert_eq!(judge(&mut rules, Toward::Client, &posted, None), Some(Action::Suppress));
        assert_eq!((rules.hits(number), rules.hits(7)), (Some(1), None));
        rules.clear();
        assert_eq!(judge(&mut rules, Toward::Client, &posted, None), None);
        assert_eq!(rules.hits(number), Some(1), "what it did stays counted");
    }

    #[test]
    fn answers_are_of_the_operation_that_they_answer() {
        let mut rules = Rules::default();
        rules.add(Rule::on(Toward::Client, "reply", Action::Cut).op("message.send"));
        let reply = json!({"type": "reply", "id": 1});
        assert_eq!(judge(&mut rules, Toward::Client, &reply, Some("session.read")), None);
        assert_eq!(judge(&mut rules, Toward::Client, &reply, None), None);
        assert_eq!(
            judge(&mut rules, Toward::Client, &reply, Some("message.send")),
            Some(Action::Cut)
        );
    }

    #[test]
    fn the_nth_at_most_so_many_and_some() {
        let ping = json!({"type": "ping"});
        let acts = |rule: Rule| {
            let mut rules = Rules::default();
            rules.add(rule);
            let all =
                (1..=100).filter(|_| judge(&mut rules, Toward::Client, &ping, None).is_some());
            (all.count(), rules.hits(0).unwrap())
        };
        let rule = || Rule::on(Toward::Client, "ping", Action::Duplicate);
        assert_eq!(acts(rule()), (100, 100));
        assert_eq!(acts(rule().nth(3)), (1, 1));
        assert_eq!(acts(rule().times(2)), (2, 2));
        let (some, _) = acts(rule().percent(30, 7));
        assert!((10..60).contains(&some), "{some}");
        assert_eq!(acts(rule().percent(30, 7)).0, some, "the seed decides");
    }

    #[test]
    fn the_first_rule_that_acts_counts() {
        let mut rules = Rules::default();
        rules.add(Rule::on(Toward::Hub, "request", Action::Suppress).nth(2));
        rules.add(Rule::on(Toward::Hub, "request", Action::Duplicate));
        let request = json!({"type": "request"});
        let mut next = || judge(&mut rules, Toward::Hub, &request, None);
        assert_eq!(next(), Some(Action::Duplicate));
        assert_eq!(next(), Some(Action::Suppress));
        assert_eq!(next(), Some(Action::Duplicate));
    }

    #[test]
    fn rules_are_read_and_typos_are_refused() {
        let text = r#"{"when": {"toward": "client", "frame": "event", "nth": 2, "chance": {"percent": 5, "seed": 1}},
                       "action": {"do": "delay", "ms": 20}}"#;
        let rule: Rule = serde_json::from_str(text).unwrap();
        let expected = Rule::on(Toward::Client, "event", Action::Delay { ms: 20 });
        assert_eq!(rule, expected.nth(2).percent(5, 1));
        for typo in [
            r#"{"action": {"do": "supress"}}"#,
            r#"{"when": {"type": "event"}, "action": {"do": "cut"}}"#,
            r#"{"action": {"do": "cut"}, "whem": {}}"#,
        ] {
            assert!(serde_json::from_str::<Rule>(typo).is_err(), "{typo}");
        }
    }
}
