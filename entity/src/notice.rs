//! Table `notices`. Messages to people: the outbox, and the inbox of the portals.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notices")]
pub struct Model {
    /// Notice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// To whom.
    pub person_id: Uuid,
    /// `booked`, `moved`, `cancelled`, `day_before`, `hour_before` or `place_free`.
    pub kind: String,
    /// `email`, `sms` or `inbox`; `every` until it is due, when it becomes one row each.
    pub channel: String,
    /// About which appointment.
    pub appointment_id: Option<Uuid>,
    /// About which version of it.
    pub version: i64,
    /// Epoch ms; not to be sent before.
    pub due_at: i64,
    /// Epoch ms; pointless from then on.
    pub useless_at: Option<i64>,
    /// `pending`, `sent`, `skipped` or `dead`.
    pub state: String,
    /// Tries so far.
    pub attempts: i64,
    /// Epoch ms; nobody takes it before. At first `due_at`.
    pub next_try_at: i64,
    /// The last failure, a word without any value.
    pub failure: Option<String>,
    /// Epoch ms.
    pub settled_at: Option<i64>,
    /// Of the inbox: the text as it was told.
    pub text: Option<String>,
    /// Of the inbox: epoch ms.
    pub read_at: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
