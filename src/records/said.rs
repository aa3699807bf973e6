//! Words about a patient outside of their profile, sealed and opened ([`Said`] is the table of where they stand).
//!
//! Invariants: they are sealed by the patient's key for their table, column and row, and open nowhere else; what a program of before has
//! written is text, and is read as it is. Does not: know who may read them.

use super::{Records, Unread, report};
use crate::crypto::{Field, Keys, NotOpened, Of, SubjectKey, Wrapped};
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::conversations::WrappedKey;
use crate::store::said::{Away, Opener, Said, SaidOf};
use crate::store::schedule::Kept;
use crate::store::{Conflict, StoreError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Rows that are read at once when what was written before is sealed.
const STEP: u32 = 100;
/// Keys of people that are remembered while lists are read: those of a day in a clinic. Above that all are opened again.
const MOST: usize = 4_096;

fn field(at: Said, row: Uuid) -> Field {
    // These are written once.
    Field { table: at.table(), column: at.column(), row, revision: 0 }
}

impl Records<'_> {
    /// Words as they are to be kept. The patient gets a key when they have none.
    ///
    /// # Errors
    /// See [`Unread`].
    pub async fn seal_said(
        &self,
        at: Said,
        row: Uuid,
        patient: PersonId,
        text: &Phi<String>,
        now: UnixMillis,
    ) -> Result<String, Unread> {
        let key = self.key_or_new(patient, now).await?;
        let sealed = key.seal_field(field(at, row), Some(text.expose()));
        // Without randomness nothing is written.
        sealed.map_err(|_| Unread::Unavailable)
    }

    /// What was said. Nothing when its key was destroyed, or when it is not what was sealed there: that is reported.
    ///
    /// # Errors
    /// See [`Unread`].
    pub async fn open_said(&self, said: SaidOf) -> Result<Option<Phi<String>>, Unread> {
        let sealed = match &said.text {
            Kept::Plain(text) => return Ok(Some(text.clone())),
            Kept::Sealed(sealed) => sealed,
        };
        let key = match self.store.subject(said.patient).await? {
            None => return Ok(None),
            Some(kept) => self.key(said.patient, &kept).await,
        };
        match key {
            Ok(key) => Ok(opened(&key, &said, sealed)),
            Err(Unread::Gone | Unread::Damaged) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// Seals what a program has written that seals no words; how many. Whoever is interrupted begins again and finds what is left.
    ///
    /// # Errors
    /// See [`Unread`]. What was sealed stays so.
    pub async fn seal_what_was_said(&self, now: UnixMillis) -> Result<u64, Unread> {
        let mut done = 0_u64;
        for at in Said::ALL {
            let mut after = None;
            loop {
                let some = self.store.words_of_before(at, after, STEP).await?;
                let Some(last) = some.last() else { break };
                after = Some(last.row);
                for said in some {
                    let Kept::Plain(text) = &said.text else { continue };
                    let sealed = match self.seal_said(at, said.row, said.patient, text, now).await {
                        Err(Unread::Gone | Unread::Damaged) => continue,
                        other => other?,
                    };
                    match self.store.seal_words(said, sealed).await {
                        Ok(()) => done = done.saturating_add(1),
                        // It was taken away or sealed meanwhile.
                        Err(StoreError::Conflict(Conflict::Stale | Conflict::Missing)) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Ok(done)
    }
}

fn opened(key: &SubjectKey, said: &SaidOf, sealed: &str) -> Option<Phi<String>> {
    match key.open_field(field(said.at, said.row), sealed) {
        Ok(text) => text,
        Err(error) => {
            report(said.patient, said.at.table(), said.at.column(), error);
            None
        }
    }
}

/// Opens words that are read with appointments. Owns a bounded memory of keys; a key that was destroyed is not asked for, for the row that has
/// it is read every time.
pub struct OpensSaid {
    keys: Arc<Keys>,
    remembered: Mutex<HashMap<PersonId, (WrappedKey, Arc<SubjectKey>)>>,
}

impl OpensSaid {
    /// By the keys of the node.
    pub fn new(keys: Arc<Keys>) -> Self {
        OpensSaid { keys, remembered: Mutex::default() }
    }

    /// The key of somebody who was erased goes.
    pub fn forget(&self, patient: PersonId) {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).remove(&patient);
    }

    async fn key(
        &self,
        of: PersonId,
        house: OrganisationId,
        kept: &WrappedKey,
    ) -> Result<Arc<SubjectKey>, NotOpened> {
        let known = {
            let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            remembered.get(&of).filter(|it| it.0 == *kept).map(|it| Arc::clone(&it.1))
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let wrapped = Wrapped { key_id: kept.key_id.clone(), sealed: kept.sealed.clone() };
        let key = Arc::new(self.keys.vault.open_subject(of.0, &Of(house.0), &wrapped).await?);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST {
            remembered.clear();
        }
        remembered.insert(of, (kept.clone(), Arc::clone(&key)));
        Ok(key)
    }
}

impl Opener for OpensSaid {
    fn open<'a>(
        &'a self,
        said: &'a SaidOf,
        key: &'a WrappedKey,
        house: OrganisationId,
    ) -> BoxFuture<'a, Result<Option<Phi<String>>, Away>> {
        async move {
            let sealed = match &said.text {
                Kept::Plain(text) => return Ok(Some(text.clone())),
                Kept::Sealed(sealed) => sealed,
            };
            match self.key(said.patient, house, key).await {
                Ok(key) => Ok(opened(&key, said, sealed)),
                Err(NotOpened::Unavailable) => {
                    // Nothing is lost: it is shown when it is read again.
                    metrics::counter!("bedside_records_unopened_total").increment(1);
                    Err(Away)
                }
                Err(error) => {
                    report(said.patient, "subject_keys", "sealed_key", error);
                    Ok(None)
                }
            }
        }
        .boxed()
    }
}
