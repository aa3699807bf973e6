//! Bad input: each kind gets its fault or its close code; nobody else is disturbed, nothing panics, nothing of it is
//! repeated.

mod bounds;
mod frames;
mod hello;
mod hours;
mod http;
mod messages;
mod schedule;

use crate::support::raw::RawSocket;
use crate::support::{Clinic, Someone};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::ServerFrame;
use serde_json::json;

const BOTH: [Codec; 2] = [Codec::Json, Codec::MessagePack];
/// What must not come back in any answer.
const CANARY: &str = "canary-7f3a";

async fn welcomed(clinic: &Clinic, who: &Someone, codec: Codec) -> RawSocket {
    let mut socket = RawSocket::open(clinic.hub, codec).await;
    socket.says_json(&json!([{"type": "hello", "token": who.token}])).await;
    socket.until(|it| matches!(it, ServerFrame::Welcome { .. })).await;
    socket
}

fn fault_of(frame: &ServerFrame) -> (Option<u32>, FaultCode) {
    let shown = serde_json::to_string(frame).unwrap();
    assert!(!shown.contains(CANARY), "the input was repeated");
    match frame {
        ServerFrame::Failed { id, fault } => (Some(*id), fault.code),
        ServerFrame::Error { fault } => (None, fault.code),
        other => panic!("no fault: {other:?}"),
    }
}

fn is_fault(frame: &ServerFrame) -> bool {
    matches!(frame, ServerFrame::Failed { .. } | ServerFrame::Error { .. })
}
