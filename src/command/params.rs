//! Params as a caller sent them become those of an operation, or a fault that names the field.
//!
//! Invariant: a fault names fields of ours only. A value is never repeated, and neither is a name that the caller made up.

use crate::protocol::fault::{Fault, FaultCode};
use serde::Deserializer;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment, deserialize};

/// How the error of a derived type begins when a name is none of its fields, and when a field is not there.
const UNKNOWN: &str = "unknown field";
const MISSING: &str = "missing field `";

/// The params that JSON holds.
///
/// # Errors
/// [`FaultCode::Malformed`], with the field when one of ours is wrong or missing.
pub fn read<T: DeserializeOwned>(params: Value) -> Result<T, Fault> {
    read_from(params)
}

/// The params that something else holds, such as a query.
///
/// # Errors
/// As [`read`].
pub fn read_from<'a, T, D>(params: D) -> Result<T, Fault>
where
    T: DeserializeOwned,
    D: Deserializer<'a>,
{
    deserialize(params).map_err(|error| {
        let text = error.inner().to_string();
        let field = match text.strip_prefix(MISSING) {
            Some(rest) => rest.split('`').next().map(str::to_owned),
            None if text.starts_with(UNKNOWN) => None,
            None => named(error.path()),
        };
        Fault { field, ..Fault::new(FaultCode::Malformed) }
    })
}

/// The innermost field of a path; who reads a fault knows which object it is of.
fn named(path: &Path) -> Option<String> {
    path.iter().rev().find_map(|it| match it {
        Segment::Map { key } => Some(key.clone()),
        Segment::Seq { .. } | Segment::Enum { .. } | Segment::Unknown => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::practice::CreateService;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"terms": {"duration_min": -1}}), Some("duration_min"))]
    #[case(json!({"terms": {"duration_min": 1.5}}), Some("duration_min"))]
    #[case(json!({"terms": {"duration_min": "canary"}}), Some("duration_min"))]
    #[case(json!({"terms": {"price": {"amount_minor": []}}}), Some("amount_minor"))]
    #[case(json!({"terms": 7}), Some("terms"))]
    #[case(json!({}), Some("terms"))]
    #[case(json!({"terms": {}}), Some("name"))]
    #[case(json!({"canary": 1}), None)]
    #[case(json!({"terms": {"canary": 1}}), None)]
    #[case(json!([1]), None)]
    fn the_field_is_named_and_nothing_that_was_sent(
        #[case] params: Value,
        #[case] field: Option<&str>,
    ) {
        let fault = read::<CreateService>(params).expect_err("malformed");
        assert_eq!((fault.code, fault.field.as_deref()), (FaultCode::Malformed, field));
        assert!(!format!("{fault:?}").contains("canary"));
    }
}
