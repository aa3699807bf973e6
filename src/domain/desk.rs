//! The waiting desk of one clinician: who waits, in which order, and for about how long.
//!
//! Owns: the order and the estimate. Invariant: the order is by agreed time, then by who came first; an estimate is
//! never before the agreed time, because that is what the patient was promised.

use crate::protocol::appointment::AppointmentCard;
use crate::protocol::ids::AppointmentId;
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::{HostState, Queue, Stage};
use std::collections::BTreeMap;

/// Place in line of every waiting patient among `cards` (of one clinician) at `now`.
pub fn queue<'a>(
    cards: impl IntoIterator<Item = &'a AppointmentCard>,
    now: UnixMillis,
) -> BTreeMap<AppointmentId, Queue> {
    let mut waiting = Vec::new();
    let mut free_at = now;
    for card in cards {
        match card.stage {
            Stage::Waiting => waiting.push(card),
            Stage::Admitted | Stage::InCall => free_at = free_at.max(card.ends_at),
            Stage::Scheduled | Stage::Ended | Stage::NoShow | Stage::Cancelled => {}
        }
    }
    waiting.sort_by_key(|it| (it.starts_at, it.waiting_since, it.appointment_id));
    let mut queue = BTreeMap::new();
    for (ahead, card) in waiting.into_iter().enumerate() {
        let estimated_at = free_at.max(card.starts_at);
        free_at = estimated_at.plus(card.ends_at.since(card.starts_at));
        let place = Queue {
            position: u16::try_from(ahead.saturating_add(1)).unwrap_or(u16::MAX),
            waiting_since: card.waiting_since.unwrap_or(now),
            estimated_at,
        };
        queue.insert(card.appointment_id, place);
    }
    queue
}

/// Where the clinician is, as the patients of the other visits may know. `in_room` says it for the visit itself.
pub fn host_state<'a>(
    cards: impl IntoIterator<Item = &'a AppointmentCard>,
    is_online: bool,
) -> HostState {
    let (mut is_busy, mut is_around) = (false, is_online);
    for card in cards.into_iter().filter(|it| it.clinician_present) {
        is_busy |= card.stage == Stage::InCall;
        is_around = true;
    }
    match (is_busy, is_around) {
        (true, _) => HostState::Busy,
        (false, true) => HostState::Online,
        (false, false) => HostState::Away,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::appointment::CardPerson;
    use crate::protocol::ids::{ParticipantId, PersonId};
    use uuid::Uuid;

    fn at(minutes: i64) -> UnixMillis {
        UnixMillis(minutes * 60_000)
    }

    fn card(n: u128, starts: i64, stage: Stage, waiting: Option<i64>) -> AppointmentCard {
        let person = || CardPerson {
            participant_id: ParticipantId(Uuid::from_u128(n)),
            person_id: PersonId(Uuid::from_u128(n)),
            display_name: "Somebody Fictional".into(),
        };
        AppointmentCard {
            appointment_id: AppointmentId(Uuid::from_u128(n)),
            starts_at: at(starts),
            ends_at: at(starts + 15),
            time_zone: "Europe/Berlin".into(),
            patient: person(),
            clinician: person(),
            stage,
            waiting_since: waiting.map(at),
            clinician_present: stage == Stage::InCall,
            guests: 0,
            device_check: None,
            version: 1,
            service_id: None,
            reason: None,
            series_id: None,
            revision: 1,
        }
    }

    #[test]
    fn who_was_agreed_first_is_first_and_nobody_is_promised_less_than_agreed() {
        let cards = [
            card(1, 0, Stage::InCall, None),
            card(2, 30, Stage::Waiting, Some(2)),
            card(3, 15, Stage::Waiting, Some(10)),
            card(4, 45, Stage::Scheduled, None),
        ];
        let queue = queue(&cards, at(12));
        let place = |n: u128| queue.get(&AppointmentId(Uuid::from_u128(n))).copied().unwrap();
        assert_eq!((place(3).position, place(3).estimated_at), (1, at(15)));
        assert_eq!((place(2).position, place(2).estimated_at), (2, at(30)));
        assert_eq!(queue.len(), 2);
    }

    #[test]
    fn a_late_clinic_moves_the_estimates() {
        let cards = [
            card(1, 0, Stage::InCall, None),
            card(2, 15, Stage::Waiting, Some(2)),
            card(3, 30, Stage::Waiting, Some(20)),
        ];
        let queue = queue(&cards, at(40));
        let estimates: Vec<_> = queue.values().map(|it| it.estimated_at).collect();
        assert_eq!(estimates, [at(40), at(55)]);
    }

    #[test]
    fn the_clinician_is_busy_online_or_away() {
        let busy = [card(1, 0, Stage::InCall, None)];
        assert_eq!(host_state(&busy, true), HostState::Busy);
        let in_a_room =
            [AppointmentCard { clinician_present: true, ..card(1, 0, Stage::Admitted, None) }];
        assert_eq!(host_state(&in_a_room, false), HostState::Online);
        assert_eq!(host_state(&[], true), HostState::Online);
        assert_eq!(host_state(&[], false), HostState::Away);
    }
}
