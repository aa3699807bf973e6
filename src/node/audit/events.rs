//! The audit log as FHIR `AuditEvent`s: a file of them, one entry, and those of a record that a patient takes along.
//!
//! Invariant: an event says what `audit.search` or `record.export` says to the same caller, and nothing else.

use super::view::entry;
use crate::audit::fhir::{self, Recorder};
use crate::command::{Call, Execute, unsaved};
use crate::node::Node;
use crate::protocol::audit::{AuditEntry, AuditEvents, AuditFile, ReadAuditEvent};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::PersonId;
use crate::protocol::operation::Operation as _;
use crate::protocol::phi::Phi;
use crate::protocol::record::ExportRecord;
use crate::protocol::time::UnixMillis;
use crate::store::trail::{AuditQuery, FoundAudit};
use serde_json::Value;
use std::collections::BTreeMap;

/// Events of one file, unless its first entry alone has more: some 2 kB each.
const MAX_EVENTS: usize = 2_000;

impl Execute<ReadAuditEvent> for Node {
    async fn execute(&self, call: Call, op: ReadAuditEvent) -> Result<AuditEvents, Fault> {
        let principal = call.principal()?;
        let found = self.store.audit_row(op.audit_id).await.map_err(unsaved)?;
        // What is nobody's has passed the door, and is shown as in a search: to none but those whose it is to look at.
        let found = found.filter(|it| it.row.house() == Some(principal.organisation));
        let found = found.ok_or(FaultCode::NotFound)?;
        let events = self.with_names(vec![found]).await?;
        let events = events.iter().flat_map(|it| fhir::events(it, self.recorder())).collect();
        Ok(AuditEvents { fhir: Phi::new(fhir::bundle(events).to_string()) })
    }
}

impl Node {
    fn recorder(&self) -> Recorder<'_> {
        Recorder { url: &self.config.public_url }
    }

    /// Entries as events, a line each; as many entries as fit.
    pub(super) async fn file_of_events(
        &self,
        query: AuditQuery,
        now: UnixMillis,
    ) -> Result<AuditFile, Fault> {
        let limit = query.limit;
        let found = self.store.search_audit(query).await.map_err(unsaved)?;
        let is_full = u32::try_from(found.len()).is_ok_and(|it| it >= limit);
        let positions: Vec<i64> = found.iter().map(|it| it.row.position).collect();
        let entries = self.with_names(found).await?;
        let (mut text, mut rows, mut last) = (String::new(), 0, None);
        for (it, position) in entries.iter().zip(&positions) {
            let events = fhir::events(it, self.recorder());
            if rows > 0 && rows + events.len() > MAX_EVENTS {
                return Ok(file(text, rows, last, now));
            }
            rows += events.len();
            events.iter().for_each(|it| text.push_str(&format!("{it}\n")));
            last = Some(*position);
        }
        Ok(file(text, rows, last.filter(|_| is_full), now))
    }

    /// Who saw or changed a patient's record, themselves included, for the patient to take along: what `audit.own` knows, without names
    /// and without where anybody was. And whether there may be more: entries are counted before those are left out that are not told.
    pub(in crate::node) async fn events_of(
        &self,
        me: PersonId,
        most: u32,
    ) -> Result<(Vec<Value>, bool), Fault> {
        let query = AuditQuery {
            patient: Some(me),
            phase: Some("ok".to_owned()),
            limit: most,
            ..AuditQuery::default()
        };
        let found = self.store.search_audit(query).await.map_err(unsaved)?;
        let is_full = u32::try_from(found.len()).is_ok_and(|it| it >= most);
        let of = |it: FoundAudit| {
            let found = FoundAudit { patients: vec![me], ..it };
            AuditEntry { network: None, ..entry(found, &BTreeMap::new()) }
        };
        // Where nobody is known yet, somebody signs in; and that they looked themselves is told by looking.
        let is_told =
            |it: &FoundAudit| it.row.caller.is_some() && it.row.operation != ExportRecord::NAME;
        let known = found.into_iter().filter(is_told).map(of).collect();
        let own = self.without_others(known, me).await?;
        let events = own.iter().flat_map(|it| fhir::events(it, self.recorder())).collect();
        Ok((events, is_full))
    }
}

fn file(text: String, rows: usize, cursor: Option<i64>, now: UnixMillis) -> AuditFile {
    AuditFile {
        file_name: format!("audit-events-{}.ndjson", now.0),
        content_type: fhir::NDJSON.to_owned(),
        text: Phi::new(text),
        rows: u32::try_from(rows).unwrap_or(u32::MAX),
        cursor: cursor.map(|it| it.to_string()),
    }
}
