//! Accounts.

use crate::samples::{answered, at_once, person};
use crate::support::Clinic;
use bedside::protocol::ids::{OrganisationId, PersonId};
use bedside::protocol::person::Role;
use bedside::store::people::Which;
use bedside::store::{Conflict, StoreError};
use uuid::Uuid;

pub(crate) async fn an_account_is_found_by_id_and_by_email(clinic: Clinic) {
    let store = &clinic.store;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    clinic.hires("Bo Invented", Role::Admin).await;
    assert_eq!(store.person(ana.person_id).await, Ok(Some(ana.clone())));
    assert_eq!(store.person_by_email("ana.fiction@clinic.example").await, Ok(Some(ana)));
    assert_eq!(store.person(PersonId(Uuid::now_v7())).await, Ok(None));
    assert_eq!(store.person_by_email("nobody@clinic.example").await, Ok(None));
}

pub(crate) async fn an_email_belongs_to_one_account(clinic: Clinic) {
    let store = &clinic.store;
    let first = clinic.hires("Ana Fiction", Role::Patient).await;
    let second = person("Ana Fiction", Role::Clinician);
    let told = store.create_person(second.clone(), Some(answered("k"))).await;
    assert_eq!(told, Err(StoreError::Conflict(Conflict::EmailTaken)));
    assert_eq!(store.person(second.person_id).await, Ok(None));
    assert_eq!(store.person_by_email(first.email.expose()).await, Ok(Some(first)));
    let kept = store.answered("a caller", "test.operation", "k").await;
    assert_eq!(kept, Ok(None), "the answer went with the rest of the transaction");
}

pub(crate) async fn of_many_who_take_one_email_one_gets_it(clinic: Clinic) {
    let told = at_once((0..16).map(|_| {
        let store = clinic.store.clone();
        async move { store.create_person(person("Ana Fiction", Role::Patient), None).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1);
    let taken = Err(StoreError::Conflict(Conflict::EmailTaken));
    assert_eq!(told.iter().filter(|it| **it == taken).count(), 15);
}

pub(crate) async fn people_are_listed_by_name(clinic: Clinic) {
    let store = &clinic.store;
    let cleo = clinic.hires("Cleo Madeup", Role::Patient).await;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let bo = clinic.hires("Bo Invented", Role::Clinician).await;
    let all = vec![ana.clone(), bo.clone(), cleo.clone()];
    assert_eq!(store.people(OrganisationId::FIRST, Which::ALL, 10).await, Ok(all));
    assert_eq!(
        store.people(OrganisationId::FIRST, Which::ALL, 2).await,
        Ok(vec![ana.clone(), bo.clone()])
    );
    assert_eq!(store.people(OrganisationId::FIRST, Which::ALL, 0).await, Ok(vec![]));
    assert_eq!(
        store.people(OrganisationId::FIRST, Which::of(Role::Patient), 10).await,
        Ok(vec![ana, cleo])
    );
    assert_eq!(
        store.people(OrganisationId::FIRST, Which::of(Role::Clinician), 10).await,
        Ok(vec![bo])
    );
    assert_eq!(store.people(OrganisationId::FIRST, Which::of(Role::Admin), 10).await, Ok(vec![]));
}

pub(crate) async fn a_used_key_makes_no_second_account(clinic: Clinic) {
    let store = &clinic.store;
    let first = person("Ana Fiction", Role::Patient);
    let second = person("Bo Invented", Role::Patient);
    assert_eq!(store.create_person(first.clone(), Some(answered("k"))).await, Ok(()));
    let used = Err(StoreError::Conflict(Conflict::KeyUsed));
    assert_eq!(store.create_person(second.clone(), Some(answered("k"))).await, used);
    assert_eq!(store.person(second.person_id).await, Ok(None));
    // The same call once more: the key goes first, so that the caller is given the answer and not a conflict.
    assert_eq!(store.create_person(first, Some(answered("k"))).await, used);
    let kept = store.answered("a caller", "test.operation", "k").await.unwrap().unwrap();
    assert_eq!(kept.output, answered("k").output);
}
