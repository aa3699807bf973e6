//! Settings of files, and of what may not be written.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[files]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// Where sealed pieces are kept; `files` in the data folder when empty.
    pub folder: PathBuf,
    /// The antivirus: `tcp://<host>:<port>` or `unix:<path>` of a clamd. Empty: files are not scanned, and say so.
    pub clamd: String,
    /// Milliseconds that it may take for one file. What takes longer is tried again.
    pub clamd_within_ms: u32,
}

impl Default for Files {
    fn default() -> Self {
        Files { folder: PathBuf::new(), clamd: String::new(), clamd_within_ms: 60_000 }
    }
}

impl Files {
    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let is_tcp = self.clamd.strip_prefix("tcp://").is_some_and(|it| it.contains(':'));
        let is_unix = self.clamd.strip_prefix("unix:").is_some_and(|it| it.starts_with('/'));
        if !self.clamd.is_empty() && !is_tcp && !is_unix {
            wrong.push("files.clamd: tcp://<host>:<port> or unix:<path>");
        }
        if !(100..=240_000).contains(&self.clamd_within_ms) {
            wrong.push("files.clamd_within_ms: 100 to 240000");
        }
        wrong
    }
}

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DlpAction {
    /// Nothing.
    Allow,
    /// It is taken with a reason, which is recorded.
    Warn,
    /// It is not taken.
    Block,
}

/// `[dlp]`: what follows from what is found in messages, names and text files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dlp {
    /// When a patient writes, or who helps them.
    pub patient: DlpSide,
    /// When somebody of the clinic writes, or an interpreter.
    pub clinic: DlpSide,
}

/// `[dlp.patient]`, `[dlp.clinic]`: what follows from each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DlpSide {
    /// Numbers of payment cards.
    pub payment_card: DlpAction,
    /// Numbers that a state gave to a person.
    pub national_id: DlpAction,
    /// Private keys.
    pub private_key: DlpAction,
    /// Keys of clouds and services.
    pub access_key: DlpAction,
    /// Tokens, and links into a visit.
    pub token: DlpAction,
    /// Passwords.
    pub password: DlpAction,
    /// Numbers of records of patients.
    pub record_number: DlpAction,
    /// Lists of people.
    pub other_people: DlpAction,
}

impl Default for DlpSide {
    /// Of the clinic.
    fn default() -> Self {
        DlpSide {
            payment_card: DlpAction::Warn,
            national_id: DlpAction::Warn,
            private_key: DlpAction::Block,
            access_key: DlpAction::Block,
            token: DlpAction::Warn,
            password: DlpAction::Warn,
            record_number: DlpAction::Warn,
            other_people: DlpAction::Warn,
        }
    }
}

impl Default for Dlp {
    fn default() -> Self {
        // A patient's own numbers are what a clinic asks for.
        let own = DlpAction::Allow;
        let clinic = DlpSide::default();
        Dlp { patient: DlpSide { national_id: own, record_number: own, ..clinic }, clinic }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_has_an_address_and_a_time() {
        assert_eq!(Files::default().mistakes(), Vec::<&str>::new());
        for clamd in ["tcp://127.0.0.1:3310", "unix:/run/clamd.sock"] {
            let files = Files { clamd: clamd.to_owned(), ..Files::default() };
            assert_eq!(files.mistakes(), Vec::<&str>::new());
        }
        let wrong = Files { clamd: "localhost".to_owned(), clamd_within_ms: 0, ..Files::default() };
        assert_eq!(wrong.mistakes().len(), 2);
    }
}
