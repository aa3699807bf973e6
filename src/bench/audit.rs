//! The audit log: how fast rows become entries, and how fast somebody checks them.
//!
//! Rows are there before the clock starts, as they are after their commits. *Appending* is everything that a node does for them: reading them,
//! pseudonyms, salts, hashes, signatures, one transaction a batch. *Checking* is `bedside audit verify` of an export with all
//! details: reading files, hashing every entry, opening every commitment.

use crate::audit::export::{Details, export};
use crate::audit::folder::Folder as Files;
use crate::audit::publisher::Publisher;
use crate::audit::sequencer::Sequencer;
use crate::audit::verify::{Trust, verify};
use crate::bench::door::Folder;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::files::tiles::Tiles;
use crate::node::{self, audit};
use crate::protocol::ids::{AuditId, OrganisationId, RequestId};
use crate::protocol::person::Role;
use crate::store::{AuditRecord, Store};
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Rows of one run, two a call.
const ROWS: u32 = 50_000;
/// Rows that are written at once, before the clock starts.
const AT_ONCE: u32 = 1_000;
/// People who call, and things that they name.
const CALLERS: u32 = 500;
const TARGETS: u32 = 5_000;

/// Measures it on SQLite, and on PostgreSQL when there is one.
pub(super) async fn measure() -> Result<Value> {
    let folder = Folder::make()?;
    let mut figures = of(folder.config("audit", None)).await?;
    if let Some(url) = crate::config::bench_postgres() {
        let postgres = of(folder.config("audit-postgres", Some(url))).await?;
        if let Value::Object(fields) = &mut figures {
            fields.insert("postgres".to_owned(), postgres);
        }
    }
    Ok(figures)
}

async fn of(config: Config) -> Result<Value> {
    let store: Arc<dyn Store> = Arc::new(node::open_store(&config).await?);
    let signer = Arc::new(audit::open_keys(&config)?.0);
    for from in (0..ROWS).step_by(usize::try_from(AT_ONCE).unwrap_or(1)) {
        let rows = (from..from + AT_ONCE).map(row).collect();
        store.append_audit(rows).await.map_err(Error::other)?;
    }
    let mut sequencer = Sequencer::new(Arc::clone(&store), Arc::clone(&signer));
    let began = Instant::now();
    let mut appended = 0;
    loop {
        let done = sequencer.turn(SystemClock.now()).await.map_err(Error::other)?;
        appended += done;
        if done == 0 {
            break;
        }
    }
    let appending = began.elapsed();
    let tiles = Tiles::open(&audit::folder(&config))?;
    let key = signer.verifier().clone();
    let began = Instant::now();
    let mut publisher = Publisher::new(Arc::clone(&store), tiles.clone(), key.clone());
    publisher.turn().await.map_err(Error::other)?;
    let publishing = began.elapsed();
    let files = Files::at(&config.data_dir.join("taken-out"));
    export(&*store, &tiles, &key.clone().into(), &files, Details::Shown).await?;
    let began = Instant::now();
    let trust = Trust { log: key, witnesses: vec![], kept: vec![] };
    let report = verify(&files, &trust)?;
    let checking = began.elapsed();
    if !report.findings.is_empty() || report.shown != u64::from(appended) {
        return Err(Error::other("the log that was measured is not whole"));
    }
    Ok(json!({
        "entries": appended,
        "appends_per_s": per_second(appended, appending).round(),
        "published_per_s": per_second(appended, publishing).round(),
        "verified_per_min": (per_second(appended, checking) * 60.0).round(),
    }))
}

fn per_second(count: u32, span: Duration) -> f64 {
    f64::from(count) / span.as_secs_f64()
}

/// As calls about appointments make them.
fn row(number: u32) -> AuditRecord {
    let id = |kind: u128, of: u32| Uuid::from_u128((kind << 64) | u128::from(number / 2 % of));
    AuditRecord {
        audit_id: AuditId(Uuid::now_v7()),
        organisation: Some(OrganisationId::FIRST),
        request_id: RequestId(Uuid::now_v7()),
        at: SystemClock.now(),
        phase: if number.is_multiple_of(2) { "begin" } else { "ok" },
        caller: Some(format!("person:{}", id(1, CALLERS))),
        role: Some(Role::Clinician),
        operation: "visit.read",
        target: Some(format!("appointment_id:{}", id(2, TARGETS))),
        patient: None,
        returned: None,
        network: None,
    }
}
