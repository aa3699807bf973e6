//! Files, in memory.

use super::state::{State, conflict, ensure};
use super::{Memory, Point, at_most};
use crate::protocol::file::FileState;
use crate::protocol::ids::{FileId, MessageId, OrganisationId};
use crate::protocol::time::UnixMillis;
use crate::store::conversations::{LogChange, LogCommit, LogEntry, LogLine};
use crate::store::files::{Due, FileBounds, FileChange, FileRecord, Files};
use crate::store::{Answered, Conflict, Stored};
use async_trait::async_trait;
use std::collections::BTreeSet;
use uuid::Uuid;

#[async_trait]
impl Files for Memory {
    async fn begin_file(
        &self,
        new: FileRecord,
        bounds: FileBounds,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::BeginFile, |state| state.begin_file(new, bounds, answered)).await
    }

    async fn file(&self, id: FileId) -> Stored<Option<FileRecord>> {
        Ok(self.state().files.get(&id).cloned())
    }

    async fn add_chunk(
        &self,
        id: FileId,
        number: u32,
        is_last: bool,
        at: UnixMillis,
    ) -> Stored<()> {
        self.write(Point::AddChunk, |state| {
            let known = state.files.get_mut(&id).filter(|it| {
                it.state == FileState::Uploading && it.chunks == number && it.removed_at.is_none()
            });
            let Some(known) = known else { return conflict(Conflict::Stale) };
            known.chunks = number.saturating_add(1);
            known.revision = known.revision.saturating_add(1);
            if is_last {
                known.state = FileState::Checking;
                known.due_at = Some(at);
            }
            // Bytes on their way are not yet what was asked for.
            Ok(is_last)
        })
        .await
        .map(|_| ())
    }

    async fn save_file(
        &self,
        record: FileRecord,
        from: u32,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::SaveFile, |state| {
            state.check_key(answered.as_ref())?;
            state.check_file(record.file_id, from)?;
            state.save_file(&record);
            state.keep(answered);
            Ok(())
        })
        .await
    }

    async fn take_due_files(
        &self,
        now: UnixMillis,
        until: UnixMillis,
        what: Due,
        limit: u32,
    ) -> Stored<Vec<FileRecord>> {
        let is_any = |it: &FileRecord| {
            let is_wanted = what == Due::All || !it.waits_for_check(now);
            is_wanted && it.due_at.is_some_and(|at| at <= now)
        };
        if !self.state().files.values().any(is_any) {
            return Ok(vec![]);
        }
        self.write_beside(Point::TakeDueFiles, |state| {
            let mut due: Vec<_> = state.files.values_mut().filter(|it| is_any(it)).collect();
            due.sort_by_key(|it| (it.due_at, it.file_id));
            due.truncate(at_most(limit));
            let taken = due.into_iter().map(|it| {
                it.due_at = Some(until);
                it.revision = it.revision.saturating_add(1);
                it.clone()
            });
            Ok(taken.collect())
        })
        .await
    }

    async fn quarantined_files(
        &self,
        of: OrganisationId,
        after: Option<FileId>,
        limit: u32,
    ) -> Stored<Vec<FileRecord>> {
        let state = self.state();
        let is_it = |it: &&FileRecord| {
            it.state == FileState::Quarantined
                && it.removed_at.is_none()
                && state.house_of_talk(it.conversation_id) == Some(of)
                && after.is_none_or(|after| it.file_id > after)
        };
        let mut found: Vec<_> = state.files.values().filter(is_it).cloned().collect();
        found.sort_by_key(|it| it.file_id);
        found.truncate(at_most(limit));
        Ok(found)
    }

    async fn forget_file(&self, id: FileId) -> Stored<()> {
        self.write_beside(Point::ForgetFile, |state| {
            if state.files.get(&id).is_some_and(|it| it.removed_at.is_some()) {
                state.files.remove(&id);
            }
            Ok(())
        })
        .await
    }

    async fn database_id(&self) -> Stored<Uuid> {
        Ok(self.identity())
    }

    async fn known_blobs(&self, blobs: Vec<Uuid>) -> Stored<Vec<Uuid>> {
        let state = self.state();
        let known: BTreeSet<_> = state.files.values().map(|it| it.blob).collect();
        Ok(blobs.into_iter().filter(|it| known.contains(it)).collect())
    }

    async fn has_blobs(&self) -> Stored<bool> {
        Ok(self.state().files.values().any(FileRecord::has_bytes))
    }
}

