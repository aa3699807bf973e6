//! Table `messages`. Messages as they are now.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    /// Message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Conversation.
    pub conversation_id: Uuid,
    /// The line of the log that posted it. Unique in the conversation.
    pub number: i64,
    /// Who wrote it.
    pub member_id: Uuid,
    /// Epoch ms.
    pub at: i64,
    /// Sealed text, base64url. Null when it was deleted.
    pub sealed_body: Option<String>,
    /// What was sent with it: sealed, base64url. Null when there is nothing, or it was deleted.
    pub sealed_files: Option<String>,
    /// The message that it answers.
    pub reply_to: Option<Uuid>,
    /// Epoch ms.
    pub edited_at: Option<i64>,
    /// Epoch ms.
    pub deleted_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
