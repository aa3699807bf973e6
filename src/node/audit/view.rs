//! Who reads the audit log: administrators all of their organisation, patients who was at their record, everybody their own sign-ins.

use super::lines;
use super::terminal::KEY;
use crate::audit::followed::Followed;
use crate::audit::own::{BACKUP, ORGANISATION, SETTINGS};
use crate::command::{Call, Execute, PROVIDER, unsaved};
use crate::domain::policy::Who;
use crate::node::Node;
use crate::node::checks::CHECKS;
use crate::protocol::audit::{
    AUDIT_PAGE, AuditCaller, AuditEntry, AuditFile, AuditFormat, AuditPerson, AuditRecords,
    AuditTarget, EntryNumber, ExportAudit, ListOwnAccess, ListSignIns, MAX_AUDIT_FILE,
    MAX_AUDIT_PAGE, OwnAccess, RecordAccess, SearchAudit, SignInAttempt, SignIns,
};
use crate::protocol::audit_report::AuditFilters;
use crate::protocol::catalogue::CATALOGUE;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::PersonId;
use crate::protocol::operation::Effect;
use crate::protocol::phi::Phi;
use crate::store::trail::{AuditQuery, FoundAudit, Named};
use std::collections::{BTreeMap, BTreeSet};

/// Operations that open an account.
const SIGN_INS: [&str; 3] = ["auth.sign_in", "auth.sign_in_passkey", "auth.finish_provider"];
/// Letters of an operation or an outcome.
const MAX_WORD: usize = 64;

/// What is named by something else than an id of its own.
const NAMED: [&str; 6] = [PROVIDER, KEY, CHECKS, SETTINGS, ORGANISATION, BACKUP];

/// How entries become a file.
type Render = fn(&[AuditEntry]) -> Result<String, Fault>;

impl Execute<SearchAudit> for Node {
    async fn execute(&self, call: Call, op: SearchAudit) -> Result<AuditRecords, Fault> {
        let query = AuditQuery { limit: page(op.limit)?, ..query_of(&call, &op)? };
        let (records, cursor) = self.audit_entries(query).await?;
        Ok(AuditRecords { records, cursor })
    }
}

impl Execute<ExportAudit> for Node {
    async fn execute(&self, call: Call, op: ExportAudit) -> Result<AuditFile, Fault> {
        let ExportAudit { format, person_id, patient_id, operation, outcome, from, until, cursor } =
            op;
        let limit = None;
        let search =
            SearchAudit { person_id, patient_id, operation, outcome, from, until, cursor, limit };
        let query = AuditQuery { limit: MAX_AUDIT_FILE, ..query_of(&call, &search)? };
        let (render, content_type, ending): (Render, _, _) = match format {
            AuditFormat::Csv => (lines::csv, "text/csv", "csv"),
            AuditFormat::Ndjson => (lines::ndjson, "application/x-ndjson", "ndjson"),
            AuditFormat::Fhir => return self.file_of_events(query, call.now).await,
        };
        let (records, cursor) = self.audit_entries(query).await?;
        let rows = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let text = render(&records)?;
        let file_name = format!("audit-{}.{ending}", call.now.0);
        let content_type = content_type.to_owned();
        Ok(AuditFile { file_name, content_type, text: Phi::new(text), rows, cursor })
    }
}

impl Execute<ListOwnAccess> for Node {
    async fn execute(&self, call: Call, op: ListOwnAccess) -> Result<OwnAccess, Fault> {
        let Who::Person(me) = call.principal()?.who else {
            return Err(FaultCode::Forbidden.into());
        };
        let query = AuditQuery {
            patient: Some(me),
            phase: Some("ok".to_owned()),
            before: before(op.cursor.as_deref())?,
            limit: page(op.limit)?,
            ..AuditQuery::default()
        };
        let (mut records, cursor) = self.audit_entries(query).await?;
        // Themselves by their account or by a link into their own visit; and where nobody is known yet, somebody signs in.
        records.retain(|it| it.caller.as_ref().is_some_and(|it| it.person_id != Some(me)));
        let records = self.without_others(records, me).await?;
        Ok(OwnAccess { accesses: records.into_iter().map(access).collect(), cursor })
    }
}

