//! The fleet: people who search, hold, book, move, give back and cancel at random, and write down what they were told.

use crate::client::{Answer, Client};
use crate::history::{Cell, Claimed, Done, History, Refused, Stands, Step, cells_of};
use crate::hub::{Hub, Someone, ZONE};
use bedside::clock::{Clock as _, SystemClock};
use bedside::domain::schedule::ClaimState;
use bedside::protocol::appointment::{CancelAppointment, ListAppointments};
use bedside::protocol::booking::{
    CreateAppointment, HoldSlot, MoveAppointment, ReleaseHold, SearchSlots,
};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::ids::{AppointmentId, PersonId, ServiceId};
use bedside::protocol::person::Role;
use bedside::protocol::phi::Phi;
use bedside::protocol::practice::{
    CreateService, PractitionerProfile, ServiceTerms, UpdatePractitioner,
};
use bedside::protocol::schedule::{SaveTemplate, TemplateTerms};
use bedside::protocol::time::UnixMillis;
use bedside::protocol::visit::Stage;
use bedside::store::schedule::Schedules as _;
use fault_proxy::Dice;
use futures::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const HALF_HOUR_MS: i64 = 30 * 60 * 1_000;
const DAY_MS: i64 = 48 * HALF_HOUR_MS;
/// Appointments of one list, as the hub cuts it off.
const LISTED_AT_MOST: usize = 500;
/// Times that one patient may have reserved at a moment. Nobody here asks for more, and so nobody is refused for that.
const HELD_AT_MOST: usize = 3;
/// How long a request may take before it is asked again.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);

/// How large a fleet is, and how long it sails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) patients: usize,
    pub(crate) clinicians: usize,
    pub(crate) interpreters: usize,
    /// Half hours that are fought for, of each clinician.
    pub(crate) half_hours: usize,
    /// Of a hundred wishes, those for an interpreter as well.
    pub(crate) interpreted: usize,
    /// Of a hundred things that somebody does who holds nothing, searches.
    pub(crate) searches: usize,
    /// Appointments that one person keeps before they cancel one.
    pub(crate) keeps: usize,
    /// It ends after so many operations …
    pub(crate) operations: u64,
    /// … or after that time.
    pub(crate) at_most: Duration,
    /// Between two kills, on the average; none when absent.
    pub(crate) kill_every: Option<Duration>,
}

/// What a run was like.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) operations: u64,
    pub(crate) kills: u32,
    pub(crate) retries: u64,
    pub(crate) refused: usize,
    pub(crate) booked: usize,
    pub(crate) violations: Vec<String>,
}

/// A service and its length in half hours.
type Offer = (ServiceId, i64);

/// What there is to be fought for.
struct World {
    clinicians: Vec<PersonId>,
    interpreters: Vec<PersonId>,
    offers: Vec<Offer>,
    /// The first begin: tomorrow, so that nothing of it is ever too near.
    first: i64,
    size: Size,
}

/// One run.
pub(crate) async fn sail(hub: &mut Hub, size: Size, seed: u64) -> Report {
    let (dice, began) = (Dice::of(seed), Instant::now());
    let http = reqwest::Client::builder().timeout(REQUEST_WITHIN).build().expect("a client");
    let (address, http) = (hub.address, &http);
    let client = |who| Client::new(who, http.clone(), address, began);
    let mut admin = client(hub.person(Role::Admin, "Ada Invented").await);
    let world = Arc::new(World::made(hub, &mut admin, size).await);
    let counted = Arc::new(AtomicU64::new(0));
    let ends = Instant::now() + size.at_most;
    let mut people = Vec::new();
    for number in 0..size.patients {
        let who = hub.person(Role::Patient, "Pat Fictional").await;
        let sailor = Sailor {
            client: client(who),
            world: Arc::clone(&world),
            dice: dice.for_one(number),
            holds: vec![],
            appointments: vec![],
            history: History::default(),
        };
        people.push(tokio::spawn(sailor.sails(Arc::clone(&counted), ends)));
    }
    let is_over = || people.iter().all(tokio::task::JoinHandle::is_finished);
    let kills = kills(hub, size, dice.for_one(size.patients), is_over).await;
    let (mut history, mut retries) = (History::default(), 0);
    for sailor in join_all(people).await {
        let sailor = sailor.expect("nobody drowned");
        retries += sailor.client.retries;
        history.absorb(sailor.ends());
    }
    world.reads_everything(hub, &mut admin, &mut history).await;
    Report {
        operations: counted.load(Ordering::Relaxed),
        kills,
        retries,
        refused: history.refused.len(),
        booked: history.done.iter().filter(|it| it.step == Step::Confirmed).count(),
        violations: history.violations(),
    }
}

