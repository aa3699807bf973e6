//! Table `message_terms`. What could be searched of messages, a row for each term: written by the version before, see `message_search`.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_terms")]
pub struct Model {
    /// Conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    /// A keyed hash of the beginning of a word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub term: Vec<u8>,
    /// Number of the message in which it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
