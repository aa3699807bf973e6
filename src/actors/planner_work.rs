//! What a planner can be asked to decide, a few lines each: ask the rule, say what is to be saved.
//!
//! Adding one: its rule in `domain::schedule`, an `impl Work` here, and who asks for it in `node`.

use crate::actors::Happened;
use crate::actors::planner::{Planned, Planner, Work};
use crate::command::Call;
use crate::domain::schedule::booking::{
    NewHold, Placement, beside, claim_for, interpreter_claim, may_use, place, repeat,
};
use crate::domain::schedule::openings::{Opening, next_openings};
use crate::domain::schedule::zone::Zone;
use crate::domain::schedule::{
    Claim, ClaimState, Exception, Refusal, Schedule, Service, Template, check, view,
};
use crate::protocol::appointment::AppointmentCard;
use crate::protocol::auth::Done;
use crate::protocol::booking::{HeldSlot, Hold, Repeat};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{
    AppointmentId, ExceptionId, HoldId, PaymentId, PersonId, SlotId, TemplateId,
};
use crate::protocol::phi::Phi;
use crate::protocol::practice::Price;
use crate::protocol::schedule::{ExceptionCard, TemplateCard};
use crate::protocol::time::UnixMillis;
use crate::store::outbox::Announcement;
use crate::store::schedule::{HoldRecord, Moved, NewBooking, ScheduleChange};
use std::borrow::Cow;
use std::sync::Arc;
use uuid::Uuid;

/// Times that are told with a refusal.
const ALTERNATIVES: usize = 3;

impl<T> Planned<T> {
    fn nothing(output: T) -> Self {
        Planned { changes: vec![], notices: vec![], happened: vec![], answered: None, output }
    }
}

fn saved<T: serde::Serialize>(
    call: &Call,
    change: ScheduleChange,
    output: T,
) -> Result<Planned<T>, Fault> {
    let answered = call.answered(&output)?;
    Ok(Planned { changes: vec![change], answered, ..Planned::nothing(output) })
}

/// A new rule of hours, or other terms of one.
pub struct SaveTemplateWork(pub Template);

impl Work for SaveTemplateWork {
    type Output = TemplateCard;

    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<TemplateCard>, Fault> {
        let SaveTemplateWork(new) = self;
        let is_other = |it: &&Template| it.template_id != new.template_id;
        let others: Vec<_> = planner.schedule.templates.iter().filter(is_other).cloned().collect();
        check::template(&new, &others)?;
        let card = view::template(&new);
        saved(call, ScheduleChange::SaveTemplate(new), card)
    }
}

/// A rule of hours is no more.
pub struct RemoveTemplateWork(pub TemplateId);

impl Work for RemoveTemplateWork {
    type Output = Done;

    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<Done>, Fault> {
        if !planner.schedule.templates.iter().any(|it| it.template_id == self.0) {
            return Err(FaultCode::NotFound.into());
        }
        saved(call, ScheduleChange::RemoveTemplate(self.0), Done {})
    }
}

/// A new deviation, or other terms of one.
pub struct SaveExceptionWork(pub Exception);

impl Work for SaveExceptionWork {
    type Output = ExceptionCard;

    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<ExceptionCard>, Fault> {
        let SaveExceptionWork(new) = self;
        let mut others = Vec::new();
        for it in &planner.schedule.exceptions {
            if it.exception_id != new.exception_id {
                others.push(it.clone());
            } else if it.practitioner_id.is_none() {
                // A closure of the clinic, which is not this practitioner's to change.
                return Err(FaultCode::NotFound.into());
            }
        }
        check::exception(&new, &others)?;
        let card = view::exception(&new);
        saved(call, ScheduleChange::SaveException(new), card)
    }
}

/// A deviation is no more.
pub struct RemoveExceptionWork(pub ExceptionId);

impl Work for RemoveExceptionWork {
    type Output = Done;

    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<Done>, Fault> {
        let own = |it: &&Exception| it.practitioner_id.is_some() && it.exception_id == self.0;
        if !planner.schedule.exceptions.iter().any(|it| own(&it)) {
            return Err(FaultCode::NotFound.into());
        }
        saved(call, ScheduleChange::RemoveException(self.0), Done {})
    }
}

/// Reserves a time, or a series of times, with an interpreter or without.
pub struct HoldWork {
    /// What for.
    pub service: Service,
    /// The first begin.
    pub starts_at: UnixMillis,
    /// A series.
    pub repeat: Option<Repeat>,
    /// The reservation.
    pub hold: HoldRecord,
    /// What the caller is given for it.
    pub token: Phi<String>,
    /// The interpreter's schedule. What stands in it is believed here and judged by the table.
    pub interpreter: Option<Arc<Schedule>>,
    /// The appointment whose own time counts as free.
    pub moves: Option<AppointmentId>,
    /// Whether its price has to be paid before it is booked.
    pub needs_payment: bool,
}

