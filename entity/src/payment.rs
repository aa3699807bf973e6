//! Table `payments`. What is paid before an appointment is booked. Nothing of a card is here.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payments")]
pub struct Model {
    /// Payment; what the provider is told.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// For which hold. Unique.
    pub hold_id: Uuid,
    /// Who pays.
    pub patient_id: Uuid,
    /// In the smallest unit.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// A word of `domain::payment::State`.
    pub state: String,
    /// Its name at the provider. Unique.
    pub provider_ref: Option<String>,
    /// Where it is paid.
    pub page_url: Option<String>,
    /// What the patient said the appointment is about; the provider is not told.
    pub reason: Option<String>,
    /// What was booked with it.
    pub appointment_id: Option<Uuid>,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms.
    pub updated_at: i64,
    /// When to look at it, epoch ms; absent when there is nothing to do.
    pub next_look_at: Option<i64>,
    /// Looks in a row that failed.
    pub attempts: i64,
    /// Grows with every change, from 0.
    pub revision: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
