//! The waiting list: who would like an earlier place, and who is told when one becomes free.
//!
//! Nobody is given a place: whoever is told may book it, and so may anybody else. What is promised is that they hear of it, one
//! after the other with a bounded head start ([`TURN`]), in the order in which they came, each once, as long as it is free.
//! Whom the place was offered to is kept, so that another node, or the next start of this one, goes on where this one was.

use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::domain::schedule::openings::opening_at;
use crate::domain::schedule::turns::{TURN, Turn, Wish, next_turn};
use crate::domain::schedule::{ClaimState, Schedule, check};
use crate::node::Node;
use crate::notifications::plan;
use crate::protocol::auth::Done;
use crate::protocol::booking::{JoinWaitlist, LeaveWaitlist, ListWaitlist, Waitlist, WaitlistCard};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{PersonId, ServiceId, WaitlistId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::organisations::{Kind, Named};
use crate::store::outbox::{Announcement, NoticeKind};
use crate::store::schedule::{FreedPlace, PlaceOffer, WaitlistRecord};
use std::time::Duration;
use uuid::Uuid;

/// The longest wish.
const MAX_AHEAD: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// Places that one look offers.
const PLACES: u32 = 100;
/// When to look again at a place that somebody has reserved for some minutes.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

impl Execute<JoinWaitlist> for Node {
    async fn execute(&self, call: Call, op: JoinWaitlist) -> Result<WaitlistCard, Fault> {
        let patient = own(&call)?;
        check::window(op.from, op.until)?;
        if op.until <= call.now {
            return Err(Fault::invalid("until", "In the future."));
        }
        if op.until > call.now.plus(MAX_AHEAD) {
            return Err(Fault::invalid("until", "At most 366 days from now."));
        }
        let of = call.principal()?.organisation;
        let service = self.bookable(of, op.service_id, call.now).await?;
        let clinic = self.clinic(of, call.now).await?;
        let offers = |id: PersonId| {
            clinic
                .practitioner(id)
                .is_some_and(|it| !it.is_out && it.service_ids.contains(&service.service_id))
        };
        if op.clinician_id.is_some_and(|id| !offers(id)) {
            return Err(Fault::invalid("clinician_id", "Somebody who offers the service."));
        }
        let entry = WaitlistRecord {
            waitlist_id: WaitlistId(Uuid::now_v7()),
            patient_id: patient,
            service_id: op.service_id,
            clinician_id: op.clinician_id,
            from: op.from,
            until: op.until,
            created_at: call.now,
            offered_at: None,
        };
        let output = card(&entry);
        let answered = call.answered(&output)?;
        self.store.join_waitlist(entry, answered).await.map_err(unsaved)?;
        Ok(output)
    }
}

impl Execute<LeaveWaitlist> for Node {
    async fn execute(&self, call: Call, op: LeaveWaitlist) -> Result<Done, Fault> {
        let answered = call.answered(&Done {})?;
        let left = self.store.leave_waitlist(op.waitlist_id, own(&call)?, answered);
        let left = left.await.map_err(unsaved)?;
        if left { Ok(Done {}) } else { Err(FaultCode::NotFound.into()) }
    }
}

impl Execute<ListWaitlist> for Node {
    async fn execute(&self, call: Call, _: ListWaitlist) -> Result<Waitlist, Fault> {
        let entries = self.store.waitlist(None, Some(own(&call)?)).await.map_err(unsaved)?;
        Ok(Waitlist { entries: entries.iter().map(card).collect() })
    }
}

impl Node {
    /// A time became free. When somebody waits for such a one, they are told, one after the other.
    pub(super) async fn offer_freed(
        &self,
        clinician: PersonId,
        service: ServiceId,
        starts_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        if starts_at <= now {
            return Ok(());
        }
        let wishes = self.wishes(service).await?;
        if next_turn(&wishes, &[], clinician, starts_at, now) == Turn::Nobody {
            return Ok(());
        }
        let place = FreedPlace {
            place_id: Uuid::now_v7(),
            clinician_id: clinician,
            service_id: service,
            starts_at,
            next_at: now,
        };
        self.store.free_place(place).await.map_err(unsaved)?;
        self.offer_places().await;
        Ok(())
    }

    /// Tells whoever's turn it is, of all places that are free still.
    pub async fn offer_places(&self) {
        let now = self.clock.now();
        let due = match self.store.places_due(now, PLACES).await {
            Ok(due) => due,
            Err(error) => return tracing::warn!(%error, "freed places could not be read"),
        };
        for place in due {
            match self.offer_to_next(place, now).await {
                // Another node was quicker, or their wish is no more: the next look finds what is so.
                Ok(()) | Err(Fault { code: FaultCode::Conflict | FaultCode::NotFound, .. }) => {}
                Err(fault) => {
                    tracing::warn!(code = fault.code.as_str(), "a freed place was not offered");
                }
            }
        }
    }

    async fn offer_to_next(&self, place: FreedPlace, now: UnixMillis) -> Result<(), Fault> {
        let next_at = match self.is_still_free(&place, now).await? {
            Free::Yes => match self.whose_turn(&place, now).await? {
                Turn::Of(id) => return self.tell_of(place, id, now).await,
                Turn::NotBefore(at) => Some(at),
                Turn::Nobody => None,
            },
            Free::Held => Some(now.plus(LOOK_AGAIN)),
            Free::No => None,
        };
        self.store.postpone_place(place, next_at).await.map_err(unsaved)
    }

    async fn is_still_free(&self, place: &FreedPlace, now: UnixMillis) -> Result<Free, Fault> {
        let named = Named { kind: Kind::Service, id: place.service_id.0 };
        let Some(of) = self.find_house(named).await? else { return Ok(Free::No) };
        let clinic = self.clinic(of, now).await?;
        let Some(service) = clinic.service(place.service_id) else { return Ok(Free::No) };
        let clinician = self.store.person(place.clinician_id).await.map_err(unsaved)?;
        if !clinician.is_some_and(|it| it.role == Role::Clinician && it.may_sign_in()) {
            // They may come back in time.
            return Ok(if place.starts_at > now { Free::Held } else { Free::No });
        }
        let mut schedule = self.store.schedule(place.clinician_id, now).await.map_err(unsaved)?;
        schedule.expire(now);
        let is_free = |it: &Schedule| opening_at(it, service, place.starts_at, now).is_ok();
        if is_free(&schedule) {
            return Ok(Free::Yes);
        }
        schedule.claims.retain(|it| matches!(it.state, ClaimState::Busy(_)));
        Ok(if is_free(&schedule) { Free::Held } else { Free::No })
    }

    async fn whose_turn(&self, place: &FreedPlace, now: UnixMillis) -> Result<Turn, Fault> {
        let wishes = self.wishes(place.service_id).await?;
        let told = self.store.told_of(place.place_id).await.map_err(unsaved)?;
        Ok(next_turn(&wishes, &told, place.clinician_id, place.starts_at, now))
    }

    async fn wishes(&self, service: ServiceId) -> Result<Vec<Wish>, Fault> {
        let waiting = self.store.waitlist(Some(service), None).await.map_err(unsaved)?;
        let wish = |it: &WaitlistRecord| Wish {
            waitlist_id: it.waitlist_id,
            clinician_id: it.clinician_id,
            from: it.from,
            until: it.until,
            offered_at: it.offered_at,
        };
        let mut wishes = vec![];
        for it in &waiting {
            let patient = self.store.person(it.patient_id).await.map_err(unsaved)?;
            // Whoever cannot sign in could not take it, and others would wait for them.
            if patient.is_some_and(|it| it.may_sign_in()) {
                wishes.push(wish(it));
            }
        }
        Ok(wishes)
    }

    async fn tell_of(
        &self,
        place: FreedPlace,
        waitlist_id: WaitlistId,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let waiting = self.store.waitlist(Some(place.service_id), None).await.map_err(unsaved)?;
        let whose = waiting.iter().find(|it| it.waitlist_id == waitlist_id);
        let patient_id = whose.ok_or(FaultCode::NotFound)?.patient_id;
        let told = Announcement {
            notice_id: plan::fresh(),
            person_id: patient_id,
            kind: NoticeKind::PlaceFree,
            appointment_id: None,
            version: 0,
            due_at: now,
            useless_at: Some(place.starts_at),
        };
        let offer = PlaceOffer { place, waitlist_id, at: now, next_at: now.plus(TURN) };
        self.store.offer_place(offer, vec![told]).await.map_err(unsaved)?;
        self.notices_saved();
        Ok(())
    }
}

/// Whether a place can be had.
enum Free {
    Yes,
    /// Somebody has reserved it for some minutes, or nothing is booked with the clinician for now.
    Held,
    No,
}

fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
    }
}

fn card(it: &WaitlistRecord) -> WaitlistCard {
    WaitlistCard {
        waitlist_id: it.waitlist_id,
        service_id: it.service_id,
        clinician_id: it.clinician_id,
        from: it.from,
        until: it.until,
        offered_at: it.offered_at,
    }
}
