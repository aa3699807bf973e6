//! Table `holds`. Time that is reserved for somebody. What it holds is in `slots`.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "holds")]
pub struct Model {
    /// Hold.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the token, which itself is nowhere. Unique.
    pub token_hash: Vec<u8>,
    /// In whose schedule it was made.
    pub practitioner_id: Uuid,
    /// Whose time is claimed with it.
    pub interpreter_id: Option<Uuid>,
    /// For whom.
    pub patient_id: Uuid,
    /// Who made it.
    pub held_by: Uuid,
    /// What for.
    pub service_id: Uuid,
    /// Where the patient will be.
    pub jurisdiction: Option<String>,
    /// Why that is permitted without a licence.
    pub licence_override: Option<String>,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms; from then on it holds nothing.
    pub expires_at: i64,
    /// `open`, `used`, `released` or `expired`. An open one may have expired without that having been written yet.
    pub state: String,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
