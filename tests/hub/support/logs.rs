//! The log of all stories of this process: a file that is searched after the suite, and what a story wants to hear.

use super::canary;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, Once, OnceLock};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Registry, reload};

/// What every story logs: more than a hub does by itself, which says `info`.
const USUAL: &str = "info,bedside=debug";

static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();
static HEARD: Mutex<Option<Lines>> = Mutex::new(None);

/// What is heard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Both ways.
struct Ears(std::fs::File);

impl Write for &Ears {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&self.0).write_all(bytes)?;
        if let Some(heard) = &*HEARD.lock().unwrap() {
            heard.0.lock().unwrap().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to log, once a process. As the hub itself starts it, so that libraries with the older kind of log are heard as well, and
/// with the fields of spans, which is what traces have.
pub(crate) fn watch() {
    static START: Once = Once::new();
    START.call_once(|| {
        let (filter, handle) = reload::Layer::new(EnvFilter::new(USUAL));
        let ears: &'static Ears = Box::leak(Box::new(Ears(canary::log())));
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_span_events(FmtSpan::NEW)
            .with_writer(move || ears);
        tracing_subscriber::registry().with(filter).with(layer).try_init().expect("the only one");
        FILTER.set(handle).expect("once");
    });
}

/// From now on more is logged, and heard.
pub(crate) fn hears(filter: &str) -> Lines {
    watch();
    let lines = Lines::default();
    *HEARD.lock().unwrap() = Some(lines.clone());
    FILTER.get().expect("begun").reload(EnvFilter::new(filter)).expect("louder");
    lines
}
