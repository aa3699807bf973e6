//! Whether a session still holds, asked at every call.
//!
//! Owns: a short memory of what the store said. Invariant: an ended session is refused at once on the node that ended
//! it, and within [`RECHECK`] on every other.

use crate::auth::RECHECK;
use crate::command::{Caller, unsaved};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::SessionId;
use crate::protocol::time::UnixMillis;
use crate::store::Sessions;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

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
    checked: Arc<Mutex<HashMap<SessionId, UnixMillis>>>,
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
        if self.is_fresh(caller.session_id, now) {
            return Ok(());
        }
        holds(store, caller.session_id, now).await?;
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if checked.len() >= MAX_REMEMBERED {
            checked.retain(|_, at| now.since(*at) < RECHECK);
        }
        checked.insert(caller.session_id, now);
        Ok(())
    }

    /// The session was ended here.
    pub fn forget(&self, session_id: SessionId) {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner).remove(&session_id);
    }

    /// Sessions of somebody were ended here, and nobody knows which.
    pub fn forget_all(&self) {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn is_fresh(&self, session_id: SessionId, now: UnixMillis) -> bool {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.get(&session_id).is_some_and(|at| now >= *at && now.since(*at) < RECHECK)
    }
}
