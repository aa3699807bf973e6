//! WHO SOMEBODY IS: passwords, second factors, access tokens, sessions.
//!
//! Owns: Argon2id, codes of apps, passkeys, recovery codes, challenges, the EdDSA access token of 15 minutes and its JWKS, and the
//! question whether a session still holds.
//! Invariant: a token is good only while its session is; an ended session is refused within [`RECHECK`].
//! Does not: decide what a caller may do (`domain::policy`).

pub mod challenge;
pub mod device;
pub mod federated;
pub mod lineage;
pub mod passkey;
pub mod password;
pub mod recovery;
pub mod sessions;
pub mod tokens;
pub mod totp;

use std::time::Duration;

/// Life of an access token: how long one that was stolen is of use where no session is asked for.
pub const ACCESS_FOR: Duration = Duration::from_secs(15 * 60);
/// Life of a sign-in, used or not (NIST SP 800-63B-4 AAL2: at most 24 h overall).
pub const SESSION_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the refresh token before the current one is good: two tabs at once, or an answer that was lost.
pub const REFRESH_GRACE: Duration = Duration::from_secs(3 * 60);
/// How long this node believes that a session holds without asking the store again: what ends on one node ends on every other
/// within this.
pub const RECHECK: Duration = Duration::from_secs(2);
/// How long after the end of an appointment its links are good.
pub const LINK_AFTER_END: Duration = Duration::from_secs(2 * 60 * 60);
