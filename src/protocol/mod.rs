//! WIRE TYPES.
pub mod ids;
