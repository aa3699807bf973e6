//! Offers from hostile clients.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bedside::sfu::fuzzing::sdp(data));