impl Execute<ListSignIns> for Node {
    async fn execute(&self, call: Call, op: ListSignIns) -> Result<SignIns, Fault> {
        let Who::Person(me) = call.principal()?.who else {
            return Err(FaultCode::Forbidden.into());
        };
        let query = AuditQuery {
            target: Some(format!("person_id:{me}")),
            operations: SIGN_INS.map(str::to_owned).to_vec(),
            before: before(op.cursor.as_deref())?,
            limit: page(op.limit)?,
            ..AuditQuery::default()
        };
        let (records, cursor) = self.audit_entries(query).await?;
        let attempt = |it: AuditEntry| SignInAttempt {
            audit_id: it.audit_id,
            at: it.at,
            succeeded: it.outcome == "ok",
            outcome: it.outcome,
            network: it.network,
        };
        Ok(SignIns { sign_ins: records.into_iter().map(attempt).collect(), cursor })
    }
}

impl Node {
    /// What was found, with names, and where the next page begins.
    async fn audit_entries(
        &self,
        query: AuditQuery,
    ) -> Result<(Vec<AuditEntry>, Option<String>), Fault> {
        let limit = query.limit;
        let found = self.store.search_audit(query).await.map_err(unsaved)?;
        let is_full = u32::try_from(found.len()).is_ok_and(|it| it >= limit);
        let cursor = found.last().filter(|_| is_full).map(|it| it.row.position.to_string());
        Ok((self.with_names(found).await?, cursor))
    }

    /// Entries about somebody's record, for them. What was named may be somebody else's: a search for them that found this record too.
    pub(super) async fn without_others(
        &self,
        records: Vec<AuditEntry>,
        me: PersonId,
    ) -> Result<Vec<AuditEntry>, Fault> {
        let targets: BTreeSet<_> =
            records.iter().filter_map(|it| it.target.as_ref()).map(named).collect();
        let whose = self.store.patients_of(targets.into_iter().collect()).await.map_err(unsaved)?;
        let is_mine = |it: &AuditTarget| whose.get(&named(it)) == Some(&me);
        let own = |it: AuditEntry| AuditEntry { target: it.target.filter(is_mine), ..it };
        Ok(records.into_iter().map(own).collect())
    }

    /// What was found, with the names of whoever is in it.
    pub(super) async fn with_names(
        &self,
        found: Vec<FoundAudit>,
    ) -> Result<Vec<AuditEntry>, Fault> {
        let callers = found.iter().filter_map(|it| it.row.caller.clone());
        let patients = found.iter().flat_map(|it| &it.patients).map(|it| person(*it));
        let all: BTreeSet<_> = callers.chain(patients).collect();
        let named = self.store.named(all.into_iter().collect()).await.map_err(unsaved)?;
        Ok(found.into_iter().map(|it| entry(it, &named)).collect())
    }
}

fn person(id: PersonId) -> String {
    Who::Person(id).to_string()
}

/// What a search would take.
///
/// # Errors
/// `invalid_value`.
pub(super) fn must_be_filters(it: &AuditFilters) -> Result<(), Fault> {
    for (field, it) in [("operation", &it.operation), ("outcome", &it.outcome)] {
        if it.as_ref().is_some_and(|it| it.is_empty() || it.len() > MAX_WORD) {
            return Err(Fault::invalid(field, "1 to 64 letters."));
        }
    }
    if it.from.zip(it.until).is_some_and(|(from, until)| from >= until) {
        return Err(Fault::invalid("until", "After `from`."));
    }
    Ok(())
}

fn query_of(call: &Call, op: &SearchAudit) -> Result<AuditQuery, Fault> {
    let SearchAudit { person_id, patient_id, operation, outcome, from, until, .. } = op.clone();
    must_be_filters(&AuditFilters { person_id, patient_id, operation, outcome, from, until })?;
    Ok(AuditQuery {
        organisation: Some(call.principal()?.organisation),
        caller: op.person_id.map(person),
        patient: op.patient_id,
        operations: op.operation.clone().into_iter().collect(),
        phase: op.outcome.clone(),
        from: op.from,
        until: op.until,
        before: before(op.cursor.as_deref())?,
        ..AuditQuery::default()
    })
}

