//! Files of conversations.

use crate::command::{Call, Execute};
use crate::node::Node;
use crate::protocol::auth::Done;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{
    BeginFile, BegunFile, FileCard, FileLink, LinkFile, ReadFile, RemoveFile,
};

impl Execute<BeginFile> for Node {
    async fn execute(&self, _: Call, _: BeginFile) -> Result<BegunFile, Fault> {
        Err(FaultCode::Unsupported.into())
    }
}

impl Execute<ReadFile> for Node {
    async fn execute(&self, _: Call, _: ReadFile) -> Result<FileCard, Fault> {
        Err(FaultCode::Unsupported.into())
    }
}

impl Execute<LinkFile> for Node {
    async fn execute(&self, _: Call, _: LinkFile) -> Result<FileLink, Fault> {
        Err(FaultCode::Unsupported.into())
    }
}

impl Execute<RemoveFile> for Node {
    async fn execute(&self, _: Call, _: RemoveFile) -> Result<Done, Fault> {
        Err(FaultCode::Unsupported.into())
    }
}
