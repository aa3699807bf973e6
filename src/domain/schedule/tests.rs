//! What all tests of schedules share, and SC-1 as a property of any sequence of operations.

use super::booking::{NewHold, Placement, claim_for, place};
use super::openings::openings;
use super::*;
use proptest::prelude::*;

/// An instant as RFC 3339 writes it.
pub(super) fn at(text: &str) -> UnixMillis {
    UnixMillis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// So many minutes.
pub(super) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// Half an hour on every half hour, without notice and buffers, for a year.
pub(super) fn service() -> Service {
    Service {
        service_id: ServiceId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
        name: "Consultation".to_owned(),
        specialty: "dermatology".to_owned(),
        duration: minutes(30),
        buffer_before: Duration::ZERO,
        buffer_after: Duration::ZERO,
        alignment_interval: minutes(30),
        alignment_offset: Duration::ZERO,
        min_notice: Duration::ZERO,
        horizon_days: 365,
        capacity: 1,
        is_active: true,
        price: None,
        revision: 1,
    }
}

/// Hours of every day, from minute to minute, since 2015.
pub(super) fn daily(zone: &str, starts_minute: u16, ends_minute: u16) -> Template {
    Template {
        template_id: TemplateId(Uuid::from_u128(1)),
        location: "Ward Example".to_owned(),
        time_zone: zone.to_owned(),
        recurrence: "FREQ=DAILY".to_owned(),
        starts_minute,
        ends_minute,
        valid_from: "2015-01-01".to_owned(),
        valid_until: None,
        except_dates: Vec::new(),
        service_ids: Vec::new(),
    }
}

/// A deviation of the practitioner.
pub(super) fn exception(kind: Kind, zone: &str, starts: &str, ends: &str) -> Exception {
    Exception {
        exception_id: ExceptionId(Uuid::from_u128(1)),
        practitioner_id: Some(somebody()),
        kind,
        time_zone: zone.to_owned(),
        starts_local: starts.to_owned(),
        ends_local: ends.to_owned(),
        location: "Ward Example".to_owned(),
        reason: String::new(),
    }
}

/// A schedule of those hours.
pub(super) fn open(templates: Vec<Template>) -> Schedule {
    Schedule { templates, ..Schedule::default() }
}

/// The practitioner of the tests.
pub(super) fn somebody() -> PersonId {
    PersonId(Uuid::from_u128(7))
}

/// A hold of its own, until that instant.
pub(super) fn hold(number: u128, expires_at: UnixMillis) -> NewHold {
    NewHold {
        slot_id: SlotId(Uuid::from_u128(0x5_0000 + number)),
        hold_id: HoldId(Uuid::from_u128(0xa_0000 + number)),
        expires_at,
    }
}

/// An appointment of its own.
pub(super) fn appointment(number: u128) -> AppointmentId {
    AppointmentId(Uuid::from_u128(0xb_0000 + number))
}

#[derive(Debug, Clone)]
enum Step {
    Holds { opening: prop::sample::Index, is_group: bool, minutes: u64 },
    Confirms(prop::sample::Index),
    Moves { hold: prop::sample::Index, appointment: prop::sample::Index },
    Releases(prop::sample::Index),
    Cancels(prop::sample::Index),
    Places { minute: u64, length: u64 },
    Waits(u64),
    Expires,
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), any::<bool>(), 0_u64..20)
            .prop_map(|(opening, is_group, minutes)| Step::Holds { opening, is_group, minutes }),
        3 => index().prop_map(Step::Confirms),
        2 => (index(), index()).prop_map(|(hold, appointment)| Step::Moves { hold, appointment }),
        1 => index().prop_map(Step::Releases),
        1 => index().prop_map(Step::Cancels),
        1 => (0_u64..600, 5_u64..90).prop_map(|(minute, length)| Step::Places { minute, length }),
        2 => (1_u64..15).prop_map(Step::Waits),
        1 => Just(Step::Expires),
    ]
}

/// One human's schedule under random use, beside what a careful person would have written down.
struct Clinic {
    schedule: Schedule,
    now: UnixMillis,
    made: u128,
    holds: Vec<(HoldId, UnixMillis)>,
    confirmed: Vec<AppointmentId>,
}

impl Clinic {
    fn opens() -> Clinic {
        let schedule = open(vec![daily("Europe/Berlin", 9 * 60, 12 * 60)]);
        let now = at("2026-06-01T06:30:00Z");
        Clinic { schedule, now, made: 0, holds: Vec::new(), confirmed: Vec::new() }
    }

