//! What the tables of conversations hold and refuse when somebody goes around the store.

use crate::support::Clinic;
use crate::talk::{Talk, terms};
use bedside::store::Store;
use bedside::store::conversations::{BlindQuery, Conversations, MessageRecord, Page};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

pub(crate) async fn the_log_of_a_conversation_is_append_only(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    talk.writes(ill, &[1]).await;
    let log = talk.clinic.store.log_since(talk.id, 0, 9).await.unwrap();
    let shell = talk.clinic.shell().await;
    let own = match shell.get_database_backend() {
        DbBackend::Sqlite => {
            "INSERT OR REPLACE INTO conversation_log
             SELECT conversation_id, number, at, 'changed', about_id FROM conversation_log"
        }
        _ => "TRUNCATE conversation_log CASCADE",
    };
    for sql in [
        "UPDATE conversation_log SET at = at + 1",
        "UPDATE conversation_log SET number = number + 1",
        "DELETE FROM conversation_log",
        own,
    ] {
        let error = shell.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(error.contains("append_only") || error.contains("already_there"), "{sql}: {error}");
    }
    assert_eq!(talk.clinic.store.log_since(talk.id, 0, 9).await, Ok(log));
}

pub(crate) async fn the_tables_of_conversations_refuse_what_cannot_be(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    let gone = talk.writes(ill, &[1]).await;
    talk.takes_back(&gone).await;
    let shell = talk.clinic.shell().await;
    for sql in [
        // A message without a line, without an author, twice at one place, and one that was deleted and is there.
        "UPDATE messages SET number = 7",
        "UPDATE messages SET member_id = conversation_id",
        "UPDATE messages SET reply_to = conversation_id",
        "UPDATE messages SET sealed_body = 'back'",
        // Members and people who are referred to.
        "DELETE FROM conversation_members",
        "DELETE FROM conversations",
        "UPDATE conversation_members SET person_id = member_id",
        "UPDATE conversations SET kind = 'odd'",
        "UPDATE conversations SET key_id = NULL",
        "UPDATE conversations SET appointment_id = id",
        "UPDATE conversations SET last_offset = -1",
        "INSERT INTO log_epoch (id, epoch) VALUES (2, 5)",
        "UPDATE log_epoch SET epoch = 4294967296",
    ] {
        shell.execute_unprepared(sql).await.expect_err(sql);
    }
}

pub(crate) async fn the_log_epoch_outlives_the_program_and_is_of_one_database(clinic: Clinic) {
    let epoch = clinic.store.log_epoch().await.unwrap();
    assert!(epoch > 0);
    let again = clinic.open_again().await;
    again.migrate().await.unwrap();
    assert_eq!(again.log_epoch().await, Ok(epoch));
    again.close().await;
    // What the runbook says after a restore.
    let shell = clinic.shell().await;
    let other = epoch % 4_000_000_000 + 1;
    let renew = format!("UPDATE log_epoch SET epoch = {other}");
    shell.execute_unprepared(&renew).await.unwrap();
    let store: std::sync::Arc<dyn Store> = clinic.store;
    assert_eq!(store.log_epoch().await, Ok(other));
}

pub(crate) async fn a_database_has_another_name_than_every_other(clinic: Clinic) {
    let name = clinic.store.database_id().await.unwrap();
    let again = clinic.open_again().await;
    again.migrate().await.unwrap();
    let again: std::sync::Arc<dyn Store> = std::sync::Arc::new(again);
    assert_eq!(again.database_id().await, Ok(name), "it outlives the program");
    let shell = clinic.shell().await;
    let second = "INSERT INTO database_identity (id, name) VALUES (2, 'other')";
    assert!(shell.execute_unprepared(second).await.is_err(), "there is one");
    let other = bedside::store::memory::Memory::default();
    let other: &dyn Store = &other;
    assert_ne!(other.database_id().await, Ok(name));
}

pub(crate) async fn an_unknown_word_in_a_conversation_fails_the_call(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    talk.writes(ill, &[1]).await;
    let shell = talk.clinic.shell().await;
    for (spoil, mend) in [
        ("UPDATE conversations SET status = 'odd'", "UPDATE conversations SET status = 'quiet'"),
        (
            "UPDATE conversation_members SET role = 'shaman'",
            "UPDATE conversation_members SET role = 'patient'",
        ),
        (
            "UPDATE conversation_members SET displayed = -1",
            "UPDATE conversation_members SET displayed = 0",
        ),
    ] {
        shell.execute_unprepared(spoil).await.unwrap();
        let told = talk.clinic.store.conversation(talk.id).await;
        assert_eq!(told, Err(bedside::store::StoreError::Aborted), "{spoil}");
        shell.execute_unprepared(mend).await.unwrap();
        assert!(talk.clinic.store.conversation(talk.id).await.is_ok(), "{mend}");
    }
}

pub(crate) async fn a_message_that_is_put_back_is_known_for_what_it_is(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    let (edited, gone) = (talk.writes(ill, &[]).await, talk.writes(ill, &[]).await);
    let shell = talk.clinic.shell().await;
    let copy = "CREATE TABLE a_copy AS SELECT * FROM messages";
    shell.execute_unprepared(copy).await.unwrap();
    let sealed_body = Some("sealed anew".to_owned());
    let line = talk.rewrite(&MessageRecord { sealed_body, ..edited.clone() }, &[]);
    talk.saves(vec![line]).await.unwrap();
    talk.takes_back(&gone).await;
    let back = "UPDATE messages SET deleted_at = NULL, edited_at = NULL,
                sealed_body = (SELECT c.sealed_body FROM a_copy c WHERE c.id = messages.id)";
    shell.execute_unprepared(back).await.unwrap();
    let store = &talk.clinic.store;
    let expected = [(edited, 3), (gone, 4)].map(|(before, line)| {
        let changed = Some(line);
        MessageRecord { changed, ..before }
    });
    let all = store.messages(talk.id, Page::After(0), 9).await.unwrap();
    assert_eq!(all, expected, "as before, but for the line that the log names");
    for it in &expected {
        assert_eq!(store.message(it.message_id).await.unwrap().as_ref(), Some(it));
    }
    let log = store.log_since(talk.id, 0, 9).await.unwrap();
    assert!(log.iter().all(|(_, it)| it.as_ref().is_some_and(|it| expected.contains(it))));
    let listed = store.conversations_of(talk.patient.person_id, 9).await.unwrap();
    assert_eq!(listed[0].last.as_ref(), expected.last());
}

