//! PostgreSQL's wall between organisations, as a transaction is told on which side it is.
//!
//! Invariant: a connection is the hub's own when it is taken; what a transaction is told ends with it (`SET LOCAL`), so nothing of
//! it is left for whoever takes the connection next.

use super::connect::OF_BEFORE;
use super::errors::before_commit;
use super::{OpenError, SqlStore};
use crate::protocol::ids::OrganisationId;
use crate::store::Stored;
use crate::store::behalf::behalf;
use sea_orm::{
    ConnectionTrait, DatabaseExecutor, DatabaseTransaction, DbBackend, Statement, TransactionTrait,
};

/// The setting, and what it is of a connection that nobody has told anything.
pub(super) const HUBS_OWN: (&str, &str) = ("bedside.organisation", "*");

/// Whether the role of the connection is behind the wall.
const IS_BEHIND: &str = "SELECT NOT (rolsuper OR rolbypassrls) AS it FROM pg_roles
                         WHERE rolname = current_user";

/// Whether what calls itself so is connected to this database. Of other roles' connections no name is shown.
const IS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                          WHERE datname = current_database() AND application_name = $1) AS it";

/// Whether a setting is what it is for the hub.
const IS_OWN: &str = "SELECT COALESCE(current_setting($1, true) = $2, false) AS it";

/// For whom a transaction on this database is to be, when it is for somebody.
pub(super) fn whose(backend: DbBackend) -> Option<OrganisationId> {
    behalf().filter(|_| backend == DbBackend::Postgres)
}

/// What a transaction is told. An id has letters of a few kinds only.
pub(super) fn telling(of: OrganisationId) -> String {
    let (setting, _) = HUBS_OWN;
    format!("SET LOCAL {setting} = '{of}'")
}

/// Puts a transaction behind the wall of whom it is for.
pub(super) async fn tell(tx: &DatabaseTransaction, backend: DbBackend) -> Stored<()> {
    if let Some(of) = whose(backend) {
        tx.execute_unprepared(&telling(of)).await.map_err(before_commit)?;
    }
    Ok(())
}

impl SqlStore {
    /// What one read runs on: any connection for the hub's own, a transaction behind the wall for somebody. It is rolled back by
    /// being dropped.
    pub(super) async fn reading(&self) -> Stored<DatabaseExecutor<'_>> {
        if whose(self.backend).is_none() {
            return Ok(DatabaseExecutor::Connection(&self.reader));
        }
        let tx = self.reader.begin().await.map_err(before_commit)?;
        tell(&tx, self.backend).await?;
        Ok(DatabaseExecutor::OwnedTransaction(tx))
    }

    /// Whether the database keeps organisations apart by itself: not on SQLite, which has no such wall, and not for a role that it
    /// does not hold for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_wall(&self) -> Result<bool, OpenError> {
        self.postgres_says(Statement::from_string(self.backend, IS_BEHIND)).await
    }

    /// Whether a program of before organisations is connected to the database: it writes everything to the first one, and keeps none
    /// apart. On SQLite nobody can know: who else has opened a file is not seen.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_program_of_before(&self) -> Result<bool, OpenError> {
        let ask = Statement::from_sql_and_values(self.backend, IS_THERE, [OF_BEFORE.into()]);
        self.postgres_says(ask).await
    }

    /// Whether the database was told that what is connected is the hub itself. Who is behind a pooler that does not pass it on is, in a later
    /// release, nobody, and would be shown no row: a copy of that is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_hubs_own(&self) -> Result<bool, OpenError> {
        let (setting, own) = HUBS_OWN;
        let ask = [setting.into(), own.into()];
        let ask = Statement::from_sql_and_values(self.backend, IS_OWN, ask);
        Ok(self.backend != DbBackend::Postgres || self.postgres_says(ask).await?)
    }

    /// What it says to a question of yes and no; no where there is none to be asked.
    async fn postgres_says(&self, ask: Statement) -> Result<bool, OpenError> {
        if self.backend != DbBackend::Postgres {
            return Ok(false);
        }
        let row = self.reader.query_one_raw(ask).await.map_err(OpenError::Unreachable)?;
        let told = row.map(|it| it.try_get("", "it")).transpose();
        Ok(told.map_err(OpenError::Unreachable)?.unwrap_or(false))
    }
}
