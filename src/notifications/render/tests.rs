//! What is sent, what is not, and what stands in it.

use super::*;
use crate::domain::visit::{Facts, Member};
use crate::protocol::ids::{AppointmentId, NoticeId, OrganisationId, ParticipantId};
use crate::store::people::{Standing, SuspendedRecord};
use rstest::rstest;
use std::time::Duration;
use uuid::Uuid;

const BEGIN: UnixMillis = UnixMillis(1_795_525_200_000);
const HOUR: Duration = Duration::from_secs(3_600);
const PATIENT: PersonId = PersonId(Uuid::from_u128(1));
const CLINICIAN: PersonId = PersonId(Uuid::from_u128(2));
const APPOINTMENT: AppointmentId = AppointmentId(Uuid::from_u128(9));

fn site() -> Site {
    Site {
        public_url: "https://clinic.example".to_owned(),
        address: "no-reply@clinic.example".to_owned(),
    }
}

fn member(person: PersonId, role: Role, name: &str) -> (ParticipantId, Member) {
    let participant_id = ParticipantId(person.0);
    let member = Member {
        participant_id,
        person_id: Some(person),
        role,
        display_name: name.into(),
        is_admitted: false,
        is_present: false,
        waiting_since: None,
        is_revoked: false,
        device_check: None,
        invited_by: None,
    };
    (participant_id, member)
}

fn now() -> Now {
    let visit = Visit {
        facts: Facts {
            appointment_id: APPOINTMENT,
            organisation_id: OrganisationId::FIRST,
            clinician_id: CLINICIAN,
            patient_id: PATIENT,
            starts_at: BEGIN,
            ends_at: BEGIN.plus(HOUR / 2),
            time_zone: "Europe/Berlin".to_owned(),
            patient_may_invite: true,
            booking: crate::domain::visit::Booking::default(),
        },
        closed: None,
        is_in_call: false,
        call_started_at: None,
        members: [
            member(PATIENT, Role::Patient, "Pat Example"),
            member(CLINICIAN, Role::Clinician, "Dr. Bo Sample"),
        ]
        .into(),
        revision: 0,
    };
    Now {
        appointment: Some((visit, 3)),
        person: Some(PersonRecord {
            person_id: PATIENT,
            organisation_id: OrganisationId::FIRST,
            display_name: "Pat Example".into(),
            email: "pat@clinic.example".into(),
            password_hash: "none".into(),
            role: Role::Patient,
            time_zone: "America/Lima".to_owned(),
            created_at: UnixMillis(0),
            standing: Standing::default(),
        }),
        phone: Some("+4915100000000".into()),
        preferences: Preferences { email: true, sms: true, reminders: true },
        has_waiting: true,
        link: None,
    }
}

fn notice(kind: NoticeKind, channel: Channel) -> NewNotice {
    NewNotice {
        notice_id: NoticeId(Uuid::from_u128(7)),
        person_id: PATIENT,
        kind,
        channel,
        appointment_id: Some(APPOINTMENT),
        version: 3,
        due_at: BEGIN.minus(HOUR),
        useless_at: kind.is_reminder().then_some(BEGIN),
    }
}

fn rendered(notice: &NewNotice, is: &Now) -> Rendered {
    render(notice, is, BEGIN.minus(HOUR), &site())
}

fn sent(notice: &NewNotice, is: &Now) -> Message {
    match rendered(notice, is) {
        Rendered::Send(message) => *message,
        other => panic!("not sent: {other:?}"),
    }
}

#[test]
fn what_is_about_another_version_is_overtaken() {
    for kind in NoticeKind::ALL {
        for version in [2, 4] {
            let notice = NewNotice { version, ..notice(kind, Channel::Email) };
            assert_eq!(rendered(&notice, &now()), Rendered::Skip(OVERTAKEN), "{kind:?}");
        }
    }
}

