//! COMPOSITION ROOT: settings → a node that runs; start, drain, stop. The only place that names every part.
//!
//! Owns: which part stands behind which trait, and (in [`wiring`]) who hears what. The operations that no actor owns are
//! answered here too: `identity`, `people`, `appointments`, `links`; those of a room are routed by `visits`.
//! Reads top to bottom: parts, start, the seams that the parts ask for, stop.

mod accounts;
mod agreed;
mod appointments;
pub mod audit;
pub mod backups;
mod bookings;
mod charts;
pub mod checks;
mod clinic;
mod closures;
mod consents;
mod contact;
mod conversations;
pub mod demo;
mod directories;
mod door;
mod emergencies;
mod erasing;
mod exporting;
mod factors;
mod federation;
mod files;
pub mod folder;
mod following;
mod full_hands;
mod gate;
mod history;
mod holds;
mod housekeeping;
mod houses;
mod identity;
mod inbox;
mod key_ages;
pub mod key_commands;
pub mod keyring;
mod links;
mod messages;
mod notices;
pub mod organisations;
mod out_of_office;
mod payments;
mod people;
mod practice;
mod proving;
mod reasons;
mod refused;
mod registering;
mod reports;
mod residency;
mod schedules;
pub mod sealing;
mod search;
mod settling;
mod shared;
mod sharing;
mod sign_ins;
mod site;
mod staff;
mod support;
mod talks;
mod upkeep;
mod visits;
mod waitlist;
mod wiring;
mod zones;

use self::directories::{desks, planners};
use crate::actors::board::Board;
use crate::actors::desk::Desk;
use crate::actors::directory::{Directory, Threads};
use crate::actors::mailbox::Mailbox;
use crate::actors::planner::Planner;
use crate::actors::room::{Room, RoomParts};
use crate::actors::sockets::Sockets;
use crate::actors::talk::Talk;
use crate::actors::whereabouts::Registry;
use crate::actors::{Emit, Happened};
use crate::audit::own::say_settings;
use crate::auth::sessions::SessionMemory;
use crate::auth::tokens::Tokens;
use crate::cache::Redis;
use crate::clock::{Clock, SystemClock};
use crate::command::limits::{Limits, SharedBuckets};
use crate::command::{Caller, Hub, Proven};
use crate::config::Config;
use crate::crypto::Keys;
use crate::federation::Federation;
use crate::kms;
use crate::notifications::courier::Courier;
use crate::protocol::auth::IceServer;
use crate::protocol::close::CloseReason;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, ConversationId, OrganisationId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::records::OpensSaid;
use crate::sfu::{MediaEvent, MediaPlane, Workers};
use crate::store::organisations::Named;
use crate::store::said::Opener;
use crate::store::{Ledger, Store};
pub use folder::open_store;
use futures::future::BoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

/// Happenings that wait to be told on. A thousand rooms that all change at once fit.
const HAPPENINGS: usize = 8_192;

/// What a node is made of. Tests bring their own.
pub struct Parts {
    /// Settings.
    pub config: Config,
    /// The store.
    pub store: Arc<dyn Store>,
    /// Keys.
    pub keys: Keys,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The media plane.
    pub media: Arc<dyn MediaPlane>,
    /// Its workers, to be supervised.
    pub workers: Arc<dyn Workers>,
    /// What it reports.
    pub media_events: mpsc::Receiver<MediaEvent>,
}

