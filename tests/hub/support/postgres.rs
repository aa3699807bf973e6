//! A database of its own for one story, on the PostgreSQL server of the tests.

use sea_orm::{ConnectionTrait as _, Database, Statement};
use uuid::Uuid;

/// The server, or nothing when its stories are to be left out.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no configuration of the hub"
)]
pub(super) fn server() -> Option<String> {
    match std::env::var("BEDSIDE_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => Some(url),
        _ if std::env::var("BEDSIDE_TEST_SKIP_POSTGRES").is_ok_and(|it| it == "1") => None,
        _ => panic!(
            "BEDSIDE_TEST_POSTGRES is not set: export BEDSIDE_TEST_POSTGRES=$(scripts/postgres.sh start), \
             or leave PostgreSQL out with BEDSIDE_TEST_SKIP_POSTGRES=1"
        ),
    }
}

/// Name and password of [`ROLE`]: made up, and good on a server of the tests only.
const LOGIN: &str = "bedside_hub:plain";

/// Makes the role that a hub should have, unless it is there; many stories may do so at once.
const ROLE: &str = "DO $$ BEGIN
    CREATE ROLE bedside_hub LOGIN PASSWORD 'plain';
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";

/// Makes a database of a plain role, for which the wall between organisations holds: its address, and its name.
pub(super) async fn make(admin: &str) -> (String, String) {
    let name = format!("bedside_test_{}", Uuid::now_v7().simple());
    let server = Database::connect(admin).await.expect("the server answers");
    server.execute_unprepared(ROLE).await.expect("the role is there");
    let make = format!("CREATE DATABASE {name} TEMPLATE template0 OWNER bedside_hub");
    server.execute_unprepared(&make).await.expect("the database is made");
    server.close().await.expect("closes");
    let (server, _) = admin.rsplit_once('/').expect("an address with a database");
    let (_, host) = server.rsplit_once('@').expect("an address with a user");
    (format!("postgres://{LOGIN}@{host}/{name}"), name)
}

/// Removes one.
pub(super) async fn remove(admin: &str, name: &str) {
    let server = Database::connect(admin).await.expect("the server answers");
    let remove = format!("DROP DATABASE {name} WITH (FORCE)");
    server.execute_unprepared(&remove).await.expect("the database is dropped");
    server.close().await.expect("closes");
}

/// What notices of a database say, whichever it is, as far as they have been told.
pub(super) async fn notices(url: &str) -> String {
    let store = Database::connect(url).await.expect("the database answers");
    let query = "SELECT kind, channel, state, failure, text FROM notices";
    let rows = store.query_all_raw(Statement::from_string(store.get_database_backend(), query));
    let mut told = String::new();
    for row in rows.await.expect("rows") {
        for column in ["kind", "channel", "state", "failure", "text"] {
            let it: Option<String> = row.try_get("", column).expect("a text");
            told.push_str(&format!("{column}: {}\n", it.unwrap_or_default()));
        }
    }
    store.close().await.expect("closes");
    told
}
