//! Starts, finds and forgets actors by key. One owner a key on this node (RM-1; across nodes the store's fence judges).
//!
//! Invariant: an address that is handed out was connected a moment ago; a dead mailbox (stopped, or panicked: actix
//! does not restart those) is noticed at the next look, and a new actor is started that reloads from the store.

use actix::{Actor, Addr, Context};
use actix_rt::{Arbiter, ArbiterHandle};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Entries above which those of actors that have ended are forgotten, now and then.
const FORGET_ABOVE: usize = 1_024;

/// Threads that owners live on.
#[derive(Debug)]
pub struct Threads {
    handles: Vec<ArbiterHandle>,
    next: AtomicUsize,
}

impl Threads {
    /// Starts `count` of them, at least one. They end with the actix system.
    pub fn start(count: usize) -> Self {
        let handles = (0..count.max(1)).map(|_| Arbiter::new().handle()).collect();
        Threads { handles, next: AtomicUsize::new(0) }
    }

    fn pick(&self) -> Option<&ArbiterHandle> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.handles.get(turn.checked_rem(self.handles.len())?)
    }
}

/// The actors of one kind, by key.
pub struct Directory<K, A: Actor> {
    threads: Arc<Threads>,
    make: Box<dyn Fn(K) -> A + Send + Sync>,
    running: Mutex<HashMap<K, Addr<A>>>,
}

impl<K, A> Directory<K, A>
where
    K: Copy + Eq + Hash + Send + 'static,
    A: Actor<Context = Context<A>> + Send + 'static,
{
    /// None yet; `make` makes one.
    pub fn new(threads: Arc<Threads>, make: impl Fn(K) -> A + Send + Sync + 'static) -> Self {
        Directory { threads, make: Box::new(make), running: Mutex::new(HashMap::new()) }
    }

    /// The actor of `key`, started when there is none or when it is dead. `None` only while the node goes down.
    pub fn find(&self, key: K) -> Option<Addr<A>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = running.get(&key).filter(|it| it.connected()) {
            return Some(found.clone());
        }
        if running.len() >= FORGET_ABOVE && running.len().is_multiple_of(FORGET_ABOVE) {
            running.retain(|_, it| it.connected());
        }
        let actor = (self.make)(key);
        let started = A::start_in_arbiter(self.threads.pick()?, move |_| actor);
        running.insert(key, started.clone());
        Some(started)
    }

    /// The actor of `key` if it runs.
    pub fn find_running(&self, key: K) -> Option<Addr<A>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let found = running.get(&key)?;
        if found.connected() {
            return Some(found.clone());
        }
        running.remove(&key);
        None
    }

    /// Those that run.
    pub fn running(&self) -> Vec<Addr<A>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().filter(|it| it.connected()).cloned().collect()
    }

    /// How many run. Forgets those that ended.
    pub fn count(&self) -> usize {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, it| it.connected());
        running.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix::{ActorContext as _, Handler, Message, System};

    struct Echo(u32);

    impl Actor for Echo {
        type Context = Context<Self>;
    }

    #[derive(Message)]
    #[rtype(result = "u32")]
    enum Do {
        Tell,
        Stop,
        Panic,
    }

    impl Handler<Do> for Echo {
        type Result = u32;

        fn handle(&mut self, what: Do, ctx: &mut Context<Self>) -> u32 {
            match what {
                Do::Tell => {}
                Do::Stop => ctx.stop(),
                Do::Panic => panic!("asked to"),
            }
            self.0
        }
    }

    fn directory() -> Directory<u32, Echo> {
        Directory::new(Arc::new(Threads::start(2)), Echo)
    }

    async fn is_dead(address: &Addr<Echo>) {
        while address.connected() {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn one_key_has_one_actor() {
        System::new().block_on(async {
            let directory = directory();
            let first = directory.find(7).unwrap();
            assert_eq!(directory.find(7).unwrap(), first);
            let other = directory.find(8).unwrap();
            assert_ne!(other, first);
            assert_eq!((first.send(Do::Tell).await, other.send(Do::Tell).await), (Ok(7), Ok(8)));
            assert_eq!((directory.count(), directory.running().len()), (2, 2));
        });
    }

    #[test]
    fn those_that_ended_are_forgotten_when_there_are_many() {
        System::new().block_on(async {
            let directory = directory();
            let known = || directory.running.lock().unwrap().len();
            let many = u32::try_from(FORGET_ABOVE).unwrap();
            for key in 0..many {
                let one = directory.find(key).unwrap();
                if key > 0 {
                    let _answer_or_none = one.send(Do::Stop).await;
                    is_dead(&one).await;
                }
            }
            assert_eq!(known(), FORGET_ABOVE, "nobody has asked for one more");
            let last = directory.find(many).unwrap();
            assert_eq!(known(), 2, "the one that lives, and the new one");
            assert_eq!(directory.find_running(many), Some(last));
            assert!(directory.find_running(0).is_some());
        });
    }

    #[test]
    fn a_dead_actor_is_noticed_and_another_one_takes_its_place() {
        System::new().block_on(async {
            let directory = directory();
            for ends in [Do::Stop, Do::Panic] {
                let first = directory.find(7).unwrap();
                let _answer_or_none = first.send(ends).await;
                is_dead(&first).await;
                assert_eq!(directory.count(), 0);
                assert!(directory.find_running(7).is_none(), "asking for it starts none");
                let second = directory.find(7).unwrap();
                assert_ne!(second, first);
                assert_eq!(second.send(Do::Tell).await, Ok(7));
                assert_eq!(directory.find_running(7), Some(second));
            }
        });
    }
}
