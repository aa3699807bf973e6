//! Cancelling: by the clinic until it has taken place, by the patient until it begins.

use super::rules::{Decided, of_visit};
use super::{By, Closed, Refusal, Visit};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::AttendanceKind as Kind;

impl Visit {
    /// It will not take place. Whoever waits is told; what has taken place cannot be cancelled.
    pub fn cancel(&self, by: By, now: UnixMillis) -> Decided {
        let by = match by {
            By::Member(id) => {
                let member = self.member(id)?;
                let is_patient = member.role == Role::Patient;
                if !member.is_host() && !is_patient {
                    return Err(Refusal::NotHost);
                }
                if is_patient && self.closed.is_none() && now >= self.facts.starts_at {
                    return Err(Refusal::HasBegun);
                }
                Some(id)
            }
            By::Admin | By::Hub => None,
        };
        if self.closed == Some(Closed::Cancelled) {
            return Ok(vec![]);
        }
        self.must_not_be_closed()?;
        if self.call_started_at.is_some() {
            return Err(Refusal::PatientIsThere);
        }
        Ok(vec![of_visit(Kind::Cancelled, by, now)])
    }
}
