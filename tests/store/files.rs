//! Files: how much there may be, how they come, are attached once, are taken when they are due, and go.

use crate::samples::{NOW, answered, at_once};
use crate::support::Clinic;
use crate::talk::{Talk, at};
use bedside::protocol::file::{FileFault, FileState};
use bedside::protocol::ids::{FileId, OrganisationId};
use bedside::protocol::time::UnixMillis;
use bedside::store::conversations::MessageRecord;
use bedside::store::files::{Due, FileBounds, FileChange, FileRecord};
use bedside::store::{Conflict, StoreError, Stored};
use std::time::Duration;
use uuid::Uuid;

const STALE: Stored<()> = Err(StoreError::Conflict(Conflict::Stale));
const FULL: Stored<()> = Err(StoreError::Conflict(Conflict::Full));
const MISSING: Stored<()> = Err(StoreError::Conflict(Conflict::Missing));
const USED: Stored<()> = Err(StoreError::Conflict(Conflict::KeyUsed));
const BOUNDS: FileBounds = FileBounds { open: 3, open_bytes: 600, bytes: 1_000 };
const EVER: UnixMillis = UnixMillis(i64::MAX / 4);

fn file(talk: &Talk) -> FileRecord {
    FileRecord {
        file_id: FileId(Uuid::now_v7()),
        conversation_id: talk.id,
        uploader: talk.ill,
        owner: "person:pat".to_owned(),
        blob: Uuid::new_v4(),
        sealed_facts: "sealed facts".to_owned(),
        bytes: 100,
        chunks: 0,
        state: FileState::Uploading,
        why: None,
        scanned: false,
        message_id: None,
        created_at: NOW,
        expires_at: at(600),
        removed_at: None,
        due_at: Some(at(600)),
        attempts: 0,
        revision: 0,
    }
}

async fn begins(talk: &Talk, file: &FileRecord) -> Stored<()> {
    talk.clinic.store.begin_file(file.clone(), BOUNDS, None).await
}

async fn read(talk: &Talk, id: FileId) -> Option<FileRecord> {
    talk.clinic.store.file(id).await.unwrap()
}

/// One that was completed and found clear.
async fn clear(talk: &Talk) -> FileRecord {
    let new = file(talk);
    begins(talk, &new).await.unwrap();
    let store = &talk.clinic.store;
    store.add_chunk(new.file_id, 0, true, at(1)).await.unwrap();
    let whole = read(talk, new.file_id).await.unwrap();
    let looked = FileRecord { state: FileState::Clear, due_at: Some(at(600)), ..whole };
    store.save_file(looked.clone(), looked.revision, None).await.unwrap();
    read(talk, new.file_id).await.unwrap()
}

pub(crate) async fn a_file_comes_back_as_it_was_begun(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let new = file(&talk);
    begins(&talk, &new).await.unwrap();
    assert_eq!(read(&talk, new.file_id).await, Some(new.clone()));
    assert_eq!(begins(&talk, &new).await, STALE, "there is one of that id");
    let same_blob = FileRecord { blob: new.blob, ..file(&talk) };
    assert_eq!(begins(&talk, &same_blob).await, STALE);
    let stranger =
        FileRecord { uploader: bedside::protocol::ids::MemberId(Uuid::now_v7()), ..file(&talk) };
    assert_eq!(begins(&talk, &stranger).await, MISSING);
    let store = &talk.clinic.store;
    let key = answered("k");
    let (one, other) = (file(&talk), file(&talk));
    assert_eq!(store.begin_file(one, BOUNDS, Some(key.clone())).await, Ok(()));
    assert_eq!(store.begin_file(other.clone(), BOUNDS, Some(key.clone())).await, USED);
    assert_eq!(read(&talk, other.file_id).await, None);
    assert_eq!(store.save_file(new.clone(), 0, Some(key)).await, USED);
    assert_eq!(read(&talk, new.file_id).await, Some(new.clone()), "nothing of it");
    let known = store.known_blobs(vec![new.blob, other.blob]).await.unwrap();
    assert_eq!(known, [new.blob]);
}

