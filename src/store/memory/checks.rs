//! Checks of the memory store: there is nothing that could be wrong in it, because nobody writes past it.

use super::Memory;
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::checks::{After, Check, Checks, Looked};
use async_trait::async_trait;

#[async_trait]
impl Checks for Memory {
    async fn look(
        &self,
        _check: Check,
        _after: After,
        _now: UnixMillis,
        _most: u32,
    ) -> Stored<Option<Looked>> {
        Ok(None)
    }
}
