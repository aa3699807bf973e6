//! Table `freed_places`. Times that became free while somebody waited for such a one.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "freed_places")]
pub struct Model {
    /// Place.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// With whom.
    pub clinician_id: Uuid,
    /// What for.
    pub service_id: Uuid,
    /// Begin, epoch ms.
    pub starts_at: i64,
    /// When the next one may be told, epoch ms; absent when nobody is told any more.
    pub next_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
