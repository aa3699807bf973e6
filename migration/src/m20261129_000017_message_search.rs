//! What a message writes besides itself: less.
//!
//! What it is found by stands in one row instead of one for each of its terms. Terms are keyed hashes: forty of one message stand in forty places of an index. They were more than half of the pages that a
//! message wrote. One row stands beside the row of the message before it, and whoever searches reads the rows of a conversation.
//!
//! `message_terms` stays for the version before, whose rows are taken over as it writes and deletes them; it does not find what
//! this version writes. No release has made rows, so what is there is taken over by one statement.
//!
//! Two indexes go. Nobody looks rows of the audit log up by their request; and what is idle is looked for every ten minutes, among conversations, of
//! which there are few, while each message moved its conversation in the index of it.
//!
//! Lines of the log that changed a message are found by an index: whoever reads a message asks which was the last. Most messages have none.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `message_search`, what fills it, `conversation_log_changed`, and the end of two indexes.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000017_message_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        for statement in INDEXES.iter().chain(statements) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const INDEXES: &[&str] = &[
    "DROP INDEX audit_logs_request",
    "DROP INDEX conversations_idle",
    "CREATE INDEX conversation_log_changed ON conversation_log (about_id, number)
     WHERE kind = 'changed'",
];

/// Of 16 bytes of a term 8 are kept: two words that meet are still not to be expected.
const SQLITE: &[&str] = &[
    "CREATE TABLE message_search (
       conversation_id uuid_text NOT NULL,
       number bigint NOT NULL,
       terms blob NOT NULL,
       PRIMARY KEY (conversation_id, number)
     ) WITHOUT ROWID",
    "INSERT INTO message_search (conversation_id, number, terms)
     SELECT conversation_id, number, unhex(group_concat(hex(substr(term, 1, 8)), ''))
     FROM message_terms GROUP BY conversation_id, number",
    // `||` makes a text of what it joins, so it joins letters.
    "CREATE TRIGGER message_terms_taken_over AFTER INSERT ON message_terms
     BEGIN
       INSERT INTO message_search (conversation_id, number, terms)
       VALUES (NEW.conversation_id, NEW.number, substr(NEW.term, 1, 8))
       ON CONFLICT (conversation_id, number)
       DO UPDATE SET terms = unhex(hex(terms) || hex(excluded.terms));
     END",
    "CREATE TRIGGER message_terms_gone AFTER DELETE ON message_terms
     BEGIN
       DELETE FROM message_search
       WHERE conversation_id = OLD.conversation_id AND number = OLD.number;
     END",
];

/// See [`SQLITE`].
const POSTGRES: &[&str] = &[
    "CREATE TABLE message_search (
       conversation_id uuid NOT NULL,
       number bigint NOT NULL,
       terms bytea NOT NULL,
       PRIMARY KEY (conversation_id, number)
     )",
    "CREATE FUNCTION bedside_take_over_term() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       INSERT INTO message_search AS kept (conversation_id, number, terms)
       VALUES (NEW.conversation_id, NEW.number, substr(NEW.term, 1, 8))
       ON CONFLICT (conversation_id, number) DO UPDATE SET terms = kept.terms || excluded.terms;
       RETURN NULL;
     END $$",
    "CREATE FUNCTION bedside_forget_terms() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       DELETE FROM message_search
       WHERE conversation_id = OLD.conversation_id AND number = OLD.number;
       RETURN NULL;
     END $$",
    // Before what is there is taken over: they keep writers out until it is.
    "CREATE TRIGGER message_terms_taken_over AFTER INSERT ON message_terms
     FOR EACH ROW EXECUTE FUNCTION bedside_take_over_term()",
    "CREATE TRIGGER message_terms_gone AFTER DELETE ON message_terms
     FOR EACH ROW EXECUTE FUNCTION bedside_forget_terms()",
    "INSERT INTO message_search (conversation_id, number, terms)
     SELECT conversation_id, number, string_agg(substr(term, 1, 8), ''::bytea)
     FROM message_terms GROUP BY conversation_id, number",
];
