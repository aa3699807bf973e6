//! Table `password_links`. Links that set a password, good once; and what was asked for of an address that nobody has.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_links")]
pub struct Model {
    /// Link, and the e-mail that carries it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Account; nobody's when the address has none.
    pub user_id: Option<Uuid>,
    /// `reset` or `invitation`.
    pub kind: String,
    /// SHA-256 of the token. The token is nowhere: the node derives it of the id.
    pub token_hash: Vec<u8>,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms.
    pub expires_at: i64,
    /// Epoch ms from when it is good; it was only asked for when absent.
    pub opened_at: Option<i64>,
    /// Epoch ms when it was used, or another took its place.
    pub ended_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
