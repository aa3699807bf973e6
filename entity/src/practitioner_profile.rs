//! Table `practitioner_profiles`. What is said of those whose time can be booked.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "practitioner_profiles")]
pub struct Model {
    /// Account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// JSON list of words, lower case.
    pub specialties: String,
    /// JSON list of BCP 47 tags.
    pub languages: String,
    /// JSON list of licences: jurisdiction, number, valid_until.
    pub licences: String,
    /// JSON list of words, lower case.
    pub insurers: String,
    /// For patients to read.
    pub about: String,
    /// Years.
    pub experience_years: i64,
    /// Share of a pool's appointments, 1 to 100.
    pub weight: i64,
    /// JSON list of services that they offer.
    pub service_ids: String,
    /// Grows with every change, from 1.
    pub revision: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
