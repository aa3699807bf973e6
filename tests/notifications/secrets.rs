//! Nothing of a message reaches a log line, whatever becomes of it.

use crate::smtp::Manner;
use crate::world::{DAY, Kind, REASON, SPECIALTY, closed};
use bedside::notifications::breaker;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

#[tokio::test]
async fn a_message_leaves_no_trace_in_the_logs() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    // The runtime of this test has one thread, so whatever is logged is logged here.
    let _guard = tracing::subscriber::set_default(subscriber);

    let mut world = closed(Kind::Memory).await;
    world.limits.at_once = 1;
    world.smtp.next([
        Manner::Take,
        Manner::Recipient("550 5.1.1 pat@people.example is unknown"),
        Manner::Mail("451 4.3.0 for pat@people.example"),
    ]);
    world.smtp.otherwise(Manner::Greet("421 4.3.2 no service for clinic.test"));
    for number in 0..5 {
        world.books(2 * DAY + number * DAY).await;
    }
    world.starts();
    let connections = 3 + usize::try_from(breaker::FAILURES).unwrap();
    world.eventually("the breaker", async || world.smtp.connections() >= connections).await;
    world.has_looked().await;

    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for wanted in ["a notice was given up", "a channel failed and is left alone"] {
        assert!(logged.contains(wanted), "{wanted} is not in\n{logged}");
    }
    for secret in [
        "pat@",
        "bo@",
        "people.example",
        "Pat Example",
        "Dr. Bo",
        REASON,
        SPECIALTY,
        "November 2026",
        "BEGIN:VCALENDAR",
    ] {
        assert!(!logged.contains(secret), "{secret} was logged");
    }
}
