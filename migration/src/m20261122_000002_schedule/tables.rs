//! The tables. Their columns are explained in `entity`.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, string, string_null, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{
    ForeignKey, ForeignKeyCreateStatement, Table, TableCreateStatement,
};

/// In the order in which they refer to each other.
pub(super) fn all() -> Vec<TableCreateStatement> {
    vec![notices(), notification_preferences()]
}

fn notices() -> TableCreateStatement {
    Table::create()
        .table("notices")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(string("kind"))
        .col(string("channel"))
        .col(uuid_null("appointment_id"))
        .col(big_integer("version"))
        .col(big_integer("due_at"))
        .col(big_integer_null("useless_at"))
        .col(string("state"))
        .col(big_integer("attempts"))
        .col(big_integer("next_try_at"))
        .col(string_null("failure"))
        .col(big_integer_null("settled_at"))
        .col(text_null("text"))
        .col(big_integer_null("read_at"))
        .foreign_key(&mut refers("notices", "person_id", "users"))
        .foreign_key(&mut refers("notices", "appointment_id", "appointments"))
        .take()
}

fn notification_preferences() -> TableCreateStatement {
    Table::create()
        .table("notification_preferences")
        .col(uuid("person_id").primary_key())
        .col(boolean("email"))
        .col(boolean("sms"))
        .col(boolean("reminders"))
        .foreign_key(&mut refers("notification_preferences", "person_id", "users"))
        .take()
}

fn refers(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    refers.name(format!("{table}_{column}_fkey")).from_tbl(table).from_col(column);
    refers.to_tbl(target).to_col("id");
    refers
}
