//! Messages of `bedside/1` taken apart into frames, and put together again.
//!
//! Invariant: what cannot be read is not changed: the relay passes it on as it is.

use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

/// How frames are written on one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Json,
    MessagePack,
}

impl Codec {
    /// By the name of the subprotocol that the hub has chosen.
    pub(crate) fn of_subprotocol(name: &str) -> Option<Codec> {
        match name.trim() {
            "bedside.v1.json" => Some(Codec::Json),
            "bedside.v1.msgpack" => Some(Codec::MessagePack),
            _ => None,
        }
    }

    /// The frames of a message.
    pub(crate) fn frames(self, message: &Message) -> Option<Vec<Value>> {
        match (self, message) {
            (Codec::Json, Message::Text(text)) => serde_json::from_str(text).ok(),
            (Codec::MessagePack, Message::Binary(bytes)) => rmp_serde::from_slice(bytes).ok(),
            _ => None,
        }
    }

    /// A message of these frames.
    pub(crate) fn message(self, frames: &[Value]) -> Option<Message> {
        match self {
            Codec::Json => serde_json::to_string(frames).ok().map(Message::text),
            Codec::MessagePack => rmp_serde::to_vec_named(frames).ok().map(Message::binary),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(Codec::Json)]
    #[case(Codec::MessagePack)]
    fn what_is_put_together_is_what_was_taken_apart(#[case] codec: Codec) {
        let frames = vec![
            json!({"type": "ping", "number": 1, "now": 1_800_000_000_000_u64, "marks": []}),
            json!({"type": "event", "channel": 3, "event": {"kind": "typing", "loss": -0.5, "who": null}}),
        ];
        let message = codec.message(&frames).unwrap();
        assert_eq!(codec.frames(&message), Some(frames));
    }

    #[test]
    fn what_is_of_the_other_codec_or_none_is_left_alone() {
        assert_eq!(Codec::Json.frames(&Message::binary(vec![0x90])), None);
        assert_eq!(Codec::MessagePack.frames(&Message::text("[]")), None);
        assert_eq!(Codec::Json.frames(&Message::text("no list")), None);
    }
}
