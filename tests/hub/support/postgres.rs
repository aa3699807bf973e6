//! The PostgreSQL server of the tests.

use sea_orm::{ConnectionTrait as _, Database, Statement};

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
