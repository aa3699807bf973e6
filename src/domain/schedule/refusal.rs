//! [`Refusal`]: why something cannot be entered, offered, claimed, moved or cancelled, and its way to a fault.
//!
//! Owns: the words. Invariants: a refusal says the state, never a value that was entered; every flaw of something
//! entered carries the field that has it; the mapping to faults is this one.
//! Does not: decide.

use crate::protocol::fault::{Fault, FaultCode};

/// What is wrong with something that a person entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub enum Flaw {
    /// Not a zone of the database that is compiled in.
    UnknownZone,
    /// Not a date, such as 30 February.
    ImpossibleDate,
    /// Not a wall time.
    ImpossibleTime,
    /// Outside of the years that schedules have.
    YearOutOfRange,
    /// The end is not after the begin.
    EndsBeforeItStarts,
    /// The hours fall on a wall time that is skipped, so that nothing is left of them.
    SkippedByTheClocks,
    /// The rule cannot be read, or uses a part that is not offered.
    UnreadableRecurrence,
    /// The rule is readable and matches no day in the years that it is valid.
    NamesNoDay,
    /// Two templates would open the same time for the same service.
    OverlapsOtherHours,
    /// Not whole minutes.
    NotWholeMinutes,
    /// A number, length or list outside its bounds; the sentence names them.
    OutOfBounds(&'static str),
    /// A text or code of the wrong shape; the sentence says which shape.
    Misshapen(&'static str),
}

impl Flaw {
    /// The sentence for developers.
    pub const fn sentence(self) -> &'static str {
        match self {
            Flaw::UnknownZone => "This is not the name of an IANA time zone.",
            Flaw::ImpossibleDate => "A date that exists, written YYYY-MM-DD.",
            Flaw::ImpossibleTime => "A date and time that exist, written YYYY-MM-DDTHH:MM.",
            Flaw::YearOutOfRange => "The year must be from 2000 to 2199.",
            Flaw::EndsBeforeItStarts => "The end must be after the begin.",
            Flaw::SkippedByTheClocks => "The clocks skip this time; nothing is left of it.",
            Flaw::UnreadableRecurrence => {
                "Not a recurrence rule of days: DAILY, WEEKLY, MONTHLY or YEARLY, without times."
            }
            Flaw::NamesNoDay => "This recurrence names no day.",
            Flaw::OverlapsOtherHours => "These hours overlap other hours of the same services.",
            Flaw::NotWholeMinutes => "Whole minutes.",
            Flaw::OutOfBounds(sentence) | Flaw::Misshapen(sentence) => sentence,
        }
    }

    /// As a refusal of that field.
    pub const fn of(self, field: &'static str) -> Refusal {
        Refusal::Flawed { field, flaw: self }
    }
}

/// Why something cannot be done with a schedule. Says the state, not the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was entered is wrong.
    #[error("{field}: {flaw}")]
    Flawed {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// The service cannot be booked any more.
    #[error("service not bookable")]
    ServiceClosed,
    /// The begin is in the past.
    #[error("in the past")]
    InThePast,
    /// The begin is nearer than the service's notice.
    #[error("inside the notice")]
    TooSoon,
    /// The begin is beyond the service's horizon.
    #[error("beyond the horizon")]
    TooFar,
    /// No hours, or not at a time at which appointments of this service begin.
    #[error("not offered")]
    NotOffered,
    /// Somebody has the time, buffers included.
    #[error("taken")]
    Taken,
    /// Every seat of the group is taken.
    #[error("group full")]
    GroupFull,
    /// The hold has ended, was released, or was used.
    #[error("hold expired")]
    HoldExpired,
    /// No valid licence covers the place where the patient will be.
    #[error("licence required")]
    LicenceRequired,
    /// It has begun.
    #[error("has begun")]
    HasBegun,
    /// It is over.
    #[error("is over")]
    IsOver,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        let fault = |code: FaultCode, why: &'static str| Fault::new(code).because(why);
        match refusal {
            Refusal::Flawed { field, flaw } => Fault::invalid(field, flaw.sentence()),
            Refusal::ServiceClosed => {
                fault(FaultCode::NotOffered, "This service cannot be booked any more.")
            }
            Refusal::InThePast => fault(FaultCode::NotOffered, "That time has passed."),
            Refusal::TooSoon => {
                fault(FaultCode::NotOffered, "That time is nearer than the service's notice.")
            }
            Refusal::TooFar => {
                fault(FaultCode::NotOffered, "That time is beyond the service's horizon.")
            }
            Refusal::NotOffered => FaultCode::NotOffered.into(),
            Refusal::Taken => FaultCode::SlotTaken.into(),
            Refusal::GroupFull => {
                fault(FaultCode::SlotTaken, "Every seat of this appointment time is taken.")
            }
            Refusal::HoldExpired => FaultCode::HoldExpired.into(),
            Refusal::LicenceRequired => FaultCode::LicenceRequired.into(),
            Refusal::HasBegun => fault(FaultCode::NotAllowedNow, "The appointment has begun."),
            Refusal::IsOver => fault(FaultCode::NotAllowedNow, "The appointment is over."),
        }
    }
}