/// A node that runs.
pub struct Node {
    config: Config,
    store: Arc<dyn Store>,
    keys: Arc<Keys>,
    said: Arc<OpensSaid>,
    tokens: Tokens,
    limits: Limits,
    gate: gate::Gate,
    reminded: key_ages::Reminded,
    federation: Federation,
    redis: Option<Arc<Redis>>,
    clock: Arc<dyn Clock>,
    sessions: SessionMemory,
    sockets: Sockets,
    rooms: Directory<AppointmentId, Room>,
    desks: Directory<PersonId, Desk>,
    planners: Directory<PersonId, Planner>,
    talks: Directory<ConversationId, Talk>,
    mailboxes: Directory<PersonId, Mailbox>,
    whereabouts: Arc<Registry>,
    files: Arc<files::FileParts>,
    audit: audit::AuditParts,
    board: Arc<Board>,
    clinic_memory: clinic::ClinicMemory,
    account_memory: accounts::AccountMemory,
    full_hands: full_hands::FullHands,
    house_memory: houses::HouseMemory,
    room_parts: Arc<RoomParts>,
    workers: Arc<dyn Workers>,
    emit: Emit,
    courier: Courier,
    /// Address that mails and calendar entries come from.
    organizer: String,
    payments: Option<crate::payments::Opened>,
    metrics: PrometheusHandle,
    is_draining: AtomicBool,
}

/// Opens what the settings name: store, keys, media plane.
///
/// # Errors
/// What cannot be opened, in words for the person at the terminal.
pub async fn open(config: Config) -> std::io::Result<Parts> {
    let clock = SystemClock;
    let keys = kms::open(&config, &(Arc::new(clock) as Arc<dyn Clock>))?;
    let store = open_store(&config).await?;
    organisations::warn_of_no_wall(&store).await?;
    keyring::must_open(&store, &keys.vault, &config.keys.lost).await?;
    residency::end_sessions_elsewhere(&store, clock.now()).await?;
    say_settings(&store, &config.node, &serde_json::to_vec(&config)?, clock.now()).await;
    let media = crate::sfu::Config {
        bind: config.media.listen,
        advertise: config.media.advertise.clone(),
        workers: config.media.workers,
        loss: crate::sfu::Loss {
            up_percent: config.media.lose_percent,
            down_percent: config.media.lose_percent,
            seed: 1,
        },
        drills: config.drills,
        ..crate::sfu::Config::default()
    };
    let now_us = clock.now().0.saturating_mul(1_000);
    let (pool, media_events) = crate::sfu::Pool::start(media, now_us)?;
    let pool = Arc::new(pool);
    Ok(Parts {
        config,
        store: Arc::new(store),
        keys,
        clock: Arc::new(clock),
        media: Arc::clone(&pool) as Arc<dyn MediaPlane>,
        workers: pool,
        media_events,
    })
}

impl Node {
    /// Starts actors and wiring. Within an actix system.
    ///
    /// # Errors
    /// When a key, a secret of a channel or that of Redis cannot be read, or metrics cannot be installed.
    pub fn start(parts: Parts) -> std::io::Result<Arc<Node>> {
        let Parts { config, store, keys, clock, media, workers, media_events } = parts;
        let (emit, happened, overflow) = wiring::channel(HAPPENINGS);
        let threads = Arc::new(Threads::start(config.threads));
        let room_parts = Arc::new(RoomParts {
            store: Arc::clone(&store),
            media,
            clock: Arc::clone(&clock),
            emit: Arc::clone(&emit),
            node: config.node.clone(),
            public_url: config.public_url.clone(),
        });
        let keys = Arc::new(keys);
        let said = Arc::new(OpensSaid::new(Arc::clone(&keys)));
        store.opened_by(Arc::clone(&said) as Arc<dyn Opener>);
        let files = Arc::new(files::FileParts::open(&config)?);
        let redis = Redis::open(&config.redis, Arc::clone(&keys), Arc::clone(&clock))?;
        let board = Arc::new(Board::new(shared::start(redis.as_ref())));
        let (courier, organizer) = notices::start(&config, &store, &keys, &clock)?;
        let for_rooms = Arc::clone(&room_parts);
        let conversations::Actors { talks, mailboxes, whereabouts } =
            conversations::actors(&room_parts, &keys, &threads);
        let node = Arc::new(Node {
            tokens: Tokens::open(&config.public_url, Arc::clone(&keys))?,
            keys,
            said,
            federation: Federation::open(&config, &clock)?,
            gate: gate::Gate::open(&config, clock.now()),
            reminded: key_ages::Reminded::default(),
            limits: Limits::new(redis.clone().map(|it| it as Arc<dyn SharedBuckets>)),
            redis,
            sessions: SessionMemory::default(),
            sockets: Sockets::new(Arc::clone(&whereabouts)),
            rooms: Directory::new(Arc::clone(&threads), move |id| {
                Room::new(id, Arc::clone(&for_rooms))
            }),
            desks: desks(&room_parts, &threads),
            planners: planners(&room_parts, &board, &threads),
            talks,
            mailboxes,
            whereabouts,
            audit: audit::AuditParts::open(&config, &store, &files.blobs)?,
            files,
            board,
            clinic_memory: clinic::ClinicMemory::default(),
            account_memory: accounts::AccountMemory::default(),
            full_hands: full_hands::FullHands::default(),
            house_memory: houses::HouseMemory::default(),
            room_parts,
            workers,
            emit,
            courier,
            organizer,
            payments: crate::payments::open(
                &config.payments,
                &config.public_url,
                &config.data_dir,
                &clock,
            )?,
            metrics: crate::telemetry::metrics()?,
            is_draining: AtomicBool::new(false),
            config,
            store,
            clock,
        });
        wiring::connect(&node, happened, overflow, media_events);
        wiring::start_tasks(&node);
        Ok(node)
    }

