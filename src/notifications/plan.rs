//! Which notices a change of an appointment makes. Whoever saves the change saves them in the same transaction (OB-1).
//!
//! Owns: who is told what, and when reminders are due. By which channels is asked when it is due. Invariant: reminders are made for the patient
//! alone, carry the version that they are about, and only those are made that are still to come.
//! Does not: ask what people want to be told: that may change until a notice is sent, and is asked then.

use crate::protocol::ids::{AppointmentId, NoticeId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::outbox::{Announcement, NoticeKind};
use std::time::Duration;

/// How long before its begin an appointment is reminded of the first time.
pub const DAY_BEFORE: Duration = Duration::from_secs(24 * 60 * 60);
/// And the second.
pub const HOUR_BEFORE: Duration = Duration::from_secs(60 * 60);

/// What of an appointment decides about its notices, after the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appointment {
    /// Which.
    pub appointment_id: AppointmentId,
    /// The version that the change made.
    pub version: u32,
    /// Begin, from now on.
    pub starts_at: UnixMillis,
    /// Who is treated.
    pub patient: PersonId,
    /// Who treats.
    pub clinician: PersonId,
    /// Who interprets.
    pub interpreter: Option<PersonId>,
}

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was made.
    Booked,
    /// It was moved, or another of its facts that reminders are made of was changed.
    Moved,
    /// It was cancelled.
    Cancelled,
}

/// What a change tells. `new_id` makes their ids ([`fresh`] outside of tests).
pub fn about(
    appointment: Appointment,
    change: Change,
    now: UnixMillis,
    mut new_id: impl FnMut() -> NoticeId,
) -> Vec<Announcement> {
    let kind = match change {
        Change::Booked => NoticeKind::Booked,
        Change::Moved => NoticeKind::Moved,
        Change::Cancelled => NoticeKind::Cancelled,
    };
    let people = [Some(appointment.patient), Some(appointment.clinician), appointment.interpreter];
    let at_once = people.into_iter().flatten().map(|person| (person, kind, now, None));
    let reminders = match change {
        Change::Booked | Change::Moved => reminders(appointment, now),
        Change::Cancelled => vec![],
    };
    let told = at_once.chain(reminders);
    told.map(|(person_id, kind, due_at, useless_at)| Announcement {
        notice_id: new_id(),
        person_id,
        kind,
        appointment_id: Some(appointment.appointment_id),
        version: appointment.version,
        due_at,
        useless_at,
    })
    .collect()
}

/// What tells of a record that is opened in an emergency: its patient, and everybody who looks into it. It says neither whose
/// it is nor who opened it.
pub fn about_emergency(
    patient: PersonId,
    reviewers: impl IntoIterator<Item = PersonId>,
    now: UnixMillis,
    mut new_id: impl FnMut() -> NoticeId,
) -> Vec<Announcement> {
    let reviewers = reviewers.into_iter().map(|it| (it, NoticeKind::ReviewDue));
    let told = std::iter::once((patient, NoticeKind::RecordOpened)).chain(reviewers);
    told.map(|(person_id, kind)| Announcement {
        notice_id: new_id(),
        person_id,
        kind,
        appointment_id: None,
        version: 0,
        due_at: now,
        useless_at: None,
    })
    .collect()
}

/// What tells of a password that was changed, by every channel: whoever it was, its owner hears of it.
pub fn about_password(
    whose: PersonId,
    now: UnixMillis,
    mut new_id: impl FnMut() -> NoticeId,
) -> Vec<Announcement> {
    vec![Announcement {
        notice_id: new_id(),
        person_id: whose,
        kind: NoticeKind::PasswordChanged,
        appointment_id: None,
        version: 0,
        due_at: now,
        useless_at: None,
    }]
}

