//! Table `sessions`. Sign-ins, each on one device.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Account; guests have none.
    pub user_id: Option<Uuid>,
    /// The only visit of a session from a join link.
    pub appointment_id: Option<Uuid>,
    /// The part in that visit.
    pub participant_id: Option<Uuid>,
    /// Role.
    pub role: String,
    /// SHA-256 of the current refresh token.
    pub refresh_hash: Vec<u8>,
    /// SHA-256 of the one before.
    pub previous_hash: Option<Vec<u8>>,
    /// When the current one was made, epoch ms.
    pub rotated_at: i64,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms; ends in any case.
    pub expires_at: i64,
    /// Epoch ms.
    pub ended_at: Option<i64>,
    /// What kind of client, as JSON; unknown when absent.
    pub client: Option<String>,
    /// Epoch ms, to about a minute; `created_at` when absent.
    pub last_used_at: Option<i64>,
    /// Epoch ms.
    pub proved_at: Option<i64>,
    /// It can only enrol a second factor.
    pub is_limited: bool,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
