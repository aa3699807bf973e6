//! RFC 6455 by hand: whatever bytes a story wants to be on the wire.

use super::in_time;
use bedside::protocol::codec::Codec;
use bedside::protocol::frame::ServerFrame;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CONTINUATION: u8 = 0;

/// A socket below the client library.
pub(crate) struct RawSocket {
    stream: TcpStream,
    codec: Codec,
    /// Frames that came.
    pub(crate) frames: Vec<ServerFrame>,
}

/// The status line and headers of an upgrade with these extra headers, and the stream.
pub(crate) async fn upgrade(hub: SocketAddr, headers: &str) -> (String, TcpStream) {
    upgrade_and(hub, headers, b"").await
}

/// The header that asks for a codec.
fn protocol(codec: Codec) -> String {
    let name = match codec {
        Codec::MessagePack => Codec::SUBPROTOCOLS[0],
        Codec::Json => Codec::SUBPROTOCOLS[1],
    };
    format!("sec-websocket-protocol: {name}\r\n")
}

/// A masked frame of RFC 6455.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mask = [7_u8, 21, 133, 4];
    match payload.len() {
        len @ 0..126 => bytes.push(0x80 | u8::try_from(len).unwrap()),
        len @ 126..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
        }
        len => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&u64::try_from(len).unwrap().to_be_bytes());
        }
    }
    bytes.extend_from_slice(&mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(it, mask)| it ^ mask));
    bytes
}

/// An upgrade with bytes right behind its request.
async fn upgrade_and(hub: SocketAddr, headers: &str, behind: &[u8]) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(hub).await.expect("the hub listens");
    let request = format!(
        "GET /v1/socket HTTP/1.1\r\nhost: clinic.test\r\nupgrade: websocket\r\n\
         connection: upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{headers}\r\n"
    );
    stream.write_all(&[request.as_bytes(), behind].concat()).await.expect("sent");
    let mut head = Vec::new();
    in_time("the head of the answer", async {
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a head"));
        }
    })
    .await;
    (String::from_utf8(head).unwrap(), stream)
}

impl RawSocket {
    pub(crate) async fn open(hub: SocketAddr, codec: Codec) -> Self {
        let (head, stream) = upgrade(hub, &protocol(codec)).await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        RawSocket { stream, codec, frames: vec![] }
    }

    /// Opens one whose first message comes with the request, before there is an answer.
    pub(crate) async fn open_saying(hub: SocketAddr, codec: Codec, payload: &[u8]) -> Self {
        let opcode = if codec == Codec::Json { TEXT } else { BINARY };
        let (head, stream) =
            upgrade_and(hub, &protocol(codec), &frame(0x80 | opcode, payload)).await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        RawSocket { stream, codec, frames: vec![] }
    }

    /// Sends one frame of RFC 6455; `first` is its first byte (FIN, RSV, opcode).
    pub(crate) async fn sends(&mut self, first: u8, payload: &[u8]) {
        // The hub may have closed already.
        let _sent = self.stream.write_all(&frame(first, payload)).await;
    }

    /// One whole message of this socket's kind.
    pub(crate) async fn says(&mut self, payload: &[u8]) {
        let opcode = if self.codec == Codec::Json { TEXT } else { BINARY };
        self.sends(0x80 | opcode, payload).await;
    }

    /// One whole message from JSON, in this socket's codec.
    pub(crate) async fn says_json(&mut self, value: &serde_json::Value) {
        let bytes = self.codec.encode(value).unwrap();
        self.says(&bytes).await;
    }

    /// Reads one frame: data are decoded and kept; the code of a close is given back.
    pub(crate) async fn hears(&mut self) -> Option<u16> {
        in_time("a frame", self.read()).await
    }

    async fn read(&mut self) -> Option<u16> {
        let Ok(first) = self.stream.read_u8().await else { return Some(1006) };
        let len = match self.stream.read_u8().await.expect("a length") {
            126 => usize::from(self.stream.read_u16().await.expect("a length")),
            127 => usize::try_from(self.stream.read_u64().await.expect("a length")).unwrap(),
            short => usize::from(short),
        };
        let mut payload = vec![0; len];
        self.stream.read_exact(&mut payload).await.expect("a payload");
        match first & 0x0f {
            8 => Some(payload.get(..2).map_or(1005, |it| u16::from_be_bytes([it[0], it[1]]))),
            1 | 2 => {
                let frames: Vec<ServerFrame> = self.codec.decode(&payload).expect("our frames");
                self.frames.extend(frames);
                None
            }
            _ => None,
        }
    }

    /// Reads until the hub closes; the code.
    pub(crate) async fn is_closed(&mut self) -> u16 {
        in_time("the end of the socket", async {
            loop {
                if let Some(code) = self.read().await {
                    return code;
                }
            }
        })
        .await
    }

    /// Reads until a frame is there that fits.
    pub(crate) async fn until(&mut self, fits: impl Fn(&ServerFrame) -> bool) -> ServerFrame {
        loop {
            if let Some(found) = self.frames.iter().position(&fits) {
                return self.frames.remove(found);
            }
            let closed = self.hears().await;
            assert_eq!(closed, None, "closed");
        }
    }
}
