//! Rows of the audit log that are too many at once, or cannot be read: no one of them keeps the others from being signed.

use crate::samples::{NOW, audit};
use crate::support::Clinic;
use crate::trail::{is_whole, sequencer, signer};
use bedside::audit::leaf::{Detail, Leaf};
use bedside::audit::sequencer::Unsigned;
use bedside::store::trail::AuditQuery;
use bedside::store::{AuditRecord, Returned, StoreError};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

pub(crate) async fn rows_that_name_many_are_written_in_smaller_batches(clinic: Clinic) {
    let (store, signer) = (&clinic.store, signer());
    let row = |row: u32| {
        let ids = (0..500).map(|it| format!("person_id:{}", Uuid::from_u128(it))).collect();
        let returned = Some(Returned { ids, count: 500 });
        AuditRecord { phase: "ok", returned, ..audit(&format!("list {row}")) }
    };
    store.append_audit((0..20).map(row).collect()).await.unwrap();
    let mut sequencer = sequencer(store, &signer);
    for (done, has_more) in [(8, true), (8, true), (4, false)] {
        assert_eq!(sequencer.turn(NOW).await, Ok(done));
        assert_eq!(sequencer.has_more(), has_more);
    }
    assert_eq!(is_whole(store, &signer).await.len(), 20);
}

/// More than a hundred entries in one transaction do not go through, as if it took too long.
const TOO_MUCH: [&str; 2] = [
    "CREATE TRIGGER too_much BEFORE INSERT ON audit_entries
     WHEN NEW.idx >= 100 + (SELECT COALESCE(MAX(size), 0) FROM audit_checkpoints)
     BEGIN SELECT RAISE(ABORT, 'too much'); END",
    "CREATE FUNCTION too_much() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     IF NEW.idx >= 100 + (SELECT COALESCE(MAX(size), 0) FROM audit_checkpoints) THEN
         RAISE EXCEPTION 'too much' USING ERRCODE = 'query_canceled';
     END IF;
     RETURN NEW; END $$;
     CREATE TRIGGER too_much BEFORE INSERT ON audit_entries
     FOR EACH ROW EXECUTE FUNCTION too_much()",
];

pub(crate) async fn a_batch_that_is_too_large_is_made_smaller(clinic: Clinic) {
    let (store, signer) = (&clinic.store, signer());
    let shell = clinic.shell().await;
    let is_postgres = shell.get_database_backend() == DbBackend::Postgres;
    shell.execute_unprepared(TOO_MUCH[usize::from(is_postgres)]).await.unwrap();
    store.append_audit((0..300).map(|n| audit(&format!("row {n}"))).collect()).await.unwrap();
    let mut sequencer = sequencer(store, &signer);
    let mut done = 0;
    for turn in 0.. {
        assert!(turn < 20, "it does not go on: {done}");
        match sequencer.turn(NOW).await {
            Ok(0) => break,
            Ok(more) => done += more,
            Err(error) => assert_eq!(error, Unsigned::Down(StoreError::Aborted)),
        }
    }
    assert_eq!(done, 300);
    assert_eq!(is_whole(store, &signer).await.len(), 300);
}

pub(crate) async fn a_row_that_cannot_be_read_is_an_entry_that_says_so(clinic: Clinic) {
    let (store, signer) = (&clinic.store, signer());
    let shell = clinic.shell().await;
    let is_postgres = shell.get_database_backend() == DbBackend::Postgres;
    let spoilt = async |role: &str, count: i64, returned: &str| {
        let id = Uuid::now_v7();
        let id = if is_postgres { format!("'{id}'") } else { format!("X'{}'", id.simple()) };
        let sql = format!(
            "INSERT INTO audit_logs
             (id, request_id, at, phase, operation, role, returned_count, returned)
             VALUES ({id}, {id}, {}, 'ok', 'visit.read', '{role}', {count}, '{returned}')",
            NOW.0
        );
        shell.execute_unprepared(&sql).await.unwrap();
    };
    store.append_audit(vec![audit("before")]).await.unwrap();
    spoilt("shaman", 1, "[]").await;
    spoilt("admin", 1, "no list").await;
    spoilt("admin", -1, "[]").await;
    store.append_audit(vec![audit("behind")]).await.unwrap();
    assert_eq!(sequencer(store, &signer).turn(NOW).await, Ok(5));
    let entries = is_whole(store, &signer).await;
    let openings = store.openings(0, 9).await.unwrap();
    for it in &openings[1..4] {
        let leaf = Leaf::parse(it.entry.leaf.as_bytes()).unwrap();
        assert_eq!(leaf.action, format!("unreadable:{}", it.entry.position));
        assert_eq!(leaf.outcome, "unreadable");
        // All that stands there is committed to, and compared.
        let (_, detail) = it.committed.clone().unwrap();
        assert!(detail.contains("\"visit.read\""), "{detail}");
        assert_eq!(Detail::of(it.row.as_ref().unwrap()).canonical(), detail);
    }
    assert!(openings[2].committed.as_ref().unwrap().1.contains("no list"));
    assert_eq!(entries.len(), 5);
    let all = AuditQuery { limit: 9, ..AuditQuery::default() };
    assert_eq!(store.search_audit(all).await.unwrap().len(), 3, "who looks sees them too");
}
