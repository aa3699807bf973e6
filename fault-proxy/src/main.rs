//! The proxy as a process, for tests that are not in Rust: `fault-proxy <address of the hub>`.
//!
//! Orders come as JSON, one a line, and each is answered by a line. The first line out says where it listens. It ends
//! with its input, so that nothing is left of a test that died.

use fault_proxy::{Proxy, Rule};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead as _, Error, Result, Write as _};
use std::net::SocketAddr;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Order {
    /// Answered with the number of the rule.
    Add(Rule),
    /// How often a rule has acted.
    Hits(usize),
    /// No rule does anything any more.
    Clear,
    /// All connections go without a word.
    Cut,
    /// The network is away, or back.
    Away(bool),
}

fn main() -> Result<()> {
    let usage = || Error::other("usage: fault-proxy <address of the hub>");
    let upstream: SocketAddr =
        std::env::args().nth(1).ok_or_else(usage)?.parse().map_err(|_| usage())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let proxy = runtime.block_on(Proxy::start(upstream))?;
    say(&json!({ "listens": proxy.address().to_string() }))?;
    for line in std::io::stdin().lock().lines() {
        say(&obey(&proxy, &line?))?;
    }
    Ok(())
}

fn obey(proxy: &Proxy, line: &str) -> Value {
    match serde_json::from_str(line) {
        Ok(Order::Add(rule)) => json!({ "rule": proxy.add(rule) }),
        Ok(Order::Hits(number)) => json!({ "hits": proxy.hits(number) }),
        Ok(Order::Clear) => {
            proxy.clear();
            json!({ "done": true })
        }
        Ok(Order::Cut) => {
            proxy.cut_all();
            json!({ "done": true })
        }
        Ok(Order::Away(is_away)) => {
            proxy.is_away(is_away);
            json!({ "done": true })
        }
        Err(error) => json!({ "error": error.to_string() }),
    }
}

fn say(value: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}