pub(crate) async fn of_many_files_as_many_are_begun_as_there_may_be(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let told = at_once((0..10).map(|_| {
        let (store, new) = (talk.clinic.store.clone(), file(&talk));
        async move { store.begin_file(new, BOUNDS, None).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 3, "{told:?}");
    assert_eq!(told.iter().filter(|it| **it == FULL).count(), 7, "{told:?}");
    // Somebody else's are counted for themselves, and all bytes together.
    let of = |owner: &str, bytes| FileRecord {
        uploader: talk.doctor,
        owner: owner.to_owned(),
        bytes,
        ..file(&talk)
    };
    assert_eq!(begins(&talk, &of("person:robin", 601)).await, FULL, "more than one may begin");
    assert_eq!(begins(&talk, &of("person:robin", 600)).await, Ok(()));
    assert_eq!(begins(&talk, &of("person:robin", 1)).await, FULL);
    assert_eq!(begins(&talk, &of("person:sam", 101)).await, FULL, "more than a conversation holds");
    assert_eq!(begins(&talk, &of("person:sam", 100)).await, Ok(()));
}

pub(crate) async fn what_is_quarantined_is_listed_by_pages(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let store = &talk.clinic.store;
    let mut ids = vec![];
    for state in [FileState::Quarantined, FileState::Clear, FileState::Quarantined] {
        let known = clear(&talk).await;
        let why = (state == FileState::Quarantined).then_some(FileFault::Infected);
        let from = known.revision;
        store.save_file(FileRecord { state, why, ..known.clone() }, from, None).await.unwrap();
        ids.push(known.file_id);
    }
    let list = async |after, limit| {
        let found = store.quarantined_files(OrganisationId::FIRST, after, limit).await.unwrap();
        found.iter().map(|it| it.file_id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 10).await, [ids[0], ids[2]]);
    assert_eq!(list(None, 1).await, [ids[0]]);
    assert_eq!(list(Some(ids[0]), 10).await, [ids[2]]);
    let gone = read(&talk, ids[0]).await.unwrap();
    let from = gone.revision;
    let gone = FileRecord { removed_at: Some(at(2)), ..gone };
    store.save_file(gone, from, None).await.unwrap();
    assert_eq!(list(None, 10).await, [ids[2]], "what was removed is not there any more");
}

/// Two clinics are never one.
pub(crate) async fn a_database_has_a_name_that_it_keeps(clinic: Clinic) {
    let name = clinic.store.database_id().await.unwrap();
    assert_eq!(clinic.store.database_id().await, Ok(name));
    assert!(!name.is_nil());
}

pub(crate) async fn pieces_come_in_order_and_once(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let new = file(&talk);
    begins(&talk, &new).await.unwrap();
    let (store, id) = (&talk.clinic.store, new.file_id);
    let add = async |number, is_last| store.add_chunk(id, number, is_last, at(5)).await;
    assert_eq!(add(1, false).await, STALE);
    let told = at_once((0..6).map(|_| {
        let store = store.clone();
        async move { store.add_chunk(id, 0, false, at(5)).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    assert_eq!(add(0, false).await, STALE);
    add(1, true).await.unwrap();
    assert_eq!(add(2, true).await, STALE, "it is whole");
    let whole = read(&talk, id).await.unwrap();
    assert_eq!((whole.chunks, whole.state), (2, FileState::Checking));
    assert_eq!((whole.due_at, whole.revision), (Some(at(5)), 2));
}

pub(crate) async fn a_file_is_attached_once_and_as_it_was(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let known = clear(&talk).await;
    let (id, ill) = (known.file_id, talk.ill);
    let posts = |talk: &mut Talk, revision| {
        let (mut line, message) = talk.post(ill, &[]);
        line.files = vec![FileChange::Attach(id, revision)];
        (line, message)
    };
    let (line, _) = posts(&mut talk, known.revision + 1);
    assert_eq!(talk.saves(vec![line]).await, STALE, "it is not as they were told");
    talk.next -= 1;
    let (line, message) = posts(&mut talk, known.revision);
    talk.saves(vec![line]).await.unwrap();
    let sent = read(&talk, id).await.unwrap();
    assert_eq!(sent.message_id, Some(message.message_id));
    assert_eq!((sent.due_at, sent.revision), (None, known.revision + 1));
    let (line, _) = posts(&mut talk, sent.revision);
    assert_eq!(talk.saves(vec![line]).await, STALE, "it is somebody's");
    talk.next -= 1;

    // What was found later is saved with the line that says so.
    let sealed_files = Some("sealed cards".to_owned());
    let changed = MessageRecord { sealed_files: sealed_files.clone(), ..message.clone() };
    let quarantined = FileRecord {
        state: FileState::Quarantined,
        why: Some(FileFault::Infected),
        scanned: true,
        ..sent.clone()
    };
    let mut line = talk.rewrite(&changed, &[]);
    line.files = vec![FileChange::Save(Box::new(quarantined), sent.revision)];
    talk.saves(vec![line]).await.unwrap();
    let kept = read(&talk, id).await.unwrap();
    assert_eq!(
        (kept.state, kept.why, kept.scanned),
        (FileState::Quarantined, Some(FileFault::Infected), true)
    );
    assert_eq!(kept.message_id, Some(message.message_id), "where it belongs stays");
    let read_message = talk.clinic.store.message(message.message_id).await.unwrap().unwrap();
    assert_eq!(read_message.sealed_files, sealed_files);

    // A message that is taken back takes its files along.
    talk.takes_back(&MessageRecord { sealed_files: None, ..read_message }).await;
    let gone = read(&talk, id).await.unwrap();
    assert!(gone.removed_at.is_some() && gone.due_at == gone.removed_at);
}

pub(crate) async fn a_file_is_changed_by_who_has_read_it(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let known = clear(&talk).await;
    let store = &talk.clinic.store;
    let later = FileRecord { attempts: 4, due_at: None, ..known.clone() };
    assert_eq!(store.save_file(later.clone(), known.revision + 1, None).await, STALE);
    store.save_file(later, known.revision, None).await.unwrap();
    let kept = read(&talk, known.file_id).await.unwrap();
    assert_eq!((kept.attempts, kept.due_at), (4, None));
    store.forget_file(known.file_id).await.unwrap();
    assert!(read(&talk, known.file_id).await.is_some(), "it was not removed");
    let gone = FileRecord { removed_at: Some(at(9)), ..kept.clone() };
    store.save_file(gone, kept.revision, None).await.unwrap();
    store.forget_file(known.file_id).await.unwrap();
    assert_eq!(read(&talk, known.file_id).await, None);
}

pub(crate) async fn of_many_who_take_what_is_due_one_gets_it(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let store = &talk.clinic.store;
    let mut ids = vec![];
    for n in 0..3_u32 {
        let new = FileRecord { due_at: Some(at(n)), ..file(&talk) };
        begins(&talk, &new).await.unwrap();
        ids.push(new.file_id);
    }
    assert_eq!(
        store.take_due_files(NOW.minus(Duration::from_secs(1)), EVER, Due::All, 9).await.unwrap(),
        []
    );
    let told = at_once((0..6).map(|_| {
        let store = store.clone();
        async move { store.take_due_files(at(1), at(100), Due::All, 9).await.unwrap() }
    }))
    .await;
    let mut taken: Vec<_> = told.into_iter().flatten().collect();
    taken.sort_by_key(|it| it.file_id);
    assert_eq!(taken.iter().map(|it| it.file_id).collect::<Vec<_>>(), ids[..2]);
    assert!(taken.iter().all(|it| it.due_at == Some(at(100)) && it.revision == 1));
    assert_eq!(read(&talk, ids[0]).await.as_ref(), Some(&taken[0]));
    let again = store.take_due_files(at(100), at(200), Due::All, 1).await.unwrap();
    assert_eq!(again[0].file_id, ids[2], "the longest due first, and no more than asked for");
    // What waits to be looked at may be left to wait; once it is over it does not.
    assert_eq!(store.has_blobs().await, Ok(false));
    let last = read(&talk, ids[2]).await.unwrap();
    let chunks = last.bytes.div_ceil(bedside::protocol::file::CHUNK_BYTES);
    for n in 0..chunks {
        store.add_chunk(last.file_id, n, n + 1 == chunks, at(2)).await.unwrap();
    }
    assert_eq!(store.has_blobs().await, Ok(true));
    assert_eq!(store.take_due_files(at(3), at(300), Due::ButChecks, 9).await.unwrap(), []);
    let over = last.expires_at;
    let taken = store.take_due_files(over, EVER, Due::ButChecks, 9).await.unwrap();
    assert!(taken.iter().any(|it| it.file_id == last.file_id), "it is over");
}

pub(crate) async fn files_go_with_the_key(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let known = clear(&talk).await;
    let store = &talk.clinic.store;
    assert_eq!(store.destroy_key(talk.id, at(50)).await, Ok(true));
    let gone = read(&talk, known.file_id).await.unwrap();
    assert_eq!((gone.removed_at, gone.due_at), (Some(at(50)), Some(at(50))));
    assert_eq!(store.take_due_files(at(60), EVER, Due::All, 9).await.unwrap().len(), 1);
}
