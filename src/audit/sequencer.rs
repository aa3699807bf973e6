//! Rows of the audit log become entries, in batches, each with a signed checkpoint.
//!
//! Invariants: the log is appended to only where it ends: the store refuses a batch of whoever was overtaken, and then everything
//! that was known is forgotten and read again. What is read again is continued only if this very key signed it, or one that handed the log on to it, and if it
//! continues what this node published: whoever may write in the database is not signed for. A log that ends before its key was rotated is not
//! continued by the keys of later. Whoever finds nothing new writes nothing.
//! A row is about patients of its own organisation only: what somebody named in vain may be another's.
//! Does not: stand in anybody's way. It reads what is committed, and a call never waits for it.

use super::MERKLE;
use super::checkpoint::Checkpoint;
use super::leaf::{Detail, Leaf, commitment, leaf_of, subjects};
use super::published::{Published, Signed, Unpublished};
use super::succession::{Keys, Statement};
use crate::clock::Clock;
use crate::crypto::{NoteSigner, random};
use crate::domain::merkle::Frontier;
use crate::domain::merkle::proof::Head;
use crate::files::tiles::Tiles;
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::trail::{CheckpointRecord, NewEntry, TrailBatch, TrailEntry};
use crate::store::{AuditRecordRead, Store, StoreError, Stored};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Entries of one batch, and so of one checkpoint at most. On SQLite whoever writes waits for one batch at most: some three
/// milliseconds.
pub const BATCH: u32 = 128;
/// Ids that are looked up for one batch, and so patients that it writes down: one answer may name 500.
const NAMED: usize = 4_096;
/// How long a node that stops keeps others from going on. Long enough for a batch that takes as long as a call may.
const LEASE: Duration = Duration::from_secs(10);
/// Random bytes that hide a detail.
const SALT: usize = 32;

/// Why nothing was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// The store does not answer, or refuses: the next turn goes on.
    #[error(transparent)]
    Down(#[from] StoreError),
    /// What the store has is not what may be continued.
    #[error(transparent)]
    Refused(Unpublished),
}

impl From<Unpublished> for Unsigned {
    fn from(why: Unpublished) -> Self {
        match why {
            Unpublished::Down => Unsigned::Down(StoreError::Aborted),
            why => Unsigned::Refused(why),
        }
    }
}

/// What appends.
pub struct Sequencer {
    store: Arc<dyn Store>,
    signer: Arc<NoteSigner>,
    /// It, and those that have signed before it.
    keys: Keys,
    holder: Uuid,
    /// What this node published, if it does.
    published: Option<Published>,
    /// Until when this one has the lease, as far as it knows.
    leads_until: UnixMillis,
    /// The end of the log, while nobody else has appended.
    end: Option<Frontier>,
    /// Rows of the next batch: fewer after one that was too many.
    most: u32,
    has_more: bool,
}

impl Sequencer {
    /// One run of a node.
    pub fn new(store: Arc<dyn Store>, signer: Arc<NoteSigner>) -> Self {
        let (holder, leads_until) = (Uuid::now_v7(), UnixMillis::default());
        let (published, end, has_more) = (None, None, false);
        let keys = Keys::only(signer.verifier().clone());
        Sequencer {
            store,
            signer,
            keys,
            holder,
            published,
            leads_until,
            end,
            most: BATCH,
            has_more,
        }
    }

    /// Goes on after those, the last of whom is the one that signs.
    #[must_use]
    pub fn after(self, keys: Keys) -> Self {
        Sequencer { keys, ..self }
    }

    /// Those that sign and have signed.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The log as it is goes over to another key, which signs from now on. What comes out is the statement, which has to be kept before
    /// the next turn and while the lease lasts; `None` when somebody else appends, or there is nothing to hand on.
    ///
    /// # Errors
    /// [`Unsigned`]: the log is not what was signed. Then nothing was handed on.
    pub async fn hand_on(
        &mut self,
        to: &Arc<NoteSigner>,
        clock: &dyn Clock,
    ) -> Result<Option<String>, Unsigned> {
        if !self.leads(clock.now()).await? {
            return Ok(None);
        }
        let end = self.read_end().await?;
        if end.size() == 0 || !self.is_still_the_end(&end, clock.now()).await? {
            return Ok(None);
        }
        let head = Head { size: end.size(), root: end.root(MERKLE) };
        let note = Statement::signed(head, &self.signer, to);
        self.keys = self.keys.handed_on_by(&note).map_err(|_| Unpublished::AnotherKey)?;
        self.published =
            self.published.take().map(|it| Published::new(it.tiles, self.keys.clone()));
        self.signer = Arc::clone(to);
        Ok(Some(note))
    }

    /// Reading the end may take longer than the lease. It is taken for its whole time anew, and then nobody has appended meanwhile.
    async fn is_still_the_end(&mut self, end: &Frontier, now: UnixMillis) -> Stored<bool> {
        self.leads_until = UnixMillis::default();
        if !self.leads(now).await? {
            return Ok(false);
        }
        let last = self.store.trail_head().await?;
        Ok(last.is_some_and(|it| it.size == end.size()))
    }

    /// Signs only what continues these files.
    #[must_use]
    pub fn beside(self, tiles: Tiles) -> Self {
        let published = Some(Published::new(tiles, self.keys.clone()));
        Sequencer { published, ..self }
    }

    /// Whether there was more than the last batch took.
    pub const fn has_more(&self) -> bool {
        self.has_more
    }

