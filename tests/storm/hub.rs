//! The hub under test: the real binary over a database of its own, which is killed without a word and started again.
//!
//! People and their sign-ins are written into the database before it starts, because a thousand passwords would measure
//! Argon2; everything else goes through the door. Invariant: the process ends and its database goes with [`Hub`].

use bedside::auth::tokens::Tokens;
use bedside::clock::{Clock as _, SystemClock};
use bedside::crypto::{Keys, sha256};
use bedside::domain::policy::{Principal, Who};
use bedside::protocol::ids::{OrganisationId, PersonId, SessionId};
use bedside::protocol::person::Role;
use bedside::protocol::phi::Phi;
use bedside::store::people::Standing;
use bedside::store::sign_ins::SessionAbout;
use bedside::store::sql::SqlStore;
use bedside::store::{People as _, PersonRecord, SessionRecord, Sessions as _};
use sea_orm::{ConnectionTrait as _, Database};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;

/// How long a hub may take until it is ready; longer than it ever takes on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(10);
pub(crate) const ZONE: &str = "Europe/Berlin";

/// Kinds of database.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A hub that runs, or was just killed.
pub(crate) struct Hub {
    pub(crate) address: SocketAddr,
    pub(crate) store: SqlStore,
    tokens: Arc<Tokens>,
    process: Child,
    folder: TempDir,
    url: String,
    /// The server and the name of a database that is ours.
    database: Option<(String, String)>,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Someone {
    pub(crate) id: PersonId,
    role: Role,
    session: SessionId,
    tokens: Arc<Tokens>,
}

impl Someone {
    /// A new access token: a long storm outlasts each of them.
    pub(crate) fn token(&self) -> Phi<String> {
        let (now, who) = (SystemClock.now(), Who::Person(self.id));
        let principal = Principal {
            who,
            role: self.role,
            organisation: OrganisationId::FIRST,
            only_visit: None,
        };
        let ends = now.plus(bedside::auth::SESSION_FOR);
        self.tokens.issue(principal, self.session, now, ends).expect("a token").0
    }
}

impl Hub {
    /// Starts one. Nothing when PostgreSQL is left out.
    pub(crate) async fn start(kind: Kind) -> Option<Hub> {
        let (folder, url, database) = Hub::place(kind).await?;
        let store = SqlStore::open(&url).await.expect("the database opens");
        store.migrate().await.expect("the schema is made");
        store.close().await;
        Some(Hub::over(folder, url, database).await)
    }

