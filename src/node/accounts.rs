//! Accounts, as this node last read them.
//!
//! Owns: copies of those that were asked for lately, without their passwords. Invariants: a copy serves for [`GOOD_FOR`] and
//! no longer; nobody is signed in by it. Does not: keep that there is no such account, which may be made at any moment.

use crate::command::unsaved;
use crate::node::Node;
use crate::protocol::fault::Fault;
use crate::protocol::ids::PersonId;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::PersonRecord;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How long a copy serves. A booking asks for the same people several times within seconds; name, role and time zone of an
/// account hardly ever change.
const GOOD_FOR: Duration = Duration::from_secs(30);
/// Copies that are kept: everybody who books or searches within that time, some hundred bytes each.
const MOST: usize = 10_000;

/// The copies.
#[derive(Debug, Default)]
pub(super) struct AccountMemory(RwLock<HashMap<PersonId, (PersonRecord, UnixMillis)>>);

impl AccountMemory {
    fn get(&self, id: PersonId, now: UnixMillis) -> Option<PersonRecord> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (account, read_at) = kept.get(&id)?;
        (now.since(*read_at) < GOOD_FOR).then(|| account.clone())
    }

    /// It was changed here.
    pub(super) fn forget(&self, id: PersonId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    fn keep(&self, account: PersonRecord, now: UnixMillis) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, (_, read_at)| now.since(*read_at) < GOOD_FOR);
        }
        if kept.len() < MOST {
            kept.insert(account.person_id, (account, now));
        }
    }
}

impl Node {
    /// An account, without its password.
    pub(super) async fn account(&self, id: PersonId) -> Result<Option<PersonRecord>, Fault> {
        let now = self.clock.now();
        if let Some(kept) = self.account_memory.get(id, now) {
            return Ok(Some(kept));
        }
        let Some(read) = self.store.person(id).await.map_err(unsaved)? else { return Ok(None) };
        let account = PersonRecord { password_hash: Phi::default(), ..read };
        self.account_memory.keep(account.clone(), now);
        Ok(Some(account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ids::OrganisationId;
    use crate::protocol::person::Role;
    use crate::store::people::Standing;
    use uuid::Uuid;

    fn account(number: u128) -> PersonRecord {
        PersonRecord {
            person_id: PersonId(Uuid::from_u128(number)),
            organisation_id: OrganisationId::FIRST,
            display_name: "Sam Fictional".into(),
            email: "sam@clinic.invalid".into(),
            password_hash: Phi::default(),
            role: Role::Patient,
            time_zone: "Europe/Berlin".to_owned(),
            created_at: UnixMillis(0),
            standing: Standing::default(),
        }
    }

    #[test]
    fn a_copy_serves_for_a_while() {
        let memory = AccountMemory::default();
        let (sam, read_at) = (account(1), UnixMillis(1_000));
        assert_eq!(memory.get(sam.person_id, read_at), None);
        memory.keep(sam.clone(), read_at);
        let ends = read_at.plus(GOOD_FOR);
        assert_eq!(memory.get(sam.person_id, UnixMillis(ends.0 - 1)), Some(sam.clone()));
        assert_eq!(memory.get(sam.person_id, ends), None);
    }

    #[test]
    fn copies_are_bounded_and_old_ones_make_room() {
        let memory = AccountMemory::default();
        for number in 0..MOST as u128 {
            memory.keep(account(number), UnixMillis(0));
        }
        let (late, last) = (account(u128::MAX), UnixMillis(0).plus(GOOD_FOR));
        memory.keep(late.clone(), UnixMillis(1));
        assert_eq!(memory.get(late.person_id, UnixMillis(1)), None, "there is no room");
        memory.keep(late.clone(), last);
        assert_eq!(memory.get(late.person_id, last), Some(late));
    }
}
