//! Appointments of who agrees to be counted, in the memory store.

use super::state::State;
use super::{Memory, at_most};
use crate::domain::usage::{Attended, Counted};
use crate::domain::visit::{Closed, Visit};
use crate::protocol::ids::PersonId;
use crate::protocol::record::{ConsentKind, ConsentState};
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::AttendanceKind;
use crate::store::records::ConsentRecord;
use crate::store::usage::{Usage, UsageOf, UsagePage};
use crate::store::{PersonRecord, Stored};
use async_trait::async_trait;
use std::cmp::Reverse;

#[async_trait]
impl Usage for Memory {
    async fn counted(&self, of: UsageOf<'_>) -> Stored<UsagePage> {
        let state = self.state();
        let place = |it: &Visit| (it.facts.starts_at, it.facts.appointment_id);
        let is_asked_for = |it: &&Visit| {
            let facts = &it.facts;
            facts.organisation_id == of.organisation
                && (of.since..of.until).contains(&facts.starts_at)
                && of.after.is_none_or(|last| last < place(it))
        };
        let mut page: Vec<&Visit> = state.visits.values().filter(is_asked_for).collect();
        page.sort_by_key(|it| place(it));
        page.truncate(at_most(of.most));
        let is_full = page.len() >= at_most(of.most);
        let next = page.last().filter(|_| is_full).map(|it| place(it));
        let agreed = page.into_iter().filter(|it| state.agrees(it.facts.patient_id, &of));
        Ok(UsagePage { rows: agreed.map(|it| state.counted(it)).collect(), next })
    }
}

impl State {
    fn agrees(&self, id: PersonId, of: &UsageOf<'_>) -> bool {
        if self.people.get(&id).is_none_or(PersonRecord::is_erased) {
            return false;
        }
        let mut said: Vec<&ConsentRecord> =
            self.consents.iter().filter(|it| it.person_id == id).collect();
        said.sort_by_key(|it| Reverse((it.at, it.consent_id)));
        let place = self.booked.patients.get(&id).and_then(|it| it.jurisdiction.as_deref());
        let said = said.into_iter().map(ConsentRecord::said);
        let stands = of.texts.stands(ConsentKind::Analytics, place.unwrap_or_default(), said);
        stands.state == ConsentState::Given
    }

    fn counted(&self, it: &Visit) -> Counted {
        let is_held = it.closed == Some(Closed::Ended);
        let booking = self.booked.bookings.get(&it.facts.appointment_id);
        Counted {
            patient_id: it.facts.patient_id,
            service_id: booking.and_then(|it| it.record.service_id),
            starts_at: it.facts.starts_at,
            closed: it.closed,
            attended: if is_held { self.attended(it) } else { Attended::default() },
        }
    }

    fn attended(&self, it: &Visit) -> Attended {
        let patient = it.patient().map(|it| it.participant_id);
        let happened = self.events.get(&it.facts.appointment_id);
        let first = |kind: AttendanceKind, about| -> Option<UnixMillis> {
            let those = happened?.iter().filter(|it| it.kind == kind && it.about == about);
            those.map(|it| it.at).min()
        };
        Attended {
            entered_at: first(AttendanceKind::Entered, patient),
            admitted_at: first(AttendanceKind::Admitted, patient),
            together_at: it.call_started_at,
            ended_at: first(AttendanceKind::Ended, None),
        }
    }
}
