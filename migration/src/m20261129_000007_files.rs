//! Files of conversations, and what is sealed of them beside the text of a message.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, string, string_null, text, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `files`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000007_files"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let files = Table::alter().table("messages").add_column(text_null("sealed_files")).take();
        manager.alter_table(files).await?;
        manager.create_table(self::files()).await?;
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX files_blob ON files (blob)",
    "CREATE INDEX files_conversation ON files (conversation_id, uploader)",
    "CREATE INDEX files_open ON files (owner) WHERE message_id IS NULL",
    "CREATE INDEX files_message ON files (message_id)",
    "CREATE INDEX files_due ON files (due_at) WHERE due_at IS NOT NULL",
];

/// An uploader is a member of the conversation. What is attached was complete, and what is over is not due for ever.
fn files() -> TableCreateStatement {
    let member = ["conversation_id", "uploader"];
    let attached = || Expr::col("message_id").is_not_null();
    Table::create()
        .table("files")
        .col(uuid("id").primary_key())
        .col(uuid("conversation_id"))
        .col(uuid("uploader"))
        .col(string("owner"))
        .col(uuid("blob"))
        .col(text("sealed_facts"))
        .col(big_integer("bytes"))
        .col(big_integer("chunks"))
        .col(string("state"))
        .col(string_null("why"))
        .col(boolean("scanned"))
        .col(uuid_null("message_id"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("removed_at"))
        .col(big_integer_null("due_at"))
        .col(big_integer("attempts"))
        .col(big_integer("revision"))
        .check(Expr::col("bytes").gt(0))
        .check(Expr::col("chunks").gte(0))
        .check(Expr::col("state").is_in([
            "uploading",
            "checking",
            "clear",
            "quarantined",
            "refused",
            "expired",
        ]))
        .check(attached().not().or(Expr::col("state").is_not_in(["uploading", "expired"])))
        .foreign_key(&mut refers(
            &member,
            "conversation_members",
            &["conversation_id", "member_id"],
        ))
        .foreign_key(&mut refers(&["message_id"], "messages", &["id"]))
        .take()
}

fn refers(
    columns: &[&'static str],
    target: &'static str,
    keys: &[&'static str],
) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    let name = columns.last().copied().unwrap_or_default();
    refers.name(format!("files_{name}_fkey")).from_tbl("files").to_tbl(target);
    columns.iter().for_each(|it| {
        refers.from_col(*it);
    });
    keys.iter().for_each(|it| {
        refers.to_col(*it);
    });
    refers
}
