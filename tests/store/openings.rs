//! What the owner of a conversation begins with is of one moment, whoever takes it over meanwhile.

use crate::support::Clinic;
use crate::talk::Talk;
use bedside::store::conversation_state::Opening;
use bedside::store::conversations::LogEntry;

const MESSAGES: u32 = 8;
const LINES: u32 = 8;
/// Messages that the next owner writes while somebody reads.
const WRITTEN: u32 = 60;

/// Everything in it is as its last line says.
fn is_of_one_moment(it: &Opening) {
    let last = it.record.last_offset;
    let lines: Vec<_> = it.lines.iter().map(|(line, _)| line.offset).collect();
    let expected: Vec<_> = (last.saturating_sub(LINES) + 1..=last).collect();
    assert_eq!(lines, expected, "the latest lines, and no later ones");
    let newest = it.messages.last().map_or(0, |it| it.offset);
    assert_eq!(newest, last, "the latest message is that of the last line");
    assert_eq!(it.claim.map(|it| it.next_offset), Some(last + 1));
    for (line, message) in &it.lines {
        let LogEntry::Posted(id) = line.entry else { panic!("{line:?}") };
        assert_eq!(message.as_ref().map(|it| (it.message_id, it.offset)), Some((id, line.offset)));
    }
}

pub(crate) async fn an_owner_begins_with_one_moment(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let (id, ill) = (talk.id, talk.ill);
    talk.writes(ill, &[1]).await;
    let store = talk.clinic.store.clone();
    let reading = tokio::spawn(async move {
        let mut moments = 0;
        loop {
            let opening = store.opening(id, MESSAGES, LINES).await.unwrap().expect("it is there");
            is_of_one_moment(&opening);
            moments += 1;
            if opening.record.last_offset > WRITTEN {
                return (moments, opening);
            }
        }
    });
    let next = talk.clinic.store.claim_conversation(id, "node-b").await.unwrap();
    talk.epoch = next.epoch;
    for _ in 0..WRITTEN {
        talk.writes(ill, &[1]).await;
    }
    let (moments, last) = reading.await.expect("one moment each time");
    assert!(moments > 0);
    assert_eq!(last.claim.map(|it| it.epoch), Some(next.epoch), "whoever has an older one sees it");
    assert_eq!(last.messages.len(), usize::try_from(MESSAGES).unwrap());
    let kept = talk.clinic.store.conversation_fence(id).await.unwrap();
    assert_eq!(kept, last.claim);
}

pub(crate) async fn what_nobody_has_claimed_has_no_fence(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let nowhere = bedside::protocol::ids::ConversationId(uuid::Uuid::now_v7());
    let store = &talk.clinic.store;
    assert_eq!(store.conversation_fence(nowhere).await, Ok(None));
    assert_eq!(store.opening(nowhere, MESSAGES, LINES).await, Ok(None));
    let empty = store.opening(talk.id, MESSAGES, LINES).await.unwrap().expect("it is there");
    is_of_one_moment(&empty);
}

pub(crate) async fn answers_without_a_line_are_kept_once(clinic: Clinic) {
    let talk = Talk::open(clinic).await;
    let answers = vec![crate::samples::answered("same")];
    let commit = bedside::store::conversations::LogCommit { answers, ..talk.commit(vec![]) };
    let store = &talk.clinic.store;
    assert_eq!(store.append_log(commit.clone()).await, Ok(()));
    assert!(store.answered("a caller", "test.operation", "same").await.unwrap().is_some());
    let used = bedside::store::StoreError::Conflict(bedside::store::Conflict::KeyUsed);
    assert_eq!(store.append_log(commit.clone()).await, Err(used));
    assert_eq!(talk.numbers().await, Vec::<u32>::new());
    // Whoever was overtaken does not know whether it changes nothing, and answers nobody.
    store.claim_conversation(talk.id, "another node").await.unwrap();
    let late = vec![crate::samples::answered("late")];
    let late = bedside::store::conversations::LogCommit { answers: late, ..commit };
    assert_eq!(store.append_log(late).await, Err(bedside::store::StoreError::Fenced));
    assert_eq!(store.answered("a caller", "test.operation", "late").await, Ok(None));
}