#[test]
fn a_closed_appointment_is_told_as_cancelled_or_not_at_all() {
    for closed in [Closed::Cancelled, Closed::Ended, Closed::NoShow] {
        let mut is = now();
        is.appointment.as_mut().unwrap().0.closed = Some(closed);
        for kind in NoticeKind::ALL {
            let is_skipped =
                rendered(&notice(kind, Channel::Email), &is) == Rendered::Skip(OVERTAKEN);
            let may_be_told = kind == NoticeKind::Cancelled && closed == Closed::Cancelled;
            assert_eq!(is_skipped, !may_be_told, "{kind:?} {closed:?}");
        }
    }
    let cancelled = notice(NoticeKind::Cancelled, Channel::Email);
    assert_eq!(rendered(&cancelled, &now()), Rendered::Skip(OVERTAKEN), "it takes place");
    let gone = Now { appointment: None, ..now() };
    let booked = notice(NoticeKind::Booked, Channel::Email);
    assert_eq!(rendered(&booked, &gone), Rendered::Skip(OVERTAKEN));
}

#[test]
fn a_reminder_is_useless_from_the_begin_on() {
    let reminder = notice(NoticeKind::HourBefore, Channel::Email);
    let at = |at| render(&reminder, &now(), at, &site());
    assert!(matches!(at(BEGIN.minus(Duration::from_millis(1))), Rendered::Send(_)));
    assert_eq!(at(BEGIN), Rendered::Skip(TOO_LATE));
    let booked = notice(NoticeKind::Booked, Channel::Email);
    assert!(matches!(render(&booked, &now(), BEGIN.plus(HOUR), &site()), Rendered::Send(_)));
}

#[rstest]
#[case(Channel::Email, NoticeKind::Booked, Preferences { email: false, sms: true, reminders: true })]
#[case(Channel::Sms, NoticeKind::Booked, Preferences { email: true, sms: false, reminders: true })]
#[case(Channel::Email, NoticeKind::DayBefore, Preferences { email: true, sms: true, reminders: false })]
#[case(Channel::Inbox, NoticeKind::HourBefore, Preferences { email: true, sms: true, reminders: false })]
fn nobody_is_told_what_they_do_not_want(
    #[case] channel: Channel,
    #[case] kind: NoticeKind,
    #[case] preferences: Preferences,
) {
    let notice = notice(kind, channel);
    let unwanted = Now { preferences, ..now() };
    assert_eq!(rendered(&notice, &unwanted), Rendered::Skip(UNWANTED));
    assert!(!matches!(rendered(&notice, &now()), Rendered::Skip(_)));
}

#[test]
fn a_change_is_always_told_in_the_portal() {
    let nothing = Preferences { email: false, sms: false, reminders: false };
    let is = Now { preferences: nothing, ..now() };
    let told = rendered(&notice(NoticeKind::Moved, Channel::Inbox), &is);
    assert!(matches!(told, Rendered::Keep(_)), "{told:?}");
}

#[rstest]
#[case(NoticeKind::RecordOpened)]
#[case(NoticeKind::ReviewDue)]
#[case(NoticeKind::PasswordChanged)]
fn nobody_mutes_the_alerts_of_an_emergency(#[case] kind: NoticeKind) {
    let nothing = Preferences { email: false, sms: false, reminders: false };
    let is = Now { preferences: nothing, ..now() };
    let by = |channel| NewNotice { appointment_id: None, ..notice(kind, channel) };
    let told = rendered(&by(Channel::Email), &is);
    assert!(matches!(told, Rendered::Send(_)), "{told:?}");
    assert_eq!(rendered(&by(Channel::Sms), &is), Rendered::Skip(UNWANTED), "once is enough");
}

