//! Where an owner puts what a follower is to hear, how much may wait there, and what gives way to what.
//!
//! Invariant: what waits for one connection is bounded by messages ([`MAX_WAITING_MESSAGES`]) and by bytes
//! ([`MAX_WAITING_BYTES`]), over all topics that it follows. Bytes count from the moment that they are put until they are
//! taken or thrown away with the mailbox. The more waits, the more is spared, in this order:
//!
//! | waits | what is spared |
//! |---|---|
//! | 4 KiB | what may be lost (typing) is not put any more; marks of a person take the place of their older ones that wait |
//! | 16 KiB | a whole state takes the place of the one of its topic that waits |
//! | 96 KiB or 192 messages | topics beside the call are full: a gap, and nothing more of them |
//! | 128 KiB or 256 messages | the visit is full as well |
//!
//! While nothing waits, an event goes past the mailbox and is not counted at all (`straight`).
//!
//! Does not: decide what becomes of a follower whose sink is full (`followers`), or end who takes nothing (`http`).

use crate::actors::reached::Reached;
use crate::actors::straight::Straight;
use crate::actors::{Publication, Published};
use crate::protocol::codec::Codec;
use crate::protocol::prepared::Prepared;
use crate::protocol::topic::{Position, Topic};
use actix::Recipient;
use actix::dev::SendError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Bytes of publications that wait for one connection. A view of a visit of two has nearly 1 KiB, a full one about 4:
/// whoever is some thirty to a hundred of them behind is served better, and cheaper, by the whole anew. With all 15 000
/// sockets of a node standing still at once it is 2 GB, and no more.
pub const MAX_WAITING_BYTES: usize = 128 * 1024;
/// Messages that wait for one connection.
pub const MAX_WAITING_MESSAGES: usize = 256;
/// Of both, the part that is kept for a visit: a flood of messages elsewhere must not cut a call off from its state.
const KEPT_FOR_VISITS: usize = 4;
/// Bytes above which what may be lost is not put at all: whoever has a page of events to take needs no typing signal.
pub const MAX_WAITING_BEFORE_EPHEMERAL: usize = 4 * 1024;
/// Bytes above which a state that waits gives way to a newer one: below, a client that keeps up hears of every step.
pub const MAX_WAITING_BEFORE_LATEST: usize = 16 * 1024;

/// Bytes that wait for all connections of this process. A metric is made of it when somebody looks: finding the metric
/// twice for every delivery would cost more than the rest of this module.
static ALL: AtomicUsize = AtomicUsize::new(0);

/// Bytes that wait for all connections of this process.
pub fn all_waiting() -> usize {
    ALL.load(Ordering::Relaxed)
}

/// Counts what waits for one connection. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Waiting(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicUsize,
    messages: AtomicUsize,
    /// The session has something to write that is in no mailbox.
    has_own: AtomicBool,
    /// It has been told to end. It may not have heard yet.
    is_leaving: AtomicBool,
    /// Whoever has it may be told nothing more.
    is_barred: AtomicBool,
}

/// Bytes that wait; dropping it gives them back.
#[derive(Debug)]
pub struct Charge {
    waiting: Waiting,
    bytes: usize,
}

/// Why a publication was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// As much waits as may.
    Full,
    /// The connection has ended.
    Gone,
}

/// A state or marks that wait, until something newer takes their place or they are taken.
#[derive(Debug)]
pub struct Latest(Mutex<Option<(Arc<Prepared>, Charge)>>);

/// Which of a connection's follows something is for. Whoever follows a topic anew hears how it stands now, so what was said
/// to the follow before, and a gap above all, says nothing of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FollowNumber(pub u32);

/// The way to one follower.
#[derive(Debug)]
pub struct Sink {
    mailbox: Recipient<Publication>,
    follow: FollowNumber,
    codec: Codec,
    waiting: Waiting,
    /// The last state that was put there while much waited.
    latest: Mutex<Weak<Latest>>,
    /// The way past the mailbox.
    straight: Option<Arc<Straight>>,
    /// How far its owner is.
    reached: Option<Arc<Reached>>,
}

