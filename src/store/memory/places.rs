//! Places that became free, in the memory store.

use super::at_most;
use super::state::{State, ensure};
use crate::protocol::ids::WaitlistId;
use crate::protocol::time::UnixMillis;
use crate::store::outbox::Announcement;
use crate::store::schedule::{FreedPlace, PlaceOffer};
use crate::store::{Conflict, Stored};
use uuid::Uuid;

impl State {
    pub(super) fn free_place(&mut self, place: FreedPlace) -> Stored<()> {
        self.booked.check_service(Some(place.service_id))?;
        ensure(self.people.contains_key(&place.clinician_id), Conflict::Missing)?;
        let is_same = |it: &(FreedPlace, bool)| {
            let (known, is_open) = it;
            known.place_id == place.place_id
                || (*is_open
                    && known.clinician_id == place.clinician_id
                    && known.service_id == place.service_id
                    && known.starts_at == place.starts_at)
        };
        if !self.booked.places.values().any(is_same) {
            self.booked.places.insert(place.place_id, (place, true));
        }
        Ok(())
    }

    pub(super) fn places_due(&self, now: UnixMillis, limit: u32) -> Vec<FreedPlace> {
        let open = self.booked.places.values().filter(|(_, is_open)| *is_open).map(|(it, _)| *it);
        let mut due: Vec<_> = open.filter(|it| it.next_at <= now).collect();
        due.sort_by_key(|it| (it.next_at, it.place_id));
        due.truncate(at_most(limit));
        due
    }

    pub(super) fn told_of(&self, place: Uuid) -> Vec<WaitlistId> {
        let offers = self.booked.offers.iter().filter(|it| it.place.place_id == place);
        let mut told: Vec<_> = offers.map(|it| (it.at, it.waitlist_id)).collect();
        told.sort_unstable();
        told.into_iter().map(|(_, it)| it).collect()
    }

    pub(super) fn offer_place(
        &mut self,
        offer: PlaceOffer,
        notices: Vec<Announcement>,
    ) -> Stored<()> {
        self.must_be_next(&offer.place)?;
        ensure(self.booked.waitlist.contains_key(&offer.waitlist_id), Conflict::Missing)?;
        let was_told = self.told_of(offer.place.place_id).contains(&offer.waitlist_id);
        ensure(!was_told, Conflict::Stale)?;
        self.check_announced(&notices)?;
        self.booked.waitlist.change(&offer.waitlist_id, |it| it.offered_at = Some(offer.at));
        self.booked.places.change(&offer.place.place_id, |(it, _)| it.next_at = offer.next_at);
        self.booked.offers.push(offer);
        self.announce(notices);
        Ok(())
    }

    pub(super) fn postpone_place(
        &mut self,
        place: FreedPlace,
        next_at: Option<UnixMillis>,
    ) -> Stored<()> {
        self.must_be_next(&place)?;
        self.booked.places.change(&place.place_id, |(it, is_open)| match next_at {
            Some(at) => it.next_at = at,
            None => *is_open = false,
        });
        Ok(())
    }

    fn must_be_next(&self, place: &FreedPlace) -> Stored<()> {
        let known = self.booked.places.get(&place.place_id);
        let is_next = |(it, is_open): &(FreedPlace, bool)| *is_open && it.next_at == place.next_at;
        ensure(known.is_some_and(is_next), Conflict::Stale)
    }
}
