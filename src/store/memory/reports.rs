//! Reports of the audit log in the memory store.

use super::state::{State, ensure};
use super::{Memory, Point, at_most};
use crate::protocol::audit_report::MAX_REPORTS;
use crate::protocol::ids::{OrganisationId, PersonId, ReportId};
use crate::store::reports::{ReportRecord, Reports};
use crate::store::{Answered, Conflict, Stored};
use async_trait::async_trait;

impl State {
    fn save_report(&mut self, it: ReportRecord, answered: Option<Answered>) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let named = [Some(it.made_by), it.filters.person_id, it.filters.patient_id];
        let are_there = named.into_iter().flatten().all(|id| self.people.contains_key(&id));
        ensure(are_there, Conflict::Missing)?;
        let is_same = |old: &ReportRecord| old.made_by == it.made_by && old.name == it.name;
        let theirs = self.reports.iter().filter(|old| old.made_by == it.made_by);
        let others = theirs.filter(|old| !is_same(old)).count();
        ensure(others < at_most(MAX_REPORTS), Conflict::Full)?;
        self.reports.retain(|old| !is_same(old));
        self.reports.push(it);
        self.keep(answered);
        Ok(())
    }

    fn remove_report(
        &mut self,
        id: ReportId,
        by: PersonId,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let is_it = |it: &ReportRecord| it.report_id == id && it.made_by == by;
        ensure(self.reports.iter().any(is_it), Conflict::Missing)?;
        self.reports.retain(|it| !is_it(it));
        self.keep(answered);
        Ok(())
    }

    /// Those that name somebody who was erased.
    pub(super) fn forget_reports_about(&mut self, id: PersonId) {
        self.reports
            .retain(|it| it.filters.patient_id != Some(id) && it.filters.person_id != Some(id));
    }
}

#[async_trait]
impl Reports for Memory {
    async fn save_report(&self, it: ReportRecord, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::SaveReport, |state| state.save_report(it, answered)).await
    }

    async fn reports(
        &self,
        own: PersonId,
        of: OrganisationId,
        limit: u32,
    ) -> Stored<Vec<ReportRecord>> {
        let state = self.state();
        let is_seen =
            |it: &&ReportRecord| it.made_by == own || it.is_shared && state.is_of(it.made_by, of);
        let mut seen: Vec<_> = state.reports.iter().filter(is_seen).cloned().collect();
        seen.sort_by_key(|it| (it.made_by != own, it.name.expose().clone(), it.report_id));
        seen.truncate(at_most(limit));
        Ok(seen)
    }

    async fn remove_report(
        &self,
        id: ReportId,
        by: PersonId,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::RemoveReport, |state| state.remove_report(id, by, answered)).await
    }
}
