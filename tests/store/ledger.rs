//! Answers by idempotency key, and the audit log.

use crate::samples::{NOW, answered, at_once, audit, hash};
use crate::support::Clinic;
use bedside::protocol::person::Role;
use bedside::store::{Answered, AnsweredBefore, AuditRecord, Conflict, StoreError};
use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) async fn an_answer_is_found_by_caller_operation_and_key(clinic: Clinic) {
    let store = &clinic.store;
    let first = answered("k");
    let others = [
        Answered { caller: "another".to_owned(), ..answered("k") },
        Answered { operation: "test.other", ..answered("k") },
        answered("another"),
    ];
    assert_eq!(store.keep_answer(first.clone()).await, Ok(()));
    for other in &others {
        let (caller, operation) = (&other.caller, other.operation);
        assert_eq!(store.answered(caller, operation, &other.key).await, Ok(None));
        assert_eq!(store.keep_answer(other.clone()).await, Ok(()));
    }
    let different = Answered { output: serde_json::Value::Null, ..answered("k") };
    let told = store.keep_answer(different).await;
    assert_eq!(told, Err(StoreError::Conflict(Conflict::KeyUsed)));

    let kept = store.answered("a caller", "test.operation", "k").await.unwrap().unwrap();
    let expected = AnsweredBefore { params_hash: hash(7), output: first.output.clone() };
    assert_eq!(kept, expected);
    // Byte by byte, as a signature over the answer would need it.
    assert_eq!(kept.output.to_string(), first.output.to_string());
}

pub(crate) async fn of_many_who_use_one_key_one_keeps_an_answer(clinic: Clinic) {
    let told = at_once((0..16).map(|n| {
        let store = clinic.store.clone();
        let answer = Answered { output: serde_json::json!(n), ..answered("k") };
        async move { (n, store.keep_answer(answer).await) }
    }))
    .await;
    let kept: Vec<_> = told.iter().filter(|(_, it)| it.is_ok()).map(|(n, _)| *n).collect();
    assert_eq!(kept.len(), 1);
    let used = Err(StoreError::Conflict(Conflict::KeyUsed));
    assert_eq!(told.iter().filter(|(_, it)| *it == used).count(), 15);
    let answer = clinic.store.answered("a caller", "test.operation", "k").await.unwrap();
    assert_eq!(answer.unwrap().output, serde_json::json!(kept[0]));
}

pub(crate) async fn old_answers_are_deleted_oldest_first_and_no_others(clinic: Clinic) {
    let store = &clinic.store;
    let at = |key: &str, seconds| Answered {
        at: NOW.plus(Duration::from_secs(seconds)),
        ..answered(key)
    };
    // One key, two callers: each row is its own.
    let namesake = Answered { caller: "another".to_owned(), ..at("oldest", 100) };
    for it in [at("old", 2), at("oldest", 1), at("edge", 10), namesake] {
        store.keep_answer(it).await.unwrap();
    }
    let is_kept = async |caller: &str, key: &str| {
        store.answered(caller, "test.operation", key).await.unwrap().is_some()
    };
    let before = NOW.plus(Duration::from_secs(10));
    assert_eq!(store.forget_answers(before, 1).await, Ok(1), "no more than asked for");
    assert!(!is_kept("a caller", "oldest").await && is_kept("a caller", "old").await);
    assert_eq!(store.forget_answers(before, 5).await, Ok(1));
    assert_eq!(store.forget_answers(before, 5).await, Ok(0));
    assert!(!is_kept("a caller", "old").await);
    assert!(is_kept("a caller", "edge").await && is_kept("another", "oldest").await);
    assert_eq!(store.keep_answer(at("old", 20)).await, Ok(()), "the key is free again");
}

pub(crate) async fn audit_rows_are_read_newest_first(clinic: Clinic) {
    let store = &clinic.store;
    assert_eq!(store.append_audit(vec![]).await, Ok(()));
    assert_eq!(store.audit(10).await, Ok(vec![]));
    let first = audit("one");
    let nobody = AuditRecord { caller: None, role: None, target: None, phase: "ok", ..audit("") };
    let third = AuditRecord { role: Some(Role::Admin), ..audit("three") };
    store.append_audit(vec![first, nobody.clone()]).await.unwrap();
    store.append_audit(vec![third.clone()]).await.unwrap();

    let read = store.audit(2).await.unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].request_id, third.request_id);
    assert_eq!((read[0].role, read[0].phase.as_str()), (Some(Role::Admin), "begin"));
    assert_eq!(read[0].target.as_deref(), Some("three"));
    assert_eq!(read[1].request_id, nobody.request_id);
    assert_eq!((read[1].at, read[1].operation.as_str()), (NOW, "test.operation"));
    assert_eq!((&read[1].caller, read[1].role, &read[1].target), (&None, None, &None));
    assert_eq!(store.audit(10).await.unwrap().len(), 3);
}

pub(crate) async fn audit_rows_of_one_call_are_kept_together_or_not_at_all(clinic: Clinic) {
    let store = &clinic.store;
    let first = audit("one");
    store.append_audit(vec![first.clone()]).await.unwrap();
    let told = store.append_audit(vec![audit("two"), first]).await;
    assert_eq!(told, Err(StoreError::Conflict(Conflict::Stale)));
    assert_eq!(store.audit(10).await.unwrap().len(), 1);
}

pub(crate) async fn audit_rows_of_many_calls_are_all_kept(clinic: Clinic) {
    let taken = audit("taken");
    clinic.store.append_audit(vec![taken.clone()]).await.unwrap();
    // Every eighth call is refused, and takes none of those with it that are written together with it.
    let told = at_once((0..64).map(|n| {
        let store = clinic.store.clone();
        let rows = if n % 8 == 0 {
            vec![taken.clone()]
        } else {
            vec![audit(&format!("{n} a")), audit(&format!("{n} b"))]
        };
        async move { store.append_audit(rows).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 56, "{told:?}");
    let read = clinic.store.audit(1_000).await.unwrap();
    let targets: BTreeSet<_> = read.iter().filter_map(|it| it.target.clone()).collect();
    assert_eq!((read.len(), targets.len()), (113, 113));

    let many = (0..2_500).map(|n| audit(&format!("many {n}"))).collect();
    assert_eq!(clinic.store.append_audit(many).await, Ok(()));
    let read = clinic.store.audit(2_500).await.unwrap();
    assert_eq!(read[0].target.as_deref(), Some("many 2499"), "in their order");
    assert_eq!(read[2_499].target.as_deref(), Some("many 0"));
}

pub(crate) async fn a_healthy_store_is_ready(clinic: Clinic) {
    assert_eq!(clinic.store.ready().await, Ok(()));
}
