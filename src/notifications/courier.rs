//! The courier: empties the outbox.
//!
//! Owns: when to look, how many messages are on their way at a time, and what the end of a try means. Invariants: a
//! message is sent by whoever holds its lease, and no try lasts longer than [`Limits::deadline`], which is well within
//! the lease. A channel that fails is left alone by its breaker and holds up no other. Whatever is dropped with a message
//! in hand leaves it to the next courier: it is sent at least once, with the same id.
//! Does not: choose words (`render`), or log anything but ids and words of our own.

use super::backoff::{self, MAX_ATTEMPTS};
use super::breaker::{Breaker, Passage};
use super::render::{self, Rendered, Site};
use super::{Failure, Sender};
use crate::clock::Clock;
use crate::crypto::Keys;
use crate::protocol::time::UnixMillis;
use crate::store::outbox::{Channel, NoticeRecord, Settled};
use crate::store::{Store, StoreError, Stored};
use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::Sleep;

/// Why a message was not sent: its channel is not configured.
const NO_CHANNEL: &str = "no_channel";
/// Between two looks at the store that has just failed.
const AFTER_STORE_FAILED: Duration = Duration::from_secs(1);
/// Between two looks in any case: what is due and being taken by another node must not make this one spin.
const SHORTEST_NAP: Duration = Duration::from_millis(20);
/// Between two looks that found something, at least: what has become due meanwhile is one transaction of the store then
/// and not one each, and people who book go before mails that tell of it. The first of many leaves at once, and nobody
/// notices that the tenth leaves so much later.
const BREATH: Duration = Duration::from_millis(250);
/// Between two counts of the backlog.
const COUNT_EVERY: Duration = Duration::from_secs(15);
/// How often the end of a try is told to the store, and how long it waits in between. A message that was sent and could
/// not be settled is sent again.
const SETTLE_TRIES: u32 = 5;
const SETTLE_PAUSE: Duration = Duration::from_millis(300);

/// How much at a time, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one try of one message.
    pub deadline: Duration,
    /// For which a taken message is ours.
    pub lease: Duration,
    /// Messages of one channel on their way at a time.
    pub at_once: u32,
    /// The store is asked at least this often: another node may have added something.
    pub longest_nap: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            deadline: Duration::from_secs(20),
            lease: Duration::from_secs(120),
            at_once: 8,
            longest_nap: Duration::from_secs(30),
        }
    }
}

/// What a courier works with.
pub struct Parts {
    /// The outbox, and what texts are made of.
    pub store: Arc<dyn Store>,
    /// Opens what is kept of people.
    pub keys: Arc<Keys>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// E-mail.
    pub email: Option<Arc<dyn Sender>>,
    /// Short messages.
    pub sms: Option<Arc<dyn Sender>>,
    /// How the hub calls itself.
    pub site: Site,
    /// How much, how long.
    pub limits: Limits,
}

/// A courier that works until it is dropped.
pub struct Courier {
    wake: Arc<Notify>,
    is_draining: Arc<AtomicBool>,
    work: JoinHandle<()>,
}

impl Courier {
    /// Starts to work. Within a runtime of tokio.
    pub fn start(parts: Parts) -> Self {
        let wake = Arc::new(Notify::new());
        let is_draining = Arc::new(AtomicBool::new(false));
        let round = Round {
            parts: Arc::new(parts),
            wake: Arc::clone(&wake),
            is_draining: Arc::clone(&is_draining),
            ways: Channel::ALL.into_iter().map(|it| (it, Way::default())).collect(),
            tries: JoinSet::new(),
            channel_of: HashMap::new(),
            next_count: UnixMillis::default(),
            breath: None,
        };
        Courier { wake, is_draining, work: tokio::spawn(round.work()) }
    }

    /// To be notified whenever notices were saved.
    pub fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Takes nothing more; what is on its way is brought to its end.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// Whether it has stopped.
    pub fn has_stopped(&self) -> bool {
        self.work.is_finished()
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.work.abort();
    }
}

/// One channel.
#[derive(Debug, Default)]
struct Way {
    breaker: Breaker,
    on_their_way: u32,
    /// Nothing is due before; unknown when absent.
    not_before: Option<UnixMillis>,
}

/// What a try told about its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Answered,
    Failed,
    Nothing,
}

/// The loop and its state.
struct Round {
    parts: Arc<Parts>,
    wake: Arc<Notify>,
    is_draining: Arc<AtomicBool>,
    ways: BTreeMap<Channel, Way>,
    tries: JoinSet<News>,
    channel_of: HashMap<Id, Channel>,
    next_count: UnixMillis,
    /// Not to look before it is over.
    breath: Option<Pin<Box<Sleep>>>,
}

