//! What an error of the database means. The only mapping.
//!
//! Invariant: the text of an error is never logged nor passed on: it may hold the value that was refused.

use crate::store::{Conflict, StoreError};
use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// Texts of the triggers and names of the constraints in the migration.
const OVERLAP: &str = "slots_overlap";
const ALREADY_THERE: &str = "already_there";
const SEAT_INDEX: &str = "slots_seat";
const EMAIL_INDEX: &str = "users_email";

/// An error of a statement, or of getting a connection: surely not saved.
pub(super) fn before_commit(error: DbErr) -> StoreError {
    let Some(refusal) = Refusal::of(&error) else {
        // The kind alone: DbErr's variants have no values in their names.
        tracing::warn!(kind = kind(&error), "the database gave no answer");
        return StoreError::Aborted;
    };
    match refusal.conflict() {
        Some(conflict) => StoreError::Conflict(conflict),
        None => {
            tracing::warn!(code = refusal.code, "the database refused a statement");
            StoreError::Aborted
        }
    }
}

/// An error of COMMIT itself. Only a refusal that the database spells out is surely not saved.
pub(super) fn at_commit(error: DbErr) -> StoreError {
    match Refusal::of(&error) {
        Some(refusal) if refusal.is_sure_at_commit() => before_commit(error),
        Some(refusal) => {
            tracing::error!(code = refusal.code, "the outcome of a commit is unknown");
            StoreError::Ambiguous
        }
        None => {
            tracing::error!(kind = kind(&error), "the outcome of a commit is unknown");
            StoreError::Ambiguous
        }
    }
}

/// Somebody had a lock that was waited for in vain: lock_not_available, deadlock_detected.
pub(super) fn is_in_use(error: &DbErr) -> bool {
    Refusal::of(error).is_some_and(|it| matches!(it.code.as_str(), "55P03" | "40P01"))
}

/// What the database said.
struct Refusal {
    /// SQLSTATE on PostgreSQL, extended result code on SQLite.
    code: String,
    /// Name of the constraint (PostgreSQL) or the message (SQLite, whose messages name columns, never values).
    about: String,
}

impl Refusal {
    fn of(error: &DbErr) -> Option<Self> {
        let (DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
        else {
            return None;
        };
        let refused = error.as_database_error()?;
        let code = refused.code()?.into_owned();
        let about = refused.constraint().unwrap_or_else(|| refused.message()).to_owned();
        Some(Refusal { code, about })
    }

    fn conflict(&self) -> Option<Conflict> {
        match self.code.as_str() {
            // PostgreSQL: exclusion_violation. SQLite: SQLITE_CONSTRAINT_TRIGGER.
            "23P01" => Some(Conflict::SlotTaken),
            "1811" if self.about == OVERLAP => Some(Conflict::SlotTaken),
            "1811" if self.about == ALREADY_THERE => Some(Conflict::Stale),
            // foreign_key_violation; SQLITE_CONSTRAINT_FOREIGNKEY.
            "23503" | "787" => Some(Conflict::Missing),
            // unique_violation; SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY.
            "23505" | "2067" | "1555" => Some(self.unique()),
            _ => None,
        }
    }

    fn unique(&self) -> Conflict {
        if self.about == EMAIL_INDEX || self.about.ends_with("users.email") {
            Conflict::EmailTaken
        } else if self.about == SEAT_INDEX || self.about.ends_with("slots.seat") {
            Conflict::SlotTaken
        } else {
            Conflict::Stale
        }
    }

    /// PostgreSQL: integrity (23), rollback (40, but for 40003: completion unknown), cancelled (57014). A shutdown (57P…)
    /// may follow a commit that was already done. SQLite: a constraint (19), busy (5): COMMIT did nothing.
    fn is_sure_at_commit(&self) -> bool {
        if let Ok(code) = self.code.parse::<u32>()
            && self.code.len() < 5
        {
            return matches!(code & 0xff, 5 | 19);
        }
        let is_rollback = self.code.starts_with("40") && self.code != "40003";
        self.code.starts_with("23") || is_rollback || self.code == "57014"
    }
}

/// A word for an error that came without a code.
fn kind(error: &DbErr) -> &'static str {
    match error {
        DbErr::ConnectionAcquire(_) => "no connection free",
        DbErr::Conn(RuntimeErr::SqlxError(it))
        | DbErr::Exec(RuntimeErr::SqlxError(it))
        | DbErr::Query(RuntimeErr::SqlxError(it)) => match it.as_ref() {
            SqlxError::Io(_) => "connection lost",
            SqlxError::PoolTimedOut => "no connection free",
            SqlxError::PoolClosed => "closed",
            SqlxError::Protocol(_) => "protocol",
            SqlxError::ColumnDecode { .. } | SqlxError::Decode(_) => "a row that cannot be read",
            _ => "sqlx",
        },
        DbErr::Type(_) | DbErr::Json(_) => "a row that cannot be read",
        _ => "sea-orm",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, about: &str) -> Refusal {
        Refusal { code: code.to_owned(), about: about.to_owned() }
    }

    #[test]
    fn codes_of_both_databases_mean_the_same() {
        let cases = [
            ("23P01", "slots_overlap", Some(Conflict::SlotTaken)),
            ("1811", "slots_overlap", Some(Conflict::SlotTaken)),
            ("1811", "already_there", Some(Conflict::Stale)),
            ("1811", "append_only", None),
            ("23001", "append_only", None),
            ("23505", "users_email", Some(Conflict::EmailTaken)),
            ("2067", "UNIQUE constraint failed: users.email", Some(Conflict::EmailTaken)),
            ("23505", "slots_seat", Some(Conflict::SlotTaken)),
            (
                "2067",
                "UNIQUE constraint failed: slots.practitioner_id, slots.group_id, slots.seat",
                Some(Conflict::SlotTaken),
            ),
            ("23505", "join_links_token_hash", Some(Conflict::Stale)),
            ("1555", "UNIQUE constraint failed: users.id", Some(Conflict::Stale)),
            ("23503", "visits_appointment_id_fkey", Some(Conflict::Missing)),
            ("787", "FOREIGN KEY constraint failed", Some(Conflict::Missing)),
            ("40001", "", None),
            ("5", "database is locked", None),
        ];
        for (code, about, expected) in cases {
            assert_eq!(refusal(code, about).conflict(), expected, "{code} {about}");
        }
    }

    #[test]
    fn only_what_the_database_spells_out_is_sure_at_commit() {
        for code in ["23503", "40001", "40P01", "57014", "5", "517", "787", "1811"] {
            assert!(refusal(code, "").is_sure_at_commit(), "{code}");
        }
        for code in ["40003", "57P01", "57P02", "08006", "53100", "10", "13", "1034"] {
            assert!(!refusal(code, "").is_sure_at_commit(), "{code}");
        }
    }

    #[test]
    fn what_has_no_code_is_aborted_before_and_ambiguous_at_commit() {
        let lost = || {
            let io = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            DbErr::Exec(RuntimeErr::SqlxError(std::sync::Arc::new(SqlxError::Io(io))))
        };
        assert_eq!(before_commit(lost()), StoreError::Aborted);
        assert_eq!(at_commit(lost()), StoreError::Ambiguous);
    }
}
