//! PURE, SYNCHRONOUS RULES, told the time.
//!
//! Owns: what may happen to a visit, who may do what, what a viewer may see, when somebody is taken for gone, who
//! is welcomed first when everybody comes at once, what figures say of people.
//! Invariant: knows `protocol` only. No async, no clock, no randomness, no logging; a rule cannot fail for technical
//! reasons, so every refusal is one of its own words and turns into a fault in one place.
//! Does not: read or write anything.

pub mod admission;
pub mod consent;
pub mod conversation;
pub mod desk;
pub mod dlp;
pub mod file;
pub mod identity;
pub mod merkle;
pub mod names;
pub mod payment;
pub mod people;
pub mod policy;
pub mod quality;
pub mod residency;
pub mod schedule;
pub mod usage;
pub mod visit;
