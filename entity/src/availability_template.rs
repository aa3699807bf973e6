//! Table `availability_templates`. Recurring hours.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "availability_templates")]
pub struct Model {
    /// Template.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub practitioner_id: Uuid,
    /// Where they sit meanwhile.
    pub location: String,
    /// IANA zone in which the hours are meant.
    pub timezone: String,
    /// RFC 5545 rule of the days.
    pub recurrence: String,
    /// First minute of the day.
    pub starts_minute: i64,
    /// Minute of the day before which it ends.
    pub ends_minute: i64,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day.
    pub valid_until: Option<String>,
    /// JSON list of days that are left out.
    pub except_dates: String,
    /// JSON list of services; empty for all.
    pub service_ids: String,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
