//! Table `factors`. Second factors of accounts.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "factors")]
pub struct Model {
    /// Factor.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Account.
    pub user_id: Uuid,
    /// `totp` or `passkey`.
    pub kind: String,
    /// What its owner calls it. PHI.
    pub name: String,
    /// Secret of an app, sealed; public key of a passkey.
    pub secret: String,
    /// Of a passkey.
    pub credential_id: Option<Vec<u8>>,
    /// Time step or count that was used last.
    pub counter: i64,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms; since then it counts.
    pub confirmed_at: Option<i64>,
    /// Epoch ms.
    pub last_used_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
