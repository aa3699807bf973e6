//! Table `appointments`. Appointments. What is agreed; what happens is in `visits`.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appointments")]
pub struct Model {
    /// Appointment, visit and room.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who treats.
    pub clinician_id: Uuid,
    /// Who is treated.
    pub patient_id: Uuid,
    /// Begin, epoch ms.
    pub starts_at: i64,
    /// End, epoch ms; not part of it.
    pub ends_at: i64,
    /// IANA zone in which it was agreed.
    pub timezone: String,
    /// Whether the patient may invite guests.
    pub patient_may_invite: bool,
    /// `booked`, `ended`, `no_show` or `cancelled`. Only a booked one holds the clinician's time.
    pub status: String,
    /// Epoch ms.
    pub created_at: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
