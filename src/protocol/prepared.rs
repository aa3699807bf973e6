//! An event that is written once a codec and sent to many: only the channel number differs between connections.
//!
//! Invariant: what [`Prepared::message`] gives equals what encoding the whole [`ServerFrame::Event`] would carry.

use crate::protocol::codec::Codec;
use crate::protocol::fault::Fault;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Event, Position};
use bytes::Bytes;
use serde::Serialize;
use std::sync::OnceLock;

/// One event, ready to be sent.
#[derive(Debug)]
pub struct Prepared {
    position: Position,
    at: UnixMillis,
    event: Event,
    json: Written,
    message_pack: Written,
}

/// What was written in one codec.
#[derive(Debug, Default)]
struct Written {
    shared: OnceLock<Option<Bytes>>,
    /// The message for the channel that asked first: most sockets call a topic by the same number, and share it.
    first: OnceLock<(u32, Bytes)>,
}

/// The part of the frame that is the same for all, as a map that the channel is put in front of.
#[derive(Serialize)]
struct Shared<'a> {
    position: Position,
    at: UnixMillis,
    event: &'a Event,
}

impl Prepared {
    /// Prepares an event.
    pub fn new(position: Position, at: UnixMillis, event: Event) -> Self {
        Prepared { position, at, event, json: Written::default(), message_pack: Written::default() }
    }

    /// Where its topic is with it.
    pub fn position(&self) -> Position {
        self.position
    }

    /// One WebSocket message with this one event, for the connection that calls its topic `channel`.
    ///
    /// # Errors
    /// As [`Codec::encode`].
    pub fn message(&self, codec: Codec, channel: u32) -> Result<Bytes, Fault> {
        let first = &self.written(codec).first;
        if let Some((_, message)) = first.get().filter(|(of, _)| *of == channel) {
            return Ok(message.clone());
        }
        let message = self.whole(codec, channel)?;
        let (of, kept) = first.get_or_init(|| (channel, message.clone()));
        Ok(if *of == channel { kept.clone() } else { message })
    }

    fn whole(&self, codec: Codec, channel: u32) -> Result<Bytes, Fault> {
        let shared = self.shared(codec)?;
        let mut out = Vec::with_capacity(shared.len().saturating_add(48));
        match codec {
            Codec::Json => {
                out.extend_from_slice(b"[{\"type\":\"event\",\"channel\":");
                out.extend_from_slice(channel.to_string().as_bytes());
                out.push(b',');
                // The shared part is `{…}`: its brace gives way to our comma.
                out.extend_from_slice(shared.get(1..).unwrap_or_default());
                out.push(b']');
            }
            Codec::MessagePack => {
                // fixarray(1), fixmap(5): two entries of ours and the three of the shared fixmap(3).
                out.extend_from_slice(&[0x91, 0x85]);
                out.extend_from_slice(b"\xa4type\xa5event\xa7channel\xce");
                out.extend_from_slice(&channel.to_be_bytes());
                out.extend_from_slice(shared.get(1..).unwrap_or_default());
            }
        }
        Ok(out.into())
    }

    /// Bytes of it, without the number of a channel. Zero when it cannot be written.
    pub fn size(&self, codec: Codec) -> usize {
        self.shared(codec).map_or(0, |it| it.len())
    }

    fn written(&self, codec: Codec) -> &Written {
        match codec {
            Codec::Json => &self.json,
            Codec::MessagePack => &self.message_pack,
        }
    }

    fn shared(&self, codec: Codec) -> Result<Bytes, Fault> {
        let cell = &self.written(codec).shared;
        let write = || {
            let shared = Shared { position: self.position, at: self.at, event: &self.event };
            codec.encode(&shared).ok().map(Bytes::from)
        };
        cell.get_or_init(write)
            .clone()
            .ok_or_else(|| crate::protocol::fault::FaultCode::Internal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::frame::ServerFrame;
    use rstest::rstest;

    #[rstest]
    fn a_prepared_event_reads_like_any_other(
        #[values(Codec::Json, Codec::MessagePack)] codec: Codec,
        #[values(0, 7, 300, u32::MAX)] channel: u32,
    ) {
        let (position, at) = (Position { epoch: 3, offset: 9 }, UnixMillis(1_800_000_000_000));
        let event = Event::SpeakerChanged { participant_id: None };
        let prepared = Prepared::new(position, at, event.clone());
        let frames: Vec<ServerFrame> =
            codec.decode(&prepared.message(codec, channel).unwrap()).unwrap();
        assert_eq!(frames, [ServerFrame::Event { channel, position, at, event }]);
    }

    #[rstest]
    fn who_calls_the_topic_by_another_number_gets_that_number(
        #[values(Codec::Json, Codec::MessagePack)] codec: Codec,
    ) {
        let event = Event::SpeakerChanged { participant_id: None };
        let prepared = Prepared::new(Position::default(), UnixMillis(0), event);
        for asked in [1, 2, 1, 7, 2] {
            let message = prepared.message(codec, asked).unwrap();
            let frames: Vec<ServerFrame> = codec.decode(&message).unwrap();
            assert!(
                matches!(frames[..], [ServerFrame::Event { channel, .. }] if channel == asked),
                "{frames:?}"
            );
        }
    }
}
