//! Refresh tokens follow from each other: which comes after which, and whether one that is presented was ever good.
//!
//! Invariant: only who has had a token of a session has one from which its current one follows; whoever only knows which session there is
//! can end nothing. Does not: keep tokens, or end sessions.

use crate::crypto::{Sealer, sha256};
use crate::protocol::ids::SessionId;
use crate::protocol::phi::Phi;
use crate::store::SessionRecord;

/// How far back a token is known to have been good: ten days of a page that is always open (a token every fourteen minutes). One that is older is of
/// no use either, and is taken for a stranger's.
const GENERATIONS: usize = 1_000;

/// The token that follows. When the answer is lost on its way, the same token brings the same successor again.
pub fn next(sealer: &Sealer, session: SessionId, token: &Phi<String>) -> Phi<String> {
    sealer.derive_token(&["refresh", &session.to_string(), token.expose()])
}

/// Whether it is the token of a session, or was once.
pub fn was_good(sealer: &Sealer, session: &SessionRecord, token: &Phi<String>) -> bool {
    let hash = sha256(token.expose().as_bytes());
    session.refresh_hash == hash
        || session.previous_hash.as_ref() == Some(&hash)
        || leads_to(sealer, session.session_id, token, &session.refresh_hash)
}

/// Whether the token with that hash follows from this one.
fn leads_to(sealer: &Sealer, session: SessionId, token: &Phi<String>, hash: &[u8]) -> bool {
    let mut token = token.clone();
    for _ in 0..GENERATIONS {
        token = next(sealer, session, &token);
        if sha256(token.expose().as_bytes()) == hash {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_what_was_good_once_leads_to_what_is_good_now() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let session = SessionId(Uuid::from_u128(1));
        let first: Phi<String> = "first".into();
        let mut now = first.clone();
        for _ in 0..5 {
            now = next(&sealer, session, &now);
        }
        let hash = sha256(now.expose().as_bytes());
        assert!(leads_to(&sealer, session, &first, &hash));
        assert!(!leads_to(&sealer, session, &now, &hash), "it is the one itself");
        assert!(!leads_to(&sealer, session, &"made up".into(), &hash));
        assert!(!leads_to(&sealer, SessionId(Uuid::from_u128(2)), &first, &hash));
    }
}
