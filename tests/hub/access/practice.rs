//! What a visit's world has besides the visit: what is offered, hours, an appointment to come, a time that is held, a
//! wish, messages and a task. Written past the door, so that only the call in question is counted.

use super::world::{Caller, visit_of};
use crate::support::{Clinic, SLOT, Someone};
use bedside::clock::Clock as _;
use bedside::crypto::sha256;
use bedside::domain::payment::State;
use bedside::domain::schedule::{Claim, ClaimState, Exception, Kind, Service, Template};
use bedside::protocol::ids::{
    AppointmentId, ErasureId, ExceptionId, HoldId, LegalHoldId, NoticeId, OrganisationId,
    PaymentId, PersonId, ServiceId, SlotId, TaskId, TemplateId, WaitlistId,
};
use bedside::protocol::person::Role;
use bedside::protocol::record::ErasureScope;
use bedside::protocol::time::UnixMillis;
use bedside::store::outbox::{Channel, NewNotice, NoticeKind, Settled};
use bedside::store::payment::PaymentRecord;
use bedside::store::records::{CertificateRecord, Erase, ErasureRecord, LegalHoldRecord};
use bedside::store::schedule::{
    HoldRecord, PractitionerRecord, ScheduleChange, ScheduleCommit, TaskRecord, WaitlistRecord,
};
use bedside::store::{NewVisit, Store};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// The clinic has one service and one closure in all worlds: a list of thousands is refused.
const SERVICE: ServiceId = ServiceId(Uuid::from_u128(0x5e1));
const CLOSURE: ExceptionId = ExceptionId(Uuid::from_u128(0xc1));
const ZONE: &str = "Europe/Berlin";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// See above.
pub(crate) struct Practice {
    ana: PersonId,
    dr_b: PersonId,
    /// Whose hours are read and changed: the interpreter's own for an interpreter, else Dr. B's.
    owner: PersonId,
    revision: u32,
    owner_revision: u32,
    now: UnixMillis,
    to_come: AppointmentId,
    token: String,
    template: TemplateId,
    exception: ExceptionId,
    wish: WaitlistId,
    told: NoticeId,
    dead: NoticeId,
    task: TaskId,
    payment: PaymentId,
    asked: ErasureId,
    erased: ErasureId,
    hold: LegalHoldId,
}

impl Practice {
    /// Everything, of Ana and Dr. B, who both exist.
    pub(crate) async fn new(
        clinic: &Clinic,
        (ana, dr_b): (PersonId, PersonId),
        (kind, caller): (Caller, &Someone),
        visit: AppointmentId,
    ) -> Practice {
        let now = clinic.clock.now();
        let store = &*clinic.store;
        let me = caller.person_id;
        let owner = me.filter(|_| kind == Caller::InterpreterAccount).unwrap_or(dr_b);
        let held_by = match kind {
            Caller::Clinician | Caller::Administrator => me.unwrap_or(ana),
            _ => ana,
        };
        let revision = offers(store).await;
        let to_come = visit_of(ana, dr_b, now.plus(DAY));
        let to_come_id = to_come.facts.appointment_id;
        store.create_visit(NewVisit { visit: to_come, created_at: now }, None).await.expect("made");
        let mut owned = hours(store, dr_b, now).await;
        if owner != dr_b {
            practises(store, owner).await;
            owned = hours(store, owner, now).await;
        }
        let (template, exception) = owned;
        is_told_of(clinic, dr_b).await;
        let token = format!("held-{}", Uuid::now_v7().simple());
        let hold = hold(&token, dr_b, ana, held_by, now);
        let hold_id = hold.hold_id;
        let claims = vec![claim(&hold, now.plus(DAY * 2))];
        let held = ScheduleChange::Hold(Box::new(hold), claims);
        commit(store, dr_b, now, vec![held]).await;
        let payment = pays(store, hold_id, ana, now).await;
        let wish = waits(store, ana, now).await;
        let told = settled(store, ana, now, Settled::Sent(Some("Told.".into()))).await;
        let dead = settled(store, ana, now, Settled::Dead("refused")).await;
        let gone = rights(clinic, now).await;
        let task = TaskId(Uuid::now_v7());
        let record = TaskRecord {
            task_id: task,
            kind: "zone_changed",
            appointment_id: visit,
            created_at: now,
            done_at: None,
        };
        store.raise_task(record).await.expect("a task");
        Practice {
            ana,
            dr_b,
            owner,
            revision,
            owner_revision: 1,
            now,
            to_come: to_come_id,
            token,
            template,
            exception,
            wish,
            told,
            dead,
            task,
            payment,
            asked: gone.0,
            erased: gone.1,
            hold: gone.2,
        }
    }

