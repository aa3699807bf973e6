//! Conversations of this node: to be written.

use crate::command::{Call, Execute};
use crate::node::Node;
use crate::protocol::all::*;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::operation::Operation;

macro_rules! to_come {
    ($($op:ident)+) => { $(
        impl Execute<$op> for Node {
            async fn execute(&self, _: Call, _: $op) -> Result<<$op as Operation>::Output, Fault> {
                Err(FaultCode::Unavailable.into())
            }
        }
    )+ };
}
to_come!(OpenConversation ListConversations ReadConversation AssignConversation ResolveConversation
    MarkConversation SignalTyping SendMessage ListMessages EditMessage DeleteMessage SearchMessages
    ReadOutOfOffice UpdateOutOfOffice SetPresence);
