//! What is durable of schedules: services, practitioners, hours, claims, holds, bookings and their history.
//!
//! Invariants: SC-1 a human's claims do not overlap, whoever writes them (a constraint of the tables); SC-3 a booking,
//! its claims, its history line and its notices are saved together or not at all; SC-4 a hold that has expired at the
//! moment of a commit holds nothing in it.

use super::{Answered, AuditRecord, Claim as Fence, NewVisit, Stored};
use crate::domain::schedule::{Claim, Exception, Schedule, Service, Template};
use crate::protocol::ids::{
    AppointmentId, ExceptionId, HoldId, OrganisationId, PaymentId, PersonId, SeriesId, ServiceId,
    TaskId, TemplateId, WaitlistId,
};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::outbox::Announcement;
use async_trait::async_trait;
use uuid::Uuid;

pub use super::profile::{Kept, LicenceRecord, PatientRecord, PractitionerRecord};
pub use super::task::{LiveFilter, TASK_KINDS, TaskRecord, ZONE_CONFLICT};

/// Time that is reserved for somebody. Its claims have its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRecord {
    /// Which.
    pub hold_id: HoldId,
    /// SHA-256 of the token. The token itself is nowhere.
    pub token_hash: Vec<u8>,
    /// Whose schedule it was made in.
    pub practitioner_id: PersonId,
    /// The interpreter whose time is claimed with it.
    pub interpreter_id: Option<PersonId>,
    /// For whom.
    pub patient_id: PersonId,
    /// Who made it.
    pub held_by: PersonId,
    /// What for.
    pub service_id: ServiceId,
    /// Where the patient will be.
    pub jurisdiction: Option<String>,
    /// Why the clinician may treat there although no licence says so; who said it is `held_by`.
    pub licence_override: Option<String>,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it ends, unless it is booked before.
    pub expires_at: UnixMillis,
}

/// What an appointment has besides its visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRecord {
    /// Which.
    pub appointment_id: AppointmentId,
    /// Grows when it is moved or cancelled: what a reminder or a calendar file is made of (`SEQUENCE`).
    pub version: u32,
    /// What for; absent when an administrator placed it.
    pub service_id: Option<ServiceId>,
    /// The service's name, when there is one.
    pub service_name: Option<String>,
    /// Who interprets.
    pub interpreter_id: Option<PersonId>,
    /// The series that it is one of.
    pub series_id: Option<SeriesId>,
    /// What the patient said it is about.
    pub reason: Option<Phi<String>>,
    /// The same as it is kept, when it is sealed.
    pub sealed_reason: Option<String>,
    /// Where the patient will be.
    pub jurisdiction: Option<String>,
    /// See [`HoldRecord::licence_override`].
    pub licence_override: Option<String>,
    /// Wall time that was agreed, `YYYY-MM-DDTHH:MM`, in the visit's zone.
    pub local_start: String,
    /// Version of the time zone database by which the instant was derived, such as `2026a`.
    pub tzdb_version: String,
}

/// What happened to an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingEvent {
    /// It was made.
    Booked,
    /// It was moved to the time that the line names.
    Moved,
    /// It was cancelled.
    Cancelled,
}

/// One line of an appointment's history. Append-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRecord {
    /// Of which.
    pub appointment_id: AppointmentId,
    /// The version that it made.
    pub version: u32,
    /// What.
    pub event: BookingEvent,
    /// When.
    pub at: UnixMillis,
    /// Who; the hub itself when absent.
    pub by: Option<PersonId>,
    /// With whom, from then on.
    pub clinician_id: PersonId,
    /// Begin, from then on.
    pub starts_at: UnixMillis,
    /// End, from then on.
    pub ends_at: UnixMillis,
}

/// An appointment that is made: everything about it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBooking {
    /// Appointment and visit.
    pub visit: NewVisit,
    /// The rest, version 1.
    pub booking: BookingRecord,
    /// Who made it.
    pub by: Option<PersonId>,
}

