//! Table `audit_lease`. Which node puts the rows of the audit log in order. One row.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_lease")]
pub struct Model {
    /// 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// One run of a node.
    pub holder: Option<Uuid>,
    /// Epoch ms.
    pub until: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
