//! Links that set a password: their tokens, and the mails that carry them.
//!
//! Owns: how a token follows from the id of its link, and the words around it. Invariants: a token is made when a mail is worded or a
//! link is kept, and kept nowhere: whoever has the database and not the node's keys can make none. It stands in the fragment of
//! an address, which no browser sends. Nobody but the receiver of the mail is shown it.
//! Does not: say whether a link is good (the store does).

use crate::crypto::{Sealer, sha256};
use crate::domain::identity::{INVITED_FOR, LinkKind, RESET_FOR};
use crate::protocol::ids::NoticeId;
use crate::protocol::phi::Phi;

/// The token of a link.
pub fn token(sealer: &Sealer, link: NoticeId) -> Phi<String> {
    sealer.derive_token(&["password link", &link.to_string()])
}

/// As it is kept.
pub fn hash(token: &Phi<String>) -> Vec<u8> {
    sha256(token.expose().as_bytes()).to_vec()
}

/// The address that a mail carries.
pub(super) fn url(
    public_url: &str,
    sealer: &Sealer,
    kind: LinkKind,
    link: NoticeId,
) -> Phi<String> {
    let page = match kind {
        LinkKind::Reset => "reset",
        LinkKind::Invitation => "welcome",
    };
    Phi::new(format!("{public_url}/{page}#{}", token(sealer, link).expose()))
}

/// What a mail says around its link.
pub(super) fn words(kind: LinkKind, url: &Phi<String>) -> String {
    let url = url.expose();
    match kind {
        LinkKind::Reset => {
            let minutes = RESET_FOR.as_secs() / 60;
            format!(
                "Somebody has asked for a new password of your account here. If it was you, choose one within {minutes} minutes:\n\n\
                 {url}\n\n\
                 The link is good once, and only the newest one is. A second step or a passkey stays as it is.\n\n\
                 If it was not you, there is nothing to do: your password is what it was."
            )
        }
        LinkKind::Invitation => {
            let days = INVITED_FOR.as_secs() / 86_400;
            format!(
                "An account was made for you here. Choose a password within {days} days, and sign in with it and this e-mail address:\n\n\
                 {url}\n\n\
                 The link is good once, and only the newest one is. After that ask whoever invited you for another."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_token_is_of_its_link_and_of_these_keys() {
        let (here, elsewhere) = (Sealer::new(&[7; 32]).unwrap(), Sealer::new(&[8; 32]).unwrap());
        let [one, other] = [1, 2].map(|it| NoticeId(Uuid::from_u128(it)));
        assert_eq!(token(&here, one), token(&here, one), "a mail that is sent twice says the same");
        assert_ne!(token(&here, one), token(&here, other));
        assert_ne!(token(&here, one), token(&elsewhere, one), "an id alone is no token");
        let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_".contains(it);
        assert!(token(&here, one).expose().chars().all(is_plain), "it needs no escaping");
        assert_eq!(token(&here, one).expose().len(), 43, "256 bits");
    }

    #[test]
    fn the_token_stands_in_the_fragment() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let id = NoticeId(Uuid::from_u128(1));
        let token = token(&sealer, id);
        for (kind, page) in [(LinkKind::Reset, "reset"), (LinkKind::Invitation, "welcome")] {
            let url = url("https://clinic.example", &sealer, kind, id);
            let expected = format!("https://clinic.example/{page}#{}", token.expose());
            assert_eq!(url.expose(), &expected);
            assert!(words(kind, &url).contains(&expected));
        }
    }
}
