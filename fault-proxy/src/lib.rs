//! THE FAULT PROXY: a network between clients and the hub that fails by rule.
//!
//! Owns: a relay on loopback that knows WebSocket messages and the frames in them, in both codecs. It passes everything
//! on as it is, unless a [`Rule`] says otherwise: a frame can be left out, told twice, told late, told after the next
//! one, or be the last that a connection carries. Plain HTTP passes untouched.
//! Invariants: without a rule every message goes out byte by byte as it came; what a rule did is counted, so that a test
//! can tell that its fault has happened. It reads frames by itself and shares no code with the hub, so that it cannot
//! share a mistake.
//! Does not: know what a frame means, or judge what becomes of it.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets what it does not expect has failed"
    )
)]

mod dice;
mod frames;
mod lane;
mod relay;
mod rule;

pub use dice::Dice;
pub use relay::Proxy;
pub use rule::{Action, Chance, Rule, Toward, When};
