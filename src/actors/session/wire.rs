//! What the frame codec takes and says, in our words. Owns nothing.

use crate::protocol::close::CloseReason;
use actix_web_actors::ws::ProtocolError;
use bytes::Bytes;
use bytestring::ByteString;

/// The close code of an error of the frame codec. It tells bad UTF-8 from other bad frames by the kind of io error.
pub(super) fn close_of(error: &ProtocolError) -> CloseReason {
    match error {
        ProtocolError::Overflow => CloseReason::MessageTooBig,
        ProtocolError::Io(io) if io.kind() == std::io::ErrorKind::Other => CloseReason::InvalidText,
        _ => CloseReason::ProtocolError,
    }
}

/// The text of a message, without a copy. None when it is not UTF-8.
pub(super) fn bytestring(bytes: Bytes) -> Option<ByteString> {
    ByteString::try_from(bytes).ok()
}
