//! How somebody who may do everything breaks what is promised, and puts it back.

use bedside::store::checks::Check;

/// A promise, how it is broken, and how all is as it was. `{new}` is nobody's id, `{other}` another organisation,
/// `{gone}` somebody who was erased.
pub(crate) const BROKEN: &[(Check, &str, &str)] = &[
    (Check::References, "UPDATE holds SET held_by = {new}", "UPDATE holds SET held_by = patient_id"),
    (
        Check::References,
        "UPDATE messages SET member_id = {new} WHERE number = 1",
        "UPDATE messages SET member_id = (SELECT m.member_id FROM conversation_members m
         WHERE m.role = 'patient') WHERE number = 1",
    ),
    (
        Check::Claims,
        "INSERT INTO slots (id, practitioner_id, starts_at, ends_at, busy_from, busy_until, group_id, seat,
                            hold_id, appointment_id, state)
         SELECT {new}, practitioner_id, starts_at, ends_at, busy_from, busy_until, {new}, 0, hold_id,
                appointment_id, state FROM slots WHERE state = 'busy'",
        "DELETE FROM slots WHERE id = {new}",
    ),
    (
        Check::AppointmentClaims,
        "UPDATE slots SET starts_at = starts_at + 60000 WHERE state = 'busy'",
        "UPDATE slots SET starts_at = starts_at - 60000 WHERE state = 'busy'",
    ),
    (
        Check::AppointmentClaims,
        "UPDATE appointments SET interpreter_id = patient_id",
        "UPDATE appointments SET interpreter_id = NULL",
    ),
    (
        Check::AppointmentClaims,
        "UPDATE appointments SET status = 'cancelled'",
        "UPDATE appointments SET status = 'booked'",
    ),
    (
        Check::Appointments,
        "INSERT INTO appointments (id, clinician_id, patient_id, starts_at, ends_at, timezone,
                                   patient_may_invite, status, created_at, version)
         SELECT {new}, clinician_id, patient_id, starts_at, ends_at, timezone, patient_may_invite, 'ended',
                created_at, version FROM appointments",
        "DELETE FROM appointments WHERE id = {new}",
    ),
    (
        Check::Appointments,
        "UPDATE users SET organisation_id = {other} WHERE role = 'patient'",
        "UPDATE users SET organisation_id = (SELECT organisation_id FROM appointments)",
    ),
    (
        Check::Appointments,
        "UPDATE services SET organisation_id = {other}",
        "UPDATE services SET organisation_id = (SELECT organisation_id FROM appointments)",
    ),
    (
        Check::Attendance,
        "UPDATE visits SET revision = revision + 1",
        "UPDATE visits SET revision = revision - 1",
    ),
    (
        Check::Attendance,
        "UPDATE visit_events SET number = number + 1",
        "UPDATE visit_events SET number = number - 1",
    ),
    (
        Check::Attendance,
        "UPDATE actor_fence SET next_offset = next_offset + 1 WHERE kind = 'visit'",
        "UPDATE actor_fence SET next_offset = next_offset - 1 WHERE kind = 'visit'",
    ),
    (
        Check::ConversationLog,
        "UPDATE conversation_log SET number = 7 WHERE kind = 'changed'",
        "UPDATE conversation_log SET number = 3 WHERE kind = 'changed'",
    ),
    (
        Check::ConversationLog,
        "UPDATE conversations SET last_offset = last_offset + 1",
        "UPDATE conversations SET last_offset = last_offset - 1",
    ),
    (
        Check::ConversationLog,
        "UPDATE actor_fence SET next_offset = next_offset - 1 WHERE kind = 'conversation'",
        "UPDATE actor_fence SET next_offset = next_offset + 1 WHERE kind = 'conversation'",
    ),
    (
        Check::Messages,
        "UPDATE conversation_log SET about_id = {new} WHERE number = 1",
        "UPDATE conversation_log SET about_id = (SELECT m.id FROM messages m WHERE m.number = 1)
         WHERE number = 1",
    ),
    (
        Check::Messages,
        "UPDATE conversation_log SET kind = 'posted' WHERE number = 3",
        "UPDATE conversation_log SET kind = 'changed' WHERE number = 3",
    ),
    (
        Check::Marks,
        "UPDATE conversation_members SET delivered = 4",
        "UPDATE conversation_members SET delivered = 0",
    ),
    (
        Check::Marks,
        "UPDATE conversation_members SET displayed = 1",
        "UPDATE conversation_members SET displayed = 0",
    ),
    (
        Check::Search,
        "INSERT INTO message_search (conversation_id, number, at, terms)
         SELECT conversation_id, 500, at, terms FROM message_search WHERE number = 1",
        "DELETE FROM message_search WHERE number = 500",
    ),
    (
        Check::Search,
        "INSERT INTO message_search (conversation_id, number, at, terms)
         SELECT conversation_id, 2, at, terms FROM message_search WHERE number = 1",
        "DELETE FROM message_search WHERE number = 2",
    ),
    (
        Check::Search,
        "UPDATE conversations SET sealed_key = NULL, key_id = NULL",
        "UPDATE conversations SET sealed_key = 'sealed',
                key_id = (SELECT k.key_id FROM subject_keys k)",
    ),
    (
        Check::Profiles,
        "UPDATE subject_keys SET sealed_revision = 2",
        "UPDATE subject_keys SET sealed_revision = 1",
    ),
    (
        Check::Payments,
        "UPDATE payments SET state = 'booked'",
        "UPDATE payments SET state = 'pending'",
    ),
    (
        Check::Payments,
        "UPDATE payments SET appointment_id = (SELECT id FROM appointments)",
        "UPDATE payments SET appointment_id = NULL",
    ),
    (
        Check::Payments,
        "UPDATE payments SET state = 'captured', appointment_id = (SELECT id FROM appointments)",
        "UPDATE payments SET state = 'pending', appointment_id = NULL",
    ),
    (
        Check::Payments,
        "UPDATE payments SET state = 'odd'",
        "UPDATE payments SET state = 'pending'",
    ),
    (
        Check::Sessions,
        "UPDATE users SET suspended_at = 1 WHERE role = 'clinician'",
        "UPDATE users SET suspended_at = NULL WHERE role = 'clinician'",
    ),
    (
        Check::Sessions,
        "UPDATE users SET erased_at = 1 WHERE role = 'clinician'",
        "UPDATE users SET erased_at = NULL WHERE role = 'clinician'",
    ),
    (
        Check::Erased,
        "UPDATE subject_keys SET user_id = {gone}",
        "UPDATE subject_keys SET user_id = (SELECT id FROM users WHERE role = 'patient')",
    ),
    (
        Check::Erased,
        "UPDATE patient_profiles SET user_id = {gone}",
        "UPDATE patient_profiles SET user_id = (SELECT id FROM users WHERE role = 'patient')",
    ),
    (
        Check::Erased,
        "UPDATE conversations SET patient_id = {gone}",
        "UPDATE conversations SET patient_id = (SELECT id FROM users WHERE role = 'patient')",
    ),
    (
        Check::Erased,
        "UPDATE appointments SET patient_id = {gone}",
        "UPDATE appointments SET patient_id = (SELECT id FROM users WHERE role = 'patient')",
    ),
    (
        Check::Erased,
        "INSERT INTO factors (id, user_id, kind, name, secret, counter, created_at)
         VALUES ({new}, {gone}, 'totp', 'An app', 'sealed', 0, 1)",
        "DELETE FROM factors",
    ),
    (
        Check::Erased,
        "INSERT INTO external_identities (id, user_id, issuer, subject, linked_at)
         VALUES ({new}, {gone}, 'https://id.example', 'sub', 1)",
        "DELETE FROM external_identities",
    ),
    (
        // A key of before has come back.
        Check::ErasedTalks,
        "UPDATE erasures SET done_at = 9999999999999",
        "UPDATE erasures SET done_at = 1",
    ),
    (
        Check::ErasedTalks,
        "UPDATE conversations SET kind = 'visit', appointment_id = (SELECT id FROM appointments);
         UPDATE erasures SET done_at = 9999999999999",
        "UPDATE conversations SET kind = 'care', appointment_id = NULL;
         UPDATE erasures SET done_at = 1",
    ),
    (
        Check::Reports,
        "UPDATE audit_reports SET patient_id = {gone}",
        "UPDATE audit_reports SET patient_id = (SELECT id FROM users WHERE role = 'patient')",
    ),
    (
        Check::AuditSigned,
        "UPDATE audit_entries SET leaf = replace(leaf, '\"ok\"', '\"no\"') WHERE idx = 3",
        "UPDATE audit_entries SET leaf = replace(leaf, '\"no\"', '\"ok\"') WHERE idx = 3",
    ),
    (
        Check::AuditSigned,
        "UPDATE audit_entries SET idx = 77 WHERE idx = 3",
        "UPDATE audit_entries SET idx = 3 WHERE idx = 77",
    ),
    (
        Check::AuditSigned,
        "UPDATE audit_checkpoints SET note = replace(note, 'clinic.example', 'clinic.invalid')",
        "UPDATE audit_checkpoints SET note = replace(note, 'clinic.invalid', 'clinic.example')",
    ),
    (
        Check::AuditSigned,
        "UPDATE audit_checkpoints SET size = 8",
        "UPDATE audit_checkpoints SET size = 9",
    ),
    (
        Check::AuditRows,
        "UPDATE audit_logs SET network = '203.0.113.0/24' WHERE target = 'row 4'",
        "UPDATE audit_logs SET network = NULL WHERE target = 'row 4'",
    ),
    (
        Check::AuditRows,
        "UPDATE audit_logs SET position = position + 500 WHERE target = 'row 4'",
        "UPDATE audit_logs SET position = position - 500 WHERE target = 'row 4'",
    ),
    (
        Check::AuditRows,
        "UPDATE audit_details SET detail = replace(detail, 'row 4', 'raw 4')",
        "UPDATE audit_details SET detail = replace(detail, 'raw 4', 'row 4')",
    ),
    (
        // The detail of this one was erased.
        Check::AuditRows,
        "UPDATE audit_logs SET operation = 'other' WHERE target = 'row 5'",
        "UPDATE audit_logs SET operation = 'test.operation' WHERE target = 'row 5'",
    ),
    (
        // One access is hidden from whose record it was.
        Check::AuditRows,
        "UPDATE audit_touched SET position = position + 500",
        "UPDATE audit_touched SET position = position - 500",
    ),
    (
        // Pseudonyms mean others than they did.
        Check::AuditRows,
        "UPDATE audit_subjects SET subject = 'swapped' WHERE subject = 'row 1';
         UPDATE audit_subjects SET subject = 'row 1' WHERE subject = 'row 2';
         UPDATE audit_subjects SET subject = 'row 2' WHERE subject = 'swapped'",
        "UPDATE audit_subjects SET subject = 'swapped' WHERE subject = 'row 1';
         UPDATE audit_subjects SET subject = 'row 1' WHERE subject = 'row 2';
         UPDATE audit_subjects SET subject = 'row 2' WHERE subject = 'swapped'",
    ),
    (
        Check::Keys,
        "UPDATE subject_keys SET key_id = key_id || 'x'",
        "UPDATE subject_keys SET key_id = replace(key_id, 'x', '')",
    ),
];

/// No server lets its own files be spoilt by a statement, and is asked about them.
pub(crate) const BROKEN_FILE: (Check, &str, &str) = (
    Check::File,
    "UPDATE payments SET amount_minor = 0",
    "UPDATE payments SET amount_minor = 4500",
);
