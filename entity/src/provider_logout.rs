//! Table `provider_logouts`. Logouts that providers told of, until their tokens have ended.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_logouts")]
pub struct Model {
    /// Provider, as it names itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub issuer: String,
    /// Name of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub jti: String,
    /// Who, as the provider names them.
    pub subject: Option<String>,
    /// The provider's own session.
    pub sid: Option<String>,
    /// Epoch ms.
    pub at: i64,
    /// Epoch ms at which the token has ended for certain.
    pub expires_at: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
