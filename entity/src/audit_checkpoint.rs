//! Table `audit_checkpoints`. What was signed of the audit log. Append-only by trigger.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_checkpoints")]
pub struct Model {
    /// Entries.
    #[sea_orm(primary_key, auto_increment = false)]
    pub size: i64,
    /// Root of the tree.
    pub root: Vec<u8>,
    /// Roots of its complete subtrees, the largest first.
    pub frontier: Vec<u8>,
    /// Signed note.
    pub note: String,
    /// Epoch ms.
    pub at: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
