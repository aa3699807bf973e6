//! Where a story is told: a fresh store of each kind, which is gone afterwards.

use crate::template::{self, Made};
use bedside::store::Store;
use bedside::store::memory::Memory;
use bedside::store::sql::SqlStore;
use sea_orm::{Database, DatabaseConnection};
use std::future::Future;
use std::sync::Arc;
use tempfile::TempDir;

/// Kinds of store.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// In memory.
    Memory,
    /// A file.
    Sqlite,
    /// A database of its own on the server of the tests.
    Postgres,
}

/// A store without rows.
#[derive(Clone)]
pub(crate) struct Clinic {
    /// The store.
    pub(crate) store: Arc<dyn Store>,
    /// Where the database is; the memory store has none. On PostgreSQL as the plain role that a hub should have.
    pub(crate) url: Option<String>,
    /// The same as somebody with power over the server.
    pub(crate) power: Option<String>,
}

impl Clinic {
    /// A connection past the store.
    pub(crate) async fn shell(&self) -> DatabaseConnection {
        Database::connect(self.power.as_deref().expect("a database")).await.expect("a connection")
    }

    /// The same database, opened once more, as another node would.
    pub(crate) async fn open_again(&self) -> SqlStore {
        SqlStore::open(self.url.as_deref().expect("a database")).await.expect("opens")
    }
}

/// What has to be removed after the story.
enum Remains {
    Nothing,
    File(TempDir),
    Database { admin: String, name: String },
}

/// Tells one story to a fresh store, and clears up whether it ends well or not.
pub(crate) async fn tell<Told>(kind: Kind, story: impl FnOnce(Clinic) -> Told)
where
    Told: Future<Output = ()> + Send + 'static,
{
    let (urls, remains) = match kind {
        Kind::Memory => (None, Remains::Nothing),
        Kind::Sqlite => {
            let dir = tempfile::tempdir().expect("a directory");
            let file = dir.path().join("clinic.db");
            template::in_file(&file).await;
            let url = template::url_of(&file);
            (Some((url.clone(), url)), Remains::File(dir))
        }
        Kind::Postgres => {
            let Some(admin) = postgres() else { return };
            let Made { plain, power, name } = template::on_server(&admin).await;
            (Some((plain, power)), Remains::Database { admin, name })
        }
    };
    let outcome = tokio::spawn(async_story(urls, story).await).await;
    match remains {
        Remains::Nothing => {}
        Remains::File(dir) => dir.close().expect("the directory is removed"),
        Remains::Database { admin, name } => template::remove(&admin, &name).await,
    }
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

async fn async_story<Told>(
    urls: Option<(String, String)>,
    story: impl FnOnce(Clinic) -> Told,
) -> Told
where
    Told: Future<Output = ()> + Send + 'static,
{
    let (url, power) = urls.unzip();
    let store: Arc<dyn Store> = match &url {
        None => Arc::new(Memory::default()),
        Some(url) => {
            let store = SqlStore::open(url).await.expect("the database opens");
            store.migrate().await.expect("the schema is made");
            Arc::new(store)
        }
    };
    story(Clinic { store, url, power })
}

/// The server, or nothing when its stories are to be left out.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no configuration of the hub"
)]
fn postgres() -> Option<String> {
    match std::env::var("BEDSIDE_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => Some(url),
        _ if std::env::var("BEDSIDE_TEST_SKIP_POSTGRES").is_ok_and(|it| it == "1") => None,
        _ => panic!(
            "BEDSIDE_TEST_POSTGRES is not set: export BEDSIDE_TEST_POSTGRES=$(scripts/postgres.sh start), \
             or leave PostgreSQL out with BEDSIDE_TEST_SKIP_POSTGRES=1"
        ),
    }
}