/// An appointment that is moved: where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub appointment_id: AppointmentId,
    /// The version that the decision was made on.
    pub from_version: u32,
    /// The revision of its visit that the decision was made on: whoever entered meanwhile makes it `Stale`.
    pub visit_revision: u32,
    /// New begin.
    pub starts_at: UnixMillis,
    /// New end.
    pub ends_at: UnixMillis,
    /// See [`BookingRecord::local_start`].
    pub local_start: String,
    /// The zone that it is meant in.
    pub time_zone: String,
    /// See [`BookingRecord::tzdb_version`].
    pub tzdb_version: String,
    /// Where the patient will be then; see [`BookingRecord::jurisdiction`].
    pub jurisdiction: Option<String>,
    /// See [`HoldRecord::licence_override`].
    pub licence_override: Option<String>,
    /// Who interprets then.
    pub interpreter_id: Option<PersonId>,
    /// Who moved it; the hub when absent.
    pub by: Option<PersonId>,
}

/// Times that one patient has reserved at a moment. One is what people need; a second tab and a second thought are human.
pub const MAX_HOLDS: u32 = 3;
/// Wishes of one patient on the waiting list.
pub const MAX_WISHES: u32 = 10;
/// An appointment whose instant was derived anew, with everything that it claims from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rederived {
    /// Where to; its wall time is the one that was agreed, unless that does not exist any more.
    pub moved: Moved,
    /// Its claims, of the clinician and of who interprets.
    pub claims: Vec<Claim>,
}

/// One change of a schedule.
#[derive(Debug, Clone, PartialEq)]
pub enum ScheduleChange {
    /// A new or changed template of the practitioner.
    SaveTemplate(Template),
    /// It is no more. `Conflict(Missing)` when there is none.
    RemoveTemplate(TemplateId),
    /// A new or changed exception of the practitioner.
    SaveException(Exception),
    /// It is no more. `Conflict(Missing)` when there is none.
    RemoveException(ExceptionId),
    /// A hold with its claims (all of them `Held`). `Conflict(SlotTaken)` when a human is taken, `Conflict(Full)` when the
    /// patient has [`MAX_HOLDS`] others that hold something at the commit's `at`: this transaction is the judge, as calls
    /// that come at once all see fewer.
    Hold(Box<HoldRecord>, Vec<Claim>),
    /// The hold ends, its claims go. Nothing when it has ended before.
    Release(HoldId),
    /// The hold's claims become busy, one appointment for each begin, in order. `Conflict(Stale)` when the hold has
    /// expired at the commit's `at`, was released, or was used.
    Book(HoldId, Vec<NewBooking>),
    /// An appointment without a hold, by an administrator: its claim is made busy at once.
    Place(Box<NewBooking>, Claim),
    /// The appointment goes to the hold's claims, and its old claims go. `Conflict(Stale)` as for `Book`, and when
    /// version, visit or status are no longer those of the decision.
    Move(HoldId, Box<Moved>),
    /// These appointments go to their claims all at once, and all their old claims go. `Conflict(Stale)` as for `Move`.
    Rederive(Vec<Rederived>),
    /// The hold ends then instead. Nothing when it has ended before.
    ExtendHold(HoldId, UnixMillis),
    /// What is reserved for the hold is the appointment's from now on. `Conflict(Stale)` when nothing is reserved.
    UsePayment(PaymentId, HoldId, AppointmentId),
    /// Something to look at; see [`Schedules::raise_task`].
    RaiseTask(TaskRecord),
}

/// Everything that one decision about a schedule changes, for one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleCommit {
    /// Whose schedule.
    pub practitioner_id: PersonId,
    /// The writer's epoch.
    pub epoch: u32,
    /// The number of this commit; the fence refuses another than the next.
    pub offset: u32,
    /// When it was decided. Holds that ended at or before this hold nothing in it.
    pub at: UnixMillis,
    /// In this order.
    pub changes: Vec<ScheduleChange>,
    /// Saved with it.
    pub notices: Vec<Announcement>,
    /// The answer, when the call had an idempotency key.
    pub answered: Option<Answered>,
    /// The rows of the audit log of a call that is recorded with its change.
    pub audit: Vec<AuditRecord>,
}

/// Somebody who would like an earlier place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistRecord {
    /// Which.
    pub waitlist_id: WaitlistId,
    /// Who waits.
    pub patient_id: PersonId,
    /// For what.
    pub service_id: ServiceId,
    /// With whom; with anybody when absent.
    pub clinician_id: Option<PersonId>,
    /// Not before.
    pub from: UnixMillis,
    /// Not after.
    pub until: UnixMillis,
    /// Since when: who came first is asked first.
    pub created_at: UnixMillis,
    /// The last time a place was offered.
    pub offered_at: Option<UnixMillis>,
}

