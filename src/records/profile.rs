//! What patients tell about themselves, sealed and opened.
//!
//! Invariant: all six fields of a profile are sealed, those included that say nothing, for its person, column and revision. A
//! revision that is older than the one that was sealed last, or is that one and has a field that is not sealed, is not what was saved. A
//! later one may be text: a program of before wrote it, and it is sealed as what was there before.

use super::{Records, Unread, report};
use crate::crypto::{Field, NotOpened, SubjectKey};
use crate::protocol::ids::PersonId;
use crate::protocol::phi::Phi;
use crate::protocol::practice::PatientProfile;
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{Kept, PatientRecord};
use crate::store::subjects::SubjectRecord;
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
        let mark = mark(&record, subject.as_ref())?;
        let key = match &subject {
            Some(subject) if mark > 0 => Some(self.key(id, subject).await?),
            _ => None,
        };
        // Sealed by nobody who knows of keys: what a program of before has written since.
        let is_later = record.revision > mark && !record.is_all_sealed();
        open(record, key.as_ref(), is_later.then_some(mark)).map(Some)
    }

    /// The revision of a profile as it stands, whether its fields open or not: whoever changes it says all of it anew. `None` when
    /// there is no such account of a patient.
    ///
    /// # Errors
    /// See [`Unread`]: one that was put back to an earlier revision is not gone on from.
    pub async fn revision(&self, id: PersonId) -> Result<Option<u32>, Unread> {
        let Some((record, subject)) = self.store.patient_with_key(id).await? else {
            return Ok(None);
        };
        mark(&record, subject.as_ref())?;
        Ok(Some(record.revision))
    }

    /// A profile as it is to be kept. The person gets a key when they have none.
    ///
    /// # Errors
    /// See [`Unread`].
    pub async fn seal(&self, opened: Opened, now: UnixMillis) -> Result<PatientRecord, Unread> {
        let key = self.key_or_new(opened.person_id, now).await?;
        seal(opened, &key)
    }

    /// Seals the profiles that a program has saved that seals no fields; how many. Whoever is interrupted begins again and finds what is
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
                let opened = match self.profile(record.person_id).await {
                    Err(Unread::Gone | Unread::Damaged) => continue,
                    other => other?,
                };
                let Some(opened) = opened else { continue };
                let sealed = match self.seal(opened, now).await {
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

/// The revision that was sealed last; 0 when none was. What is older was put back.
fn mark(record: &PatientRecord, subject: Option<&SubjectRecord>) -> Result<u32, Unread> {
    if subject.is_some_and(|it| it.destroyed_at.is_some()) {
        return Err(Unread::Gone);
    }
    let mark = subject.map_or(0, |it| it.sealed_revision);
    match record.revision < mark {
        true => Err(report(record.person_id, TABLE, "revision", NotOpened::Damaged)),
        false => Ok(mark),
    }
}

/// With a key every field must have been sealed by it, for this revision. `since`: a program that seals nothing wrote the row after
/// that revision; what it writes is text, or a sealed field of that revision which it has carried along.
fn open(
    record: PatientRecord,
    key: Option<&SubjectKey>,
    since: Option<u32>,
) -> Result<Opened, Unread> {
    let (id, revision) = (record.person_id, record.revision);
    let read = |column: &'static str, kept: Option<Kept>| -> Result<Option<Phi<String>>, Unread> {
        let opened = match (key, kept) {
            (Some(key), Some(Kept::Sealed(text))) => {
                key.open_field(field(id, column, since.unwrap_or(revision)), &text)
            }
            (None, Some(Kept::Plain(text))) => Ok(Some(text)),
            (None, None) => Ok(None),
            (Some(_), Some(Kept::Plain(text))) if since.is_some() => Ok(Some(text)),
            (Some(_), None) if since.is_some() => Ok(None),
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
