//! What the memory store does when it is asked to fail.

use crate::agenda::{Agenda, claim};
use crate::samples::{NOW, answered, audit, person, session};
use crate::support::Clinic;
use bedside::protocol::person::Role;
use bedside::store::memory::{Failure, Memory, Point};
use bedside::store::schedule::Schedules;
use bedside::store::{Ledger, People, Sessions, StoreError};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_fault_comes_once_and_in_the_order_asked_for() {
    let memory = Memory::default();
    let ana = person("Ana Fiction", Role::Patient);
    memory.fail_next(Point::CreatePerson, Failure::Aborted);
    memory.fail_next(Point::CreatePerson, Failure::AmbiguousNotSaved);
    let aborted = memory.create_person(ana.clone(), None).await;
    assert_eq!(aborted, Err(StoreError::Aborted));
    let ambiguous = memory.create_person(ana.clone(), None).await;
    assert_eq!(ambiguous, Err(StoreError::Ambiguous));
    assert_eq!((memory.person(ana.person_id).await, memory.writes()), (Ok(None), 0));
    assert_eq!(memory.create_person(ana.clone(), None).await, Ok(()));
    assert_eq!(memory.writes(), 1);
}

#[tokio::test]
async fn an_ambiguous_call_may_have_been_saved() {
    let memory = Memory::default();
    let ana = person("Ana Fiction", Role::Patient);
    memory.fail_next(Point::CreatePerson, Failure::AmbiguousSaved);
    let told = memory.create_person(ana.clone(), Some(answered("k"))).await;
    assert_eq!(told, Err(StoreError::Ambiguous));
    assert_eq!(memory.person(ana.person_id).await, Ok(Some(ana)));
    assert!(memory.answered("a caller", "test.operation", "k").await.unwrap().is_some());
    assert_eq!(memory.writes(), 1);
}

#[tokio::test]
async fn a_schedule_commit_fails_as_asked_for() {
    let memory = Memory::default();
    let clinic = Clinic { store: Arc::new(memory.clone()), url: None, power: None };
    let mut agenda = Agenda::open(clinic).await;
    let writes = memory.writes();
    memory.fail_next(Point::CommitSchedule, Failure::AmbiguousNotSaved);
    memory.fail_next(Point::CommitSchedule, Failure::AmbiguousSaved);
    let (_, hold) = agenda.hold(vec![claim(&agenda.clinician, 100, 130)]);
    for saved in 0..2 {
        let told = agenda.saves(0, vec![hold.clone()]).await;
        assert_eq!(told, Err(StoreError::Ambiguous));
        assert_eq!((agenda.taken().await.len(), memory.writes() - writes), (saved, saved));
    }
    // Whoever does not know reads again: the number says that it was saved.
    assert_eq!(agenda.saves(0, vec![hold]).await, Err(StoreError::Fenced));
    let read = memory.schedule(agenda.id(), NOW).await.unwrap();
    assert_eq!((read.revision, read.claims.len()), (1, 1));
}

#[tokio::test]
async fn a_panic_leaves_the_store_as_it_was_and_usable() {
    let memory = Memory::default();
    memory.fail_next(Point::AppendAudit, Failure::Panic);
    let task = memory.clone();
    let call = tokio::spawn(async move { task.append_audit(vec![audit("one")]).await });
    assert!(call.await.unwrap_err().is_panic());
    assert_eq!(memory.audit(10).await, Ok(vec![]));
    assert_eq!(memory.append_audit(vec![audit("two")]).await, Ok(()));
}

#[tokio::test]
async fn a_store_that_hangs_holds_nobody_else_up() {
    let memory = Memory::default();
    let ana = person("Ana Fiction", Role::Patient);
    memory.create_person(ana.clone(), None).await.unwrap();
    let session = session(&ana);
    memory.fail_next(Point::OpenSession, Failure::Hang);
    let hanging = memory.open_session(session.clone());
    assert!(tokio::time::timeout(Duration::ZERO, hanging).await.is_err(), "no answer yet");
    assert_eq!(memory.session(session.session_id).await, Ok(None));
    assert_eq!(memory.end_session(session.session_id, NOW).await, Ok(false));
    assert_eq!(memory.open_session(session).await, Ok(()));
}

#[tokio::test]
async fn faults_of_one_method_are_no_faults_of_another() {
    let memory = Memory::default();
    memory.fail_next(Point::KeepAnswer, Failure::Aborted);
    assert_eq!(memory.append_audit(vec![audit("one")]).await, Ok(()));
    assert_eq!(memory.keep_answer(answered("k")).await, Err(StoreError::Aborted));
    assert_eq!(memory.keep_answer(answered("k")).await, Ok(()));
}
