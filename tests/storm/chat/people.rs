//! Writers and readers of one conversation, behind a network that fails, who write down what they were told.

use super::history::{Moment, Outcome, Written};
use crate::follower::{Follower, Told};
use crate::hub::Someone;
use bedside::protocol::conversation::{SendMessage, SentMessage};
use bedside::protocol::fault::{Fault, Retry};
use bedside::protocol::ids::ConversationId;
use fault_proxy::Dice;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// How long a writer waits for an answer before it asks again: longer than any answer of a hub that lives.
const ANSWERED_WITHIN: Duration = Duration::from_millis(1_500);
/// How long a definite answer, or the end of the log, may take: kills and all.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);
/// Between two tries, and between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// Between two messages of one writer: below what one person may send.
const THINKS_MS: usize = 200;

/// Somebody who writes.
pub(super) struct Writer {
    pub(super) who: Someone,
    pub(super) follower: Follower,
    pub(super) conversation: ConversationId,
    pub(super) name: String,
    pub(super) dice: Dice,
    pub(super) began: Instant,
    pub(super) written: Vec<Written>,
    pub(super) strange: Vec<String>,
    /// Tries that had no definite answer.
    pub(super) retries: u64,
}

impl Writer {
    /// Writes until then.
    pub(super) async fn writes(mut self, ends: Instant) -> Writer {
        while Instant::now() < ends {
            let text = format!("{} {}", self.name, self.written.len());
            let may_give_up = self.dice.percent(4);
            self.writes_one(text, may_give_up).await;
            let thinks = self.dice.below(THINKS_MS);
            sleep(Duration::from_millis(u64::try_from(thinks).unwrap())).await;
        }
        self
    }

    /// Writes the last one, which counts as much as any. Where it stands.
    pub(super) async fn ends(&mut self) -> Option<u32> {
        self.writes_one(format!("{} ends", self.name), false).await;
        match &self.written.last()?.outcome {
            Outcome::Acknowledged(all) => all.first().map(|it| it.1),
            Outcome::Maybe => None,
        }
    }

    fn now(&self) -> Moment {
        u64::try_from(self.began.elapsed().as_micros()).unwrap()
    }

    async fn writes_one(&mut self, text: String, may_give_up: bool) {
        let (key, from, began) = (Uuid::now_v7().to_string(), self.now(), Instant::now());
        let body = text.as_str().into();
        let op = SendMessage {
            conversation_id: self.conversation,
            body,
            reply_to: None,
            files: vec![],
            overriding: None,
        };
        let mut answers: Vec<SentMessage> = vec![];
        let outcome = loop {
            match self.tries(&key, &op).await {
                Some(Ok(sent)) => {
                    answers.push(sent);
                    // Now and then once more: the answer was lost on the way to the disk of a phone.
                    if answers.len() == 1 && self.dice.percent(10) {
                        continue;
                    }
                    let all = answers.iter().map(|it| (it.message_id, it.position.offset));
                    break Outcome::Acknowledged(all.collect());
                }
                Some(Err(fault))
                    if fault.retry == Retry::Never || fault.retry == Retry::Refresh =>
                {
                    self.strange.push(format!("told {:?} ({})", fault.code, fault.message));
                    break Outcome::Maybe;
                }
                Some(Err(fault)) => {
                    sleep(Duration::from_millis(fault.after_ms.unwrap_or(50).into())).await;
                }
                // It was closed for good before anybody knew.
                None if may_give_up && answers.is_empty() => break Outcome::Maybe,
                None => sleep(PAUSE).await,
            }
            self.retries += 1;
            if began.elapsed() > SETTLED_WITHIN {
                self.strange.push(format!("told nothing definite of {text:?}"));
                break Outcome::Maybe;
            }
        };
        self.written.push(Written { text, from, until: self.now(), outcome });
    }

    /// One try: a definite answer, or none.
    async fn tries(&mut self, key: &str, op: &SendMessage) -> Option<Result<SentMessage, Fault>> {
        if !self.follower.is_open() {
            comes(&mut self.follower, &self.who).await.then_some(())?;
        }
        let id = self.follower.begins(key, op).await;
        let answer = timeout(ANSWERED_WITHIN, self.follower.answer::<SendMessage>(id)).await;
        match answer {
            Ok(answer) => answer.ok(),
            Err(_elapsed) => {
                // The page is loaded anew, or asks again as it is. What it wrote is kept.
                match self.dice.below(3) {
                    0 => self.follower.forgets(),
                    1 => self.follower.cut(),
                    _ => {}
                }
                None
            }
        }
    }
}

/// Somebody who reads along.
pub(super) struct Reader {
    pub(super) who: Someone,
    pub(super) follower: Follower,
    pub(super) dice: Dice,
}

/// What a reader was told, and what kept it from the end.
pub(super) struct Read {
    pub(super) told: Vec<Told>,
    pub(super) strange: Vec<String>,
    pub(super) disbelieved: u32,
}

impl Reader {
    /// Reads until it knows the line that is said to be the last.
    pub(super) async fn reads(mut self, last: watch::Receiver<Option<u32>>) -> Read {
        let (mut ends, mut strange) = (None, vec![]);
        loop {
            let until = *last.borrow();
            if let Some(until) = until {
                if self.follower.position.is_some_and(|it| it.offset >= until) {
                    break;
                }
                if ends.is_none() {
                    // Nothing more comes that would show what it lacks: it comes back, and is told.
                    self.follower.cut();
                }
                if ends.get_or_insert_with(Instant::now).elapsed() > SETTLED_WITHIN {
                    strange.push(format!("told nothing of {until}"));
                    break;
                }
            }
            if !self.follower.is_open() && !comes(&mut self.follower, &self.who).await {
                sleep(PAUSE).await;
                continue;
            }
            let heard = timeout(PAUSE, self.follower.hears()).await;
            if matches!(heard, Ok(Ok(_))) && until.is_none() {
                match self.dice.below(400) {
                    0 => self.follower.forgets(),
                    1..4 => self.follower.cut(),
                    _ => {}
                }
            }
        }
        let Follower { told, disbelieved, .. } = self.follower;
        Read { told, strange, disbelieved }
    }
}

/// Connects once. Who is sent away waits as long as they were asked to.
async fn comes(follower: &mut Follower, who: &Someone) -> bool {
    let token = who.token();
    match timeout(ANSWERED_WITHIN, follower.connects(token.expose())).await {
        Ok(Ok(())) => true,
        Ok(Err(closed)) => {
            sleep(Duration::from_millis(closed.wait_ms.into())).await;
            false
        }
        Err(_elapsed) => {
            follower.cut();
            false
        }
    }
}
