//! What is paid before an appointment is booked: its states, what the provider's word means, and what is to be done next.
//!
//! Owns: those rules. Invariants: money is taken (captured) only after the appointment was saved; what was reserved for a hold
//! that ended is given back; the provider's word counts only for the sum that is owed. No card, no name and no reason is known
//! here. Does not: ask the provider, or save.

use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// How long a time stays held from the moment at which somebody goes to pay: a card, a telephone for its second factor, and a
/// second try.
pub const PAY_FOR: Duration = Duration::from_secs(10 * 60);
/// The longest that a time is ever held, counted from when it was: nobody keeps a time by paying slowly.
pub const LONGEST_HOLD: Duration = Duration::from_secs(15 * 60);

/// Where a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The person has not finished at the provider.
    Pending,
    /// It was declined; the person may try again.
    Declined,
    /// The sum is reserved. Nothing is taken yet.
    Authorised,
    /// What is reserved is to be given back.
    Voiding,
    /// It was given back, or never reserved. Nothing was taken.
    Voided,
    /// The appointment is saved; the sum is to be taken.
    Booked,
    /// It was taken.
    Captured,
    /// The provider does not let it be taken; somebody has to look.
    Uncollected,
    /// It is to be paid back.
    Refunding,
    /// It was paid back.
    Refunded,
    /// The appointment was cancelled too late to be paid back.
    Kept,
}

impl State {
    /// Every state.
    pub const ALL: [State; 11] = [
        State::Pending,
        State::Declined,
        State::Authorised,
        State::Voiding,
        State::Voided,
        State::Booked,
        State::Captured,
        State::Uncollected,
        State::Refunding,
        State::Refunded,
        State::Kept,
    ];

    /// As in the tables and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Declined => "declined",
            State::Authorised => "authorised",
            State::Voiding => "voiding",
            State::Voided => "voided",
            State::Booked => "booked",
            State::Captured => "captured",
            State::Uncollected => "uncollected",
            State::Refunding => "refunding",
            State::Refunded => "refunded",
            State::Kept => "kept",
        }
    }

    /// The state of that name.
    pub fn parse(text: &str) -> Option<Self> {
        State::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether the person can still do something about it.
    pub const fn is_open(self) -> bool {
        matches!(self, State::Pending | State::Declined)
    }
}

/// A sum, in the smallest unit of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum<'a> {
    /// How many.
    pub amount_minor: u32,
    /// ISO 4217.
    pub currency: &'a str,
}

/// What the provider says of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not finished.
    Open,
    /// The last try was declined.
    Declined,
    /// Reserved.
    Authorised,
    /// Taken.
    Captured,
    /// Given back before it was taken.
    Voided,
    /// Paid back.
    Refunded,
}

/// Until when a time is held while its payment is under way.
pub fn held_until(created_at: UnixMillis, expires_at: UnixMillis, now: UnixMillis) -> UnixMillis {
    let wanted = now.plus(PAY_FOR).min(created_at.plus(LONGEST_HOLD));
    expires_at.max(wanted)
}

/// What a payment that is open becomes by the provider's word. A sum that is not the one that is owed reserves nothing for us:
/// it is given back.
pub fn heard(owed: Sum<'_>, said: Sum<'_>, standing: Standing) -> State {
    match standing {
        Standing::Open => State::Pending,
        Standing::Declined => State::Declined,
        Standing::Authorised if owed == said => State::Authorised,
        Standing::Authorised | Standing::Captured => State::Voiding,
        Standing::Voided | Standing::Refunded => State::Voided,
    }
}

/// How an appointment that was paid for was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled {
    /// By whom.
    pub by: Side,
    /// When.
    pub at: UnixMillis,
    /// The begin by which that is judged; see [`judged_begin`].
    pub starts_at: UnixMillis,
}

/// A time that an appointment got, when it was booked or when it was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// By whom.
    pub by: Side,
    /// When.
    pub at: UnixMillis,
    /// Begin, from then on.
    pub starts_at: UnixMillis,
}

/// Who changed an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The patient.
    Patient,
    /// Anybody of the clinic.
    Clinic,
}

/// What is to be done about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Look again then.
    Wait(UnixMillis),
    /// Give back what is reserved.
    Void,
    /// Take it.
    Capture,
    /// Pay it back.
    Refund,
    /// Nothing is paid back.
    Keep,
    /// Nothing.
    Rest,
}

/// The begin by which a cancellation is judged, of the times that an appointment had, in their order. Who moves away from a time
/// when it is too late to cancel it is judged by that time still, or one would move first and then cancel for nothing; until the
/// clinic sets another time.
pub fn judged_begin(times: &[Agreed], notice: Duration) -> Option<UnixMillis> {
    times.iter().fold(None, |judged, it| match judged {
        Some(begin) if it.by == Side::Patient && it.at.plus(notice) > begin => Some(begin),
        _ => Some(it.starts_at),
    })
}

