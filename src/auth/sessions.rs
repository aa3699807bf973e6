//! Whether a session still holds, asked at every call.
//!
//! Owns: a short memory of what the store said, and of what was used here and the store was not told of. Invariant: an ended session is refused at once on the node that ended
//! it, and within [`RECHECK`] on every other.

use crate::auth::RECHECK;
use crate::command::{Caller, unsaved};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::SessionId;
use crate::protocol::time::UnixMillis;
use crate::store::Sessions;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sessions remembered at most; above that those that were not asked for lately are forgotten.
const MAX_REMEMBERED: usize = 50_000;

/// Whether a session holds, by the store.
///
/// # Errors
/// [`FaultCode::SessionEnded`], or the store's failure: fail closed.
pub async fn holds(
    store: &(impl Sessions + ?Sized),
    id: SessionId,
    now: UnixMillis,
) -> Result<(), Fault> {
    let session = store.session(id).await.map_err(unsaved)?;
    let holds = session.is_some_and(|it| it.ended_at.is_none() && now < it.expires_at);
    if holds { Ok(()) } else { Err(FaultCode::SessionEnded.into()) }
}

/// The memory. A clone is the same memory.
#[derive(Debug, Default, Clone)]
pub struct SessionMemory {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    checked: HashMap<SessionId, UnixMillis>,
    /// When they were last used, until the store is told.
    used: HashMap<SessionId, UnixMillis>,
    /// Grows whenever something is forgotten: what the store said before that may be old, and is not remembered.
    generation: u64,
}

impl SessionMemory {
    /// # Errors
    /// [`FaultCode::SessionEnded`], or the store's failure: fail closed.
    pub async fn must_hold(
        &self,
        store: &(impl Sessions + ?Sized),
        caller: &Caller,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let generation = {
            let inner = self.inner();
            if inner.is_fresh(caller.session_id, now) {
                return Ok(());
            }
            inner.generation
        };
        holds(store, caller.session_id, now).await?;
        let mut inner = self.inner();
        if inner.generation != generation {
            return Ok(());
        }
        if inner.checked.len() >= MAX_REMEMBERED {
            inner.checked.retain(|_, at| now.since(*at) < RECHECK);
        }
        inner.checked.insert(caller.session_id, now);
        Ok(())
    }

    /// The session was ended here.
    pub fn forget(&self, session_id: SessionId) {
        let mut inner = self.inner();
        inner.generation = inner.generation.wrapping_add(1);
        inner.checked.remove(&session_id);
    }

    /// Sessions of somebody were ended here, and nobody knows which.
    pub fn forget_all(&self) {
        let mut inner = self.inner();
        inner.generation = inner.generation.wrapping_add(1);
        inner.checked.clear();
    }

    /// A call of it came.
    pub fn used(&self, session_id: SessionId, at: UnixMillis) {
        let mut inner = self.inner();
        let has_room = inner.used.len() < MAX_REMEMBERED || inner.used.contains_key(&session_id);
        if has_room {
            let last = inner.used.entry(session_id).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// When it was last used here, as far as the store does not know.
    pub fn last_used(&self, session_id: SessionId) -> Option<UnixMillis> {
        self.inner().used.get(&session_id).copied()
    }

    /// What the store is to be told.
    pub fn take_used(&self) -> Vec<(SessionId, UnixMillis)> {
        std::mem::take(&mut self.inner().used).into_iter().collect()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn is_fresh(&self, session_id: SessionId, now: UnixMillis) -> bool {
        self.checked.get(&session_id).is_some_and(|at| now >= *at && now.since(*at) < RECHECK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::{Principal, Who};
    use crate::protocol::ids::{OrganisationId, ParticipantId, PersonId};
    use crate::protocol::person::Role;
    use crate::store::sign_ins::SessionAbout;
    use crate::store::{Rotation, SessionRecord, Stored};
    use async_trait::async_trait;
    use std::time::Duration;
    use uuid::Uuid;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    const ID: SessionId = SessionId(Uuid::from_u128(1));

    /// A store whose answer is on its way while `meanwhile` happens.
    struct Slow<F>(F);

    #[async_trait]
    impl<F: Fn() -> bool + Send + Sync> Sessions for Slow<F> {
        async fn open_session(&self, _: SessionRecord) -> Stored<()> {
            Ok(())
        }
        async fn session(&self, id: SessionId) -> Stored<Option<SessionRecord>> {
            let is_open = (self.0)();
            Ok(Some(SessionRecord {
                session_id: id,
                person_id: None,
                visit: None,
                role: Role::Patient,
                refresh_hash: vec![],
                previous_hash: None,
                rotated_at: NOW,
                created_at: NOW,
                expires_at: NOW.plus(Duration::from_secs(60)),
                ended_at: (!is_open).then_some(NOW),
                about: SessionAbout::proven(NOW),
            }))
        }
        async fn rotate(
            &self,
            _: SessionId,
            _: &[u8],
            _: &[u8],
            _: UnixMillis,
            _: Duration,
        ) -> Stored<Rotation> {
            Ok(Rotation::Gone)
        }
        async fn end_session(&self, _: SessionId, _: UnixMillis) -> Stored<bool> {
            Ok(true)
        }
        async fn sessions_of_participant(&self, _: ParticipantId) -> Stored<Vec<SessionId>> {
            Ok(vec![])
        }
        async fn forget_sessions(&self, _: UnixMillis, _: u32) -> Stored<u32> {
            Ok(0)
        }
    }

    fn caller() -> Caller {
        let who = Who::Person(PersonId(Uuid::from_u128(2)));
        let principal = Principal {
            who,
            role: Role::Patient,
            organisation: OrganisationId::FIRST,
            only_visit: None,
        };
        Caller { principal, session_id: ID, expires_at: NOW, is_limited: false }
    }

    #[test]
    fn what_was_asked_before_a_sign_out_is_not_remembered_after_it() {
        let ways: [fn(&SessionMemory); 2] = [|it| it.forget(ID), SessionMemory::forget_all];
        for forget in ways {
            let memory = SessionMemory::default();
            // The store has said that it holds when the sign-out is through, and the answer comes after it.
            let asked = Slow(|| {
                forget(&memory);
                true
            });
            let told = futures::executor::block_on(memory.must_hold(&asked, &caller(), NOW));
            assert_eq!(told, Ok(()), "as of the moment when it was asked");
            let later = Slow(|| false);
            let told = futures::executor::block_on(memory.must_hold(&later, &caller(), NOW));
            assert_eq!(told.map_err(|it| it.code), Err(FaultCode::SessionEnded));
        }
    }

    #[test]
    fn what_holds_is_asked_once_in_a_while() {
        let memory = SessionMemory::default();
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let store = Slow(|| asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 100);
        for after in [Duration::ZERO, RECHECK / 2, RECHECK] {
            let caller = caller();
            let told = memory.must_hold(&store, &caller, NOW.plus(after));
            assert_eq!(futures::executor::block_on(told), Ok(()));
        }
        assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 2);
    }
}