/// Kills the hub again and again until everybody has come home; once more at the end, so that what is read was on disk.
async fn kills(hub: &mut Hub, size: Size, mut dice: Dice, is_over: impl Fn() -> bool) -> u32 {
    const LOOK: Duration = Duration::from_millis(20);
    let mut kills = 0;
    let Some(every) = size.kill_every else {
        while !is_over() {
            tokio::time::sleep(LOOK).await;
        }
        return kills;
    };
    while !is_over() {
        let millis = usize::try_from(every.as_millis()).unwrap();
        let wait = Duration::from_millis(u64::try_from(millis / 2 + dice.below(millis)).unwrap());
        let due = Instant::now() + wait;
        while Instant::now() < due && !is_over() {
            tokio::time::sleep(LOOK).await;
        }
        hub.dies_and_comes_back().await;
        kills += 1;
    }
    kills
}

impl World {
    async fn made(hub: &Hub, admin: &mut Client, size: Size) -> World {
        let mut offers = Vec::new();
        for half_hours in [1, 2] {
            let terms = service(u16::try_from(half_hours * 30).unwrap());
            let made = admin.asks(&CreateService { terms }).await.result.expect("a service");
            offers.push((made.service_id, half_hours));
        }
        let (mut clinicians, mut interpreters) = (vec![], vec![]);
        for number in 0..size.clinicians + size.interpreters {
            let (role, all) = match number < size.clinicians {
                true => (Role::Clinician, &mut clinicians),
                false => (Role::Interpreter, &mut interpreters),
            };
            let who = hub.person(role, "Dr. Bo Fictional").await;
            opens(admin, &who, &offers).await;
            all.push(who.id);
        }
        let first = (SystemClock.now().0.div_euclid(DAY_MS) + 2) * DAY_MS;
        World { clinicians, interpreters, offers, first, size }
    }

    fn cells(&self, humans: &[Option<PersonId>], starts_at: i64, half_hours: i64) -> Vec<Cell> {
        let busy = (starts_at, starts_at + half_hours * HALF_HOUR_MS);
        humans.iter().flatten().flat_map(|it| cells_of(it.0, busy)).collect()
    }

    /// What stands there in the end: every list through the door, every claim from the tables.
    async fn reads_everything(&self, hub: &Hub, admin: &mut Client, history: &mut History) {
        // Holds that are over at this moment are nobody's.
        let from = SystemClock.now();
        for human in self.clinicians.iter().chain(&self.interpreters) {
            let schedule = hub.store.schedule(*human, from).await.expect("it can be read");
            history.claimed.extend(schedule.claims.iter().map(|it| Claimed {
                human: human.0,
                busy: (it.busy_from.0, it.busy_until.0),
                life: it.hold_id.0,
                appointment: match it.state {
                    ClaimState::Busy(id) => Some(id.0),
                    ClaimState::Held { .. } => None,
                },
            }));
        }
        // Half an hour at a time: a list ends somewhere, and a long storm leaves thousands that were cancelled.
        let begins = (0..i64::try_from(self.size.half_hours).unwrap())
            .map(|it| self.first + it * HALF_HOUR_MS);
        let clinicians = self.clinicians.iter();
        for (clinician, begin) in clinicians.flat_map(|it| begins.clone().map(move |at| (it, at))) {
            let (from, until) = (UnixMillis(begin), UnixMillis(begin + HALF_HOUR_MS));
            let op = ListAppointments {
                person_id: Some(*clinician),
                from: Some(from),
                until: Some(until),
            };
            let list = admin.asks(&op).await.result.expect("a list").appointments;
            assert!(list.len() < LISTED_AT_MOST, "the list may be cut off");
            let begun = list.iter().filter(|it| it.starts_at == from);
            let live = begun.filter(|it| it.stage != Stage::Cancelled);
            history.listed.extend(live.map(|it| Stands {
                appointment: it.appointment_id.0,
                patient: it.patient.person_id.0,
                starts_at: it.starts_at.0,
            }));
        }
    }
}

