//! What the audit log is told of a call is saved with what it changes, or not at all.

use crate::samples::{MINUTE, NOW, audit, hash, person, session};
use crate::support::Clinic;
use bedside::protocol::person::Role;
use bedside::store::with_change::{OfCall, saved_with};
use bedside::store::{AuditRecord, Conflict, Rotation, StoreError, Stored};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A call with one row.
#[derive(Debug)]
struct Called {
    row: AuditRecord,
    told: Mutex<VecDeque<Stored<()>>>,
}

impl Called {
    fn with(row: &AuditRecord) -> Arc<Self> {
        Arc::new(Called { row: row.clone(), told: Mutex::default() })
    }

    /// How its transactions ended, as far as it knows.
    fn told(&self) -> Vec<Stored<()>> {
        self.told.lock().unwrap().iter().copied().collect()
    }
}

impl OfCall for Called {
    fn rows(&self) -> Vec<AuditRecord> {
        match self.told().last() {
            Some(Ok(())) => vec![],
            _ => vec![self.row.clone()],
        }
    }

    fn names(&self, _: Vec<String>) {}

    fn told(&self, saved: &Stored<()>) {
        self.told.lock().unwrap().push_back(*saved);
    }
}

async fn rows(clinic: &Clinic) -> Vec<uuid::Uuid> {
    let rows = clinic.store.audit(100).await.expect("the log");
    rows.into_iter().map(|it| it.audit_id.0).collect()
}

pub(crate) async fn a_row_is_saved_with_the_first_change_of_its_call(clinic: Clinic) {
    let row = audit("ok");
    let called = Called::with(&row);
    let people = [person("Ana Fiction", Role::Patient), person("Bo Fiction", Role::Clinician)];
    let made = saved_with(vec![called.clone() as _], async {
        for it in people.clone() {
            assert_eq!(clinic.store.create_person(it, None).await, Ok(()));
        }
    });
    made.await;
    assert_eq!(rows(&clinic).await, [row.audit_id.0], "once");
    assert_eq!(called.told(), [Err(StoreError::Ambiguous), Ok(())], "unknown until it was known");
    // What is done for nobody has no rows.
    clinic.hires("Cara Fiction", Role::Admin).await;
    assert_eq!(rows(&clinic).await.len(), 1);
}

pub(crate) async fn what_is_refused_leaves_no_row(clinic: Clinic) {
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let called = Called::with(&audit("ok"));
    let twin = bedside::store::PersonRecord { email: ana.email, ..person("Twin", Role::Patient) };
    let made = saved_with(vec![called.clone() as _], clinic.store.create_person(twin, None)).await;
    assert_eq!(made, Err(StoreError::Conflict(Conflict::EmailTaken)));
    assert_eq!((rows(&clinic).await, called.told()), (vec![], vec![]));
}

pub(crate) async fn what_cannot_be_recorded_is_not_done(clinic: Clinic) {
    let row = audit("ok");
    clinic.store.append_audit(vec![row.clone()]).await.expect("there already");
    let ana = person("Ana Fiction", Role::Patient);
    let called = Called::with(&row);
    let making = clinic.store.create_person(ana.clone(), None);
    let made = saved_with(vec![called.clone() as _], making).await;
    assert!(made.is_err(), "the log has no row twice");
    assert_eq!(clinic.store.person(ana.person_id).await, Ok(None), "nobody was made");
    assert_eq!(called.told(), []);
}

pub(crate) async fn what_is_on_the_way_to_a_change_brings_no_row(clinic: Clinic) {
    let store = &clinic.store;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let session = session(&ana);
    let id = session.session_id;
    store.open_session(session).await.expect("a session");
    let called = Called::with(&audit("ok"));
    let (at, grace) = (NOW.plus(MINUTE), Duration::from_secs(10));
    let work = saved_with(vec![called.clone() as _], async {
        let challenge = uuid::Uuid::now_v7();
        assert_eq!(store.spend_challenge(challenge, at).await, Ok(true));
        assert_eq!(store.use_recovery(ana.person_id, &hash(3)).await, Ok(false));
        assert_eq!(store.touch_sessions(&[(id, at)]).await, Ok(()));
        let stolen = store.rotate(id, &hash(8), &hash(9), at, grace).await;
        assert!(matches!(stolen, Ok(Rotation::Reused(_))), "{stolen:?}");
        assert_eq!(store.end_session(id, at).await, Ok(false), "it has ended with that");
    });
    work.await;
    assert_eq!((rows(&clinic).await, called.told()), (vec![], vec![]));
}

pub(crate) async fn an_exchange_of_tokens_is_one_transaction_with_its_row(clinic: Clinic) {
    let store = &clinic.store;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let session = session(&ana);
    let id = session.session_id;
    store.open_session(session).await.expect("a session");
    let row = audit("ok");
    let (at, grace) = (NOW.plus(MINUTE), Duration::from_secs(10));
    let (before, after) = (hash(1), hash(2));
    let rotate = store.rotate(id, &before, &after, at, grace);
    let rotated = saved_with(vec![Called::with(&row) as _], rotate).await;
    assert!(matches!(rotated, Ok(Rotation::Rotated(_))), "{rotated:?}");
    assert_eq!(rows(&clinic).await, [row.audit_id.0]);
}
