//! Table `slots`. Claims on humans' time, held and busy. A claim that holds nothing any more is no row (SC-1).

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "slots")]
pub struct Model {
    /// Claim.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose time: a clinician's or an interpreter's.
    pub practitioner_id: Uuid,
    /// Begin of the appointment, epoch ms.
    pub starts_at: i64,
    /// Its end.
    pub ends_at: i64,
    /// Begin with the buffer before.
    pub busy_from: i64,
    /// End with the buffer after; not part of it.
    pub busy_until: i64,
    /// Claims of one human with the same group may overlap.
    pub group_id: Uuid,
    /// Place in the group, from 0. Unique in it.
    pub seat: i64,
    /// What for; absent when an administrator placed it.
    pub service_id: Option<Uuid>,
    /// The hold that made it; absent when none did.
    pub hold_id: Option<Uuid>,
    /// Of a busy one.
    pub appointment_id: Option<Uuid>,
    /// `held` or `busy`.
    pub state: String,
    /// Of a held one: epoch ms.
    pub expires_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
