//! Documents from hostile people.
#![no_main]

use bedside::files::{document, text};
use std::sync::atomic::AtomicBool;

/// Small enough that what is slow for its size is a finding.
const BOUNDS: text::Bounds = text::Bounds {
    unpacked: 1 << 20,
    parsed: 4 << 20,
    objects: 5_000,
    pages: 100,
    text: 1 << 18,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _checked = document::check(data);
    let read = text::read(data, &BOUNDS, &AtomicBool::new(false));
    assert!(read.letters.len() <= BOUNDS.text + (1 << 18));
});
