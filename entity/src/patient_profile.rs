//! Table `patient_profiles`. What patients tell about themselves.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "patient_profiles")]
pub struct Model {
    /// Account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// `YYYY-MM-DD`.
    pub birth_date: Option<String>,
    /// As the patient words it.
    pub gender: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Where they usually are.
    pub jurisdiction: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Lower case.
    pub insurer: Option<String>,
    /// With the insurer.
    pub insurance_number: Option<String>,
    /// Whom to call.
    pub emergency_contact: Option<String>,
    /// Grows with every change, from 1.
    pub revision: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
