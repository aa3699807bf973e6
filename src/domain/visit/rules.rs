//! What may happen to a visit: every method looks, says the events, and changes nothing; [`Visit::apply`] changes.
//!
//! Repeating what is already so is no fault and no event: entering twice, admitting who is in, ending what has ended.

use super::{
    Closed, Detail, MAX_INVITATIONS, MAX_MEMBERS, Member, OPENS_BEFORE, Refusal, Visit, What,
};
use crate::domain::names;
use crate::domain::policy::Who;
use crate::protocol::ids::ParticipantId;
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::{AttendanceKind as Kind, DeviceCheck, Place, Stage};

/// Events to be, or why not.
pub type Decided = Result<Vec<What>, Refusal>;

/// A guest to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGuest {
    /// Id, made by the caller so that the rule needs no randomness.
    pub participant_id: ParticipantId,
    /// Interpreter, caregiver or colleague.
    pub role: Role,
    /// Name that all will see.
    pub display_name: Phi<String>,
}

impl Visit {
    /// Where the visit is in its life; follows from where the patient is.
    pub fn stage(&self) -> Stage {
        if let Some(closed) = self.closed {
            return closed.stage();
        }
        let Some(patient) = self.patient() else { return Stage::Scheduled };
        match (patient.place(), patient.is_admitted) {
            (Place::Inside, _) if self.is_in_call => Stage::InCall,
            (_, true) => Stage::Admitted,
            (Place::Waiting, _) => Stage::Waiting,
            _ => Stage::Scheduled,
        }
    }

    /// The patient's part.
    pub fn patient(&self) -> Option<&Member> {
        self.members.values().find(|it| it.role == Role::Patient)
    }

    /// The clinician's part.
    pub fn host(&self) -> Option<&Member> {
        self.members.values().find(|it| it.is_host())
    }

    /// Which part somebody has. Who has none may not know that the visit exists.
    ///
    /// # Errors
    /// [`Refusal::NoSuchVisit`], or [`Refusal::InvitationWithdrawn`] for who had one.
    pub fn part_of(&self, who: Who) -> Result<&Member, Refusal> {
        let member = match who {
            Who::Participant(id) => self.members.get(&id),
            Who::Person(id) => self.members.values().find(|it| it.person_id == Some(id)),
        };
        let member = member.ok_or(Refusal::NoSuchVisit)?;
        if member.is_revoked { Err(Refusal::InvitationWithdrawn) } else { Ok(member) }
    }

    /// # Errors
    /// [`Refusal::VisitClosed`] when it is, or when its time is long over.
    pub fn must_be_open(&self, now: UnixMillis) -> Result<(), Refusal> {
        let is_over = now > self.closes_at();
        if self.closed.is_some() || is_over { Err(Refusal::VisitClosed) } else { Ok(()) }
    }

    /// Its time is over: whoever is still there goes. Nobody stays in a call that may not be entered any more.
    pub fn run_out(&self, now: UnixMillis) -> Decided {
        let is_due = self.is_held() && now > self.closes_at();
        Ok(if is_due { vec![of_visit(Kind::TimeOver, None, now)] } else { vec![] })
    }

    /// Somebody is here. The clinician goes in; everybody else waits until admitted.
    pub fn enter(&self, who: ParticipantId, now: UnixMillis) -> Decided {
        self.must_be_open(now)?;
        let member = self.member(who)?;
        if now < self.facts.starts_at.minus(OPENS_BEFORE) {
            return Err(Refusal::NotOpenYet);
        }
        if member.is_present {
            return Ok(vec![]);
        }
        if self.members.values().filter(|it| it.is_present).count() >= MAX_MEMBERS {
            return Err(Refusal::VisitFull);
        }
        Ok(vec![about(Kind::Entered, who, None, now)])
    }

    /// Somebody goes by themselves. They may come back; an admission stays good until the clinician takes it back.
    pub fn leave(&self, who: ParticipantId, now: UnixMillis) -> Decided {
        self.must_be_open(now)?;
        let member = self.member(who)?;
        Ok(if member.is_present { vec![about(Kind::Left, who, None, now)] } else { vec![] })
    }

    /// Somebody was gone for longer than the grace period.
    pub fn lose(&self, who: ParticipantId, now: UnixMillis) -> Decided {
        let member = self.member(who)?;
        let is_there = member.is_present && self.closed.is_none();
        Ok(if is_there { vec![about(Kind::ConnectionLost, who, None, now)] } else { vec![] })
    }

    /// From the waiting room into the visit.
    pub fn admit(&self, by: ParticipantId, whom: ParticipantId, now: UnixMillis) -> Decided {
        self.must_host(by)?;
        self.must_be_open(now)?;
        let member = self.member(whom)?;
        match (member.is_present, member.is_admitted) {
            (false, _) => Err(Refusal::NotThere),
            (true, true) => Ok(vec![]),
            (true, false) => Ok(vec![about(Kind::Admitted, whom, Some(by), now)]),
        }
    }

