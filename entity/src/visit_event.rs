//! Table `visit_events`. What happened in a visit: the attendance. Append-only by trigger.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit_events")]
pub struct Model {
    /// Visit.
    #[sea_orm(primary_key, auto_increment = false)]
    pub appointment_id: Uuid,
    /// From 1, without a gap.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// What.
    pub kind: String,
    /// Epoch ms.
    pub at: i64,
    /// Participant whom it is about.
    pub about_id: Option<Uuid>,
    /// Participant who did it, when it was somebody else.
    pub by_id: Option<Uuid>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
