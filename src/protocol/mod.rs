//! WIRE TYPES: everything that crosses the wire, and the tables that say what it means.
//!
//! Owns: ids, the operation catalogue, the fault table, the close table, frames, codecs, topics, and one file an area.
//! Invariant: this module knows nobody. It compiles without actix, sea-orm and tokio, and every list exists once.
//! Does not: decide who may do what (`domain::policy`), or do anything (`command`, `actors`).
//!
//! From these types come, committed and proven fresh by `tests/documents.rs`: `docs/protocol/schema.json`,
//! `openapi.json`, `asyncapi.json`, and `clients/js/src/protocol.gen.ts`.
#![deny(missing_docs)]

pub mod all;
pub mod appointment;
pub mod audit;
pub mod audit_report;
pub mod auth;
pub mod booking;
pub mod catalogue;
pub mod chart;
pub mod close;
pub mod codec;
pub mod conversation;
pub mod delivery;
pub mod emergency;
pub mod factor;
pub mod fault;
pub mod file;
pub mod frame;
pub mod ids;
pub mod lane;
pub mod media;
pub mod notice;
pub mod operation;
pub mod payment;
pub mod person;
pub mod phi;
pub mod practice;
pub mod precondition;
pub mod prepared;
pub mod provider;
pub mod record;
pub mod region;
pub mod report;
pub mod schedule;
pub mod session;
pub mod sharing;
pub mod support;
pub mod time;
pub mod topic;
pub mod visit;
