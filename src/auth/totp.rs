//! Codes of authenticator apps (RFC 6238): six digits of HMAC-SHA-1, thirty seconds, one step to either side.
//!
//! Invariant: a code is only ever told together with its step, so that whoever takes it can use that step up.
//! Does not: keep a secret; sealing and using up is the caller's.

use crate::crypto::random;
use crate::protocol::phi::Phi;
use totp_rs::{Builder, Secret, Totp};

/// Bytes of a secret: as many as SHA-1 has (RFC 4226 R6).
const SECRET_BYTES: usize = 20;
/// Longest text that is looked at.
const MAX_CODE_CHARS: usize = 16;
const DIGITS: usize = 6;

/// A new secret.
///
/// # Errors
/// When the system has no randomness.
pub fn new_secret() -> std::io::Result<Phi<Vec<u8>>> {
    Ok(Phi::new(random::<SECRET_BYTES>()?.to_vec()))
}

/// The secret as it is typed, and as it is shown to a camera.
pub fn told(
    secret: &Phi<Vec<u8>>,
    clinic: &str,
    account: &Phi<String>,
) -> Option<(Phi<String>, Phi<String>)> {
    // A colon divides the two in the address, and is not taken within either.
    let plain = |it: &str| it.replace(':', " ");
    let totp = Builder::new()
        .with_secret(secret.expose().clone())
        .with_account_name(plain(account.expose()))
        .with_issuer(Some(plain(clinic)))
        .build()
        .ok()?;
    let base32 = Secret::from(secret.expose().clone()).to_base32();
    Some((Phi::new(base32), Phi::new(totp.to_url().ok()?)))
}

/// The step whose code this is, now or just before or after.
pub fn step_of(secret: &Phi<Vec<u8>>, code: &str, now_s: u64) -> Option<i64> {
    if code.len() > MAX_CODE_CHARS {
        return None;
    }
    let digits: String = code.chars().filter(|it| !it.is_whitespace()).collect();
    if digits.len() != DIGITS || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    i64::try_from(app(secret)?.check(&digits, now_s)?).ok()
}

fn app(secret: &Phi<Vec<u8>>) -> Option<Totp> {
    Builder::new().with_secret(secret.expose().clone()).build().ok()
}

/// The code that an app shows: for tests and benchmarks.
pub fn code_at(secret: &Phi<Vec<u8>>, now_s: u64) -> Option<String> {
    Some(app(secret)?.generate(now_s).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn secret() -> Phi<Vec<u8>> {
        Phi::new(b"12345678901234567890".to_vec())
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // Eight digits there; six are their last.
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(step_of(&secret(), code, at), Some(at as i64 / 30), "{at}");
            assert_eq!(code_at(&secret(), at).as_deref(), Some(code), "{at}");
        }
    }

    #[test]
    fn a_step_to_either_side_is_good_and_no_more() {
        let at = 1_111_111_111;
        let step = at as i64 / 30;
        for (offset, expected) in
            [(-60, None), (-30, Some(step)), (0, Some(step)), (30, Some(step)), (60, None)]
        {
            let seen_at = u64::try_from(at as i64 + offset).unwrap();
            assert_eq!(step_of(&secret(), "050471", seen_at), expected, "{offset}");
        }
        assert_eq!(step_of(&secret(), "050 471", at), Some(step), "as some apps show it");
        for bad in ["", "05047", "0504711", "05047a", "٠٥٠٤٧١", "050471\u{0}", "000000"] {
            assert_eq!(step_of(&secret(), bad, at), None, "{bad}");
        }
    }

    #[test]
    fn an_app_is_told_whose_it_is() {
        let account = Phi::from("ana@clinic.invalid");
        let (typed, shown) = told(&secret(), "Clinic: One", &account).unwrap();
        assert_eq!(typed.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let shown = shown.expose();
        assert!(shown.starts_with("otpauth://totp/") && shown.contains(typed.expose()), "{shown}");
        assert!(shown.contains("ana%40clinic.invalid"), "{shown}");
        assert_ne!(new_secret().unwrap(), new_secret().unwrap());
    }
}