/// A time that became free while somebody waited for such a one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreedPlace {
    /// Which.
    pub place_id: Uuid,
    /// With whom.
    pub clinician_id: PersonId,
    /// For what.
    pub service_id: ServiceId,
    /// Begin.
    pub starts_at: UnixMillis,
    /// When the next one may be told.
    pub next_at: UnixMillis,
}

/// Somebody is told of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceOffer {
    /// Of which, as it was read.
    pub place: FreedPlace,
    /// Who.
    pub waitlist_id: WaitlistId,
    /// When.
    pub at: UnixMillis,
    /// Until when nobody else is.
    pub next_at: UnixMillis,
}

/// Schedules.
#[async_trait]
pub trait Schedules {
    /// All services of an organisation, by name, those that cannot be booked any more included.
    async fn services(&self, of: OrganisationId) -> Stored<Vec<Service>>;
    /// A new one of that organisation (`revision` 1) or the next revision of one. `Conflict(Stale | KeyUsed)`.
    async fn save_service(
        &self,
        of: OrganisationId,
        service: Service,
        answered: Option<Answered>,
    ) -> Stored<()>;
    /// Everybody of an organisation whose time can be booked (all accounts of clinicians and interpreters), by name.
    async fn practitioners(&self, of: OrganisationId) -> Stored<Vec<PractitionerRecord>>;
    /// The next revision of one. `Conflict(Stale | Missing | KeyUsed)`.
    async fn save_practitioner(
        &self,
        record: PractitionerRecord,
        answered: Option<Answered>,
    ) -> Stored<()>;
    /// What the patient told; revision 0 when nothing. `None` when there is no such account of a patient.
    async fn patient(&self, id: PersonId) -> Stored<Option<PatientRecord>>;
    /// The next revision of one. `Conflict(Stale | Missing | KeyUsed)`; sealed fields of somebody without a key are `Missing`, for
    /// nobody could read them.
    async fn save_patient(&self, record: PatientRecord, answered: Option<Answered>) -> Stored<()>;

    /// One human's schedule: all templates, exceptions and closures of their organisation that end after `from` (in whatever zone: some that
    /// ended up to two days before may be among them), claims that are busy after `from` (held ones whose hold has
    /// ended at `from` excluded) by begin. Its revision is the number of the last commit of this schedule; 0 before
    /// the first. A claim that no hold made has the nil id there.
    async fn schedule(&self, id: PersonId, from: UnixMillis) -> Stored<Schedule>;
    /// Takes the key of a schedule's actor; see `claim_visit`. `Conflict(Missing)` without such an account.
    async fn claim_schedule(&self, id: PersonId, node: &str) -> Stored<Fence>;
    /// Saves a decision, all of it or nothing. `Fenced` when epoch or offset do not fit, and the conflicts that the
    /// changes name; besides, `Conflict(KeyUsed)`, and `Conflict(Missing)` when a person, a service or an appointment
    /// is referred to that does not exist. A template, an exception or a hold of another schedule is none of this one.
    async fn commit_schedule(&self, commit: ScheduleCommit) -> Stored<()>;
    /// The hold with that token's hash, whatever became of it; `true` while it can be booked at `at`.
    async fn hold(&self, token_hash: &[u8], at: UnixMillis) -> Stored<Option<(HoldRecord, bool)>>;
    /// The hold with that id, as by its token.
    async fn hold_by_id(&self, id: HoldId, at: UnixMillis) -> Stored<Option<(HoldRecord, bool)>>;
    /// The claims of a hold, by begin and human.
    async fn hold_claims(&self, id: HoldId) -> Stored<Vec<Claim>>;
    /// How many holds of one patient hold something at `at`.
    async fn open_holds(&self, patient: PersonId, at: UnixMillis) -> Stored<u32>;
    /// Ends holds that expired at `at`, with their claims, at most `limit`; whose schedules they were in, each once. Needs
    /// no fence: what has expired holds nothing for any writer.
    async fn expire_holds(&self, at: UnixMillis, limit: u32) -> Stored<Vec<PersonId>>;