fn page(limit: Option<u16>) -> Result<u32, Fault> {
    match limit.unwrap_or(AUDIT_PAGE) {
        it @ 1..=MAX_AUDIT_PAGE => Ok(it.into()),
        _ => Err(Fault::invalid("limit", "1 to 200.")),
    }
}

fn before(cursor: Option<&str>) -> Result<Option<i64>, Fault> {
    let number = |it: &str| it.parse().ok().filter(|it: &i64| *it > 0);
    match cursor {
        None => Ok(None),
        Some(it) => match number(it) {
            Some(it) => Ok(Some(it)),
            None => Err(Fault::invalid("cursor", "As a page said it.")),
        },
    }
}

/// A number of entries as the wire has it.
pub(super) fn number(entries: u64) -> EntryNumber {
    EntryNumber(i64::try_from(entries).unwrap_or(i64::MAX))
}

/// A row as the wire has it, with the names that are known.
pub(super) fn entry(found: FoundAudit, named: &BTreeMap<String, Named>) -> AuditEntry {
    let FoundAudit { row, entry, patients } = found;
    let patient = |id: PersonId| AuditPerson {
        person_id: id,
        display_name: named.get(&person(id)).map(|it| it.display_name.clone()),
    };
    let caller = row.caller.map(|who| {
        let known = named.get(&who);
        let id = |kind: &str| who.strip_prefix(kind).map(str::to_owned);
        AuditCaller {
            person_id: known.and_then(|it| it.person_id).or_else(|| id("person:")?.parse().ok()),
            participant_id: id("participant:").and_then(|it| it.parse().ok()),
            display_name: known.map(|it| it.display_name.clone()),
            role: row.role.or(known.map(|it| it.role)),
        }
    });
    AuditEntry {
        audit_id: row.audit_id,
        entry: entry.map(number),
        at: row.at,
        request_id: row.request_id,
        caller,
        operation: row.operation,
        outcome: row.phase,
        target: row.target.as_deref().and_then(target),
        patients: patients.into_iter().map(patient).collect(),
        returned: row.returned.map(|it| it.count),
        network: row.network,
    }
}

/// What has the form `kind:id`; a remark of the hub itself is none.
fn target(text: &str) -> Option<AuditTarget> {
    let (kind, id) = text.split_once(':')?;
    let is_id = NAMED.contains(&kind) || uuid::Uuid::parse_str(id).is_ok();
    is_id.then(|| AuditTarget { kind: kind.trim_end_matches("_id").to_owned(), id: id.to_owned() })
}

/// As rows name it.
fn named(it: &AuditTarget) -> String {
    format!("{}_id:{}", it.kind, it.id)
}

fn access(it: AuditEntry) -> RecordAccess {
    let row = CATALOGUE.iter().find(|row| row.name == it.operation);
    let (display_name, role) = it.caller.map_or((None, None), |it| (it.display_name, it.role));
    RecordAccess {
        audit_id: it.audit_id,
        entry: it.entry,
        at: it.at,
        display_name,
        role,
        is_read: row.is_some_and(|it| it.effect == Effect::Read)
            || Followed::ALL.iter().any(|topic| topic.name() == it.operation),
        operation: it.operation,
        target: it.target,
    }
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn a_target_is_something_with_an_id_of_its_kind() {
        let id = "018f0000-0000-7000-8000-000000000001";
        for (text, kind) in [
            (format!("appointment_id:{id}"), Some("appointment")),
            ("provider:clinic-sso".to_owned(), Some("provider")),
            ("key:0a1b2c3d".to_owned(), Some("key")),
            ("checks:16".to_owned(), Some("checks")),
            ("settings:node-1:0a1b".to_owned(), Some("settings")),
            ("appointment_id:7".to_owned(), None),
            ("a remark".to_owned(), None),
        ] {
            assert_eq!(target(&text).map(|it| it.kind), kind.map(str::to_owned), "{text}");
        }
    }
}
