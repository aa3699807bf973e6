//! Table `files`. Files of conversations; their bytes are elsewhere.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub struct Model {
    /// File.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Conversation.
    pub conversation_id: Uuid,
    /// Who uploads it: a member of the conversation.
    pub uploader: Uuid,
    /// The same in all conversations.
    pub owner: String,
    /// What its objects are called. Unique.
    pub blob: Uuid,
    /// Name, type, what was found in it: sealed, base64url.
    pub sealed_facts: String,
    /// How large.
    pub bytes: i64,
    /// Whole pieces that have come.
    pub chunks: i64,
    /// Word of `FileState`.
    pub state: String,
    /// Word of `FileFault`.
    pub why: Option<String>,
    /// Whether an antivirus looked at it.
    pub scanned: bool,
    /// Message that it was sent with.
    pub message_id: Option<Uuid>,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms.
    pub expires_at: i64,
    /// Epoch ms.
    pub removed_at: Option<i64>,
    /// Epoch ms.
    pub due_at: Option<i64>,
    /// Looks in a row that came to nothing.
    pub attempts: i64,
    /// Grows with every change.
    pub revision: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