impl Work for HoldWork {
    type Output = Hold;

    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<Hold>, Fault> {
        let (mut schedule, old) = without(&planner.schedule, self.moves);
        let theirs = self.interpreter.as_ref().map(|it| (it, without(it, self.moves)));
        let (mut claims, mut slots) = (Vec::new(), Vec::new());
        let first = self.claim(&schedule, planner.id, self.starts_at, call.now)?;
        let zone = Zone::parse(&first.1.time_zone)?;
        let begins = match self.repeat {
            None => vec![self.starts_at],
            Some(it) => repeat(&zone, self.starts_at, it.every_weeks, it.count)?,
        };
        let (is_series, mut first) = (begins.len() > 1, Some(first));
        for begin in begins {
            let (mut claim, opening) = match first.take() {
                Some(first) => first,
                None => self.claim(&schedule, planner.id, begin, call.now)?,
            };
            if let Some(old) = &old {
                claim = beside(claim, old, &planner.schedule.claims);
            }
            if is_series {
                schedule.to_mut().apply(claim.clone());
            }
            if let (Some((all, (free, old))), Some(id)) = (&theirs, self.hold.interpreter_id) {
                let slot_id = SlotId(Uuid::now_v7());
                let it = interpreter_claim(free, id, &claim, slot_id, call.now)
                    .map_err(|why| Fault::from(why).because("The interpreter has no time then."))?;
                claims.push(match old {
                    Some(old) => beside(it, old, &all.claims),
                    None => it,
                });
            }
            slots.push(HeldSlot {
                starts_at: claim.starts_at,
                ends_at: claim.ends_at,
                local_start: Zone::parse(&opening.time_zone)?.stamp(claim.starts_at),
            });
            claims.push(claim);
        }
        let output = Hold {
            hold_id: self.hold.hold_id,
            hold_token: self.token,
            expires_at: self.hold.expires_at,
            slots,
            interpreter_id: self.hold.interpreter_id,
            price: self
                .service
                .price
                .map(|(amount_minor, currency)| Price { amount_minor, currency }),
            needs_payment: self.needs_payment,
        };
        let happened = self.hold.interpreter_id.map(Happened::ScheduleStale).into_iter().collect();
        let planned = saved(call, ScheduleChange::Hold(Box::new(self.hold), claims), output)?;
        Ok(Planned { happened, ..planned })
    }
}

/// The schedule as it is without the claim of an appointment, and that claim.
fn without(
    schedule: &Schedule,
    moves: Option<AppointmentId>,
) -> (Cow<'_, Schedule>, Option<Claim>) {
    let mut left = Cow::Borrowed(schedule);
    let Some(id) = moves else { return (left, None) };
    let old = schedule.claims.iter().find(|it| it.state == ClaimState::Busy(id)).cloned();
    left.to_mut().free(id);
    (left, old)
}

impl HoldWork {
    fn claim(
        &self,
        schedule: &Schedule,
        practitioner: PersonId,
        begin: UnixMillis,
        now: UnixMillis,
    ) -> Result<(Claim, Opening), Fault> {
        let hold = NewHold {
            slot_id: SlotId(Uuid::now_v7()),
            hold_id: self.hold.hold_id,
            expires_at: self.hold.expires_at,
        };
        claim_for(schedule, &self.service, practitioner, begin, now, hold).map_err(|why| {
            let is_gone = matches!(why, Refusal::Taken | Refusal::GroupFull | Refusal::NotOffered);
            let next = match is_gone {
                true => next_openings(schedule, &self.service, now, begin, ALTERNATIVES),
                false => vec![],
            };
            Fault { next_free: next.iter().map(|it| it.starts_at).collect(), ..why.into() }
        })
    }
}

/// The reservation is not needed any more.
pub struct ReleaseWork {
    /// Which.
    pub hold_id: HoldId,
    /// Whose time it holds besides.
    pub interpreter_id: Option<PersonId>,
}

impl Work for ReleaseWork {
    type Output = Done;

    fn decide(self, _: &Planner, call: &Call) -> Result<Planned<Done>, Fault> {
        let happened = self.interpreter_id.map(Happened::ScheduleStale).into_iter().collect();
        let planned = saved(call, ScheduleChange::Release(self.hold_id), Done {})?;
        Ok(Planned { happened, ..planned })
    }
}

/// What is held is held until then instead.
pub struct ExtendWork {
    /// Which.
    pub hold_id: HoldId,
    /// Until when.
    pub until: UnixMillis,
    /// Whose time it holds besides.
    pub interpreter_id: Option<PersonId>,
}

impl Work for ExtendWork {
    type Output = ();

