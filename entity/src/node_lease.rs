//! Table `node_lease`. Leases of nodes; one row a process. Read and written once there is more than one node.

use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node_lease")]
pub struct Model {
    /// Number of the process; never used again.
    #[sea_orm(primary_key, auto_increment = false)]
    pub incarnation: i64,
    /// Name of the node.
    pub node: String,
    /// The lease holds until then, epoch ms.
    pub hold_until: i64,
    /// Declared dead, for good.
    pub dead: bool,
}

/// None: rows are joined by hand, where it is seen what is read.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
