//! Datagrams from hostile clients, with and without the keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bedside::sfu::fuzzing::packet(data));
