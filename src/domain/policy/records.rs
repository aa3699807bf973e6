//! Who may see what of a patient's record.
//!
//! Owns: the one rule over everything that counts: role, treating, being called in, sharing, licence, profession, an emergency; for
//! each class of fields. Invariants: nothing is allowed that no line here allows. An emergency, another relation or a wider sharing never
//! takes anything away. Whoever sees nothing is told that there is no such record (404); who sees something and asks for what they
//! may not see is told so (403). Does not: read anything: what counts is given to it.

use crate::protocol::chart::Basis;
use crate::protocol::fault::FaultCode;
use crate::protocol::sharing::{Audience, FieldClass, Sharing};
use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// How long after the end of their last appointment a clinician treats a patient: a check-up comes once a year.
pub const TREATS_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// The specialty of who nurses. Whoever has no other is a nurse.
pub const NURSING: &str = "nursing";

/// How a clinician stands to a patient; each is more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// Not at all.
    None,
    /// They were called into a conversation of the patient, and are in it; or they made an appointment for the patient by themselves,
    /// which nobody but they have said yes to.
    CareTeam,
    /// They have an appointment with the patient that both sides know of, or had one within [`TREATS_FOR`].
    Treating,
}

/// What a clinician is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profession {
    /// Whoever nurses and does nothing else.
    Nurse,
    /// Everybody else who treats.
    Specialist,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The patient.
    Owner,
    /// A clinician with an account, or by a link into their own visit.
    Clinician {
        /// How they stand to the patient.
        relation: Relation,
        /// What they are.
        profession: Profession,
        /// A licence of theirs holds where the patient lives; also where nobody knows where that is.
        is_licensed: bool,
    },
    /// An interpreter, or a guest of a visit, who was admitted to it.
    Helper,
    /// Anybody else: administrators and support included.
    Nobody,
}

/// Everything that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Who asks.
    pub asker: Asker,
    /// What the patient shares.
    pub sharing: Sharing,
    /// The consent to be told to clinicians who do not treat is given.
    pub consents_to_sharing: bool,
    /// The asker has opened this record in an emergency, and it is not over.
    pub has_grant: bool,
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// All that was asked for.
    Allow,
    /// Only these.
    AllowFields(Vec<FieldClass>),
    /// Nothing: not found, or forbidden.
    Deny(FaultCode),
}

/// What is known of a clinician and a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Between {
    /// When the last appointment ends that both sides know of.
    pub last_visit_ends: Option<UnixMillis>,
    /// When the last one ends that the clinician made alone.
    pub last_arranged_ends: Option<UnixMillis>,
    /// The clinician is in a conversation of the patient.
    pub is_member: bool,
}

/// How a clinician stands to a patient at this moment. Nobody opens a whole record by writing an appointment into their own
/// calendar: that makes them one of those who care for the patient, until the two have met or somebody else has agreed.
#[must_use]
pub fn relation(between: Between, now: UnixMillis) -> Relation {
    let counts = |it: Option<UnixMillis>| it.is_some_and(|ends| now < ends.plus(TREATS_FOR));
    if counts(between.last_visit_ends) {
        return Relation::Treating;
    }
    match between.is_member || counts(between.last_arranged_ends) {
        true => Relation::CareTeam,
        false => Relation::None,
    }
}

/// What somebody with these specialties is.
#[must_use]
pub fn profession(specialties: &[String]) -> Profession {
    let nurses = |it: &String| it.trim().eq_ignore_ascii_case(NURSING);
    match !specialties.is_empty() && specialties.iter().all(nurses) {
        true => Profession::Nurse,
        false => Profession::Specialist,
    }
}

/// What is about health, and is practised on: without a licence where the patient lives nobody who does not treat them sees it.
const fn is_clinical(class: FieldClass) -> bool {
    matches!(class, FieldClass::Complaint | FieldClass::Visits | FieldClass::Messages)
}

/// What a nurse who was called in needs: whom they care for, how to reach them, and what it is about.
const fn is_for_nurses(class: FieldClass) -> bool {
    match class {
        FieldClass::Identity
        | FieldClass::Contact
        | FieldClass::Complaint
        | FieldClass::Messages => true,
        FieldClass::Insurance | FieldClass::Visits => false,
    }
}

impl Facts {
    /// Whether a class may be seen, and why. The strongest reason is told, an emergency last of all: what somebody may see
    /// anyhow is not read under it. The owner needs none, and a helper has none but the visit.
    #[must_use]
    pub fn basis(&self, class: FieldClass) -> Option<Basis> {
        let Asker::Clinician { relation, profession, is_licensed } = self.asker else {
            return None;
        };
        if relation == Relation::Treating {
            return Some(Basis::Treating);
        }
        let shared = self.sharing.of(class);
        let is_nurse = profession == Profession::Nurse;
        let may_practise = is_licensed || !is_clinical(class);
        if may_practise {
            let is_called = relation == Relation::CareTeam && (!is_nurse || is_for_nurses(class));
            if is_called && shared >= Audience::CareTeam {
                return Some(Basis::CareTeam);
            }
            if shared >= Audience::Clinicians && self.consents_to_sharing && !is_nurse {
                return Some(Basis::Shared);
            }
        }
        self.has_grant.then_some(Basis::Emergency)
    }

    /// Whether a class may be seen.
    #[must_use]
    pub fn may_see(&self, class: FieldClass) -> bool {
        match self.asker {
            Asker::Owner => true,
            Asker::Clinician { .. } => self.basis(class).is_some(),
            Asker::Helper => match class {
                FieldClass::Complaint => self.sharing.helpers.complaint,
                FieldClass::Messages => self.sharing.helpers.messages,
                _ => false,
            },
            Asker::Nobody => false,
        }
    }

    /// About what somebody was not called into: other conversations than those that they are in. For these being called in is no
    /// reason.
    #[must_use]
    pub fn outside(self) -> Facts {
        match self.asker {
            Asker::Clinician { relation: Relation::CareTeam, profession, is_licensed } => Facts {
                asker: Asker::Clinician { relation: Relation::None, profession, is_licensed },
                ..self
            },
            _ => self,
        }
    }

    /// About all messages, whether somebody is in the conversation or not.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`] or [`FaultCode::Forbidden`].
    pub fn must_see_all_messages(&self) -> Result<(), FaultCode> {
        if self.outside().may_see(FieldClass::Messages) {
            return Ok(());
        }
        self.must_see(FieldClass::Messages).and(Err(FaultCode::Forbidden))
    }

    /// About one class.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`] or [`FaultCode::Forbidden`].
    pub fn must_see(&self, class: FieldClass) -> Result<(), FaultCode> {
        match self.decide(&[class]) {
            Decision::Deny(code) => Err(code),
            Decision::Allow | Decision::AllowFields(_) => Ok(()),
        }
    }

    /// About several classes at once.
    #[must_use]
    pub fn decide(&self, wanted: &[FieldClass]) -> Decision {
        let shown: Vec<_> = wanted.iter().copied().filter(|it| self.may_see(*it)).collect();
        if shown.is_empty() {
            let knows = FieldClass::ALL.into_iter().any(|it| self.may_see(it));
            return Decision::Deny(if knows { FaultCode::Forbidden } else { FaultCode::NotFound });
        }
        match shown.len() == wanted.len() {
            true => Decision::Allow,
            false => Decision::AllowFields(shown),
        }
    }
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
