//! The audit log is read: entry by entry, or looked through.

use super::call::Tx;
use super::ledger::as_far_as_readable;
use super::trail::stored;
use super::words::{from_word, unreadable};
use super::{SqlStore, errors};
use crate::protocol::ids::{AuditId, OrganisationId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::trail::{
    AuditQuery, CheckpointRecord, FoundAudit, Named, Opening, Trail, TrailBatch, TrailEntry,
};
use crate::store::{AuditRecordRead, Stored};
use async_trait::async_trait;
use entity::{
    audit_checkpoint, audit_detail, audit_entry, audit_log, audit_touch, participant, user,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

const ENTRIES: &str = "audit_entries";

#[async_trait]
impl Trail for SqlStore {
    async fn trail_head(&self) -> Stored<Option<CheckpointRecord>> {
        let last =
            audit_checkpoint::Entity::find().order_by_desc(audit_checkpoint::Column::Size).limit(1);
        self.find_all(last).await?.into_iter().next().map(to_checkpoint).transpose()
    }

    async fn lead_trail(&self, holder: Uuid, now: UnixMillis, until: UnixMillis) -> Stored<bool> {
        self.take_lead(holder, now, until).await
    }

    async fn unsequenced(&self, now: UnixMillis, most: u32) -> Stored<Vec<AuditRecordRead>> {
        self.rows_without_entry(now, most).await
    }

    async fn pseudonyms(&self, subjects: Vec<String>) -> Stored<BTreeMap<String, Uuid>> {
        self.known_pseudonyms(subjects).await
    }

    async fn patients_of(&self, named: Vec<String>) -> Stored<BTreeMap<String, PersonId>> {
        self.whose(named).await
    }

    async fn append_trail(&self, batch: TrailBatch) -> Stored<()> {
        self.append_entries(batch).await
    }

    async fn trail(&self, from: u64, most: u32) -> Stored<Vec<TrailEntry>> {
        self.find_all(entries(from, most)).await?.into_iter().map(to_entry).collect()
    }

    async fn openings(&self, from: u64, most: u32) -> Stored<Vec<Opening>> {
        let entries = self.find_all(entries(from, most)).await?;
        let indices = entries.iter().map(|it| it.idx);
        let details = audit_detail::Entity::find().filter(audit_detail::Column::Idx.is_in(indices));
        let details = self.find_all(details).await?;
        let mut details: HashMap<_, _> =
            details.into_iter().map(|it| (it.idx, (it.salt, it.detail))).collect();
        let positions = entries.iter().map(|it| it.position);
        let rows = audit_log::Entity::find().filter(audit_log::Column::Position.is_in(positions));
        let rows = self.find_all(rows).await?;
        let mut rows: HashMap<_, _> = rows.into_iter().map(|it| (it.position, it)).collect();
        let positions = entries.iter().map(|it| it.position);
        let touched =
            audit_touch::Entity::find().filter(audit_touch::Column::Position.is_in(positions));
        let mut patients: HashMap<i64, Vec<PersonId>> = HashMap::new();
        for it in self.find_all(touched).await? {
            patients.entry(it.position).or_default().push(PersonId(it.patient));
        }
        let opening = |it: audit_entry::Model| {
            let committed = details.remove(&it.idx);
            let patients = patients.remove(&it.position).unwrap_or_default();
            let row = rows.remove(&it.position).map(as_far_as_readable);
            Ok(Opening { committed, row, patients, entry: to_entry(it)? })
        };
        entries.into_iter().map(opening).collect()
    }

    async fn checkpoints(&self, after: u64, most: u32) -> Stored<Vec<CheckpointRecord>> {
        let query = audit_checkpoint::Entity::find()
            .filter(audit_checkpoint::Column::Size.gt(stored(after)))
            .order_by_asc(audit_checkpoint::Column::Size)
            .limit(u64::from(most));
        self.find_all(query).await?.into_iter().map(to_checkpoint).collect()
    }

    async fn erase_details(&self, entries: Vec<u64>) -> Stored<u32> {
        let indices = entries.into_iter().map(stored);
        let erase =
            audit_detail::Entity::delete_many().filter(audit_detail::Column::Idx.is_in(indices));
        let call = super::call::Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let erased = erase.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(u32::try_from(erased.rows_affected).unwrap_or(u32::MAX))
        })
        .await
    }

    async fn search_audit(&self, query: AuditQuery) -> Stored<Vec<FoundAudit>> {
        self.found(search(query)).await
    }

    async fn audit_row(&self, id: AuditId) -> Stored<Option<FoundAudit>> {
        let one = audit_log::Entity::find().filter(audit_log::Column::Id.eq(id.0));
        Ok(self.found(one).await?.pop())
    }

    async fn named(&self, who: Vec<String>) -> Stored<BTreeMap<String, Named>> {
        let ids = |kind: &str| -> Vec<Uuid> {
            who.iter().filter_map(|it| it.strip_prefix(kind)?.parse().ok()).collect()
        };
        let (people, parts) = (ids("person:"), ids("participant:"));
        let people = user::Entity::find().filter(user::Column::Id.is_in(people));
        let parts = participant::Entity::find().filter(participant::Column::Id.is_in(parts));
        let mut named = BTreeMap::new();
        for it in self.find_all(people).await? {
            let role = from_word(it.role, "users", "role")?;
            let person_id = Some(PersonId(it.id));
            let display_name = Phi::new(it.display_name);
            named.insert(format!("person:{}", it.id), Named { person_id, display_name, role });
        }
        for it in self.find_all(parts).await? {
            let role = from_word(it.role, "participants", "role")?;
            let person_id = it.user_id.map(PersonId);
            let display_name = Phi::new(it.display_name);
            named.insert(format!("participant:{}", it.id), Named { person_id, display_name, role });
        }
        Ok(named)
    }
}

