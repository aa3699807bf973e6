//! Table `emergency_grants`. Records that were opened in an emergency, and what was found when that was looked into.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "emergency_grants")]
pub struct Model {
    /// Grant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose record.
    pub patient_id: Uuid,
    /// Who opened it.
    pub clinician_id: Uuid,
    /// Word of the list.
    pub reason: String,
    /// In their words. PHI.
    pub because: String,
    /// Epoch ms.
    pub opened_at: i64,
    /// Epoch ms; not part of it.
    pub ends_at: i64,
    /// Who looked into it; never who opened it.
    pub reviewed_by: Option<Uuid>,
    /// Epoch ms.
    pub reviewed_at: Option<i64>,
    /// `appropriate` or `inappropriate`.
    pub verdict: Option<String>,
    /// What they found. PHI.
    pub note: Option<String>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
