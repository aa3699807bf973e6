//! What is durable of where people are at home, and whom a store keeps.
//!
//! Invariants: a database is of one region, the first that was written; of nodes that write one at once all are told the same. Who is
//! kept elsewhere has no session after [`Residence::end_sessions_elsewhere`], and none is opened. Does not: know settings; it is told.

use super::Stored;
use crate::domain::residency::Residency;
use crate::protocol::region::Region;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use std::sync::{Arc, PoisonError, RwLock};

/// Whom a store keeps. Until it is told, everybody. A clone is another handle on the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Keeps(Arc<RwLock<Arc<Residency>>>);

impl Keeps {
    pub(super) fn set(&self, residency: Arc<Residency>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = residency;
    }

    pub(super) fn get(&self) -> Arc<Residency> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Homes.
#[async_trait]
pub trait Residence {
    /// From now on everybody who is read, let in or booked is judged by it.
    fn keep_people_of(&self, residency: Arc<Residency>);
    /// As it was told.
    fn residency(&self) -> Arc<Residency>;
    /// Of which region the database is: of the one that was written first. Where there is none, it is `own` from now on.
    async fn region(&self, own: Option<&Region>) -> Stored<Option<Region>>;
    /// Ends the open sessions of whoever is kept elsewhere; how many there were.
    async fn end_sessions_elsewhere(&self, now: UnixMillis) -> Stored<u32>;
}