impl SqlStore {
    /// Rows, with their entries and whose records they are about, as of one moment.
    async fn found(&self, query: Select<audit_log::Entity>) -> Stored<Vec<FoundAudit>> {
        let call = super::call::Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            let rows = query.all(tx.on()).await.map_err(errors::before_commit)?;
            with_entries(&tx, rows).await
        })
        .await
    }
}

async fn with_entries(tx: &Tx<'_>, rows: Vec<audit_log::Model>) -> Stored<Vec<FoundAudit>> {
    let positions: Vec<_> = rows.iter().map(|it| it.position).collect();
    let is_one = audit_entry::Column::Position.is_in(positions.iter().copied());
    let entries = audit_entry::Entity::find().filter(is_one).all(tx.on()).await;
    let entries: HashMap<_, _> = entries
        .map_err(errors::before_commit)?
        .into_iter()
        .map(|it| (it.position, it.idx))
        .collect();
    let is_one = audit_touch::Column::Position.is_in(positions);
    let touched = audit_touch::Entity::find().filter(is_one).all(tx.on()).await;
    let mut patients: HashMap<i64, Vec<PersonId>> = HashMap::new();
    for it in touched.map_err(errors::before_commit)? {
        patients.entry(it.position).or_default().push(PersonId(it.patient));
    }
    let found = |row: audit_log::Model| {
        let position = row.position;
        let entry = entries.get(&position).map(|it| number(*it, ENTRIES, "idx")).transpose()?;
        let patients = patients.remove(&position).unwrap_or_default();
        Ok(FoundAudit { row: as_far_as_readable(row), entry, patients })
    };
    rows.into_iter().map(found).collect()
}

fn search(query: AuditQuery) -> Select<audit_log::Entity> {
    use audit_log::Column;
    let AuditQuery {
        organisation,
        caller,
        patient,
        target,
        operations,
        phase,
        from,
        until,
        before,
        limit,
    } = query;
    let mut rows = audit_log::Entity::find();
    rows = match phase {
        Some(phase) => rows.filter(Column::Phase.eq(phase)),
        None => rows.filter(Column::Phase.ne("begin")),
    };
    if let Some(house) = organisation {
        let mut is_theirs = Condition::any().add(Column::OrganisationId.eq(house.0));
        if house == OrganisationId::FIRST {
            let names_nothing = Condition::all()
                .add(Column::OrganisationId.is_null())
                .add(Column::Target.is_null())
                .add(Column::Patient.is_null());
            is_theirs = is_theirs.add(names_nothing);
        }
        rows = rows.filter(is_theirs);
    }
    if !operations.is_empty() {
        rows = rows.filter(Column::Operation.is_in(operations));
    }
    for (column, wanted) in [(Column::Caller, caller), (Column::Target, target)] {
        if let Some(wanted) = wanted {
            rows = rows.filter(column.eq(wanted));
        }
    }
    if let Some(PersonId(patient)) = patient {
        let theirs = audit_touch::Entity::find()
            .select_only()
            .column(audit_touch::Column::Position)
            .filter(audit_touch::Column::Patient.eq(patient))
            .into_query();
        rows = rows.filter(Column::Position.in_subquery(theirs));
    }
    if let Some(from) = from {
        rows = rows.filter(Column::At.gte(from.0));
    }
    if let Some(until) = until {
        rows = rows.filter(Column::At.lt(until.0));
    }
    if let Some(before) = before {
        rows = rows.filter(Column::Position.lt(before));
    }
    rows.order_by_desc(Column::Position).limit(u64::from(limit))
}

fn entries(from: u64, most: u32) -> Select<audit_entry::Entity> {
    audit_entry::Entity::find()
        .filter(audit_entry::Column::Idx.gte(stored(from)))
        .order_by_asc(audit_entry::Column::Idx)
        .limit(u64::from(most))
}

fn to_entry(row: audit_entry::Model) -> Stored<TrailEntry> {
    let index = number(row.idx, ENTRIES, "idx")?;
    Ok(TrailEntry { index, position: row.position, leaf: row.leaf })
}

fn to_checkpoint(row: audit_checkpoint::Model) -> Stored<CheckpointRecord> {
    let audit_checkpoint::Model { size, root, frontier, note, at } = row;
    let size = number(size, "audit_checkpoints", "size")?;
    Ok(CheckpointRecord { size, root, frontier, note, at: UnixMillis(at) })
}

fn number(it: i64, table: &'static str, column: &'static str) -> Stored<u64> {
    u64::try_from(it).map_err(|_| unreadable(table, column))
}
