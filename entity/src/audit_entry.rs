//! Table `audit_entries`. The audit log in its one order. Append-only by trigger.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    /// Number, from 0 without a gap.
    #[sea_orm(primary_key, auto_increment = false)]
    pub idx: i64,
    /// Row of `audit_logs`. Unique.
    pub position: i64,
    /// What is hashed, canonical JSON.
    pub leaf: String,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
