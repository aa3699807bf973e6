//! Calendar entries (RFC 5545, and RFC 5546 for invitations): made, changed and cancelled by mail, or downloaded.
//!
//! Owns: the one form of an entry. Invariants: an appointment has one `UID` for good, and its version is the `SEQUENCE`,
//! so a calendar that gets entries out of order keeps the newest. All times are UTC: the calendar shows them in its own
//! zone, and no time zone definition of ours can be wrong. Title and place name no person and no specialty, because
//! calendars are shared and shown on locked screens.
//! Does not: set alarms; reminders are sent when they are still true.

use super::when;
use crate::protocol::ids::AppointmentId;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use icalendar::{Calendar, Component as _, Event, Property};

/// Octets of a content line without its line break (RFC 5545 §3.1).
const MAX_LINE: usize = 75;
/// Shown in calendars.
const TITLE: &str = "Video appointment";

/// What an entry is made of.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Which appointment.
    pub appointment_id: AppointmentId,
    /// Its version.
    pub version: u32,
    /// Begin.
    pub starts_at: UnixMillis,
    /// End.
    pub ends_at: UnixMillis,
    /// Whether it was cancelled.
    pub is_cancelled: bool,
    /// When the entry is made.
    pub made_at: UnixMillis,
    /// What browsers call the hub.
    pub public_url: &'a str,
    /// Mail address of the hub.
    pub organizer: &'a str,
}

/// An entry for somebody's calendar, to be sent to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// As in the `method` parameter of its content type, which must be the same as in its text (RFC 6047 §2.4).
    pub method: &'static str,
    /// The entry. It names the address of who is invited.
    pub text: Phi<String>,
}

/// An invitation (or its change) for `attendee`, or its cancellation.
pub fn invitation(entry: Entry<'_>, attendee: &Phi<String>) -> Invitation {
    let method = if entry.is_cancelled { "CANCEL" } else { "REQUEST" };
    let mut event = event(entry);
    let mut invited = Property::new("ATTENDEE", format!("mailto:{}", attendee.expose()));
    invited.add_parameter("CUTYPE", "INDIVIDUAL");
    invited.add_parameter("ROLE", "REQ-PARTICIPANT");
    invited.add_parameter("PARTSTAT", "NEEDS-ACTION");
    // Nobody reads answers; whoever cannot come cancels in the portal.
    invited.add_parameter("RSVP", "FALSE");
    event.append_multi_property(invited.done());
    Invitation { method, text: Phi::new(written(method, event)) }
}

/// An entry to download, for "add to calendar".
pub fn download(entry: Entry<'_>) -> String {
    written("PUBLISH", event(entry))
}

/// Where an appointment is on the web.
pub fn link(public_url: &str, appointment: AppointmentId) -> String {
    format!("{public_url}/visit/{appointment}")
}

/// The host of a URL, without port.
pub fn host_of(public_url: &str) -> &str {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    }
}

fn event(entry: Entry<'_>) -> Event {
    let link = link(entry.public_url, entry.appointment_id);
    let status = if entry.is_cancelled { "CANCELLED" } else { "CONFIRMED" };
    let mut event = Event::new();
    event
        .add_property("UID", format!("{}@{}", entry.appointment_id, host_of(entry.public_url)))
        .add_property("SEQUENCE", entry.version.to_string())
        .add_property("DTSTAMP", when::for_calendars(entry.made_at))
        .add_property("DTSTART", when::for_calendars(entry.starts_at))
        .add_property("DTEND", when::for_calendars(entry.ends_at))
        .add_property("SUMMARY", TITLE)
        .add_property("LOCATION", &link)
        .add_property("URL", &link)
        .add_property("STATUS", status)
        .add_property("CLASS", "PRIVATE")
        .add_property("ORGANIZER", format!("mailto:{}", entry.organizer));
    event.done()
}

fn written(method: &'static str, event: Event) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//Bedside//Appointments//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", method),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    calendar.push(event);
    folded(&calendar.to_string())
}

/// Folds content lines anew: the crate counts the octets of the last line of a folded one without its leading blank.
fn folded(text: &str) -> String {
    let unfolded = text.replace("\r\n ", "");
    let mut out = String::with_capacity(text.len().saturating_add(16));
    for line in unfolded.split_terminator("\r\n") {
        let mut octets = 0_usize;
        for letter in line.chars() {
            if octets.saturating_add(letter.len_utf8()) > MAX_LINE {
                out.push_str("\r\n ");
                octets = 1;
            }
            out.push(letter);
            octets = octets.saturating_add(letter.len_utf8());
        }
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("http://localhost:8080", "localhost")]
    #[case("https://clinic.example", "clinic.example")]
    #[case("https://clinic.example/hub", "clinic.example")]
    #[case("https://[::1]:8443", "[::1]")]
    #[case("http://[::1]", "[::1]")]
    fn a_host_is_found(#[case] url: &str, #[case] host: &str) {
        assert_eq!(host_of(url), host);
    }

    #[test]
    fn lines_are_folded_by_octets_and_between_letters() {
        for length in 70..240 {
            let line = format!("X-A:{}", "é".repeat(length));
            let text = folded(&format!("{line}\r\nB:c\r\n"));
            assert!(text.split("\r\n").all(|it| it.len() <= MAX_LINE), "{length}");
            assert_eq!(text.replace("\r\n ", ""), format!("{line}\r\nB:c\r\n"));
        }
        assert_eq!(folded("A:b\r\n"), "A:b\r\n");
    }
}
