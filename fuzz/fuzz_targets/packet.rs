//! Datagrams from hostile clients, with and without the keys, one after the other.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bedside::sfu::fuzzing::packets(data));