/// Decides. `hold_ends` is when the hold ends, unless it has; `notice` how long before its begin a patient's cancellation is paid
/// back.
pub fn next_step(
    state: State,
    hold_ends: Option<UnixMillis>,
    cancelled: Option<Cancelled>,
    notice: Duration,
) -> Step {
    let is_paid_back = |it: Cancelled| match it.by {
        Side::Clinic => true,
        Side::Patient => it.at.plus(notice) <= it.starts_at,
    };
    match (state, cancelled) {
        (State::Pending | State::Declined | State::Authorised, _) => {
            hold_ends.map_or(Step::Void, Step::Wait)
        }
        (State::Voiding, _) => Step::Void,
        (State::Booked, Some(it)) if is_paid_back(it) => Step::Void,
        (State::Booked, _) => Step::Capture,
        (State::Captured, Some(it)) if is_paid_back(it) => Step::Refund,
        (State::Captured, Some(_)) => Step::Keep,
        (State::Refunding, _) => Step::Refund,
        (
            State::Captured | State::Voided | State::Uncollected | State::Refunded | State::Kept,
            _,
        ) => Step::Rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const MINUTE: Duration = Duration::from_secs(60);

    const fn euros(amount_minor: u32) -> Sum<'static> {
        Sum { amount_minor, currency: "EUR" }
    }

    #[rstest]
    #[case(0, 10)]
    #[case(4, 14)]
    #[case(5, 15)]
    #[case(9, 15)]
    #[case(20, 15)]
    fn a_hold_is_longer_within_a_bound(#[case] begun: u32, #[case] until: u32) {
        let held = held_until(NOW, NOW.plus(5 * MINUTE), NOW.plus(begun * MINUTE));
        assert_eq!(held, NOW.plus(until * MINUTE));
        assert_eq!(
            held_until(NOW, NOW.plus(99 * MINUTE), NOW),
            NOW.plus(99 * MINUTE),
            "never less"
        );
    }

    #[rstest]
    #[case(Standing::Open, State::Pending)]
    #[case(Standing::Declined, State::Declined)]
    #[case(Standing::Authorised, State::Authorised)]
    #[case(Standing::Captured, State::Voiding)]
    #[case(Standing::Voided, State::Voided)]
    fn the_word_of_the_provider(#[case] standing: Standing, #[case] state: State) {
        assert_eq!(heard(euros(4_500), euros(4_500), standing), state);
    }

    #[test]
    fn another_sum_reserves_nothing_for_us() {
        for said in [euros(4_499), euros(4_501), Sum { currency: "JPY", ..euros(4_500) }] {
            assert_eq!(heard(euros(4_500), said, Standing::Authorised), State::Voiding);
        }
    }

    #[test]
    fn what_is_to_be_done() {
        let cancelled = |by, before| Some(Cancelled { by, at: NOW, starts_at: NOW.plus(before) });
        let early = cancelled(Side::Patient, DAY);
        let late = cancelled(Side::Patient, DAY - MINUTE);
        let clinic = cancelled(Side::Clinic, MINUTE);
        let step = |state, hold, cancelled| next_step(state, hold, cancelled, DAY);
        for state in [State::Pending, State::Declined, State::Authorised] {
            assert_eq!(step(state, Some(NOW), None), Step::Wait(NOW));
            assert_eq!(step(state, None, None), Step::Void);
        }
        assert_eq!(step(State::Booked, None, None), Step::Capture);
        assert_eq!(step(State::Booked, None, early), Step::Void);
        assert_eq!(step(State::Booked, None, clinic), Step::Void);
        assert_eq!(step(State::Booked, None, late), Step::Capture, "and kept");
        assert_eq!(step(State::Captured, None, None), Step::Rest);
        assert_eq!(step(State::Captured, None, early), Step::Refund);
        assert_eq!(step(State::Captured, None, clinic), Step::Refund);
        assert_eq!(step(State::Captured, None, late), Step::Keep);
        for state in [State::Voided, State::Refunded, State::Kept, State::Uncollected] {
            assert_eq!(step(state, Some(NOW), early), Step::Rest);
        }
    }

    #[test]
    fn who_moves_too_late_is_judged_by_the_time_before() {
        let agreed =
            |by, at, starts_at| Agreed { by, at: NOW.plus(at), starts_at: NOW.plus(starts_at) };
        let booked = agreed(Side::Patient, Duration::ZERO, 3 * DAY);
        let in_time = agreed(Side::Patient, 2 * DAY, 9 * DAY);
        let late = agreed(Side::Patient, 2 * DAY + MINUTE, 9 * DAY);
        let once_more = agreed(Side::Patient, 3 * DAY, 20 * DAY);
        let by_clinic = agreed(Side::Clinic, 3 * DAY, 12 * DAY);
        let judged = |times: &[Agreed]| judged_begin(times, DAY).map(|it| it.since(NOW));
        assert_eq!(judged(&[]), None);
        assert_eq!(judged(&[booked]), Some(3 * DAY));
        assert_eq!(judged(&[booked, in_time]), Some(9 * DAY));
        assert_eq!(judged(&[booked, late]), Some(3 * DAY));
        assert_eq!(judged(&[booked, late, once_more]), Some(3 * DAY), "nor by moving twice");
        assert_eq!(judged(&[booked, in_time, once_more]), Some(20 * DAY));
        assert_eq!(judged(&[booked, late, by_clinic]), Some(12 * DAY), "a time of the clinic's");
        assert_eq!(judged(&[booked, by_clinic]), Some(12 * DAY));
    }

    #[test]
    fn every_state_is_read_as_it_was_written() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }
}