#[rstest]
#[case(None)]
#[case(Some("0151 123"))]
#[case(Some("+0049151000000"))]
#[case(Some("+49151\r\n000000"))]
#[case(Some("+4915100000000000"))]
fn a_number_that_is_none_is_no_address(#[case] phone: Option<&str>) {
    let is = Now { phone: phone.map(Phi::from), ..now() };
    let told = rendered(&notice(NoticeKind::Booked, Channel::Sms), &is);
    assert_eq!(told, Rendered::Skip(NO_ADDRESS));
}

#[test]
fn a_mail_address_that_is_none_is_no_address() {
    for email in ["", "nobody", "a@b\r\nBcc: c@d.example", "a b@c.example"] {
        let mut is = now();
        is.person.as_mut().unwrap().email = email.into();
        let told = rendered(&notice(NoticeKind::Booked, Channel::Email), &is);
        assert_eq!(told, Rendered::Skip(NO_ADDRESS), "{email:?}");
    }
    let nobody = Now { person: None, ..now() };
    let told = rendered(&notice(NoticeKind::Booked, Channel::Inbox), &nobody);
    assert_eq!(told, Rendered::Skip(NO_ADDRESS));
}

#[test]
fn what_everybody_can_read_names_nobody() {
    for kind in [NoticeKind::Booked, NoticeKind::Moved, NoticeKind::DayBefore] {
        let mail = sent(&notice(kind, Channel::Email), &now());
        let short = sent(&notice(kind, Channel::Sms), &now());
        for text in [&mail.subject, &short.subject, short.text.expose()] {
            for name in ["Pat", "Example", "Bo", "Sample", "pat@"] {
                assert!(!text.contains(name), "{name} is in {text}");
            }
        }
        assert!(mail.subject.ends_with(": Tue 24 November 2026, 08:00 (America/Lima, UTC-5)"));
        assert!(short.text.expose().ends_with(
            ": Tue 24 November 2026, 08:00 (America/Lima, UTC-5). \
             https://clinic.example/visit/00000000-0000-0000-0000-000000000009"
        ));
    }
}

#[test]
fn a_mail_tells_its_receiver_everything() {
    let mail = sent(&notice(NoticeKind::Booked, Channel::Email), &now());
    assert_eq!(
        mail.text.expose(),
        "Hello Pat Example,\n\n\
         Your appointment is booked.\n\n\
         When: Tue 24 November 2026, 08:00 (America/Lima, UTC-5)\n\
         Where it was booked, that is: Tue 24 November 2026, 14:00 (Europe/Berlin, UTC+1)\n\
         Length: 30 minutes\n\
         With: Dr. Bo Sample\n\n\
         It takes place by video: \
         https://clinic.example/visit/00000000-0000-0000-0000-000000000009\n\n\
         This message was sent by a machine, and nobody reads answers to it.\n"
    );
    assert_eq!(mail.calendar.unwrap().method, "REQUEST");
}

#[test]
fn a_clinician_is_not_told_who_the_patient_is() {
    let mut is = now();
    let person = is.person.as_mut().unwrap();
    person.person_id = CLINICIAN;
    person.display_name = "Dr. Bo Sample".into();
    person.time_zone = "Europe/Paris".to_owned();
    let mail = sent(&notice(NoticeKind::Booked, Channel::Email), &is);
    let text = mail.text.expose();
    assert!(!text.contains("Pat") && !text.contains("With:"), "{text}");
    assert!(!text.contains("Where it was booked"), "the same wall time is told once: {text}");
}

#[test]
fn a_name_stays_on_its_line() {
    let mut is = now();
    is.person.as_mut().unwrap().display_name = "Pat\r\nWhen: never".into();
    let mail = sent(&notice(NoticeKind::Booked, Channel::Email), &is);
    assert!(mail.text.expose().starts_with("Hello Pat  When: never,\n"));
}

#[test]
fn an_unknown_zone_is_utc() {
    let mut is = now();
    is.person.as_mut().unwrap().time_zone = "Mars/Olympus".to_owned();
    is.appointment.as_mut().unwrap().0.facts.time_zone = "Nowhere".to_owned();
    let mail = sent(&notice(NoticeKind::Booked, Channel::Email), &is);
    assert!(mail.subject.ends_with("Tue 24 November 2026, 13:00 (UTC)"), "{}", mail.subject);
}

