//! Table `erasures`. Erasures that were asked for, and their certificates.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erasures")]
pub struct Model {
    /// Erasure.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose record.
    pub user_id: Uuid,
    /// `everything` or `conversations`.
    pub scope: String,
    /// Epoch ms.
    pub asked_at: i64,
    /// Who carried it out.
    pub done_by: Option<Uuid>,
    /// Epoch ms.
    pub done_at: Option<i64>,
    /// What is certified, as it was signed.
    pub certificate: Option<String>,
    /// Base64.
    pub signature: Option<String>,
    /// Base64.
    pub public_key: Option<String>,
    /// Of conversations, carried out: how many stayed.
    pub left_out: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
