//! Table `subject_keys`. The data key of each person of whom something is sealed.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subject_keys")]
pub struct Model {
    /// Account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// Which key of the node seals it.
    pub key_id: String,
    /// Sealed; none when it was destroyed.
    pub sealed_key: Option<String>,
    /// Of the profile: the last revision that was sealed; 0 before the first. An earlier one was put back.
    pub sealed_revision: i64,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms.
    pub destroyed_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
