//! The daily look at the data: every promise of `store::checks` is asked, a page at a time, and what is not kept is told.
//!
//! Owns: when that is, how far each check has come, and where it is told: a line of the log, metrics, an entry of the audit log.
//! Invariants: it changes nothing but that entry; it does little at once and rests in between, so that nobody waits for it. The audit log
//! says when it was done last, whichever node did it: of several nodes one does, or two of them do the same and find the same.
//! Does not: mend anything. What to do about a check that failed is in docs/runbook.

mod inspector;
mod report;
pub mod terminal;

use crate::audit::own::Own;
use crate::audit::uncalled::CHECK_DATA;
use crate::clock::Clock;
use crate::crypto::{Keys, random};
use crate::domain::schedule::zone::Zone;
use crate::node::Node;
use crate::protocol::fault::FaultCode;
use crate::protocol::ids::OrganisationId;
use crate::protocol::time::UnixMillis;
use crate::store::trail::AuditQuery;
use crate::store::{AuditRecord, Returned, Store, Stored};
pub use inspector::Inspector;
pub use report::{Answer, Found, Report};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Kind of a target that is a number of checks.
pub(super) const CHECKS: &str = "checks";
/// Between two pages.
const PAUSE: Duration = Duration::from_millis(20);
/// Between two looks at whether it is time, at least; as much again at most, so that nodes do not look together.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// Sooner after the last time it is not done again …
const A_NIGHT: Duration = Duration::from_secs(20 * 60 * 60);
/// … and later than that in any case.
const AT_LATEST: Duration = Duration::from_secs(36 * 60 * 60);
/// When it is quiet, by the clocks of the first organisation: minutes of the day.
const QUIET: std::ops::Range<u16> = 60..5 * 60;

/// Starts the task. It ends when the node is dropped, or goes.
pub(super) fn start(node: &Arc<Node>) {
    let mut watch = Watch::of(node);
    let goes = goes(node);
    actix_rt::spawn(async move {
        loop {
            actix_rt::time::sleep(EVERY + jitter()).await;
            if goes() {
                return;
            }
            let _has_looked = watch.turn().await;
        }
    });
}

/// Whether a node has gone, or is on its way. It holds none.
fn goes(node: &Arc<Node>) -> impl Fn() -> bool + Send + Sync + 'static + use<> {
    let node = Arc::downgrade(node);
    move || node.upgrade().is_none_or(|it| it.is_draining.load(Ordering::SeqCst))
}

/// When it is time, as a node knows it, and what a look needs of a node: a run may take hours, and holds no node meanwhile.
pub struct Watch {
    looking: Looking,
    inspector: Inspector,
    begun: UnixMillis,
    /// When it was done last, as far as this node knows. The log is looked through only when that is long ago.
    last: Option<UnixMillis>,
}

impl Watch {
    /// Of a node that has just started.
    pub fn of(node: &Arc<Node>) -> Self {
        let inspector = node.inspector().unless(goes(node));
        Watch { looking: node.looking(), inspector, begun: node.clock.now(), last: None }
    }

    /// Looks if it is time; whether it did.
    pub async fn turn(&mut self) -> bool {
        let now = self.looking.clock.now();
        if self.last.is_some_and(|it| now.since(it) < A_NIGHT) {
            return false;
        }
        match self.looking.last_check(now).await {
            Ok(found) => self.last = found.or(self.last),
            Err(error) => {
                tracing::warn!(%error, "when the data was checked last is not known");
                self.last = self.last.or(Some(self.begun));
            }
        }
        let is_time = is_due(self.last, self.begun, now, self.looking.minute_of_day(now).await);
        if !is_time {
            return false;
        }
        let report = self.looking.check_data(&mut self.inspector).await;
        self.last = Some(now);
        !report.is_stopped
    }
}

fn jitter() -> Duration {
    let part = random::<1>().map_or(0, |[it]| u32::from(it));
    EVERY * part / 256
}

/// Whether it is time: at a quiet hour of the next day, and in any case after a day and a half; where nobody has looked yet, that long after
/// this node has begun.
fn is_due(last: Option<UnixMillis>, begun: UnixMillis, now: UnixMillis, minute: u16) -> bool {
    let Some(last) = last else {
        return now.since(begun) >= AT_LATEST || QUIET.contains(&minute);
    };
    let since = now.since(last);
    since >= AT_LATEST || since >= A_NIGHT && QUIET.contains(&minute)
}

impl Node {
    /// An inspector of this node's store, who has seen nothing yet.
    pub fn inspector(&self) -> Inspector {
        let lost = self.config.keys.lost.clone();
        Inspector::new(Arc::clone(&self.store), self.audit.keys().clone(), lost)
    }

