//! Bedside, a realtime telemedicine hub.
pub mod domain;
pub mod protocol;
pub mod sfu;
pub mod store;
