//! Cases of conversations, and what is so of all of them.

use super::attention::{Announced, ESCALATE_AFTER, TOGETHER, audience, waits_for};
use super::parts::{Part, follow, pair, parts};
use super::presence::{Ended, IsAway, RECONNECT_WITHIN, Whereabouts};
use super::rules::{Decided, Draft};
use super::*;
use crate::domain::visit::Visit;
use crate::protocol::conversation::Presence;
use crate::protocol::file::{FileCard, FileState};
use crate::protocol::ids::{ConnectionId, FileId, MessageId, OrganisationId};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

#[cfg(test)]
mod follows;

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const MINUTE: Duration = Duration::from_secs(60);

fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

fn member_id(number: u128) -> MemberId {
    MemberId(Uuid::from_u128(100 + number))
}

fn who(number: u128) -> Who {
    Who::Person(person(number))
}

fn member(number: u128, role: Role) -> Member {
    Member {
        member_id: member_id(number),
        person_id: Some(person(number)),
        participant_id: None,
        role,
        display_name: "Fictional".into(),
        joined_at: NOW,
        left_at: None,
        delivered: 0,
        displayed: 0,
        away: None,
    }
}

/// Patient 1, clinician 2, interpreter 3; clinician 4 was in it and has left.
fn conversation() -> Conversation {
    let left = Member { left_at: Some(NOW), ..member(4, Role::Clinician) };
    Conversation {
        conversation_id: ConversationId(Uuid::from_u128(9)),
        kind: ConversationKind::Care,
        appointment_id: None,
        patient_id: person(1),
        clinician_id: person(2),
        status: ConversationStatus::Quiet,
        assigned_to: None,
        is_closed: false,
        members: vec![
            member(1, Role::Patient),
            member(2, Role::Clinician),
            member(3, Role::Interpreter),
            left,
        ],
        active_at: NOW,
        last_offset: 7,
    }
}

fn draft(text: &str) -> Draft {
    let message_id = MessageId(Uuid::from_u128(50));
    Draft { message_id, body: text.into(), reply_to: None, files: vec![] }
}

fn post(conversation: &Conversation, number: u128, now: UnixMillis) -> Decided {
    conversation.post(who(number), &draft("Hello"), member_id(77), now)
}

fn message(author: u128, offset: u32, at: UnixMillis) -> Message {
    Message {
        message_id: MessageId(Uuid::from_u128(u128::from(offset))),
        offset,
        member_id: member_id(author),
        at,
        body: Some("As it was".into()),
        reply_to: None,
        edited_at: None,
        deleted_at: None,
        files: vec![],
    }
}

