//! THE TABLE of close codes of the WebSocket. The hundred of a code is the client's reconnect policy.
//!
//! 4000–4099 resume now (with jitter) · 4100–4199 back off · 4200–4299 a new credential, then resume ·
//! 4300–4399 terminal · 4400–4499 a mistake in the client. Codes below 4000 are those of RFC 6455.
//! A `bye` frame with the same code goes before, because browsers often see nothing but 1006.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a client does after the socket closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Connect again at once, spread by jitter, and resume.
    Resume,
    /// Connect again after a growing pause.
    BackOff,
    /// Get a new access token, then connect again.
    Reauthenticate,
    /// Do not connect again.
    Stop,
    /// Do not connect again: the client is wrong.
    Bug,
}

/// When somebody who is sent away comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pause {
    /// Not before that …
    pub after_ms: u32,
    /// … and a random time up to this later.
    pub spread_ms: u32,
}

macro_rules! close_table {
    ($($variant:ident = $code:literal, $name:literal, $verdict:ident, $sentence:literal;)+) => {
        /// Why the hub closed a socket.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum CloseReason { $( #[doc = $sentence] $variant, )+ }

        impl CloseReason {
            /// Every row of the table.
            pub const ALL: &'static [CloseReason] = &[$(CloseReason::$variant),+];
            /// The close code.
            pub const fn code(self) -> u16 { match self { $(CloseReason::$variant => $code,)+ } }
            /// Its short name.
            pub const fn name(self) -> &'static str { match self { $(CloseReason::$variant => $name,)+ } }
            /// What the client does.
            pub const fn verdict(self) -> Verdict { match self { $(CloseReason::$variant => Verdict::$verdict,)+ } }
            /// One sentence.
            pub const fn sentence(self) -> &'static str { match self { $(CloseReason::$variant => $sentence,)+ } }
        }
    };
}

close_table! {
    ProtocolError = 1002, "protocol_error", Bug, "The bytes on the socket are not RFC 6455.";
    InvalidText = 1007, "invalid_text", Bug, "A text message is not UTF-8.";
    MessageTooBig = 1009, "message_too_big", Bug, "A message is larger than the bound.";
    Draining = 4000, "draining", Resume, "This node is going down; another one, or this one in a moment, goes on.";
    Slow = 4001, "slow", Resume, "The client did not read fast enough; it resumes by position.";
    Silent = 4002, "silent", Resume, "Nothing was heard from the client for longer than the grace period.";
    Busy = 4003, "busy", Resume, "Too many come back at once; the bye says when to come again.";
    Overloaded = 4100, "overloaded", BackOff, "The node has as many sockets as it may.";
    TooFast = 4101, "too_fast", BackOff, "The client kept sending more than it may.";
    Internal = 4102, "internal", BackOff, "A mistake of ours.";
    TokenExpired = 4200, "token_expired", Reauthenticate, "The access token has expired.";
    TokenInvalid = 4201, "token_invalid", Reauthenticate, "The access token is not valid.";
    SignedOut = 4300, "signed_out", Stop, "This sign-in was ended.";
    Revoked = 4301, "revoked", Stop, "The invitation or the right behind this socket was withdrawn.";
    Replaced = 4302, "replaced", Stop, "The same tab has opened another socket.";
    UnsupportedVersion = 4303, "unsupported_version", Stop, "This version of the protocol is not served any more.";
    HelloExpected = 4400, "hello_expected", Bug, "The first frame was not a hello, or it came too late.";
    Malformed = 4401, "malformed", Bug, "Too many frames could not be read.";
}

impl CloseReason {
    /// Whether the right behind a socket is gone: whoever has it is told so, and nothing else any more.
    pub const fn is_for_good(self) -> bool {
        matches!(self, CloseReason::SignedOut | CloseReason::Revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hundred_of_a_code_is_its_verdict() {
        for it in CloseReason::ALL.iter().filter(|it| it.code() >= 4000) {
            let expected = match it.code() / 100 {
                40 => Verdict::Resume,
                41 => Verdict::BackOff,
                42 => Verdict::Reauthenticate,
                43 => Verdict::Stop,
                _ => Verdict::Bug,
            };
            assert_eq!(it.verdict(), expected, "{}", it.name());
            assert_eq!(serde_json::to_value(it).unwrap(), it.name());
        }
    }
}
