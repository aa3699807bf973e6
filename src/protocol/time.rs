//! [`UnixMillis`]: an instant on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z. Below 2^53 for any date that matters, so JSON numbers carry it exactly.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline, extend("tsType" = "number"))]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// This instant and `duration` more. Saturates.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        UnixMillis(self.0.saturating_add(millis(duration)))
    }

    /// This instant less `duration`. Saturates.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        UnixMillis(self.0.saturating_sub(millis(duration)))
    }

    /// How long ago `earlier` was; zero when it is not earlier.
    #[must_use]
    pub fn since(self, earlier: UnixMillis) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
