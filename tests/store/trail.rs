//! Rows of the audit log become entries: in one order, each once, whoever appends, however late a row is committed.

use crate::samples::{NOW, at_once, audit};
use crate::support::Clinic;
use bedside::audit::MERKLE;
use bedside::audit::checkpoint::Checkpoint;
use bedside::audit::leaf::{Detail, Leaf, commitment};
use bedside::audit::sequencer::{BATCH, Sequencer};
use bedside::crypto::{NoteKind, NoteSigner};
use bedside::protocol::ids::{AuditId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::store::trail::{AuditQuery, CheckpointRecord, NewEntry, TrailBatch, TrailEntry};
use bedside::store::{AuditRecord, Conflict, Returned, Store, StoreError};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub(crate) fn signer() -> Arc<NoteSigner> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    Arc::new(NoteSigner::open(&path, "clinic.example/audit", NoteKind::Log).unwrap())
}

pub(crate) fn sequencer(store: &Arc<dyn Store>, signer: &Arc<NoteSigner>) -> Sequencer {
    Sequencer::new(Arc::clone(store), Arc::clone(signer))
}

/// The log is whole: numbered without a gap, each row once, every checkpoint the root of what it covers.
pub(crate) async fn is_whole(store: &Arc<dyn Store>, signer: &NoteSigner) -> Vec<TrailEntry> {
    let entries = store.trail(0, 100_000).await.unwrap();
    let rows: BTreeSet<_> = entries.iter().map(|it| it.position).collect();
    assert_eq!(rows.len(), entries.len(), "each row once");
    for (n, it) in (0..).zip(&entries) {
        let leaf = Leaf::parse(it.leaf.as_bytes()).expect("a leaf");
        assert_eq!((it.index, leaf.seq), (n, n));
    }
    let hashes: Vec<_> = entries.iter().map(|it| MERKLE.leaf(it.leaf.as_bytes())).collect();
    let mut covered = 0;
    for it in store.checkpoints(0, 100_000).await.unwrap() {
        let signed = Checkpoint::opened(&it.note, signer.verifier()).expect("signed");
        let size = usize::try_from(it.size).unwrap();
        assert_eq!((signed.head.size, signed.head.root), (it.size, MERKLE.root(&hashes[..size])));
        assert!(it.size > covered);
        covered = it.size;
    }
    assert_eq!(usize::try_from(covered).unwrap(), entries.len(), "all of it is signed");
    entries
}

pub(crate) async fn rows_become_entries_in_one_order_each_once(clinic: Clinic) {
    let (store, signer) = (&clinic.store, signer());
    let mut sequencer = sequencer(store, &signer);
    assert_eq!(sequencer.turn(NOW).await, Ok(0));
    assert_eq!(store.trail_head().await, Ok(None));
    at_once((0..40).map(|n| {
        let store = Arc::clone(store);
        async move { store.append_audit(vec![audit(&format!("{n}")); 1]).await.unwrap() }
    }))
    .await;
    assert_eq!(sequencer.turn(NOW).await, Ok(40));
    assert_eq!(sequencer.turn(NOW).await, Ok(0));
    let many = (0..1_200).map(|n| audit(&format!("many {n}"))).collect();
    store.append_audit(many).await.unwrap();
    let mut left = 1_200;
    while left > 0 {
        let expected = BATCH.min(left);
        assert_eq!(sequencer.turn(NOW).await, Ok(expected));
        left -= expected;
    }
    assert_eq!(is_whole(store, &signer).await.len(), 1_240);
    // Another run of a node goes on where this one ended, once the lease is over.
    store.append_audit(vec![audit("last")]).await.unwrap();
    let mut next = self::sequencer(store, &signer);
    assert_eq!(next.turn(NOW).await, Ok(0), "somebody else leads");
    assert_eq!(next.turn(NOW.plus(Duration::from_secs(11))).await, Ok(1));
    assert_eq!(is_whole(store, &signer).await.len(), 1_241);
}

pub(crate) async fn of_many_nodes_that_append_none_forks_the_log(clinic: Clinic) {
    let (store, signer) = (&clinic.store, signer());
    let mut nodes = vec![];
    for _ in 0..4 {
        let theirs: Arc<dyn Store> = match clinic.url {
            Some(_) => Arc::new(clinic.open_again().await),
            None => Arc::clone(store),
        };
        nodes.push(sequencer(&theirs, &signer));
    }
    // Each believes that the lease of the others is over: the store alone judges.
    let writing = at_once((0..4).map(|n| {
        let store = Arc::clone(store);
        async move {
            for it in 0..25 {
                store.append_audit(vec![audit(&format!("{n} {it}"))]).await.unwrap();
            }
        }
    }));
    let appending = at_once((0_u64..).zip(nodes).map(|(n, mut node)| async move {
        for turn in 0..12 {
            let now = NOW.plus(Duration::from_secs((turn * 4 + n) * 60));
            let _done = node.turn(now).await;
        }
    }));
    tokio::join!(writing, appending);
    let mut last = sequencer(store, &signer);
    let later = NOW.plus(Duration::from_secs(1_000_000));
    while last.turn(later).await.unwrap() > 0 {}
    assert_eq!(is_whole(store, &signer).await.len(), 100);
}