/// A term as the version before wrote it, for a message of this conversation.
async fn wrote_before(shell: &DatabaseConnection, talk: &Talk, number: u32, word: u8) {
    let (sql, id) = match shell.get_database_backend() {
        DbBackend::Sqlite => ("X'{id}', X'{term}'", talk.id.0.simple().to_string()),
        _ => ("'{id}', '\\x{term}'", talk.id.0.to_string()),
    };
    let values = sql.replace("{id}", &id).replace("{term}", &format!("{word:02x}").repeat(16));
    let sql = format!(
        "INSERT INTO message_terms (conversation_id, term, number) VALUES ({values}, {number})"
    );
    shell.execute_unprepared(&sql).await.unwrap();
}

async fn finds(talk: &Talk, word: u8) -> usize {
    let query = BlindQuery { conversation_id: talk.id, terms: terms(&[word]) };
    talk.clinic.store.find_messages(vec![query], 9).await.unwrap().len()
}

pub(crate) async fn what_the_version_before_wrote_is_found(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    let shell = talk.clinic.shell().await;
    let message = talk.writes(ill, &[]).await;
    // Before this version was here: its migration is undone, and comes again.
    let is_postgres = shell.get_database_backend() == DbBackend::Postgres;
    for (trigger, table) in [
        ("message_terms_taken_over", "message_terms"),
        ("message_terms_gone", "message_terms"),
        ("messages_found_anew", "messages"),
        ("conversations_found_no_more", "conversations"),
    ] {
        let on = if is_postgres { format!(" ON {table}") } else { String::new() };
        shell.execute_unprepared(&format!("DROP TRIGGER {trigger}{on}")).await.unwrap();
    }
    if is_postgres {
        for function in ["take_over_term", "forget_terms", "forget_search"] {
            let function = format!("bedside_{function}");
            shell.execute_unprepared(&format!("DROP FUNCTION {function}")).await.unwrap();
        }
    }
    for sql in [
        "DROP TABLE message_search",
        "DELETE FROM seaql_migrations WHERE version LIKE '%_message_search'",
    ] {
        shell.execute_unprepared(sql).await.unwrap();
    }
    for word in [1, 2] {
        wrote_before(&shell, &talk, message.offset, word).await;
    }
    talk.clinic.open_again().await.migrate().await.expect("the migration comes again");
    assert_eq!((finds(&talk, 1).await, finds(&talk, 2).await, finds(&talk, 3).await), (1, 1, 0));
    // And while both versions are there.
    let (other, third) = (talk.writes(ill, &[]).await, talk.writes(ill, &[2]).await);
    for word in [2, 3] {
        wrote_before(&shell, &talk, other.offset, word).await;
    }
    assert_eq!((finds(&talk, 1).await, finds(&talk, 2).await, finds(&talk, 3).await), (1, 3, 1));
    talk.takes_back(&other).await;
    assert_eq!((finds(&talk, 2).await, finds(&talk, 3).await), (2, 0));
    let line = talk.rewrite(&message, &[4]);
    talk.saves(vec![line]).await.unwrap();
    assert_eq!((finds(&talk, 1).await, finds(&talk, 2).await, finds(&talk, 4).await), (0, 1, 1));
    // The version before changes what it did not write: an edit, a deletion.
    let edit = "UPDATE messages SET sealed_body = 'as before' WHERE number = ";
    shell.execute_unprepared(&format!("{edit}{}", message.offset)).await.unwrap();
    wrote_before(&shell, &talk, message.offset, 5).await;
    assert_eq!((finds(&talk, 4).await, finds(&talk, 5).await), (0, 1));
    let gone = "UPDATE messages SET sealed_body = NULL, deleted_at = 1 WHERE number = ";
    shell.execute_unprepared(&format!("{gone}{}", third.offset)).await.unwrap();
    assert_eq!(finds(&talk, 2).await, 0);
    // It deletes what it wrote, and destroys a key.
    shell.execute_unprepared("DELETE FROM message_terms").await.unwrap();
    assert_eq!(finds(&talk, 5).await, 0);
    let last = talk.writes(ill, &[7]).await;
    assert_eq!((finds(&talk, 7).await, last.changed), (1, None));
    let sql = "UPDATE conversations SET sealed_key = NULL";
    shell.execute_unprepared(sql).await.unwrap();
    assert_eq!(rows(&shell, "message_search").await, 0);
    shell.execute_unprepared("UPDATE conversations SET sealed_key = 'again'").await.unwrap();
    wrote_before(&shell, &talk, message.offset, 6).await;
    let ever = bedside::protocol::time::UnixMillis(i64::MAX);
    assert_eq!(talk.clinic.store.destroy_key(talk.id, ever).await, Ok(true));
    for table in ["message_terms", "message_search"] {
        assert_eq!(rows(&shell, table).await, 0, "{table}");
    }
}

async fn rows(shell: &DatabaseConnection, of: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) AS n FROM {of}");
    let count = Statement::from_string(shell.get_database_backend(), sql);
    let row = shell.query_one_raw(count).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}