    /// What a look needs of this node.
    pub fn looking(&self) -> Looking {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        Looking { store, clock, keys: Arc::clone(&self.keys) }
    }
}

/// What a look needs.
pub struct Looking {
    store: Arc<dyn Store>,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
}

impl Looking {
    /// When any node did it last, by the audit log.
    async fn last_check(&self, now: UnixMillis) -> Stored<Option<UnixMillis>> {
        let query = AuditQuery {
            operations: vec![CHECK_DATA.to_owned()],
            from: Some(now.minus(AT_LATEST)),
            limit: 1,
            ..AuditQuery::default()
        };
        Ok(self.store.search_audit(query).await?.pop().map(|it| it.row.at))
    }

    /// By the clocks of the first organisation; midnight when nobody knows.
    async fn minute_of_day(&self, now: UnixMillis) -> u16 {
        let all = self.store.organisations().await.unwrap_or_default();
        let first = all.iter().find(|it| it.organisation_id == OrganisationId::FIRST);
        let zone = first.and_then(|it| Zone::parse(&it.time_zone).ok());
        zone.map_or(0, |it| it.local(now).wall.minute())
    }

    /// One look at everything, told wherever it is told; one that was stopped is told nowhere, and another node's to do.
    pub async fn check_data(&self, inspector: &mut Inspector) -> Report {
        let report = inspector.run(&self.keys.vault, self.clock.now(), PAUSE).await;
        if report.is_stopped {
            tracing::info!("the data was not checked to the end: the node goes");
            return report;
        }
        let now = self.clock.now();
        tell(&report, now);
        if let Err(error) = self.store.append_audit(vec![row_of(&report, now)]).await {
            tracing::warn!(%error, "that the data was checked is not in the audit log");
        }
        report
    }
}

/// Ids only: names of checks, of tables, and of rows.
fn tell(report: &Report, now: UnixMillis) {
    for it in &report.found {
        let check = it.check.name();
        match it.answer {
            Answer::Wrong => {
                let ids = it.named.join(" ");
                tracing::warn!(
                    check,
                    wrong = it.wrong,
                    ids,
                    "the data is not as promised; see docs/runbook"
                );
            }
            Answer::Unanswered => tracing::warn!(check, "a check was not answered"),
            Answer::Partly => {
                tracing::warn!(check, "a check has not come to its end, and goes on the next time");
            }
            Answer::Good | Answer::NotAsked => {}
        }
        // Each node says what it found when it was the one that looked: of several the latest holds.
        if matches!(it.answer, Answer::Good | Answer::Wrong) {
            let wrong = u32::try_from(it.wrong).unwrap_or(u32::MAX);
            metrics::gauge!("bedside_check_failures", "check" => check).set(wrong);
        }
    }
    let (asked, wrong) = (report.asked(), report.wrong());
    tracing::info!(asked, wrong, rows = report.rows(), "the data was checked");
    metrics::gauge!("bedside_check_last_run_seconds").set((now.0 / 1_000) as f64);
    if report.is_good() {
        metrics::gauge!("bedside_check_last_success_seconds").set((now.0 / 1_000) as f64);
    }
}

/// That the hub has looked, and what it found.
fn row_of(report: &Report, now: UnixMillis) -> AuditRecord {
    let named = report.found.iter().filter(|it| it.answer == Answer::Wrong);
    let ids = named.map(|it| format!("check:{}", it.check.name())).collect();
    let phase = if report.is_good() { "ok" } else { FaultCode::Internal.as_str() };
    let own = Own::new(CHECK_DATA, Some(format!("{CHECKS}:{}", report.asked())));
    AuditRecord { returned: Some(Returned { ids, count: report.wrong() }), ..own.row(phase, now) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::never_and_it_is_day(None, 12 * 60, false)]
    #[case::never_and_it_is_night(None, 2 * 60, true)]
    #[case::a_moment_ago(Some(1), 2 * 60, false)]
    #[case::last_night_and_it_is_day(Some(30), 12 * 60, false)]
    #[case::last_night_and_it_is_night(Some(23), 2 * 60, true)]
    #[case::after_a_day_and_a_half_at_any_hour(Some(36), 12 * 60, true)]
    fn it_is_looked_once_a_night(
        #[case] hours_ago: Option<u32>,
        #[case] minute: u16,
        #[case] expected: bool,
    ) {
        let now = UnixMillis(1_800_000_000_000);
        let last = hours_ago.map(|it| UnixMillis(now.0 - i64::from(it) * 3_600_000));
        let begun = UnixMillis(now.0 - 3_600_000);
        assert_eq!(is_due(last, begun, now, minute), expected);
        assert!(is_due(None, now.minus(AT_LATEST), now, minute), "never, and long enough");
    }
}
