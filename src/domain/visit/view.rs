//! What one viewer may see of a visit. The only way from a visit's state to the wire.
//!
//! Invariant: before admission a viewer sees themselves and the clinician's state, no roster and no media. An
//! administrator sees the appointment, not the people in the room.

use super::live::{Live, Presence};
use super::{Member, Visit, What};
use crate::domain::policy::Who;
use crate::protocol::appointment::{AppointmentCard, CardPerson};
use crate::protocol::ids::{ParticipantId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::{
    Attendance, AttendanceEntry, Can, Connection, HostState, Participant, Place, Stage, VisitView,
};
use uuid::Uuid;

/// For whom a view is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Viewer {
    /// A member.
    Member(ParticipantId),
    /// An administrator.
    Admin,
}

/// The visit as `viewer` may see it at `now`.
pub fn of(visit: &Visit, live: &Live, viewer: Viewer, now: UnixMillis) -> VisitView {
    let own = match viewer {
        Viewer::Member(id) => visit.members.get(&id),
        Viewer::Admin => None,
    };
    let is_inside = own.is_some_and(|it| it.place() == Place::Inside);
    let waits = own.is_some_and(|it| it.role == crate::protocol::person::Role::Patient)
        && visit.stage() == Stage::Waiting;
    VisitView {
        appointment_id: visit.facts.appointment_id,
        stage: visit.stage(),
        starts_at: visit.facts.starts_at,
        ends_at: visit.facts.ends_at,
        time_zone: visit.facts.time_zone.clone(),
        you: own.map(|it| it.participant_id),
        clinician_name: visit.host().map(|it| it.display_name.clone()).unwrap_or_default(),
        clinician: host_state(visit, live, now),
        queue: if waits { live.queue } else { None },
        participants: roster(visit, live, own, now),
        media: own.filter(|_| is_inside).and_then(|it| live.of(it.participant_id).media.clone()),
        call_started_at: visit
            .call_started_at
            .filter(|_| is_inside || own.is_some_and(Member::is_host)),
        can: can(visit, own, now),
        revision: visit.revision,
    }
}

/// The appointment as a list shows it.
pub fn card(visit: &Visit) -> AppointmentCard {
    let patient = visit.patient();
    let host = visit.host();
    let guests = visit.members.values().filter(|it| it.person_id.is_none() && !it.is_revoked);
    AppointmentCard {
        appointment_id: visit.facts.appointment_id,
        starts_at: visit.facts.starts_at,
        ends_at: visit.facts.ends_at,
        time_zone: visit.facts.time_zone.clone(),
        patient: card_person(patient, visit.facts.patient_id),
        clinician: card_person(host, visit.facts.clinician_id),
        stage: visit.stage(),
        waiting_since: patient.and_then(|it| it.waiting_since),
        clinician_present: host.is_some_and(|it| it.is_present),
        guests: u8::try_from(guests.count()).unwrap_or(u8::MAX),
        device_check: patient.and_then(|it| it.device_check),
        version: visit.facts.booking.version,
        service_id: visit.facts.booking.service_id,
        reason: visit.facts.booking.reason.clone(),
        series_id: visit.facts.booking.series_id,
        revision: visit.revision,
    }
}

/// The appointment as a list shows it to somebody. What it is about is between patient and clinician.
pub fn card_for(visit: &Visit, who: Who) -> AppointmentCard {
    let mut card = card(visit);
    let is_between = visit.part_of(who).is_ok_and(|it| it.is_host() || it.role == Role::Patient);
    if !is_between {
        card.reason = None;
    }
    card
}

/// The attendance with names.
pub fn attendance(visit: &Visit, lines: impl IntoIterator<Item = (u32, What)>) -> Attendance {
    let entry = |(number, what): (u32, What)| {
        let member = what.about.and_then(|id| visit.members.get(&id));
        AttendanceEntry {
            number,
            at: what.at,
            what: what.kind,
            participant_id: what.about,
            display_name: member.map(|it| it.display_name.clone()),
            role: member.map(|it| it.role),
            by: what.by,
        }
    };
    Attendance { entries: lines.into_iter().map(entry).collect() }
}

fn host_state(visit: &Visit, live: &Live, now: UnixMillis) -> HostState {
    let is_here = visit.host().is_some_and(|it| {
        it.is_present && live.of(it.participant_id).connection(now) != Connection::Offline
    });
    if is_here { HostState::Here } else { live.host_elsewhere }
}

fn roster(visit: &Visit, live: &Live, own: Option<&Member>, now: UnixMillis) -> Vec<Participant> {
    let Some(own) = own else { return vec![] };
    let sees_all = own.is_host() || own.place() == Place::Inside;
    visit
        .members
        .values()
        .filter(|it| !it.is_revoked && (sees_all || it.participant_id == own.participant_id))
        .map(|it| participant(it, live.of(it.participant_id), now))
        .collect()
}

fn participant(member: &Member, presence: &Presence, now: UnixMillis) -> Participant {
    let is_inside = member.place() == Place::Inside;
    Participant {
        participant_id: member.participant_id,
        display_name: member.display_name.clone(),
        role: member.role,
        place: member.place(),
        connection: presence.connection(now),
        waiting_since: member.waiting_since,
        microphone: is_inside && presence.sources.microphone && !presence.is_muted_by_host,
        muted_by_host: presence.is_muted_by_host,
        camera: is_inside && presence.sources.camera,
        screen: is_inside && presence.sources.screen,
        device_check: member.device_check,
        link_score: presence.link_score,
    }
}

fn can(visit: &Visit, own: Option<&Member>, now: UnixMillis) -> Vec<Can> {
    let Some(own) = own else { return vec![] };
    let id = own.participant_id;
    let is_open = visit.must_be_open(now).is_ok();
    let asked = [
        (Can::Enter, !own.is_present && visit.enter(id, now).is_ok()),
        (Can::Leave, own.is_present && is_open),
        (Can::JoinMedia, visit.may_join_media(id, now).is_ok()),
        (Can::Host, own.is_host() && is_open),
        (Can::Invite, visit.may_invite(own) && is_open),
        (Can::End, is_open && visit.end(id, now).is_ok()),
        (Can::MarkNoShow, is_open && visit.mark_no_show(id, now).is_ok()),
    ];
    asked.into_iter().filter(|(_, may)| *may).map(|(can, _)| can).collect()
}

fn card_person(member: Option<&Member>, person_id: PersonId) -> CardPerson {
    CardPerson {
        participant_id: member.map_or(ParticipantId(Uuid::nil()), |it| it.participant_id),
        person_id,
        display_name: member.map(|it| it.display_name.clone()).unwrap_or_else(|| Phi::from("")),
    }
}
