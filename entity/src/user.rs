//! Table `users`. Accounts.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose: of which organisation. Never changes.
    pub organisation_id: Uuid,
    /// Name that others see. PHI.
    pub display_name: String,
    /// Lower case, unique. PHI.
    pub email: String,
    /// PHC string (Argon2id).
    pub password_hash: String,
    /// `patient`, `clinician`, `interpreter`, `admin` or `support`.
    pub role: String,
    /// IANA zone.
    pub timezone: String,
    /// Epoch ms.
    pub created_at: i64,
    /// Too short to be the only factor.
    pub password_is_short: bool,
    /// Grows with every change by an administrator.
    pub revision: i64,
    /// Epoch ms since when they cannot sign in.
    pub suspended_at: Option<i64>,
    /// Who suspended them.
    pub suspended_by: Option<Uuid>,
    /// Why. PHI.
    pub suspended_because: Option<String>,
    /// Epoch ms when their record was erased.
    pub erased_at: Option<i64>,
    /// The region where their data live; the database's own when absent.
    pub home_region: Option<String>,
    /// Epoch ms when they were invited; they have chosen no password yet.
    pub invited_at: Option<i64>,
    /// Epoch ms until when a password is taken that somebody else has chosen.
    pub password_until: Option<i64>,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
