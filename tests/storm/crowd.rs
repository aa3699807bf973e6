//! Everybody comes back at once after a kill: the benchmark, with a crowd that is small enough for every change.

use crate::hub::binary;
use serde_json::Value;
use std::process::Command;

const CLIENTS: &str = "200";

#[test]
fn a_crowd_comes_back_at_its_turns_and_nobody_is_lost() {
    let output = Command::new(binary())
        .args(["bench", "reconnect", "--json", "--clients", CLIENTS])
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let figures: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    println!("{figures}");
    let number = |name: &str| figures[name].as_u64().unwrap_or_else(|| panic!("{name}: {figures}"));
    assert_eq!((number("back"), number("lost")), (200, 0), "{figures}");
    assert_eq!(number("told_anew"), 0, "everybody is told what they missed: {figures}");
    assert!(number("sent_away") > 0, "it was no crowd: {figures}");
    assert_eq!(number("calls_sent_away"), 0, "a call waits for nobody: {figures}");
}