/// What tells of a message that these people may not have looked at when it is due, and only what is so then (`render`).
/// It says in no conversation, and nothing of the message.
pub fn about_message(
    people: &[PersonId],
    due_at: UnixMillis,
    mut new_id: impl FnMut() -> NoticeId,
) -> Vec<Announcement> {
    let told = people.iter().map(|person_id| Announcement {
        notice_id: new_id(),
        person_id: *person_id,
        kind: NoticeKind::NewMessage,
        appointment_id: None,
        version: 0,
        due_at,
        useless_at: None,
    });
    told.collect()
}

/// An id as rows have them.
pub fn fresh() -> NoticeId {
    NoticeId(uuid::Uuid::now_v7())
}

type Told = (PersonId, NoticeKind, UnixMillis, Option<UnixMillis>);

fn reminders(appointment: Appointment, now: UnixMillis) -> Vec<Told> {
    let begin = appointment.starts_at;
    let both = [(NoticeKind::DayBefore, DAY_BEFORE), (NoticeKind::HourBefore, HOUR_BEFORE)];
    both.into_iter()
        .map(|(kind, before)| (appointment.patient, kind, begin.minus(before), Some(begin)))
        .filter(|(_, _, due_at, _)| *due_at > now)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    const PATIENT: PersonId = PersonId(Uuid::from_u128(1));
    const CLINICIAN: PersonId = PersonId(Uuid::from_u128(2));
    const INTERPRETER: PersonId = PersonId(Uuid::from_u128(3));
    const HOUR: Duration = Duration::from_secs(3_600);

    fn appointment(begins_in: Duration) -> Appointment {
        Appointment {
            appointment_id: AppointmentId(Uuid::from_u128(9)),
            version: 4,
            starts_at: NOW.plus(begins_in),
            patient: PATIENT,
            clinician: CLINICIAN,
            interpreter: None,
        }
    }

    fn told(of: Appointment, change: Change) -> Vec<Announcement> {
        about(of, change, NOW, fresh)
    }

    #[test]
    fn everybody_is_told_of_a_change_at_once() {
        let of = Appointment { interpreter: Some(INTERPRETER), ..appointment(HOUR / 2) };
        for (change, kind) in [
            (Change::Booked, NoticeKind::Booked),
            (Change::Moved, NoticeKind::Moved),
            (Change::Cancelled, NoticeKind::Cancelled),
        ] {
            let told = told(of, change);
            let whom: BTreeSet<_> = told.iter().map(|it| it.person_id).collect();
            assert_eq!((told.len(), whom.len()), (3, 3));
            assert!(told.iter().all(|it| it.kind == kind && it.due_at == NOW));
            assert!(told.iter().all(|it| it.version == 4 && it.useless_at.is_none()));
            let ids: BTreeSet<_> = told.iter().map(|it| it.notice_id).collect();
            assert_eq!(ids.len(), 3);
        }
    }

    #[rstest]
    #[case(48 * HOUR, &[NoticeKind::DayBefore, NoticeKind::HourBefore])]
    #[case(24 * HOUR + Duration::from_millis(1), &[NoticeKind::DayBefore, NoticeKind::HourBefore])]
    #[case(24 * HOUR, &[NoticeKind::HourBefore])]
    #[case(2 * HOUR, &[NoticeKind::HourBefore])]
    #[case(HOUR, &[])]
    #[case(Duration::ZERO, &[])]
    fn only_reminders_to_come_are_made(#[case] begins_in: Duration, #[case] kinds: &[NoticeKind]) {
        for change in [Change::Booked, Change::Moved] {
            let mut told = told(appointment(begins_in), change);
            told.retain(|it| it.kind.is_reminder());
            assert!(told.iter().all(|it| it.person_id == PATIENT && it.due_at > NOW));
            assert!(told.iter().all(|it| it.useless_at == Some(NOW.plus(begins_in))));
            let found: Vec<_> = told.iter().map(|it| it.kind).collect();
            assert_eq!(found, kinds);
        }
    }

    #[test]
    fn a_cancelled_appointment_is_not_reminded_of() {
        let told = told(appointment(48 * HOUR), Change::Cancelled);
        assert!(told.iter().all(|it| it.kind == NoticeKind::Cancelled));
        assert_eq!(told.len(), 2);
    }
}
