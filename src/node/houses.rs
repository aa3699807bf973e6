//! Whose something is, as this node has found out.
//!
//! Owns: a memory of it. Invariant: what stands in it stays true, because nobody and nothing moves to another organisation; of what
//! was deleted it may say whose that was, and an id is never given twice. That there is no such thing is not remembered, for it may be
//! made at any moment.

use crate::command::unsaved;
use crate::node::Node;
use crate::protocol::fault::Fault;
use crate::protocol::ids::OrganisationId;
use crate::store::organisations::Named;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Things that are remembered: what is named on a busy day, some fifty bytes each. Above that all are forgotten, and found out again.
const MOST: usize = 100_000;

/// The memory.
#[derive(Debug, Default)]
pub(super) struct HouseMemory(RwLock<HashMap<Named, OrganisationId>>);

impl HouseMemory {
    fn get(&self, it: Named) -> Option<OrganisationId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&it).copied()
    }

    fn keep(&self, it: Named, house: OrganisationId) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(it, house);
    }
}

impl Node {
    /// Whose it is; nothing when there is no such thing, or when it is nobody's.
    pub(super) async fn find_house(&self, it: Named) -> Result<Option<OrganisationId>, Fault> {
        if let Some(house) = self.house_memory.get(it) {
            return Ok(Some(house));
        }
        let found = self.store.house_of(it).await.map_err(unsaved)?;
        if let Some(house) = found {
            self.house_memory.keep(it, house);
        }
        Ok(found)
    }

    /// The organisation of that short name.
    pub(super) async fn house_called(&self, slug: &str) -> Result<Option<OrganisationId>, Fault> {
        let found = self.store.organisation_called(slug).await.map_err(unsaved)?;
        Ok(found.map(|it| it.organisation_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::organisations::Kind;
    use uuid::Uuid;

    #[test]
    fn what_is_remembered_is_bounded() {
        let memory = HouseMemory::default();
        let named = |id: u128| Named { kind: Kind::Person, id: Uuid::from_u128(id) };
        for id in 0..MOST as u128 {
            memory.keep(named(id), OrganisationId::FIRST);
        }
        assert_eq!(memory.get(named(0)), Some(OrganisationId::FIRST));
        memory.keep(named(u128::MAX), OrganisationId::FIRST);
        assert_eq!(memory.get(named(0)), None);
        assert_eq!(memory.get(named(u128::MAX)), Some(OrganisationId::FIRST));
    }
}
