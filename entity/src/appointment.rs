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
    /// Whose: of which organisation. Never changes.
    pub organisation_id: Uuid,
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
    /// `booked`, `ended`, `no_show` or `cancelled`. What time it holds is in `slots`.
    pub status: String,
    /// Epoch ms.
    pub created_at: i64,
    /// Grows when it is moved or cancelled, from 1.
    pub version: i64,
    /// What for.
    pub service_id: Option<Uuid>,
    /// Who interprets.
    pub interpreter_id: Option<Uuid>,
    /// The series that it is one of.
    pub series_id: Option<Uuid>,
    /// What the patient said it is about.
    pub reason: Option<String>,
    /// Where the patient will be.
    pub jurisdiction: Option<String>,
    /// Why that is permitted without a licence.
    pub licence_override: Option<String>,
    /// Wall time that was agreed, `YYYY-MM-DDTHH:MM`; empty when nobody said it.
    pub local_start: Option<String>,
    /// Version of the time zone database by which the instant was derived; empty when it was not derived. NULL in rows
    /// of the first version of the program.
    pub tzdb_version: Option<String>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