/// The part of a bound that a topic may use.
fn part_of(bound: usize, topic: Topic) -> usize {
    match topic {
        Topic::Visit(_) => bound,
        _ => bound - bound / KEPT_FOR_VISITS,
    }
}

impl Waiting {
    /// Bytes that wait now.
    pub fn bytes(&self) -> usize {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Messages that wait now, the one that is being taken among them.
    pub fn messages(&self) -> usize {
        self.0.messages.load(Ordering::Relaxed)
    }

    /// Notes whether the session has something to write that is in no mailbox.
    pub fn note_own(&self, has_own: bool) {
        self.0.has_own.store(has_own, Ordering::Release);
    }

    /// The connection is being ended: from now on nothing goes past the mailbox, in which the word of its end is.
    pub fn leave(&self) {
        self.0.is_leaving.store(true, Ordering::Release);
    }

    /// Whoever has it may be told nothing more but that it ends, whatever is on its way to them.
    pub fn bar(&self) {
        self.0.is_barred.store(true, Ordering::Release);
    }

    /// Whether they may be told nothing more.
    pub fn is_barred(&self) -> bool {
        self.0.is_barred.load(Ordering::Acquire)
    }

    /// Whether nothing comes before what may go now: no publication in the mailbox, nothing that the session has to write, no
    /// word of its end.
    pub fn nothing(&self) -> bool {
        self.messages() == 0
            && !self.0.has_own.load(Ordering::Acquire)
            && !self.0.is_leaving.load(Ordering::Acquire)
    }

    /// Counts some more, unless that would be too many. Something that is larger than the bound by itself waits alone;
    /// nothing at all, a gap, always has room.
    fn charge(&self, bytes: usize, topic: Topic) -> Result<Charge, Refused> {
        let has_room = bytes == 0
            || self.0.messages.load(Ordering::Relaxed) < part_of(MAX_WAITING_MESSAGES, topic);
        let added = self.0.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
            let sum = now.saturating_add(bytes);
            let fits = bytes == 0 || now == 0 || sum <= part_of(MAX_WAITING_BYTES, topic);
            (fits && has_room).then_some(sum)
        });
        match added {
            Ok(_) => Ok(self.counted(bytes)),
            Err(_) => Err(Refused::Full),
        }
    }

    /// One message that waits, for tests of what goes past it.
    #[cfg(test)]
    pub fn charged(&self) -> Charge {
        self.counted(1)
    }

    /// Counts instead of what was counted for something that it replaces.
    fn charge_instead(&self, bytes: usize) -> Charge {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.counted(bytes)
    }

    fn counted(&self, bytes: usize) -> Charge {
        self.0.messages.fetch_add(1, Ordering::Relaxed);
        ALL.fetch_add(bytes, Ordering::Relaxed);
        Charge { waiting: self.clone(), bytes }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.waiting.0.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.waiting.0.messages.fetch_sub(1, Ordering::Relaxed);
        ALL.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Latest {
    /// What waits there; nothing of it is counted any more.
    pub fn take(&self) -> Option<Arc<Prepared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map(|(event, _)| event)
    }

    /// Takes the place of what waits. False when that was taken already, or is something else.
    fn replace(&self, event: &Arc<Prepared>, charge: impl FnOnce(&Prepared) -> Charge) -> bool {
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let both = waits.as_ref().and_then(|(older, _)| older.replaced_by(event));
        let Some(both) = both else { return false };
        let charge = charge(&both);
        *waits = Some((both, charge));
        true
    }
}

impl Sink {
    /// To a follow of a connection that speaks `codec` and counts in `waiting`.
    pub fn new(
        mailbox: Recipient<Publication>,
        follow: FollowNumber,
        codec: Codec,
        waiting: Waiting,
    ) -> Self {
        Sink {
            mailbox,
            follow,
            codec,
            waiting,
            latest: Mutex::default(),
            straight: None,
            reached: None,
        }
    }