fn batch(holder: Uuid, index: u64, position: i64) -> TrailBatch {
    let entry = TrailEntry { index, position, leaf: format!("leaf {index}") };
    let new = NewEntry { entry, salt: vec![7; 32], detail: "{}".to_owned(), patients: vec![] };
    let checkpoint = CheckpointRecord {
        size: index + 1,
        root: vec![1; 32],
        frontier: vec![],
        note: "a note".to_owned(),
        at: NOW,
    };
    TrailBatch { holder, entries: vec![new], pseudonyms: vec![], checkpoint }
}

pub(crate) async fn whoever_was_overtaken_appends_nothing(clinic: Clinic) {
    let store = &clinic.store;
    let [first, second] = [1, 2].map(Uuid::from_u128);
    let until = NOW.plus(Duration::from_secs(10));
    assert_eq!(store.append_trail(batch(first, 0, 1)).await, Err(StoreError::Fenced));
    assert_eq!(store.lead_trail(first, NOW, until).await, Ok(true));
    assert_eq!(store.lead_trail(second, NOW, until).await, Ok(false));
    assert_eq!(store.append_trail(batch(first, 0, 1)).await, Ok(()));
    assert_eq!(store.lead_trail(second, until, until).await, Ok(true));
    assert_eq!(store.append_trail(batch(first, 1, 2)).await, Err(StoreError::Fenced));
    let stale = Err(StoreError::Conflict(Conflict::Stale));
    for wrong in [batch(second, 0, 2), batch(second, 2, 2), batch(second, 1, 1)] {
        assert_eq!(store.append_trail(wrong).await, stale);
    }
    assert_eq!(store.append_trail(batch(second, 1, 2)).await, Ok(()));
    assert_eq!(store.trail(0, 9).await.unwrap().len(), 2);
    assert_eq!(store.trail(1, 9).await.unwrap()[0].leaf, "leaf 1");
    assert_eq!(store.trail_head().await.unwrap().unwrap().size, 2);
    assert_eq!(store.checkpoints(1, 9).await.unwrap().len(), 1);
}

pub(crate) async fn a_leaf_names_nobody_and_what_it_hides_can_be_erased(clinic: Clinic) {
    let (store, signer) = (&clinic.store, signer());
    let (ana, visit) = (Uuid::now_v7(), Uuid::now_v7());
    let caller = Some(format!("person:{ana}"));
    let about = |target: &str| AuditRecord {
        caller: caller.clone(),
        network: Some("203.0.113.0/24".to_owned()),
        ..audit(target)
    };
    let target = format!("appointment_id:{visit}");
    store.append_audit(vec![about(&target), about(&target), about("a remark")]).await.unwrap();
    assert_eq!(sequencer(store, &signer).turn(NOW).await, Ok(3));
    let entries = is_whole(store, &signer).await;
    let leaves: Vec<_> =
        entries.iter().map(|it| Leaf::parse(it.leaf.as_bytes()).unwrap()).collect();
    for it in &entries {
        for direct in [ana.to_string(), visit.to_string(), "203.0.113".to_owned()] {
            assert!(!it.leaf.contains(&direct), "{}", it.leaf);
        }
    }
    assert_eq!(leaves[0].kind.as_deref(), Some("appointment"));
    assert_eq!((leaves[0].actor, leaves[0].resource), (leaves[1].actor, leaves[1].resource));
    assert_eq!(leaves[2].kind, None);
    assert!(leaves[2].resource != leaves[0].resource && leaves[0].actor.is_some());

    let openings = store.openings(0, 9).await.unwrap();
    let (salt, detail) = openings[1].committed.clone().unwrap();
    assert_eq!(commitment(&salt, &detail), leaves[1].detail);
    assert_eq!(Detail::of(openings[1].row.as_ref().unwrap()).canonical(), detail);
    assert!(detail.contains(&ana.to_string()));
    assert_eq!(store.erase_details(vec![1, 7]).await, Ok(1));
    let openings = store.openings(0, 9).await.unwrap();
    assert_eq!(openings.iter().filter(|it| it.committed.is_some()).count(), 2);
    is_whole(store, &signer).await;
}

