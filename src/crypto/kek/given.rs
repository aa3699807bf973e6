//! Key-encryption keys that are given to the process, in an environment variable: on machines whose disk is forgotten.
//!
//! Invariant: the id of a key is derived from it, so that another key never passes for it. The first one seals what is new; those
//! after it open what they sealed before.

use super::super::vault::{KEY_BYTES, KEY_ID_LETTERS, hex};
use super::{KeyEncryption, NamedKey, NotOpened, Wrapped, wrap_by};
use crate::protocol::phi::Phi;
use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::io;

/// Keys that were given.
#[derive(Debug)]
pub struct GivenKeys {
    /// What they were given by, for the sentences.
    from: String,
    current: NamedKey,
    older: Vec<NamedKey>,
}

impl GivenKeys {
    /// From `text`: keys of 32 bytes in base64, separated by commas, the current one first. `from` says where it comes from.
    ///
    /// # Errors
    /// Which one is no key, by its position. Never what it is.
    pub fn parse(from: &str, text: &Phi<String>) -> io::Result<Self> {
        let mut keys = Vec::new();
        for (n, it) in text.expose().split(',').enumerate() {
            let it = it.trim();
            let bytes = STANDARD.decode(it).or_else(|_| URL_SAFE_NO_PAD.decode(it)).ok();
            let bytes = bytes.filter(|it| it.len() == KEY_BYTES).ok_or_else(|| {
                let n = n.saturating_add(1);
                io::Error::other(format!("{from}: key {n} is not 32 bytes in base64"))
            })?;
            keys.push(NamedKey::new(id_of(&bytes), &bytes)?);
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or_else(|| io::Error::other(format!("{from}: no key")))?;
        Ok(GivenKeys { from: from.to_owned(), current, older: keys.collect() })
    }

    fn key(&self, id: &str) -> Option<&NamedKey> {
        std::iter::once(&self.current).chain(&self.older).find(|it| it.id() == id)
    }
}

/// Says nothing about the key: a MAC under it.
fn id_of(bytes: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
    let tag = hmac::sign(&key, b"bedside id of a given key v1");
    let half: Vec<u8> = tag.as_ref().iter().take(KEY_ID_LETTERS / 2).copied().collect();
    hex(&half)
}

#[async_trait]
impl KeyEncryption for GivenKeys {
    async fn current(&self) -> io::Result<String> {
        Ok(self.current.id().to_owned())
    }

    async fn wrap(&self, place: &str, data: &[u8]) -> io::Result<Wrapped> {
        wrap_by(&self.current, place, data)
    }

    async fn unwrap(&self, place: &str, wrapped: &Wrapped) -> Result<Vec<u8>, NotOpened> {
        let key = self.key(&wrapped.key_id).ok_or(NotOpened::UnknownKey)?;
        key.open(place, &wrapped.sealed)
    }

    async fn rotate(&self) -> io::Result<String> {
        let from = &self.from;
        let text =
            format!("put a new key first into {from}, keep the others after it, and start again");
        Err(io::Error::other(text))
    }

    async fn has(&self, id: &str) -> io::Result<bool> {
        Ok(self.key(id).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> io::Result<GivenKeys> {
        GivenKeys::parse("BEDSIDE_KEK", &Phi::new(text.to_owned()))
    }

    #[tokio::test]
    async fn the_first_key_seals_and_those_after_it_open() {
        let (old, new) = (STANDARD.encode([7; 32]), URL_SAFE_NO_PAD.encode([8; 32]));
        let before = given(&old).unwrap();
        let wrapped = before.wrap("here", b"data").await.unwrap();
        let after = given(&format!("{new}, {old}")).unwrap();
        assert_eq!(after.unwrap("here", &wrapped).await.unwrap(), b"data");
        assert_eq!(after.unwrap("there", &wrapped).await, Err(NotOpened::Damaged));
        let anew = after.rewrap("here", &wrapped).await.unwrap();
        assert_eq!(anew.key_id, after.current().await.unwrap());
        let alone = given(&new).unwrap();
        assert_eq!(alone.unwrap("here", &anew).await.unwrap(), b"data");
        assert_eq!(alone.unwrap("here", &wrapped).await, Err(NotOpened::UnknownKey));
        assert!(!alone.has(&wrapped.key_id).await.unwrap());
        assert!(alone.rotate().await.unwrap_err().to_string().contains("BEDSIDE_KEK"));
    }

    #[test]
    fn what_is_no_key_is_named_and_not_repeated() {
        let good = STANDARD.encode([7; 32]);
        for (text, word) in [
            (String::new(), "key 1"),
            ("secret".to_owned(), "key 1"),
            (format!("{good},{}", STANDARD.encode([7; 31])), "key 2"),
        ] {
            let told = given(&text).unwrap_err().to_string();
            assert!(told.contains(word) && told.contains("BEDSIDE_KEK"), "{told}");
            assert!(text.is_empty() || !told.contains(&text), "{told}");
        }
    }
}
