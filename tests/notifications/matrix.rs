//! What happens to an appointment, against what is sent about it.

use crate::ics;
use crate::smtp::Caught;
use crate::world::{DAY, HOUR, Kind, REASON, SPECIALTY, World, ZONE, open};
use bedside::protocol::ids::OrganisationId;
use bedside::store::outbox::{NoticeKind, Preferences};

const PAT: &str = "pat@people.example";
const BO: &str = "bo@people.example";

macro_rules! on_every_store {
    ($($story:ident),+ $(,)?) => {
        mod memory { $(
            #[tokio::test]
            async fn $story() { super::$story(super::open(super::Kind::Memory).await).await; }
        )+ }
        mod sqlite { $(
            #[tokio::test]
            async fn $story() { super::$story(super::open(super::Kind::Sqlite).await).await; }
        )+ }
    };
}

on_every_store! {
    who_books_gets_one_mail_with_an_invitation,
    what_is_moved_is_reminded_of_at_its_new_time_only,
    what_is_moved_twice_before_a_mail_goes_out_is_told_once,
    what_is_cancelled_is_not_reminded_of,
    an_edit_leaves_reminders_as_they_are,
    what_is_moved_away_and_back_is_reminded_of_once,
    another_zone_is_told_in_that_zone,
    a_late_courier_sends_no_reminder_of_what_has_begun,
    whoever_wants_no_reminders_gets_none,
    two_couriers_send_each_mail_once,
    the_inbox_has_the_same_words,
}

fn to<'a>(mails: &'a [Caught], who: &str) -> Vec<&'a Caught> {
    mails.iter().filter(|it| it.to == [who]).collect()
}

fn calendar(mail: &Caught) -> ics::File {
    let (kind, text) = mail.part("text/calendar").expect("an invitation");
    let file = ics::read(&text);
    assert!(kind.contains(&format!("method={}", file.method)), "{kind}");
    let (_, attached) = mail.part("application/ics").expect("an attachment");
    assert_eq!(attached, text);
    file
}

fn subject(mail: &Caught) -> String {
    mail.header("Subject").expect("a subject")
}

async fn who_books_gets_one_mail_with_an_invitation(world: World) {
    let id = world.books(2 * DAY).await;
    world.is_settled().await;
    let mails = world.smtp.caught();
    assert_eq!((to(&mails, PAT).len(), to(&mails, BO).len(), mails.len()), (1, 1, 2));
    for mail in &mails {
        assert_eq!(mail.from, "no-reply@clinic.test");
        let told = "Your appointment is booked: Thu 26 November 2026, 14:00 (Europe/Berlin, UTC+1)";
        assert_eq!(subject(mail), told);
        let file = calendar(mail);
        assert_eq!((file.method.as_str(), file.sequence()), ("REQUEST", 1));
        assert_eq!(file.value("UID"), format!("{id}@clinic.test"));
        assert_eq!(file.value("DTSTART"), "20261126T130000Z");
        assert_eq!(file.value("ATTENDEE"), format!("mailto:{}", mail.to[0]));
        assert!(mail.body().contains(&format!("http://clinic.test/visit/{id}")));
        for private in [REASON, SPECIALTY, "dermatology"] {
            assert!(!mail.text.contains(private), "{private}");
        }
        let ids = mail.header("Message-ID").expect("an id");
        assert!(ids.ends_with("@clinic.test>"), "{ids}");
    }
    assert!(to(&mails, PAT)[0].body().contains("With: Dr. Bo Sample"));
    assert!(!to(&mails, BO)[0].text.contains("Pat"), "the patient is named to nobody");

    world.lets_pass(DAY).await;
    world.lets_pass(23 * HOUR).await;
    let mails = world.smtp.caught();
    let reminders: Vec<_> = to(&mails, PAT).into_iter().skip(1).map(subject).collect();
    let when = "Thu 26 November 2026, 14:00 (Europe/Berlin, UTC+1)";
    assert_eq!(
        reminders,
        [
            format!("Reminder of your appointment: {when}"),
            format!("Your appointment begins soon: {when}")
        ]
    );
    assert_eq!(to(&mails, BO).len(), 1, "a clinician has a calendar");
}