    /// One batch at most; of how many entries.
    ///
    /// # Errors
    /// [`Unsigned`].
    pub async fn turn(&mut self, now: UnixMillis) -> Result<u32, Unsigned> {
        self.has_more = false;
        match self.batch(now).await {
            Ok(done) => {
                self.most = self.most.saturating_mul(2).min(BATCH);
                Ok(done)
            }
            Err(error) => {
                // Somebody else has appended, or nobody knows whether this was saved: look again.
                self.end = None;
                self.leads_until = UnixMillis::default();
                match error {
                    Unsigned::Down(StoreError::Fenced | StoreError::Conflict(_)) => Ok(0),
                    Unsigned::Down(StoreError::Aborted | StoreError::Ambiguous) => {
                        // What takes too long is not tried in the same way for ever.
                        self.most = (self.most / 2).max(1);
                        Err(error)
                    }
                    Unsigned::Refused(_) => Err(error),
                }
            }
        }
    }

    async fn batch(&mut self, now: UnixMillis) -> Result<u32, Unsigned> {
        let mut rows = self.store.unsequenced(now, self.most).await?;
        if rows.is_empty() || !self.leads(now).await? {
            return Ok(0);
        }
        let is_full = u32::try_from(rows.len()).is_ok_and(|it| it >= self.most);
        let fit = fitting(&rows);
        let has_more = is_full || fit < rows.len();
        rows.truncate(fit);
        let done = self.append(rows, now).await?;
        self.has_more = has_more;
        Ok(done)
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

    async fn append(
        &mut self,
        rows: Vec<AuditRecordRead>,
        now: UnixMillis,
    ) -> Result<u32, Unsigned> {
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

    /// The end as the store has it, if it is what this key or one before it signed: the columns beside the note are anybody's who may write there.
    async fn read_end(&self) -> Result<Frontier, Unsigned> {
        // In this order: the log may grow meanwhile, and what was published may not.
        let published = match &self.published {
            Some(it) => it.last().await?,
            None => None,
        };
        // What the last key that was rotated has signed is the least that there is.
        let least = self.keys.handed_on().last().map(|it| it.head);
        let Some(last) = self.store.trail_head().await? else {
            return match (published, least) {
                (None, None) => Ok(Frontier::default()),
                (Some(_), _) => Err(Unpublished::Changed.into()),
                (None, Some(_)) => Err(Unpublished::BeforeRotation.into()),
            };
        };
        let head = Signed::own(last.note, &self.keys)?.head;
        if let Some(least) = least
            && (head.size < least.size || head.size == least.size && head.root != least.root)
        {
            return Err(Unpublished::BeforeRotation.into());
        }
        let end = Frontier::from_bytes(last.size, &last.frontier);
        let end = end.filter(|it| (it.size(), it.root(MERKLE)) == (head.size, head.root));
        let end = end.ok_or(Unpublished::Changed)?;
        if let Some(it) = &self.published {
            it.leads_to(published, head, &*self.store).await?;
        }
        Ok(end)
    }
}

/// How many of these are not too much for one transaction: one at least.
pub(super) fn fitting(rows: &[AuditRecordRead]) -> usize {
    let mut named_by_now = 0_usize;
    let fits = rows.iter().take_while(|it| {
        named_by_now = named_by_now.saturating_add(named(it).count());
        named_by_now <= NAMED
    });
    fits.count().max(1)
}

/// Who is meant by rows, and whose records.
pub(super) struct Whose {
    pseudonyms: BTreeMap<String, Uuid>,
    new: Vec<(String, Uuid)>,
    patients: BTreeMap<String, PersonId>,
    houses: BTreeMap<PersonId, OrganisationId>,
}

impl Whose {
    pub(super) async fn of(store: &dyn Store, rows: &[AuditRecordRead]) -> Stored<Self> {
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
        let all: BTreeSet<_> =
            patients.values().copied().chain(rows.iter().filter_map(|it| it.patient)).collect();
        let houses = match all.is_empty() {
            true => BTreeMap::new(),
            false => store.houses_of(all.into_iter().collect()).await?,
        };
        Ok(Whose { pseudonyms, new, patients, houses })
    }

    /// Of whom a row tells how something ended. What was begun only is about nobody's record yet. Administrators are shown by name
    /// whom a row of theirs is about: where it is an organisation's, none of another one. What is nobody's is shown to none of them.
    pub(super) fn patients_of(&self, row: &AuditRecordRead) -> Vec<PersonId> {
        if row.phase == "begin" {
            return vec![];
        }
        let found = named(row).filter_map(|it| self.patients.get(it).copied());
        let house = row.house();
        let is_theirs = |it: &PersonId| house.is_none() || self.houses.get(it).copied() == house;
        let all: BTreeSet<_> = found.chain(row.patient).filter(is_theirs).collect();
        all.into_iter().collect()
    }
}

impl Whose {
    /// Whether a leaf means by its pseudonyms whom the row names. Who has none any more is not asked.
    pub(super) fn are_meant(&self, row: &AuditRecordRead, leaf: &Leaf) -> bool {
        let is_meant = |subject: &Option<String>, by: Option<Uuid>| {
            let Some(subject) = subject else { return by.is_none() };
            self.new.iter().any(|it| it.0 == *subject)
                || self.pseudonyms.get(subject).copied() == by
        };
        is_meant(&row.caller, leaf.actor) && is_meant(&row.target, leaf.resource)
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
