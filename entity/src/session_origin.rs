//! Table `session_origins`. Which identity a session was opened by, when a provider said who it is.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_origins")]
pub struct Model {
    /// Session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: Uuid,
    /// Provider, as it names itself.
    pub issuer: String,
    /// Who, as the provider names them.
    pub subject: String,
    /// The provider's own session, when it has said one.
    pub sid: Option<String>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