    fn services() -> [Service; 2] {
        let single = Service { buffer_after: minutes(10), ..service() };
        let group = Service {
            service_id: ServiceId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002)),
            capacity: 3,
            duration: minutes(45),
            alignment_interval: minutes(15),
            ..service()
        };
        [single, group]
    }

    fn takes(&mut self, step: &Step) {
        self.made += 1;
        match step {
            Step::Holds { opening, is_group, minutes: ttl } => {
                let [single, group] = Clinic::services();
                let service = if *is_group { group } else { single };
                let day = self.now..self.now.plus(minutes(24 * 60));
                let found = openings(&self.schedule, &service, &day, self.now, 6);
                if found.is_empty() {
                    return;
                }
                let new = hold(self.made, self.now.plus(minutes(*ttl)));
                let begin = opening.get(&found).starts_at;
                let (claim, _) =
                    claim_for(&self.schedule, &service, somebody(), begin, self.now, new).unwrap();
                self.schedule.apply(claim);
                self.holds.push((new.hold_id, new.expires_at));
            }
            Step::Confirms(which) if !self.holds.is_empty() => {
                let (id, expires_at) = *which.get(&self.holds);
                let appointment = appointment(self.made);
                let is_held = self.holds_something(id);
                let told = self.schedule.confirm(id, &[appointment], self.now);
                assert_eq!(told.is_ok(), is_held && self.now < expires_at);
                if told.is_ok() {
                    self.confirmed.push(appointment);
                }
            }
            Step::Moves { hold, appointment }
                if !self.holds.is_empty() && !self.confirmed.is_empty() =>
            {
                let (id, _) = *hold.get(&self.holds);
                let appointment = *appointment.get(&self.confirmed);
                let before = self.schedule.clone();
                if self.schedule.relocate(id, appointment, self.now).is_err() {
                    assert_eq!(self.schedule, before);
                }
            }
            Step::Releases(which) if !self.holds.is_empty() => {
                self.schedule.release(which.get(&self.holds).0);
            }
            Step::Cancels(which) if !self.confirmed.is_empty() => {
                let index = which.index(self.confirmed.len());
                self.schedule.free(self.confirmed.remove(index));
            }
            Step::Places { minute, length } => {
                let starts_at = self.now.plus(minutes(*minute));
                let placement = Placement {
                    slot_id: SlotId(Uuid::from_u128(0x9_0000 + self.made)),
                    hold_id: HoldId(Uuid::from_u128(0x8_0000 + self.made)),
                    appointment_id: appointment(self.made),
                    starts_at,
                    ends_at: starts_at.plus(minutes(*length)),
                };
                if let Ok(claim) = place(&self.schedule, somebody(), placement, self.now) {
                    self.schedule.apply(claim);
                    self.confirmed.push(placement.appointment_id);
                }
            }
            Step::Waits(some) => self.now = self.now.plus(minutes(*some)),
            Step::Expires => self.schedule.expire(self.now),
            Step::Confirms(_) | Step::Moves { .. } | Step::Releases(_) | Step::Cancels(_) => {}
        }
    }

    fn holds_something(&self, id: HoldId) -> bool {
        let held = |it: &&Claim| it.hold_id == id && matches!(it.state, ClaimState::Held { .. });
        self.schedule.claims.iter().any(|it| held(&it))
    }

    fn live(&self) -> Vec<&Claim> {
        self.schedule.claims.iter().filter(|it| it.is_live(self.now)).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// SC-1, and every confirmed appointment has exactly one claim: nothing acknowledged is lost or doubled.
    #[test]
    fn no_human_is_in_two_places(steps in prop::collection::vec(step(), 1..40)) {
        let mut clinic = Clinic::opens();
        for step in &steps {
            clinic.takes(step);
            let live = clinic.live();
            for (index, one) in live.iter().enumerate() {
                for other in live.iter().skip(index + 1) {
                    prop_assert!(!one.collides_with(other), "{one:?} {other:?}");
                    prop_assert!(one.group != other.group || one.seat != other.seat);
                }
            }
            for appointment in &clinic.confirmed {
                let claims = live.iter().filter(|it| it.state == ClaimState::Busy(*appointment));
                prop_assert_eq!(claims.count(), 1);
            }
        }
    }
}

