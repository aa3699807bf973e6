//! The running hub over real sockets: stories told by people, the access matrix, parity of REST and WebSocket, bad
//! input, and a look for secrets in the logs.
//!
//! Owns: the proof that the parts are one hub. Invariant: no story sleeps; it waits for what it expects, up to a
//! deadline, and `Clinic::close` fails it when anything is left over. Does not: test rules (those are in `domain`),
//! or what media does with packets (that is `sfu`).
//!
//! The stories that are also told to PostgreSQL find it by `BEDSIDE_TEST_POSTGRES`, as `tests/store` does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect has failed"
)]

mod access;
mod bad_input;
mod parity;
mod secrets;
mod stories;
mod support;