    /// Ids of everything that there is.
    pub(crate) fn ids(&self) -> impl Iterator<Item = String> {
        let ids = [
            SERVICE.0,
            CLOSURE.0,
            self.to_come.0,
            self.template.0,
            self.exception.0,
            self.wish.0,
            self.told.0,
            self.dead.0,
            self.task.0,
            self.payment.0,
            self.asked.0,
            self.erased.0,
            self.hold.0,
        ];
        ids.into_iter().map(|it| it.to_string())
    }

    /// Good params of an operation of the practice.
    pub(crate) fn params(&self, op: &str, visit: AppointmentId) -> Option<Value> {
        let owner = self.owner;
        let of_hold = json!({"hold_token": self.token});
        Some(match op {
            "profile.read"
            | "practitioner.list"
            | "service.list"
            | "closure.list"
            | "waitlist.list"
            | "inbox.list"
            | "preferences.read"
            | "notice.list_dead"
            | "task.list"
            | "consent.list"
            | "record.export"
            | "record.ask_erasure"
            | "record.read_erasure"
            | "record.list_erasures"
            | "record.list_holds" => json!({}),
            "consent.give" => json!({"kind": "telehealth", "version": "1"}),
            "consent.withdraw" => json!({"kind": "telehealth"}),
            "record.erase" => json!({"erasure_id": self.asked}),
            "record.read_certificate" => json!({"erasure_id": self.erased}),
            "record.hold" => json!({"person_id": self.ana, "reason": "A letter"}),
            "record.lift_hold" => json!({"hold_id": self.hold, "reason": "It is over"}),
            "profile.update" => json!({"revision": 0, "profile": {"jurisdiction": "DE"}}),
            "practitioner.update" => json!({
                "person_id": owner, "revision": self.owner_revision, "profile": profile(),
            }),
            "service.create" => json!({"terms": terms()}),
            "service.update" => {
                json!({"service_id": SERVICE, "revision": self.revision, "terms": terms()})
            }
            "schedule.read" => json!({"practitioner_id": owner}),
            "schedule.calendar" => json!({
                "practitioner_id": owner, "from": self.now, "until": self.now.plus(DAY),
            }),
            "schedule.save_template" => {
                json!({"practitioner_id": owner, "terms": template_terms()})
            }
            "schedule.remove_template" => {
                json!({"practitioner_id": owner, "template_id": self.template})
            }
            "schedule.save_exception" => {
                json!({"practitioner_id": owner, "terms": closed_in("2031-05-01")})
            }
            "schedule.remove_exception" => {
                json!({"practitioner_id": owner, "exception_id": self.exception})
            }
            "closure.save" => json!({"exception_id": CLOSURE, "terms": closed_in("2031-06-01")}),
            "closure.remove" => json!({"exception_id": CLOSURE}),
            "slot.search" => json!({"clinician_id": self.dr_b, "time_zone": "UTC", "limit": 3}),
            "slot.hold" => json!({
                "clinician_id": self.dr_b, "service_id": SERVICE, "patient_id": self.ana,
                "starts_at": self.now.plus(DAY * 3).next_quarter(),
            }),
            "slot.release" | "appointment.create" => of_hold,
            "appointment.move" => json!({"appointment_id": self.to_come, "hold_token": self.token}),
            "appointment.read_history" | "appointment.read_calendar_file" => {
                json!({"appointment_id": visit})
            }
            "payment.begin" => of_hold,
            "payment.read" | "payment.confirm" => json!({"payment_id": self.payment}),
            "payment.list" => json!({}),
            "waitlist.join" => json!({
                "service_id": SERVICE, "from": self.now, "until": self.now.plus(DAY),
            }),
            "waitlist.leave" => json!({"waitlist_id": self.wish}),
            "inbox.mark_read" => json!({"notice_id": self.told}),
            "preferences.update" => {
                json!({"preferences": {"email": false, "sms": false, "reminders": true}})
            }
            "notice.retry" => json!({"notice_id": self.dead}),
            "task.finish" => json!({"task_id": self.task}),
            _ => return None,
        })
    }
}

/// Appointments begin at quarters of an hour.
trait NextQuarter {
    fn next_quarter(self) -> UnixMillis;
}

impl NextQuarter for UnixMillis {
    fn next_quarter(self) -> UnixMillis {
        let quarter = 15 * 60 * 1_000;
        UnixMillis(self.0.div_euclid(quarter) * quarter + quarter)
    }
}

fn terms() -> Value {
    json!({
        "name": "Consultation", "specialty": "general", "duration_min": 15,
        "buffer_before_min": 0, "buffer_after_min": 0, "alignment_interval_min": 15,
        "alignment_offset_min": 0, "min_notice_min": 0, "horizon_days": 60,
        "slot_capacity": 1, "is_active": true,
    })
}

