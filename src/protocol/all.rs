//! Every type of every area under one name, for tables that are written out over all of them.

pub use crate::protocol::appointment::*;
pub use crate::protocol::audit::*;
pub use crate::protocol::audit_report::*;
pub use crate::protocol::auth::*;
pub use crate::protocol::booking::*;
pub use crate::protocol::chart::*;
pub use crate::protocol::conversation::*;
pub use crate::protocol::delivery::*;
pub use crate::protocol::emergency::*;
pub use crate::protocol::factor::*;
pub use crate::protocol::file::*;
pub use crate::protocol::media::*;
pub use crate::protocol::notice::*;
pub use crate::protocol::payment::*;
pub use crate::protocol::person::*;
pub use crate::protocol::practice::*;
pub use crate::protocol::provider::*;
pub use crate::protocol::record::*;
pub use crate::protocol::report::*;
pub use crate::protocol::schedule::*;
pub use crate::protocol::session::*;
pub use crate::protocol::sharing::*;
pub use crate::protocol::support::*;
pub use crate::protocol::visit::*;
