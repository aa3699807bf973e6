//! Rows of the database, as sea-orm entities: one module a table.
//!
//! Owns: the names of tables and columns, and their types in Rust. Ids are UUIDs, instants are milliseconds since
//! 1970-01-01T00:00:00Z, words of an enum are text as on the wire, hashes are bytes.
//! Invariant: what stands here is what `migration` makes; a test reads every table of a migrated database through it.
//! Does not: contain logic. Only `bedside::store::sql` names this crate.

pub mod actor_fence;
pub mod appointment;
pub mod appointment_history;
pub mod audit_checkpoint;
pub mod audit_detail;
pub mod audit_entry;
pub mod audit_lease;
pub mod audit_log;
pub mod audit_report;
pub mod audit_subject;
pub mod audit_touch;
pub mod availability_exception;
pub mod availability_template;
pub mod consent;
pub mod conversation;
pub mod conversation_line;
pub mod conversation_member;
pub mod database_identity;
pub mod emergency_grant;
pub mod erasure;
pub mod external_identity;
pub mod factor;
pub mod failed_try;
pub mod file;
pub mod freed_place;
pub mod hold;
pub mod idempotency_key;
pub mod join_link;
pub mod legal_hold;
pub mod log_epoch;
pub mod message;
pub mod message_search;
pub mod message_term;
pub mod node_lease;
pub mod notice;
pub mod notification_preference;
pub mod organisation;
pub mod out_of_office;
pub mod participant;
pub mod password_link;
pub mod patient_profile;
pub mod payment;
pub mod place_offer;
pub mod practitioner_profile;
pub mod provider_logout;
pub mod quality_sample;
pub mod recovery_code;
pub mod service;
pub mod session;
pub mod session_origin;
pub mod sharing_version;
pub mod slot;
pub mod spent_challenge;
pub mod subject_key;
pub mod task;
pub mod user;
pub mod visit;
pub mod visit_event;
pub mod waitlist_entry;
