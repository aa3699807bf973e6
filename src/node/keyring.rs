//! The keys of the node that seal the keys of conversations and people: whether they are there, how many each of them seals, and
//! sealing them anew.
//!
//! Invariants: sealing anew is done in short steps while the hub runs, key by key; whoever is interrupted begins again and
//! finds what is left. Messages and profiles are not touched: their key stays the same. A key that cannot be opened is left as it is.
//! A hub does not start when a key that something is sealed by is missing or another one, unless the settings call it lost.
//! Does not: delete a key of the node.

use crate::crypto::{NotOpened, Owner, Vault, Wrapped};
use crate::records::houses::HousesOf;
use crate::store::conversations::{Conversations, WrappedKey};
use crate::store::organisations::Organisations;
use crate::store::subjects::{KeyOwner, Subjects};
use crate::store::{Conflict, StoreError, Stored};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Error, Result};

/// Data keys of people, and of conversations, that are tried until one opens: a damaged one keeps nobody out.
const SAMPLES: u32 = 8;
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

/// How a data key is kept.
pub fn as_kept(it: Wrapped) -> WrappedKey {
    WrappedKey { key_id: it.key_id, sealed: it.sealed }
}

/// How a data key is opened.
pub fn as_sealed(it: WrappedKey) -> Wrapped {
    Wrapped { key_id: it.key_id, sealed: it.sealed }
}

/// Keys of conversations, keys of people.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    conversations: u64,
    people: u64,
}

/// What each key of the node seals; `None`: what was destroyed.
async fn counted<S: Conversations + Subjects + Organisations + Sync + ?Sized>(
    store: &S,
) -> Result<BTreeMap<Option<String>, Counted>> {
    let mut counts = BTreeMap::<_, Counted>::new();
    for (id, keys) in store.key_counts().await.map_err(Error::other)? {
        counts.entry(id).or_default().conversations = keys;
    }
    for (id, keys) in store.subject_counts().await.map_err(Error::other)? {
        counts.entry(id).or_default().people = keys;
    }
    Ok(counts)
}

/// How many keys of the node seal something, and which of them are not there; those aside that the settings call lost.
///
/// # Errors
/// When keys or database cannot be read.
pub async fn missing<S: Conversations + Subjects + Organisations + Sync + ?Sized>(
    store: &S,
    vault: &Vault,
    lost: &[String],
) -> Result<(u64, Vec<String>)> {
    let (mut asked, mut gone) = (0_u64, vec![]);
    for id in counted(store).await?.into_keys().flatten().filter(|it| !lost.contains(it)) {
        asked = asked.saturating_add(1);
        if !vault.has(&id).await? {
            gone.push(id);
        }
    }
    Ok((asked, gone))
}

/// Every key that something is sealed by is there, and is the one that it should be.
///
/// # Errors
/// In one sentence: which key is missing or another one, and what it seals.
pub async fn must_open<S: Conversations + Subjects + Organisations + Sync + ?Sized>(
    store: &S,
    vault: &Vault,
    lost: &[String],
) -> Result<()> {
    vault.current().await?;
    let unbound = store.unbound_keys().await.map_err(Error::other)?;
    if unbound > 0 {
        tracing::warn!(unbound, "data keys are bound to no organisation: bedside keys rewrap");
    }
    for (id, Counted { conversations, people }) in counted(store).await? {
        let Some(id) = id.filter(|it| !lost.contains(it)) else { continue };
        let seals =
            format!("it seals the keys of {conversations} conversations and {people} people");
        if !vault.has(&id).await? {
            let text = format!(
                "the key-encryption key {id} is missing ({seals}); bring it back, or name it in keys.lost"
            );
            return Err(Error::other(text));
        }
        let samples = store.sample_keys(&id, SAMPLES).await.map_err(Error::other)?;
        let (mut opened, mut unopened) = (0_usize, 0_usize);
        for (owner, kept) in samples {
            let owner = match owner {
                KeyOwner::Conversation(id) => Owner::Conversation(id.0),
                KeyOwner::Person(id) => Owner::Person(id.0),
            };
            match vault.try_open(owner, &HousesOf(store), &as_sealed(kept)).await {
                Ok(()) => opened = opened.saturating_add(1),
                Err(NotOpened::Unavailable) => {
                    return Err(Error::other(format!(
                        "the key-encryption key {id} cannot be asked now"
                    )));
                }
                Err(NotOpened::UnknownKey | NotOpened::Damaged) => {
                    unopened = unopened.saturating_add(1);
                }
            }
            if opened > 0 {
                break;
            }
        }
        if unopened > 0 && opened == 0 {
            let text = format!("the key-encryption key {id} is not the one that sealed ({seals})");
            return Err(Error::other(text));
        }
        if unopened > 0 {
            tracing::warn!(key_id = %id, unopened, "data keys are damaged; another one opens");
        }
    }
    Ok(())
}