    /// Back to the waiting room, or, for who is away, no admission any more.
    pub fn hold(&self, by: ParticipantId, whom: ParticipantId, now: UnixMillis) -> Decided {
        self.must_host(by)?;
        self.must_be_open(now)?;
        let member = self.member(whom)?;
        if member.is_host() {
            return Err(Refusal::NotAGuest);
        }
        Ok(if member.is_admitted { vec![about(Kind::Held, whom, Some(by), now)] } else { vec![] })
    }

    /// Whether `by` may mute `whom` now; muting is live, not durable.
    pub fn mute(&self, by: ParticipantId, whom: ParticipantId, now: UnixMillis) -> Decided {
        self.must_host(by)?;
        self.must_be_open(now)?;
        match self.member(whom)? {
            it if it.is_host() => Err(Refusal::NotAGuest),
            it if it.place() != Place::Inside => Err(Refusal::NotThere),
            _ => Ok(vec![]),
        }
    }

    /// A new guest.
    pub fn invite(&self, by: ParticipantId, guest: NewGuest, now: UnixMillis) -> Decided {
        self.must_invite(by)?;
        self.must_be_open(now)?;
        if !guest.role.may_be_guest() {
            return Err(Refusal::RoleCannotBeInvited);
        }
        let name = names::checked(guest.display_name.expose()).ok_or(Refusal::BadName)?;
        let live = self.members.values().filter(|it| !it.is_revoked).count();
        if live >= MAX_MEMBERS || self.members.len() >= MAX_INVITATIONS {
            return Err(Refusal::VisitFull);
        }
        let member = Member {
            participant_id: guest.participant_id,
            person_id: None,
            role: guest.role,
            display_name: name.into(),
            is_admitted: false,
            is_present: false,
            waiting_since: None,
            is_revoked: false,
            device_check: None,
            invited_by: Some(by),
        };
        let event = about(Kind::Invited, guest.participant_id, Some(by), now);
        Ok(vec![What { detail: Detail::Guest(Box::new(member)), ..event }])
    }

    /// Withdraws a guest's invitation, for good. The host may withdraw any, a patient who may invite only their own.
    pub fn revoke(&self, by: ParticipantId, whom: ParticipantId, now: UnixMillis) -> Decided {
        self.must_invite(by)?;
        self.must_be_open(now)?;
        let member = self.members.get(&whom).ok_or(Refusal::NoSuchMember)?;
        if !member.role.may_be_guest() || member.person_id.is_some() {
            return Err(Refusal::NotAGuest);
        }
        if !self.member(by)?.is_host() && member.invited_by != Some(by) {
            return Err(Refusal::MayNotInvite);
        }
        let is_new = !member.is_revoked;
        Ok(if is_new { vec![about(Kind::Revoked, whom, Some(by), now)] } else { vec![] })
    }

    /// The visit is over for all.
    pub fn end(&self, by: ParticipantId, now: UnixMillis) -> Decided {
        self.must_host(by)?;
        if self.closed == Some(Closed::Ended) {
            return Ok(vec![]);
        }
        self.must_not_be_closed()?;
        if self.has_taken_place() {
            Ok(vec![of_visit(Kind::Ended, Some(by), now)])
        } else {
            Err(Refusal::NotThere)
        }
    }

    /// The patient did not come.
    pub fn mark_no_show(&self, by: ParticipantId, now: UnixMillis) -> Decided {
        self.must_host(by)?;
        if self.closed == Some(Closed::NoShow) {
            return Ok(vec![]);
        }
        self.must_not_be_closed()?;
        let is_there = self.patient().is_some_and(|it| it.is_present);
        if is_there || self.call_started_at.is_some() {
            return Err(Refusal::PatientIsThere);
        }
        if now < self.facts.starts_at {
            return Err(Refusal::HasNotBegun);
        }
        Ok(vec![of_visit(Kind::NoShow, Some(by), now)])
    }

    /// Patient and clinician are both in the room and connected.
    pub fn start_call(&self, now: UnixMillis) -> Decided {
        let is_in = |it: Option<&Member>| it.is_some_and(|it| it.place() == Place::Inside);
        let are_together = is_in(self.patient()) && is_in(self.host());
        if self.closed.is_some() || self.is_in_call || !are_together {
            return Ok(vec![]);
        }
        Ok(vec![of_visit(Kind::CallStarted, None, now)])
    }

    /// Somebody ran the device check.
    pub fn check_device(&self, who: ParticipantId, check: DeviceCheck, now: UnixMillis) -> Decided {
        self.must_be_open(now)?;
        self.member(who)?;
        let event = about(Kind::DeviceChecked, who, None, now);
        Ok(vec![What { detail: Detail::Check(check), ..event }])
    }

