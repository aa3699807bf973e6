//! Bedside, a realtime telemedicine hub.
pub mod actors;
pub mod auth;
pub mod bench;
pub mod clock;
pub mod command;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod http;
pub mod node;
pub mod notifications;
pub mod open_files;
pub mod payments;
pub mod protocol;
pub mod sfu;
pub mod store;
pub mod telemetry;
