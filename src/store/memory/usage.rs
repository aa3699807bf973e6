//! Appointments of who agrees to be counted, in the memory store.

use super::state::State;
use super::{Memory, at_most};
use crate::domain::usage::{Attended, Counted};
use crate::domain::visit::{Closed, Visit};
use crate::protocol::ids::PersonId;
use crate::protocol::person::Role;
use crate::protocol::record::{ConsentKind, ConsentState};
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::AttendanceKind;
use crate::store::Stored;
use crate::store::records::ConsentRecord;
use crate::store::usage::{Reports, UsageOf, UsagePage};
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::BTreeSet;

#[async_trait]
impl Reports for Memory {
    async fn counted(&self, of: UsageOf<'_>) -> Stored<UsagePage> {
        let state = self.state();
        let patients = state.people.values().filter(|it| {
            it.organisation_id == of.organisation && it.role == Role::Patient && !it.is_erased()
        });
        let ids = patients.map(|it| it.person_id).filter(|it| of.after.is_none_or(|id| id < *it));
        let page: Vec<PersonId> = ids.take(at_most(of.patients)).collect();
        let is_full = page.len() >= at_most(of.patients);
        let next = page.last().copied().filter(|_| is_full);
        let agreed: BTreeSet<PersonId> =
            page.into_iter().filter(|it| state.agrees(*it, &of)).collect();
        let visits = state.visits.values().filter(|it| {
            let facts = &it.facts;
            facts.organisation_id == of.organisation
                && agreed.contains(&facts.patient_id)
                && of.since <= facts.starts_at
                && facts.starts_at < of.until
        });
        let rows = visits.take(at_most(of.most)).map(|it| state.counted(it)).collect();
        Ok(UsagePage { rows, next })
    }
}

impl State {
    fn agrees(&self, id: PersonId, of: &UsageOf<'_>) -> bool {
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
