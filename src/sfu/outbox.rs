//! Datagrams that wait to be sent, one after the other in one buffer, so that a burst costs one
//! system call.

use std::net::SocketAddr;
use std::ops::Range;

/// Datagrams and where they go.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// All of them in a row; what lies behind the last committed one is being written.
    pub(crate) bytes: Vec<u8>,
    pub(crate) items: Vec<(Range<usize>, SocketAddr)>,
}

impl Outbox {
    /// Queues a copy.
    pub(crate) fn push(&mut self, datagram: &[u8], to: SocketAddr) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        self.commit(start, Some(to));
    }

    /// Queues what was written from `start` on, or takes it back when there is nobody to send it
    /// to.
    pub(crate) fn commit(&mut self, start: usize, to: Option<SocketAddr>) -> Option<usize> {
        let end = self.bytes.len();
        match to.filter(|_| end > start) {
            Some(to) => {
                self.items.push((start..end, to));
                Some(end - start)
            }
            None => {
                self.bytes.truncate(start);
                None
            }
        }
    }

    /// Forgets everything; the memory stays.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.items.clear();
    }
}
