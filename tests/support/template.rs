//! Databases with the schema of today, made once and copied for each story: making one anew takes seconds, and there are a thousand stories.
//!
//! Invariants: what is copied was made by this very program, so that no schema is older than what is tested; a copy has an identity of its
//! own, as a database that was made has. Does not: serve the stories of migrations, which make theirs themselves.

use bedside::store::sql::SqlStore;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;
use uuid::Uuid;

/// Of those who make one at the same time one goes first.
const ALONE: &str = "SELECT pg_advisory_lock(hashtext('bedside_template'))";

/// Name and password of [`ROLE`]: made up, and good on a server of the tests only.
const LOGIN: &str = "bedside_hub:plain";

/// Makes the role that a hub should have, unless it is there; many stories may do so at once.
const ROLE: &str = "DO $$ BEGIN
    CREATE ROLE bedside_hub LOGIN PASSWORD 'plain';
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";

/// What a copy must not have in common with the others.
const OTHER: (&str, &str) = (
    "UPDATE database_identity SET name = lower(hex(randomblob(16)))",
    "UPDATE database_identity SET name = gen_random_uuid()::text",
);

/// A database on the server of the tests.
pub(crate) struct Made {
    /// Its address for a plain role, for which the wall between organisations holds.
    pub(crate) plain: String,
    /// Its address for somebody with power over the server.
    pub(crate) power: String,
    /// Its name.
    pub(crate) name: String,
}

/// Makes a copy on a server.
pub(crate) async fn on_server(admin: &str) -> Made {
    let server = Database::connect(admin).await.expect("the server answers");
    server.execute_unprepared(ROLE).await.expect("the role is there");
    let template = template_on(&server, admin).await;
    let made = made(admin, format!("bedside_test_{}", Uuid::now_v7().simple()));
    create(&server, &made.name, &template).await;
    server.close().await.expect("closes");
    become_another(&made.plain, OTHER.1).await;
    made
}

/// Makes a copy in a file.
pub(crate) async fn in_file(file: &Path) {
    let template = std::env::temp_dir().join(format!("bedside_template_{}.db", this_program()));
    if !template.exists() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join("template.db");
        migrated(&url_of(&own)).await;
        // Whoever is quicker has made the same.
        std::fs::copy(&own, own.with_extension("whole")).expect("copied");
        move_to(&own.with_extension("whole"), &template);
        forget_older_files(&template);
    }
    std::fs::copy(&template, file).expect("copied");
    become_another(&url_of(file), OTHER.0).await;
}

/// Removes one from its server.
pub(crate) async fn remove(admin: &str, name: &str) {
    let server = Database::connect(admin).await.expect("the server answers");
    drop_database(&server, name).await.expect("the database is dropped");
    server.close().await.expect("closes");
}

/// The address of a file.
pub(crate) fn url_of(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

async fn template_on(server: &DatabaseConnection, admin: &str) -> String {
    let program = this_program();
    let name = format!("bedside_template_{program}");
    if is_there(server, &name).await {
        return name;
    }
    // A lock is its connection's, and this one has only one.
    let alone =
        Database::connect(sea_orm::ConnectOptions::new(admin).max_connections(1).to_owned());
    let alone = alone.await.expect("the server answers");
    alone.execute_unprepared(ALONE).await.expect("the lock");
    if !is_there(server, &name).await {
        let unfinished = made(admin, format!("{name}_unfinished"));
        drop_database(server, &unfinished.name).await.expect("nothing is in the way");
        create(server, &unfinished.name, "template0").await;
        migrated(&unfinished.plain).await;
        let done = format!("ALTER DATABASE {} RENAME TO {name}", unfinished.name);
        server.execute_unprepared(&done).await.expect("the template is whole");
        forget_older(server, &name).await;
    }
    alone.close().await.expect("closes");
    name
}

/// Makes the schema, and leaves no connection behind.
async fn migrated(url: &str) {
    let store = SqlStore::open(url).await.expect("the database opens");
    store.migrate().await.expect("the schema is made");
    store.close().await;
}

async fn become_another(url: &str, how: &str) {
    let database = Database::connect(url).await.expect("the database answers");
    database.execute_unprepared(how).await.expect("another identity");
    database.close().await.expect("closes");
}

async fn create(server: &DatabaseConnection, name: &str, template: &str) {
    let make = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER bedside_hub");
    server.execute_unprepared(&make).await.expect("the database is made");
}

async fn drop_database(server: &DatabaseConnection, name: &str) -> Result<(), sea_orm::DbErr> {
    let remove = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    server.execute_unprepared(&remove).await.map(|_| ())
}

async fn is_there(server: &DatabaseConnection, name: &str) -> bool {
    !named(server, "datname = $1", name).await.is_empty()
}

/// Those of this program as it was before.
async fn forget_older(server: &DatabaseConnection, name: &str) {
    let (of_program, _) = name.rsplit_once('_').expect("a name with a time");
    for older in named(server, "starts_with(datname, $1)", of_program).await {
        if older != name {
            // One that is being copied stays until next time.
            let _in_use = drop_database(server, &older).await;
        }
    }
}

async fn named(server: &DatabaseConnection, which: &str, name: &str) -> Vec<String> {
    let ask = format!("SELECT datname::text AS it FROM pg_database WHERE {which}");
    let ask = Statement::from_sql_and_values(server.get_database_backend(), ask, [name.into()]);
    let rows = server.query_all_raw(ask).await.expect("the server answers");
    rows.iter().map(|row| row.try_get("", "it").expect("a name")).collect()
}

fn made(admin: &str, name: String) -> Made {
    let (server, _) = admin.rsplit_once('/').expect("an address with a database");
    let (_, host) = server.rsplit_once('@').expect("an address with a user");
    Made {
        plain: format!("postgres://{LOGIN}@{host}/{name}"),
        power: format!("{server}/{name}"),
        name,
    }
}

/// Files of this program as it was before.
fn forget_older_files(template: &Path) {
    let (prefix, _) = this_program().rsplit_once('_').expect("a name with a time");
    let prefix = format!("bedside_template_{prefix}_");
    let folder = std::fs::read_dir(std::env::temp_dir()).expect("a folder");
    for older in folder.flatten().map(|it| it.path()).filter(|it| it != template) {
        if older.file_name().is_some_and(|it| it.to_string_lossy().starts_with(&prefix)) {
            // Somebody else may have removed it.
            let _gone = std::fs::remove_file(older);
        }
    }
}

/// This program: where it is, and when it was built. A program that is built anew while it runs is still the one that it was.
fn this_program() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(program)
}

fn program() -> String {
    let path = std::env::current_exe().expect("a program");
    let built = path.metadata().and_then(|it| it.modified()).expect("a time");
    let built = built.duration_since(UNIX_EPOCH).expect("a time of today").as_nanos();
    let place = bedside::crypto::sha256(path.to_string_lossy().as_bytes());
    let place: String = place.iter().take(6).map(|it| format!("{it:02x}")).collect();
    format!("{place}_{built}")
}

/// Puts a whole file where others look for it, at one stroke.
fn move_to(from: &Path, to: &PathBuf) {
    let beside = to.with_extension(Uuid::now_v7().simple().to_string());
    std::fs::copy(from, &beside).expect("copied");
    std::fs::rename(&beside, to).expect("in its place");
}
