//! Table `conversation_members`. Who is and was in a conversation, and how far they got.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation_members")]
pub struct Model {
    /// Conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    /// Member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// Account.
    pub person_id: Option<Uuid>,
    /// Part in the visit.
    pub participant_id: Option<Uuid>,
    /// Role.
    pub role: String,
    /// Name that the others see.
    pub display_name: String,
    /// Epoch ms.
    pub joined_at: i64,
    /// Epoch ms.
    pub left_at: Option<i64>,
    /// Number of the last message that a device of theirs has. Never goes back.
    pub delivered: i64,
    /// Number of the last message that was before their eyes. Never goes back.
    pub displayed: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
