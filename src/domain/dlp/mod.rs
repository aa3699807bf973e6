//! What may not belong into a message, a name or a file, and what follows from finding it.
//!
//! Owns: the detectors ([`numbers`] with check digits, [`secrets`], [`people`]) and the policy: for each kind and side allow, warn
//! or block. Invariants: pure; a finding is a kind and a count, never what it said; what has a check digit is found only when
//! that is right. Nothing is looked up: whether an address belongs to somebody with an account cannot be learned by writing it.
//! Does not: promise to find everything. It is for mistakes, not for whoever means it.

use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{DetectorKind, Finding};
use crate::protocol::person::Role;
use std::collections::BTreeMap;

mod numbers;
mod people;
mod secrets;
#[cfg(test)]
mod tests;

/// Findings of one kind are counted so far and no further.
const MOST: u32 = 99;

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing.
    Allow,
    /// It is taken when whoever writes says why.
    Warn,
    /// It is not taken.
    Block,
}

/// What follows for one side of a conversation; what is not named is allowed.
pub type Actions = BTreeMap<DetectorKind, Action>;

/// What follows from what, for whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// For who is treated, and who helps them.
    pub patient: Actions,
    /// For who treats, and everybody else.
    pub clinic: Actions,
}

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to say.
    Clear,
    /// Something to warn of.
    Warned(Vec<Finding>),
    /// Something that is not taken.
    Blocked(Vec<Finding>),
}

impl Policy {
    /// What follows from what was found.
    pub fn judge(&self, findings: &[Finding], role: Role) -> Verdict {
        let actions = match role {
            Role::Patient | Role::Caregiver => &self.patient,
            Role::Clinician | Role::Colleague | Role::Interpreter | Role::Admin | Role::Support => {
                &self.clinic
            }
        };
        let of = |it: &Finding| actions.get(&it.kind).copied().unwrap_or(Action::Allow);
        let with = |action| findings.iter().filter(|it| of(it) == action).copied().collect();
        let (blocked, warned): (Vec<_>, Vec<_>) = (with(Action::Block), with(Action::Warn));
        if !blocked.is_empty() {
            Verdict::Blocked(blocked)
        } else if !warned.is_empty() {
            Verdict::Warned(warned)
        } else {
            Verdict::Clear
        }
    }
}

impl Verdict {
    /// What was overridden, if anything.
    ///
    /// # Errors
    /// [`FaultCode::ContentBlocked`]; [`FaultCode::ContentWarned`] unless that is overridden.
    pub fn passed(self, is_overridden: bool) -> Result<Vec<Finding>, Fault> {
        match self {
            Verdict::Clear => Ok(vec![]),
            Verdict::Warned(findings) if is_overridden => Ok(findings),
            Verdict::Warned(findings) => {
                let findings = findings.into();
                Err(Fault { findings, ..Fault::new(FaultCode::ContentWarned) })
            }
            Verdict::Blocked(findings) => {
                let findings = findings.into();
                Err(Fault { findings, ..Fault::new(FaultCode::ContentBlocked) })
            }
        }
    }
}

/// Spaces that keep words together, or are narrower than others: people do not see the difference.
const SPACES: &[char] = &[
    '\u{A0}', '\u{2000}', '\u{2001}', '\u{2002}', '\u{2003}', '\u{2004}', '\u{2005}', '\u{2006}',
    '\u{2007}', '\u{2008}', '\u{2009}', '\u{200A}', '\u{202F}', '\u{205F}', '\u{3000}',
];

/// What is found in the name of a file, in which a line stands where a text has a space.
pub fn find_in_name(name: &str) -> Vec<Finding> {
    let mut found = find(name);
    for other in find(&name.replace('_', " ")) {
        match found.iter_mut().find(|it| it.kind == other.kind) {
            Some(known) => known.count = known.count.max(other.count),
            None => found.push(other),
        }
    }
    found
}

/// What is found in a text, by kind.
pub fn find(text: &str) -> Vec<Finding> {
    if text.contains(SPACES) {
        return find(&text.replace(SPACES, " "));
    }
    let counts = [
        (DetectorKind::PaymentCard, numbers::payment_cards(text)),
        (DetectorKind::NationalId, numbers::national_ids(text)),
        (DetectorKind::PrivateKey, secrets::private_keys(text)),
        (DetectorKind::AccessKey, secrets::access_keys(text)),
        (DetectorKind::Token, secrets::tokens(text)),
        (DetectorKind::Password, secrets::passwords(text)),
        (DetectorKind::RecordNumber, people::record_numbers(text)),
        (DetectorKind::OtherPeople, people::lists(text)),
    ];
    let found = counts.into_iter().filter(|(_, count)| *count > 0);
    found
        .map(|(kind, count)| {
            let count = u32::try_from(count).unwrap_or(MOST).min(MOST);
            Finding { kind, count }
        })
        .collect()
}

/// Of several texts together.
pub fn add(mut findings: Vec<Finding>, more: &[Finding]) -> Vec<Finding> {
    for it in more {
        match findings.iter_mut().find(|known| known.kind == it.kind) {
            Some(known) => known.count = known.count.saturating_add(it.count).min(MOST),
            None => findings.push(*it),
        }
    }
    findings
}
