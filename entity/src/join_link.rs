//! Table `join_links`. Links into a visit.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "join_links")]
pub struct Model {
    /// Link.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the token, which itself is nowhere. Unique.
    pub token_hash: Vec<u8>,
    /// Visit.
    pub appointment_id: Uuid,
    /// For whom.
    pub participant_id: Uuid,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms; from then on it is too late.
    pub expires_at: i64,
    /// Epoch ms of the one use.
    pub used_at: Option<i64>,
    /// Epoch ms.
    pub withdrawn_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