fn profile() -> Value {
    json!({
        "specialties": ["general"], "languages": ["de"], "licences": [], "insurers": [],
        "about": "", "experience_years": 3, "weight": 1, "service_ids": [SERVICE],
    })
}

fn template_terms() -> Value {
    json!({
        "location": "Elsewhere", "time_zone": ZONE, "recurrence": "FREQ=DAILY",
        "starts": "08:00", "ends": "12:00", "valid_from": "2040-01-01", "valid_until": "2040-01-31",
    })
}

fn closed_in(day: &str) -> Value {
    json!({
        "kind": "closed", "time_zone": ZONE,
        "starts": format!("{day}T08:00"), "ends": format!("{day}T12:00"),
    })
}

/// Somebody who asked to be erased, somebody who was, and a legal hold on the second one.
async fn rights(clinic: &Clinic, now: UnixMillis) -> (ErasureId, ErasureId, LegalHoldId) {
    let store = &*clinic.store;
    let mut asked = [ErasureId(Uuid::now_v7()), ErasureId(Uuid::now_v7())];
    let mut last = None;
    for erasure_id in &mut asked {
        let somebody = clinic.patient("Gone Fictional").await;
        let person_id = somebody.person_id.expect("an account");
        let record = ErasureRecord {
            erasure_id: *erasure_id,
            person_id,
            scope: ErasureScope::Everything,
            asked_at: now,
            done: None,
            left_out: None,
        };
        store.ask_erasure(record).await.expect("asked");
        last = Some(person_id);
    }
    let person_id = last.expect("somebody");
    let certificate = CertificateRecord {
        text: "{}".to_owned(),
        signature: "c2ln".to_owned(),
        public_key: "a2V5".to_owned(),
    };
    let erase = Erase { erasure_id: asked[1], person_id, by: person_id, at: now, certificate };
    store.erase(erase, None).await.expect("erased");
    let hold_id = LegalHoldId(Uuid::now_v7());
    let hold = LegalHoldRecord {
        hold_id,
        person_id,
        reason: "A letter".into(),
        set_by: person_id,
        set_at: now,
        lifted_at: None,
    };
    store.set_legal_hold(hold, None).await.expect("a hold");
    (asked[0], asked[1], hold_id)
}

/// The service, and the revision that it has; the closure besides.
async fn offers(store: &dyn Store) -> u32 {
    let closure = Exception {
        exception_id: CLOSURE,
        practitioner_id: None,
        kind: Kind::Closed,
        time_zone: ZONE.to_owned(),
        starts_local: "2031-06-01T08:00".to_owned(),
        ends_local: "2031-06-01T12:00".to_owned(),
        location: String::new(),
        reason: String::new(),
    };
    store.save_closure(OrganisationId::FIRST, closure, None).await.expect("a closure");
    let known = store.services(OrganisationId::FIRST).await.expect("services");
    if let Some(known) = known.iter().find(|it| it.service_id == SERVICE) {
        return known.revision;
    }
    let quarter = Duration::from_secs(15 * 60);
    let service = Service {
        service_id: SERVICE,
        name: "Consultation".to_owned(),
        specialty: "general".to_owned(),
        duration: quarter,
        buffer_before: Duration::ZERO,
        buffer_after: Duration::ZERO,
        alignment_interval: quarter,
        alignment_offset: Duration::ZERO,
        min_notice: Duration::ZERO,
        horizon_days: 60,
        capacity: 1,
        is_active: true,
        price: None,
        revision: 1,
    };
    store.save_service(OrganisationId::FIRST, service, None).await.expect("a service");
    1
}

/// Somebody offers the service.
async fn practises(store: &dyn Store, who: PersonId) {
    let all = store.practitioners(OrganisationId::FIRST).await.expect("practitioners");
    let before = all.into_iter().find(|it| it.person_id == who).expect("an account");
    let record =
        PractitionerRecord { weight: 1, service_ids: vec![SERVICE], revision: 1, ..before };
    store.save_practitioner(record, None).await.expect("a profile");
}

