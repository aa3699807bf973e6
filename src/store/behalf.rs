//! For whom something is read or written, where that is one person's call: the store keeps such a call within the rows of their
//! organisation, whatever its queries say.
//!
//! Owns: the word that goes along with a call. Invariants: it does not go along into actors and tasks, which work for many people at
//! once: what they do is the hub's own. Where a call itself does the hub's own work, [`hubs_own`] says so. Does not: filter, which
//! queries do by themselves; this is the second wall, on PostgreSQL.

use crate::protocol::ids::OrganisationId;
use std::future::Future;

tokio::task_local! {
    static BEHALF: Option<OrganisationId>;
}

/// Runs a call on behalf of somebody of an organisation.
pub async fn on_behalf_of<T>(of: OrganisationId, call: impl Future<Output = T>) -> T {
    BEHALF.scope(Some(of), call).await
}

/// Runs what is the hub's own within a call of somebody: what it reads and writes is of all organisations, and nothing of it is
/// that call's answer.
pub async fn hubs_own<T>(work: impl Future<Output = T>) -> T {
    BEHALF.scope(None, work).await
}

/// Of which organisation they are for whom this is done; nobody's when it is the hub's own.
pub(super) fn behalf() -> Option<OrganisationId> {
    BEHALF.try_with(|it| *it).ok().flatten()
}
