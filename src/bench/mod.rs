//! Benchmarks: `bedside bench join|forward|sockets|slots|book|chat|fanout|reconnect|audit|auth|crypto|search --json`. A harness and a figure, never a test.
//!
//! Owns: load from outside. `join`, `sockets`, `chat`, `fanout` and `reconnect` start this very executable as a hub of its own in a child process and
//! speak to it over real HTTP, WebSocket and UDP, so that what is measured is what is shipped, and the load's own cost
//! is not in the figure. `slots`, `book` and `auth` enter by the door of a hub in this process, `audit` its log, `search` its store. Does not: judge; the aims are in `docs/benchmarks.md`.

mod audit;
mod auth;
mod book;
mod caller;
mod chat;
mod checked;
mod chromium;
mod clinic;
mod crypto;
mod door;
mod fanout;
mod figures;
mod guesses;
mod hub;
mod join;
mod line;
mod pairs;
mod peer;
mod practice;
mod procfs;
mod reconnect;
mod search;
mod slots;
mod sockets;
mod swarm;
mod talker;
mod tokens;
mod video;
mod way;

use serde_json::Value;
use std::io::{Result, Write as _};

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// From the click to the first sound and the first picture.
    Join,
    /// What forwarding a packet costs.
    Forward,
    /// What an idle socket holds, and what a delivery costs.
    Sockets,
    /// Searching for a time.
    Slots,
    /// Holding and confirming a time.
    Book,
    /// One writes to another, beside servers of others.
    Chat,
    /// One says something to a thousand, beside servers of others.
    Fanout,
    /// Everybody comes back at once after the hub was killed.
    Reconnect,
    /// Putting the audit log in order, and checking it.
    Audit,
    /// Knowing who calls.
    Auth,
    /// Sealing fields, and chunks of backups.
    Crypto,
    /// Finding messages by their words.
    Search,
}

/// Runs one and prints it: one JSON object on one line, or a table for people.
///
/// # Errors
/// When something that is needed cannot be started.
pub fn run(what: What, clients: Option<usize>, json: bool) -> Result<()> {
    let load_before = procfs::load_average();
    let mut figures = match what {
        What::Join => on_threads(join::measure())?,
        What::Forward => crate::sfu::bench::forward()?,
        What::Sockets => on_threads(sockets::measure())?,
        What::Slots => on_threads(slots::measure())?,
        What::Book => on_threads(book::measure())?,
        What::Crypto => on_threads(crypto::measure())?,
        What::Chat => on_threads(chat::measure())?,
        What::Fanout => on_threads(fanout::measure())?,
        What::Search => on_threads(search::measure())?,
        What::Audit => on_threads(audit::measure())?,
        What::Auth => on_threads(auth::measure())?,
        What::Reconnect => on_threads(reconnect::measure(clients.unwrap_or(reconnect::CLIENTS)))?,
    };
    if let Value::Object(fields) = &mut figures {
        fields.insert("load_average".to_owned(), load_before.into());
        fields.insert("cores".to_owned(), cores().into());
        fields.insert("build".to_owned(), BUILD.into());
    }
    let mut out = std::io::stdout().lock();
    match json {
        true => writeln!(out, "{figures}"),
        false => write!(out, "{}", figures::table(&figures)),
    }
}

/// A figure of a debug build says nothing, so the line says which it is.
const BUILD: &str = if cfg!(debug_assertions) { "debug" } else { "release" };

fn on_threads<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(work);
    // Whatever is still open belongs to a hub that has ended.
    runtime.shutdown_background();
    result
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}
