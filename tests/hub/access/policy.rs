//! What sharing, emergencies, support and figures need of a world: a record that Dr. B has opened, and that waits to be looked into.

use crate::support::Clinic;
use bedside::clock::Clock as _;
use bedside::protocol::audit_report::AuditFilters;
use bedside::protocol::emergency::EmergencyReason;
use bedside::protocol::ids::{ConversationId, GrantId, PersonId, ReportId};
use bedside::store::reports::ReportRecord;
use bedside::store::sharing::{GrantRecord, Quota};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const HOUR: Duration = Duration::from_secs(3_600);

/// Whether it is one of these operations.
pub(super) fn is_of_policy(op: &str) -> bool {
    let areas = ["sharing.", "patient.", "emergency.", "support.", "report.", "node."];
    areas.iter().any(|it| op.starts_with(it))
}

/// Opened past the door, and over: nobody reads by it.
pub(super) async fn opened(clinic: &Clinic, patient_id: PersonId, by: PersonId) -> GrantId {
    let ends_at = clinic.clock.now();
    let grant = GrantRecord {
        grant_id: GrantId(Uuid::now_v7()),
        patient_id,
        clinician_id: by,
        reason: EmergencyReason::Danger,
        text: "Found without consciousness".into(),
        opened_at: ends_at.minus(HOUR),
        ends_at,
        review: None,
    };
    let quota = Quota { most: 5, within: HOUR };
    clinic.store.open_grant(grant, quota, vec![]).await.expect("opened").grant_id
}

/// A report of the audit log.
pub(super) async fn kept(clinic: &Clinic, made_by: PersonId) -> ReportId {
    let report = ReportRecord {
        report_id: ReportId(Uuid::now_v7()),
        made_by,
        name: "Visits".into(),
        filters: AuditFilters::default(),
        is_shared: false,
        saved_at: clinic.clock.now(),
    };
    clinic.store.save_report(report.clone(), None).await.expect("kept");
    report.report_id
}

/// Good params.
pub(super) fn params(
    op: &str,
    patient: PersonId,
    conversation: Option<ConversationId>,
    grant: Option<GrantId>,
) -> Value {
    let grant = grant.unwrap_or(GrantId(Uuid::now_v7()));
    match op {
        "patient.read" | "patient.list_visits" | "patient.list_conversations" => {
            json!({"patient_id": patient})
        }
        "patient.list_messages" => {
            let conversation = conversation.unwrap_or(ConversationId(Uuid::now_v7()));
            json!({"patient_id": patient, "conversation_id": conversation})
        }
        "emergency.open" => json!({
            "patient_id": patient, "reason": "danger", "text": "Found without consciousness",
        }),
        "emergency.list_uses" => json!({"grant_id": grant}),
        "emergency.review" => {
            json!({"grant_id": grant, "verdict": "appropriate", "note": "It was"})
        }
        "sharing.update" => {
            let all = "treating";
            json!({"revision": 0, "sharing": {
                "identity": all, "contact": all, "insurance": all, "complaint": all,
                "visits": all, "messages": all,
                "helpers": {"complaint": false, "messages": true},
            }})
        }
        "support.read_sign_in" | "support.list_notices" => json!({"person_id": patient}),
        "support.list_people" => json!({"role": "interpreter"}),
        "report.read_usage" => json!({"since": 0, "until": 1}),
        _ => json!({}),
    }
}
