//! What the builder cannot say: the rules that the database itself keeps, whatever the program does.
//!
//! * SC-1: no two live appointments of one clinician overlap. *Live* is `status = 'booked'`. A cancelled one, a no-show and
//!   one that was ended (early, perhaps) no longer hold the clinician's time. The begin belongs to an appointment, its
//!   end does not: they may touch. The partial unique index refuses a copy that an error in the rest would let through.
//! * `visit_events` and `audit_logs` are append-only.
//!
//! The texts `appointments_overlap` and `already_there` are matched by `bedside::store::sql::errors`.

/// In SQLite: triggers. There is one writer, so what a trigger reads cannot change under it.
pub(super) const SQLITE: &[&str] = &[
    "CREATE UNIQUE INDEX appointments_live ON appointments (clinician_id, starts_at)
     WHERE status = 'booked'",
    "CREATE TRIGGER appointments_overlap_insert BEFORE INSERT ON appointments
     WHEN NEW.status = 'booked'
     BEGIN
       SELECT RAISE(ABORT, 'appointments_overlap') WHERE EXISTS (
         SELECT 1 FROM appointments
         WHERE clinician_id = NEW.clinician_id AND status = 'booked'
           AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at);
     END",
    "CREATE TRIGGER appointments_overlap_update
     BEFORE UPDATE OF clinician_id, starts_at, ends_at, status ON appointments
     WHEN NEW.status = 'booked'
     BEGIN
       SELECT RAISE(ABORT, 'appointments_overlap') WHERE EXISTS (
         SELECT 1 FROM appointments
         WHERE clinician_id = NEW.clinician_id AND status = 'booked' AND id <> OLD.id
           AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at);
     END",
    "CREATE TRIGGER visit_events_no_update BEFORE UPDATE ON visit_events
     BEGIN SELECT RAISE(ABORT, 'append_only'); END",
    "CREATE TRIGGER visit_events_no_delete BEFORE DELETE ON visit_events
     BEGIN SELECT RAISE(ABORT, 'append_only'); END",
    "CREATE TRIGGER audit_logs_no_update BEFORE UPDATE ON audit_logs
     BEGIN SELECT RAISE(ABORT, 'append_only'); END",
    "CREATE TRIGGER audit_logs_no_delete BEFORE DELETE ON audit_logs
     BEGIN SELECT RAISE(ABORT, 'append_only'); END",
    // REPLACE deletes without the delete trigger unless recursive_triggers is on; so refuse what it would replace.
    "CREATE TRIGGER visit_events_no_replace BEFORE INSERT ON visit_events
     WHEN EXISTS (SELECT 1 FROM visit_events
                  WHERE appointment_id = NEW.appointment_id AND number = NEW.number)
     BEGIN SELECT RAISE(ABORT, 'already_there'); END",
    "CREATE TRIGGER audit_logs_no_replace BEFORE INSERT ON audit_logs
     WHEN EXISTS (SELECT 1 FROM audit_logs WHERE position = NEW.position OR id = NEW.id)
     BEGIN SELECT RAISE(ABORT, 'already_there'); END",
];

/// In PostgreSQL: an exclusion constraint (`btree_gist` is a trusted extension, the owner of the database may add it), and
/// triggers. TRUNCATE passes row triggers by, so it has one of its own.
pub(super) const POSTGRES: &[&str] = &[
    "CREATE UNIQUE INDEX appointments_live ON appointments (clinician_id, starts_at)
     WHERE status = 'booked'",
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "ALTER TABLE appointments ADD CONSTRAINT appointments_overlap
     EXCLUDE USING gist (clinician_id WITH =, int8range(starts_at, ends_at, '[)') WITH &&)
     WHERE (status = 'booked')",
    "CREATE FUNCTION bedside_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       RAISE EXCEPTION 'append_only' USING ERRCODE = 'restrict_violation';
     END $$",
    "CREATE TRIGGER visit_events_append_only BEFORE UPDATE OR DELETE ON visit_events
     FOR EACH ROW EXECUTE FUNCTION bedside_append_only()",
    "CREATE TRIGGER visit_events_no_truncate BEFORE TRUNCATE ON visit_events
     FOR EACH STATEMENT EXECUTE FUNCTION bedside_append_only()",
    "CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE ON audit_logs
     FOR EACH ROW EXECUTE FUNCTION bedside_append_only()",
    "CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit_logs
     FOR EACH STATEMENT EXECUTE FUNCTION bedside_append_only()",
];