fn service(duration_min: u16) -> ServiceTerms {
    ServiceTerms {
        name: format!("{duration_min} minutes"),
        specialty: "general".to_owned(),
        duration_min,
        buffer_before_min: 0,
        buffer_after_min: 0,
        alignment_interval_min: 30,
        alignment_offset_min: 0,
        min_notice_min: 0,
        horizon_days: 30,
        slot_capacity: 1,
        is_active: true,
        price: None,
    }
}

/// Their time can be booked, all day and every day.
async fn opens(admin: &mut Client, who: &Someone, offers: &[Offer]) {
    let profile = PractitionerProfile {
        weight: 100,
        service_ids: offers.iter().map(|it| it.0).collect(),
        ..PractitionerProfile::default()
    };
    let op = UpdatePractitioner { person_id: who.id, revision: 0, profile };
    admin.asks(&op).await.result.expect("a profile");
    let terms = TemplateTerms {
        location: "Room 1".to_owned(),
        time_zone: ZONE.to_owned(),
        recurrence: "FREQ=DAILY".to_owned(),
        starts: "00:00".to_owned(),
        ends: "24:00".to_owned(),
        valid_from: "2026-01-01".to_owned(),
        valid_until: None,
        except_dates: vec![],
        service_ids: vec![],
    };
    let op = SaveTemplate { practitioner_id: who.id, template_id: None, terms };
    admin.asks(&op).await.result.expect("hours");
}

/// A time that one of them has, held or booked.
#[derive(Debug, Clone)]
struct Own {
    life: Uuid,
    cells: Vec<Cell>,
    clinician: PersonId,
    interpreter: Option<PersonId>,
    starts_at: i64,
    half_hours: i64,
}

/// One patient.
struct Sailor {
    client: Client,
    world: Arc<World>,
    dice: Dice,
    holds: Vec<(Phi<String>, Own)>,
    appointments: Vec<(AppointmentId, Own)>,
    history: History,
}

impl Sailor {
    async fn sails(mut self, counted: Arc<AtomicU64>, ends: Instant) -> Sailor {
        while Instant::now() < ends
            && counted.fetch_add(1, Ordering::Relaxed) < self.world.size.operations
        {
            let (chance, size) = (self.dice.below(100), self.world.size);
            let has_too_many = self.appointments.len() > size.keeps;
            match (self.holds.is_empty(), self.appointments.len()) {
                (false, _) if chance < 75 || self.holds.len() >= HELD_AT_MOST => {
                    self.confirms().await;
                }
                (false, _) if chance < 90 => self.gives_back().await,
                (false, _) => self.holds(None).await,
                (true, _) if has_too_many => self.cancels().await,
                (true, _) if self.dice.percent(size.searches) => self.searches().await,
                (true, 1..) if chance < 25 => self.cancels().await,
                (true, 1..) if chance < 60 => self.moves().await,
                (true, _) => self.holds(None).await,
            }
        }
        self
    }

    fn ends(mut self) -> History {
        let patient = self.client.who.id.0;
        self.history.acknowledged = self
            .appointments
            .iter()
            .map(|(id, own)| Stands { appointment: id.0, patient, starts_at: own.starts_at })
            .collect();
        self.history
    }

    fn notes<T>(&mut self, answer: &Answer<T>, own: &Own, step: Step) {
        let (from, until) = (answer.from, answer.until);
        let cells = own.cells.clone();
        self.history.done.push(Done { from, until, life: own.life, step, cells });
    }

    /// What may not be told to who has a good hold or a good appointment.
    fn wonders(&mut self, what: &str, fault: &Fault) {
        let who = self.client.who.id;
        let text = format!("told {:?} ({}) at {what}, {who}", fault.code, fault.message);
        self.history.strange.push(text);
    }

    async fn searches(&mut self) {
        let clinician_id = Some(*self.dice.one_of(&self.world.clinicians));
        let op = SearchSlots { clinician_id, ..SearchSlots::default() };
        if let Err(fault) = self.client.asks(&op).await.result {
            self.wonders("a search", &fault);
        }
    }

