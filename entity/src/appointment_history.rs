//! Table `appointment_history`. What happened to appointments. Append-only; on PostgreSQL partitioned by month of `at`.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment_history")]
pub struct Model {
    /// Of which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub appointment_id: Uuid,
    /// The version that it made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    /// `booked`, `moved` or `cancelled`.
    pub event: String,
    /// Epoch ms.
    pub at: i64,
    /// Account; the hub itself when absent.
    pub by_id: Option<Uuid>,
    /// With whom, from then on.
    pub clinician_id: Uuid,
    /// Begin, from then on.
    pub starts_at: i64,
    /// End, from then on.
    pub ends_at: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
