//! The audit log as a file for people: a table for spreadsheets, or an object a line.
//!
//! Invariant: no cell is taken for a formula by whatever opens the table: what begins like one gets an apostrophe in front.

use crate::protocol::audit::AuditEntry;
use crate::protocol::fault::{Fault, FaultCode};

const HEAD: [&str; 14] = [
    "audit_id",
    "entry",
    "at_ms",
    "request_id",
    "caller",
    "caller_name",
    "caller_role",
    "operation",
    "outcome",
    "target_kind",
    "target_id",
    "patients",
    "returned",
    "network",
];

/// A table with a head (RFC 4180).
pub(super) fn csv(records: &[AuditEntry]) -> Result<String, Fault> {
    let mut text = line(HEAD.map(str::to_owned));
    records.iter().for_each(|it| text.push_str(&line(cells(it))));
    Ok(text)
}

fn cells(it: &AuditEntry) -> [String; 14] {
    let caller = it.caller.as_ref();
    let of_caller = caller.and_then(|it| {
        let person = it.person_id.map(|it| it.to_string());
        person.or_else(|| it.participant_id.map(|it| it.to_string()))
    });
    let name = caller.and_then(|it| it.display_name.as_ref());
    let role = caller.and_then(|it| it.role).map(|it| it.as_str().to_owned());
    let patients: Vec<_> = it.patients.iter().map(|it| it.person_id.to_string()).collect();
    let text = |it: Option<String>| it.unwrap_or_default();
    [
        it.audit_id.to_string(),
        text(it.entry.map(|it| it.0.to_string())),
        it.at.0.to_string(),
        it.request_id.to_string(),
        text(of_caller),
        text(name.map(|it| it.expose().clone())),
        text(role),
        it.operation.clone(),
        it.outcome.clone(),
        text(it.target.as_ref().map(|it| it.kind.clone())),
        text(it.target.as_ref().map(|it| it.id.clone())),
        patients.join(" "),
        text(it.returned.map(|it| it.to_string())),
        text(it.network.clone()),
    ]
}

fn line<const N: usize>(cells: [String; N]) -> String {
    let mut text = cells.map(|it| cell(&it)).join(",");
    text.push_str("\r\n");
    text
}

/// Quoted, always: so a name with commas, quotes or line breaks stays one cell. Spreadsheets take what begins with one of these
/// for a formula, quoted or not.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']);
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

/// An object a line, as on the wire.
pub(super) fn ndjson(records: &[AuditEntry]) -> Result<String, Fault> {
    let mut text = String::new();
    for it in records {
        text.push_str(&serde_json::to_string(it).map_err(|_| FaultCode::Internal)?);
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Ana", "\"Ana\"")]
    #[case("O'Hara, \"Bo\"", "\"O'Hara, \"\"Bo\"\"\"")]
    #[case("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"")]
    #[case("+1", "\"'+1\"")]
    #[case("-1", "\"'-1\"")]
    #[case("@SUM(A1)", "\"'@SUM(A1)\"")]
    #[case("\t=1", "\"'\t=1\"")]
    #[case("", "\"\"")]
    fn no_cell_is_a_formula(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(cell(text), expected);
    }
}
