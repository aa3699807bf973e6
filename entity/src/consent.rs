//! Table `consents`. What patients agreed to and took back: a row each time.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub struct Model {
    /// Row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Account.
    pub user_id: Uuid,
    /// To what: a word.
    pub kind: String,
    /// Under which law; empty where none is named.
    pub jurisdiction: String,
    /// Version of the text.
    pub version: String,
    /// Given, or taken back.
    pub is_given: bool,
    /// Epoch ms.
    pub at: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
