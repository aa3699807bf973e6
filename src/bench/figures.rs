//! Spans, their percentiles, and how figures look to people.

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// Spans of one kind.
#[derive(Debug, Default)]
pub(super) struct Spans(Vec<Duration>);

impl Spans {
    /// Adds one.
    pub(super) fn push(&mut self, span: Duration) {
        self.0.push(span);
    }

    /// Adds others.
    pub(super) fn extend(&mut self, others: Spans) {
        self.0.extend(others.0);
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds by nearest rank: a percentile is one of the spans that were measured. `null` without any.
    pub(super) fn percentiles(&self) -> Value {
        self.in_units_of(1_000.0)
    }

    /// The same in microseconds.
    pub(super) fn microseconds(&self) -> Value {
        self.in_units_of(1_000_000.0)
    }

    fn in_units_of(&self, per_second: f64) -> Value {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let rank = (sorted.len().saturating_mul(percent)).div_ceil(100).max(1);
            sorted.get(rank.saturating_sub(1)).map(|it| rounded(it.as_secs_f64() * per_second))
        };
        match (at(50), at(95), at(99)) {
            (Some(p50), Some(p95), Some(p99)) => json!({"p50": p50, "p95": p95, "p99": p99}),
            _ => Value::Null,
        }
    }
}

/// Two digits after the point are more than any of these figures deserves.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// `name value` lines, nested names joined by a point.
pub(super) fn table(figures: &Value) -> String {
    let mut lines = Vec::new();
    flatten(String::new(), figures, &mut lines);
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in lines {
        // Writing to a string does not fail.
        let _written = writeln!(text, "{name:width$}  {value}");
    }
    text
}

fn flatten(name: String, value: &Value, lines: &mut Vec<(String, String)>) {
    let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| flatten(below(key), value, lines));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, value)| flatten(below(&index.to_string()), value, lines));
        }
        Value::String(text) => lines.push((name, text.clone())),
        Value::Null => lines.push((name, "not measured".to_owned())),
        Value::Bool(_) | Value::Number(_) => lines.push((name, value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[7], [7.0, 7.0, 7.0])]
    #[case(&[4, 1, 3, 2], [2.0, 4.0, 4.0])]
    fn percentiles_are_by_nearest_rank(#[case] millis: &[u64], #[case] expected: [f64; 3]) {
        let spans = Spans(millis.iter().map(|it| Duration::from_millis(*it)).collect());
        let [p50, p95, p99] = expected;
        assert_eq!(spans.percentiles(), json!({"p50": p50, "p95": p95, "p99": p99}));
        let [p50, p95, p99] = expected.map(|it| it * 1_000.0);
        assert_eq!(spans.microseconds(), json!({"p50": p50, "p95": p95, "p99": p99}));
    }

    #[test]
    fn of_a_hundred_the_percentiles_are_their_own_numbers() {
        let spans = Spans((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!(spans.percentiles(), json!({"p50": 50.0, "p95": 95.0, "p99": 99.0}));
        assert_eq!(Spans::default().percentiles(), Value::Null);
    }

    #[test]
    fn a_table_names_what_is_nested() {
        let text = table(&json!({"a": {"b": 1}, "long": [true], "none": null}));
        assert_eq!(text, "a.b     1\nlong.0  true\nnone    not measured\n");
    }
}
