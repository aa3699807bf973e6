//! Conversations and their logs.

use crate::samples::{NOW, answered, at_once};
use crate::support::Clinic;
use crate::talk::{Talk, at, conversation, key, member};
use bedside::protocol::conversation::{ConversationKind, ConversationStatus, MemberMarks};
use bedside::protocol::ids::{ConversationId, MemberId, MessageId, NoticeId, ParticipantId};
use bedside::protocol::person::Role;
use bedside::store::conversations::{
    AwayRecord, ConversationRecord, LogChange, LogCommit, LogEntry, LogLine, MemberRecord,
    MessageRecord, Page,
};
use bedside::store::outbox::{Announcement, NoticeKind};
use bedside::store::{Conflict, StoreError};
use uuid::Uuid;

const MISSING: Result<(), StoreError> = Err(StoreError::Conflict(Conflict::Missing));
const KEY_USED: Result<(), StoreError> = Err(StoreError::Conflict(Conflict::KeyUsed));
const FENCED: Result<(), StoreError> = Err(StoreError::Fenced);

pub(crate) async fn a_conversation_comes_back_as_it_was_opened(clinic: Clinic) {
    let clinician = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let patient = clinic.hires("Pat Example", Role::Patient).await;
    let new = conversation(&clinician, &patient);
    let store = &clinic.store;
    let made = store.open_conversation(new.clone(), Some(answered("k"))).await;
    assert_eq!(made, Ok(new.clone()));
    assert_eq!(store.conversation(new.conversation_id).await, Ok(Some(new.clone())));
    assert!(store.answered("a caller", "test.operation", "k").await.unwrap().is_some());

    let again = conversation(&clinician, &patient);
    let found = store.open_conversation(again.clone(), Some(answered("k2"))).await;
    assert_eq!(found, Ok(new.clone()), "there is one already");
    assert_eq!(store.conversation(again.conversation_id).await, Ok(None));
    assert_eq!(store.answered("a caller", "test.operation", "k2").await, Ok(None));
    let used = store.open_conversation(again, Some(answered("k"))).await;
    assert_eq!(used.map(|_| ()), KEY_USED);
    let nowhere = ConversationId(Uuid::now_v7());
    assert_eq!(store.conversation(nowhere).await, Ok(None));
    assert_eq!(store.claim_conversation(nowhere, "node-a").await.map(|_| ()), MISSING);
}

pub(crate) async fn a_conversation_of_a_visit_is_beside_that_of_care(clinic: Clinic) {
    let visit = clinic.books().await;
    let part = visit.members.values().next().unwrap();
    let of_visit = ConversationRecord {
        conversation_id: ConversationId(Uuid::now_v7()),
        kind: ConversationKind::Visit,
        appointment_id: Some(visit.facts.appointment_id),
        patient_id: visit.facts.patient_id,
        clinician_id: visit.facts.clinician_id,
        status: ConversationStatus::NeedsAnswer,
        assigned_to: None,
        created_at: NOW,
        active_at: NOW,
        key: None,
        members: vec![MemberRecord {
            member_id: MemberId(part.participant_id.0),
            person_id: None,
            participant_id: Some(part.participant_id),
            role: part.role,
            display_name: part.display_name.clone(),
            joined_at: NOW,
            left_at: Some(at(7)),
            delivered: 3,
            displayed: 2,
        }],
        last_offset: 0,
    };
    let id = of_visit.conversation_id;
    let care = ConversationRecord {
        conversation_id: ConversationId(Uuid::now_v7()),
        kind: ConversationKind::Care,
        appointment_id: None,
        key: Some(key("node-key-1")),
        ..of_visit.clone()
    };
    let store = &clinic.store;
    assert_eq!(store.conversation_of_visit(visit.facts.appointment_id).await, Ok(None));
    for new in [&of_visit, &care] {
        assert_eq!(store.open_conversation(new.clone(), None).await, Ok(new.clone()));
    }
    assert_eq!(store.conversation_of_visit(visit.facts.appointment_id).await, Ok(Some(id)));
    let again = ConversationRecord { conversation_id: ConversationId(Uuid::now_v7()), ..of_visit };
    let found = store.open_conversation(again, None).await.unwrap();
    assert_eq!(found.conversation_id, id);
}

