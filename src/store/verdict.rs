//! What a row says about a token that is presented, and what a commit says about its numbers.
//!
//! Owns: the comparisons that every implementation of the store has to make in the same way.
//! Invariant: pure; told the time. Does not: read or write anything.

use super::{JoinLinkRecord, SessionRecord, VisitCommit};
use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// What a refresh token is to its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presented {
    /// The current one.
    Current,
    /// The one before, young enough.
    Grace,
    /// Neither: a copy of an older one.
    Older,
    /// The session has ended or expired.
    Gone,
}

/// Judges a presented refresh token. The hashes are compared plainly: whoever can choose a hash to present would have
/// to invert SHA-256 to learn anything from the time that takes.
pub(super) fn presented(
    session: &SessionRecord,
    hash: &[u8],
    now: UnixMillis,
    grace: Duration,
) -> Presented {
    if session.ended_at.is_some() || now >= session.expires_at {
        Presented::Gone
    } else if session.refresh_hash == hash {
        Presented::Current
    } else if session.previous_hash.as_deref() == Some(hash)
        && now.since(session.rotated_at) < grace
    {
        Presented::Grace
    } else {
        Presented::Older
    }
}

/// What a join link is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkState {
    /// One use.
    Good,
    /// Nothing: it was withdrawn.
    Withdrawn,
    /// Nothing: it was used.
    Used,
    /// Nothing: too late.
    Expired,
}

/// Judges a link. Withdrawn goes first, because it may not be known that there was one; used goes before expired,
/// because "somebody has been here with this link" is what its owner should hear.
pub(super) fn link_state(
    link: &JoinLinkRecord,
    used_at: Option<UnixMillis>,
    withdrawn_at: Option<UnixMillis>,
    now: UnixMillis,
) -> LinkState {
    if withdrawn_at.is_some() {
        LinkState::Withdrawn
    } else if used_at.is_some() {
        LinkState::Used
    } else if now >= link.expires_at {
        LinkState::Expired
    } else {
        LinkState::Good
    }
}

impl VisitCommit {
    /// How many events there are, and the number of the first. Nothing when there are more than the revision can
    /// count: no fence can fit that.
    pub(super) fn numbers(&self) -> Option<(u32, u32)> {
        let count = u32::try_from(self.events.len()).ok()?;
        let first = self.visit.revision.checked_sub(count)?.checked_add(1)?;
        Some((count, first))
    }

    /// The instant of the decision. A revocation always has an event; the other two are for completeness.
    pub(super) fn at(&self) -> UnixMillis {
        let of_event = self.events.last().map(|it| it.at);
        let of_answer = self.answered.as_ref().map(|it| it.at);
        of_event.or(of_answer).unwrap_or(self.visit.facts.ends_at)
    }
}
