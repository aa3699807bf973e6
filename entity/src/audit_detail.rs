//! Table `audit_details`. What entries commit to. Rows can be erased, and not changed.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_details")]
pub struct Model {
    /// Entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub idx: i64,
    /// 32 random bytes.
    pub salt: Vec<u8>,
    /// Canonical JSON.
    pub detail: String,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