pub(crate) async fn whose_record_it_was_is_known_from_what_is_named(clinic: Clinic) {
    let visit = clinic.books().await;
    let (store, signer) = (&clinic.store, signer());
    let patient = visit.facts.patient_id;
    let part = visit.members.keys().next().unwrap();
    let row = |target: String| AuditRecord { phase: "ok", ..audit(&target) };
    let returned = Some(Returned {
        ids: vec![
            format!("person_id:{patient}"),
            format!("person_id:{}", visit.facts.clinician_id),
        ],
        count: 2,
    });
    let rows = vec![
        row(format!("appointment_id:{}", visit.facts.appointment_id)),
        row(format!("participant_id:{part}")),
        row(format!("patient_id:{patient}")),
        AuditRecord { returned, ..row("a list".to_owned()) },
        AuditRecord { patient: Some(patient), ..row("said".to_owned()) },
        row(format!("person_id:{}", visit.facts.clinician_id)),
        row("nothing".to_owned()),
        AuditRecord { phase: "begin", ..row(format!("patient_id:{patient}")) },
    ];
    store.append_audit(rows).await.unwrap();
    sequencer(store, &signer).turn(NOW).await.unwrap();
    let all = AuditQuery { limit: 50, ..AuditQuery::default() };
    let found = store.search_audit(all).await.unwrap();
    let whose: Vec<_> = found.iter().rev().map(|it| it.patients.clone()).collect();
    let theirs = vec![patient];
    let nobodys: Vec<PersonId> = vec![];
    assert_eq!(whose[..5], [(); 5].map(|()| theirs.clone()));
    assert_eq!(whose[5..], [nobodys.clone(), nobodys], "what was begun only is not among them");
    let read = found[3].row.returned.clone().unwrap();
    assert_eq!((read.ids.len(), read.count), (2, 2));
}

pub(crate) async fn the_audit_log_is_looked_through_by_page(clinic: Clinic) {
    let visit = clinic.books().await;
    let (store, signer) = (&clinic.store, signer());
    let (ana, robin) = (visit.facts.patient_id, visit.facts.clinician_id);
    let row = |n: i64, phase: &'static str, who: PersonId| AuditRecord {
        at: UnixMillis(NOW.0 + n),
        phase,
        caller: Some(format!("person:{who}")),
        operation: if n % 2 == 0 { "visit.read" } else { "visit.admit" },
        target: Some(format!("patient_id:{ana}")),
        ..audit("")
    };
    let rows: Vec<_> =
        (0..10).map(|n| row(n, if n < 7 { "ok" } else { "forbidden" }, robin)).collect();
    let last = row(10, "begin", ana);
    let ids: Vec<AuditId> = rows.iter().map(|it| it.audit_id).collect();
    store.append_audit(rows).await.unwrap();
    store.append_audit(vec![last]).await.unwrap();
    sequencer(store, &signer).turn(NOW).await.unwrap();
    let found = async |query: AuditQuery| -> Vec<i64> {
        let found = store.search_audit(AuditQuery { limit: 50, ..query }).await.unwrap();
        found.into_iter().map(|it| it.row.at.0 - NOW.0).collect()
    };
    let any = AuditQuery::default;
    let text = |it: &str| Some(it.to_owned());
    assert_eq!(found(any()).await, (0..10).rev().collect::<Vec<_>>());
    assert_eq!(found(AuditQuery { phase: text("begin"), ..any() }).await, [10]);
    assert_eq!(found(AuditQuery { phase: text("forbidden"), ..any() }).await, [9, 8, 7]);
    let operations = vec!["visit.read".to_owned()];
    let from = Some(UnixMillis(NOW.0 + 2));
    let until = Some(UnixMillis(NOW.0 + 7));
    assert_eq!(found(AuditQuery { operations, from, until, ..any() }).await, [6, 4, 2]);
    let caller = Some(format!("person:{ana}"));
    assert_eq!(found(AuditQuery { caller, ..any() }).await, Vec::<i64>::new());
    assert_eq!(found(AuditQuery { patient: Some(robin), ..any() }).await, Vec::<i64>::new());
    assert_eq!(found(AuditQuery { patient: Some(ana), ..any() }).await.len(), 10);
    let target = Some(format!("patient_id:{robin}"));
    assert_eq!(found(AuditQuery { target, ..any() }).await, Vec::<i64>::new());
    let mut seen = vec![];
    let mut before = None;
    loop {
        let page = store.search_audit(AuditQuery { limit: 4, before, ..any() }).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.row.position);
        seen.extend(page.iter().map(|it| it.row.audit_id));
    }
    seen.reverse();
    assert_eq!(seen, ids);
    let one = store.audit_row(ids[3]).await.unwrap().unwrap();
    assert_eq!((one.entry, one.patients, one.row.audit_id), (Some(3), vec![ana], ids[3]));
    assert_eq!(store.audit_row(AuditId(Uuid::now_v7())).await, Ok(None));
    let part = visit.members.values().find(|it| it.role == Role::Patient).unwrap();
    let who = vec![
        format!("person:{robin}"),
        format!("participant:{}", part.participant_id),
        format!("person:{}", Uuid::now_v7()),
        "a caller".to_owned(),
    ];
    let named = store.named(who.clone()).await.unwrap();
    assert_eq!(named.len(), 2);
    assert_eq!((named[&who[0]].person_id, named[&who[0]].role), (Some(robin), Role::Clinician));
    assert_eq!((named[&who[1]].person_id, named[&who[1]].role), (Some(ana), Role::Patient));
}

