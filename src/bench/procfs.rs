//! What a process holds and has used, from `/proc` (proc(5)). Linux only, as the hub's media plane is.

use std::fs::{read_dir, read_to_string};
use std::io::{Error, Result};
use std::time::Duration;

/// Resident memory of a process, KiB: its own pages and those of the files it maps.
pub(super) fn resident_kib(pid: u32) -> Result<u64> {
    let status = read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|it| it.split_whitespace().next()).and_then(|it| it.parse().ok());
    number.ok_or_else(|| Error::other("/proc/<pid>/status has no VmRSS"))
}

/// CPU time of all threads that live, user and system, in nanoseconds of resolution (`schedstat`); the ticks of `stat`
/// are too coarse. Threads that ended are not in it: the hub keeps its threads.
pub(super) fn cpu_time(pid: u32) -> Result<Duration> {
    let mut nanos = 0_u64;
    for thread in read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end while we look.
        let Ok(text) = read_to_string(thread?.path().join("schedstat")) else { continue };
        let ran = text.split_whitespace().next().and_then(|it| it.parse::<u64>().ok());
        nanos = nanos.saturating_add(ran.unwrap_or(0));
    }
    Ok(Duration::from_nanos(nanos))
}

/// Load of the machine over the last minute; figures of a busy machine deserve less trust.
pub(super) fn load_average() -> Option<f64> {
    read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_holds_memory_and_has_used_time() {
        let me = std::process::id();
        assert!(resident_kib(me).unwrap() > 1_000);
        let before = cpu_time(me).unwrap();
        let began = std::time::Instant::now();
        while began.elapsed() < Duration::from_millis(30) {}
        assert!(cpu_time(me).unwrap() > before);
    }

    #[test]
    fn nobody_has_nothing() {
        assert!(resident_kib(u32::MAX).is_err());
        assert!(cpu_time(u32::MAX).is_err());
    }
}
