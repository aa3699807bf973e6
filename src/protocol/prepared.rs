//! An event that is written once a codec and sent to many: only the channel number differs between connections.
//!
//! Invariant: what [`Prepared::message`] gives equals what encoding the whole [`ServerFrame::Event`] would carry.

use crate::protocol::codec::Codec;
use crate::protocol::fault::Fault;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Event, Position};
use bytes::Bytes;
use serde::Serialize;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

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
    /// The frame for the channel that asked first: most sockets call a topic by the same number, and share it.
    first: OnceLock<(u32, Bytes)>,
    /// The same as a message by itself: most events come alone.
    alone: OnceLock<(u32, Bytes)>,
    /// That message as it goes over the wire.
    framed: OnceLock<(u32, Bytes)>,
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

    /// Whether it stands for all before it.
    pub fn is_whole(&self) -> bool {
        self.event.is_whole()
    }

    /// Whether it says how far people are: the newest of each stands for those before it.
    pub fn are_marks(&self) -> bool {
        matches!(self.event, Event::MarksChanged { .. })
    }

    /// What stands for this event and a newer one: the newer, when it tells the whole; marks of both, the newer of each person.
    /// Marks stay where these stood, because they must not be ahead of what is between them. Nothing for anything else.
    pub fn replaced_by(&self, newer: &Arc<Prepared>) -> Option<Arc<Prepared>> {
        match (&self.event, &newer.event) {
            (_, event) if event.is_whole() => Some(Arc::clone(newer)),
            (Event::MarksChanged { marks: older }, Event::MarksChanged { marks }) => {
                let is_told = |id| marks.iter().any(|it| it.member_id == id);
                let others = older.iter().filter(|it| !is_told(it.member_id));
                let marks = others.chain(marks).copied().collect();
                let event = Event::MarksChanged { marks };
                Some(Arc::new(Prepared::new(self.position, newer.at, event)))
            }
            _ => None,
        }
    }

    /// The frame of this event, for the connection that calls its topic `channel`; [`together`] makes a message of it.
    ///
    /// # Errors
    /// As [`Codec::encode`].
    pub fn frame(&self, codec: Codec, channel: u32) -> Result<Bytes, Fault> {
        let first = &self.written(codec).first;
        if let Some((_, frame)) = first.get().filter(|(of, _)| *of == channel) {
            return Ok(frame.clone());
        }
        let frame = self.whole(codec, channel)?;
        let (of, kept) = first.get_or_init(|| (channel, frame.clone()));
        Ok(if *of == channel { kept.clone() } else { frame })
    }

    fn whole(&self, codec: Codec, channel: u32) -> Result<Bytes, Fault> {
        let shared = self.shared(codec)?;
        let mut out = Vec::with_capacity(shared.len().saturating_add(48));
        match codec {
            Codec::Json => {
                out.extend_from_slice(b"{\"type\":\"event\",\"channel\":");
                out.extend_from_slice(channel.to_string().as_bytes());
                out.push(b',');
            }
            Codec::MessagePack => {
                // fixmap(5): two entries of ours and the three of the shared fixmap(3).
                out.push(0x85);
                out.extend_from_slice(b"\xa4type\xa5event\xa7channel\xce");
                out.extend_from_slice(&channel.to_be_bytes());
            }
        }
        // The beginning of the shared map gives way to ours.
        out.extend_from_slice(shared.get(1..).unwrap_or_default());
        Ok(out.into())
    }

    /// One WebSocket message with this one event.
    ///
    /// # Errors
    /// As [`Codec::encode`].
    pub fn message(&self, codec: Codec, channel: u32) -> Result<Bytes, Fault> {
        let alone = &self.written(codec).alone;
        if let Some((_, message)) = alone.get().filter(|(of, _)| *of == channel) {
            return Ok(message.clone());
        }
        let message = together(codec, &[self.frame(codec, channel)?]);
        let (of, kept) = alone.get_or_init(|| (channel, message.clone()));
        Ok(if *of == channel { kept.clone() } else { message })
    }

    /// The same with the header of a WebSocket message before it: what goes to whoever is written to past their mailbox.
    ///
    /// # Errors
    /// As [`Codec::encode`].
    pub fn framed(&self, codec: Codec, channel: u32) -> Result<Cow<'_, Bytes>, Fault> {
        let cell = &self.written(codec).framed;
        if let Some((_, framed)) = cell.get().filter(|(of, _)| *of == channel) {
            return Ok(Cow::Borrowed(framed));
        }
        let framed = framed(codec, &self.message(codec, channel)?);
        let (of, kept) = cell.get_or_init(|| (channel, framed.clone()));
        Ok(if *of == channel { Cow::Borrowed(kept) } else { Cow::Owned(framed) })
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

