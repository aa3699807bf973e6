//! LOGS, METRICS, TRACES.
//!
//! Owns: structured JSON logs (one object a line, with the request id), the Prometheus registry, OTLP export when a
//! collector is configured, and the W3C `traceparent` of frames and requests.
//! Invariant: no PHI. Types make it so ([`crate::protocol::phi::Phi`]), and `tests/secrets.rs` looks.

use crate::config::{LogFormat, Telemetry};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::collections::HashMap;
use std::io;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// What runs as long as the process; flushed by [`Running::stop`].
#[derive(Debug, Default)]
pub struct Running {
    traces: Option<SdkTracerProvider>,
}

impl Running {
    /// Sends what is left.
    pub fn stop(self) {
        if let Some(traces) = self.traces
            && traces.shutdown().is_err()
        {
            tracing::warn!("the last traces could not be sent");
        }
    }
}

/// Starts logs and traces. Once a process.
///
/// # Errors
/// When the filter or the collector's address cannot be read, or when it was done before.
pub fn start(settings: &Telemetry) -> io::Result<Running> {
    let filter = EnvFilter::try_new(&settings.log).map_err(io::Error::other)?;
    let logs = match settings.format {
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(io::stderr)
            .boxed(),
        LogFormat::Text => tracing_subscriber::fmt::layer().with_writer(io::stderr).boxed(),
    };
    let traces = exporter(&settings.otlp_endpoint)?;
    let spans = traces.as_ref().map(|it| {
        // Our own spans only: what libraries put into theirs is not ours to promise anything about.
        let ours = Targets::new().with_target("bedside", tracing::Level::INFO);
        tracing_opentelemetry::layer().with_tracer(it.tracer("bedside")).with_filter(ours)
    });
    global::set_text_map_propagator(TraceContextPropagator::new());
    tracing_subscriber::registry()
        .with(spans)
        .with(logs.with_filter(filter))
        .try_init()
        .map_err(io::Error::other)?;
    Ok(Running { traces })
}

fn exporter(endpoint: &str) -> io::Result<Option<SdkTracerProvider>> {
    if endpoint.is_empty() {
        return Ok(None);
    }
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint)
        .build()
        .map_err(io::Error::other)?;
    let resource = opentelemetry_sdk::Resource::builder().with_service_name("bedside").build();
    Ok(Some(
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build(),
    ))
}

/// The span of one call; goes on with the caller's trace when a `traceparent` came with it. A header that is none is
/// ignored, as W3C Trace Context asks.
pub fn span_of_call(operation: &'static str, traceparent: Option<&str>) -> Span {
    let span = tracing::info_span!("call", operation);
    if let Some(traceparent) = traceparent.filter(|it| it.len() <= 64) {
        let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
        let parent = global::get_text_map_propagator(|it| it.extract(&carrier));
        if span.set_parent(parent).is_err() {
            metrics::counter!("bedside_traces_unlinked_total").increment(1);
        }
    }
    span
}

/// The registry of metrics of this process; the second call gets the same one.
///
/// # Errors
/// When another library has installed one.
pub fn metrics() -> io::Result<PrometheusHandle> {
    static HANDLE: std::sync::Mutex<Option<PrometheusHandle>> = std::sync::Mutex::new(None);
    let mut handle = HANDLE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(handle) = handle.as_ref() {
        return Ok(handle.clone());
    }
    let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0];
    let installed = PrometheusBuilder::new()
        .set_buckets(&seconds)
        .map_err(io::Error::other)?
        .install_recorder()
        .map_err(io::Error::other)?;
    *handle = Some(installed.clone());
    Ok(installed)
}
