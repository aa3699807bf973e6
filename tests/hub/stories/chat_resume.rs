//! Whoever was away is told exactly what they missed.

use crate::support::{Chat, Clinic, Kind, Socket, tell};
use bedside::clock::Clock as _;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::MESSAGES_IN_SNAPSHOT;
use bedside::protocol::frame::{Followed, MAX_REPLAYED, REPLAY_WITHIN, ServerFrame};
use bedside::protocol::ids::{ConversationId, MemberId, MessageId};
use bedside::protocol::topic::{Event, PastEvent, Position};
use bedside::store::conversations::{
    LogChange, LogCommit, LogEntry, LogLine, LogRecord, MessageRecord,
};
use rstest::rstest;
use uuid::Uuid;

/// What the welcome of a socket said of its only topic.
fn welcomed(socket: &Socket) -> &Followed {
    match socket.frames.first() {
        Some(ServerFrame::Welcome { followed, .. }) => followed.first().expect("one topic"),
        other => panic!("{other:?}"),
    }
}

/// Offsets of what was replayed of the log; what passes by beside it comes last.
fn offsets(events: &[PastEvent]) -> Vec<u32> {
    let first_passing = events.iter().position(|it| it.event.passes_by()).unwrap_or(events.len());
    let (of_log, passing) = events.split_at(first_passing);
    assert!(passing.iter().all(|it| it.event.passes_by()), "what passes by comes last");
    of_log.iter().map(|it| it.position.offset).collect()
}

/// Messages that were written before: the bodies cannot be opened, and need not be.
pub(super) async fn written_before(
    clinic: &Clinic,
    id: ConversationId,
    author: MemberId,
    count: u32,
) {
    let claim = clinic.store.claim_conversation(id, "before").await.expect("claimed");
    let now = clinic.clock.now();
    let line = |offset: u32| {
        let message_id = MessageId(Uuid::now_v7());
        let record = MessageRecord {
            message_id,
            conversation_id: id,
            offset,
            member_id: author,
            at: now,
            sealed_body: Some("unreadable".to_owned()),
            sealed_files: None,
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            changed: None,
        };
        LogLine {
            record: LogRecord { offset, at: now, entry: LogEntry::Posted(message_id) },
            change: LogChange::Post(record, vec![]),
            answered: None,
            notices: vec![],
            files: vec![],
        }
    };
    let all: Vec<_> = (claim.next_offset..claim.next_offset + count).map(line).collect();
    for lines in all.chunks(500) {
        let lines = lines.to_vec();
        let commit = LogCommit {
            conversation_id: id,
            epoch: claim.epoch,
            lines,
            answers: vec![],
            active_at: now,
        };
        clinic.store.append_log(commit).await.expect("written");
    }
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_was_offline_is_told_exactly_what_was_missed(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let first = ana.says("First").await;
        dr_b.hears("First").await;
        let memory = dr_b.socket.memory();
        let from = dr_b.position().offset;
        dr_b.socket.cut();
        let second = ana.says("Second").await;
        ana.says("Third").await;
        ana.edits(first.message_id, "The first").await.expect("hers");
        ana.deletes(second.message_id).await.expect("hers");
        ana.sees("it is gone", |it| it.messages()[1].deleted_at.is_some()).await;

        let socket = Socket::returns(&dr_b.who, Codec::Json, memory).await;
        let Followed::Resumed { events, has_more, .. } = welcomed(&socket) else {
            panic!("{:?}", welcomed(&socket));
        };
        assert!(!has_more);
        let missed: Vec<u32> = (from + 1..=ana.position().offset).collect();
        assert_eq!(offsets(events), missed, "each line once, in order");
        let mut dr_b = Chat { who: dr_b.who, id: ana.id, socket };
        assert_eq!(dr_b.texts(), ["The first", "", "Third"]);
        dr_b.agrees().await;
        // And from there on it is live.
        ana.says("Fourth").await;
        dr_b.hears("Fourth").await;
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_hub_that_starts_anew_loses_nobody(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        ana.says("Before").await;
        dr_b.hears("Before").await;
        let memory = dr_b.socket.memory();
        ana.says("Just before").await;
        let (position, id) =
            (ana.socket.calls(ana.message("The last")).await.expect("sent"), ana.id);
        dr_b.socket.cut();
        ana.socket.cut();
        clinic.restarts().await;
        let who = clinic.signs_in_again(&dr_b.who).await;
        let socket = Socket::returns(&who, Codec::MessagePack, memory).await;
        assert!(matches!(welcomed(&socket), Followed::Resumed { has_more: false, .. }));
        let mut dr_b = Chat { who, id, socket };
        assert_eq!(dr_b.texts(), ["Before", "Just before", "The last"]);
        assert_eq!(dr_b.position(), position.position, "the epoch is that of the log");
        dr_b.agrees().await;
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn who_missed_much_is_told_by_pages(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, dr_b) = clinic.chat().await;
        let start = ana.memory();
        let count = u32::try_from(MAX_REPLAYED).unwrap() * 2;
        written_before(clinic, ana.id, ana.me(), count).await;
        dr_b.socket.cut();
        // The owner notices at its next commit that somebody else has written.
        ana.socket.calls(ana.message("Who was here?")).await.expect_err("it was overtaken");
        ana.socket.until("a gap", |it| !it.gaps.is_empty()).await;
        ana.socket.gaps.clear();
        ana.socket.knows(ana.topic(), start.clone());
        let (mut at, mut seen, mut pages) = (start.0, vec![], 0);
        loop {
            let followed =
                ana.socket.follows_from(ana.topic(), Some(at)).await.expect("may follow");
            let Followed::Resumed { events, has_more, position, .. } = followed else {
                panic!("{followed:?}");
            };
            assert!(events.len() <= MAX_REPLAYED);
            seen.extend(offsets(&events));
            (at, pages) = (position, pages + 1);
            if !has_more {
                break;
            }
        }
        assert_eq!(seen, (start.0.offset + 1..=start.0.offset + count).collect::<Vec<_>>());
        assert!(pages >= 3, "{pages}");
        ana.agrees().await;
        ana.says("Live again").await;
        ana.hears("Live again").await;
    });
}

