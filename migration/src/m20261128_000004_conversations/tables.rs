//! The tables. Their columns are explained in `entity`.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, string, string_null, text, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Index, Table, TableCreateStatement,
};

/// In the order in which they refer to each other. `message_terms` is made in `guards`: the builder cannot say how.
pub(super) fn all() -> Vec<TableCreateStatement> {
    vec![
        log_epoch(),
        conversations(),
        conversation_members(),
        conversation_log(),
        messages(),
        out_of_office(),
    ]
}

/// One row.
fn log_epoch() -> TableCreateStatement {
    Table::create()
        .table("log_epoch")
        .col(big_integer("id").primary_key())
        .col(big_integer("epoch"))
        .check(Expr::col("id").eq(1))
        .check(Expr::col("epoch").between(1, i64::from(u32::MAX)))
        .take()
}

fn conversations() -> TableCreateStatement {
    Table::create()
        .table("conversations")
        .col(uuid("id").primary_key())
        .col(string("kind"))
        .col(uuid_null("appointment_id"))
        .col(uuid("patient_id"))
        .col(uuid("clinician_id"))
        .col(string("status"))
        .col(uuid_null("assigned_to"))
        .col(big_integer("created_at"))
        .col(big_integer("active_at"))
        .col(string_null("key_id"))
        .col(text_null("sealed_key"))
        .col(big_integer("last_offset"))
        .check(Expr::col("kind").is_in(["visit", "care"]))
        .check(Expr::col("last_offset").gte(0))
        .check(Expr::col("sealed_key").is_null().or(Expr::col("key_id").is_not_null()))
        .foreign_key(&mut refers("conversations", &["appointment_id"], "appointments", &["id"]))
        .foreign_key(&mut refers("conversations", &["patient_id"], "users", &["id"]))
        .foreign_key(&mut refers("conversations", &["clinician_id"], "users", &["id"]))
        .take()
}

fn conversation_members() -> TableCreateStatement {
    let table = "conversation_members";
    Table::create()
        .table(table)
        .col(uuid("conversation_id"))
        .col(uuid("member_id"))
        .col(uuid_null("person_id"))
        .col(uuid_null("participant_id"))
        .col(string("role"))
        .col(text("display_name"))
        .col(big_integer("joined_at"))
        .col(big_integer_null("left_at"))
        .col(big_integer("delivered"))
        .col(big_integer("displayed"))
        .primary_key(Index::create().col("conversation_id").col("member_id"))
        .foreign_key(&mut refers(table, &["conversation_id"], "conversations", &["id"]))
        .foreign_key(&mut refers(table, &["person_id"], "users", &["id"]))
        .foreign_key(&mut refers(table, &["participant_id"], "participants", &["id"]))
        .take()
}

fn conversation_log() -> TableCreateStatement {
    let table = "conversation_log";
    Table::create()
        .table(table)
        .col(uuid("conversation_id"))
        .col(big_integer("number"))
        .col(big_integer("at"))
        .col(string("kind"))
        .col(uuid_null("about_id"))
        .primary_key(Index::create().col("conversation_id").col("number"))
        .check(Expr::col("number").gt(0))
        .foreign_key(&mut refers(table, &["conversation_id"], "conversations", &["id"]))
        .take()
}

/// A message has a line of the log, and an author of its conversation.
fn messages() -> TableCreateStatement {
    let line = ["conversation_id", "number"];
    let author = ["conversation_id", "member_id"];
    Table::create()
        .table("messages")
        .col(uuid("id").primary_key())
        .col(uuid("conversation_id"))
        .col(big_integer("number"))
        .col(uuid("member_id"))
        .col(big_integer("at"))
        .col(text_null("sealed_body"))
        .col(uuid_null("reply_to"))
        .col(big_integer_null("edited_at"))
        .col(big_integer_null("deleted_at"))
        .check(Expr::col("deleted_at").is_null().or(Expr::col("sealed_body").is_null()))
        .foreign_key(&mut refers("messages", &line, "conversation_log", &line))
        .foreign_key(&mut refers("messages", &author, "conversation_members", &author))
        .foreign_key(&mut refers("messages", &["reply_to"], "messages", &["id"]))
        .take()
}

fn out_of_office() -> TableCreateStatement {
    Table::create()
        .table("out_of_office")
        .col(uuid("person_id").primary_key())
        .col(big_integer("until_at"))
        .col(uuid_null("covered_by"))
        .foreign_key(&mut refers("out_of_office", &["person_id"], "users", &["id"]))
        .foreign_key(&mut refers("out_of_office", &["covered_by"], "users", &["id"]))
        .take()
}

fn refers(
    table: &'static str,
    columns: &[&'static str],
    target: &'static str,
    keys: &[&'static str],
) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    let name = columns.last().copied().unwrap_or_default();
    refers.name(format!("{table}_{name}_fkey")).from_tbl(table).to_tbl(target);
    columns.iter().for_each(|it| {
        refers.from_col(*it);
    });
    keys.iter().for_each(|it| {
        refers.to_col(*it);
    });
    refers
}