async fn what_is_moved_is_reminded_of_at_its_new_time_only(world: World) {
    let id = world.books(2 * DAY).await;
    world.is_settled().await;
    world.moves(id, DAY).await;
    world.is_settled().await;
    let mails = world.smtp.caught();
    assert_eq!(mails.len(), 4, "both sides are told");
    for mail in &mails[2..] {
        assert!(subject(mail).starts_with("Your appointment has a new time: Fri 27 November 2026"));
        let file = calendar(mail);
        assert_eq!((file.method.as_str(), file.sequence()), ("REQUEST", 2));
        assert_eq!(file.value("UID"), format!("{id}@clinic.test"));
        assert_eq!(file.value("DTSTART"), "20261127T130000Z");
    }
    // Where the old reminders were due, nothing comes.
    world.lets_pass(DAY).await;
    assert_eq!(world.smtp.caught().len(), 4);
    // Where the new ones are due, and the old ones were: the day before and the hour before.
    world.lets_pass(23 * HOUR).await;
    assert_eq!(world.smtp.caught().len(), 4);
    world.lets_pass(HOUR).await;
    world.lets_pass(23 * HOUR).await;
    let mails = world.smtp.caught();
    assert_eq!(mails.len(), 6);
    for mail in &mails[4..] {
        assert!(subject(mail).contains("Fri 27 November 2026, 14:00"), "{}", subject(mail));
    }
}

async fn what_is_moved_twice_before_a_mail_goes_out_is_told_once(mut world: World) {
    world.courier = None;
    let id = world.books(2 * DAY).await;
    world.moves(id, HOUR).await;
    world.moves(id, HOUR).await;
    world.starts();
    world.is_settled().await;
    let mails = world.smtp.caught();
    assert_eq!((to(&mails, PAT).len(), mails.len()), (1, 2), "the newest alone");
    assert!(subject(&mails[0]).contains("has a new time: Thu 26 November 2026, 16:00"));
    assert_eq!(calendar(&mails[0]).sequence(), 3);
}

async fn what_is_cancelled_is_not_reminded_of(world: World) {
    let id = world.books(2 * DAY).await;
    world.is_settled().await;
    let invited = calendar(&world.smtp.caught()[0]);
    world.cancels(id).await;
    world.is_settled().await;
    let mails = world.smtp.caught();
    assert_eq!((to(&mails, PAT).len(), to(&mails, BO).len()), (2, 2));
    for mail in &mails[2..] {
        assert!(subject(mail).starts_with("Your appointment is cancelled: Thu 26 November 2026"));
        let file = calendar(mail);
        assert_eq!(file.method, "CANCEL");
        assert_eq!(file.value("UID"), invited.value("UID"));
        assert!(file.sequence() > invited.sequence());
    }
    for _ in 0..4 {
        world.lets_pass(DAY / 2).await;
    }
    assert_eq!(world.smtp.caught().len(), 4, "no reminder of what does not take place");
    assert_eq!(world.store.dead_notices(OrganisationId::FIRST, 10).await.unwrap(), []);
}

async fn an_edit_leaves_reminders_as_they_are(world: World) {
    let id = world.books(2 * DAY).await;
    world.is_settled().await;
    world.edits(id).await;
    world.is_settled().await;
    assert_eq!(world.smtp.caught().len(), 2, "nothing to tell");
    world.lets_pass(DAY).await;
    world.lets_pass(23 * HOUR).await;
    assert_eq!(to(&world.smtp.caught(), PAT).len(), 3, "both reminders are still sent");
}

