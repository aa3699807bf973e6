//! What a message is found by, in one row instead of one for each of its terms.
//!
//! Terms are keyed hashes: forty of one message stand in forty places of an index. They were more than half of the pages that a
//! message wrote. One row stands beside the row of the message before it, and whoever searches reads the rows of a conversation.
//!
//! `message_terms` stays for the version before, whose rows are taken over as it writes and deletes them; it does not find what
//! this version writes. No release has made rows, so what is there is taken over by one statement.
//!
//! Whichever version writes a message anew, takes it back or destroys its conversation's key: what it was found by goes with that.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `message_search`, and what fills it and empties it.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000021_message_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Of 16 bytes of a term 8 are kept: two words that meet are still not to be expected.
const SQLITE: &[&str] = &[
    "CREATE TABLE message_search (
       conversation_id uuid_text NOT NULL,
       number bigint NOT NULL,
       at bigint NOT NULL,
       terms blob NOT NULL,
       PRIMARY KEY (conversation_id, number)
     ) WITHOUT ROWID",
    "INSERT INTO message_search (conversation_id, number, at, terms)
     SELECT t.conversation_id, t.number, MAX(m.at),
            unhex(group_concat(hex(substr(t.term, 1, 8)), '' ORDER BY t.term))
     FROM message_terms t
     JOIN messages m ON m.conversation_id = t.conversation_id AND m.number = t.number
     GROUP BY t.conversation_id, t.number",
    // `||` makes a text of what it joins, so it joins letters.
    "CREATE TRIGGER message_terms_taken_over AFTER INSERT ON message_terms
     BEGIN
       INSERT INTO message_search (conversation_id, number, at, terms)
       SELECT m.conversation_id, m.number, m.at, substr(NEW.term, 1, 8) FROM messages m
       WHERE m.conversation_id = NEW.conversation_id AND m.number = NEW.number
       ON CONFLICT (conversation_id, number)
       DO UPDATE SET terms = unhex(hex(terms) || hex(excluded.terms));
     END",
    "CREATE TRIGGER message_terms_gone AFTER DELETE ON message_terms
     BEGIN
       DELETE FROM message_search
       WHERE conversation_id = OLD.conversation_id AND number = OLD.number;
     END",
    "CREATE TRIGGER messages_found_anew AFTER UPDATE OF sealed_body, deleted_at ON messages
     BEGIN
       DELETE FROM message_search
       WHERE conversation_id = NEW.conversation_id AND number = NEW.number;
     END",
    "CREATE TRIGGER conversations_found_no_more AFTER UPDATE OF sealed_key ON conversations
     WHEN NEW.sealed_key IS NULL
     BEGIN DELETE FROM message_search WHERE conversation_id = NEW.id; END",
];

/// See [`SQLITE`].
const POSTGRES: &[&str] = &[
    "CREATE TABLE message_search (
       conversation_id uuid NOT NULL,
       number bigint NOT NULL,
       at bigint NOT NULL,
       terms bytea NOT NULL,
       PRIMARY KEY (conversation_id, number)
     )",
    "CREATE FUNCTION bedside_take_over_term() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       INSERT INTO message_search AS kept (conversation_id, number, at, terms)
       SELECT m.conversation_id, m.number, m.at, substr(NEW.term, 1, 8) FROM messages m
       WHERE m.conversation_id = NEW.conversation_id AND m.number = NEW.number
       ON CONFLICT (conversation_id, number) DO UPDATE SET terms = kept.terms || excluded.terms;
       RETURN NULL;
     END $$",
    "CREATE FUNCTION bedside_forget_terms() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       DELETE FROM message_search
       WHERE conversation_id = OLD.conversation_id AND number = OLD.number;
       RETURN NULL;
     END $$",
    "CREATE FUNCTION bedside_forget_search() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       DELETE FROM message_search WHERE conversation_id = NEW.id;
       RETURN NULL;
     END $$",
    // Behind the wall, as messages are (see the migration of organisations).
    "CREATE POLICY of_one_house ON message_search
     USING (COALESCE(current_setting('bedside.organisation', true), '*') = '*'
            OR EXISTS (SELECT 1 FROM conversations o WHERE o.id = message_search.conversation_id))",
    "ALTER TABLE message_search ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE message_search FORCE ROW LEVEL SECURITY",
    // Before what is there is taken over: they keep writers out until it is.
    "CREATE TRIGGER message_terms_taken_over AFTER INSERT ON message_terms
     FOR EACH ROW EXECUTE FUNCTION bedside_take_over_term()",
    "CREATE TRIGGER message_terms_gone AFTER DELETE ON message_terms
     FOR EACH ROW EXECUTE FUNCTION bedside_forget_terms()",
    "CREATE TRIGGER messages_found_anew AFTER UPDATE OF sealed_body, deleted_at ON messages
     FOR EACH ROW EXECUTE FUNCTION bedside_forget_terms()",
    "CREATE TRIGGER conversations_found_no_more AFTER UPDATE OF sealed_key ON conversations
     FOR EACH ROW WHEN (NEW.sealed_key IS NULL) EXECUTE FUNCTION bedside_forget_search()",
    "INSERT INTO message_search (conversation_id, number, at, terms)
     SELECT t.conversation_id, t.number, MAX(m.at),
            string_agg(substr(t.term, 1, 8), ''::bytea ORDER BY t.term)
     FROM message_terms t
     JOIN messages m ON m.conversation_id = t.conversation_id AND m.number = t.number
     GROUP BY t.conversation_id, t.number",
];
