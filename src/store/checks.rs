//! THE TABLE of what the data promises and is looked at once a day: a check is a question whose answer has to be "nothing".
//!
//! Owns: the checks and how one is asked. Invariants: a check reads, and a page of it is bounded; what is wrong is named by ids, a
//! constraint or a table, never by a value. Each page is one moment of the database, so that whoever writes meanwhile is not found to be wrong.
//! Does not: mend anything, or say who is to be blamed.

use super::Stored;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use uuid::Uuid;

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The database's own file.
    File,
    /// Rows that others refer to.
    References,
    /// SC-1.
    Claims,
    /// What an appointment claims.
    AppointmentClaims,
    /// Whose an appointment is, and its visit.
    Appointments,
    /// The attendance.
    Attendance,
    /// CH-1.
    ConversationLog,
    /// Messages and their lines.
    Messages,
    /// Receipts.
    Marks,
    /// Blind terms.
    Search,
    /// Profiles and their keys.
    Profiles,
    /// Payments and appointments.
    Payments,
    /// Sign-ins.
    Sessions,
    /// What is left of those who were erased.
    Erased,
    /// What is left of conversations that were erased.
    ErasedTalks,
    /// Reports of the audit log.
    Reports,
    /// AU-2, AU-4.
    AuditSigned,
    /// What is shown of entries.
    AuditRows,
    /// Keys of the node.
    Keys,
}

impl Check {
    /// Every check, in the order in which they are asked.
    pub const ALL: [Check; 19] = [
        Check::File,
        Check::References,
        Check::Claims,
        Check::AppointmentClaims,
        Check::Appointments,
        Check::Attendance,
        Check::ConversationLog,
        Check::Messages,
        Check::Marks,
        Check::Search,
        Check::Profiles,
        Check::Payments,
        Check::Sessions,
        Check::Erased,
        Check::ErasedTalks,
        Check::Reports,
        Check::AuditSigned,
        Check::AuditRows,
        Check::Keys,
    ];

    /// As in metrics, in the audit log and at the terminal.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// The promise, in a sentence.
    pub const fn promise(self) -> &'static str {
        self.row().1
    }

    /// Whether it goes by table and not by row: what takes too long cannot be asked in smaller pages.
    pub const fn is_by_table(self) -> bool {
        matches!(self, Check::File | Check::References)
    }

    const fn row(self) -> (&'static str, &'static str) {
        match self {
            Check::File => (
                "file",
                "Every table of the database's file can be read, and holds what it may hold.",
            ),
            Check::References => ("references", "What a row refers to is there."),
            Check::Claims => ("claims", "No human has two claims to come that overlap."),
            Check::AppointmentClaims => (
                "appointment_claims",
                "A booked appointment claims its time of clinician and interpreter, and a cancelled one none.",
            ),
            Check::Appointments => (
                "appointments",
                "An appointment has its visit, and is of the organisation of everybody in it.",
            ),
            Check::Attendance => ("attendance", "The events of a visit have no gap."),
            Check::ConversationLog => ("conversation_log", "The log of a conversation has no gap."),
            Check::Messages => {
                ("messages", "A message has its line, and a posted line its message.")
            }
            Check::Marks => ("marks", "Nobody has read further than a conversation goes."),
            Check::Search => ("search", "What cannot be read cannot be found."),
            Check::Profiles => {
                ("profiles", "No profile is older than the one that was sealed last.")
            }
            Check::Payments => (
                "payments",
                "Money is taken, kept or paid back of an appointment of the same patient only.",
            ),
            Check::Sessions => (
                "sessions",
                "Nobody who is suspended, erased, kept elsewhere or only invited has an open sign-in.",
            ),
            Check::Erased => {
                ("erased", "Of whoever was erased nothing is left to open or to sign in with.")
            }
            Check::ErasedTalks => {
                ("erased_talks", "Of conversations that were erased no key has come back.")
            }
            Check::Reports => (
                "reports",
                "A report of the audit log names people of its own organisation only, and nobody who was erased.",
            ),
            Check::AuditSigned => {
                ("audit_signed", "The audit log has no gap and is what was signed.")
            }
            Check::AuditRows => (
                "audit_rows",
                "Rows of the audit log say what its entries commit to, and whoever's record one is about finds it.",
            ),
            Check::Keys => ("keys", "Every key of the node that seals something is there."),
        }
    }
}

/// Where a check goes on. In the order of whatever it looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum After {
    /// At its beginning.
    #[default]
    Nothing,
    /// After the row with that id.
    Id(Uuid),
    /// The table with that number, or those blocks of one.
    Number(i64),
}

/// One page of a check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Looked {
    /// Rows that were looked at; tables, where it is those.
    pub asked: u64,
    /// What is wrong: ids, or a constraint or a table with the id of its row.
    pub wrong: Vec<String>,
    /// Tables, or blocks of one, that did not answer in their time. They were gone past.
    pub missed: u64,
    /// Where it goes on; `None` at the end.
    pub next: Option<After>,
}

/// Looking at what was promised.
#[async_trait]
pub trait Checks {
    /// A page of at most `most` rows of a check. `None` when it is none that this store can be asked: the files of a server are its
    /// own affair, and signatures and keys are not the store's.
    async fn look(
        &self,
        check: Check,
        after: After,
        now: UnixMillis,
        most: u32,
    ) -> Stored<Option<Looked>>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_check_has_a_name_of_its_own_and_a_sentence() {
        let names: BTreeSet<_> = Check::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(names.len(), Check::ALL.len());
        let is_label = |it: &str| it.chars().all(|it| it.is_ascii_lowercase() || it == '_');
        assert!(names.iter().all(|it| is_label(it)), "{names:?}");
        assert!(Check::ALL.iter().all(|it| it.promise().ends_with('.')));
    }
}