#[test]
fn a_hold_that_ends_at_the_instant_of_its_confirmation_has_ended() {
    let now = at("2026-06-01T06:30:00Z");
    let ends = now.plus(minutes(5));
    let mut schedule = open(vec![daily("Europe/Berlin", 9 * 60, 12 * 60)]);
    let begin = at("2026-06-01T07:00:00Z");
    let new = hold(1, ends);
    let (claim, _) = claim_for(&schedule, &service(), somebody(), begin, now, new).unwrap();
    schedule.apply(claim);
    let just_before = UnixMillis(ends.0 - 1);
    let mut in_time = schedule.clone();
    assert_eq!(in_time.confirm(new.hold_id, &[appointment(1)], just_before), Ok(()));
    assert_eq!(in_time.claims[0].state, ClaimState::Busy(appointment(1)));
    assert_eq!(in_time.next_expiry(), None);
    let refusal = schedule.confirm(new.hold_id, &[appointment(1)], ends);
    assert_eq!(refusal, Err(Refusal::HoldExpired));
    assert_eq!(schedule.next_expiry(), Some(ends));
    // And at that instant, somebody else can have it.
    let other = hold(2, ends.plus(minutes(5)));
    let claim = |now| claim_for(&schedule, &service(), somebody(), begin, now, other).map(|_| ());
    assert_eq!(claim(just_before), Err(Refusal::Taken));
    assert_eq!(claim(ends), Ok(()));
}

#[test]
fn a_hold_is_used_once_and_for_as_many_appointments_as_it_has_claims() {
    let now = at("2026-06-01T06:30:00Z");
    let mut schedule = open(vec![daily("Europe/Berlin", 9 * 60, 12 * 60)]);
    let ends = now.plus(minutes(5));
    for (number, begin) in [(1, "2026-06-08T07:00:00Z"), (2, "2026-06-01T07:00:00Z")] {
        let new = NewHold { hold_id: hold(9, ends).hold_id, ..hold(number, ends) };
        let (claim, _) = claim_for(&schedule, &service(), somebody(), at(begin), now, new).unwrap();
        schedule.apply(claim);
    }
    let id = hold(9, ends).hold_id;
    assert_eq!(schedule.confirm(id, &[appointment(1)], now), Err(Refusal::HoldExpired));
    assert_eq!(schedule.confirm(id, &[appointment(1), appointment(2)], now), Ok(()));
    // By begin, not by the order of making.
    let first = schedule.claims.iter().find(|it| it.starts_at == at("2026-06-01T07:00:00Z"));
    assert_eq!(first.unwrap().state, ClaimState::Busy(appointment(1)));
    let again = schedule.confirm(id, &[appointment(3), appointment(4)], now);
    assert_eq!(again, Err(Refusal::HoldExpired));
    schedule.release(id);
    assert_eq!(schedule.claims.len(), 2, "what is booked is not released");
}

#[test]
fn a_move_takes_the_new_time_and_frees_the_old_one() {
    let now = at("2026-06-01T06:30:00Z");
    let mut schedule = open(vec![daily("Europe/Berlin", 9 * 60, 12 * 60)]);
    let take = |schedule: &mut Schedule, number, begin| {
        let new = hold(number, now.plus(minutes(5)));
        let claim = claim_for(schedule, &service(), somebody(), at(begin), now, new).unwrap().0;
        schedule.apply(claim);
        new.hold_id
    };
    let first = take(&mut schedule, 1, "2026-06-01T07:00:00Z");
    schedule.confirm(first, &[appointment(1)], now).unwrap();
    let second = take(&mut schedule, 2, "2026-06-02T07:00:00Z");
    schedule.relocate(second, appointment(1), now).unwrap();
    let begins: Vec<UnixMillis> = schedule.claims.iter().map(|it| it.starts_at).collect();
    assert_eq!(begins, [at("2026-06-02T07:00:00Z")]);
    assert_eq!(schedule.claims[0].state, ClaimState::Busy(appointment(1)));
}

#[test]
fn every_refusal_has_its_fault() {
    use crate::protocol::fault::{Fault, FaultCode};
    let code = |it: Refusal| Fault::from(it).code;
    for refusal in [
        Refusal::ServiceClosed,
        Refusal::InThePast,
        Refusal::TooSoon,
        Refusal::TooFar,
        Refusal::NotOffered,
    ] {
        assert_eq!(code(refusal), FaultCode::NotOffered);
    }
    assert_eq!(code(Refusal::Taken), FaultCode::SlotTaken);
    assert_eq!(code(Refusal::GroupFull), FaultCode::SlotTaken);
    assert_eq!(code(Refusal::HoldExpired), FaultCode::HoldExpired);
    assert_eq!(code(Refusal::LicenceRequired), FaultCode::LicenceRequired);
    assert_eq!(code(Refusal::HasBegun), FaultCode::NotAllowedNow);
    assert_eq!(code(Refusal::IsOver), FaultCode::NotAllowedNow);
    let fault = Fault::from(Flaw::ImpossibleDate.of("valid_from"));
    assert_eq!((fault.code, fault.field.as_deref()), (FaultCode::InvalidValue, Some("valid_from")));
}
