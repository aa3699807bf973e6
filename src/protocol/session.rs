//! Sign-ins, as their owner and administrators see them.

use crate::protocol::ids::{AppointmentId, PersonId, SessionId};
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $( $(#[$word_doc])* $word, )+
            /// Something else, or unknown.
            #[default]
            Other,
        }

        impl $name {
            /// By the words of a `User-Agent` header; the first row that fits.
            fn of(agent: &str) -> Self {
                [$(($text, $name::$word)),+]
                    .into_iter()
                    .find(|(text, _)| agent.contains(text))
                    .map_or($name::Other, |(_, it)| it)
            }
        }
    };
}

words! {
    /// A program that people sign in with. In the order in which they give themselves for others.
    Program {
        /// Edge.
        Edge = "Edg/",
        /// Opera.
        Opera = "OPR/",
        /// Firefox.
        Firefox = "Firefox/",
        /// Chrome, or built on Chromium.
        Chrome = "Chrome/",
        /// Safari.
        Safari = "Safari/",
    }
}

words! {
    /// What it runs on. In the order in which they give themselves for others.
    System {
        /// Android.
        Android = "Android",
        /// iPhone.
        Iphone = "iPhone",
        /// iPad.
        Ipad = "iPad",
        /// Windows.
        Windows = "Windows",
        /// macOS.
        Macos = "Macintosh",
        /// Linux.
        Linux = "Linux",
    }
}

/// What kind of client a sign-in is of: enough to know one's own, too little to follow anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ClientKind {
    /// Which program.
    pub program: Program,
    /// On what.
    pub system: System,
}

impl ClientKind {
    /// By a `User-Agent` header, which is not kept.
    #[must_use]
    pub fn of(agent: &str) -> Self {
        ClientKind { program: Program::of(agent), system: System::of(agent) }
    }
}

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionCard {
    /// Which.
    pub session_id: SessionId,
    /// Whether it is the one that asks.
    pub is_this: bool,
    /// With what.
    pub client: ClientKind,
    /// Since when.
    pub created_at: UnixMillis,
    /// When something was last done in it, to about a minute.
    pub last_used_at: UnixMillis,
    /// When it ends in any case.
    pub expires_at: UnixMillis,
    /// The one visit that it is for, when it was opened by a join link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<AppointmentId>,
}

/// `session.list`: open sign-ins of the caller; an administrator may ask for those of anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSessions {
    /// Whose; the caller's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
}

/// Answer of `session.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionCards {
    /// At most 100, newest first.
    pub sessions: Vec<SessionCard>,
}

/// `session.end`: ends a sign-in of the caller; an administrator or support may end anybody's. Its sockets and its media end at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndSession {
    /// Which.
    pub session_id: SessionId,
}

/// `session.end_others`: ends every sign-in of the caller but this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndOtherSessions {}

/// `session.end_all`: ends every sign-in of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndAllSessions {
    /// Whose.
    pub person_id: PersonId,
}

/// What was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsEnded {
    /// How many.
    pub ended: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_give_themselves_for_others_are_known_all_the_same() {
        let windows =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
        let cases = [
            (format!("{windows} Chrome/140.0 Safari/537.36"), Program::Chrome, System::Windows),
            (
                format!("{windows} Chrome/140.0 Safari/537.36 Edg/140.0"),
                Program::Edge,
                System::Windows,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"
                    .to_owned(),
                Program::Safari,
                System::Iphone,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
                Program::Firefox,
                System::Linux,
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36".to_owned(),
                Program::Chrome,
                System::Android,
            ),
            ("curl/8.0".to_owned(), Program::Other, System::Other),
            (String::new(), Program::Other, System::Other),
        ];
        for (agent, program, system) in cases {
            assert_eq!(ClientKind::of(&agent), ClientKind { program, system }, "{agent}");
        }
    }
}