    /// Whether somebody's media may be joined now.
    ///
    /// # Errors
    /// [`Refusal::NotAdmitted`] before admission: no transport, no candidates, no roster.
    pub fn may_join_media(&self, who: ParticipantId, now: UnixMillis) -> Result<(), Refusal> {
        self.must_be_open(now)?;
        match self.member(who)?.place() {
            Place::Inside => Ok(()),
            Place::Waiting => Err(Refusal::NotAdmitted),
            Place::Away | Place::Revoked => Err(Refusal::NotThere),
        }
    }

    /// Whether `who` may invite, and revoke whom they invited.
    pub fn may_invite(&self, who: &Member) -> bool {
        who.is_host() || (who.role == Role::Patient && self.facts.patient_may_invite)
    }

    pub(super) fn member(&self, id: ParticipantId) -> Result<&Member, Refusal> {
        let member = self.members.get(&id).ok_or(Refusal::NoSuchMember)?;
        if member.is_revoked { Err(Refusal::NoSuchMember) } else { Ok(member) }
    }

    fn must_host(&self, by: ParticipantId) -> Result<(), Refusal> {
        if self.member(by)?.is_host() { Ok(()) } else { Err(Refusal::NotHost) }
    }

    fn must_invite(&self, by: ParticipantId) -> Result<(), Refusal> {
        let member = self.member(by)?;
        if self.may_invite(member) { Ok(()) } else { Err(Refusal::MayNotInvite) }
    }

    fn has_taken_place(&self) -> bool {
        self.call_started_at.is_some()
            || self.patient().is_some_and(|it| it.is_present || it.is_admitted)
    }

    pub(super) fn must_not_be_closed(&self) -> Result<(), Refusal> {
        if self.closed.is_some() { Err(Refusal::VisitClosed) } else { Ok(()) }
    }

    /// Makes an event so. Total: an event that names an unknown member changes the revision only.
    pub fn apply(&mut self, what: &What) {
        self.revision = self.revision.saturating_add(1);
        match what.kind {
            Kind::CallStarted => {
                self.is_in_call = true;
                self.call_started_at.get_or_insert(what.at);
            }
            Kind::Ended => self.close(Closed::Ended),
            Kind::NoShow => self.close(Closed::NoShow),
            Kind::Cancelled => {
                self.close(Closed::Cancelled);
                self.facts.booking.version = self.facts.booking.version.saturating_add(1);
            }
            Kind::TimeOver if self.has_taken_place() => self.close(Closed::Ended),
            // A clinician alone: that the patient did not come is theirs to say.
            Kind::TimeOver => self.empty(),
            Kind::Invited => {
                if let Detail::Guest(guest) = &what.detail {
                    self.members.insert(guest.participant_id, (**guest).clone());
                }
            }
            Kind::Entered
            | Kind::Admitted
            | Kind::Held
            | Kind::Left
            | Kind::ConnectionLost
            | Kind::Revoked
            | Kind::DeviceChecked => self.apply_to_member(what),
        }
    }

    fn apply_to_member(&mut self, what: &What) {
        let Some(member) = what.about.and_then(|id| self.members.get_mut(&id)) else { return };
        match what.kind {
            Kind::Entered => {
                member.is_present = true;
                member.waiting_since = (!member.is_admitted).then_some(what.at);
            }
            Kind::Admitted => {
                member.is_admitted = true;
                member.waiting_since = None;
            }
            Kind::Held => {
                member.is_admitted = false;
                member.waiting_since = member.is_present.then_some(what.at);
            }
            Kind::Left | Kind::ConnectionLost => go_away(member),
            Kind::Revoked => {
                go_away(member);
                member.is_revoked = true;
                member.is_admitted = false;
            }
            Kind::DeviceChecked => {
                if let Detail::Check(check) = what.detail {
                    member.device_check = Some(check);
                }
            }
            Kind::Invited
            | Kind::CallStarted
            | Kind::Ended
            | Kind::NoShow
            | Kind::Cancelled
            | Kind::TimeOver => {}
        }
        let ends_call = matches!(member.role, Role::Patient | Role::Clinician)
            && matches!(what.kind, Kind::Held | Kind::Left | Kind::ConnectionLost);
        if ends_call {
            self.is_in_call = false;
        }
    }

    fn close(&mut self, how: Closed) {
        self.closed = Some(how);
        self.empty();
    }

    fn empty(&mut self) {
        self.is_in_call = false;
        for member in self.members.values_mut() {
            go_away(member);
        }
    }
}

fn go_away(member: &mut Member) {
    member.is_present = false;
    member.waiting_since = None;
}

fn about(kind: Kind, about: ParticipantId, by: Option<ParticipantId>, at: UnixMillis) -> What {
    What { kind, at, about: Some(about), by, detail: Detail::None }
}

pub(super) fn of_visit(kind: Kind, by: Option<ParticipantId>, at: UnixMillis) -> What {
    What { kind, at, about: None, by, detail: Detail::None }
}