#[rstest]
#[case::patient(1, &["posted", "needs_answer"])]
#[case::clinician(2, &["posted"])]
#[case::interpreter(3, &["posted"])]
fn who_writes_moves_the_status(#[case] author: u128, #[case] expected: &[&str]) {
    let lines = post(&conversation(), author, NOW).expect("may write");
    let said: Vec<_> = lines
        .iter()
        .map(|it| match it {
            Line::Posted(message) => {
                assert_eq!((message.offset, message.member_id), (8, member_id(author)));
                "posted"
            }
            Line::Conversation(ConversationStatus::NeedsAnswer, None) => "needs_answer",
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(said, expected);
}

#[test]
fn an_answer_makes_it_quiet_and_a_question_opens_what_was_resolved() {
    let mut it = conversation();
    let waits = Line::Conversation(ConversationStatus::NeedsAnswer, None);
    it.apply(&waits);
    assert_eq!(it.last_offset, 8);
    let lines = post(&it, 2, NOW).expect("may write");
    assert_eq!(lines[1], Line::Conversation(ConversationStatus::Quiet, None));
    assert_eq!(
        it.resolve(who(2)),
        Ok(vec![Line::Conversation(ConversationStatus::Resolved, None)])
    );
    it.apply(&Line::Conversation(ConversationStatus::Resolved, None));
    assert_eq!(it.resolve(who(2)), Ok(vec![]));
    assert_eq!(it.resolve(who(1)), Err(Refusal::NotOfTheClinic));
    assert_eq!(post(&it, 1, NOW).expect("may write")[1], waits);
}

#[rstest]
#[case::stranger(8, Refusal::NoSuchConversation)]
#[case::left(4, Refusal::NoSuchConversation)]
fn who_is_not_in_it_may_not_know(#[case] number: u128, #[case] why: Refusal) {
    let it = conversation();
    assert_eq!(post(&it, number, NOW), Err(why));
    assert_eq!(it.resolve(who(number)), Err(why));
    assert_eq!(it.edit(who(number), &message(1, 3, NOW), &"x".into(), NOW), Err(why));
    assert_eq!(it.delete(who(number), &message(1, 3, NOW), NOW), Err(why));
    let link = Who::Participant(ParticipantId(person(1).0));
    assert_eq!(it.part_of(link), Err(Refusal::NoSuchConversation), "a link opens one visit only");
}

#[test]
fn a_closed_conversation_is_over() {
    let it = Conversation { is_closed: true, ..conversation() };
    assert_eq!(post(&it, 1, NOW), Err(Refusal::Closed));
    assert_eq!(it.delete(who(1), &message(1, 3, NOW), NOW), Err(Refusal::Closed));
    assert!(
        !view::of(&it, member_id(1)).can_write && view::of(&conversation(), member_id(1)).can_write
    );
}

#[rstest]
#[case::at_once(Duration::ZERO, 1, Ok(()))]
#[case::just_in_time(EDIT_WITHIN, 1, Ok(()))]
#[case::too_late(EDIT_WITHIN + Duration::from_millis(1), 1, Err(Refusal::TooLate))]
#[case::of_somebody_else(Duration::ZERO, 2, Err(Refusal::NotTheAuthor))]
fn its_author_may_rewrite_it_for_a_while(
    #[case] after: Duration,
    #[case] by: u128,
    #[case] expected: Result<(), Refusal>,
) {
    let (it, known, now) = (conversation(), message(1, 3, NOW), NOW.plus(after));
    let edited = it.edit(who(by), &known, &"New".into(), now);
    let deleted = it.delete(who(by), &known, now);
    assert_eq!((edited.clone().map(|_| ()), deleted.clone().map(|_| ())), (expected, expected));
    if expected.is_ok() {
        let Ok([Line::Rewritten(new)]) = edited.as_deref() else { panic!("{edited:?}") };
        assert_eq!((new.edited_at, new.offset, new.at), (Some(now), 3, NOW));
        let Ok([Line::Rewritten(gone)]) = deleted.as_deref() else { panic!("{deleted:?}") };
        assert_eq!((gone.deleted_at, gone.body.is_none()), (Some(now), true));
        assert_eq!(it.edit(who(by), gone, &"New".into(), now), Err(Refusal::Deleted));
        assert_eq!(it.delete(who(by), gone, now), Ok(vec![]), "twice is once");
        assert_eq!(it.edit(who(by), &known, &"As it was".into(), now), Ok(vec![]));
    }
}

#[rstest]
#[case::away(ConversationKind::Care, MINUTE, Some(5), true)]
#[case::back(ConversationKind::Care, Duration::ZERO, Some(5), false)]
#[case::nobody_covers(ConversationKind::Care, MINUTE, None, false)]
#[case::who_covers_is_in_it(ConversationKind::Care, MINUTE, Some(3), false)]
#[case::of_a_visit(ConversationKind::Visit, MINUTE, Some(5), false)]
fn whoever_covers_is_called_in(
    #[case] kind: ConversationKind,
    #[case] for_so_long: Duration,
    #[case] cover: Option<u128>,
    #[case] is_called: bool,
) {
    let cover = cover.map(|it| Cover { person_id: person(it), display_name: "Dr. Xu".into() });
    let mut it = Conversation { kind, ..conversation() };
    it.members[1].away = Some(Away { until: NOW.plus(for_so_long), cover });
    let called = |lines: Vec<Line>| {
        lines
            .into_iter()
            .any(|line| matches!(line, Line::Member(new) if new.person_id == Some(person(5))))
    };
    assert_eq!(called(post(&it, 1, NOW).expect("may write")), is_called);
    assert!(!called(post(&it, 2, NOW).expect("may write")), "the clinician is there after all");
}

#[test]
fn another_clinician_looks_after_it() {
    let mut it = conversation();
    let to = |number| Cover { person_id: person(number), display_name: "Dr. Xu".into() };
    let lines = it.assign(who(2), &to(5), member_id(5), NOW).expect("assigned");
    lines.iter().for_each(|line| it.apply(line));
    assert_eq!(it.responsible().map(|it| it.member_id), Some(member_id(5)));
    assert_eq!(it.assign(who(5), &to(5), member_id(6), NOW), Ok(vec![]), "again is nothing");
    let back = it.assign(who(5), &to(4), member_id(6), NOW).expect("who was in it comes back");
    back.iter().for_each(|line| it.apply(line));
    assert_eq!(it.assigned_to, Some(member_id(4)));
    assert_eq!(it.assign(who(1), &to(2), member_id(6), NOW), Err(Refusal::NotOfTheClinic));
    let of_visit = Conversation { kind: ConversationKind::Visit, ..conversation() };
    assert_eq!(of_visit.assign(who(2), &to(5), member_id(5), NOW), Err(Refusal::NotOfThisVisit));
}

#[test]
fn out_of_office_is_said_once() {
    let mut it = conversation();
    let away = Some(Away { until: NOW.plus(MINUTE), cover: None });
    let lines = it.goes_away(person(2), away.clone());
    assert!(matches!(lines.as_slice(), [Line::Away(_)]));
    it.mark(member_id(2), 7, 7);
    lines.iter().for_each(|line| it.apply(line));
    assert_eq!(it.member(member_id(2)).map(|it| (it.is_away(NOW), it.displayed)), Some((true, 7)));
    assert_eq!(it.goes_away(person(2), away), vec![]);
    assert_eq!(it.goes_away(person(8), None), vec![]);
}

#[rstest]
#[case(Role::Patient, Role::Clinician, Some((1, 2)))]
#[case(Role::Clinician, Role::Patient, Some((2, 1)))]
#[case(Role::Patient, Role::Patient, None)]
#[case(Role::Clinician, Role::Clinician, None)]
#[case(Role::Interpreter, Role::Patient, None)]
#[case(Role::Admin, Role::Patient, None)]
fn patients_and_clinicians_write_to_each_other(
    #[case] one: Role,
    #[case] other: Role,
    #[case] expected: Option<(u128, u128)>,
) {
    let found = pair((person(1), one), (person(2), other));
    assert_eq!(found, expected.map(|(patient, clinician)| (person(patient), person(clinician))));
}

#[test]
fn what_waits_is_announced_once_and_not_when_somebody_looked() {
    let mut it = conversation();
    let mut announced = Announced::default();
    assert_eq!(audience(&it, Side::Patient), [person(2)], "who left is not bothered");
    assert_eq!(audience(&it, Side::Clinic), [person(1)]);
    let just_before = NOW.plus(TOGETHER).minus(Duration::from_millis(1));
    assert!(announced.announce(Side::Patient, NOW));
    assert!(!announced.announce(Side::Patient, just_before), "they are told of together");
    assert!(announced.announce(Side::Clinic, just_before), "the other side is another matter");
    assert!(announced.announce(Side::Patient, NOW.plus(TOGETHER)));

    let due = NOW.plus(ESCALATE_AFTER);
    let (first, second) = (message(1, 5, NOW), message(1, 6, NOW.plus(TOGETHER)));
    let both = [first.clone(), second.clone()];
    assert!(waits_for(&it, person(2), &both, due));
    assert!(!waits_for(&it, person(2), &both, due.plus(TOGETHER)), "it was told of the first");
    assert!(waits_for(&it, person(2), &both[1..], due.plus(TOGETHER)), "the first was looked at");
    let last_of_first = [message(1, 5, just_before)];
    assert!(waits_for(&it, person(2), &last_of_first, due));
    assert!(!waits_for(&it, person(1), &both, due), "they are theirs");
    assert!(!waits_for(&it, person(3), &both, due), "who translates is on no side");
    assert!(!waits_for(&it, person(4), &both, due), "who has left hears nothing");
    let deleted = [Message { deleted_at: Some(NOW), ..first }];
    assert!(!waits_for(&it, person(2), &deleted, due));
    it.mark(member_id(2), 0, 5);
    assert!(!waits_for(&it, person(2), &both, due), "they have looked");
    assert!(waits_for(&it, person(2), &[second], due.plus(TOGETHER)));
}

#[test]
fn nobody_stays_as_a_ghost() {
    let (ana, tab, phone) =
        (who(1), ConnectionId(Uuid::from_u128(1)), ConnectionId(Uuid::from_u128(2)));
    let visit = AppointmentId(Uuid::from_u128(3));
    let mut all = Whereabouts::default();
    assert_eq!(all.of(ana, NOW), Presence::Offline);
    all.opened(ana, tab);
    all.opened(ana, phone);
    assert!(all.touched(ana, tab, IsAway::Yes));
    assert_eq!(all.of(ana, NOW), Presence::Online, "the phone is touched");
    assert!(all.touched(ana, phone, IsAway::Yes) && !all.touched(who(2), tab, IsAway::Yes));
    assert_eq!(all.of(ana, NOW), Presence::Away);
    assert_eq!(all.in_visit(visit, [ana].into()), [ana].into());
    assert_eq!(all.in_visit(visit, [ana].into()), [].into());
    assert_eq!(all.of(ana, NOW), Presence::InVisit);
    all.ended(ana, phone, Ended::Lost, NOW);
    assert_eq!(all.of(ana, NOW), Presence::InVisit);
    all.ended(ana, tab, Ended::Lost, NOW);
    assert_eq!(all.of(ana, NOW), Presence::Reconnecting);
    assert_eq!(all.give_up(NOW), vec![]);
    let late = NOW.plus(RECONNECT_WITHIN);
    assert_eq!((all.of(ana, late), all.give_up(late)), (Presence::Offline, vec![ana]));
    all.opened(ana, tab);
    all.ended(ana, tab, Ended::ForGood, NOW);
    assert_eq!(all.of(ana, NOW), Presence::Offline);
    assert_eq!(all.in_visit(visit, [].into()), [ana].into());
}

proptest! {
    #[test]
    fn marks_never_go_back_and_never_beyond(
        marks in proptest::collection::vec((0_u32..20, 0_u32..20), 1..30),
        last in 0_u32..20,
    ) {
        let mut it = Conversation { last_offset: last, ..conversation() };
        let mut before = (0, 0);
        for (delivered, displayed) in marks {
            let told = it.mark(member_id(1), delivered, displayed);
            let known = it.member(member_id(1)).expect("a member");
            let now = (known.delivered, known.displayed);
            prop_assert!(now.0 >= before.0 && now.1 >= before.1 && now.0 <= last && now.1 <= now.0);
            prop_assert_eq!(told, (now != before).then_some(now));
            before = now;
        }
    }

    #[test]
    fn the_log_is_numbered_without_a_gap(authors in proptest::collection::vec(1_u128..=3, 1..40)) {
        let mut it = conversation();
        for author in authors {
            let lines = post(&it, author, NOW).expect("may write");
            prop_assert!(matches!(&lines[0], Line::Posted(new) if new.offset == it.last_offset + 1));
            let expected = it.last_offset + u32::try_from(lines.len()).expect("few");
            lines.iter().for_each(|line| it.apply(line));
            prop_assert_eq!(it.last_offset, expected);
            let waits = it.status == ConversationStatus::NeedsAnswer;
            prop_assert!(author == 3 || waits == (author == 1));
        }
    }
}

fn card(number: u128, state: FileState) -> FileCard {
    FileCard {
        file_id: FileId(Uuid::from_u128(number)),
        name: "arm.jpg".into(),
        content_type: "image/jpeg".into(),
        bytes: 9,
        state,
        why: None,
        scanned: false,
        width: None,
        height: None,
        has_preview: false,
    }
}

#[test]
fn a_message_of_files_needs_no_text_and_follows_what_was_found() {
    let open = conversation();
    let files = vec![card(1, FileState::Checking), card(2, FileState::Clear)];
    let silent = Draft { files: files.clone(), ..draft("") };
    let decided = open.post(who(1), &silent, member_id(77), NOW).expect("may write");
    let Some(Line::Posted(posted)) = decided.first() else { panic!("{decided:?}") };
    assert_eq!(posted.files, files);
    assert_eq!(open.post(who(1), &draft(""), member_id(77), NOW), Err(Refusal::Empty));
    let blank = Draft { files, ..draft(" ") };
    assert_eq!(open.post(who(1), &blank, member_id(77), NOW), Err(Refusal::Empty));

    let found = card(1, FileState::Quarantined);
    let settled = open.settle_file(posted, &found);
    let Some(Line::Rewritten(message)) = settled.first() else { panic!("{settled:?}") };
    assert_eq!(message.files, [found.clone(), card(2, FileState::Clear)]);
    assert_eq!((message.edited_at, &message.body), (None, &posted.body));
    assert_eq!(open.settle_file(message, &found), [], "it is so");
    assert_eq!(open.settle_file(posted, &card(3, FileState::Clear)), [], "none of its");
    let gone = Message { deleted_at: Some(NOW), body: None, ..posted.clone() };
    assert_eq!(open.settle_file(&gone, &found), [], "nothing comes back");
}
