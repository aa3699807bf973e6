//! Table `audit_logs`. The audit log. Append-only by trigger.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_logs")]
pub struct Model {
    /// Order of the log. Grows; may have gaps.
    #[sea_orm(primary_key)]
    pub position: i64,
    /// Entry. Unique.
    pub id: Uuid,
    /// Call.
    pub request_id: Uuid,
    /// Epoch ms.
    pub at: i64,
    /// `begin`, `ok` or a fault code.
    pub phase: String,
    /// Person or participant, as text.
    pub caller: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// Operation.
    pub operation: String,
    /// Appointment or person it is about, as text.
    pub target: Option<String>,
    /// Whose record, when that was known at once.
    pub patient: Option<Uuid>,
    /// Ids that came back, as `kind:id`, JSON; at most so many as are kept.
    pub returned: Option<String>,
    /// How many came back.
    pub returned_count: Option<i64>,
    /// Network that it came from.
    pub network: Option<String>,
    /// Of the caller, or of whom somebody tried to be; nobody's when neither is known.
    pub organisation_id: Option<Uuid>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
