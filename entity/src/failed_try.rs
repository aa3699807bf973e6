//! Table `failed_tries`. How often in a row a secret was tried in vain.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "failed_tries")]
pub struct Model {
    /// What was tried, from where, as a word that says nothing of either.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// In a row.
    pub count: i64,
    /// Epoch ms.
    pub last_at: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
