//! Rows of the audit log become entries, in batches, each with a signed checkpoint.
//!
//! Invariants: the log is appended to only where it ends: the store refuses a batch of whoever was overtaken, and then everything
//! that was known is forgotten and read again. Whoever finds nothing new writes nothing.
//! Does not: stand in anybody's way. It reads what is committed, and a call never waits for it.

use super::MERKLE;
use super::checkpoint::Checkpoint;
use super::leaf::{Detail, commitment, leaf_of, subjects};
use crate::crypto::{NoteSigner, random};
use crate::domain::merkle::Frontier;
use crate::domain::merkle::proof::Head;
use crate::protocol::ids::PersonId;
use crate::protocol::time::UnixMillis;
use crate::store::trail::{CheckpointRecord, NewEntry, TrailBatch, TrailEntry};
use crate::store::{AuditRecordRead, Store, StoreError, Stored};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Entries of one batch, and so of one checkpoint at most. On SQLite bookings wait for one batch at most.
pub const BATCH: u32 = 512;
/// How long a node that stops keeps others from going on. Long enough for a batch that takes as long as a call may.
const LEASE: Duration = Duration::from_secs(10);
/// Random bytes that hide a detail.
const SALT: usize = 32;

/// What appends.
pub struct Sequencer {
    store: Arc<dyn Store>,
    signer: Arc<NoteSigner>,
    holder: Uuid,
    /// Until when this one has the lease, as far as it knows.
    leads_until: UnixMillis,
    /// The end of the log, while nobody else has appended.
    end: Option<Frontier>,
}

impl Sequencer {
    /// One run of a node.
    pub fn new(store: Arc<dyn Store>, signer: Arc<NoteSigner>) -> Self {
        let (holder, leads_until) = (Uuid::now_v7(), UnixMillis::default());
        Sequencer { store, signer, holder, leads_until, end: None }
    }

    /// One batch at most; of how many entries. Fewer than [`BATCH`] mean that nothing is left.
    ///
    /// # Errors
    /// When the store does not answer; the next turn goes on.
    pub async fn turn(&mut self, now: UnixMillis) -> Stored<u32> {
        let rows = self.store.unsequenced(now, BATCH).await?;
        if rows.is_empty() || !self.leads(now).await? {
            return Ok(0);
        }
        match self.append(rows, now).await {
            Err(error) => {
                // Somebody else has appended, or nobody knows whether this was saved: look again.
                self.end = None;
                self.leads_until = UnixMillis::default();
                match error {
                    StoreError::Fenced | StoreError::Conflict(_) => Ok(0),
                    StoreError::Aborted | StoreError::Ambiguous => Err(error),
                }
            }
            done => done,
        }
    }

    /// Renewed in its second half: a batch a second is not two transactions a second. Whether it still holds, the transaction of
    /// the batch asks.
    async fn leads(&mut self, now: UnixMillis) -> Stored<bool> {
        if now.plus(LEASE / 2) < self.leads_until {
            return Ok(true);
        }
        let until = now.plus(LEASE);
        let leads = self.store.lead_trail(self.holder, now, until).await?;
        self.leads_until = if leads { until } else { UnixMillis::default() };
        Ok(leads)
    }

    async fn append(&mut self, rows: Vec<AuditRecordRead>, now: UnixMillis) -> Stored<u32> {
        let mut end = match self.end.take() {
            Some(end) => end,
            None => self.read_end().await?,
        };
        let whose = Whose::of(&*self.store, &rows).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let new = entry(&row, end.size(), &whose)?;
            end.append(MERKLE, MERKLE.leaf(new.entry.leaf.as_bytes()));
            entries.push(new);
        }
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let head = Head { size: end.size(), root: end.root(MERKLE) };
        let checkpoint = CheckpointRecord {
            size: head.size,
            root: head.root.to_vec(),
            frontier: end.to_bytes(),
            note: Checkpoint::signed(head, &self.signer),
            at: now,
        };
        let Whose { new, .. } = whose;
        let batch = TrailBatch { holder: self.holder, entries, pseudonyms: new, checkpoint };
        self.store.append_trail(batch).await?;
        self.end = Some(end);
        Ok(count)
    }

    async fn read_end(&self) -> Stored<Frontier> {
        let Some(last) = self.store.trail_head().await? else { return Ok(Frontier::default()) };
        Frontier::from_bytes(last.size, &last.frontier).ok_or_else(|| {
            tracing::error!("the end of the audit log cannot be read");
            StoreError::Aborted
        })
    }
}

/// Who is meant by rows, and whose records.
struct Whose {
    pseudonyms: BTreeMap<String, Uuid>,
    new: Vec<(String, Uuid)>,
    patients: BTreeMap<String, PersonId>,
}

impl Whose {
    async fn of(store: &dyn Store, rows: &[AuditRecordRead]) -> Stored<Self> {
        let all: BTreeSet<_> = rows.iter().flat_map(subjects).cloned().collect();
        let mut pseudonyms = store.pseudonyms(all.iter().cloned().collect()).await?;
        let unknown = all.into_iter().filter(|it| !pseudonyms.contains_key(it));
        let new: Vec<_> = unknown.map(|it| (it, Uuid::new_v4())).collect();
        pseudonyms.extend(new.iter().cloned());
        let named: BTreeSet<_> =
            rows.iter().filter(|it| it.phase != "begin").flat_map(named).cloned().collect();
        let patients = match named.is_empty() {
            true => BTreeMap::new(),
            false => store.patients_of(named.into_iter().collect()).await?,
        };
        Ok(Whose { pseudonyms, new, patients })
    }

    /// Of whom a row tells how something ended. What was begun only is about nobody's record yet.
    fn patients_of(&self, row: &AuditRecordRead) -> Vec<PersonId> {
        if row.phase == "begin" {
            return vec![];
        }
        let found = named(row).filter_map(|it| self.patients.get(it).copied());
        let all: BTreeSet<_> = found.chain(row.patient).collect();
        all.into_iter().collect()
    }
}

/// What a row names of which there may be a patient.
fn named(row: &AuditRecordRead) -> impl Iterator<Item = &String> {
    row.target.iter().chain(row.returned.iter().flat_map(|it| &it.ids))
}

fn entry(row: &AuditRecordRead, index: u64, whose: &Whose) -> Stored<NewEntry> {
    let salt = random::<SALT>().map_err(|_| StoreError::Aborted)?.to_vec();
    let detail = Detail::of(row).canonical();
    let pseudonym = |it: &String| whose.pseudonyms.get(it).copied();
    let leaf = leaf_of(row, index, commitment(&salt, &detail), pseudonym).canonical();
    let entry = TrailEntry { index, position: row.position, leaf };
    Ok(NewEntry { entry, salt, detail, patients: whose.patients_of(row) })
}
