//! What follows from what happened to a visit, for media and for other actors.
//!
//! Invariant: whoever has no place inside has no media. It follows from the durable state, so an owner that starts
//! makes it so again, whatever the one before managed to do.

use crate::actors::Happened;
use crate::actors::room::Room;
use crate::domain::policy::Who;
use crate::domain::visit::view::Viewer;
use crate::domain::visit::{Member, Visit, What};
use crate::notifications::plan;
use crate::protocol::ids::ParticipantId;
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::{AttendanceKind, Place};
use crate::sfu::{Command, Seat};
use crate::store::outbox::Announcement;

impl Room {
    /// What follows from an event for media and for other actors.
    pub(crate) fn effects(&mut self, what: &What) {
        let Some(who) = what.about else {
            if matches!(
                what.kind,
                AttendanceKind::Ended
                    | AttendanceKind::NoShow
                    | AttendanceKind::Cancelled
                    | AttendanceKind::TimeOver
            ) {
                self.tell_media(Command::CloseRoom(self.id));
                let all: Vec<_> = self.everybody();
                all.into_iter().for_each(|it| self.live.end_media(it));
            }
            return;
        };
        match what.kind {
            AttendanceKind::Held | AttendanceKind::Left | AttendanceKind::ConnectionLost => {
                self.end_media(who);
            }
            AttendanceKind::Revoked => {
                self.end_media(who);
                self.followers.remove_viewer(Viewer::Member(who));
                (self.parts.emit)(Happened::GuestRevoked(who));
            }
            AttendanceKind::Entered => {
                let now = self.parts.clock.now();
                let person = self.live.entry(who);
                if person.connections.is_empty() {
                    person.offline_since = Some(now);
                }
            }
            AttendanceKind::Admitted
            | AttendanceKind::Invited
            | AttendanceKind::CallStarted
            | AttendanceKind::DeviceChecked
            | AttendanceKind::Ended
            | AttendanceKind::NoShow
            | AttendanceKind::Cancelled
            | AttendanceKind::TimeOver => {}
        }
    }

    /// What conversations are told: who has a part in the visit, and who is in it.
    pub(crate) fn tell_conversations(&self, visit: &Visit, events: &[What]) {
        let is_of_parts = |it: &What| {
            matches!(
                it.kind,
                AttendanceKind::Admitted | AttendanceKind::Held | AttendanceKind::Revoked
            )
        };
        if events.iter().any(is_of_parts) {
            (self.parts.emit)(Happened::PartsChanged(self.id));
        }
        let known_as = |is_meant: fn(&Member) -> bool| {
            let members = visit.members.values().filter(|it| is_meant(it));
            let each = members.flat_map(|it| {
                [Some(Who::Participant(it.participant_id)), it.person_id.map(Who::Person)]
            });
            each.flatten().collect()
        };
        (self.parts.emit)(Happened::InVisit {
            appointment_id: self.id,
            people: known_as(|it| it.is_present),
            inside: known_as(|it| it.place() == Place::Inside),
        });
    }

    pub(crate) fn end_media(&mut self, who: ParticipantId) {
        self.live.end_media(who);
        self.tell_media(Command::Leave(Seat { room: self.id, participant: who }));
    }

    pub(crate) fn tell_media(&self, command: Command) {
        if !self.parts.media.tell(command) {
            // A dead worker has no seats, and of those that live only sizes are refused.
            metrics::counter!("bedside_media_untold_total").increment(1);
        }
    }

    /// The owner before may have saved a decision and ended before it could act on it: whoever has no place inside has
    /// no media, and whose invitation was withdrawn has no socket.
    pub(crate) fn catch_up(&self, visit: &Visit) {
        if visit.closed.is_some() {
            self.tell_media(Command::CloseRoom(self.id));
        }
        for member in visit.members.values().filter(|it| it.place() != Place::Inside) {
            let seat = Seat { room: self.id, participant: member.participant_id };
            self.tell_media(Command::Leave(seat));
            if member.is_revoked {
                (self.parts.emit)(Happened::GuestRevoked(member.participant_id));
            }
        }
    }
}

/// What people are told when a visit is cancelled; nothing otherwise.
pub(crate) fn cancellation(next: &Visit, events: &[What], now: UnixMillis) -> Vec<Announcement> {
    if !events.iter().any(|it| it.kind == AttendanceKind::Cancelled) {
        return vec![];
    }
    let interpreter = next.members.values().find(|it| it.role == Role::Interpreter);
    let appointment = plan::Appointment {
        appointment_id: next.facts.appointment_id,
        version: next.facts.booking.version,
        starts_at: next.facts.starts_at,
        patient: next.facts.patient_id,
        clinician: next.facts.clinician_id,
        interpreter: interpreter.and_then(|it| it.person_id),
    };
    plan::about(appointment, plan::Change::Cancelled, now, plan::fresh)
}
