//! A message that nobody looks at: people are told that it waits, without a word of it.

use crate::support::{Chat, Clinic, Kind, eventually, tell};
use bedside::domain::conversation::attention::ESCALATE_AFTER;
use bedside::protocol::phi::Phi;
use bedside::store::outbox::NoticeKind;
use rstest::rstest;
use std::time::Duration;

const BODY: &str = "Seedling-canary rash";

/// Texts of the inbox about messages.
async fn told(clinic: &Clinic, chat: &Chat) -> Vec<String> {
    let person = chat.who.person_id.expect("an account");
    let inbox = clinic.store.inbox(person, 100).await.expect("an inbox");
    let about = inbox.into_iter().filter(|it| it.notice.kind == NoticeKind::NewMessage);
    about.filter_map(|it| it.text).map(Phi::into_exposed).collect()
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
        assert_eq!(told(clinic, &dr_b).await, Vec::<String>::new(), "not yet");
        time_passes(clinic, Duration::from_millis(2)).await;
        eventually("he is told", async || told(clinic, &dr_b).await.len() == 1).await;
        let text = &told(clinic, &dr_b).await[0];
        assert!(text.contains("A message waits for you") && !text.contains("canary"), "{text}");
        assert!(told(clinic, &ana).await.is_empty(), "she wrote it");

        // The other way round: the patient does not look.
        dr_b.says("An answer").await;
        ana.hears("An answer").await;
        time_passes(clinic, ESCALATE_AFTER).await;
        eventually("she is told", async || told(clinic, &ana).await.len() == 1).await;
        assert_eq!(told(clinic, &dr_b).await.len(), 1);
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
        assert_eq!(told(clinic, &dr_b).await, Vec::<String>::new());
        // What comes after that is another matter.
        ana.says("Still there?").await;
        time_passes(clinic, ESCALATE_AFTER + Duration::from_secs(1)).await;
        eventually("he is told", async || told(clinic, &dr_b).await.len() == 1).await;
    });
}
