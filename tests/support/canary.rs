//! What nobody may log, and where it is looked for after the whole suite: `scripts/canaries.sh` reads the folder.
//!
//! Every story's log, metrics and told notices are written below it, and a mark for each canary that was really sent. Words are those that
//! people of stories are made of; [`SEED`] begins those that stand in every field of a call in the story of canaries.

use std::fs::{File, OpenOptions, create_dir_all};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

/// What a seeded value begins with.
#[allow(dead_code, reason = "not every suite seeds")]
pub(crate) const SEED: &str = "ZZPHI-";
/// What is logged and counted by intention: a folder in which it is not found was not written as it should be.
#[allow(dead_code, reason = "not every suite plants one")]
pub(crate) const CONTROL: &str = "ZZCONTROL-";
/// Words of which names and addresses of stories are made: any of them in a log is somebody's name there.
pub(crate) const WORDS: [&str; 4] = [SEED, "Fictional", "Invented", "clinic.invalid"];

/// A file of this process in that folder.
fn file(folder: &str) -> io::Result<File> {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("canary").join(folder);
    create_dir_all(&place)?;
    let name = format!("{}-{}", env!("CARGO_CRATE_NAME"), std::process::id());
    OpenOptions::new().create(true).append(true).open(place.join(name))
}

/// The log of this process, or of a hub that it starts.
pub(crate) fn log() -> File {
    file("logs").expect("a file for the log")
}

/// Something that was told outside: metrics, a notice.
#[allow(dead_code, reason = "not every suite has some")]
pub(crate) fn keep(folder: &str, text: &str) {
    file(folder).and_then(|mut it| it.write_all(text.as_bytes())).expect("kept");
}

/// Bytes go to a hub: which canaries are among them is marked, each once a process.
#[allow(dead_code, reason = "not every suite sends by hand")]
pub(crate) fn is_sent(bytes: &[u8]) {
    static SENT: OnceLock<Mutex<Vec<&'static str>>> = OnceLock::new();
    let sent = SENT.get_or_init(Mutex::default);
    for word in WORDS {
        if bytes.windows(word.len()).any(|it| it == word.as_bytes()) {
            let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
            if !sent.contains(&word) {
                sent.push(word);
                keep("sent", &format!("{word}\n"));
            }
        }
    }
}