pub(crate) async fn a_conversation_refers_to_what_exists(clinic: Clinic) {
    let visit = clinic.books().await;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let nobody = crate::samples::person("Nobody Here", Role::Clinician);
    let good = conversation(&ana, &ana);
    let nowhere = bedside::protocol::ids::AppointmentId(Uuid::now_v7());
    let no_part =
        MemberRecord { participant_id: Some(ParticipantId(Uuid::now_v7())), ..member(&ana) };
    let bad = [
        ConversationRecord { clinician_id: nobody.person_id, ..good.clone() },
        ConversationRecord { patient_id: nobody.person_id, ..good.clone() },
        ConversationRecord { appointment_id: Some(nowhere), ..good.clone() },
        ConversationRecord { members: vec![member(&nobody)], ..good.clone() },
        ConversationRecord { members: vec![no_part], ..good.clone() },
    ];
    for new in bad {
        let told = clinic.store.open_conversation(new, Some(answered("k"))).await;
        assert_eq!(told.map(|_| ()), MISSING);
    }
    assert_eq!(clinic.store.conversation(good.conversation_id).await, Ok(None));
    assert_eq!(clinic.store.answered("a caller", "test.operation", "k").await, Ok(None));
    let there = clinic.store.conversation_of_visit(visit.facts.appointment_id).await;
    assert_eq!(there, Ok(None));
}

pub(crate) async fn of_many_who_open_one_conversation_one_makes_it(clinic: Clinic) {
    let clinician = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let patient = clinic.hires("Pat Example", Role::Patient).await;
    let told = at_once((0..16).map(|_| {
        let (store, new) = (clinic.store.clone(), conversation(&clinician, &patient));
        async move { store.open_conversation(new, None).await.unwrap().conversation_id }
    }))
    .await;
    assert!(told.iter().all(|it| *it == told[0]), "{told:?}");
    let theirs = clinic.store.conversations_of(patient.person_id, 10).await.unwrap();
    assert_eq!(theirs.len(), 1);
    assert_eq!(theirs[0].record.members.len(), 2, "no members of those that were not made");
}

pub(crate) async fn lines_are_numbered_without_a_gap(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    assert_eq!((talk.epoch, talk.next), (1, 1));
    let (doctor, ill) = (talk.doctor, talk.ill);
    let mut kept = vec![talk.writes(ill, &[1]).await];
    let group: Vec<_> = (0..64).map(|_| talk.post(doctor, &[2])).collect();
    kept.extend(group.iter().map(|(_, it)| it.clone()));
    talk.saves(group.into_iter().map(|(line, _)| line).collect()).await.unwrap();
    kept.push(talk.writes(ill, &[3]).await);

    assert_eq!(talk.numbers().await, (1..=66).collect::<Vec<_>>());
    let log = talk.clinic.store.log_since(talk.id, 0, 100).await.unwrap();
    for ((line, named), message) in log.iter().zip(&kept) {
        assert_eq!((line.at, line.entry), (message.at, LogEntry::Posted(message.message_id)));
        assert_eq!(named.as_ref(), Some(message));
    }
    let record = talk.record().await;
    assert_eq!((record.last_offset, record.active_at), (66, at(66)));
    assert_eq!(talk.clinic.store.message(kept[7].message_id).await, Ok(Some(kept[7].clone())));
    assert_eq!(talk.clinic.store.message(MessageId(Uuid::now_v7())).await, Ok(None));
    let claim = talk.clinic.store.claim_conversation(talk.id, "node-b").await.unwrap();
    assert_eq!((claim.epoch, claim.next_offset), (2, 67));
}

