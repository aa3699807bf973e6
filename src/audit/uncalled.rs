//! What no client calls: THE TABLE of what the hub does by itself, and of what somebody does at its machine by a command; and that of what is
//! refused before it is a call.
//!
//! These stand in no catalogue. Does not: record them ([`super::own`] and the node do).

use super::fhir::kinds::Kind;

/// The log was handed on to another key.
pub const ROTATE_KEY: &str = "audit.rotate_key";
/// The hub has looked at its data: how many checks were asked, and how many found something.
pub const CHECK_DATA: &str = "data.check";
/// The hub was started with other settings than the last time.
pub const CHANGE_SETTINGS: &str = "settings.change";
/// An administrator was made.
pub const CREATE_ADMIN: &str = "user.create_admin";
/// An organisation was made.
pub const ADD_ORGANISATION: &str = "organisation.add";
/// Another key seals keys from now on.
pub const ROTATE_KEK: &str = "keys.rotate";
/// Keys were sealed anew by the current one.
pub const REWRAP_KEYS: &str = "keys.rewrap";
/// Another key signs access tokens from now on.
pub const ROTATE_TOKENS: &str = "keys.rotate_tokens";
/// Profiles of before were sealed.
pub const SEAL_PROFILES: &str = "keys.seal";
/// Everything was written into a sealed file.
pub const BACK_UP: &str = "backup.make";
/// Everything was put back from one.
pub const RESTORE: &str = "backup.restore";
/// Old entries of the log were written into sealed files.
pub const ARCHIVE_AUDIT: &str = "audit.archive";
/// A conversation in which nobody wrote for as long as the settings say was destroyed.
pub const EXPIRE_CONVERSATION: &str = "conversation.expire";

/// A connection was refused: its upgrade, or its hello.
pub const OPEN_SOCKET: &str = "socket.open";
/// A connection may not go on as somebody wanted: by the token of another sign-in, or after its own has ended.
pub const CONTINUE_SOCKET: &str = "socket.continue";
/// Somebody told something of a payment, and it was not signed.
pub const TELL_OF_PAYMENT: &str = "payment.message";

/// What is refused before it is a call, and has no name of its own. They are here only where they were refused.
pub const REFUSED: [(&str, Kind); 3] =
    [(OPEN_SOCKET, Kind::SignIn), (CONTINUE_SOCKET, Kind::Act), (TELL_OF_PAYMENT, Kind::Act)];

/// Their names, and as what kind of event each is told.
pub const UNCALLED: [(&str, Kind); 13] = [
    (ROTATE_KEY, Kind::Key),
    (CHECK_DATA, Kind::Own),
    (CHANGE_SETTINGS, Kind::Own),
    (CREATE_ADMIN, Kind::Own),
    (ADD_ORGANISATION, Kind::Own),
    (ROTATE_KEK, Kind::Key),
    (REWRAP_KEYS, Kind::Key),
    (ROTATE_TOKENS, Kind::Key),
    (SEAL_PROFILES, Kind::Key),
    (BACK_UP, Kind::Own),
    (RESTORE, Kind::Own),
    (EXPIRE_CONVERSATION, Kind::Own),
    (ARCHIVE_AUDIT, Kind::Own),
];
