//! Table `place_offers`. Who was told of which freed place: each once.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "place_offers")]
pub struct Model {
    /// Of which place.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place_id: Uuid,
    /// Whose wish it fits. The wish may be no more.
    #[sea_orm(primary_key, auto_increment = false)]
    pub waitlist_id: Uuid,
    /// When they were told, epoch ms.
    pub at: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
