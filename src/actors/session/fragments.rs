//! Messages that come in pieces (RFC 6455 §5.4): the frame codec hands them over raw.
//!
//! Invariant: never keeps more than [`MAX_MESSAGE_BYTES`], however many pieces come.

use crate::protocol::close::CloseReason;
use crate::protocol::frame::MAX_MESSAGE_BYTES;
use actix_http::ws::Item;
use bytes::BytesMut;

/// The pieces of one message so far.
#[derive(Debug, Default)]
pub(super) struct Fragments(Option<(bool, BytesMut)>);

/// What a piece made of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Assembled {
    /// More is to come.
    NotYet,
    /// The message is whole.
    Whole { bytes: BytesMut, is_text: bool },
    /// It would be larger than the bound.
    TooBig,
    /// It breaks the rules.
    Bad(CloseReason),
}

impl Fragments {
    /// Takes the next piece.
    pub(super) fn add(&mut self, item: Item) -> Assembled {
        let (bytes, is_last) = match item {
            Item::FirstText(bytes) => (self.begin(true, bytes), false),
            Item::FirstBinary(bytes) => (self.begin(false, bytes), false),
            Item::Continue(bytes) => (bytes, false),
            Item::Last(bytes) => (bytes, true),
        };
        let Some((is_text, mut whole)) = self.0.take() else {
            return Assembled::Bad(CloseReason::ProtocolError);
        };
        if whole.len().saturating_add(bytes.len()) > MAX_MESSAGE_BYTES {
            return Assembled::TooBig;
        }
        whole.extend_from_slice(&bytes);
        match (is_last, is_text && std::str::from_utf8(&whole).is_err()) {
            (false, _) => {
                self.0 = Some((is_text, whole));
                Assembled::NotYet
            }
            (true, true) => Assembled::Bad(CloseReason::InvalidText),
            (true, false) => Assembled::Whole { bytes: whole, is_text },
        }
    }

    fn begin(&mut self, is_text: bool, bytes: bytes::Bytes) -> bytes::Bytes {
        self.0 = Some((is_text, BytesMut::new()));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn pieces_become_one_message() {
        let mut fragments = Fragments::default();
        assert_eq!(fragments.add(Item::FirstText(Bytes::from("[{"))), Assembled::NotYet);
        assert_eq!(fragments.add(Item::Continue(Bytes::from("}"))), Assembled::NotYet);
        let whole = Assembled::Whole { bytes: BytesMut::from("[{}]"), is_text: true };
        assert_eq!(fragments.add(Item::Last(Bytes::from("]"))), whole);
    }

    #[test]
    fn what_breaks_the_rules_is_refused() {
        let mut fragments = Fragments::default();
        let stray = fragments.add(Item::Continue(Bytes::from("x")));
        assert_eq!(stray, Assembled::Bad(CloseReason::ProtocolError));
        fragments.add(Item::FirstText(Bytes::from_static(&[0xC3])));
        let cut = fragments.add(Item::Last(Bytes::from_static(&[0x28])));
        assert_eq!(cut, Assembled::Bad(CloseReason::InvalidText));
        fragments.add(Item::FirstBinary(Bytes::from(vec![0; MAX_MESSAGE_BYTES])));
        assert_eq!(fragments.add(Item::Last(Bytes::from("x"))), Assembled::TooBig);
    }
}
