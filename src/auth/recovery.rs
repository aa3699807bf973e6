//! Recovery codes: a hundred and twenty random bits each, for whoever has lost their factor.
//!
//! Invariant: what is kept of a code is a hash of what only this hub derives of it and its owner; it cannot be tried without the
//! hub's key. Does not: use one up.

use crate::crypto::{Sealer, random, sha256};
use crate::protocol::ids::PersonId;
use crate::protocol::phi::Phi;

/// Letters in a group: for reading aloud.
const GROUP: usize = 4;
/// Longest text that is looked at.
const MAX_CODE_CHARS: usize = 64;
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new code.
///
/// # Errors
/// When the system has no randomness.
pub fn new_code() -> std::io::Result<Phi<String>> {
    // Five bits of each byte: 120, so that a plain hash of it will do (NIST SP 800-63B-4, 3.1.2.2: 112).
    let letters: Vec<char> = random::<24>()?
        .iter()
        .filter_map(|it| LETTERS.get(usize::from(it & 31)).copied().map(char::from))
        .collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|it| it.iter().collect()).collect();
    Ok(Phi::new(groups.join("-")))
}

/// What is kept of a code.
pub fn hash(sealer: &Sealer, person: PersonId, code: &Phi<String>) -> Vec<u8> {
    let plain: String = code
        .expose()
        .chars()
        .take(MAX_CODE_CHARS)
        .filter(char::is_ascii_alphanumeric)
        .map(|it| it.to_ascii_uppercase())
        .collect();
    let derived = sealer.derive_token(&["recovery code", &person.to_string(), &plain]);
    sha256(derived.expose().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_code_is_its_owners_however_it_is_typed() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let (ana, bo) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let code = new_code().unwrap();
        assert_eq!(code.expose().len(), 29, "six groups of four");
        let typed = Phi::new(code.expose().to_lowercase().replace('-', " "));
        assert_eq!(hash(&sealer, ana, &code), hash(&sealer, ana, &typed));
        assert_ne!(hash(&sealer, ana, &code), hash(&sealer, bo, &code));
        let other = Sealer::new(&[8; 32]).unwrap();
        assert_ne!(hash(&sealer, ana, &code), hash(&other, ana, &code), "under the hub's key");
        assert_ne!(new_code().unwrap(), code);
    }
}
