//! Table `services`. What can be booked.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "services")]
pub struct Model {
    /// Service.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose: of which organisation. Never changes.
    pub organisation_id: Uuid,
    /// As patients read it.
    pub name: String,
    /// Lower case.
    pub specialty: String,
    /// Length of an appointment.
    pub duration_ms: i64,
    /// Kept free before it.
    pub buffer_before_ms: i64,
    /// Kept free after it.
    pub buffer_after_ms: i64,
    /// Appointments begin at multiples of this from local midnight …
    pub alignment_interval_ms: i64,
    /// … and this much later.
    pub alignment_offset_ms: i64,
    /// No appointment begins sooner.
    pub min_notice_ms: i64,
    /// No appointment begins later.
    pub horizon_days: i64,
    /// Seats of one time.
    pub capacity: i64,
    /// Whether it can be booked.
    pub is_active: bool,
    /// In the smallest unit of the currency.
    pub price_amount: Option<i64>,
    /// ISO 4217; present when there is a price.
    pub price_currency: Option<String>,
    /// Grows with every change, from 1.
    pub revision: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