    /// Closures of an organisation that end after `from`, as exactly as [`Schedules::schedule`] does.
    async fn closures(&self, of: OrganisationId, from: UnixMillis) -> Stored<Vec<Exception>>;
    /// A new or changed closure of theirs. `Conflict(Missing)` when it is none of them.
    async fn save_closure(
        &self,
        of: OrganisationId,
        closure: Exception,
        answered: Option<Answered>,
    ) -> Stored<()>;
    /// It is no more. `Conflict(Missing)`.
    async fn remove_closure(
        &self,
        of: OrganisationId,
        id: ExceptionId,
        answered: Option<Answered>,
    ) -> Stored<()>;

    /// What appointments have besides their visits, in the order of `ids`; those that are not there are left out.
    async fn bookings(&self, ids: &[AppointmentId]) -> Stored<Vec<BookingRecord>>;
    /// Live appointments whose instants were derived by another zone database than `tzdb`. Those without an agreed wall
    /// time, which were not derived at all, are none of them.
    async fn derived_otherwise(&self, tzdb: &str, filter: LiveFilter)
    -> Stored<Vec<BookingRecord>>;
    /// The instants of these appointments are the same by the zone database `tzdb`. Each is named with its version; one that
    /// has another one meanwhile is left alone.
    async fn renew_derived(&self, tzdb: &str, of: Vec<(AppointmentId, u32)>) -> Stored<()>;
    /// What happened to an appointment, oldest first.
    async fn history(&self, id: AppointmentId) -> Stored<Vec<HistoryRecord>>;
    /// How many live appointments each clinician has that begin at `from` or later and before `until`; those with none
    /// are left out.
    async fn loads(&self, from: UnixMillis, until: UnixMillis) -> Stored<Vec<(PersonId, u32)>>;
    /// The clinicians whom the patient has seen (in visits that took place), the last one first.
    async fn seen_by(&self, patient: PersonId, limit: u32) -> Stored<Vec<PersonId>>;

    /// Somebody waits. `Conflict(KeyUsed | Missing | Stale)`, and `Conflict(Full)` when they have [`MAX_WISHES`] already;
    /// as for holds, this transaction is the judge.
    async fn join_waitlist(&self, entry: WaitlistRecord, answered: Option<Answered>) -> Stored<()>;
    /// They wait no longer; false when they did not.
    /// The answer is kept when they did. `Conflict(KeyUsed)`.
    async fn leave_waitlist(
        &self,
        id: WaitlistId,
        patient: PersonId,
        answered: Option<Answered>,
    ) -> Stored<bool>;
    /// Who waits, first come first: for a service, of one patient, or both; everybody when neither is given.
    async fn waitlist(
        &self,
        service: Option<ServiceId>,
        patient: Option<PersonId>,
    ) -> Stored<Vec<WaitlistRecord>>;
    /// A time became free. Nothing when people are being told of it.
    async fn free_place(&self, place: FreedPlace) -> Stored<()>;
    /// Places of which the next one may be told at `now`, longest due first.
    async fn places_due(&self, now: UnixMillis, limit: u32) -> Stored<Vec<FreedPlace>>;
    /// Who was told of it.
    async fn told_of(&self, place: Uuid) -> Stored<Vec<WaitlistId>>;
    /// They are told, with `notices`. `Conflict(Missing)` when they do not wait any more, `Conflict(Stale)` when another node
    /// has told somebody meanwhile, or when they were told before.
    async fn offer_place(&self, offer: PlaceOffer, notices: Vec<Announcement>) -> Stored<()>;
    /// Nobody is told before `next_at`, or any more. `Conflict(Stale)` as for `offer_place`.
    async fn postpone_place(&self, place: FreedPlace, next_at: Option<UnixMillis>) -> Stored<()>;

    /// Something to look at; nothing when the same kind is open for that appointment.
    async fn raise_task(&self, task: TaskRecord) -> Stored<()>;
    /// What is to be looked at in an organisation, oldest first.
    async fn tasks(&self, of: OrganisationId, limit: u32) -> Stored<Vec<TaskRecord>>;
    /// It was looked at. `Conflict(KeyUsed)`; `Conflict(Missing)` when there is no such task, or it was looked at before.
    async fn finish_task(
        &self,
        id: TaskId,
        at: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<()>;

    /// Makes ready for the history of the coming months (PostgreSQL keeps each in a partition). To be called now and then;
    /// a month that nobody made ready for is kept all the same.
    async fn prepare_partitions(&self, now: UnixMillis) -> Stored<()>;
}
