//! Profiles, and words beside them, that a program has saved that seals none are sealed, when whoever runs the hub says so (`bedside keys seal`).
//!
//! Invariant: whoever is interrupted begins again and finds what is left; two at once do no harm. What was let go of is wiped as far as the database
//! can do that. Does not: run by itself. As long as a program of before serves, it would show what it cannot open.

use crate::crypto::Vault;
use crate::protocol::time::UnixMillis;
use crate::records::{Records, Unread};
use crate::store::Store;

/// Seals what is left; how many profiles, and how many words beside them.
///
/// # Errors
/// See [`Unread`]. What was sealed stays so.
pub async fn seal_all(
    store: &dyn Store,
    vault: &Vault,
    now: UnixMillis,
) -> Result<(u64, u64), Unread> {
    let records = Records::new(store, vault);
    let profiles = records.seal_what_is_open(now).await?;
    let words = records.seal_what_was_said(now).await?;
    // Also when nothing was left: whoever could not wipe after the last one that was sealed begins again.
    store.wipe_what_was_sealed().await?;
    Ok((profiles, words))
}
