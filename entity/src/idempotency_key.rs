//! Table `idempotency_keys`. Answers that are kept for their idempotency key.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Person or participant, as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub caller: String,
    /// Operation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation: String,
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of the params.
    pub params_hash: Vec<u8>,
    /// JSON of the output, as on the wire. Text, so that its order is kept.
    pub output: String,
    /// Epoch ms.
    pub at: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