    /// Starts the rooms in which somebody is present by the store, so that whoever does not come back is noticed.
    pub async fn wake_rooms(&self) {
        wiring::wake_rooms(self).await;
    }

    /// Has clients move to the node that serves the same address by now, and says "not ready" from now on. They spread over
    /// half of the time that they have.
    pub fn hand_over(&self, within: std::time::Duration) {
        self.is_draining.store(true, Ordering::SeqCst);
        self.sockets.hand_over(within, within / 2);
    }

    /// Sockets that are open.
    pub fn open_sockets(&self) -> usize {
        self.sockets.len()
    }

    /// Sends clients away, each to come back after a moment, and says "not ready" from now on.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::SeqCst);
        self.courier.drain();
        self.sockets.close_all(CloseReason::Draining);
    }

    /// Notices were saved: the courier looks at once instead of at its next turn.
    pub fn notices_saved(&self) {
        self.courier.wake().notify_one();
    }

    /// The store, for commands of the terminal.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Where it listens.
    pub fn listen_address(&self) -> std::net::SocketAddr {
        self.config.listen
    }

    /// Rooms that run.
    pub fn running_rooms(&self) -> usize {
        self.rooms.count()
    }

    /// Planners that run.
    pub fn running_planners(&self) -> usize {
        self.planners.count()
    }

    fn ice_servers(&self) -> Vec<IceServer> {
        let urls = &self.config.media.ice_urls;
        match urls.is_empty() {
            true => vec![],
            false => vec![IceServer { urls: urls.clone(), username: None, credential: None }],
        }
    }
}

impl Hub for Node {
    fn ledger(&self) -> &dyn Ledger {
        self.store.as_ref()
    }
    fn limits(&self) -> &Limits {
        &self.limits
    }
    fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }
    fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }
    fn proven<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Proven, Fault>> {
        Box::pin(self.proven_of(caller))
    }
    fn house_of<'a>(&'a self, it: Named) -> BoxFuture<'a, Result<Option<OrganisationId>, Fault>> {
        Box::pin(self.find_house(it))
    }
    fn used(&self, caller: &Caller, now: UnixMillis) {
        self.sessions.used(caller.session_id, now);
    }
}

/// The fault of a mailbox that took no message, or lost it: nobody knows whether it was done.
fn lost(error: &actix::MailboxError) -> Fault {
    match error {
        actix::MailboxError::Closed => FaultCode::OutcomeUnknown.into(),
        actix::MailboxError::Timeout => FaultCode::DeadlineExceeded.into(),
    }
}

impl Node {
    fn happened(&self, what: Happened) {
        (self.emit)(what);
    }
}
