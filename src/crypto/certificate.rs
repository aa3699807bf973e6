//! Signatures of the node that others check later: Ed25519, each over a text under a heading of its own.
//!
//! Invariant: what was signed under one heading is no signature under another; the key also signs access tokens, which have no heading.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;

/// A signature, and the key that made it; both base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// 64 bytes.
    pub signature: String,
    /// 32 bytes.
    pub public_key: String,
}

/// Signs a text under a heading, with a key in PKCS#8.
///
/// # Errors
/// When it is no such key.
pub fn sign(key: &[u8], heading: &str, text: &str) -> io::Result<Signed> {
    let key = Ed25519KeyPair::from_pkcs8(key)
        .map_err(|_| io::Error::other("the signing key is no Ed25519 key"))?;
    let signature = key.sign(message(heading, text).as_bytes());
    Ok(Signed {
        signature: STANDARD.encode(signature.as_ref()),
        public_key: STANDARD.encode(key.public_key().as_ref()),
    })
}

/// Whether that key signed that text under that heading.
pub fn is_signed_by(heading: &str, text: &str, it: &Signed) -> bool {
    let (Ok(signature), Ok(key)) =
        (STANDARD.decode(&it.signature), STANDARD.decode(&it.public_key))
    else {
        return false;
    };
    let key = UnparsedPublicKey::new(&ED25519, key);
    key.verify(message(heading, text).as_bytes(), &signature).is_ok()
}

fn message(heading: &str, text: &str) -> String {
    format!("{heading}\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Keys;

    #[test]
    fn a_signature_is_of_its_text_and_heading_and_key() {
        let (keys, others) = (Keys::ephemeral().unwrap(), Keys::ephemeral().unwrap());
        let it = sign(keys.signing.expose(), "heading", "text").unwrap();
        assert!(is_signed_by("heading", "text", &it));
        assert!(!is_signed_by("heading", "texts", &it) && !is_signed_by("head", "text", &it));
        let other = sign(others.signing.expose(), "heading", "text").unwrap();
        let mixed = Signed { public_key: other.public_key, ..it.clone() };
        assert!(!is_signed_by("heading", "text", &mixed));
        let cut = Signed { signature: it.signature[..8].to_owned(), ..it };
        assert!(!is_signed_by("heading", "text", &cut));
        assert!(sign(b"no key", "heading", "text").is_err());
    }
}
