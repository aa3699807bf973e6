//! Table `quality_samples`. What participants' browsers measured during a visit.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quality_samples")]
pub struct Model {
    /// Order of arrival.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Visit.
    pub appointment_id: Uuid,
    /// Whose.
    pub participant_id: Uuid,
    /// Epoch ms.
    pub at: i64,
    /// Round trip to the SFU.
    pub round_trip_ms: i64,
    /// Received packets lost, per cent.
    pub loss_percent: f32,
    /// Jitter of received audio.
    pub jitter_ms: i64,
    /// Freezes of received video so far.
    pub freezes: i64,
    /// Received, kbit/s.
    pub received_kbps: i64,
    /// Sent, kbit/s.
    pub sent_kbps: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
