//! Table `audit_touched`. Whose record a row of the audit log is about. Append-only by trigger.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_touched")]
pub struct Model {
    /// Patient.
    #[sea_orm(primary_key, auto_increment = false)]
    pub patient: Uuid,
    /// Row of `audit_logs`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