pub(crate) async fn a_fenced_writer_changes_nothing_of_a_conversation(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    talk.writes(ill, &[1]).await;
    let before = (talk.record().await, talk.numbers().await);
    let (line, message) = talk.post(ill, &[9]);
    let lined = |offset: u32| {
        let mut line = line.clone();
        line.record.offset = offset;
        if let LogChange::Post(message, _) = &mut line.change {
            message.offset = offset;
        }
        vec![LogLine { answered: Some(answered("k")), ..line }]
    };
    let good = talk.commit(lined(2));
    let elsewhere = ConversationId(Uuid::now_v7());
    let skewed = LogLine { change: LogChange::Nothing, ..line.clone() };
    let fenced = [
        LogCommit { epoch: 2, ..good.clone() },
        LogCommit { epoch: 0, ..good.clone() },
        talk.commit(lined(1)),
        talk.commit(lined(3)),
        LogCommit { conversation_id: elsewhere, ..good.clone() },
        talk.commit([lined(2), lined(2)].concat()),
        talk.commit(vec![skewed]),
    ];
    for commit in fenced {
        assert_eq!(talk.clinic.store.append_log(commit).await, FENCED);
    }
    // A newer owner, who has not written anything yet.
    let newer = talk.clinic.store.claim_conversation(talk.id, "node-b").await.unwrap();
    assert_eq!((newer.epoch, newer.next_offset), (2, 2));
    assert_eq!(talk.clinic.store.append_log(good.clone()).await, FENCED);
    assert_eq!((talk.record().await, talk.numbers().await), before);
    assert_eq!(talk.clinic.store.message(message.message_id).await, Ok(None));
    assert_eq!(talk.clinic.store.answered("a caller", "test.operation", "k").await, Ok(None));
    let newer = LogCommit { epoch: 2, ..good };
    assert_eq!(talk.clinic.store.append_log(newer).await, Ok(()));
    assert_eq!(talk.numbers().await, [1, 2]);
    let empty = LogCommit { epoch: 2, ..talk.commit(vec![]) };
    assert_eq!(talk.clinic.store.append_log(empty).await, Ok(()), "nothing to save");
}

pub(crate) async fn of_many_who_write_one_line_one_does(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    for round in 1..=4 {
        let commits: Vec<_> = (0..8)
            .map(|_| {
                talk.next = round;
                let (line, _) = talk.post(ill, &[1]);
                talk.commit(vec![line])
            })
            .collect();
        let told = at_once(commits.into_iter().map(|commit| {
            let store = talk.clinic.store.clone();
            async move { store.append_log(commit).await }
        }))
        .await;
        assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
        assert_eq!(told.iter().filter(|it| **it == FENCED).count(), 7, "{told:?}");
    }
    assert_eq!(talk.numbers().await, [1, 2, 3, 4]);
}

pub(crate) async fn a_used_key_takes_the_whole_group_back(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    let once = talk.answered_post(ill, answered("k1"));
    talk.saves(vec![once]).await.unwrap();
    let before = talk.record().await;
    for keys in [["k2", "k1"], ["k3", "k3"]] {
        talk.next = 2;
        let lines = keys.map(|it| talk.answered_post(ill, answered(it)));
        assert_eq!(talk.saves(lines.to_vec()).await, KEY_USED, "{keys:?}");
    }
    assert_eq!((talk.record().await, talk.numbers().await), (before, vec![1]));
    assert_eq!(talk.clinic.store.answered("a caller", "test.operation", "k2").await, Ok(None));
    talk.next = 2;
    let lines = ["k2", "k3"].map(|it| talk.answered_post(ill, answered(it)));
    assert_eq!(talk.saves(lines.to_vec()).await, Ok(()));
    assert!(
        talk.clinic.store.answered("a caller", "test.operation", "k3").await.unwrap().is_some()
    );
}

