//! Table `waitlist`. Who would like an earlier place.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist")]
pub struct Model {
    /// Entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who waits.
    pub patient_id: Uuid,
    /// For what.
    pub service_id: Uuid,
    /// With whom; with anybody when absent.
    pub clinician_id: Option<Uuid>,
    /// Not before, epoch ms.
    pub from_at: i64,
    /// Not after, epoch ms.
    pub until_at: i64,
    /// Epoch ms.
    pub created_at: i64,
    /// When a place was last offered, epoch ms.
    pub offered_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
