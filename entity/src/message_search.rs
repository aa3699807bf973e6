//! Table `message_search`. What a message is found by: its blind terms, one after the other, in one row.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_search")]
pub struct Model {
    /// Conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    /// Number of the message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// When the message was posted, epoch ms.
    pub at: i64,
    /// Keyed hashes of beginnings of words, 8 bytes each.
    pub terms: Vec<u8>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
