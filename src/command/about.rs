//! What turns out about a call while it is done, for the audit log.
//!
//! Invariant: each is said once; what is said later changes nothing. Does not: write rows (`record`).

use super::Call;
use crate::protocol::ids::{GrantId, OrganisationId, PersonId};
use crate::store::{AuditRecord, Returned};
use std::sync::OnceLock;

/// Kind of a target that is an OpenID provider of the settings.
pub const PROVIDER: &str = "provider";

/// Names of one row that are kept.
const MAX_NAMES: usize = 500;

/// Whose record a call touches, whose account it tries, of which organisation that is, which provider speaks, under which emergency it is done.
#[derive(Debug, Default)]
pub struct About {
    patient: OnceLock<PersonId>,
    person: OnceLock<PersonId>,
    house: OnceLock<OrganisationId>,
    provider: OnceLock<String>,
    grant: OnceLock<GrantId>,
    names: OnceLock<Vec<String>>,
}

impl About {
    /// A row with what is known by now. What is done under an emergency names that: whose record it was says `patient`.
    pub(super) fn complete(&self, row: AuditRecord) -> AuditRecord {
        let person = || self.person.get().map(|it| format!("person_id:{it}"));
        let provider = || self.provider.get().map(|it| format!("{PROVIDER}:{it}"));
        let grant = self.grant.get().map(|it| format!("grant_id:{it}"));
        AuditRecord {
            organisation: row.organisation.or_else(|| self.house.get().copied()),
            patient: self.patient.get().copied(),
            target: grant.or(row.target).or_else(person).or_else(provider),
            returned: row.returned.or_else(|| self.names.get().map(|it| names(it))),
            ..row
        }
    }
}

impl Call {
    /// It is about the record of this patient: the audit says so. For what its params do not tell.
    pub fn concerns(&self, patient: PersonId) {
        self.about.patient.get_or_init(|| patient);
    }

    /// It is about this account: the audit says so. For whoever tries to sign in.
    pub fn is_about(&self, person: PersonId, of: OrganisationId) {
        self.about.person.get_or_init(|| person);
        self.is_of(of);
    }

    /// It is about somebody of this organisation: the audit says so. For whoever has no token to say it.
    pub fn is_of(&self, house: OrganisationId) {
        self.about.house.get_or_init(|| house);
    }

    /// This provider of the settings speaks: the audit says so.
    pub fn is_by_provider(&self, id: &str) {
        self.about.provider.get_or_init(|| id.to_owned());
    }

    /// It is about these as well, each `kind:id`: the audit says so where it says what came back of others.
    pub fn names(&self, these: Vec<String>) {
        self.about.names.get_or_init(|| these);
    }

    /// It may be done only because of this emergency: the audit says so.
    pub fn is_under(&self, grant: GrantId) {
        self.about.grant.get_or_init(|| grant);
    }
}

/// What else a row is about.
pub(super) fn names(these: &[String]) -> Returned {
    let ids = these.iter().take(MAX_NAMES).cloned().collect();
    Returned { ids, count: u32::try_from(these.len()).unwrap_or(u32::MAX) }
}
