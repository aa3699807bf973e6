//! What the audit log is told of a call in the transaction of what that call changes.
//!
//! Owns: the word that goes along with a call and brings its rows to the transaction. Invariants: rows are in the first transaction that
//! changes something for a call, and in no other one; what changes nothing, or is only on the way to the change (a try that is
//! counted, a code that is spent), brings none. It does not go along into actors and tasks, which work for many at once: what they save
//! for a call they wrap by themselves. Does not: know what a row says (`command::record`).

use super::factors::{Enrolment, Removal};
use super::federation::Linking;
use super::people::Changed;
use super::{AuditRecord, LinkUse, Rotation, SessionRecord, StoreError, Stored};
use crate::protocol::ids::{ConversationId, SessionId};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

/// A call whose rows are to be saved with its change.
pub trait OfCall: Debug + Send + Sync {
    /// The rows; none when they are saved already, or may be.
    fn rows(&self) -> Vec<AuditRecord>;
    /// Only its change could tell that it is about these as well, each `kind:id`.
    fn names(&self, these: Vec<String>);
    /// What came of the transaction that they are in.
    fn told(&self, saved: &Stored<()>);
}

/// Calls that are done together.
type Calls = Vec<Arc<dyn OfCall>>;

tokio::task_local! {
    static OF: Calls;
}

/// Does what changes something for these calls.
pub async fn saved_with<T>(calls: Calls, change: impl Future<Output = T>) -> T {
    OF.scope(calls, change).await
}

/// The calls for which this is done and whose rows are in no transaction yet; none for what the hub does by itself.
pub(super) fn of_these() -> Told {
    let mut calls = OF.try_with(Clone::clone).unwrap_or_default();
    calls.retain(|it| !it.rows().is_empty());
    Told(calls)
}

/// Before a change is saved: what it is about, for the rows that are saved with it.
pub(super) fn it_is_about(these: impl Iterator<Item = String>) {
    let these: Vec<_> = these.collect();
    of_these().0.iter().for_each(|it| it.names(these.clone()));
}

/// Those whom the end of a transaction concerns.
pub(super) struct Told(Calls);

impl Told {
    pub(super) fn rows(&self) -> Vec<AuditRecord> {
        self.0.iter().flat_map(|it| it.rows()).collect()
    }

    /// From here on nobody knows, until it is told.
    pub(super) fn committing(&self) {
        self.told(&Err(StoreError::Ambiguous));
    }

    pub(super) fn told(&self, saved: &Stored<()>) {
        self.0.iter().for_each(|it| it.told(saved));
    }
}

/// What a write tells, as far as it says whether anything was changed.
pub(super) trait IsChange {
    fn is_change(&self) -> bool;
}

impl IsChange for bool {
    fn is_change(&self) -> bool {
        *self
    }
}

impl IsChange for Rotation {
    /// A token that comes again, or is no longer good, is not exchanged.
    fn is_change(&self) -> bool {
        matches!(self, Rotation::Rotated(_))
    }
}

impl<T> IsChange for Option<T> {
    fn is_change(&self) -> bool {
        self.is_some()
    }
}

/// What there is, and whether it is new.
impl<T> IsChange for (T, bool) {
    fn is_change(&self) -> bool {
        self.1
    }
}

impl IsChange for LinkUse {
    fn is_change(&self) -> bool {
        matches!(self, LinkUse::Opened(_))
    }
}

impl IsChange for Linking {
    fn is_change(&self) -> bool {
        matches!(self, Linking::Done(_))
    }
}

impl IsChange for Enrolment {
    fn is_change(&self) -> bool {
        matches!(self, Enrolment::First(_) | Enrolment::More)
    }
}

impl IsChange for Removal {
    fn is_change(&self) -> bool {
        *self == Removal::Done
    }
}

impl IsChange for Changed {
    fn is_change(&self) -> bool {
        matches!(self, Changed::Done { .. })
    }
}

/// Told only when it was done.
macro_rules! always {
    ($($of:ty),+) => {
        $(impl IsChange for $of {
            fn is_change(&self) -> bool {
                true
            }
        })+
    };
}

always!((), Vec<SessionRecord>, Vec<SessionId>, Vec<ConversationId>);

/// The identity that was linked, as rows name it.
pub(super) fn linked(linking: &Linking) -> Option<String> {
    match linking {
        Linking::Done(it) => Some(format!("identity_id:{}", it.identity_id)),
        Linking::Taken | Linking::HasOne | Linking::Ended => None,
    }
}

/// Whose sessions have ended, as rows name them.
pub(super) fn whose(ended: &[SessionRecord]) -> impl Iterator<Item = String> {
    let people: BTreeSet<_> = ended.iter().filter_map(|it| it.person_id).collect();
    people.into_iter().map(|it| format!("person_id:{it}"))
}
