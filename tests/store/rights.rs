//! Consents, legal holds and erasures.

use crate::agenda::{Agenda, claim};
use crate::payments::payment;
use crate::samples::{NOW, answered, at_once, session};
use crate::support::Clinic;
use crate::talk::{Talk, conversation, key};
use bedside::protocol::conversation::ConversationKind;
use bedside::protocol::ids::{ErasureId, LegalHoldId, OrganisationId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::record::{ConsentKind, ErasureScope};
use bedside::protocol::time::UnixMillis;
use bedside::store::conversations::ConversationRecord;
use bedside::store::records::{
    CertificateRecord, ConsentRecord, ERASED_NAME, Erase, ErasureRecord, HoldsOf, LegalHoldRecord,
    Lift, TalksOf, erased_email,
};
use bedside::store::{Conflict, Store, StoreError};
use uuid::Uuid;

const STALE: Result<(), StoreError> = Err(StoreError::Conflict(Conflict::Stale));
const MISSING: Result<(), StoreError> = Err(StoreError::Conflict(Conflict::Missing));
const KEY_USED: Result<(), StoreError> = Err(StoreError::Conflict(Conflict::KeyUsed));

const DAY_MS: i64 = 86_400_000;

fn at(n: i64) -> UnixMillis {
    UnixMillis(NOW.0 + n)
}

fn consent(person_id: PersonId, is_given: bool, n: i64) -> ConsentRecord {
    ConsentRecord {
        consent_id: Uuid::now_v7(),
        person_id,
        kind: ConsentKind::Telehealth,
        jurisdiction: "DE".to_owned(),
        version: "1".to_owned(),
        is_given,
        at: at(n),
    }
}

pub(crate) fn hold(person_id: PersonId, set_by: PersonId, n: i64) -> LegalHoldRecord {
    LegalHoldRecord {
        hold_id: LegalHoldId(Uuid::now_v7()),
        person_id,
        reason: "A letter".into(),
        set_by,
        set_at: at(n),
        lifted_at: None,
    }
}

pub(crate) fn asks(person_id: PersonId, n: i64) -> ErasureRecord {
    let erasure_id = ErasureId(Uuid::now_v7());
    let scope = ErasureScope::Everything;
    ErasureRecord { erasure_id, person_id, scope, asked_at: at(n), done: None, left_out: None }
}

/// The same of their conversations alone.
pub(crate) fn asks_less(person_id: PersonId, n: i64) -> ErasureRecord {
    ErasureRecord { scope: ErasureScope::Conversations, ..asks(person_id, n) }
}

pub(crate) fn erase(of: &ErasureRecord, by: PersonId) -> Erase {
    let certificate = CertificateRecord {
        text: "{}".to_owned(),
        signature: "c2ln".to_owned(),
        public_key: "a2V5".to_owned(),
    };
    let (erasure_id, person_id) = (of.erasure_id, of.person_id);
    Erase { erasure_id, person_id, by, at: at(9), certificate }
}

/// Somebody asks to be erased, and is.
pub(crate) async fn is_erased(store: &dyn Store, who: PersonId, by: PersonId) {
    let asked = store.ask_erasure(asks(who, 1)).await.unwrap();
    for id in store.standing_talks(TalksOf::all(who), 10).await.unwrap() {
        store.destroy_talk(TalksOf::all(who), id).await.unwrap();
    }
    store.erase(erase(&asked, by), None).await.unwrap();
}

pub(crate) async fn what_somebody_agreed_to_is_a_row_each_time(clinic: Clinic) {
    let store = &clinic.store;
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    let (yes, no) = (consent(pat, true, 1), consent(pat, false, 2));
    assert_eq!(store.save_consent(yes.clone(), Some(answered("k"))).await, Ok(()));
    assert_eq!(store.save_consent(no.clone(), Some(answered("k"))).await, KEY_USED);
    assert_eq!(store.save_consent(no.clone(), None).await, Ok(()));
    assert_eq!(store.consents(pat).await, Ok(vec![no, yes]));
    let nobody = PersonId(Uuid::now_v7());
    assert_eq!(store.save_consent(consent(nobody, true, 1), None).await, MISSING);
}

pub(crate) async fn nobody_is_erased_while_a_hold_stands(clinic: Clinic) {
    let store = &clinic.store;
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    let ada = clinic.hires("Ada Pretend", Role::Admin).await.person_id;
    let asked = store.ask_erasure(asks(pat, 1)).await.unwrap();
    assert_eq!(store.ask_erasure(asks(pat, 2)).await, Ok(asked.clone()), "one waits");
    assert_eq!(store.last_erasure(pat, asked.scope).await, Ok(Some(asked.clone())));
    assert_eq!(store.last_erasure(pat, ErasureScope::Conversations).await, Ok(None));
    assert_eq!(store.last_erasure(ada, asked.scope).await, Ok(None));
    let (first, second) = (hold(pat, ada, 1), hold(pat, ada, 2));
    for it in [&first, &second] {
        store.set_legal_hold(it.clone(), None).await.unwrap();
    }
    assert_eq!(
        store.legal_holds(HoldsOf::Person(pat), 9).await,
        Ok(vec![second.clone(), first.clone()])
    );
    let lift = |it: &LegalHoldRecord| Lift {
        hold_id: it.hold_id,
        by: ada,
        at: at(5),
        reason: "It is over".into(),
    };
    for it in [&second, &first] {
        let told = store.erase(erase(&asked, ada), None).await;
        assert_eq!(told.map(drop), STALE);
        assert_eq!(
            store.erasure(asked.erasure_id).await,
            Ok(Some(asked.clone())),
            "nothing changed"
        );
        store.lift_legal_hold(lift(it), None).await.unwrap();
    }
    assert_eq!(store.lift_legal_hold(lift(&first), None).await, MISSING);
    assert!(
        store
            .legal_holds(HoldsOf::Organisation(OrganisationId::FIRST), 9)
            .await
            .unwrap()
            .iter()
            .all(|it| it.lifted_at == Some(at(5)))
    );
    assert!(store.erase(erase(&asked, ada), None).await.is_ok());
}

pub(crate) async fn an_erasure_takes_key_name_address_and_sign_ins(clinic: Clinic) {
    let store = &clinic.store;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    let ada = clinic.hires("Ada Pretend", Role::Admin).await.person_id;
    let id = pat.person_id;
    store.open_subject(id, key("node-key-1"), NOW).await.unwrap();
    let (open, ended) = (session(&pat), session(&pat));
    for it in [&open, &ended] {
        store.open_session(it.clone()).await.unwrap();
    }
    store.end_session(ended.session_id, at(1)).await.unwrap();
    let asked = store.ask_erasure(asks(id, 1)).await.unwrap();
    let of_another = Erase { person_id: ada, ..erase(&asked, ada) };
    assert_eq!(store.erase(of_another, None).await.map(drop), STALE);

    let told = at_once((0..4).map(|_| {
        let (store, erase) = (store.clone(), erase(&asked, ada));
        async move { store.erase(erase, None).await }
    }))
    .await;
    let done: Vec<_> = told.iter().flatten().collect();
    assert_eq!(done, [&vec![open.session_id]], "once");
    let person = store.person(id).await.unwrap().unwrap();
    assert_eq!((person.display_name, person.email), (ERASED_NAME.into(), erased_email(id).into()));
    assert_eq!(store.person_by_email(pat.email.expose()).await, Ok(None), "the address is free");
    let subject = store.subject(id).await.unwrap().unwrap();
    assert_eq!((subject.key, subject.destroyed_at), (None, Some(at(9))));
    assert_eq!(store.open_subject(id, key("node-key-1"), NOW).await, STALE, "never again");
    let kept = store.erasure(asked.erasure_id).await.unwrap().unwrap();
    assert_eq!(kept.done, Some((at(9), erase(&asked, ada).certificate)));
    let otto = clinic.hires("Otto Sample", Role::Patient).await.person_id;
    let waits = store.ask_erasure(asks(otto, 3)).await.unwrap();
    assert_eq!(
        store.erasures(OrganisationId::FIRST, 9).await,
        Ok(vec![waits, kept]),
        "those that wait first"
    );
}

pub(crate) async fn no_conversation_is_destroyed_while_a_hold_stands(clinic: Clinic) {
    let store = &clinic.store;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let ada = clinic.hires("Ada Pretend", Role::Admin).await.person_id;
    let (id, all) = (pat.person_id, TalksOf::all(pat.person_id));
    let asked = store.ask_erasure(asks(id, 1)).await.unwrap();
    let talk = conversation(&robin, &pat);
    let mut left = conversation(&clinic.hires("Dr Kim Sample", Role::Clinician).await, &pat);
    left.members.iter_mut().for_each(|it| it.left_at = Some(at(1)));
    let of_another = conversation(&robin, &clinic.hires("Otto Sample", Role::Patient).await);
    for it in [&talk, &left, &of_another] {
        store.open_conversation(it.clone(), None).await.unwrap();
    }
    let has_key = async |it: &ConversationRecord| {
        store.conversation(it.conversation_id).await.unwrap().unwrap().key.is_some()
    };
    let mut standing = store.standing_talks(all, 9).await.unwrap();
    standing.sort_unstable();
    let mut both = [talk.conversation_id, left.conversation_id];
    both.sort_unstable();
    assert_eq!(standing, both, "those that the patient has left as well");
    assert_eq!(store.standing_talks(all, 1).await.unwrap().len(), 1);

    assert_eq!(store.destroy_talk(all, talk.conversation_id).await, Ok(true));
    assert_eq!(store.destroy_talk(all, talk.conversation_id).await, Ok(false), "once");
    // Somebody sets a hold after the first was destroyed.
    let hold = hold(id, ada, 2);
    store.set_legal_hold(hold.clone(), None).await.unwrap();
    assert_eq!(store.destroy_talk(all, left.conversation_id).await.map(drop), STALE);
    assert!(has_key(&left).await, "nothing was destroyed");
    let (by, reason) = (ada, "It is over".into());
    let lift = Lift { hold_id: hold.hold_id, by, at: at(5), reason };
    store.lift_legal_hold(lift, None).await.unwrap();
    assert_eq!(store.erase(erase(&asked, ada), None).await.map(drop), STALE, "one has its key");
    assert_eq!(store.destroy_talk(all, left.conversation_id).await, Ok(true));
    let counts = store.talk_counts(all).await.unwrap();
    assert_eq!(counts.destroyed, 2, "however often it was begun");
    assert!(store.erase(erase(&asked, ada), None).await.is_ok());
    assert!(has_key(&of_another).await);
}

pub(crate) async fn what_is_held_does_not_go_by_its_age(clinic: Clinic) {
    let mut talk = Talk::open(clinic.clone()).await;
    talk.writes(talk.ill, &[1]).await;
    let (store, id) = (&clinic.store, talk.id);
    let ada = clinic.hires("Ada Pretend", Role::Admin).await.person_id;
    let hold = hold(talk.patient.person_id, ada, 1);
    store.set_legal_hold(hold.clone(), None).await.unwrap();
    let idle =
        async || store.idle_conversations(ConversationKind::Care, at(DAY_MS), 9).await.unwrap();
    assert_eq!(idle().await, []);
    assert_eq!(store.destroy_key(id, at(DAY_MS)).await, Ok(false), "found before the hold was set");
    assert!(talk.record().await.key.is_some());
    let lift = Lift { hold_id: hold.hold_id, by: ada, at: at(5), reason: "It is over".into() };
    store.lift_legal_hold(lift, None).await.unwrap();
    assert_eq!(idle().await, [id]);
    assert_eq!(store.destroy_key(id, at(DAY_MS)).await, Ok(true));
}

pub(crate) async fn what_a_patient_said_goes_from_appointments_and_payments(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let id = agenda.patient.person_id;
    assert_eq!(store.last_ends_at(id).await, Ok(None));
    let (later, booked) = (agenda.books(200, 230).await, agenda.books(40, 70).await);
    let ends_at = store.visit(later).await.unwrap().unwrap().facts.ends_at;
    assert_eq!(store.last_ends_at(id).await, Ok(Some(ends_at)), "not the one booked last");
    let hold = agenda.holds(vec![claim(&agenda.clinician, 100, 130)]).await.unwrap();
    let paid = store.begin_payment(payment(&agenda, hold)).await.unwrap();
    let said = async || {
        let booking = store.bookings(&[booked]).await.unwrap().remove(0).reason;
        (booking, store.payment(paid.payment_id).await.unwrap().unwrap().reason)
    };
    assert!(matches!(said().await, (Some(_), Some(_))));
    let ada = agenda.clinic.hires("Ada Pretend", Role::Admin).await.person_id;
    let asked = store.ask_erasure(asks(id, 1)).await.unwrap();
    store.erase(erase(&asked, ada), None).await.unwrap();
    assert_eq!(said().await, (None, None));
    assert_eq!(store.save_payment(paid, 0).await, STALE, "nobody writes it back");
}
