//! What the builder cannot say: indexes over parts of a table, a table that is its own index, and the rules that the
//! database itself keeps, whatever the program does.
//!
//! * There is one conversation of a visit, and one between a patient and a clinician besides.
//! * CH-1: `conversation_log` is append-only.
//! * `log_epoch` has one random row from the beginning.
//!
//! The text `already_there` is matched by `bedside::store::sql::errors`.

/// Both databases understand them as they stand.
pub(super) const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX conversations_visit ON conversations (appointment_id)",
    "CREATE UNIQUE INDEX conversations_care ON conversations (patient_id, clinician_id)
     WHERE kind = 'care'",
    // For what is idle, and for keys of the node: only conversations that still have something to destroy.
    "CREATE INDEX conversations_idle ON conversations (kind, active_at) WHERE key_id IS NOT NULL",
    "CREATE INDEX conversations_key ON conversations (key_id, id)",
    "CREATE INDEX conversation_members_person ON conversation_members (person_id, conversation_id)",
    "CREATE UNIQUE INDEX messages_number ON messages (conversation_id, number)",
];

/// `message_terms` refers to nothing: a message has dozens of rows in it, each of which would be a look into another
/// table, and they are nothing but an index. In SQLite the table is stored as its primary key.
pub(super) const SQLITE: &[&str] = &[
    "CREATE TABLE message_terms (
       conversation_id uuid_text NOT NULL,
       term blob NOT NULL,
       number bigint NOT NULL,
       PRIMARY KEY (conversation_id, term, number)
     ) WITHOUT ROWID",
    "CREATE INDEX message_terms_of ON message_terms (conversation_id, number)",
    "INSERT INTO log_epoch (id, epoch) VALUES (1, abs(random() % 4294967295) + 1)",
    "CREATE TRIGGER conversation_log_no_update BEFORE UPDATE ON conversation_log
     BEGIN SELECT RAISE(ABORT, 'append_only'); END",
    "CREATE TRIGGER conversation_log_no_delete BEFORE DELETE ON conversation_log
     BEGIN SELECT RAISE(ABORT, 'append_only'); END",
    // REPLACE deletes without the delete trigger unless recursive_triggers is on; so refuse what it would replace.
    "CREATE TRIGGER conversation_log_no_replace BEFORE INSERT ON conversation_log
     WHEN EXISTS (SELECT 1 FROM conversation_log
                  WHERE conversation_id = NEW.conversation_id AND number = NEW.number)
     BEGIN SELECT RAISE(ABORT, 'already_there'); END",
];

/// See [`SQLITE`].
pub(super) const POSTGRES: &[&str] = &[
    "CREATE TABLE message_terms (
       conversation_id uuid NOT NULL,
       term bytea NOT NULL,
       number bigint NOT NULL,
       PRIMARY KEY (conversation_id, term, number)
     )",
    "CREATE INDEX message_terms_of ON message_terms (conversation_id, number)",
    "INSERT INTO log_epoch (id, epoch) VALUES (1, floor(random() * 4294967295)::bigint + 1)",
    "CREATE TRIGGER conversation_log_append_only BEFORE UPDATE OR DELETE ON conversation_log
     FOR EACH ROW EXECUTE FUNCTION bedside_append_only()",
    "CREATE TRIGGER conversation_log_no_truncate BEFORE TRUNCATE ON conversation_log
     FOR EACH STATEMENT EXECUTE FUNCTION bedside_append_only()",
];
