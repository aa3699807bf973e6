//! Table `audit_subjects`. Pseudonyms of entries. Rows can be erased, and not changed.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_subjects")]
pub struct Model {
    /// Who or what, as in `audit_logs`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// What entries call it.
    pub pseudonym: Uuid,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
