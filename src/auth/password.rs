//! Passwords: Argon2id with the parameters of the argon2 crate (19 MiB, 2 passes, 1 lane: OWASP's first choice).
//!
//! Invariant: checking costs the same whether the account exists or not, and no more than [`AT_ONCE`] run at a time.

use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::phi::Phi;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Characters of a password that is the only factor (NIST SP 800-63B-4 §3.1.1.2).
pub const MIN_CHARS: usize = 15;
/// Long enough for any phrase; bounds the work.
pub const MAX_CHARS: usize = 128;
/// Hashes at a time: each takes a core and 19 MiB.
const AT_ONCE: usize = 2;
/// Checks that may wait for their turn; more are told to come back.
const WAITING: usize = 64;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
static LINE: Semaphore = Semaphore::const_new(WAITING);
/// Compared when there is no such account, so that the answer takes as long.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password"));

/// Whether a password may be used at all.
///
/// # Errors
/// [`FaultCode::InvalidValue`] of `password`.
pub fn check_strength(password: &Phi<String>) -> Result<(), Fault> {
    let chars = password.expose().chars().count();
    if (MIN_CHARS..=MAX_CHARS).contains(&chars) {
        Ok(())
    } else {
        Err(Fault::invalid("password", "15 to 128 characters; a phrase of some words is best."))
    }
}

/// PHC string of a password.
///
/// # Errors
/// [`FaultCode::Unavailable`] when too many wait.
pub async fn hash(password: Phi<String>) -> Result<Phi<String>, Fault> {
    let hashed = in_turn(move || hash_now(password.expose())).await?;
    hashed.map(Phi::new).ok_or_else(|| FaultCode::Internal.into())
}

/// Whether the password belongs to the hash; `None` stands for an account that does not exist.
///
/// # Errors
/// [`FaultCode::Unavailable`] when too many wait.
pub async fn verify(password: Phi<String>, hash: Option<Phi<String>>) -> Result<bool, Fault> {
    in_turn(move || {
        let exists = hash.is_some();
        let text = hash.map(Phi::into_exposed).or_else(|| NOBODY.clone());
        let matches = text.as_deref().and_then(|it| PasswordHash::new(it).ok()).is_some_and(|it| {
            Argon2::default().verify_password(password.expose().as_bytes(), &it).is_ok()
        });
        exists && matches
    })
    .await
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    let _place = LINE.try_acquire().map_err(|_| FaultCode::Unavailable)?;
    let _turn = TURNS.acquire().await.map_err(|_| FaultCode::Unavailable)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| FaultCode::Internal.into())
}

fn hash_now(password: &str) -> Option<String> {
    Argon2::default().hash_password(password.as_bytes()).ok().map(|it| it.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_whole_password_counts() {
        let long = "x".repeat(72) + "y";
        let kept = hash(long.clone().into()).await.unwrap();
        assert!(kept.expose().starts_with("$argon2id$"));
        assert!(verify(long.into(), Some(kept.clone())).await.unwrap());
        assert!(!verify(("x".repeat(72) + "z").into(), Some(kept.clone())).await.unwrap());
        assert!(!verify("nobody has this password".into(), None).await.unwrap());
    }

    #[test]
    fn fifteen_characters_whatever_they_are() {
        assert!(check_strength(&"ü".repeat(15).into()).is_ok());
        assert!(check_strength(&"ü".repeat(14).into()).is_err());
        assert!(check_strength(&"ü".repeat(129).into()).is_err());
    }
}
