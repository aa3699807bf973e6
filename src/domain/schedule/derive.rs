//! Instants derived anew after a zone's law has changed.
//!
//! Owns: which appointments keep their wall time by changing their instant. Invariant: what people agreed on is the wall
//! time in its zone; the instant follows.
//! Does not: save or tell; whether the new instant is free is for the schedule's owner.

use super::refusal::Refusal;
use super::zone::{Resolved, WallTime, Zone};
use crate::protocol::ids::AppointmentId;
use crate::protocol::time::UnixMillis;

#[cfg(test)]
mod tests;

/// What was agreed, and which instant it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// Which.
    pub appointment_id: AppointmentId,
    /// IANA zone.
    pub time_zone: String,
    /// Wall time, `YYYY-MM-DDTHH:MM`.
    pub local_start: String,
    /// Its instant by the database of that day.
    pub starts_at: UnixMillis,
}

/// What an appointment's instant has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derived {
    /// It is the same.
    Unchanged,
    /// The wall time is another instant now.
    Moved(UnixMillis),
    /// The wall time does not exist any more; the instant is what RFC 5545 makes of it, and the clocks show another
    /// time at it.
    Skipped(UnixMillis),
}

/// An appointment whose instant changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub appointment_id: AppointmentId,
    /// Its instant so far.
    pub from: UnixMillis,
    /// Its instant from now on.
    pub to: UnixMillis,
    /// Whether the wall time that was agreed does not exist any more.
    pub is_skipped: bool,
}

/// The instant of one agreed wall time by the present database. Of a wall time that comes twice, the instant that was
/// agreed stays; when it is neither of the two, it becomes the nearer one.
///
/// # Errors
/// A flaw of `time_zone` or `local_start`: somebody has to look at it.
pub fn derive(time_zone: &str, local_start: &str, old: UnixMillis) -> Result<Derived, Refusal> {
    let zone = Zone::parse(time_zone)?;
    let wall = WallTime::parse(local_start).map_err(|flaw| flaw.of("local_start"))?;
    // What was agreed to the second stays so.
    let second = UnixMillis(old.0.rem_euclid(60_000)).since(UnixMillis(0));
    let new = match zone.instant(wall) {
        Resolved::Once(at) => at,
        Resolved::Twice { earlier, later } => {
            let distance = |it: UnixMillis| it.plus(second).0.abs_diff(old.0);
            if distance(later) < distance(earlier) { later } else { earlier }
        }
        Resolved::Never { shifted, .. } => return Ok(Derived::Skipped(shifted.plus(second))),
    };
    let new = new.plus(second);
    Ok(if new == old { Derived::Unchanged } else { Derived::Moved(new) })
}

/// What of a list has moved, and what of it could not be derived at all.
pub fn derive_all(agreed: &[Agreed]) -> (Vec<Change>, Vec<(AppointmentId, Refusal)>) {
    let mut changes = Vec::new();
    let mut unreadable = Vec::new();
    for it in agreed {
        let change = |to: UnixMillis, is_skipped: bool| Change {
            appointment_id: it.appointment_id,
            from: it.starts_at,
            to,
            is_skipped,
        };
        match derive(&it.time_zone, &it.local_start, it.starts_at) {
            Ok(Derived::Unchanged) => {}
            Ok(Derived::Moved(to)) => changes.push(change(to, false)),
            Ok(Derived::Skipped(to)) => changes.push(change(to, true)),
            Err(refusal) => unreadable.push((it.appointment_id, refusal)),
        }
    }
    (changes, unreadable)
}
