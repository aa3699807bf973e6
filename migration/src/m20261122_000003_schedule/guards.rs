//! What the builder cannot say: the rules that the database itself keeps, whatever the program does.
//!
//! * SC-1: no human has two claims that overlap, buffers included, unless both are of one group. All rows of `slots` count,
//!   held and busy: what holds nothing any more is not a row. The begin belongs to a claim, its end does not: they may
//!   touch. That nobody takes another's seat of a group is the unique index `slots_seat`.
//! * A cancelled appointment claims nothing, whoever cancels it.
//! * An appointment that is written by the version of the program before (it leaves `tzdb_version` empty) claims its
//!   time like any other. That trigger may go when no such version runs any more.
//! * `appointment_history` is append-only.
//!
//! The texts `slots_overlap` and `already_there` are matched by `bedside::store::sql::errors`.

/// In SQLite: triggers. There is one writer, so what a trigger reads cannot change under it.
pub(super) const SQLITE: &[&str] = &[
    "CREATE TRIGGER slots_overlap_insert BEFORE INSERT ON slots
     BEGIN
       SELECT RAISE(ABORT, 'slots_overlap') WHERE EXISTS (
         SELECT 1 FROM slots
         WHERE practitioner_id = NEW.practitioner_id AND group_id <> NEW.group_id
           AND busy_until > NEW.busy_from AND busy_from < NEW.busy_until);
     END",
    "CREATE TRIGGER slots_overlap_update
     BEFORE UPDATE OF practitioner_id, group_id, busy_from, busy_until ON slots
     BEGIN
       SELECT RAISE(ABORT, 'slots_overlap') WHERE EXISTS (
         SELECT 1 FROM slots
         WHERE practitioner_id = NEW.practitioner_id AND group_id <> NEW.group_id AND id <> OLD.id
           AND busy_until > NEW.busy_from AND busy_from < NEW.busy_until);
     END",
    "CREATE TRIGGER appointments_cancelled AFTER UPDATE OF status ON appointments
     WHEN NEW.status = 'cancelled' AND OLD.status <> 'cancelled'
     BEGIN DELETE FROM slots WHERE appointment_id = NEW.id; END",
    "CREATE TRIGGER appointments_claim AFTER INSERT ON appointments
     WHEN NEW.status = 'booked' AND NEW.tzdb_version IS NULL
     BEGIN
       INSERT INTO slots (id, practitioner_id, starts_at, ends_at, busy_from, busy_until, group_id,
                          seat, appointment_id, state)
       VALUES (NEW.id, NEW.clinician_id, NEW.starts_at, NEW.ends_at, NEW.starts_at, NEW.ends_at,
               NEW.id, 0, NEW.id, 'busy');
     END",
    "CREATE TRIGGER appointment_history_no_update BEFORE UPDATE ON appointment_history
     BEGIN SELECT RAISE(ABORT, 'append_only'); END",
    "CREATE TRIGGER appointment_history_no_delete BEFORE DELETE ON appointment_history
     BEGIN SELECT RAISE(ABORT, 'append_only'); END",
    // REPLACE deletes without the delete trigger unless recursive_triggers is on; so refuse what it would replace.
    "CREATE TRIGGER appointment_history_no_replace BEFORE INSERT ON appointment_history
     WHEN EXISTS (SELECT 1 FROM appointment_history
                  WHERE appointment_id = NEW.appointment_id AND version = NEW.version)
     BEGIN SELECT RAISE(ABORT, 'already_there'); END",
];

/// In PostgreSQL: an exclusion constraint and triggers. Two transactions that write claims which exclude each other (or
/// one that inserts, and one that takes away what is in the way) would each wait for the other and be told so a second
/// later; `slots_queue` puts all writers of one human's claims in line.
pub(super) const POSTGRES: &[&str] = &[
    "ALTER TABLE slots ADD CONSTRAINT slots_overlap
     EXCLUDE USING gist (practitioner_id WITH =, group_id WITH <>,
                         int8range(busy_from, busy_until, '[)') WITH &&)",
    "CREATE FUNCTION bedside_queue_claims() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF TG_OP = 'DELETE' THEN
         PERFORM pg_advisory_xact_lock(hashtext('slots'), hashtext(OLD.practitioner_id::text));
         RETURN OLD;
       END IF;
       PERFORM pg_advisory_xact_lock(hashtext('slots'), hashtext(NEW.practitioner_id::text));
       RETURN NEW;
     END $$",
    "CREATE TRIGGER slots_queue BEFORE INSERT OR UPDATE OR DELETE ON slots
     FOR EACH ROW EXECUTE FUNCTION bedside_queue_claims()",
    "CREATE FUNCTION bedside_cancelled() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       DELETE FROM slots WHERE appointment_id = NEW.id;
       RETURN NULL;
     END $$",
    "CREATE TRIGGER appointments_cancelled AFTER UPDATE OF status ON appointments
     FOR EACH ROW WHEN (NEW.status = 'cancelled' AND OLD.status <> 'cancelled')
     EXECUTE FUNCTION bedside_cancelled()",
    "CREATE FUNCTION bedside_claim() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       INSERT INTO slots (id, practitioner_id, starts_at, ends_at, busy_from, busy_until, group_id,
                          seat, appointment_id, state)
       VALUES (NEW.id, NEW.clinician_id, NEW.starts_at, NEW.ends_at, NEW.starts_at, NEW.ends_at,
               NEW.id, 0, NEW.id, 'busy');
       RETURN NULL;
     END $$",
    "CREATE TRIGGER appointments_claim AFTER INSERT ON appointments
     FOR EACH ROW WHEN (NEW.status = 'booked' AND NEW.tzdb_version IS NULL)
     EXECUTE FUNCTION bedside_claim()",
    "CREATE TRIGGER appointment_history_append_only BEFORE UPDATE OR DELETE ON appointment_history
     FOR EACH ROW EXECUTE FUNCTION bedside_append_only()",
    "CREATE TRIGGER appointment_history_no_truncate BEFORE TRUNCATE ON appointment_history
     FOR EACH STATEMENT EXECUTE FUNCTION bedside_append_only()",
    "CREATE TRIGGER appointment_history_default_no_truncate
     BEFORE TRUNCATE ON appointment_history_default
     FOR EACH STATEMENT EXECUTE FUNCTION bedside_append_only()",
];