/// Dr. B offers the service, told by an operation: thereby the node reads all people anew.
async fn is_told_of(clinic: &Clinic, dr_b: PersonId) {
    let admin = clinic.person(Role::Admin, "Ada Fictional").await;
    let op = json!({"person_id": dr_b, "revision": 0, "profile": profile()});
    let answer = admin.asks("practitioner.update", &op).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// The hours of every day, and a holiday.
async fn hours(store: &dyn Store, who: PersonId, now: UnixMillis) -> (TemplateId, ExceptionId) {
    let (template_id, exception_id) = (TemplateId(Uuid::now_v7()), ExceptionId(Uuid::now_v7()));
    let template = Template {
        template_id,
        location: "Room 1".to_owned(),
        time_zone: ZONE.to_owned(),
        recurrence: "FREQ=DAILY".to_owned(),
        starts_minute: 0,
        ends_minute: 1_440,
        valid_from: "2026-01-01".to_owned(),
        valid_until: Some("2030-12-31".to_owned()),
        except_dates: vec![],
        service_ids: vec![],
    };
    let exception = Exception {
        exception_id,
        practitioner_id: Some(who),
        kind: Kind::Closed,
        time_zone: ZONE.to_owned(),
        starts_local: "2031-07-01T08:00".to_owned(),
        ends_local: "2031-07-01T12:00".to_owned(),
        location: String::new(),
        reason: String::new(),
    };
    let changes =
        vec![ScheduleChange::SaveTemplate(template), ScheduleChange::SaveException(exception)];
    commit(store, who, now, changes).await;
    (template_id, exception_id)
}

async fn commit(store: &dyn Store, who: PersonId, now: UnixMillis, changes: Vec<ScheduleChange>) {
    let fence = store.claim_schedule(who, "before").await.expect("claimed");
    let commit = ScheduleCommit {
        practitioner_id: who,
        epoch: fence.epoch,
        offset: fence.next_offset,
        at: now,
        changes,
        notices: vec![],
        answered: None,
        audit: vec![],
    };
    store.commit_schedule(commit).await.expect("saved");
}

fn hold(
    token: &str,
    practitioner_id: PersonId,
    patient_id: PersonId,
    held_by: PersonId,
    now: UnixMillis,
) -> HoldRecord {
    HoldRecord {
        hold_id: HoldId(Uuid::now_v7()),
        token_hash: sha256(token.as_bytes()),
        practitioner_id,
        interpreter_id: None,
        patient_id,
        held_by,
        service_id: SERVICE,
        jurisdiction: None,
        licence_override: None,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(300)),
    }
}

fn claim(hold: &HoldRecord, starts_at: UnixMillis) -> Claim {
    let slot_id = SlotId(Uuid::now_v7());
    let ends_at = starts_at.plus(SLOT);
    Claim {
        slot_id,
        practitioner_id: hold.practitioner_id,
        starts_at,
        ends_at,
        busy_from: starts_at,
        busy_until: ends_at,
        group: slot_id.0,
        seat: 0,
        service_id: Some(SERVICE),
        hold_id: hold.hold_id,
        state: ClaimState::Held { expires_at: hold.expires_at },
    }
}

/// A payment that has only begun.
async fn pays(
    store: &dyn Store,
    hold_id: HoldId,
    patient_id: PersonId,
    now: UnixMillis,
) -> PaymentId {
    let payment = PaymentRecord {
        payment_id: PaymentId(Uuid::now_v7()),
        hold_id,
        patient_id,
        amount_minor: 100,
        currency: "EUR".to_owned(),
        state: State::Pending,
        provider_ref: None,
        page_url: None,
        reason: None,
        appointment_id: None,
        created_at: now,
        updated_at: now,
        next_look_at: None,
        attempts: 0,
        revision: 0,
    };
    store.begin_payment(payment).await.expect("begun").payment_id
}

async fn waits(store: &dyn Store, patient_id: PersonId, now: UnixMillis) -> WaitlistId {
    let waitlist_id = WaitlistId(Uuid::now_v7());
    let wish = WaitlistRecord {
        waitlist_id,
        patient_id,
        service_id: SERVICE,
        clinician_id: None,
        from: now,
        until: now.plus(DAY),
        created_at: now,
        offered_at: None,
    };
    store.join_waitlist(wish, None).await.expect("waits");
    waitlist_id
}

/// A message that ended so. It is due so late that the node's own courier does not take it.
async fn settled(store: &dyn Store, who: PersonId, now: UnixMillis, how: Settled) -> NoticeId {
    let notice_id = NoticeId(Uuid::now_v7());
    let due_at = now.plus(DAY * 3_000);
    let notice = NewNotice {
        notice_id,
        person_id: who,
        kind: NoticeKind::PlaceFree,
        channel: Channel::Inbox,
        appointment_id: None,
        version: 0,
        due_at,
        useless_at: None,
    };
    store.add_notices(vec![notice]).await.expect("kept");
    let lease = Duration::from_secs(1);
    let taken = store.take_due(Channel::Inbox, due_at, lease, 10_000).await.expect("taken");
    let attempt = taken.iter().find(|it| it.notice.notice_id == notice_id).expect("it").attempts;
    store.settle(notice_id, attempt, how, now).await.expect("settled");
    notice_id
}
