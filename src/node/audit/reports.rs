//! Reports of the audit log: filters that administrators look with again.
//!
//! Invariants: what is saved is what a search takes; somebody sees their own and what others of their organisation share, and removes their
//! own. Does not: search (`view`).

use super::view::must_be_filters;
use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::node::Node;
use crate::protocol::audit_report::{
    AuditReport, AuditReports, ListAuditReports, MAX_REPORT_NAME, MAX_REPORTS_LISTED,
    RemoveAuditReport, SaveAuditReport,
};
use crate::protocol::auth::Done;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{PersonId, ReportId};
use crate::protocol::phi::Phi;
use crate::store::reports::ReportRecord;
use uuid::Uuid;

impl Execute<SaveAuditReport> for Node {
    async fn execute(&self, call: Call, op: SaveAuditReport) -> Result<AuditReport, Fault> {
        must_be_filters(&op.filters)?;
        let record = ReportRecord {
            report_id: ReportId(Uuid::now_v7()),
            made_by: own(&call)?,
            name: name(&op.name)?,
            filters: op.filters,
            is_shared: op.shared,
            saved_at: call.now,
        };
        let output = report(record.clone());
        let answered = call.answered(&output)?;
        self.store.save_report(record, answered).await.map_err(unsaved)?;
        Ok(output)
    }
}

impl Execute<ListAuditReports> for Node {
    async fn execute(&self, call: Call, _: ListAuditReports) -> Result<AuditReports, Fault> {
        let of = call.principal()?.organisation;
        let found = self.store.reports(own(&call)?, of, MAX_REPORTS_LISTED).await;
        Ok(AuditReports { reports: found.map_err(unsaved)?.into_iter().map(report).collect() })
    }
}

impl Execute<RemoveAuditReport> for Node {
    async fn execute(&self, call: Call, op: RemoveAuditReport) -> Result<Done, Fault> {
        let answered = call.answered(&Done {})?;
        let removed = self.store.remove_report(op.report_id, own(&call)?, answered).await;
        removed.map_err(unsaved)?;
        Ok(Done {})
    }
}

fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
    }
}

fn name(said: &Phi<String>) -> Result<Phi<String>, Fault> {
    let said = said.expose().trim();
    match said.is_empty() || said.chars().count() > MAX_REPORT_NAME {
        true => Err(Fault::invalid("name", "1 to 80 characters.")),
        false => Ok(said.into()),
    }
}

fn report(it: ReportRecord) -> AuditReport {
    AuditReport {
        report_id: it.report_id,
        name: it.name,
        filters: it.filters,
        shared: it.is_shared,
        made_by: it.made_by,
        saved_at: it.saved_at,
    }
}
