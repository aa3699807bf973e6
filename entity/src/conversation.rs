//! Table `conversations`. Conversations, each with its key and where its log stands.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversations")]
pub struct Model {
    /// Conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `visit` or `care`.
    pub kind: String,
    /// Of which visit. Unique.
    pub appointment_id: Option<Uuid>,
    /// Whose. Of kind `care` there is one with the same clinician.
    pub patient_id: Uuid,
    /// With whom it was opened.
    pub clinician_id: Uuid,
    /// `needs_answer`, `quiet` or `resolved`.
    pub status: String,
    /// The member who looks after it.
    pub assigned_to: Option<Uuid>,
    /// Epoch ms.
    pub created_at: i64,
    /// Epoch ms; when something was last posted.
    pub active_at: i64,
    /// The key of the node that seals `sealed_key`. Still there without it: what could be searched is being taken away.
    pub key_id: Option<String>,
    /// The data key, sealed, base64url. Null when it was destroyed.
    pub sealed_key: Option<String>,
    /// Number of the last line of the log.
    pub last_offset: i64,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