/// One WebSocket message of frames that are written already, at most [`MAX_FRAMES`](crate::protocol::frame::MAX_FRAMES).
pub fn together(codec: Codec, frames: &[Bytes]) -> Bytes {
    let bytes: usize = frames.iter().map(|it| it.len().saturating_add(1)).sum();
    let mut out = Vec::with_capacity(bytes.saturating_add(3));
    match codec {
        Codec::Json => {
            out.push(b'[');
            for (number, frame) in frames.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(frame);
            }
            out.push(b']');
        }
        Codec::MessagePack => {
            match u8::try_from(frames.len()) {
                Ok(few @ 0..16) => out.push(0x90 | few),
                _ => {
                    let count = u16::try_from(frames.len()).unwrap_or(u16::MAX);
                    out.push(0xdc);
                    out.extend_from_slice(&count.to_be_bytes());
                }
            }
            frames.iter().for_each(|it| out.extend_from_slice(it));
        }
    }
    out.into()
}

/// A message in one frame of a server: final, not masked, with the shortest length (RFC 6455, 5.2).
fn framed(codec: Codec, message: &[u8]) -> Bytes {
    const FINAL: u8 = 0x80;
    let kind = match codec {
        Codec::Json => 1,
        Codec::MessagePack => 2,
    };
    let mut out = Vec::with_capacity(message.len().saturating_add(10));
    out.push(FINAL | kind);
    match (u8::try_from(message.len()), u16::try_from(message.len())) {
        (Ok(few @ 0..126), _) => out.push(few),
        (_, Ok(some)) => {
            out.push(126);
            out.extend_from_slice(&some.to_be_bytes());
        }
        _ => {
            let many = u64::try_from(message.len()).unwrap_or(u64::MAX);
            out.push(127);
            out.extend_from_slice(&many.to_be_bytes());
        }
    }
    out.extend_from_slice(message);
    out.into()
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

    /// Lengths on both sides of where the header grows.
    #[rstest]
    fn a_frame_is_what_the_transport_makes_of_the_message(
        #[values(Codec::Json, Codec::MessagePack)] codec: Codec,
        #[values(0, 1, 125, 126, 65_535, 65_536, 200_000)] length: usize,
    ) {
        use actix_http::ws;
        use tokio_util::codec::Encoder as _;
        let body = "a".repeat(length);
        let message = match codec {
            Codec::Json => ws::Message::Text(body.clone().into()),
            Codec::MessagePack => ws::Message::Binary(body.clone().into()),
        };
        let mut expected = bytes::BytesMut::new();
        ws::Codec::new().encode(message, &mut expected).unwrap();
        assert_eq!(framed(codec, body.as_bytes()), expected.freeze());
    }

    #[test]
    fn whoever_calls_it_by_another_number_is_framed_by_that() {
        let event = Event::SpeakerChanged { participant_id: None };
        let prepared = Prepared::new(Position::default(), UnixMillis(0), event);
        for channel in [1, 2, 1] {
            let message = prepared.message(Codec::Json, channel).unwrap();
            assert!(prepared.framed(Codec::Json, channel).unwrap().ends_with(&message));
        }
    }

    #[rstest]
    fn many_are_one_message(
        #[values(Codec::Json, Codec::MessagePack)] codec: Codec,
        #[values(1, 2, 15, 16, 64)] count: u32,
    ) {
        let event = Event::SpeakerChanged { participant_id: None };
        let prepared = Prepared::new(Position::default(), UnixMillis(0), event);
        let frames: Vec<_> = (0..count).map(|it| prepared.frame(codec, it).unwrap()).collect();
        let read: Vec<ServerFrame> = codec.decode(&together(codec, &frames)).unwrap();
        let channels: Vec<_> = read
            .iter()
            .map(|it| match it {
                ServerFrame::Event { channel, .. } => *channel,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(channels, (0..count).collect::<Vec<_>>());
    }
}