#[test]
fn who_missed_too_much_or_comes_from_elsewhere_is_told_the_whole() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, dr_b) = clinic.chat().await;
        let start = ana.position();
        dr_b.socket.cut();
        let id = ana.id;
        written_before(clinic, id, ana.me(), REPLAY_WITHIN + 1).await;
        ana.socket.calls(ana.message("?")).await.expect_err("it was overtaken");
        ana.socket.until("a gap", |it| !it.gaps.is_empty()).await;
        let end = start.offset + REPLAY_WITHIN + 1;
        let elsewhere = [
            start,
            Position { epoch: start.epoch ^ 1, offset: end },
            Position { epoch: start.epoch, offset: end + 1 },
            Position { epoch: start.epoch, offset: u32::MAX },
        ];
        for position in elsewhere {
            let mut socket = ana.who.connects(Codec::Json).await;
            let topic = ana.topic();
            let followed = socket.follows_from(topic, Some(position)).await.expect("may follow");
            let Followed::Snapshot { position: at, state, .. } = followed else {
                panic!("{followed:?}");
            };
            assert_eq!(at, Position { epoch: start.epoch, offset: end });
            let bedside::protocol::topic::TopicState::Conversation { messages, has_older, .. } =
                state
            else {
                panic!("{state:?}");
            };
            assert_eq!((messages.len(), has_older), (MESSAGES_IN_SNAPSHOT as usize, true));
            socket.says_goodbye().await;
        }
    });
}

#[test]
fn events_of_the_past_are_those_that_were_told_live() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let memory = dr_b.socket.memory();
        ana.says("One").await;
        dr_b.says("Two").await;
        dr_b.hears("Two").await;
        dr_b.sees("it is answered", |it| it.position().offset >= 4).await;
        let topic = dr_b.topic();
        let live: Vec<_> = dr_b
            .socket
            .frames
            .iter()
            .filter_map(|it| match it {
                ServerFrame::Event { position, at, event, .. } if !event.passes_by() => {
                    Some(PastEvent { position: *position, at: *at, event: event.clone() })
                }
                _ => None,
            })
            .collect();
        let socket = Socket::returns(&dr_b.who, Codec::Json, memory).await;
        let Followed::Resumed { events, .. } = welcomed(&socket) else { panic!("resumed") };
        let replayed: Vec<_> = events.iter().filter(|it| !it.event.passes_by()).collect();
        // What is replayed is as it is now: of the status only the last word stands.
        assert_eq!(replayed.len(), live.len());
        for (replayed, live) in replayed.iter().zip(&live) {
            assert_eq!((replayed.position, replayed.at), (live.position, live.at));
            if let Event::MessagePosted { .. } = live.event {
                assert_eq!(replayed.event, live.event);
            }
        }
        assert_eq!(socket.position(topic), dr_b.socket.position(topic));
    });
}