/// A line for each key of the node that seals something, and for the current one.
///
/// # Errors
/// When keys or database cannot be read.
pub async fn status<S: Conversations + Subjects + Organisations + Sync + ?Sized>(
    store: &S,
    vault: &Vault,
) -> Result<String> {
    let current = vault.current().await?;
    let counts = counted(store).await?;
    let mut text = String::new();
    let mut line = |it: &str, keys: Counted, word: &str| {
        let Counted { conversations, people } = keys;
        let _written =
            writeln!(text, "{it}  {conversations:>8} conversations  {people:>8} people  {word}");
    };
    line(&current, counts.get(&Some(current.clone())).copied().unwrap_or_default(), "current");
    for (id, keys) in counts {
        match id {
            Some(it) if it == current => {}
            Some(it) if vault.has(&it).await? => line(&it, keys, "to be sealed anew"),
            Some(it) => line(&it, keys, "MISSING: these cannot be read"),
            None => line("none            ", keys, "destroyed"),
        }
    }
    let unbound = store.unbound_keys().await.map_err(Error::other)?;
    if unbound > 0 {
        let _written = writeln!(
            text,
            "{unbound} of them are bound to no organisation yet. Next: bedside keys rewrap"
        );
    }
    Ok(text)
}

/// Seals by the current key of the node whatever another one seals, and what a program of before sealed for no organisation.
///
/// # Errors
/// When keys or database cannot be read or written. What was sealed anew stays so.
pub async fn rewrap<S: Conversations + Subjects + Organisations + Sync + ?Sized>(
    store: &S,
    vault: &Vault,
) -> Result<Rewrapped> {
    let current = vault.current().await?;
    let mut done = Rewrapped::default();
    let mut after = None;
    loop {
        let some = store.keys_sealed_otherwise(&current, after, STEP).await;
        let some = some.map_err(Error::other)?;
        let Some((last, _)) = some.last() else { break };
        after = Some(*last);
        for (id, before) in some {
            if let Some(anew) =
                sealed_anew(store, vault, Owner::Conversation(id.0), &before, &mut done).await
            {
                done.count(store.rewrap_key(id, before, anew).await)?;
            }
        }
    }
    let mut after = None;
    loop {
        let some = store.subjects_sealed_otherwise(&current, after, STEP).await;
        let some = some.map_err(Error::other)?;
        let Some((last, _)) = some.last() else { return Ok(done) };
        after = Some(*last);
        for (id, before) in some {
            if let Some(anew) =
                sealed_anew(store, vault, Owner::Person(id.0), &before, &mut done).await
            {
                done.count(store.rewrap_subject(id, before, anew).await)?;
            }
        }
    }
}

async fn sealed_anew<S: Organisations + Sync + ?Sized>(
    store: &S,
    vault: &Vault,
    owner: Owner,
    before: &WrappedKey,
    done: &mut Rewrapped,
) -> Option<WrappedKey> {
    let anew = vault.rewrap(owner, &HousesOf(store), &as_sealed(before.clone())).await.ok();
    if anew.is_none() {
        done.unopened = done.unopened.saturating_add(1);
    }
    anew.map(as_kept)
}

impl Rewrapped {
    fn count(&mut self, outcome: Stored<()>) -> Result<()> {
        match outcome {
            Ok(()) => self.anew = self.anew.saturating_add(1),
            // Somebody else was quicker, or the key was destroyed.
            Err(StoreError::Conflict(Conflict::Stale)) => {}
            Err(error) => return Err(Error::other(error)),
        }
        Ok(())
    }
}