impl Round {
    async fn work(mut self) {
        loop {
            if self.is_draining.load(Ordering::SeqCst) {
                return self.finish().await;
            }
            let nap = match self.breath {
                Some(_) => self.parts.limits.longest_nap,
                None => self.look_or_wait().await,
            };
            let wake = Arc::clone(&self.wake);
            tokio::select! {
                () = wake.notified() => self.ways.values_mut().for_each(|it| it.not_before = None),
                Some(ended) = self.tries.join_next_with_id() => self.ended(ended),
                () = over(&mut self.breath) => self.breath = None,
                () = tokio::time::sleep(nap) => {}
            }
        }
    }

    async fn look_or_wait(&mut self) -> Duration {
        self.look().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the outbox cannot be read");
            AFTER_STORE_FAILED
        })
    }

    async fn finish(mut self) {
        while let Some(ended) = self.tries.join_next_with_id().await {
            self.ended(ended);
        }
    }

    /// Takes what is due and can go; returns how long there is nothing to do, unless something happens.
    async fn look(&mut self) -> Stored<Duration> {
        let now = self.parts.clock.now();
        self.count(now).await?;
        for channel in Channel::ALL {
            self.look_at(channel, now).await?;
        }
        let next = self.ways.values().filter_map(|it| it.next(now)).min();
        let nap = next.map_or(self.parts.limits.longest_nap, |it| it.since(now));
        Ok(nap.clamp(SHORTEST_NAP, self.parts.limits.longest_nap))
    }

    async fn look_at(&mut self, channel: Channel, now: UnixMillis) -> Stored<()> {
        let Some(way) = self.ways.get_mut(&channel) else { return Ok(()) };
        let limits = self.parts.limits;
        let room = match way.breaker.passage(now) {
            Passage::Free => limits.at_once.saturating_sub(way.on_their_way),
            Passage::Probe if way.on_their_way == 0 => 1,
            Passage::Probe | Passage::Probing | Passage::Until(_) => 0,
        };
        if room == 0 || way.not_before.is_some_and(|it| now < it) {
            return Ok(());
        }
        let store = &self.parts.store;
        let taken = store.take_due(channel, now, limits.lease, room).await?;
        let is_all = u32::try_from(taken.len()).is_ok_and(|it| it < room);
        if is_all {
            let next = store.next_due(channel).await?;
            let latest = now.plus(limits.longest_nap);
            way.not_before = Some(next.unwrap_or(latest).min(latest));
        }
        if !taken.is_empty() {
            self.breath = Some(Box::pin(tokio::time::sleep(BREATH)));
        }
        for record in taken {
            way.breaker.probes();
            way.on_their_way = way.on_their_way.saturating_add(1);
            let carrying = carry(Arc::clone(&self.parts), record);
            let id = self.tries.spawn(carrying).id();
            self.channel_of.insert(id, channel);
        }
        Ok(())
    }

    fn ended(&mut self, ended: Result<(Id, News), JoinError>) {
        let (id, news) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // Its lease brings it back, and its attempts end that.
                tracing::error!("a message could not be carried: its task panicked");
                (error.id(), News::Nothing)
            }
        };
        let Some(channel) = self.channel_of.remove(&id) else { return };
        let Some(way) = self.ways.get_mut(&channel) else { return };
        way.on_their_way = way.on_their_way.saturating_sub(1);
        // What was postponed may be due sooner than what is known.
        way.not_before = None;
        let now = self.parts.clock.now();
        match news {
            News::Answered => way.breaker.answered(),
            News::Nothing => way.breaker.told_nothing(now),
            News::Failed => {
                if way.breaker.failed(now) {
                    let channel = channel.as_str();
                    tracing::warn!(channel, "a channel failed and is left alone for a while");
                }
            }
        }
        let open = f64::from(u8::from(way.breaker.is_open()));
        metrics::gauge!("bedside_notice_channel_open", "channel" => channel.as_str()).set(open);
    }

    async fn count(&mut self, now: UnixMillis) -> Stored<()> {
        if now < self.next_count {
            return Ok(());
        }
        self.next_count = now.plus(COUNT_EVERY);
        let backlog = self.parts.store.backlog(now).await?;
        let of = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("bedside_notices_due").set(of(backlog.due));
        metrics::gauge!("bedside_notices_dead").set(of(backlog.dead));
        Ok(())
    }
}

