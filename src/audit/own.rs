//! What the log is told of what no client has called: of commands at the machine, and of what the hub does by itself.
//!
//! Invariants: the attempt is in the log before it is made, and how it ended after that; what was done is never failed by the record of its end.
//! These rows name no caller: whoever has the machine is not known to the hub. They are the first organisation's to look at, whose
//! administrators run the deployment, unless they are about something of another one.
//! Does not: know what is done.

use super::uncalled::CHANGE_SETTINGS;
use crate::clock::Clock;
use crate::crypto::sha256;
use crate::protocol::fault::FaultCode;
use crate::protocol::ids::{AuditId, OrganisationId, RequestId};
use crate::protocol::time::UnixMillis;
use crate::store::trail::{AuditQuery, Trail};
use crate::store::{AuditRecord, Ledger, Returned};
use std::fmt::Write as _;
use std::io::{Error, Result};
use uuid::Uuid;

/// How rows name a state of the settings.
pub const SETTINGS: &str = "settings";
/// How rows name an organisation by its short name.
pub const ORGANISATION: &str = "organisation";
/// How rows name a backup.
pub const BACKUP: &str = "backup";
/// Something that nobody has called.
#[derive(Debug, Clone)]
pub struct Own {
    row: AuditRecord,
}

impl Own {
    /// Of that name, about that.
    pub fn new(operation: &'static str, target: Option<String>) -> Self {
        let row = AuditRecord {
            audit_id: AuditId(Uuid::nil()),
            organisation: Some(OrganisationId::FIRST),
            request_id: RequestId(Uuid::now_v7()),
            at: UnixMillis(0),
            phase: "begin",
            caller: None,
            role: None,
            operation,
            target,
            patient: None,
            returned: None,
            network: None,
        };
        Own { row }
    }

    /// The same, of an organisation.
    #[must_use]
    pub fn of(self, organisation: OrganisationId) -> Self {
        let row = AuditRecord { organisation: Some(organisation), ..self.row };
        Own { row }
    }

    /// The same, about that.
    #[must_use]
    pub fn about(self, target: String) -> Self {
        Own { row: AuditRecord { target: Some(target), ..self.row } }
    }

    /// One row of it.
    pub fn row(&self, phase: &'static str, at: UnixMillis) -> AuditRecord {
        AuditRecord { audit_id: AuditId(Uuid::now_v7()), at, phase, ..self.row.clone() }
    }

    /// Does it, with a row before it and one behind it.
    ///
    /// # Errors
    /// When the attempt cannot be recorded: then nothing is done. Otherwise what comes of the work.
    pub async fn recorded<T, L: Ledger + ?Sized>(
        self,
        log: &L,
        clock: &dyn Clock,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.recorded_about(log, clock, work, |_| None).await
    }

    /// The same; what it was about is known only when it is done.
    ///
    /// # Errors
    /// As [`Own::recorded`].
    pub async fn recorded_about<T, L: Ledger + ?Sized>(
        self,
        log: &L,
        clock: &dyn Clock,
        work: impl Future<Output = Result<T>>,
        about: impl FnOnce(&T) -> Option<String>,
    ) -> Result<T> {
        let begin = self.row("begin", clock.now());
        log.append_audit(vec![begin]).await.map_err(|_| {
            Error::other("it cannot be recorded in the audit log, and is not done: see the store")
        })?;
        let done = work.await;
        let phase = if done.is_ok() { "ok" } else { FaultCode::Internal.as_str() };
        let own = match done.as_ref().ok().and_then(about) {
            Some(target) => self.about(target),
            None => self,
        };
        own.ended(log, phase, clock.now()).await;
        done
    }

    /// How it ended. That this cannot be written undoes nothing.
    pub async fn ended<L: Ledger + ?Sized>(&self, log: &L, phase: &'static str, now: UnixMillis) {
        if log.append_audit(vec![self.row(phase, now)]).await.is_err() {
            let operation = self.row.operation;
            metrics::counter!("bedside_audit_end_missing_total").increment(1);
            tracing::error!(operation, "audit end missing");
        }
    }
}

/// The same at a start: a hub that is needed serves all the same when it cannot be written, and the next start says it.
pub async fn say_settings(
    store: &(impl Ledger + Trail + ?Sized),
    node: &str,
    settings: &[u8],
    now: UnixMillis,
) {
    if let Err(error) = settings_are_known(store, node, settings, now).await {
        tracing::warn!(%error, "whether the settings are others is not in the audit log");
    }
}

/// Records that this node starts with other settings than the last time: which they are is not in the log, only that they are others.
///
/// # Errors
/// When the store does not answer.
pub async fn settings_are_known(
    store: &(impl Ledger + Trail + ?Sized),
    node: &str,
    settings: &[u8],
    now: UnixMillis,
) -> Result<()> {
    let target = format!("{SETTINGS}:{node}");
    let ids = vec![fingerprint(settings)];
    // By its target, which has an index: a start does not read the whole log.
    let query = AuditQuery { target: Some(target.clone()), limit: 1, ..AuditQuery::default() };
    let before = store.search_audit(query).await.map_err(Error::other)?.pop();
    if before.and_then(|it| it.row.returned).is_some_and(|it| it.ids == ids) {
        return Ok(());
    }
    let row = Own::new(CHANGE_SETTINGS, Some(target)).row("ok", now);
    let row = AuditRecord { returned: Some(Returned { ids, count: 1 }), ..row };
    store.append_audit(vec![row]).await.map_err(Error::other)
}

/// Another one for any other settings.
fn fingerprint(settings: &[u8]) -> String {
    let mut hex = String::new();
    for byte in sha256(settings) {
        // Writing to a string does not fail.
        let _written = write!(hex, "{byte:02x}");
    }
    hex
}
