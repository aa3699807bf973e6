//! What is looked up, and in which order. The migration test names each of them.

use sea_orm_migration::sea_orm::sea_query::{Index, IndexCreateStatement};

/// Name, table, columns.
const PLAIN: &[(&str, &str, &[&str])] = &[
    ("users_role_name", "users", &["role", "display_name"]),
    ("appointments_clinician_starts", "appointments", &["clinician_id", "starts_at"]),
    ("appointments_patient_starts", "appointments", &["patient_id", "starts_at"]),
    ("appointments_starts", "appointments", &["starts_at"]),
    ("participants_appointment", "participants", &["appointment_id"]),
    ("participants_user", "participants", &["user_id"]),
    ("join_links_participant", "join_links", &["participant_id"]),
    ("sessions_user", "sessions", &["user_id"]),
    ("sessions_participant", "sessions", &["participant_id"]),
    ("idempotency_keys_at", "idempotency_keys", &["at"]),
    ("audit_logs_at", "audit_logs", &["at"]),
    ("audit_logs_request", "audit_logs", &["request_id"]),
    ("audit_logs_caller", "audit_logs", &["caller", "at"]),
    ("audit_logs_target", "audit_logs", &["target", "at"]),
    ("quality_samples_appointment", "quality_samples", &["appointment_id", "at"]),
];

const UNIQUE: &[(&str, &str, &[&str])] = &[
    ("users_email", "users", &["email"]),
    ("join_links_token_hash", "join_links", &["token_hash"]),
    ("audit_logs_id", "audit_logs", &["id"]),
];

pub(super) fn all() -> Vec<IndexCreateStatement> {
    let plain = PLAIN.iter().map(index);
    let unique = UNIQUE.iter().map(|it| index(it).unique().to_owned());
    plain.chain(unique).collect()
}

fn index(
    (name, table, columns): &(&'static str, &'static str, &[&'static str]),
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(*name).table(*table);
    for column in *columns {
        index.col(*column);
    }
    index
}
