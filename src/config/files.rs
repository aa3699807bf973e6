//! Settings of files, and of what may not be written.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[files]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// Where sealed pieces are kept: a folder, or a bucket.
    pub store: FileStore,
    /// The folder; `files` in the data folder when empty.
    pub folder: PathBuf,
    /// The bucket.
    pub s3: S3,
    /// The antivirus: `tcp://<host>:<port>` or `unix:<path>` of a clamd. Empty: files are not scanned, and say so.
    pub clamd: String,
    /// Milliseconds that it may take for one file. What takes longer is tried again.
    pub clamd_within_ms: u32,
}

/// Kinds of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStore {
    /// `files.folder`.
    Folder,
    /// `files.s3`.
    S3,
}

/// `[files.s3]`: a bucket of a store that speaks S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3 {
    /// Such as `https://s3.clinic.example`; that of AWS in the region when empty.
    pub endpoint: String,
    /// Its name. It is there already.
    pub bucket: String,
    /// What requests are signed for.
    pub region: String,
    /// Whether the name of the bucket stands in the path; else it stands in front of the host.
    pub path_style: bool,
    /// Name of the key.
    pub key_id: String,
    /// File with the key. Without one, name and key are `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the environment.
    pub secret_file: PathBuf,
    /// File with certificates (PEM) of authorities that are trusted in the place of the machine's own, which are when empty.
    pub ca_file: PathBuf,
}

impl Default for S3 {
    fn default() -> Self {
        S3 {
            endpoint: String::new(),
            bucket: String::new(),
            region: "us-east-1".to_owned(),
            path_style: true,
            key_id: String::new(),
            secret_file: PathBuf::new(),
            ca_file: PathBuf::new(),
        }
    }
}

impl S3 {
    fn mistakes(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
        let is_local = local.iter().any(|it| self.endpoint.starts_with(it));
        if !self.endpoint.is_empty() && !self.endpoint.starts_with("https://") && !is_local {
            wrong.push("files.s3.endpoint: https, or a server on this machine");
        }
        let is_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.');
        if !(3..=63).contains(&self.bucket.len()) || !self.bucket.chars().all(is_name) {
            wrong.push("files.s3.bucket: 3 to 63 letters, digits, dots or hyphens");
        }
        if self.region.is_empty() || !self.region.chars().all(is_name) {
            wrong.push("files.s3.region: the region that requests are signed for");
        }
        if self.key_id.is_empty() != self.secret_file.as_os_str().is_empty() {
            wrong.push("files.s3.key_id, files.s3.secret_file: both, or none and AWS_*");
        }
        wrong
    }
}

impl Default for Files {
    fn default() -> Self {
        Files {
            store: FileStore::Folder,
            folder: PathBuf::new(),
            s3: S3::default(),
            clamd: String::new(),
            clamd_within_ms: 60_000,
        }
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
        if self.store == FileStore::S3 {
            wrong.extend(self.s3.mistakes());
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

/// `[dlp]`: what follows from what is found in messages, names, text files and documents.
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
    /// Documents whose text could not be read, or not to its end.
    pub unread: DlpAction,
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
            // What was scanned is a picture, and most of what people send was.
            unread: DlpAction::Allow,
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

    #[test]
    fn a_bucket_is_reached_by_tls_and_a_whole_key() {
        let s3 = S3 { bucket: "files".to_owned(), ..S3::default() };
        let at = |endpoint: &str| S3 { endpoint: endpoint.to_owned(), ..s3.clone() };
        for good in ["", "https://s3.clinic.example", "http://127.0.0.1:9000"] {
            assert_eq!(at(good).mistakes(), Vec::<&str>::new(), "{good}");
        }
        for bad in
            ["http://s3.clinic.example", "s3.clinic.example", "http://127.0.0.1.evil.example"]
        {
            assert!(at(bad).mistakes()[0].contains("endpoint"), "{bad}");
        }
        let half = S3 { key_id: "key".to_owned(), bucket: "no/name".to_owned(), ..S3::default() };
        assert_eq!(half.mistakes().len(), 2);
        let unused = Files { s3: half, ..Files::default() };
        assert_eq!(unused.mistakes(), Vec::<&str>::new(), "a folder needs no bucket");
    }
}
