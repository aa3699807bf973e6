//! The command line: parse, call the library, say what went wrong in words.

use bedside::config::{Config, TlsVersion};
use bedside::crypto::archive::BackupKey;
use bedside::crypto::tls::Certificate;
use bedside::node::audit::terminal;
use bedside::node::key_commands;
use bedside::{backup, clock, config, http, node, open_files, telemetry};
use clap::{Parser, Subcommand};
use std::io::{Error, Result, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How often is looked whether everybody has moved.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often the files of the certificate are looked at.
const RENEW_EVERY: Duration = Duration::from_secs(60);

/// A realtime telemedicine hub.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// TOML file with settings; `bedside.toml` when there is one.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the hub.
    Serve {
        /// Also sets up a fictional demo clinic and prints links into a visit.
        #[arg(long)]
        demo: bool,
    },
    /// Brings the database's schema up to date.
    Migrate,
    /// Reads the settings and says what is wrong with them, or what they are.
    CheckConfig,
    /// Organisations: clinics of their own on this deployment.
    Organisation {
        #[command(subcommand)]
        command: node::organisations::Command,
    },
    /// Accounts.
    User {
        #[command(subcommand)]
        command: User,
    },
    /// The keys that seal the keys of conversations and people.
    Keys {
        #[command(subcommand)]
        command: key_commands::Command,
    },
    /// The audit log: taken out, checked, proven, witnessed. See docs/audit.md.
    Audit {
        #[command(subcommand)]
        command: terminal::Command,
    },
    /// Looks whether the data is as promised, while the hub runs or not; changes nothing. See docs/runbook.
    Check {
        /// Prints one JSON object on one line.
        #[arg(long)]
        json: bool,
    },
    /// Writes everything into one sealed file, while the hub runs.
    Backup {
        /// A file that is not there yet, or a folder.
        to: PathBuf,
        /// File with the key of backups. Keep it apart from the backups.
        #[arg(long)]
        key: PathBuf,
        /// Makes that key first; refused when it is there.
        #[arg(long)]
        new_key: bool,
        /// Also the node's keys: then the key of backups alone opens everything.
        #[arg(long)]
        with_keys: bool,
    },
    /// Puts a backup into an empty place, or only looks whether it is good.
    Restore {
        /// The backup.
        from: PathBuf,
        /// File with the key of backups.
        #[arg(long)]
        key: PathBuf,
        /// Refuses one whose audit log ends below this position.
        #[arg(long, default_value_t = 0)]
        at_least: i64,
        /// Writes nothing.
        #[arg(long)]
        only_look: bool,
    },
    /// Measures this machine; see docs/benchmarks.md.
    Bench {
        /// join, forward, sockets, slots, book, chat, fanout, reconnect, audit, auth or crypto.
        what: bedside::bench::What,
        /// How many come back, for reconnect.
        #[arg(long)]
        clients: Option<usize>,
        /// Prints one JSON object on one line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum User {
    /// Makes an administrator; the passphrase is read from the terminal's input.
    CreateAdmin {
        /// Name that others see.
        #[arg(long)]
        name: String,
        /// E-mail address to sign in with.
        #[arg(long)]
        email: String,
        /// Short name of their organisation; the first one when absent.
        #[arg(long)]
        organisation: Option<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut stderr = std::io::stderr().lock();
            let _written = writeln!(stderr, "bedside: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let settings = config::from_command_line(arguments.config.as_deref()).map_err(Error::other)?;
    match arguments.command {
        Command::CheckConfig => print_settings(&settings),
        Command::Serve { demo } => {
            let settings = if demo { for_demo(settings)? } else { settings };
            let telemetry = telemetry::start(&settings.telemetry)?;
            tracing::info!(open_files = open_files::raise(), "bound on open files");
            let result = actix::System::new().block_on(serve(settings, demo));
            telemetry.stop();
            result
        }
        Command::Migrate => actix::System::new().block_on(async {
            let store = node::open_store(&settings).await?;
            drop(store);
            Ok(())
        }),
        Command::Organisation { command } => {
            let text =
                actix::System::new().block_on(node::organisations::run(&settings, command))?;
            std::io::stdout().lock().write_all(text.as_bytes())
        }
        Command::User { command: User::CreateAdmin { name, email, organisation } } => {
            let mut passphrase = String::new();
            std::io::stdin().read_line(&mut passphrase)?;
            actix::System::new().block_on(node::demo::create_admin(
                &settings,
                organisation.as_deref(),
                (name, email),
                passphrase.trim_end_matches(['\r', '\n']).to_owned(),
            ))
        }
        Command::Keys { command } => {
            let text = actix::System::new().block_on(key_commands::run(&settings, command))?;
            std::io::stdout().lock().write_all(text.as_bytes())
        }
        Command::Audit { command } => terminal::run(&settings, command),
        Command::Check { json } => {
            actix::System::new().block_on(node::checks::terminal::run(&settings, json))
        }
        Command::Backup { to, key, new_key, with_keys } => {
            let key = backup_key(&key, new_key)?;
            actix::System::new().block_on(back_up(&settings, &to, &key, with_keys))
        }
        Command::Restore { from, key, at_least, only_look } => {
            let wanted = backup::Wanted { at_least, only_look };
            actix::System::new().block_on(restore(&settings, &from, &key, wanted))
        }
        Command::Bench { what, clients, json } => bedside::bench::run(what, clients, json),
    }
}

/// People of the demo clinic sign in with what stands in a file: nobody has to enrol a telephone to look around.
fn for_demo(mut settings: Config) -> Result<Config> {
    if settings.identity.require_second_factor {
        settings.identity.require_second_factor = false;
        let text =
            "Demo: nobody is asked for a second factor (identity.require_second_factor = false).\n";
        std::io::stdout().lock().write_all(text.as_bytes())?;
    }
    Ok(settings)
}

fn backup_key(path: &Path, is_new: bool) -> Result<BackupKey> {
    if !is_new {
        return BackupKey::read(path);
    }
    let key = BackupKey::make(path)?;
    let text = "a new key of backups: without it no backup opens, so copy it to where they are not";
    say(&format!("{}: {text}", path.display()))?;
    Ok(key)
}

async fn back_up(settings: &Config, to: &Path, key: &BackupKey, with_keys: bool) -> Result<()> {
    let made = node::backups::make(settings, &clock::SystemClock, to, key, with_keys).await?;
    say(&format!("{}\n{}", made.path.display(), told(&made.manifest)))
}

async fn restore(settings: &Config, from: &Path, key: &Path, wanted: backup::Wanted) -> Result<()> {
    let key = BackupKey::read(key)?;
    let clock = clock::SystemClock;
    let manifest = node::backups::restore(settings, &clock, from, &key, wanted).await?;
    let word = if wanted.only_look { "good" } else { "restored" };
    say(&format!("{word}: {}", told(&manifest)))
}

fn told(it: &backup::Manifest) -> String {
    let bytes: u64 = it.parts.values().map(|it| it.bytes).sum();
    let keys = match it.has_keys || it.key_ids.is_empty() {
        true => String::new(),
        false => format!("; keys that it needs and does not have: {}", it.key_ids.join(", ")),
    };
    let (parts, position) = (it.parts.len(), it.audit_position);
    format!("{parts} parts, {bytes} bytes, audit log up to {position}{keys}")
}

fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}

fn print_settings(settings: &Config) -> Result<()> {
    let text = serde_json::to_string_pretty(&settings.shown()).map_err(Error::other)?;
    writeln!(std::io::stdout().lock(), "{text}\nThe settings are good.")
}

async fn serve(settings: Config, demo: bool) -> Result<()> {
    // First of all, and always: a signal to read certificates anew ends no hub that has none, or is about to start.
    let hangups = signal(SignalKind::hangup())?;
    let drain = Duration::from_millis(settings.drain_ms.into());
    let (listeners, certificate) = listen(&settings)?;
    node::folder::must_be_writable(&settings.data_dir)?;
    backup::sweep(&settings.data_dir)?;
    let parts = node::open(settings).await?;
    let node = node::Node::start(parts)?;
    let server = http::serve(Arc::clone(&node), listeners)?;
    let renewing = actix_rt::spawn(renew(certificate, hangups));
    let handle = server.handle();
    node.wake_rooms().await;
    if demo {
        let text = node::demo::prepare(&node, &clock::SystemClock).await?;
        std::io::stdout().lock().write_all(text.as_bytes())?;
    }
    tracing::info!(address = %node.listen_address(), "serving");
    let stopping = actix_rt::spawn(async move {
        wait_for_signal().await;
        tracing::info!("draining");
        if drain.is_zero() {
            say_goodbye(&node).await;
            return handle.stop(true).await;
        }
        // Nobody new comes here from now on; who is here stays until they have moved.
        let stopping = actix_rt::spawn(handle.stop(true));
        node.hand_over(drain);
        let all_have_moved = async {
            while node.open_sockets() > 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let _in_time = tokio::time::timeout(drain, all_have_moved).await;
        tracing::info!(left = node.open_sockets(), "moved");
        say_goodbye(&node).await;
        let _stopped = stopping.await;
    });
    server.await?;
    stopping.abort();
    renewing.abort();
    Ok(())
}

fn listen(settings: &Config) -> Result<(http::Listeners, Option<Arc<Certificate>>)> {
    let tls = &settings.tls;
    if !tls.is_on() {
        return Ok((http::Listeners::open(settings, None)?, None));
    }
    let certificate = Certificate::open(&tls.certificate, &tls.key)?;
    let server = certificate.server(tls.minimum == TlsVersion::Tls12)?;
    Ok((http::Listeners::open(settings, Some(server))?, Some(certificate)))
}

/// Takes another certificate into use when its files have changed, or at once on SIGHUP. What is open stays open.
async fn renew(certificate: Option<Arc<Certificate>>, mut hangups: Signal) {
    let Some(certificate) = certificate else {
        while hangups.recv().await.is_some() {
            tracing::info!("there is no certificate to read");
        }
        return;
    };
    loop {
        if !certificate.is_good(now_s()) {
            tracing::error!(
                "the certificate in use has ended, or has not begun: browsers do not come in"
            );
        }
        if let Some(ends_at) = certificate.ends_at_s() {
            metrics::gauge!("bedside_tls_certificate_ends_seconds").set(ends_at as f64);
        }
        tokio::select! {
            _ = hangups.recv() => {}
            () = tokio::time::sleep(RENEW_EVERY) => {}
        }
        match certificate.read_again(now_s()) {
            Ok(true) => tracing::info!("another certificate is in use"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the certificate of before stays in use"),
        }
    }
}

/// Seconds of Unix time: what certificates count in.
fn now_s() -> i64 {
    clock::Clock::now(&clock::SystemClock).0 / 1_000
}

/// Clients get their `bye` before their sockets go.
async fn say_goodbye(node: &node::Node) {
    node.drain();
    tokio::time::sleep(Duration::from_millis(500)).await;
}

async fn wait_for_signal() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