    /// The same, with a way past the mailbox.
    #[must_use]
    pub fn with(self, straight: Option<Arc<Straight>>) -> Self {
        Sink { straight, ..self }
    }

    /// The same, and whoever has `reached` knows how far the owner is.
    #[must_use]
    pub fn noting(self, reached: Arc<Reached>) -> Self {
        Sink { reached: Some(reached), ..self }
    }

    /// The owner has told this follower so much. To be called after it was put there, whether or not it could be.
    pub fn note(&self, position: Position) {
        if let Some(reached) = &self.reached {
            reached.note(position);
        }
    }

    /// Puts something there.
    ///
    /// # Errors
    /// [`Refused::Full`] when too many messages or bytes wait; [`Refused::Gone`] when nobody will ever take it.
    pub fn put(&self, topic: Topic, what: Published) -> Result<(), Refused> {
        if let (Published::Event(event), Some(straight)) = (&what, &self.straight)
            && straight.send(event, self.codec, &self.waiting)
        {
            return Ok(());
        }
        let bytes = match &what {
            Published::Event(event) => event.size(self.codec),
            // It says that there is nothing more to come, so it always has room.
            Published::Gap(_) | Published::Latest(_) => 0,
        };
        if let Published::Event(event) = &what
            && self.may_be_replaced(event)
        {
            return self.put_latest(topic, event, bytes);
        }
        let charge = self.room_for(bytes, topic)?;
        self.send(topic, what, Some(charge))
    }

    /// Puts something there that may be lost: it is the first to be dropped when bytes wait.
    ///
    /// # Errors
    /// [`Refused::Gone`] when nobody will ever take anything.
    pub fn put_ephemeral(&self, topic: Topic, what: Published) -> Result<(), Refused> {
        let is_dropped = self.waiting.bytes() > MAX_WAITING_BEFORE_EPHEMERAL;
        match if is_dropped { Err(Refused::Full) } else { self.put(topic, what) } {
            Err(Refused::Full) => {
                metrics::counter!("bedside_ephemeral_dropped_total").increment(1);
                Ok(())
            }
            put => put,
        }
    }

    /// Whether so much waits that a newer one of its kind takes its place, or it the place of an older one.
    fn may_be_replaced(&self, event: &Prepared) -> bool {
        let waits = self.waiting.bytes();
        event.is_whole() && waits > MAX_WAITING_BEFORE_LATEST
            || event.are_marks() && waits > MAX_WAITING_BEFORE_EPHEMERAL
    }

    /// Puts a whole state, or marks, there: in the place of the one that waits, when one does.
    fn put_latest(&self, topic: Topic, event: &Arc<Prepared>, bytes: usize) -> Result<(), Refused> {
        let mut last = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let place = last.upgrade();
        let charge = |both: &Prepared| self.waiting.charge_instead(both.size(self.codec));
        if place.is_some_and(|it| it.replace(event, charge)) {
            metrics::counter!("bedside_states_replaced_total").increment(1);
            return Ok(());
        }
        let charge = self.room_for(bytes, topic)?;
        let latest = Arc::new(Latest(Mutex::new(Some((Arc::clone(event), charge)))));
        *last = Arc::downgrade(&latest);
        self.send(topic, Published::Latest(latest), None)
    }

    fn room_for(&self, bytes: usize, topic: Topic) -> Result<Charge, Refused> {
        match self.waiting.charge(bytes, topic) {
            Err(_) if !self.mailbox.connected() => Err(Refused::Gone),
            charge => charge,
        }
    }

    fn send(&self, topic: Topic, what: Published, charge: Option<Charge>) -> Result<(), Refused> {
        let publication = Publication { topic, follow: self.follow, what, charge };
        self.mailbox.try_send(publication).map_err(|error| match error {
            SendError::Full(_) => Refused::Full,
            SendError::Closed(_) => Refused::Gone,
        })
    }
}

#[cfg(test)]
#[path = "sink_tests.rs"]
mod tests;
