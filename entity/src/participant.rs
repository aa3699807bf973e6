//! Table `participants`. Members of a visit.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "participants")]
pub struct Model {
    /// Participant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Visit.
    pub appointment_id: Uuid,
    /// Account; guests have none.
    pub user_id: Option<Uuid>,
    /// Role in this visit.
    pub role: String,
    /// Name that the others see. PHI.
    pub display_name: String,
    /// Let in, and not sent back since.
    pub is_admitted: bool,
    /// Entered, and neither left nor lost since.
    pub is_present: bool,
    /// Epoch ms, while they wait.
    pub waiting_since: Option<i64>,
    /// The invitation was withdrawn.
    pub is_revoked: bool,
    /// JSON of the last device check.
    pub device_check: Option<String>,
    /// Participant who invited them; guests only. None for those invited before it was kept.
    pub invited_by: Option<Uuid>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