pub(crate) async fn what_a_line_names_exists_or_nothing_is_saved(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    let first = talk.writes(ill, &[1]).await;
    let stranger = MemberId(Uuid::now_v7());
    let nobody = crate::samples::person("Nobody Here", Role::Clinician);
    let unknown = MessageRecord { message_id: MessageId(Uuid::now_v7()), ..first.clone() };
    let notice = |person_id| Announcement {
        notice_id: NoticeId(Uuid::now_v7()),
        person_id,
        kind: NoticeKind::Booked,
        appointment_id: None,
        version: 0,
        due_at: NOW,
        useless_at: None,
    };
    let mut bad = vec![];
    let mut next = |make: &mut dyn FnMut(&mut Talk) -> LogLine| {
        talk.next = 2;
        bad.push(make(&mut talk));
    };
    next(&mut |it| it.post(stranger, &[]).0);
    next(&mut |it| it.rewrite(&unknown, &[]));
    next(&mut |it| {
        let joins = member(&nobody);
        it.line(LogEntry::Member(joins.member_id), LogChange::Member(joins))
    });
    next(&mut |it| {
        let (mut line, message) = it.post(ill, &[]);
        let reply_to = Some(unknown.message_id);
        line.change = LogChange::Post(MessageRecord { reply_to, ..message }, vec![]);
        line
    });
    next(&mut |it| {
        let (line, _) = it.post(ill, &[]);
        LogLine { notices: vec![notice(nobody.person_id)], ..line }
    });
    for line in bad {
        assert_eq!(talk.saves(vec![line]).await, MISSING);
    }
    assert_eq!(talk.numbers().await, [1]);
    talk.next = 2;
    let (mut line, message) = talk.post(ill, &[]);
    line.notices = vec![notice(talk.clinician.person_id)];
    let reply = MessageRecord { reply_to: Some(first.message_id), ..message };
    line.change = LogChange::Post(reply.clone(), vec![]);
    assert_eq!(talk.saves(vec![line]).await, Ok(()));
    assert_eq!(talk.clinic.store.message(reply.message_id).await, Ok(Some(reply)));
    let backlog = talk.clinic.store.backlog(NOW).await.unwrap();
    assert_eq!(backlog.due, 1, "the notice was saved with it");
}

pub(crate) async fn members_come_and_go_and_keep_their_marks(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let colleague = talk.clinic.hires("Dr Second Sample", Role::Clinician).await;
    let joins = MemberRecord { joined_at: at(1), delivered: 0, ..member(&colleague) };
    let id = joins.member_id;
    let line = talk.line(LogEntry::Member(id), LogChange::Member(joins.clone()));
    let assigned = LogChange::Conversation(ConversationStatus::NeedsAnswer, Some(id));
    let second = talk.line(LogEntry::Conversation, assigned);
    let away = talk.line(LogEntry::Member(id), LogChange::Nothing);
    talk.saves(vec![line, second, away]).await.unwrap();
    let record = talk.record().await;
    assert_eq!(record.members.last(), Some(&joins));
    assert_eq!((record.status, record.assigned_to), (ConversationStatus::NeedsAnswer, Some(id)));
    assert_eq!(talk.clinic.store.conversations_of(colleague.person_id, 9).await.unwrap().len(), 1);

    talk.marks(id, 3, 2).await;
    let renamed = MemberRecord { display_name: "Dr Second Renamed".into(), ..joins.clone() };
    let leaves = MemberRecord { left_at: Some(at(5)), ..renamed.clone() };
    // Twice in one group: the last word counts.
    let lines = [renamed, leaves.clone()].map(|it| (LogEntry::Member(id), LogChange::Member(it)));
    let lines: Vec<_> = lines.into_iter().map(|(entry, it)| talk.line(entry, it)).collect();
    talk.saves(lines).await.unwrap();
    // A name is of the account, and changes with it.
    let display_name = joins.display_name;
    let expected = MemberRecord { delivered: 3, displayed: 2, display_name, ..leaves };
    assert_eq!(talk.record().await.members.last(), Some(&expected));
    let theirs = talk.clinic.store.conversations_of(colleague.person_id, 9).await;
    assert_eq!(theirs, Ok(vec![]), "they are not in it any more");
    assert_eq!(talk.clinic.store.summary(talk.id, colleague.person_id).await, Ok(None));
}

