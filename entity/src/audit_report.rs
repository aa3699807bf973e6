//! Table `audit_reports`. Filters of the audit log that somebody looks with again.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_reports")]
pub struct Model {
    /// Report.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub made_by: Uuid,
    /// What it is called. Free text.
    pub name: String,
    /// Called by this account.
    pub person_id: Option<Uuid>,
    /// About the record of this patient.
    pub patient_id: Option<Uuid>,
    /// This operation.
    pub operation: Option<String>,
    /// That ended so.
    pub outcome: Option<String>,
    /// At or after this, epoch ms.
    pub from_at: Option<i64>,
    /// Before this, epoch ms.
    pub until_at: Option<i64>,
    /// Whether all administrators of the organisation see it.
    pub is_shared: bool,
    /// When it was saved last, epoch ms.
    pub saved_at: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
