//! JSON (RFC 8259) and MessagePack, carrying the same shapes. MessagePack maps have string keys: the compact form fails
//! with optional fields. Both are "human readable" to serde, so that an id is the same text in both.
//!
//! Invariant: decoding never panics, never recurses deeper than [`MAX_DEPTH`], and an error says nothing of the content.

use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::{ClientFrame, MAX_FRAMES, MAX_MESSAGE_BYTES, ServerFrame};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Nesting of a message. Our deepest shape has nine levels.
pub const MAX_DEPTH: usize = 32;

/// How frames are written on one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Text messages.
    Json,
    /// Binary messages.
    MessagePack,
}

impl Codec {
    /// Names of the WebSocket subprotocol, the preferred one first.
    pub const SUBPROTOCOLS: [&'static str; 2] = ["bedside.v1.msgpack", "bedside.v1.json"];

    /// The codec of a subprotocol.
    pub fn of_subprotocol(name: &str) -> Option<Self> {
        match name {
            "bedside.v1.msgpack" => Some(Codec::MessagePack),
            "bedside.v1.json" => Some(Codec::Json),
            _ => None,
        }
    }

    /// Writes any wire type.
    ///
    /// # Errors
    /// [`FaultCode::Internal`] when serde refuses, which no type of ours does.
    pub fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Vec<u8>, Fault> {
        match self {
            Codec::Json => serde_json::to_vec(value).map_err(|_| FaultCode::Internal.into()),
            Codec::MessagePack => {
                let mut bytes = Vec::with_capacity(128);
                let mut writer =
                    rmp_serde::Serializer::new(&mut bytes).with_struct_map().with_human_readable();
                value.serialize(&mut writer).map_err(|_| FaultCode::Internal)?;
                Ok(bytes)
            }
        }
    }

    /// Writes one WebSocket message.
    ///
    /// # Errors
    /// As [`Codec::encode`].
    pub fn encode_frames(self, frames: &[ServerFrame]) -> Result<Vec<u8>, Fault> {
        self.encode(frames)
    }

    /// Reads one WebSocket message of a client. A frame that cannot be read is an error of its own, with the id of the
    /// request when that much could be read; the frames beside it are not touched.
    ///
    /// # Errors
    /// [`FaultCode::TooLarge`], or [`FaultCode::Malformed`] when not even the list could be read.
    pub fn decode_frames(
        self,
        bytes: &[u8],
    ) -> Result<Vec<Result<ClientFrame, Unreadable>>, Fault> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(FaultCode::TooLarge.into());
        }
        let frames: Vec<Value> = self.decode(bytes)?;
        if frames.is_empty() || frames.len() > MAX_FRAMES {
            return Err(FaultCode::Malformed.into());
        }
        Ok(frames.into_iter().map(read_frame).collect())
    }

    /// Reads any wire type.
    ///
    /// # Errors
    /// [`FaultCode::Malformed`].
    pub fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, Fault> {
        match self {
            Codec::Json => serde_json::from_slice(bytes).map_err(|_| FaultCode::Malformed.into()),
            Codec::MessagePack => {
                let mut reader =
                    rmp_serde::Deserializer::from_read_ref(bytes).with_human_readable();
                reader.set_max_depth(MAX_DEPTH);
                let value = T::deserialize(&mut reader).map_err(|_| FaultCode::Malformed)?;
                Ok(value)
            }
        }
    }
}

/// A frame that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The id it carried, if any: then the fault is the answer to it.
    pub id: Option<u32>,
    /// What is wrong.
    pub fault: Box<Fault>,
}

/// Types of frames that this version knows.
const KNOWN: [&str; 8] =
    ["hello", "request", "cancel", "follow", "unfollow", "authenticate", "pong", "bye"];

fn read_frame(value: Value) -> Result<ClientFrame, Unreadable> {
    let id = value.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
    let is_known = value.get("type").and_then(Value::as_str).is_some_and(|it| KNOWN.contains(&it));
    let has_type = value.get("type").is_some_and(Value::is_string);
    ClientFrame::deserialize(value).map_err(|_| {
        let code =
            if has_type && !is_known { FaultCode::Unsupported } else { FaultCode::Malformed };
        Unreadable { id, fault: Box::new(code.into()) }
    })
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
