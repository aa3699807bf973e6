//! Table `visits`. Current state of a visit; one row an appointment.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visits")]
pub struct Model {
    /// Appointment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub appointment_id: Uuid,
    /// Patient and clinician are together since the last admission.
    pub is_in_call: bool,
    /// When they first were, epoch ms.
    pub call_started_at: Option<i64>,
    /// Number of the last event; 0 before the first.
    pub revision: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