impl State {
    fn begin_file(
        &mut self,
        new: FileRecord,
        bounds: FileBounds,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let chat = self.talks.chat(new.conversation_id)?;
        let mut members = chat.record.members.iter();
        ensure(members.any(|it| it.member_id == new.uploader), Conflict::Missing)?;
        let is_same = |it: &FileRecord| it.file_id == new.file_id || it.blob == new.blob;
        ensure(!self.files.values().any(is_same), Conflict::Stale)?;
        let of_owner = |it: &&FileRecord| it.owner == new.owner && it.is_open();
        let of_owner = || self.files.values().filter(of_owner);
        let open = of_owner().count();
        let open_bytes: u64 = of_owner().map(|it| u64::from(it.bytes)).sum();
        let with_new = |it: u64| it.saturating_add(u64::from(new.bytes));
        let here = self.files.values().filter(|it| it.conversation_id == new.conversation_id);
        let is_over = |it: &FileRecord| matches!(it.state, FileState::Refused | FileState::Expired);
        let there = here.filter(|it| it.removed_at.is_none() && !is_over(it));
        let bytes: u64 = there.map(|it| u64::from(it.bytes)).sum();
        let has_room = open < at_most(bounds.open)
            && with_new(open_bytes) <= bounds.open_bytes
            && with_new(bytes) <= bounds.bytes;
        ensure(has_room, Conflict::Full)?;
        self.files.insert(new.file_id, new);
        self.keep(answered);
        Ok(())
    }

    fn check_file(&self, id: FileId, revision: u32) -> Stored<()> {
        ensure(self.files.get(&id).is_some_and(|it| it.revision == revision), Conflict::Stale)
    }

    fn save_file(&mut self, record: &FileRecord) {
        if let Some(known) = self.files.get_mut(&record.file_id) {
            *known = FileRecord {
                conversation_id: known.conversation_id,
                uploader: known.uploader,
                message_id: known.message_id,
                revision: known.revision.saturating_add(1),
                ..record.clone()
            };
        }
    }

    /// What a log does to files, before any of it is done.
    pub(super) fn check_files(&self, commit: &LogCommit) -> Stored<()> {
        let mut seen = BTreeSet::new();
        for change in commit.lines.iter().flat_map(|it| &it.files) {
            let (id, revision) = match change {
                FileChange::Attach(id, revision) => (*id, *revision),
                FileChange::Save(record, from) => (record.file_id, *from),
            };
            ensure(seen.insert(id), Conflict::Stale)?;
            self.check_file(id, revision)?;
            let known = self.files.get(&id);
            let is_free = known.is_some_and(|it| it.is_open() && it.state != FileState::Uploading);
            ensure(is_free || matches!(change, FileChange::Save(..)), Conflict::Stale)?;
        }
        Ok(())
    }

    /// Of what was checked.
    pub(super) fn change_files(&mut self, commit: &LogCommit) {
        for line in &commit.lines {
            for change in &line.files {
                match change {
                    FileChange::Attach(id, _) => self.attach(*id, message_of(line)),
                    FileChange::Save(record, _) => self.save_file(record),
                }
            }
            if let LogChange::Rewrite(message, _) = &line.change
                && message.deleted_at.is_some()
            {
                let of = Some(message.message_id);
                self.drop_files(commit.active_at, |it| it.message_id == of);
            }
        }
    }

    fn attach(&mut self, id: FileId, message: Option<MessageId>) {
        if let Some(known) = self.files.get_mut(&id) {
            known.message_id = message;
            known.revision = known.revision.saturating_add(1);
            if known.state != FileState::Checking {
                known.due_at = None;
            }
        }
    }

    pub(super) fn drop_files(&mut self, at: UnixMillis, which: impl Fn(&FileRecord) -> bool) {
        for it in self.files.values_mut().filter(|it| it.removed_at.is_none() && which(it)) {
            it.removed_at = Some(at);
            it.due_at = Some(at);
            it.revision = it.revision.saturating_add(1);
        }
    }
}

fn message_of(line: &LogLine) -> Option<MessageId> {
    match line.record.entry {
        LogEntry::Posted(id) | LogEntry::Changed(id) => Some(id),
        LogEntry::Member(_) | LogEntry::Conversation => None,
    }
}
