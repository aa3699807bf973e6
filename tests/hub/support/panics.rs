//! Notes every panic of the hub's own threads: a story may end well although an actor died in it.
//!
//! Panics of the tests themselves are failures anyway; those that a fault asked for are expected.

use std::sync::{Mutex, Once, PoisonError};

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Begins to note, once a process.
pub(crate) fn watch() {
    static START: Once = Once::new();
    START.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(|it| it.file().to_owned()).unwrap_or_default();
            let text = info.payload_as_str().unwrap_or_default();
            let is_expected = text.starts_with("the store was asked to panic");
            if !place.starts_with("tests/") && !is_expected {
                let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
                seen.push(format!("{place}: {text}"));
            }
            if !is_expected {
                before(info);
            }
        }));
    });
}

/// What was noted so far.
pub(crate) fn seen() -> Vec<String> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
