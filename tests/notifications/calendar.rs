//! Calendar files as RFC 5545 and RFC 5546 want them.

use crate::ics::{File, read};
use bedside::notifications::calendar::{Entry, download, invitation};
use bedside::protocol::ids::AppointmentId;
use bedside::protocol::time::UnixMillis;
use uuid::Uuid;

fn entry() -> Entry<'static> {
    Entry {
        appointment_id: AppointmentId(Uuid::from_u128(9)),
        version: 3,
        starts_at: UnixMillis(1_795_525_200_000),
        ends_at: UnixMillis(1_795_527_000_000),
        is_cancelled: false,
        made_at: UnixMillis(1_795_000_000_000),
        public_url: "https://clinic.example:8443",
        organizer: "no-reply@clinic.example",
    }
}

fn sent(entry: Entry<'_>, to: &str) -> File {
    let invitation = invitation(entry, &to.into());
    let file = read(invitation.text.expose());
    assert_eq!(file.method, invitation.method, "RFC 6047 §2.4");
    file
}

#[test]
fn an_invitation_says_when_where_and_for_whom() {
    let file = sent(entry(), "pat@clinic.example");
    assert_eq!(file.method, "REQUEST");
    assert_eq!(file.value("UID"), "00000000-0000-0000-0000-000000000009@clinic.example");
    assert_eq!(file.value("DTSTART"), "20261124T130000Z");
    assert_eq!(file.value("DTEND"), "20261124T133000Z");
    assert_eq!(file.value("DTSTAMP"), "20261118T110640Z");
    assert_eq!(file.sequence(), 3);
    assert_eq!(file.value("SUMMARY"), "Video appointment");
    assert_eq!(file.value("LOCATION"), file.value("URL"));
    let link = "https://clinic.example:8443/visit/00000000-0000-0000-0000-000000000009";
    assert_eq!(file.value("URL"), link);
    assert_eq!(file.value("ORGANIZER"), "mailto:no-reply@clinic.example");
    assert_eq!(file.value("ATTENDEE"), "mailto:pat@clinic.example");
    let params = &file.event["ATTENDEE"].params;
    assert_eq!(params["ROLE"], "REQ-PARTICIPANT");
    assert_eq!(params["RSVP"], "FALSE");
}

#[test]
fn a_cancellation_has_the_same_uid_and_a_higher_sequence() {
    let before = sent(entry(), "pat@clinic.example");
    let after = Entry { version: 4, is_cancelled: true, ..entry() };
    let after = sent(after, "pat@clinic.example");
    assert_eq!(after.method, "CANCEL");
    assert_eq!(after.value("UID"), before.value("UID"));
    assert!(after.sequence() > before.sequence());
}

#[test]
fn a_download_invites_nobody() {
    let file = read(&download(entry()));
    assert_eq!(file.method, "PUBLISH");
    assert_eq!(file.value("UID"), sent(entry(), "pat@clinic.example").value("UID"));
    let cancelled = read(&download(Entry { is_cancelled: true, ..entry() }));
    assert_eq!(cancelled.value("STATUS"), "CANCELLED");
}

#[test]
fn lines_of_any_length_are_folded_and_commas_escaped() {
    for length in 1..160 {
        let url = format!("https://clinic.example/{},;", "a".repeat(length));
        let file = sent(Entry { public_url: &url, ..entry() }, "pat@clinic.example");
        assert!(file.value("LOCATION").starts_with(&url), "{}", file.value("LOCATION"));
        let to = format!("{}@clinic.example", "p".repeat(length));
        assert_eq!(sent(entry(), &to).value("ATTENDEE"), format!("mailto:{to}"));
    }
}
