//! Table `availability_exceptions`. Deviations from the hours, for once.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "availability_exceptions")]
pub struct Model {
    /// Exception.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose; everybody's (a closure of the clinic) when absent.
    pub practitioner_id: Option<Uuid>,
    /// Of which organisation it is a closure; a practitioner's is of their account's.
    pub organisation_id: Option<Uuid>,
    /// `open` or `closed`.
    pub kind: String,
    /// IANA zone in which it is meant.
    pub timezone: String,
    /// Wall time, `YYYY-MM-DDTHH:MM`.
    pub starts_local: String,
    /// Wall time, after the begin.
    pub ends_local: String,
    /// Where; of an opening.
    pub location: String,
    /// For colleagues.
    pub reason: String,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
