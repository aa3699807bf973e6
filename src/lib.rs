//! Bedside, a realtime telemedicine hub.
pub mod protocol;
pub mod sfu;