pub(crate) async fn marks_never_go_back(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let marks = async |talk: &Talk| {
        let record = talk.record().await;
        let it = record.members.into_iter().find(|it| it.member_id == talk.ill).unwrap();
        (it.delivered, it.displayed)
    };
    for (given, expected) in
        [((5, 2), (5, 2)), ((3, 4), (5, 4)), ((0, 0), (5, 4)), ((6, 6), (6, 6))]
    {
        talk.marks(talk.ill, given.0, given.1).await;
        assert_eq!(marks(&talk).await, expected, "after {given:?}");
    }
    let all = |n| {
        vec![talk.ill, talk.doctor, MemberId(Uuid::now_v7())]
            .into_iter()
            .map(move |it| MemberMarks { member_id: it, delivered: n, displayed: n })
    };
    let told = at_once((0..32).map(|n| {
        let (store, id) = (talk.clinic.store.clone(), talk.id);
        let mut marks: Vec<_> = all(7 + (n * 5) % 32).collect();
        if n % 2 == 0 {
            marks.reverse();
        }
        async move { store.save_marks(id, marks).await }
    }))
    .await;
    assert!(told.iter().all(Result::is_ok), "{told:?}");
    assert_eq!(marks(&talk).await, (38, 38));
    assert_eq!(talk.clinic.store.save_marks(ConversationId(Uuid::now_v7()), vec![]).await, Ok(()));
}

pub(crate) async fn who_is_out_of_office_says_so_until_they_are_back(clinic: Clinic) {
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let other = clinic.hires("Dr Second Sample", Role::Clinician).await;
    let (store, id) = (&clinic.store, robin.person_id);
    assert_eq!(store.away(id).await, Ok(None));
    let away = AwayRecord { person_id: id, until: at(9), covered_by: Some(other.person_id) };
    assert_eq!(store.save_away(id, Some(away), Some(answered("k"))).await, Ok(()));
    assert_eq!(store.away(id).await, Ok(Some(away)));
    let longer = AwayRecord { until: at(99), covered_by: None, ..away };
    assert_eq!(store.save_away(id, Some(longer), Some(answered("k"))).await, KEY_USED);
    assert_eq!(store.away(id).await, Ok(Some(away)));
    assert_eq!(store.save_away(id, Some(longer), None).await, Ok(()));
    assert_eq!(store.away(id).await, Ok(Some(longer)));
    let nobody = crate::samples::person("Nobody Here", Role::Clinician).person_id;
    let by_nobody = AwayRecord { covered_by: Some(nobody), ..away };
    assert_eq!(store.save_away(id, Some(by_nobody), None).await, MISSING);
    assert_eq!(store.save_away(nobody, Some(longer), None).await, MISSING);
    assert_eq!(store.save_away(id, None, None).await, Ok(()));
    assert_eq!(store.away(id).await, Ok(None));
}

/// Pages of a log in which every third line is no message.
pub(crate) async fn the_log_and_the_messages_are_read_by_page(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let ill = talk.ill;
    let mut lines = vec![];
    for n in 1..=30 {
        lines.push(if n % 3 == 0 {
            talk.line(LogEntry::Member(ill), LogChange::Nothing)
        } else {
            talk.post(ill, &[]).0
        });
    }
    talk.saves(lines).await.unwrap();
    let store = &talk.clinic.store;
    let mut after = 0;
    let mut read = vec![];
    loop {
        let page = store.log_since(talk.id, after, 7).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = last.offset;
        assert!(page.iter().all(|(it, named)| (it.offset % 3 == 0) == named.is_none()));
        read.extend(page.into_iter().map(|(it, _)| it.offset));
    }
    assert_eq!(read, (1..=30).collect::<Vec<_>>());
    let numbers = async |page, limit| {
        let found = store.messages(talk.id, page, limit).await.unwrap();
        found.into_iter().map(|it| it.offset).collect::<Vec<_>>()
    };
    assert_eq!(numbers(Page::After(0), 3).await, [1, 2, 4]);
    assert_eq!(numbers(Page::After(28), 3).await, [29]);
    assert_eq!(numbers(Page::Before(u32::MAX), 3).await, [26, 28, 29]);
    assert_eq!(numbers(Page::Before(4), 9).await, [1, 2]);
    assert_eq!(numbers(Page::Before(1), 9).await, [0; 0]);
}
