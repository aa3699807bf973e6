//! `bedside check`: the same look, at once and from the beginning, for whoever is at the machine.
//!
//! Invariant: it changes nothing: no key is made and no rotation finished, no database is made or brought up to date, and nothing is
//! written into it, not even that it was looked at. What is not there, and a database of another region, is refused in a sentence.

use super::inspector::Inspector;
use super::report::{Answer, Found, Report};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::kms;
use crate::node::audit::look_at_keys;
use crate::node::residency;
use crate::store::Store;
use crate::store::residency::Residence as _;
use crate::store::sql::SqlStore;
use serde_json::json;
use std::fmt::Write as _;
use std::io::{Error, Result, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// Between two pages: a hub may run beside it.
const REST: Duration = Duration::from_millis(2);

/// Looks, prints, and fails when something is wrong.
///
/// # Errors
/// How many checks are, or what cannot be opened.
pub async fn run(config: &Config, as_json: bool) -> Result<()> {
    let keys = look_at_keys(config)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let vault = kms::look_at_vault(config, &clock)?;
    let sql = Arc::new(SqlStore::look(&config.database()).await.map_err(Error::other)?);
    residency::look(&*sql, config).await?;
    sql.keep_people_of(residency::of(config));
    let store: Arc<dyn Store> = Arc::clone(&sql) as Arc<dyn Store>;
    let mut inspector = Inspector::new(store, keys, config.keys.lost.clone()).to_the_end();
    let report = inspector.run(&vault, clock.now(), REST).await;
    sql.close().await;
    let text = if as_json { format!("{}\n", object(&report)) } else { lines(&report) };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    match report.is_good() {
        true => Ok(()),
        false => Err(Error::other(format!(
            "{} of {} checks found something, or got no answer; see docs/runbook",
            report.found.iter().filter(|it| is_trouble(it)).count(),
            report.asked()
        ))),
    }
}

fn is_trouble(it: &Found) -> bool {
    matches!(it.answer, Answer::Wrong | Answer::Partly | Answer::Unanswered)
}

fn object(report: &Report) -> serde_json::Value {
    let check = |it: &Found| {
        json!({
            "check": it.check.name(),
            "promise": it.check.promise(),
            "answer": it.answer.as_str(),
            "asked": it.asked,
            "wrong": it.wrong,
            "ids": it.named,
        })
    };
    let checks: Vec<_> = report.found.iter().map(check).collect();
    json!({ "asked": report.asked(), "wrong": report.wrong(), "checks": checks })
}

fn lines(report: &Report) -> String {
    let mut text = String::new();
    for it in &report.found {
        let (name, answer) = (it.check.name(), it.answer.as_str());
        let _never_fails =
            writeln!(text, "{name:20} {answer:14} {:>9} asked {:>6} wrong", it.asked, it.wrong);
        if is_trouble(it) {
            let _never_fails = writeln!(text, "    promised: {}", it.check.promise());
        }
        for id in &it.named {
            let _never_fails = writeln!(text, "    {id}");
        }
    }
    text
}
