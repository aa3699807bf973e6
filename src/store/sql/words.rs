//! Words, counts and JSON in columns, and back.
//!
//! Invariant: what a column holds and this version does not understand makes the call fail (`Aborted`), with the table and
//! the column in the log and never the value. Guessing would be worse: an unknown role is not a patient.

use crate::protocol::time::UnixMillis;
use crate::store::{StoreError, Stored};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A column that holds what this version cannot read.
pub(super) fn unreadable(table: &'static str, column: &'static str) -> StoreError {
    tracing::error!(table, column, "a row holds what this version cannot read");
    StoreError::Aborted
}

/// The word of an enum, as on the wire.
pub(super) fn to_word<T: Serialize>(value: &T) -> Stored<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(unwritable()),
    }
}

/// The value of a word.
pub(super) fn from_word<T: DeserializeOwned>(
    word: String,
    table: &'static str,
    column: &'static str,
) -> Stored<T> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| unreadable(table, column))
}

/// JSON text.
pub(super) fn to_json<T: Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|_| unwritable())
}

/// The value of a JSON text.
pub(super) fn from_json<T: DeserializeOwned>(
    text: &str,
    table: &'static str,
    column: &'static str,
) -> Stored<T> {
    serde_json::from_str(text).map_err(|_| unreadable(table, column))
}

/// Whether a column holds this word. The word stands in the statement itself: as a bound value it would have to be looked
/// at before a partial index can be chosen, so that SQLite prepares the statement anew at each use.
pub(super) fn is(column: impl ColumnTrait, word: &'static str) -> Expr {
    column.into_expr().eq(Expr::Constant(word.into()))
}

/// A number that the domain counts in 32 bits and the tables in 64.
pub(super) fn count(number: i64, table: &'static str, column: &'static str) -> Stored<u32> {
    u32::try_from(number).map_err(|_| unreadable(table, column))
}

/// An optional instant.
pub(super) fn millis(at: Option<UnixMillis>) -> Option<i64> {
    at.map(|it| it.0)
}

fn unwritable() -> StoreError {
    tracing::error!("a value has no text form");
    StoreError::Aborted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::person::Role;
    use crate::protocol::visit::AttendanceKind;

    #[test]
    fn words_are_those_of_the_wire() {
        for role in Role::ALL {
            let word = to_word(&role).unwrap();
            assert_eq!(word, role.as_str());
            assert_eq!(from_word::<Role>(word, "t", "c"), Ok(role));
        }
        assert_eq!(to_word(&AttendanceKind::ConnectionLost).unwrap(), "connection_lost");
    }

    #[test]
    fn an_unknown_word_is_no_word() {
        assert_eq!(from_word::<Role>("nurse".to_owned(), "t", "c"), Err(StoreError::Aborted));
        assert_eq!(to_word(&3), Err(StoreError::Aborted));
        assert_eq!(count(-1, "t", "c"), Err(StoreError::Aborted));
        assert_eq!(count(1 << 32, "t", "c"), Err(StoreError::Aborted));
        assert_eq!(count(7, "t", "c"), Ok(7));
    }
}
