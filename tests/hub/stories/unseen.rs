//! A message that nobody looks at: people are told that it waits, without a word of it.

use crate::support::{Chat, Clinic, Kind, eventually, tell};
use bedside::domain::conversation::attention::ESCALATE_AFTER;
use bedside::protocol::notice::{ListInbox, NoticeTopic};
use rstest::rstest;
use std::time::Duration;

const BODY: &str = "Seedling-canary rash";

/// Texts of the inbox about messages.
async fn told(chat: &Chat) -> Vec<String> {
    let inbox = chat.who.calls(ListInbox {}).await.expect("an inbox").messages;
    let about = inbox.into_iter().filter(|it| it.topic == NoticeTopic::NewMessage);
    about.map(|it| it.text.into_exposed()).collect()
}

/// Notices of messages that were settled as `outcome`.
async fn settled(clinic: &Clinic, outcome: &str) -> f64 {
    let labels = format!("channel=\"inbox\",kind=\"new_message\",outcome=\"{outcome}\"");
    clinic.metric(&format!("bedside_notices_total{{{labels}}}")).await
}

async fn time_passes(clinic: &Clinic, by: Duration) {
    clinic.clock.advance(by);
    clinic.node.notices_saved();
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_does_not_look_is_told_that_something_waits(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        ana.says(BODY).await;
        ana.says("And one more").await;
        dr_b.hears("And one more").await;
        time_passes(clinic, ESCALATE_AFTER - Duration::from_millis(1)).await;
        assert_eq!(told(&dr_b).await, Vec::<String>::new(), "not yet");
        time_passes(clinic, Duration::from_millis(2)).await;
        eventually("he is told", async || told(&dr_b).await.len() == 1).await;
        let text = &told(&dr_b).await[0];
        assert!(text.contains("A message waits for you") && !text.contains("canary"), "{text}");
        assert!(told(&ana).await.is_empty(), "she wrote it");

        // The other way round: the patient does not look.
        let answer = dr_b.says("An answer").await;
        ana.hears("An answer").await;
        time_passes(clinic, ESCALATE_AFTER).await;
        eventually("she is told", async || told(&ana).await.len() == 1).await;
        ana.has_seen(answer.position.offset).await;
        assert_eq!(told(&dr_b).await.len(), 1);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn who_looked_meanwhile_is_told_nothing(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let before = settled(clinic, "seen").await;
        let (mut ana, mut dr_b) = clinic.chat().await;
        let last = ana.says(BODY).await.position.offset;
        dr_b.hears(BODY).await;
        dr_b.has_seen(last).await;
        time_passes(clinic, ESCALATE_AFTER + Duration::from_secs(1)).await;
        eventually("the notice is settled", async || settled(clinic, "seen").await > before).await;
        assert_eq!(told(&dr_b).await, Vec::<String>::new());
        // What comes after that is another matter.
        ana.says("Still there?").await;
        time_passes(clinic, ESCALATE_AFTER + Duration::from_secs(1)).await;
        eventually("he is told", async || told(&dr_b).await.len() == 1).await;
    });
}