    fn decide(self, planner: &Planner, _: &Call) -> Result<Planned<()>, Fault> {
        must_hold(planner, self.hold_id)?;
        let changes = vec![ScheduleChange::ExtendHold(self.hold_id, self.until)];
        let happened = self.interpreter_id.map(Happened::ScheduleStale).into_iter().collect();
        Ok(Planned { changes, happened, ..Planned::nothing(()) })
    }
}

/// Books what is held.
pub struct BookWork {
    /// Which.
    pub hold_id: HoldId,
    /// What for.
    pub service: Service,
    /// One appointment for each begin, in order.
    pub bookings: Vec<NewBooking>,
    /// Told with it.
    pub notices: Vec<Announcement>,
    /// Their cards, in order; the first is the answer.
    pub cards: Vec<AppointmentCard>,
    /// Whose time it holds besides.
    pub interpreter_id: Option<PersonId>,
    /// What was paid for it.
    pub payment: Option<PaymentId>,
}

impl Work for BookWork {
    type Output = AppointmentCard;

    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<AppointmentCard>, Fault> {
        must_hold(planner, self.hold_id)?;
        may_use(&planner.schedule, &self.service, self.hold_id, None)?;
        let output = self.cards.first().cloned().ok_or(FaultCode::Internal)?;
        let cards = self.cards.into_iter().map(|it| Happened::VisitChanged(Box::new(it)));
        let happened = cards.chain(self.interpreter_id.map(Happened::ScheduleStale)).collect();
        let first = output.appointment_id;
        let mut planned = saved(call, ScheduleChange::Book(self.hold_id, self.bookings), output)?;
        let used = self.payment.map(|id| ScheduleChange::UsePayment(id, self.hold_id, first));
        planned.changes.extend(used);
        Ok(Planned { happened, notices: self.notices, ..planned })
    }
}

/// Moves an appointment to what is held.
pub struct MoveWork {
    /// Which.
    pub hold_id: HoldId,
    /// What for.
    pub service: Service,
    /// Where to.
    pub moved: Moved,
    /// Told with it.
    pub notices: Vec<Announcement>,
    /// The appointment as it is then.
    pub card: AppointmentCard,
    /// Whose time it holds besides.
    pub interpreter_id: Option<PersonId>,
    /// When it began before.
    pub freed: UnixMillis,
}

impl Work for MoveWork {
    type Output = AppointmentCard;

    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<AppointmentCard>, Fault> {
        must_hold(planner, self.hold_id)?;
        let moves = Some(self.moved.appointment_id);
        may_use(&planner.schedule, &self.service, self.hold_id, moves)?;
        let happened = [
            Happened::AppointmentMoved(self.moved.appointment_id),
            Happened::VisitChanged(Box::new(self.card.clone())),
        ];
        let freed = self.card.service_id.map(|service_id| Happened::TimeFreed {
            clinician_id: planner.id,
            service_id,
            starts_at: self.freed,
        });
        let stale = self.interpreter_id.map(Happened::ScheduleStale);
        let happened = happened.into_iter().chain(freed).chain(stale).collect();
        let change = ScheduleChange::Move(self.hold_id, Box::new(self.moved));
        let planned = saved(call, change, self.card)?;
        Ok(Planned { happened, notices: self.notices, ..planned })
    }
}

/// Whether the hold holds something now. A schedule forgets holds that have ended before anything is decided.
fn must_hold(planner: &Planner, hold: HoldId) -> Result<(), Fault> {
    let held = |it: &Claim| it.hold_id == hold && matches!(it.state, ClaimState::Held { .. });
    match planner.schedule.claims.iter().any(held) {
        true => Ok(()),
        false => Err(Refusal::HoldExpired.into()),
    }
}

/// An appointment without a hold, by an administrator.
pub struct PlaceWork {
    /// The appointment.
    pub booking: NewBooking,
    /// Told with it.
    pub notices: Vec<Announcement>,
    /// The appointment as it is then.
    pub card: AppointmentCard,
}

impl Work for PlaceWork {
    type Output = AppointmentCard;

    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<AppointmentCard>, Fault> {
        let facts = &self.booking.visit.visit.facts;
        let placement = Placement {
            slot_id: SlotId(Uuid::now_v7()),
            hold_id: HoldId(Uuid::now_v7()),
            appointment_id: facts.appointment_id,
            starts_at: facts.starts_at,
            ends_at: facts.ends_at,
        };
        let claim = place(&planner.schedule, planner.id, placement, call.now)?;
        let happened = vec![Happened::VisitChanged(Box::new(self.card.clone()))];
        let change = ScheduleChange::Place(Box::new(self.booking), claim);
        let planned = saved(call, change, self.card)?;
        Ok(Planned { happened, notices: self.notices, ..planned })
    }
}
