//! Table `organisations`. Who runs a clinic of their own on this deployment.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisations")]
pub struct Model {
    /// Organisation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// As people read it.
    pub name: String,
    /// As it is named where somebody registers. Unique.
    pub slug: String,
    /// IANA zone of its home.
    pub timezone: String,
    /// Epoch ms.
    pub created_at: i64,
}

/// None: joins are written out where they are made.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
