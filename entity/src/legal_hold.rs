//! Table `legal_holds`. Why a record may not be erased.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_holds")]
pub struct Model {
    /// Hold.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose record.
    pub user_id: Uuid,
    /// Why. PHI.
    pub reason: String,
    /// Who set it.
    pub set_by: Uuid,
    /// Epoch ms.
    pub set_at: i64,
    /// Who lifted it.
    pub lifted_by: Option<Uuid>,
    /// Epoch ms.
    pub lifted_at: Option<i64>,
    /// Why it was lifted. PHI.
    pub lifted_because: Option<String>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
