//! What the audit log is told of a call is saved with what it changes, or not at all.

use crate::agenda::{Agenda, claim};
use crate::payments::payment;
use crate::rights::{asks, asks_less, erase};
use crate::samples::{MINUTE, NOW, audit, hash, person, session};
use crate::support::Clinic;
use crate::talk::conversation;
use bedside::domain::payment::State;
use bedside::protocol::person::Role;
use bedside::store::payment::PaymentRecord;
use bedside::store::records::{EraseTalks, TalksOf};
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

pub(crate) async fn an_erasure_brings_its_row_when_somebody_is_erased(clinic: Clinic) {
    let store = &clinic.store;
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let dr = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    store.open_conversation(conversation(&dr, &pat), None).await.expect("a conversation");
    let asked = store.ask_erasure(asks(pat.person_id, 1)).await.expect("asked");
    let row = audit("ok");
    let erasing = saved_with(vec![Called::with(&row) as _], async {
        let all = TalksOf::all(pat.person_id);
        for id in store.standing_talks(all, 10).await.expect("its conversations") {
            assert_eq!(store.destroy_talk(all, id).await, Ok(true));
        }
        assert!(rows(&clinic).await.is_empty(), "nobody is erased yet");
        store.erase(erase(&asked, ada.person_id), None).await.expect("erased");
    });
    erasing.await;
    assert_eq!(rows(&clinic).await, [row.audit_id.0]);
}

pub(crate) async fn an_erasure_of_conversations_brings_its_row_with_its_certificate(
    clinic: Clinic,
) {
    let store = &clinic.store;
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let dr = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    let talk = store.open_conversation(conversation(&dr, &pat), None).await.expect("one");
    let asked = store.ask_erasure(asks_less(pat.person_id, 1)).await.expect("asked");
    let row = audit("ok");
    let erasing = saved_with(vec![Called::with(&row) as _], async {
        let all = TalksOf::all(pat.person_id);
        assert_eq!(store.destroy_talk(all, talk.conversation_id).await, Ok(true));
        assert!(rows(&clinic).await.is_empty(), "nothing is certified yet");
        let erase = erase(&asked, ada.person_id);
        let erase = EraseTalks { erase, but_after: NOW, left_out: 0 };
        store.erase_talks(erase, None).await.expect("certified");
    });
    erasing.await;
    assert_eq!(rows(&clinic).await, [row.audit_id.0]);
}

pub(crate) async fn a_conversation_that_is_begun_anew_brings_its_row(clinic: Clinic) {
    let store = &clinic.store;
    let dr = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    let new = conversation(&dr, &pat);
    let key = new.key.clone().expect("a key");
    let id = store.open_conversation(new, None).await.expect("a conversation").conversation_id;
    assert_eq!(store.destroy_talk(TalksOf::all(pat.person_id), id).await, Ok(true));
    let row = audit("ok");
    let renewing = store.renew_key(id, key, NOW.plus(MINUTE));
    assert_eq!(saved_with(vec![Called::with(&row) as _], renewing).await, Ok(()));
    assert_eq!(rows(&clinic).await, [row.audit_id.0]);
}

pub(crate) async fn a_payment_brings_its_row_when_it_is_begun_and_never_again(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let hold = agenda.holds(vec![claim(&agenda.clinician, 100, 130)]).await.expect("held");
    let clinic = &agenda.clinic;
    let before = rows(clinic).await;
    let row = audit("ok");
    let begin = clinic.store.begin_payment(payment(&agenda, hold));
    let begun = saved_with(vec![Called::with(&row) as _], begin).await.expect("begun");
    let saved = rows(clinic).await;
    assert_eq!(saved.len(), before.len() + 1);
    // What its provider says is nobody's booking, and a second click begins nothing.
    let called = Called::with(&audit("ok"));
    let told = saved_with(vec![called.clone() as _], async {
        let again = clinic.store.begin_payment(payment(&agenda, hold)).await.expect("the same");
        assert_eq!(again.payment_id, begun.payment_id);
        let paid = PaymentRecord { state: State::Authorised, ..begun.clone() };
        clinic.store.save_payment(paid, 0).await.expect("saved");
    });
    told.await;
    assert_eq!((rows(clinic).await, called.told()), (saved, vec![]));
}
