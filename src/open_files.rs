//! The bound on open files of this process, raised to what the system lets it have: every socket is an open file.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the soft bound to the hard one. Returns how many files may be open now; zero when nobody can say.
///
/// Never fails: a process with a low bound still serves, only fewer sockets.
pub fn raise() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 0 };
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(_) => soft,
    }
}
