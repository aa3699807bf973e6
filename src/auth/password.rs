//! Passwords: Argon2id with the parameters of the argon2 crate (19 MiB, 2 passes, 1 lane: OWASP's first choice), over the NFKC of
//! what was typed, so that two keyboards write the same. Rules are those of NIST SP 800-63B-4: length, and nothing that is
//! guessed first (zxcvbn's lists of common passwords, words and names, and what the clinic and its owner are called).
//!
//! Invariant: checking costs the same whether the account exists or not, and no more than [`AT_ONCE`] run at a time.

use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::phi::Phi;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::LazyLock;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::Score;
use zxcvbn::matching::Match;
use zxcvbn::matching::patterns::MatchPattern;

/// Characters of a password that is the only factor (NIST SP 800-63B-4 §3.1.1.2).
pub const MIN_CHARS: usize = 15;
/// Characters of a password beside which there is a second factor.
pub const MIN_CHARS_WITH_FACTOR: usize = 8;
/// Long enough for any phrase; bounds the work.
pub const MAX_CHARS: usize = 256;
/// What is typed for so many: letters with their marks apart are longer than what they are made to.
const MAX_BYTES: usize = 16 * MAX_CHARS;
/// Hashes at a time: each takes a core and 19 MiB.
const AT_ONCE: usize = 2;
/// Checks that may wait for their turn; more are told to come back.
const WAITING: usize = 64;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
static LINE: Semaphore = Semaphore::const_new(WAITING);
/// Compared when there is no such account, so that the answer takes as long.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password"));

/// Whether a password may be used by an account about which one knows these words; true when it is too short to be the only
/// factor.
///
/// # Errors
/// [`FaultCode::InvalidValue`] of `password`, or [`FaultCode::Unavailable`] when too many wait.
pub async fn check_strength(
    password: &Phi<String>,
    about: &[Phi<String>],
    has_factor: bool,
) -> Result<bool, Fault> {
    let least = if has_factor { MIN_CHARS_WITH_FACTOR } else { MIN_CHARS };
    let password = bounded(password.expose()).map(Phi::new);
    let long = password.filter(|it| it.expose().chars().count() >= least);
    let Some(password) = long else {
        let why = match has_factor {
            true => "8 to 256 characters; a phrase of some words is best.",
            false => "15 to 256 characters; a phrase of some words is best.",
        };
        return Err(Fault::invalid("password", why));
    };
    let chars = password.expose().chars().count();
    let about: Vec<_> = about.iter().flat_map(|it| words(it.expose())).map(Phi::new).collect();
    if in_turn(move || is_guessed_first(password.expose(), &about)).await? {
        return Err(Fault::invalid("password", "Too easily guessed: too common, or about you."));
    }
    Ok(chars < MIN_CHARS)
}

/// Two ways to write the same letters are one.
fn normal(password: &str) -> String {
    password.nfkc().collect()
}

/// What it is made to, unless it is longer than any that is taken. What is asked of a new password is asked of one that is
/// checked in the same words: whatever was taken opens.
fn bounded(password: &str) -> Option<String> {
    let normal = Some(password).filter(|it| it.len() <= MAX_BYTES).map(normal)?;
    (normal.chars().count() <= MAX_CHARS).then_some(normal)
}

/// What a text about somebody is made of, and it as a whole.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|it: char| !it.is_alphanumeric()).filter(|it| it.chars().count() > 2);
    parts.chain([text]).map(str::to_lowercase).collect()
}

/// Whether it is among the first million that a guesser would try, by words, names, dates and keyboards. A sign that is
/// repeated and is no word is long, and nothing else is asked of it.
fn is_guessed_first(password: &str, about: &[Phi<String>]) -> bool {
    let about: Vec<&str> = about.iter().map(|it| it.expose().as_str()).collect();
    let guess = zxcvbn::zxcvbn(password, &about);
    let is_plain = |it: &Match| match &it.pattern {
        MatchPattern::BruteForce => true,
        MatchPattern::Repeat(it) => {
            it.base_matches.iter().all(|it| matches!(it.pattern, MatchPattern::BruteForce))
        }
        _ => false,
    };
    guess.score() < Score::Two && !guess.sequence().iter().all(is_plain)
}

