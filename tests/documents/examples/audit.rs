//! The audit log: looked through, saved, shown to whom it is about, proven.

use super::{at, text, uuid};
use crate::golden::Golden;
use bedside::protocol::all::*;
use bedside::protocol::ids::*;

const NOTE: &str = "clinic.example/audit\n2\n+sVC4+fMaWzw38tCySodnbr3CtnmIfS9jZZ2LwDjwSU=\n\n\
                    \u{2014} clinic.example/audit AAAAAAAAAAA=\n";
const LEAF: &str = "{\"action\":\"visit.read\",\"actor\":\"01900000-0000-7000-8000-00000000ad01\",\
                    \"at\":1800000000000,\"detail\":\"00\",\"outcome\":\"ok\",\"resource\":null,\
                    \"seq\":1,\"type\":null,\"v\":1}";

fn ana() -> AuditPerson {
    let display_name = Some(text("Ana Fictional"));
    AuditPerson { person_id: PersonId(uuid(0x01)), display_name }
}

fn entry() -> AuditEntry {
    AuditEntry {
        audit_id: AuditId(uuid(0xad)),
        entry: Some(EntryNumber(1)),
        at: at(5),
        request_id: RequestId(uuid(0xae)),
        caller: Some(AuditCaller {
            person_id: Some(PersonId(uuid(0x02))),
            participant_id: None,
            display_name: Some(text("Dr. Bo Fictional")),
            role: Some(Role::Clinician),
        }),
        operation: "visit.read".into(),
        outcome: "ok".into(),
        target: Some(AuditTarget { kind: "appointment".into(), id: uuid(0xa1).to_string() }),
        patients: vec![ana()],
        returned: Some(3),
        network: None,
    }
}

fn stranger() -> AuditEntry {
    AuditEntry {
        entry: None,
        caller: None,
        operation: "auth.sign_in".into(),
        outcome: "wrong_credentials".into(),
        target: None,
        patients: vec![],
        returned: None,
        network: Some("203.0.113.0/24".into()),
        ..entry()
    }
}

fn filters() -> SearchAudit {
    SearchAudit {
        person_id: Some(PersonId(uuid(0x02))),
        patient_id: Some(PersonId(uuid(0x01))),
        operation: Some("visit.read".into()),
        outcome: Some("ok".into()),
        from: Some(at(0)),
        until: Some(at(60)),
        cursor: Some("1700".into()),
        limit: Some(50),
    }
}

fn export() -> ExportAudit {
    let SearchAudit { person_id, patient_id, operation, outcome, from, until, cursor, .. } =
        filters();
    let format = AuditFormat::Csv;
    ExportAudit { format, person_id, patient_id, operation, outcome, from, until, cursor }
}

fn seen() -> RecordAccess {
    let it = entry();
    RecordAccess {
        audit_id: it.audit_id,
        entry: it.entry,
        at: it.at,
        display_name: Some(text("Dr. Bo Fictional")),
        role: Some(Role::Clinician),
        operation: it.operation,
        is_read: true,
        target: it.target,
    }
}

fn attempt() -> SignInAttempt {
    SignInAttempt {
        audit_id: AuditId(uuid(0xad)),
        at: at(5),
        succeeded: false,
        outcome: "wrong_credentials".into(),
        network: Some("203.0.113.0/24".into()),
    }
}

fn checkpoint() -> AuditCheckpoint {
    AuditCheckpoint {
        note: NOTE.into(),
        origin: "clinic.example/audit".into(),
        size: EntryNumber(2),
        root: "+sVC4+fMaWzw38tCySodnbr3CtnmIfS9jZZ2LwDjwSU=".into(),
        at: at(6),
        kid: "1f2e3d4c".into(),
        key: "clinic.example/audit+1f2e3d4c+AQAA".into(),
        public_key: "AAAA".into(),
    }
}

fn proof() -> AuditProof {
    AuditProof {
        entry: EntryNumber(1),
        size: EntryNumber(2),
        leaf: LEAF.into(),
        hashes: vec!["bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=".into()],
        checkpoint: NOTE.into(),
        detail: None,
    }
}

fn events() -> AuditEvents {
    let recorder = bedside::audit::fhir::Recorder { url: "https://clinic.example" };
    let events = bedside::audit::fhir::events(&entry(), recorder);
    AuditEvents { fhir: bedside::audit::fhir::bundle(events).to_string().into() }
}

pub(super) fn calls() -> Vec<Golden> {
    let shown = AuditDetail { salt: "00ff".into(), text: "{\"action\":\"visit.read\"}".into() };
    let file = AuditFile {
        file_name: "audit-1800000000000.csv".into(),
        content_type: "text/csv".into(),
        text: text("\"audit_id\",\"entry\"\r\n"),
        rows: 0,
        cursor: None,
    };
    let records = AuditRecords { records: vec![entry(), stranger()], cursor: Some("17".into()) };
    let first = ListOwnAccess::default();
    let next = ListSignIns { cursor: Some("17".into()), limit: Some(20) };
    let report = AuditReport {
        report_id: ReportId(uuid(0xb1)),
        name: text("Who read visits"),
        filters: AuditFilters {
            patient_id: Some(PersonId(uuid(0x01))),
            operation: Some("visit.read".into()),
            from: Some(at(0)),
            until: Some(at(60)),
            ..AuditFilters::default()
        },
        shared: true,
        made_by: PersonId(uuid(0x02)),
        saved_at: at(5),
    };
    vec![
        Golden::new(
            "save a report",
            SaveAuditReport {
                name: text("Who read visits"),
                filters: report.filters.clone(),
                shared: true,
            },
        ),
        Golden::new("report", report.clone()),
        Golden::new("list reports", ListAuditReports {}),
        Golden::new("remove a report", RemoveAuditReport { report_id: report.report_id }),
        Golden::new("reports", AuditReports { reports: vec![report] }),
        Golden::new("search the audit log", SearchAudit::default()),
        Golden::new("search the audit log narrowly", filters()),
        Golden::new("audit records", records),
        Golden::new("audit entry", entry()),
        Golden::new("export the audit log", export()),
        Golden::new("audit file", file),
        Golden::new("who was at my record", first),
        Golden::new("own access", OwnAccess { accesses: vec![seen()], cursor: None }),
        Golden::new("my sign-ins", next),
        Golden::new("sign-ins", SignIns { sign_ins: vec![attempt()], cursor: None }),
        Golden::new("read the checkpoint of the audit log", ReadAuditCheckpoint {}),
        Golden::new("audit checkpoint", checkpoint()),
        Golden::new("prove an entry", ProveAudit { audit_id: AuditId(uuid(0xad)) }),
        Golden::new("proof of an entry", proof()),
        Golden::new(
            "export events of the audit log",
            ExportAudit { format: AuditFormat::Fhir, ..export() },
        ),
        Golden::new(
            "read an entry as AuditEvent",
            ReadAuditEvent { audit_id: AuditId(uuid(0xad)) },
        ),
        Golden::new("an entry as AuditEvent", events()),
        Golden::new(
            "proof of an entry for an administrator",
            AuditProof { detail: Some(shown), ..proof() },
        ),
    ]
}
