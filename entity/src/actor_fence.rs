//! Table `actor_fence`. Fences: who may write for an actor, and what number comes next.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait, Uuid,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "actor_fence")]
pub struct Model {
    /// Kind of actor: `visit`, `schedule` or `conversation`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Grows with every claim, never back (PL-1).
    pub epoch: i64,
    /// Name of the node that claimed it.
    pub node: String,
    /// Incarnation of that node; 0 while there is one node only.
    pub incarnation: i64,
    /// Number that the next event gets.
    pub next_offset: i64,
    /// Handed over: nobody may write until the next claim.
    pub sealed: bool,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