/// When a breath is over; never when there is none.
async fn over(breath: &mut Option<Pin<Box<Sleep>>>) {
    match breath {
        Some(breath) => breath.await,
        None => std::future::pending().await,
    }
}

impl Way {
    /// When there may be something to do; nothing while only the end of a try can change that.
    fn next(&self, now: UnixMillis) -> Option<UnixMillis> {
        match self.breaker.passage(now) {
            Passage::Probing => None,
            Passage::Until(until) => Some(until),
            Passage::Free | Passage::Probe => self.not_before,
        }
    }
}

/// One try of one message, from its text to its end.
async fn carry(parts: Arc<Parts>, record: NoticeRecord) -> News {
    let (how, news) = attempt(&parts, &record).await;
    told(&record, &how);
    settle(&parts, &record, how).await;
    news
}

async fn attempt(parts: &Parts, record: &NoticeRecord) -> (Settled, News) {
    let sender = match record.notice.channel {
        Channel::Email => parts.email.as_deref(),
        Channel::Sms => parts.sms.as_deref(),
        Channel::Inbox => None,
    };
    if sender.is_none() && record.notice.channel != Channel::Inbox {
        return (Settled::Skipped(NO_CHANNEL), News::Nothing);
    }
    // Whoever carried it the last time did not come back to say how it ended.
    if record.attempts > MAX_ATTEMPTS {
        return (Settled::Dead("lost"), News::Nothing);
    }
    let (notice, now) = (&record.notice, parts.clock.now());
    let read = render::read(parts.store.as_ref(), &parts.keys, notice, (now, &parts.site));
    let rendered = match read.await {
        Ok(is) => render::render(notice, &is, now, &parts.site),
        Err(_) => return (again(parts, record, "store"), News::Nothing),
    };
    match (rendered, sender) {
        (Rendered::Skip(why), _) => (Settled::Skipped(why), News::Nothing),
        (Rendered::Keep(text), _) => (Settled::Sent(Some(text)), News::Answered),
        (Rendered::Send(_), None) => (Settled::Skipped(NO_CHANNEL), News::Nothing),
        (Rendered::Send(message), Some(sender)) => {
            let sending = tokio::time::timeout(parts.limits.deadline, sender.send(&message));
            let outcome = sending.await.unwrap_or(Err(Failure::Down("no_answer")));
            match outcome {
                Ok(()) => (Settled::Sent(None), News::Answered),
                Err(Failure::Refused(why)) => (Settled::Dead(why), News::Answered),
                Err(Failure::Later(why)) => (again(parts, record, why), News::Answered),
                Err(Failure::Down(why)) => (again(parts, record, why), News::Failed),
            }
        }
    }
}

fn again(parts: &Parts, record: &NoticeRecord, failure: &'static str) -> Settled {
    let (_, random) = uuid::Uuid::new_v4().as_u64_pair();
    match backoff::next_try(record.attempts, parts.clock.now(), random) {
        Some(at) => Settled::Retry { at, failure },
        None => Settled::Dead(failure),
    }
}

fn told(record: &NoticeRecord, how: &Settled) {
    let (channel, kind) = (record.notice.channel.as_str(), record.notice.kind.as_str());
    let outcome = match how {
        Settled::Sent(_) => "sent",
        Settled::Skipped(why) => why,
        Settled::Retry { .. } => "retried",
        Settled::Dead(why) => {
            let notice = record.notice.notice_id;
            tracing::warn!(%notice, channel, kind, why, "a notice was given up");
            "dead"
        }
    };
    metrics::counter!(
        "bedside_notices_total", "channel" => channel, "kind" => kind, "outcome" => outcome
    )
    .increment(1);
}

async fn settle(parts: &Parts, record: &NoticeRecord, how: Settled) {
    let id = record.notice.notice_id;
    for _ in 0..SETTLE_TRIES {
        let saving = parts.store.settle(id, record.attempts, how.clone(), parts.clock.now());
        match saving.await {
            Ok(()) => return,
            // Settling twice is settling once, so a doubtful outcome is tried again as well.
            Err(StoreError::Aborted | StoreError::Ambiguous) => {
                tokio::time::sleep(SETTLE_PAUSE).await;
            }
            Err(StoreError::Conflict(_) | StoreError::Fenced) => break,
        }
    }
    metrics::counter!("bedside_notices_unsettled_total").increment(1);
    tracing::error!(notice = %id, "the end of a message could not be saved; it may be sent twice");
}
