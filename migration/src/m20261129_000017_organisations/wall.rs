//! PostgreSQL's own wall between organisations: policies of row-level security, which hold whatever a query says.
//!
//! The setting `bedside.organisation` names for whom a transaction reads: an organisation, or `*` for the hub itself, whose actors
//! write for many people in one transaction. Owners of tables are behind the wall as well; superusers and roles with `BYPASSRLS`
//! are not. Where the setting was never made it counts as `*`, because the version before does not make it; a release later it will
//! count as nobody.
//!
//! A row is an organisation's by its column, or by the person, the appointment or the conversation that it belongs to, whose own
//! policies are asked in turn. For the hub the first word of each policy is enough.

/// For whom it is.
const WHO: &str = "COALESCE(current_setting('bedside.organisation', true), '*')";

/// Whose the rows of a table are.
enum Whose {
    /// As the column `organisation_id` says.
    Own,
    /// Of the person, appointment or conversation in that column.
    Of(&'static str, &'static str),
    /// A condition of its own, with `{who}` for whom it is.
    By(&'static str),
}

use Whose::{By, Of, Own};

const TABLES: [(&str, Whose); 43] = [
    ("users", Own),
    ("services", Own),
    ("appointments", Own),
    (
        "audit_logs",
        // What names nothing and is nobody's, such as a sign-in with an unknown address, is looked after by the first one.
        By("organisation_id::text = {who}
            OR (organisation_id IS NULL AND target IS NULL AND patient IS NULL
                AND {who} = '00000000-0000-8000-8000-000000000001')"),
    ),
    ("audit_touched", Of("users", "patient")),
    (
        "audit_details",
        By("EXISTS (SELECT 1 FROM audit_entries e JOIN audit_logs o ON o.position = e.position
                    WHERE e.idx = audit_details.idx)"),
    ),
    (
        "availability_exceptions",
        By("(practitioner_id IS NULL AND organisation_id::text = {who})
            OR EXISTS (SELECT 1 FROM users o WHERE o.id = practitioner_id)"),
    ),
    (
        "sessions",
        By("EXISTS (SELECT 1 FROM users o WHERE o.id = user_id)
            OR EXISTS (SELECT 1 FROM appointments o WHERE o.id = appointment_id)"),
    ),
    ("session_origins", Of("sessions", "session_id")),
    ("external_identities", Of("users", "user_id")),
    ("sharing_versions", Of("users", "user_id")),
    ("emergency_grants", Of("users", "patient_id")),
    ("patient_profiles", Of("users", "user_id")),
    ("practitioner_profiles", Of("users", "user_id")),
    ("subject_keys", Of("users", "user_id")),
    ("consents", Of("users", "user_id")),
    ("legal_holds", Of("users", "user_id")),
    ("erasures", Of("users", "user_id")),
    ("factors", Of("users", "user_id")),
    ("recovery_codes", Of("users", "user_id")),
    ("notification_preferences", Of("users", "person_id")),
    ("out_of_office", Of("users", "person_id")),
    ("notices", Of("users", "person_id")),
    ("availability_templates", Of("users", "practitioner_id")),
    ("slots", Of("users", "practitioner_id")),
    ("freed_places", Of("users", "clinician_id")),
    ("place_offers", Of("freed_places", "place_id")),
    ("holds", Of("users", "patient_id")),
    ("payments", Of("users", "patient_id")),
    ("waitlist", Of("users", "patient_id")),
    ("conversations", Of("users", "patient_id")),
    ("conversation_members", Of("conversations", "conversation_id")),
    ("conversation_log", Of("conversations", "conversation_id")),
    ("messages", Of("conversations", "conversation_id")),
    ("message_terms", Of("conversations", "conversation_id")),
    ("files", Of("conversations", "conversation_id")),
    ("visits", Of("appointments", "appointment_id")),
    ("participants", Of("appointments", "appointment_id")),
    ("visit_events", Of("appointments", "appointment_id")),
    ("join_links", Of("appointments", "appointment_id")),
    ("quality_samples", Of("appointments", "appointment_id")),
    ("appointment_history", Of("appointments", "appointment_id")),
    ("tasks", Of("appointments", "appointment_id")),
];

/// What builds the wall.
pub(super) fn statements() -> Vec<String> {
    let of = |(table, whose): &(&str, Whose)| {
        let is_theirs = match whose {
            Own => format!("organisation_id::text = {WHO}"),
            Of(owner, column) => {
                format!("EXISTS (SELECT 1 FROM {owner} o WHERE o.id = {table}.{column})")
            }
            By(condition) => condition.replace("{who}", WHO),
        };
        [
            format!("CREATE POLICY of_one_house ON {table} USING ({WHO} = '*' OR {is_theirs})"),
            format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
        ]
    };
    TABLES.iter().flat_map(of).collect()
}