    /// Holds a time, or for an appointment that moves another time of the same clinician.
    async fn holds(&mut self, moves: Option<(AppointmentId, Own)>) {
        let world = Arc::clone(&self.world);
        let (service_id, half_hours) = match &moves {
            Some((_, own)) => world.offers[usize::try_from(own.half_hours).unwrap() - 1],
            None => *self.dice.one_of(&world.offers),
        };
        let clinician = moves.as_ref().map(|(_, own)| own.clinician);
        let clinician = clinician.unwrap_or_else(|| *self.dice.one_of(&world.clinicians));
        let at = i64::try_from(self.dice.below(world.size.half_hours)).unwrap();
        let starts_at = world.first + at * HALF_HOUR_MS;
        let interpreter_id = match &moves {
            // Whoever interprets goes along.
            Some((_, own)) => own.interpreter,
            None => (!world.interpreters.is_empty() && self.dice.percent(world.size.interpreted))
                .then(|| *self.dice.one_of(&world.interpreters)),
        };
        let humans = [Some(clinician), interpreter_id];
        let cells = world.cells(&humans, starts_at, half_hours);
        // An appointment may move into what it overlaps itself, and then two of its claims stand side by side for a moment.
        // A register does not know that, so it moves elsewhere here.
        if moves.as_ref().is_some_and(|(_, own)| cells.iter().any(|it| own.cells.contains(it))) {
            return;
        }
        let op = HoldSlot {
            clinician_id: clinician,
            service_id,
            starts_at: UnixMillis(starts_at),
            patient_id: None,
            interpreter_id,
            interpreter_language: None,
            jurisdiction: None,
            licence_override: None,
            repeat: None,
            moves: moves.as_ref().map(|it| it.0),
        };
        let answer = self.client.asks(&op).await;
        match &answer.result {
            Ok(hold) => {
                let life = hold.hold_id.0;
                let interpreter = interpreter_id;
                let own = Own { life, cells, clinician, interpreter, starts_at, half_hours };
                self.notes(&answer, &own, Step::Held);
                let token = hold.hold_token.clone();
                match moves {
                    Some((id, old)) => self.moves_into(id, old, token, own).await,
                    None => self.holds.push((token, own)),
                }
            }
            Err(fault) if is_taken(fault, interpreter_id) => {
                let (from, until) = (answer.from, answer.until);
                self.history.refused.push(Refused { from, until, cells });
            }
            Err(fault) => self.wonders("a hold", fault),
        }
    }

    async fn confirms(&mut self) {
        let (token, own) = self.holds.swap_remove(self.dice.below(self.holds.len()));
        let op = CreateAppointment { hold_token: token, reason: None, patient_may_invite: false };
        let answer = self.client.asks(&op).await;
        match &answer.result {
            Ok(card) => {
                self.notes(&answer, &own, Step::Confirmed);
                self.appointments.push((card.appointment_id, own));
            }
            Err(fault) => self.wonders("a confirmation", fault),
        }
    }

    async fn gives_back(&mut self) {
        let (hold_token, own) = self.holds.swap_remove(self.dice.below(self.holds.len()));
        let answer = self.client.asks(&ReleaseHold { hold_token }).await;
        match &answer.result {
            Ok(_) => self.notes(&answer, &own, Step::GivenBack),
            Err(fault) => self.wonders("a release", fault),
        }
    }

    async fn cancels(&mut self) {
        let at = self.dice.below(self.appointments.len());
        let (appointment_id, own) = self.appointments.swap_remove(at);
        let answer = self.client.asks(&CancelAppointment { appointment_id }).await;
        match &answer.result {
            Ok(_) => self.notes(&answer, &own, Step::GivenBack),
            Err(fault) => {
                self.wonders("a cancellation", fault);
                self.appointments.push((appointment_id, own));
            }
        }
    }

    async fn moves(&mut self) {
        let at = self.dice.below(self.appointments.len());
        let which = self.appointments[at].clone();
        self.holds(Some(which)).await;
    }

    async fn moves_into(&mut self, id: AppointmentId, old: Own, hold_token: Phi<String>, own: Own) {
        let op = MoveAppointment { appointment_id: id, hold_token };
        let answer = self.client.asks(&op).await;
        match &answer.result {
            Ok(_) => {
                self.notes(&answer, &own, Step::Confirmed);
                self.notes(&answer, &old, Step::GivenBack);
                self.appointments.retain(|it| it.0 != id);
                self.appointments.push((id, own));
            }
            Err(fault) => self.wonders("a move", fault),
        }
    }
}

/// Of an interpreter who has no time it is said that nobody offers that.
fn is_taken(fault: &Fault, interpreter: Option<PersonId>) -> bool {
    fault.code == FaultCode::SlotTaken
        || (fault.code == FaultCode::NotOffered && interpreter.is_some())
}
