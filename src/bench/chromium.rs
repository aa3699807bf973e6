//! Joins with a real browser, by a small script for Node that drives Chromium through the built portals.

use crate::bench::clinic::Clinic;
use crate::bench::figures::Spans;
use crate::bench::hub::Hub;
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

/// The script, from the root of the repository.
const SCRIPT: &str = "clients/bench/join.mjs";
/// Longest run of the script.
const DONE_WITHIN: Duration = Duration::from_secs(240);

/// What came of it.
pub(super) struct Outcome {
    /// `null` when there was no browser.
    pub(super) figures: Value,
    /// Why there was none.
    pub(super) why_not: Option<String>,
}

/// Joins `joins` times. A machine without Chromium is no failure of the benchmark, but the figure says so.
pub(super) async fn joins(hub: &Hub, clinic: &Clinic, joins: usize) -> Outcome {
    match measure(hub, clinic, joins).await {
        Ok(figures) => Outcome { figures, why_not: None },
        Err(error) => Outcome { figures: Value::Null, why_not: Some(error.to_string()) },
    }
}

async fn measure(hub: &Hub, clinic: &Clinic, joins: usize) -> Result<Value> {
    if !Path::new(SCRIPT).exists() {
        return Err(Error::other(format!("{SCRIPT} is not here; run it in the repository")));
    }
    let mut child = Command::new("node")
        .arg(SCRIPT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Error::other(format!("node cannot be started ({error})")))?;
    let host = clinic.link(&clinic.clinician).await?;
    let mut guests = Vec::new();
    for _ in 0..joins {
        guests.push(clinic.link(&clinic.patient).await?.url.into_exposed());
    }
    // By its input, so that no link is seen in the list of processes.
    let task = json!({ "url": hub.url(), "host": host.url.expose(), "guests": guests });
    if let Some(mut input) = child.stdin.take() {
        input.write_all(task.to_string().as_bytes()).await?;
    }
    let done = timeout(DONE_WITHIN, child.wait_with_output());
    let output = done.await.map_err(|_| Error::other("Chromium took too long"))??;
    if !output.status.success() {
        return Err(Error::other("the script for Chromium failed; it said why"));
    }
    read(&output.stdout)
}

/// One JSON object: spans in ms, and whatever the script adds in words.
fn read(output: &[u8]) -> Result<Value> {
    let told: Value = serde_json::from_slice(output)?;
    let spans = |name: &str| {
        let mut spans = Spans::default();
        let values = told.get(name).and_then(Value::as_array).into_iter().flatten();
        for millis in values.filter_map(Value::as_f64).filter(|it| it.is_finite() && *it >= 0.0) {
            spans.push(Duration::from_secs_f64(millis / 1_000.0));
        }
        spans
    };
    let (audio, frame) = (spans("audio_ms"), spans("frame_ms"));
    if frame.len() == 0 {
        return Err(Error::other("Chromium saw no picture"));
    }
    Ok(json!({
        "joins": frame.len(),
        "first_audio_ms": audio.percentiles(),
        "first_frame_ms": frame.percentiles(),
        "version": told.get("version"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_the_script_become_percentiles() {
        let figures =
            read(br#"{"audio_ms":[1,3,2],"frame_ms":[10,20],"version":"Chromium 1"}"#).unwrap();
        assert_eq!(figures["joins"], 2);
        assert_eq!(figures["first_audio_ms"]["p50"], 2.0);
        assert_eq!(figures["first_frame_ms"]["p95"], 20.0);
    }

    #[test]
    fn no_picture_is_no_figure() {
        assert!(read(br#"{"audio_ms":[1],"frame_ms":[]}"#).is_err());
        assert!(read(b"").is_err());
    }
}