    /// An empty place for one.
    async fn place(kind: Kind) -> Option<(TempDir, String, Option<(String, String)>)> {
        let folder = tempfile::tempdir().unwrap();
        let (url, database) = match kind {
            Kind::Sqlite => (format!("sqlite:{}", folder.path().join("hub.db").display()), None),
            Kind::Postgres => {
                let server = server()?;
                let name = format!("bedside_storm_{}", Uuid::now_v7().simple());
                run(&server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
                let (base, _) = server.rsplit_once('/').expect("an address with a database");
                (format!("{base}/{name}"), Some((server, name)))
            }
        };
        Some((folder, url, database))
    }

    /// Starts one over what is there.
    async fn over(folder: TempDir, url: String, database: Option<(String, String)>) -> Hub {
        let store = SqlStore::open(&url).await.expect("the database opens");
        let keys = Keys::open(&folder.path().join("keys")).expect("keys");
        let address = free_port();
        let tokens = Tokens::new(&public_url(address), &keys.signing).expect("tokens");
        let tokens = Arc::new(tokens);
        let process = spawn(&folder, address, &url);
        let mut hub = Hub { address, store, tokens, process, folder, url, database };
        hub.is_ready().await;
        hub
    }

    /// A command of the terminal, beside the hub that runs or where one is to be.
    fn command(folder: &TempDir, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(folder.path());
        command.env("BEDSIDE_DATA_DIR", folder.path()).env("BEDSIDE_DATABASE_URL", url);
        command
    }

    /// Begins a backup with the keys; `key` is made.
    pub(crate) fn backs_up(&self, to: &Path, key: &Path) -> Child {
        let (to, key) = (to.to_str().unwrap(), key.to_str().unwrap());
        let arguments = ["backup", to, "--key", key, "--new-key", "--with-keys"];
        let mut command = Hub::command(&self.folder, &self.url, &arguments);
        command.stdout(Stdio::null()).spawn().expect("the binary starts")
    }

    /// It is gone for good, and another one is made of the backup, elsewhere.
    pub(crate) async fn is_restored(kind: Kind, from: &Path, key: &Path) -> Option<Hub> {
        let (folder, url, database) = Hub::place(kind).await?;
        let (from, key) = (from.to_str().unwrap(), key.to_str().unwrap());
        let restore = ["restore", from, "--key", key, "--at-least", "1"];
        let done = Hub::command(&folder, &url, &restore).output().expect("the binary starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let again = Hub::command(&folder, &url, &restore).output().expect("the binary starts");
        let told = String::from_utf8_lossy(&again.stderr).into_owned();
        assert!(!again.status.success() && told.contains("not empty"), "{told}");
        Some(Hub::over(folder, url, database).await)
    }

    /// Kills it.
    pub(crate) fn dies(&mut self) {
        self.process.kill().expect("it ran");
        self.process.wait().expect("it ended");
    }

    /// Somebody as this hub knows them.
    pub(crate) fn knows(&self, who: &Someone) -> Someone {
        Someone { tokens: Arc::clone(&self.tokens), ..who.clone() }
    }

    /// Kills it as an operating system does that has run out of memory, and starts the next one.
    pub(crate) async fn dies_and_comes_back(&mut self) {
        self.process.kill().expect("it ran");
        self.process.wait().expect("it ended");
        self.process = spawn(&self.folder, self.address, &self.url);
        self.is_ready().await;
    }

    /// Statements that nobody but this test would ever run.
    pub(crate) async fn tampers(&self, statements: &[&str]) {
        for statement in statements {
            run(&self.url, statement).await;
        }
    }

    /// An account that is signed in.
    pub(crate) async fn person(&self, role: Role, name: &str) -> Someone {
        let (id, now) = (PersonId(Uuid::now_v7()), SystemClock.now());
        let record = PersonRecord {
            person_id: id,
            organisation_id: OrganisationId::FIRST,
            display_name: name.into(),
            email: format!("{}@storm.invalid", id.0.simple()).into(),
            password_hash: "none".into(),
            role,
            time_zone: ZONE.to_owned(),
            created_at: now,
            standing: Standing::default(),
        };
        self.store.create_person(record, None).await.expect("the account is made");
        let session = SessionRecord {
            session_id: SessionId(Uuid::now_v7()),
            person_id: Some(id),
            visit: None,
            role,
            refresh_hash: sha256(id.0.as_bytes()),
            previous_hash: None,
            rotated_at: now,
            created_at: now,
            expires_at: now.plus(bedside::auth::SESSION_FOR),
            ended_at: None,
            about: SessionAbout::proven(now),
        };
        let session_id = session.session_id;
        self.store.open_session(session).await.expect("the session is opened");
        Someone { id, role, session: session_id, tokens: Arc::clone(&self.tokens) }
    }

    /// Ends it, with its database.
    pub(crate) async fn stop(mut self) {
        self.dies();
        self.store.close().await;
        if let Some((server, name)) = self.database.take() {
            run(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }

    async fn is_ready(&mut self) {
        let url = format!("{}/readyz", public_url(self.address));
        let began = Instant::now();
        while began.elapsed() < READY_WITHIN {
            let ended = self.process.try_wait().expect("it can be asked");
            assert!(ended.is_none(), "the hub ended at once: {ended:?}");
            if reqwest::get(&url).await.is_ok_and(|it| it.status().is_success()) {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        panic!("the hub does not become ready");
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // A test that has failed leaves no process behind; one that was stopped has none any more.
        let _has_ended = self.process.kill();
        let _status = self.process.wait();
    }
}

fn spawn(folder: &TempDir, address: SocketAddr, url: &str) -> Child {
    let log = crate::canary::log();
    Command::new(binary())
        .arg("serve")
        .env_clear()
        .env("BEDSIDE_LISTEN", address.to_string())
        .env("BEDSIDE_PUBLIC_URL", public_url(address))
        .env("BEDSIDE_DATA_DIR", folder.path())
        .env("BEDSIDE_DATABASE_URL", url)
        .env("BEDSIDE_MEDIA__LISTEN", "127.0.0.1:0")
        .env("BEDSIDE_TELEMETRY__LOG", "warn")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the binary starts")
}

/// The hub that is stormed: the one that was built with the test, or the one that `make storm` has built for it, because
/// a hundred thousand operations of a debug build take hours.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no configuration of the hub"
)]
pub(crate) fn binary() -> std::path::PathBuf {
    let named = std::env::var_os("BEDSIDE_TEST_BINARY").filter(|it| !it.is_empty());
    named.map_or_else(|| env!("CARGO_BIN_EXE_bedside").into(), Into::into)
}

fn public_url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// A port that was free a moment ago.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

async fn run(url: &str, statement: &str) {
    let database = Database::connect(url).await.expect("the database answers");
    database.execute_unprepared(statement).await.expect("the statement is good");
    database.close().await.expect("closes");
}

/// The server, or nothing when its stories are to be left out.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no configuration of the hub"
)]
fn server() -> Option<String> {
    match std::env::var("BEDSIDE_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => Some(url),
        _ if std::env::var("BEDSIDE_TEST_SKIP_POSTGRES").is_ok_and(|it| it == "1") => None,
        _ => panic!(
            "BEDSIDE_TEST_POSTGRES is not set: export BEDSIDE_TEST_POSTGRES=$(scripts/postgres.sh start), \
             or leave PostgreSQL out with BEDSIDE_TEST_SKIP_POSTGRES=1"
        ),
    }
}