async fn what_is_moved_away_and_back_is_reminded_of_once(world: World) {
    let id = world.books(2 * DAY).await;
    world.is_settled().await;
    world.moves(id, HOUR).await;
    world.is_settled().await;
    let begin = world.read(id).await.0.facts.starts_at.minus(HOUR);
    world.moves_to(id, begin, ZONE).await;
    world.is_settled().await;
    assert_eq!(world.smtp.caught().len(), 6);
    world.lets_pass(DAY).await;
    world.lets_pass(23 * HOUR).await;
    let mails = world.smtp.caught();
    assert_eq!(mails.len(), 8, "one reminder of each kind, not two");
    assert!(mails.iter().skip(6).all(|it| subject(it).contains("Thu 26 November 2026, 14:00")));
}

async fn another_zone_is_told_in_that_zone(world: World) {
    let id = world.books(2 * DAY).await;
    world.is_settled().await;
    let begin = world.read(id).await.0.facts.starts_at;
    world.moves_to(id, begin.plus(HOUR), "America/Lima").await;
    world.lets_pass(DAY).await;
    let mails = world.smtp.caught();
    assert_eq!(to(&mails, PAT).len(), 2, "moved; the old reminder was due and was not sent");
    world.lets_pass(HOUR).await;
    let mails = world.smtp.caught();
    let reminder = *to(&mails, PAT).last().unwrap();
    assert_eq!(to(&mails, PAT).len(), 3);
    assert!(subject(reminder).ends_with("Thu 26 November 2026, 15:00 (Europe/Berlin, UTC+1)"));
    let body = reminder.body();
    assert!(body.contains("When: Thu 26 November 2026, 15:00 (Europe/Berlin, UTC+1)"), "{body}");
    assert!(body.contains("that is: Thu 26 November 2026, 09:00 (America/Lima, UTC-5)"), "{body}");
}

async fn a_late_courier_sends_no_reminder_of_what_has_begun(mut world: World) {
    world.books(2 * DAY).await;
    world.is_settled().await;
    world.courier = None;
    world.clock.advance(2 * DAY);
    world.starts();
    world.is_settled().await;
    assert_eq!(world.smtp.caught().len(), 2, "what was booked, and nothing else");
}

async fn whoever_wants_no_reminders_gets_none(world: World) {
    let wanted = Preferences { reminders: false, ..Preferences::default() };
    world.store.save_preferences(world.pat, wanted, None).await.unwrap();
    world.books(2 * DAY).await;
    world.is_settled().await;
    world.lets_pass(DAY).await;
    world.lets_pass(23 * HOUR).await;
    assert_eq!(world.smtp.caught().len(), 2);
    let nothing = Preferences { email: false, ..wanted };
    world.store.save_preferences(world.pat, nothing, None).await.unwrap();
    world.books(3 * DAY).await;
    world.is_settled().await;
    let mails = world.smtp.caught();
    assert_eq!((to(&mails, PAT).len(), to(&mails, BO).len()), (1, 2));
    let inbox = world.store.inbox(world.pat, 10).await.unwrap();
    assert_eq!(inbox.len(), 2, "in the portal every change is told");
}

async fn two_couriers_send_each_mail_once(world: World) {
    let second = world.another();
    for number in 0..12 {
        world.books(2 * DAY + number * HOUR).await;
        second.wake().notify_one();
    }
    world.is_settled().await;
    let mails = world.smtp.caught();
    let mut ids: Vec<_> = mails.iter().map(|it| it.header("Message-ID").unwrap()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((mails.len(), ids.len()), (24, 24));
}

async fn the_inbox_has_the_same_words(world: World) {
    let id = world.books(2 * DAY).await;
    world.is_settled().await;
    let inbox = world.store.inbox(world.pat, 10).await.unwrap();
    let [told] = inbox.as_slice() else { panic!("{} messages", inbox.len()) };
    assert_eq!((told.notice.kind, told.notice.appointment_id), (NoticeKind::Booked, Some(id)));
    let text = told.text.as_ref().unwrap().expose();
    let mail = &world.smtp.catches(2).await;
    assert!(to(mail, PAT)[0].body().replace("\r\n", "\n").contains(text), "{text}");
}
