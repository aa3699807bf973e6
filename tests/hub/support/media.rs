//! A media plane in memory: answers joins, remembers commands, and reports what a story makes happen.

use async_trait::async_trait;
use bedside::protocol::ids::AppointmentId;
use bedside::sfu::{
    Command, GoneReason, Joined, MediaError, MediaEvent, MediaPlane, Seat, WorkerHealth, Workers,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};

/// Slots that every answer grants.
pub(crate) const SLOTS: u8 = 4;

/// The media plane.
pub(crate) struct FakeMedia {
    inner: Mutex<Inner>,
    events: mpsc::Sender<MediaEvent>,
    is_answering: watch::Sender<bool>,
}

#[derive(Default)]
struct Inner {
    seats: BTreeMap<Seat, u32>,
    transports: u32,
    commands: Vec<Command>,
    asked: usize,
    is_dead: bool,
    counted: u64,
}

impl FakeMedia {
    pub(crate) fn new() -> (Self, mpsc::Receiver<MediaEvent>) {
        let (events, heard) = mpsc::channel(1_024);
        let media =
            FakeMedia { inner: Mutex::default(), events, is_answering: watch::Sender::new(true) };
        (media, heard)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seats that have a transport now.
    pub(crate) fn seats(&self) -> BTreeSet<Seat> {
        self.inner().seats.keys().copied().collect()
    }

    /// What was told so far.
    pub(crate) fn commands(&self) -> Vec<Command> {
        self.inner().commands.clone()
    }

    /// How many joins were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.inner().asked
    }

    /// Joins wait until [`FakeMedia::answers_again`].
    pub(crate) fn hesitates(&self) {
        self.is_answering.send_replace(false);
    }

    pub(crate) fn answers_again(&self) {
        self.is_answering.send_replace(true);
    }

    /// Media of a seat can flow.
    pub(crate) async fn connects(&self, seat: Seat) {
        let transport = self.inner().seats.get(&seat).copied().expect("the seat was joined");
        self.says(MediaEvent::Connected { seat, transport }).await;
    }

    /// A transport ended by itself.
    pub(crate) async fn loses(&self, seat: Seat) {
        let transport = self.inner().seats.remove(&seat).expect("the seat was joined");
        self.says(MediaEvent::Gone { seat, transport, reason: GoneReason::ConsentExpired }).await;
    }

    /// Reports anything.
    pub(crate) async fn says(&self, event: MediaEvent) {
        self.events.send(event).await.expect("the node listens");
    }

    /// What its media port has counted since it was started.
    pub(crate) fn has_counted(&self, packets: u64) {
        self.inner().counted = packets;
    }

    /// The worker dies; the supervisor finds it.
    pub(crate) fn dies(&self) {
        self.inner().is_dead = true;
    }
}

#[async_trait]
impl MediaPlane for FakeMedia {
    async fn join(&self, seat: Seat, offer: String) -> Result<Joined, MediaError> {
        self.inner().asked += 1;
        let mut answering = self.is_answering.subscribe();
        answering.wait_for(|it| *it).await.map_err(|_| MediaError::Unavailable)?;
        if !offer.starts_with("v=0") {
            return Err(MediaError::BadOffer("not SDP"));
        }
        let mut inner = self.inner();
        inner.transports += 1;
        let transport = inner.transports;
        inner.seats.insert(seat, transport);
        Ok(Joined { answer: "v=0 answer".to_owned(), transport, slots: SLOTS })
    }

    async fn restart_ice(&self, seat: Seat, _: String) -> Result<Joined, MediaError> {
        let transport = self.inner().seats.get(&seat).copied().ok_or(MediaError::NoSuchSeat)?;
        Ok(Joined { answer: "v=0 restarted".to_owned(), transport, slots: SLOTS })
    }

    fn tell(&self, command: Command) -> bool {
        let mut inner = self.inner();
        match &command {
            Command::Leave(seat) => {
                inner.seats.remove(seat);
            }
            Command::CloseRoom(room) => inner.seats.retain(|seat, _| seat.room != *room),
            Command::Mute { .. } | Command::View { .. } => {}
        }
        inner.commands.push(command);
        !inner.is_dead
    }
}

impl Workers for FakeMedia {
    fn health(&self) -> Vec<WorkerHealth> {
        let inner = self.inner();
        let rooms: BTreeSet<AppointmentId> = inner.seats.keys().map(|it| it.room).collect();
        vec![WorkerHealth {
            worker: 0,
            is_alive: !inner.is_dead,
            rooms: rooms.len(),
            transports: inner.seats.len(),
        }]
    }

    fn restart(&self, _: usize) -> std::io::Result<Vec<AppointmentId>> {
        let mut inner = self.inner();
        let rooms: BTreeSet<AppointmentId> = inner.seats.keys().map(|it| it.room).collect();
        inner.seats.clear();
        inner.is_dead = false;
        Ok(rooms.into_iter().collect())
    }

    fn counted(&self) -> Vec<(&'static str, u64)> {
        vec![("received", self.inner().counted)]
    }

    fn kill(&self, worker: usize) -> bool {
        self.inner().is_dead = worker == 0;
        worker == 0
    }
}