/// PHC string of a password.
///
/// # Errors
/// [`FaultCode::Unavailable`] when too many wait.
pub async fn hash(password: Phi<String>) -> Result<Phi<String>, Fault> {
    let hashed = in_turn(move || hash_now(&normal(password.expose()))).await?;
    hashed.map(Phi::new).ok_or_else(|| FaultCode::Internal.into())
}

/// Whether the password belongs to the hash; `None` stands for an account that does not exist.
///
/// # Errors
/// [`FaultCode::Unavailable`] when too many wait.
pub async fn verify(password: Phi<String>, hash: Option<Phi<String>>) -> Result<bool, Fault> {
    in_turn(move || {
        let run = |password: &str, hash: &PasswordHash| {
            Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
        };
        verify_now(password.expose(), hash.as_ref().map(Phi::expose), run)
    })
    .await
}

/// The work depends on what was typed, and not on whose account it is: where there is none, where it has no password and where what is
/// kept is damaged, the password of nobody is compared, as often as one that is there is.
fn verify_now(
    typed: &str,
    kept: Option<&String>,
    mut run: impl FnMut(&str, &PasswordHash) -> bool,
) -> bool {
    let Some(normal) = bounded(typed) else { return false };
    let is_argon = |it: &PasswordHash| it.algorithm.as_str().starts_with("argon2");
    let own = kept.and_then(|it| PasswordHash::new(it).ok()).filter(is_argon);
    let exists = own.is_some();
    let nobody = NOBODY.as_deref().and_then(|it| PasswordHash::new(it).ok());
    // What was hashed before it was made normal counts as it was typed.
    let forms = [Some(&*normal), (normal != typed).then_some(typed)];
    let is_it = |it: &PasswordHash| {
        // All of them, whatever the first says.
        forms.into_iter().flatten().filter(|form| run(form, it)).count() > 0
    };
    own.or(nobody).as_ref().is_some_and(is_it) && exists
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

    /// R-AUTH-3: who tries learns nothing from the time that it takes.
    #[test]
    fn the_same_work_is_done_whatever_account_it_is() {
        let kept = hash_now("a fictional passphrase").unwrap();
        let accounts = [
            ("nobody's", None),
            ("another password", Some(kept.clone())),
            ("without a password", Some(String::new())),
            ("by a provider", Some("none".to_owned())),
            ("damaged", Some(kept.replace("$argon2id$", "$argon3$"))),
        ];
        for (typed, runs) in [("not the passphrase", 1), ("not the \u{FB01}rst", 2), ("", 1)] {
            for (name, kept) in &accounts {
                let mut hashes = vec![];
                let found = verify_now(typed, kept.as_ref(), |_, hash| {
                    hashes.push(hash.params.to_string());
                    Argon2::default().verify_password(typed.as_bytes(), hash).is_ok()
                });
                let nobody = PasswordHash::new(NOBODY.as_ref().unwrap()).unwrap();
                let params = nobody.params.to_string();
                assert_eq!((found, hashes), (false, vec![params; runs]), "{name}: {typed}");
            }
        }
        // Nor does a password that is right take longer or shorter.
        for typed in ["a fictional passphrase", "a \u{FB01}ctional passphrase"] {
            let mut runs = 0;
            let is_it = |form: &str, hash: &PasswordHash| {
                runs += 1;
                Argon2::default().verify_password(form.as_bytes(), hash).is_ok()
            };
            assert!(verify_now(typed, Some(&kept), is_it));
            assert_eq!(runs, if typed.is_ascii() { 1 } else { 2 });
        }
        // What is longer than any that is taken is looked at for nobody.
        for (_, kept) in &accounts {
            assert!(!verify_now(&"x".repeat(300), kept.as_ref(), |_, _| panic!("no work")));
        }
    }

    #[tokio::test]
    async fn the_whole_password_counts() {
        let long = "x".repeat(72) + "y";
        let kept = hash(long.clone().into()).await.unwrap();
        assert!(kept.expose().starts_with("$argon2id$"));
        assert!(verify(long.into(), Some(kept.clone())).await.unwrap());
        assert!(!verify(("x".repeat(72) + "z").into(), Some(kept.clone())).await.unwrap());
        assert!(!verify("nobody has this password".into(), None).await.unwrap());
    }

    async fn told(password: &str, about: &[&str], has_factor: bool) -> Result<bool, Fault> {
        let about: Vec<_> = about.iter().map(|it| Phi::from(*it)).collect();
        check_strength(&password.into(), &about, has_factor).await
    }

    #[tokio::test]
    async fn fifteen_characters_whatever_they_are() {
        for good in [
            "ü".repeat(15),
            "ü".repeat(64),
            "ü".repeat(256),
            "  leading blanks".to_owned(),
            "🦀🦀🐙🐙🦑🦑🐚🐚🐠🐠🐡🐡🦈🦈🐬".to_owned(),
            "correct horse battery staple".to_owned(),
        ] {
            assert_eq!(told(&good, &[], false).await, Ok(false), "{good}");
        }
        for bad in ["ü".repeat(14), "ü".repeat(257), "only 14 chars.".to_owned(), String::new()] {
            assert!(told(&bad, &[], false).await.is_err(), "{bad}");
        }
        // Fifteen as they are written, fewer as they are: a ligature is three letters, and a letter with its mark is one.
        assert!(told(&"u\u{308}".repeat(14), &[], false).await.is_err());
        assert_eq!(told("su\u{fb03}x of o\u{fb03}ce", &[], false).await, Ok(false));
    }

    #[tokio::test]
    async fn eight_with_a_second_factor() {
        assert_eq!(told("vKx7 pQz", &[], true).await, Ok(true), "too short alone");
        assert!(told("vKx7 pQ", &[], true).await.is_err());
        assert!(told("vKx7 pQz", &[], false).await.is_err());
    }

    #[tokio::test]
    async fn what_is_guessed_first_is_refused() {
        for bad in
            ["password", "passw0rd", "Password1", "12345678", "qwertyuiop", "iloveyou", "11111111"]
        {
            let fault = told(bad, &[], true).await.unwrap_err();
            assert_eq!(fault.field.as_deref(), Some("password"), "{bad}");
            assert!(!fault.message.contains(bad));
        }
        for bad in ["passwordpassword", "123456789012345", "qwertyuiopasdfgh"] {
            assert!(told(bad, &[], false).await.is_err(), "{bad}");
        }
        let about = ["Lakeside Clinic", "zbigniew.fictional@clinic.invalid", "Zbigniew Fictional"];
        for bad in ["zbigniewfictional", "Lakeside Clinic1", "zbigniew.fictional@clinic.invalid"] {
            assert!(told(bad, &about, false).await.is_err(), "{bad}");
            assert!(told("a fictional passphrase", &about, false).await.is_ok());
        }
    }

    #[tokio::test]
    async fn two_ways_to_write_it_are_one() {
        let kept = hash("fu\u{308}nfzehn Zeichen".into()).await.unwrap();
        assert!(verify("f\u{fc}nfzehn Zeichen".into(), Some(kept.clone())).await.unwrap());
        assert!(!verify("funfzehn Zeichen".into(), Some(kept)).await.unwrap());
        let as_typed = hash_now("fu\u{308}nfzehn Zeichen").map(Phi::new);
        assert!(verify("fu\u{308}nfzehn Zeichen".into(), as_typed).await.unwrap(), "hashed before");
        // Twice as long as it is typed, and taken.
        let apart = "u\u{308}".repeat(256);
        assert_eq!(told(&apart, &[], false).await, Ok(false));
        let kept = hash(apart.clone().into()).await.unwrap();
        assert!(verify(apart.into(), Some(kept.clone())).await.unwrap());
        assert!(verify("\u{fc}".repeat(256).into(), Some(kept)).await.unwrap());
        assert!(told(&"\u{34f}".repeat(MAX_BYTES), &[], false).await.is_err());
        let kept = hash("x".repeat(256).into()).await.unwrap();
        assert!(!verify("x".repeat(257).into(), Some(kept)).await.unwrap());
    }
}
