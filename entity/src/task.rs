//! Table `tasks`. What somebody at the clinic has to look at.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tasks")]
pub struct Model {
    /// Task.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `zone_changed` or `zone_conflict`.
    pub kind: String,
    /// About which.
    pub appointment_id: Uuid,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms.
    pub done_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
