//! The file of a backup: a head, then sealed chunks.
//!
//! Owns: `bedside backup 1 <key id>\n`, the salt, and each chunk as its length, whether it is the last, and its sealed bytes. Invariants: one chunk is in
//! memory at a time, however large the backup; an end without the chunk that was sealed as the last one is an error, and so is
//! anything after it.

use crate::crypto::archive::{ArchiveKey, BackupKey, SALT_BYTES};
use std::io::{self, Read, Write};

/// Plain bytes of a chunk.
const CHUNK: usize = 1 << 20;
/// What a sealed chunk may have more: nonce and tag.
const MORE: usize = 64;
const HEAD: &str = "bedside backup 1 ";
/// Letters of the longest head.
const MAX_HEAD: usize = 64;

/// Seals what is written.
pub(super) struct Sealing<W: Write> {
    out: W,
    key: ArchiveKey,
    waiting: Vec<u8>,
    number: u64,
}

impl<W: Write> Sealing<W> {
    pub(super) fn begin(mut out: W, key: &BackupKey) -> io::Result<Self> {
        let salt = BackupKey::new_salt()?;
        out.write_all(format!("{HEAD}{}\n", key.id()?).as_bytes())?;
        out.write_all(&salt)?;
        Ok(Sealing { out, key: key.of(&salt)?, waiting: Vec::with_capacity(CHUNK), number: 0 })
    }

    /// The last chunk. Without it the file opens nowhere.
    pub(super) fn end(mut self) -> io::Result<W> {
        self.put(true)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn put(&mut self, is_last: bool) -> io::Result<()> {
        let sealed = self.key.seal(self.number, is_last, &self.waiting)?;
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&[u8::from(is_last)])?;
        self.out.write_all(&sealed)?;
        self.number = self.number.saturating_add(1);
        self.waiting.clear();
        Ok(())
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.waiting.len() == CHUNK {
            self.put(false)?;
        }
        let room = CHUNK.saturating_sub(self.waiting.len());
        let some = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.waiting.extend_from_slice(some);
        Ok(some.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what is read.
pub(super) struct Opening<R: Read> {
    from: R,
    key: ArchiveKey,
    chunk: io::Cursor<Vec<u8>>,
    number: u64,
    is_over: bool,
}

impl<R: Read> Opening<R> {
    pub(super) fn begin(mut from: R, key: &BackupKey) -> io::Result<Self> {
        let mut head = Vec::new();
        let mut letter = [0_u8];
        while head.last() != Some(&b'\n') {
            if head.len() > MAX_HEAD || from.read(&mut letter)? == 0 {
                return Err(no_backup());
            }
            head.extend_from_slice(&letter);
        }
        let head = String::from_utf8(head).map_err(|_| no_backup())?;
        let id = head.strip_prefix(HEAD).ok_or_else(no_backup)?.trim_end();
        if id != key.id()? {
            return Err(io::Error::other("the backup was sealed by another key"));
        }
        let mut salt = [0_u8; SALT_BYTES];
        from.read_exact(&mut salt).map_err(|_| cut_off())?;
        let chunk = io::Cursor::new(Vec::new());
        Ok(Opening { from, key: key.of(&salt)?, chunk, number: 0, is_over: false })
    }

    fn next(&mut self) -> io::Result<()> {
        let mut head = [0_u8; 5];
        self.from.read_exact(&mut head).map_err(|_| cut_off())?;
        let [a, b, c, d, last] = head;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(io::Error::other)?;
        if length > CHUNK.saturating_add(MORE) || last > 1 {
            return Err(damaged());
        }
        let mut sealed = vec![0; length];
        self.from.read_exact(&mut sealed).map_err(|_| cut_off())?;
        let is_last = last == 1;
        let plain = self.key.open(self.number, is_last, &sealed).map_err(|_| damaged())?;
        if is_last && self.from.read(&mut [0])? != 0 {
            return Err(damaged());
        }
        self.number = self.number.saturating_add(1);
        self.is_over = is_last;
        self.chunk = io::Cursor::new(plain);
        Ok(())
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(into)?;
            if read > 0 || self.is_over || into.is_empty() {
                return Ok(read);
            }
            self.next()?;
        }
    }
}

fn no_backup() -> io::Error {
    io::Error::other("this is no backup of this program")
}

fn damaged() -> io::Error {
    io::Error::other("the backup is damaged: a part of it is not what was sealed")
}

fn cut_off() -> io::Error {
    io::Error::other("the backup is cut off: its end is missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(folder: &tempfile::TempDir, name: &str) -> BackupKey {
        let path = folder.path().join(name);
        BackupKey::read(&path).or_else(|_| BackupKey::make(&path)).unwrap()
    }

    fn sealed(key: &BackupKey, plain: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::begin(Vec::new(), key).unwrap();
        sealing.write_all(plain).unwrap();
        sealing.end().unwrap()
    }

    fn opened(key: &BackupKey, sealed: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        Opening::begin(sealed, key)?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn what_was_sealed_opens_whatever_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let key = key(&folder, "key");
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17] {
            let plain: Vec<u8> = (0..length).map(|it| u8::try_from(it % 251).unwrap()).collect();
            assert_eq!(opened(&key, &sealed(&key, &plain)).unwrap(), plain, "{length}");
        }
    }

    #[test]
    fn what_was_changed_cut_off_or_put_together_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let (key, other) = (self::key(&folder, "key"), self::key(&folder, "other"));
        let good = sealed(&key, &vec![7; 2 * CHUNK + 100]);
        let whole = CHUNK + 28 + 5;
        let head = good.iter().position(|it| *it == b'\n').unwrap() + 1 + SALT_BYTES;
        for end in [0, 5, head - 1, head, head + 3, head + whole, head + 2 * whole, good.len() - 1]
        {
            assert!(opened(&key, &good[..end]).is_err(), "cut off at {end}");
        }
        for at in [0, 20, head - 1, head, head + 4, head + 5, head + whole + 40, good.len() - 1] {
            let mut changed = good.clone();
            changed[at] ^= 1;
            assert!(opened(&key, &changed).is_err(), "changed at {at}");
        }
        let mut reordered = good[..head].to_vec();
        reordered.extend_from_slice(&good[head + whole..head + 2 * whole]);
        reordered.extend_from_slice(&good[head..head + whole]);
        reordered.extend_from_slice(&good[head + 2 * whole..]);
        assert!(opened(&key, &reordered).is_err(), "reordered");
        let again = sealed(&key, &vec![7; 2 * CHUNK + 100]);
        let spliced = [&good[..head + whole], &again[head + whole..]].concat();
        assert!(opened(&key, &spliced).is_err(), "of two");
        assert!(opened(&key, &[&good[..], b"x"].concat()).is_err(), "something after the end");
        let told = opened(&other, &good).unwrap_err().to_string();
        assert!(told.contains("another key"), "{told}");
        assert!(opened(&key, &good).is_ok());
    }
}