#[test]
fn reminders_leave_the_calendar_alone() {
    let reminder = sent(&notice(NoticeKind::DayBefore, Channel::Email), &now());
    assert_eq!(reminder.calendar, None);
}

#[test]
fn a_free_place_is_about_no_appointment() {
    let free = NewNotice {
        appointment_id: None,
        useless_at: Some(BEGIN),
        ..notice(NoticeKind::PlaceFree, Channel::Email)
    };
    let is = Now { appointment: None, ..now() };
    let mail = sent(&free, &is);
    assert_eq!((mail.subject.as_str(), &mail.calendar), ("An earlier time is free", &None));
    assert!(mail.text.expose().contains("https://clinic.example/"));
    assert_eq!(render(&free, &is, BEGIN, &site()), Rendered::Skip(TOO_LATE));
}

#[test]
fn a_message_that_waits_is_told_of_without_a_word_of_it() {
    let notice =
        NewNotice { appointment_id: None, ..notice(NoticeKind::NewMessage, Channel::Email) };
    let seen = Now { appointment: None, has_waiting: false, ..now() };
    assert_eq!(render(&notice, &seen, BEGIN, &site()), Rendered::Skip(SEEN));
    let waits = Now { has_waiting: true, ..seen };
    let Rendered::Send(mail) = render(&notice, &waits, BEGIN, &site()) else { panic!("sent") };
    assert_eq!(mail.subject, "A message waits for you");
    assert!(mail.calendar.is_none() && mail.text.expose().contains("https://clinic.example/"));
}

fn with_link(kind: NoticeKind) -> (NewNotice, Now) {
    let useless_at = Some(BEGIN);
    let notice = NewNotice { appointment_id: None, useless_at, ..notice(kind, Channel::Email) };
    (notice, Now { appointment: None, link: Some("Here: https://x/reset#token".into()), ..now() })
}

#[rstest]
#[case(NoticeKind::PasswordAsked)]
#[case(NoticeKind::Invited)]
fn a_link_is_in_its_mail_and_nowhere_else(#[case] kind: NoticeKind) {
    let nothing = Preferences { email: false, sms: false, reminders: false };
    let (by_mail, is) = with_link(kind);
    let Rendered::Send(mail) = rendered(&by_mail, &Now { preferences: nothing, ..is.clone() })
    else {
        panic!("nobody mutes it");
    };
    assert!(mail.text.expose().contains("reset#token"));
    assert!(!mail.subject.contains("token"));
    for channel in [Channel::Inbox, Channel::Sms] {
        let text = match rendered(&NewNotice { channel, ..by_mail.clone() }, &is) {
            Rendered::Keep(text) => text,
            Rendered::Send(message) => message.text,
            Rendered::Skip(why) => panic!("{why}"),
        };
        assert!(!text.expose().contains("token"), "{channel:?}");
    }
}

#[test]
fn a_link_that_is_not_good_any_more_is_not_sent() {
    let (by_mail, is) = with_link(NoticeKind::PasswordAsked);
    let ended = Now { link: None, ..is.clone() };
    assert_eq!(rendered(&by_mail, &ended), Rendered::Skip(OVERTAKEN));
    let mut suspended = is.clone();
    let person = suspended.person.as_mut().unwrap();
    let by = CLINICIAN;
    person.standing.suspended = Some(SuspendedRecord { at: BEGIN, by, reason: "fictional".into() });
    assert_eq!(rendered(&by_mail, &suspended), Rendered::Skip(OVERTAKEN));
    let late = NewNotice { useless_at: Some(BEGIN.minus(HOUR)), ..by_mail };
    assert_eq!(rendered(&late, &is), Rendered::Skip(TOO_LATE));
}
