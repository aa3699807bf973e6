//! `[telemetry]`: what is logged how, and where traces go.

use super::channels::is_this_machine;
use serde::{Deserialize, Serialize};
use url::Url;

/// `[telemetry]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// As of `tracing_subscriber::EnvFilter`, such as `info,bedside=debug`.
    pub log: String,
    /// `json` or `text`.
    pub format: LogFormat,
    /// URL of an OTLP/HTTP collector, such as `http://localhost:4318/v1/traces`. Traces are not exported when empty.
    pub otlp_endpoint: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl Default for Telemetry {
    fn default() -> Self {
        Telemetry {
            log: "info,rtc_dtls=error".to_owned(),
            format: LogFormat::Json,
            otlp_endpoint: String::new(),
        }
    }
}

impl Telemetry {
    pub(super) fn mistake(&self) -> Option<&'static str> {
        if self.otlp_endpoint.is_empty() {
            return None;
        }
        let endpoint = Url::parse(&self.otlp_endpoint).ok();
        let is_good = endpoint.is_some_and(|it| match it.scheme() {
            "https" => true,
            "http" => it.host_str().is_some_and(is_this_machine),
            _ => false,
        });
        (!is_good).then_some("telemetry.otlp_endpoint: https, or a collector on this machine")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", true)]
    #[case("http://localhost:4318/v1/traces", true)]
    #[case("http://[::1]:4318/v1/traces", true)]
    #[case("https://collector.clinic.example/v1/traces", true)]
    #[case("http://collector.clinic.example/v1/traces", false)]
    #[case("http://localhost.example/v1/traces", false)]
    #[case("collector", false)]
    fn traces_leave_this_machine_by_tls_only(#[case] endpoint: &str, #[case] is_good: bool) {
        let it = Telemetry { otlp_endpoint: endpoint.to_owned(), ..Telemetry::default() };
        assert_eq!(it.mistake().is_none(), is_good);
    }
}
