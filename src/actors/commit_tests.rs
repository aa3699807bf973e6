//! What a group does, with a store that says what the test wants.

use super::*;
use crate::store::Conflict;
use actix::{Addr, Handler, Message, System};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

type Answers = Vec<Result<u32, FaultCode>>;

/// What the store was asked to save, and what it says: once each, then that it is saved.
#[derive(Debug, Clone, Default)]
struct Store {
    saved: Arc<Mutex<Vec<Vec<u32>>>>,
    says: Arc<Mutex<VecDeque<StoreError>>>,
    /// Always refused, whatever it comes with.
    refused: Option<u32>,
}

/// Counts numbers: the answer to each is how many there were before.
struct Counter {
    numbers: Vec<u32>,
    published: Arc<Mutex<Vec<u32>>>,
    store: Store,
}

struct Count {
    number: u32,
    reply: oneshot::Sender<Result<u32, FaultCode>>,
}

#[derive(Message)]
#[rtype(result = "()")]
struct All(Vec<Count>);

impl Actor for Counter {
    type Context = Context<Self>;
}

impl Owner for Counter {
    type Change = Vec<u32>;

    fn apply_and_publish(&mut self, change: Vec<u32>, _: &mut Context<Self>) {
        self.published.lock().unwrap().extend(&change);
        self.numbers.extend(change);
    }
}

impl GroupOwner for Counter {
    type Ask = Count;
    type Output = u32;

    fn decide(&self, asks: &[Count]) -> Group<Vec<u32>, u32> {
        let mut next = self.numbers.clone();
        let mut new = vec![];
        let verdicts = asks
            .iter()
            .map(|ask| match ask.number {
                0 => Verdict::Now(Err(FaultCode::InvalidValue.into())),
                known if next.contains(&known) => Verdict::Now(Ok(99)),
                number => {
                    let before = u32::try_from(next.len()).unwrap();
                    next.push(number);
                    new.push(number);
                    Verdict::WhenSaved(before)
                }
            })
            .collect();
        let (store, asked) = (self.store.clone(), new.clone());
        let write: BoxFuture<'static, Stored<()>> = Box::pin(async move {
            tokio::task::yield_now().await;
            if let Some(says) = store.says.lock().unwrap().pop_front() {
                return Err(says);
            }
            if store.refused.is_some_and(|it| asked.contains(&it)) {
                return Err(StoreError::Conflict(Conflict::KeyUsed));
            }
            store.saved.lock().unwrap().push(asked);
            Ok(())
        });
        Group { verdicts, save: (!new.is_empty()).then_some((write, new)) }
    }

    fn answer(&mut self, ask: Count, answer: Result<u32, Fault>) {
        ask.reply.send(answer.map_err(|it| it.code)).unwrap();
    }
}

impl Handler<All> for Counter {
    type Result = ();

    fn handle(&mut self, All(asks): All, ctx: &mut Context<Self>) {
        commit_group(self, asks, ctx);
    }
}

async fn asks(counter: &Addr<Counter>, numbers: &[u32]) -> Answers {
    let (replies, asks): (Vec<_>, Vec<_>) = numbers
        .iter()
        .map(|number| {
            let (reply, answer) = oneshot::channel();
            (answer, Count { number: *number, reply })
        })
        .unzip();
    counter.send(All(asks)).await.unwrap();
    let mut answers = vec![];
    for it in replies {
        answers.push(it.await.expect("everybody is answered"));
    }
    answers
}

/// Asks a counter over a store that says these; what came of it, what was saved, what was published, whether it lives.
fn told(
    says: &[StoreError],
    refused: Option<u32>,
    numbers: &[u32],
) -> (Answers, Vec<Vec<u32>>, Vec<u32>, bool) {
    System::new().block_on(async {
        let says = Arc::new(Mutex::new(says.iter().copied().collect()));
        let store = Store { says, refused, ..Store::default() };
        let published = Arc::default();
        let counter =
            Counter { numbers: vec![], published: Arc::clone(&published), store: store.clone() }
                .start();
        let answers = asks(&counter, numbers).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        let saved = store.saved.lock().unwrap().clone();
        let published = published.lock().unwrap().clone();
        (answers, saved, published, counter.connected())
    })
}

#[test]
fn a_group_is_one_transaction_and_each_is_told_its_own() {
    let (answers, saved, published, lives) = told(&[], None, &[5, 0, 6, 5, 7]);
    let refused = Err(FaultCode::InvalidValue);
    assert_eq!(answers, [Ok(0), refused, Ok(1), Ok(99), Ok(2)]);
    assert_eq!((saved, published, lives), (vec![vec![5, 6, 7]], vec![5, 6, 7], true));
}

#[test]
fn only_the_one_that_is_in_conflict_fails() {
    let (answers, saved, published, lives) = told(&[], Some(6), &[5, 6, 7, 8]);
    assert_eq!(answers, [Ok(0), Err(FaultCode::StillRunning), Ok(1), Ok(2)]);
    assert_eq!(saved, [vec![5], vec![7], vec![8]], "one after the other, without a gap");
    assert_eq!((published, lives), (vec![5, 7, 8], true));
}

#[test]
fn what_is_surely_not_saved_changes_nothing() {
    let (answers, saved, published, lives) = told(&[StoreError::Aborted], None, &[5, 0, 6]);
    let unavailable = Err(FaultCode::Unavailable);
    assert_eq!(answers, [unavailable, Err(FaultCode::InvalidValue), unavailable]);
    assert_eq!((saved.len(), published.len(), lives), (0, 0, true));
}

#[test]
fn an_owner_that_does_not_know_ends() {
    for (says, code) in
        [(StoreError::Ambiguous, FaultCode::OutcomeUnknown), (StoreError::Fenced, FaultCode::Moved)]
    {
        let (answers, _, published, lives) = told(&[says], None, &[5, 6]);
        assert_eq!(answers, [Err(code), Err(code)]);
        assert_eq!((published.len(), lives), (0, false));
        // In the middle of a group that is saved one by one, those that were not begun are surely not saved.
        let conflict = StoreError::Conflict(Conflict::KeyUsed);
        let (answers, _, _, lives) = told(&[conflict, says], None, &[5, 6, 7]);
        let unavailable = Err(FaultCode::Unavailable);
        assert_eq!((answers, lives), (vec![Err(code), unavailable, unavailable], false));
    }
}
