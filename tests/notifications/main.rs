//! Messages to people, from the outbox to a real SMTP server and a real HTTP gateway on loopback.
//!
//! Owns: the matrix of what happens to an appointment against what is sent about it. Invariant: no test sleeps; time is
//! told to the courier, and a test waits for what it expects, up to a deadline.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect has failed"
)]

mod calendar;
mod gateway;
mod ics;
mod matrix;
mod secrets;
mod secured;
mod short;
#[path = "../support/smtp.rs"]
mod smtp;
#[path = "../support/tls.rs"]
mod tls;
mod trouble;
mod world;