/// PostgreSQL only: SQLite has one writer, whose rows are committed in their order.
pub(crate) async fn a_row_that_is_committed_late_becomes_an_entry_all_the_same(clinic: Clinic) {
    let shell = clinic.shell().await;
    if shell.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let (store, signer) = (&clinic.store, signer());
    let mut sequencer = sequencer(store, &signer);
    let insert = |id: Uuid| {
        format!(
            "INSERT INTO audit_logs (id, request_id, at, phase, operation)
             VALUES ('{id}', '{id}', {}, 'ok', 'late')",
            NOW.0
        )
    };
    store.append_audit(vec![audit("first")]).await.unwrap();
    assert_eq!(sequencer.turn(NOW).await, Ok(1));
    let late = shell.begin().await.unwrap();
    late.execute_unprepared(&insert(Uuid::now_v7())).await.unwrap();
    // Long after all that the sequencer waits for, the transaction is still open.
    for minute in 1..6 {
        let now = NOW.plus(Duration::from_secs(minute * 60));
        store.append_audit(vec![audit("meanwhile")]).await.unwrap();
        assert_eq!(sequencer.turn(now).await, Ok(1));
        assert_eq!(sequencer.turn(now).await, Ok(0));
    }
    late.commit().await.unwrap();
    let now = NOW.plus(Duration::from_secs(600));
    assert_eq!(sequencer.turn(now).await, Ok(1));
    let entries = is_whole(store, &signer).await;
    let (last, before) = entries.split_last().unwrap();
    assert!(before.iter().any(|it| it.position > last.position), "it was late");
    // What is settled is not looked through again, and nothing is lost by that.
    for minute in 11..15 {
        let now = NOW.plus(Duration::from_secs(minute * 60));
        assert_eq!(sequencer.turn(now).await, Ok(0));
    }
    store.append_audit(vec![audit("after")]).await.unwrap();
    assert_eq!(sequencer.turn(NOW.plus(Duration::from_secs(1_000))).await, Ok(1));
    assert_eq!(is_whole(store, &signer).await.len(), 8);
}

pub(crate) async fn what_was_signed_is_append_only(clinic: Clinic) {
    let visit = clinic.books().await;
    let (store, signer) = (&clinic.store, signer());
    let row = audit(&format!("patient_id:{}", visit.facts.patient_id));
    store.append_audit(vec![AuditRecord { phase: "ok", ..row }]).await.unwrap();
    sequencer(store, &signer).turn(NOW).await.unwrap();
    let shell = clinic.shell().await;
    let mut forbidden = vec![
        "UPDATE audit_entries SET leaf = 'other'",
        "DELETE FROM audit_entries",
        "UPDATE audit_checkpoints SET note = 'other'",
        "DELETE FROM audit_checkpoints",
        "UPDATE audit_touched SET position = position + 1",
        "DELETE FROM audit_touched",
        "UPDATE audit_details SET detail = 'other'",
        "UPDATE audit_subjects SET subject = 'other'",
    ];
    let own: &[&str] = match shell.get_database_backend() {
        DbBackend::Sqlite => &[
            "INSERT OR REPLACE INTO audit_entries SELECT idx, position, 'other' FROM audit_entries",
            "INSERT OR REPLACE INTO audit_checkpoints SELECT size, root, frontier, 'other', at FROM audit_checkpoints",
            "INSERT OR REPLACE INTO audit_details SELECT idx, salt, 'other' FROM audit_details",
        ],
        _ => &["TRUNCATE audit_entries", "TRUNCATE audit_checkpoints", "TRUNCATE audit_touched"],
    };
    forbidden.extend(own);
    for sql in forbidden {
        let error = shell.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(error.contains("append_only") || error.contains("already_there"), "{sql}: {error}");
    }
    is_whole(store, &signer).await;
    let count = Statement::from_string(
        shell.get_database_backend(),
        "SELECT COUNT(*) AS n FROM audit_touched",
    );
    let row = shell.query_one_raw(count).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 1);
}
