//! What patients tell about themselves, sealed and opened.
//!
//! Invariant: all six fields of a profile are sealed, those included that say nothing, for its person, column and revision. Once a
//! revision was sealed, one that is older, or has a field that is not sealed, is not what was saved.

use super::{Records, Unread, report};
use crate::crypto::{Field, NotOpened, SubjectKey};
use crate::protocol::ids::PersonId;
use crate::protocol::phi::Phi;
use crate::protocol::practice::PatientProfile;
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{Kept, PatientRecord};
use crate::store::{Conflict, StoreError};

const TABLE: &str = "patient_profiles";
/// Profiles that are read at once when what was written before is sealed.
const STEP: u32 = 100;

/// A profile that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whose.
    pub person_id: PersonId,
    /// Grows with every change; 0 for one that was never saved.
    pub revision: u32,
    /// What they told.
    pub profile: PatientProfile,
}

impl Records<'_> {
    /// What a patient told. `None` when there is no such account of a patient.
    ///
    /// # Errors
    /// See [`Unread`].
    pub async fn profile(&self, id: PersonId) -> Result<Option<Opened>, Unread> {
        let Some((record, subject)) = self.store.patient_with_key(id).await? else {
            return Ok(None);
        };
        if let Some(subject) = &subject
            && subject.destroyed_at.is_some()
        {
            return Err(Unread::Gone);
        }
        let sealed_until = subject.as_ref().map_or(0, |it| it.sealed_revision);
        if record.revision < sealed_until {
            return Err(report(id, TABLE, "revision", NotOpened::Damaged));
        }
        let key = match &subject {
            Some(subject) if sealed_until > 0 => Some(self.key(id, subject).await?),
            _ => None,
        };
        open(record, key.as_ref()).map(Some)
    }

    /// A profile as it is to be kept. The person gets a key when they have none.
    ///
    /// # Errors
    /// See [`Unread`].
    pub async fn seal(&self, opened: Opened, now: UnixMillis) -> Result<PatientRecord, Unread> {
        let key = self.key_or_new(opened.person_id, now).await?;
        seal(opened, &key)
    }

    /// Seals the profiles that were saved before fields were sealed; how many. Whoever is interrupted begins again and finds what is
    /// left. One that is changed meanwhile was sealed by that change.
    ///
    /// # Errors
    /// See [`Unread`]. What was sealed stays so.
    pub async fn seal_what_is_open(&self, now: UnixMillis) -> Result<u64, Unread> {
        let (mut done, mut after) = (0_u64, None);
        loop {
            let some = self.store.unsealed_patients(after, STEP).await?;
            let Some(last) = some.last() else { return Ok(done) };
            after = Some(last.person_id);
            for record in some {
                // A sealed field beside a key that has sealed nothing: somebody put it there.
                if record.is_sealed() {
                    report(record.person_id, TABLE, "revision", NotOpened::Damaged);
                    continue;
                }
                let sealed = match self.seal(open(record, None)?, now).await {
                    Err(Unread::Gone | Unread::Damaged) => continue,
                    other => other?,
                };
                match self.store.seal_patient(sealed).await {
                    Ok(()) => done = done.saturating_add(1),
                    Err(StoreError::Conflict(Conflict::Stale | Conflict::Missing)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
}

fn field(id: PersonId, column: &'static str, revision: u32) -> Field {
    Field { table: TABLE, column, row: id.0, revision }
}

/// With a key every field must have been sealed by it.
fn open(record: PatientRecord, key: Option<&SubjectKey>) -> Result<Opened, Unread> {
    let (id, revision) = (record.person_id, record.revision);
    let read = |column: &'static str, kept: Option<Kept>| -> Result<Option<Phi<String>>, Unread> {
        let opened = match (key, kept) {
            (Some(key), Some(Kept::Sealed(text))) => {
                key.open_field(field(id, column, revision), &text)
            }
            (None, Some(Kept::Plain(text))) => Ok(Some(text)),
            (None, None) => Ok(None),
            (Some(_), _) | (None, Some(Kept::Sealed(_))) => Err(NotOpened::Damaged),
        };
        opened.map_err(|error| report(id, TABLE, column, error))
    };
    Ok(Opened {
        person_id: id,
        revision,
        profile: PatientProfile {
            birth_date: read("birth_date", record.birth_date)?,
            gender: read("gender", record.gender)?,
            phone: read("phone", record.phone)?,
            jurisdiction: record.jurisdiction,
            language: record.language,
            insurer: read("insurer", record.insurer)?,
            insurance_number: read("insurance_number", record.insurance_number)?,
            emergency_contact: read("emergency_contact", record.emergency_contact)?,
        },
    })
}

fn seal(opened: Opened, key: &SubjectKey) -> Result<PatientRecord, Unread> {
    let Opened { person_id: id, revision, profile } = opened;
    let write = |column: &'static str, text: Option<Phi<String>>| {
        let text = text.as_ref().map(|it| it.expose().as_str());
        let sealed = key.seal_field(field(id, column, revision), text);
        // Without randomness nothing is written.
        sealed.map(|it| Some(Kept::of(it))).map_err(|_| Unread::Unavailable)
    };
    Ok(PatientRecord {
        person_id: id,
        birth_date: write("birth_date", profile.birth_date)?,
        gender: write("gender", profile.gender)?,
        phone: write("phone", profile.phone)?,
        jurisdiction: profile.jurisdiction,
        language: profile.language,
        insurer: write("insurer", profile.insurer)?,
        insurance_number: write("insurance_number", profile.insurance_number)?,
        emergency_contact: write("emergency_contact", profile.emergency_contact)?,
        revision,
    })
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
