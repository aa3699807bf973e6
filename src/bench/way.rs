//! How a client gets to a server and speaks with it: the hub, Socket.IO or plain WebSockets, in JSON or MessagePack.
//!
//! One client for all of them, so that its own cost is the same. What comes in is known by a word in it: reading every copy
//! whole would take the CPU from the server that is measured.

use crate::bench::line::{self, Socket};
use crate::protocol::codec::Codec;
use crate::protocol::frame::{ClientFrame, ServerFrame};
use crate::protocol::phi::Phi;
use crate::protocol::topic::Topic;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::net::SocketAddr;
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    /// Ours.
    Hub,
    /// Socket.IO, by WebSocket alone.
    SocketIo,
    /// The library `ws`.
    Ws,
}

impl Server {
    /// In figures and for the script.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Server::Hub => "hub",
            Server::SocketIo => "socketio",
            Server::Ws => "ws",
        }
    }
}

/// A server and a codec.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) server: Server,
    pub(super) codec: Codec,
    pub(super) address: SocketAddr,
    /// What stands in a message that was delivered, in both codecs.
    pub(super) event: &'static [u8],
}

/// What a message is to a client that listens.
pub(super) enum Heard {
    /// It was delivered.
    Event,
    /// What was asked is done.
    Done,
    /// This has to be sent back.
    Ping(Message),
    /// Something of the connection itself.
    Nothing,
    /// What should not come.
    Trouble,
}

/// The packet of Engine.IO that is a ping, and its answer.
const PING: &str = "2";
const PONG: &str = "3";
/// The number of a join, by which it is answered.
const FIRST: u64 = 0;
/// Kinds of Socket.IO packets.
const CONNECT: u64 = 0;
const EVENT: u64 = 2;

impl Way {
    /// To the hub, as whoever holds this token.
    pub(super) async fn to_hub(self, token: &Phi<String>, follow: Option<Topic>) -> Result<Socket> {
        line::open(self.address, self.codec, token, follow).await
    }

    /// To a peer, under a name.
    pub(super) async fn to_peer(self, name: &str) -> Result<Socket> {
        let path = match self.server {
            Server::SocketIo => "/socket.io/?EIO=4&transport=websocket",
            Server::Hub | Server::Ws => "/",
        };
        let mut socket = line::connect(self.address, path, None).await?;
        if self.server == Server::SocketIo {
            // Of Engine.IO, which is JSON in any case.
            next(&mut socket).await?;
            let hello = match self.codec {
                Codec::Json => Message::text("40"),
                Codec::MessagePack => self.packed(&json!({ "type": CONNECT, "nsp": "/" }))?,
            };
            socket.send(hello).await.map_err(Error::other)?;
            next(&mut socket).await?;
        }
        let join = self.request("join", FIRST, json!({ "name": name }))?;
        socket.send(join).await.map_err(Error::other)?;
        let joined = next(&mut socket).await?;
        match contains(&joined.into_data(), b"joined") {
            true => Ok(socket),
            false => Err(Error::other("a peer did not let a client join")),
        }
    }

    /// A request to a peer.
    pub(super) fn request(self, name: &str, id: u64, mut params: Value) -> Result<Message> {
        if self.server == Server::Ws {
            if let Some(fields) = params.as_object_mut() {
                fields.insert("type".to_owned(), name.into());
                fields.insert("id".to_owned(), id.into());
            }
            return match self.codec {
                Codec::Json => Ok(Message::text(params.to_string())),
                Codec::MessagePack => self.packed(&params),
            };
        }
        let data = json!([name, params]);
        match self.codec {
            Codec::Json => Ok(Message::text(format!("4{EVENT}{id}{data}"))),
            Codec::MessagePack => {
                self.packed(&json!({ "type": EVENT, "nsp": "/", "id": id, "data": data }))
            }
        }
    }

    fn packed(self, value: &Value) -> Result<Message> {
        let bytes = Codec::MessagePack.encode(value).map_err(|it| Error::other(it.message))?;
        Ok(Message::Binary(Bytes::from(bytes)))
    }

    /// What it is.
    pub(super) fn hear(self, message: &Message) -> Heard {
        let bytes: &[u8] = match message {
            Message::Binary(bytes) => bytes,
            Message::Text(text) => text.as_bytes(),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Heard::Nothing,
            Message::Close(_) => return Heard::Trouble,
        };
        let done: &[u8] = if self.server == Server::Hub { b"reply" } else { b"taken" };
        if contains(bytes, self.event) {
            return Heard::Event;
        }
        if contains(bytes, done) {
            return Heard::Done;
        }
        match self.server {
            Server::SocketIo if bytes == PING.as_bytes() => Heard::Ping(Message::text(PONG)),
            Server::SocketIo | Server::Ws => Heard::Trouble,
            Server::Hub => self.hear_hub(message),
        }
    }

    fn hear_hub(self, message: &Message) -> Heard {
        let frames = line::frames(self.codec, message).unwrap_or_default();
        match frames.first() {
            Some(ServerFrame::Ping { number, .. }) => {
                let pong = line::message(self.codec, &ClientFrame::Pong { number: *number });
                pong.map_or(Heard::Trouble, Heard::Ping)
            }
            // Of the same topic: whom a message waits for, and what else is told beside it.
            Some(ServerFrame::Event { .. }) => Heard::Nothing,
            _ => Heard::Trouble,
        }
    }
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|it| it == word)
}

async fn next(socket: &mut Socket) -> Result<Message> {
    let ended = || Error::other("a peer closed a socket");
    socket.next().await.ok_or_else(ended)?.map_err(Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn way(server: Server, codec: Codec) -> Way {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        Way { server, codec, address, event: b"said" }
    }

    #[test]
    fn peers_are_asked_as_their_own_clients_ask() {
        let ask = |server| {
            let request = way(server, Codec::Json).request("say", 7, json!({ "to": "b" }));
            request.unwrap().into_text().unwrap().to_string()
        };
        assert_eq!(ask(Server::SocketIo), r#"427["say",{"to":"b"}]"#);
        assert_eq!(ask(Server::Ws), r#"{"to":"b","type":"say","id":7}"#);
    }

    #[test]
    fn what_comes_in_is_known_by_its_word() {
        let heard = |text: &str| way(Server::SocketIo, Codec::Json).hear(&Message::text(text));
        assert!(matches!(heard(r#"42["said",{"body":"a"}]"#), Heard::Event));
        assert!(matches!(heard(r#"437[{"taken":1}]"#), Heard::Done));
        assert!(matches!(heard("2"), Heard::Ping(pong) if pong == Message::text("3")));
        assert!(matches!(heard("41"), Heard::Trouble));
    }
}
