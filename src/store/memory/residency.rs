//! Of which region the memory store is, and whom it keeps.

use super::{Memory, Point};
use crate::domain::residency::Residency;
use crate::protocol::region::Region;
use crate::protocol::time::UnixMillis;
use crate::store::residency::Residence;
use crate::store::{PersonRecord, Stored};
use async_trait::async_trait;
use std::sync::Arc;

#[async_trait]
impl Residence for Memory {
    fn keep_people_of(&self, residency: Arc<Residency>) {
        let mut state = self.state();
        state.people.values_mut().for_each(|it| it.standing.judged_by(&residency));
        state.residency = residency;
    }

    fn residency(&self) -> Arc<Residency> {
        Arc::clone(&self.state().residency)
    }

    async fn region(&self, own: Option<&Region>) -> Stored<Option<Region>> {
        let mut state = self.state();
        if state.region.is_none() {
            state.region = own.cloned();
        }
        Ok(state.region.clone())
    }

    async fn end_sessions_elsewhere(&self, now: UnixMillis) -> Stored<u32> {
        self.write_beside(Point::EndSession, |state| {
            let is_gone = |it: &&PersonRecord| it.standing.is_elsewhere;
            let gone: Vec<_> =
                state.people.values().filter(is_gone).map(|it| it.person_id).collect();
            let ended: usize =
                gone.into_iter().map(|it| state.end_sessions(it, None, now).len()).sum();
            Ok(u32::try_from(ended).unwrap_or(u32::MAX))
        })
        .await
    }
}
