//! The keys of the node that seal the keys of conversations: how many each of them seals, and sealing them anew.
//!
//! Invariants: sealing anew is done in short steps while the hub runs, key by key; whoever is interrupted begins again and
//! finds what is left. Messages are not touched: their key stays the same. A key that cannot be opened is left as it is.
//! Does not: delete a key of the node.

use crate::crypto::{Vault, Wrapped};
use crate::store::conversations::{Conversations, WrappedKey};
use crate::store::{Conflict, StoreError};
use std::fmt::Write as _;
use std::io::{Error, Result};

/// Keys of one step.
const STEP: u32 = 100;

/// What sealing anew came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewrapped {
    /// Keys that the current key of the node seals now, and did not before.
    pub anew: u64,
    /// Keys whose key of the node is not here, or that were damaged.
    pub unopened: u64,
}

/// How a key of a conversation is kept.
pub fn as_kept(it: Wrapped) -> WrappedKey {
    WrappedKey { key_id: it.key_id, sealed: it.sealed }
}

/// How a key of a conversation is opened.
pub fn as_sealed(it: WrappedKey) -> Wrapped {
    Wrapped { key_id: it.key_id, sealed: it.sealed }
}

/// A line for each key of the node that seals something, and for the current one.
///
/// # Errors
/// When keys or database cannot be read.
pub async fn status(store: &impl Conversations, vault: &Vault) -> Result<String> {
    let current = vault.current()?;
    let counts = store.key_counts().await.map_err(Error::other)?;
    let mut text = String::new();
    let mut line = |it: &str, keys: u64, word: &str| {
        let _written = writeln!(text, "{it}  {keys:>8} conversations  {word}");
    };
    let of = |id: Option<&str>| {
        counts.iter().find(|(it, _)| it.as_deref() == id).map_or(0, |(_, keys)| *keys)
    };
    line(&current, of(Some(&current)), "current");
    for (id, keys) in &counts {
        match id {
            Some(it) if *it == current => {}
            Some(it) if vault.has(it) => line(it, *keys, "to be sealed anew"),
            Some(it) => line(it, *keys, "MISSING: these cannot be read"),
            None => line("none            ", *keys, "destroyed"),
        }
    }
    Ok(text)
}

/// Seals by the current key of the node whatever another one seals.
///
/// # Errors
/// When keys or database cannot be read or written. What was sealed anew stays so.
pub async fn rewrap(store: &impl Conversations, vault: &Vault) -> Result<Rewrapped> {
    let current = vault.current()?;
    let mut done = Rewrapped::default();
    let mut after = None;
    loop {
        let some = store.keys_sealed_otherwise(&current, after, STEP).await;
        let some = some.map_err(Error::other)?;
        let Some((last, _)) = some.last() else { return Ok(done) };
        after = Some(*last);
        for (id, before) in some {
            let Ok(anew) = vault.rewrap(id.0, &as_sealed(before.clone())) else {
                done.unopened = done.unopened.saturating_add(1);
                continue;
            };
            match store.rewrap_key(id, before, as_kept(anew)).await {
                Ok(()) => done.anew = done.anew.saturating_add(1),
                // Somebody else was quicker, or the key was destroyed.
                Err(StoreError::Conflict(Conflict::Stale)) => {}
                Err(error) => return Err(Error::other(error)),
            }
        }
    }
}
