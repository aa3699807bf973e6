//! The network between people fails at the worst moments: what was written is there once, and everybody hears it once,
//! in order. The failures are those of the fault proxy.

use crate::support::follower::{Follower, How};
use crate::support::{Chat, Clinic, Kind, in_time, tell};
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{ConversationStatus, SendMessage, SentMessage};
use fault_proxy::{Action, Proxy, Rule, Toward};
use rstest::rstest;
use std::time::Duration;

/// Longer than between two pings.
const A_PING: Duration = Duration::from_secs(16);

/// Somebody of a conversation behind a network that fails.
struct Behind {
    proxy: Proxy,
    follower: Follower,
    token: String,
}

impl Behind {
    async fn of(clinic: &Clinic, chat: &Chat, codec: Codec) -> Behind {
        let proxy = Proxy::start(clinic.hub).await.expect("a port");
        let follower = Follower::new(proxy.address(), chat.id, codec);
        let mut it = Behind { proxy, follower, token: chat.who.token.clone() };
        it.returns().await;
        it
    }

    /// Connects until it is let in.
    async fn returns(&mut self) {
        in_time("a welcome", async { while self.follower.connects(&self.token).await.is_err() {} })
            .await;
    }

    /// Sends with this key until there is an answer, through as many connections as it takes.
    async fn sends(&mut self, key: &str, op: &SendMessage) -> SentMessage {
        in_time("an answer", async {
            loop {
                let id = self.follower.begins(key, op).await;
                match self.follower.answer::<SendMessage>(id).await {
                    Ok(Ok(sent)) => return sent,
                    Ok(Err(fault)) => panic!("{:?}", fault.code),
                    Err(_closed) => self.returns().await,
                }
            }
        })
        .await
    }

    /// Reads until it knows these, whatever becomes of the connection.
    async fn knows(&mut self, texts: &[&str]) {
        in_time("everything that was said", async {
            while self.follower.texts() != texts {
                if self.follower.hears().await.is_err() {
                    self.returns().await;
                }
            }
        })
        .await;
    }
}

#[rstest]
#[case::memory(Kind::Memory, Codec::Json)]
#[case::sqlite(Kind::Sqlite, Codec::MessagePack)]
#[case::postgres(Kind::Postgres, Codec::Json)]
fn an_answer_that_was_lost_after_the_commit_is_given_again(
    #[case] kind: Kind,
    #[case] codec: Codec,
) {
    tell(kind, async |clinic| {
        let (ana, mut dr_b) = clinic.chat().await;
        let mut behind = Behind::of(clinic, &ana, codec).await;
        let lost = Rule::on(Toward::Client, "reply", Action::Suppress).op("message.send").nth(1);
        let lost = behind.proxy.add(lost);
        let op = ana.message("Once");
        behind.follower.begins("the key", &op).await;
        in_time("the answer to be lost", async {
            tokio::select! {
                () = behind.proxy.until_hit(lost, 1) => {}
                closed = async { loop { if let Err(it) = behind.follower.hears().await { break it } } } => {
                    panic!("{closed:?}");
                }
            }
        })
        .await;
        // It was committed and told: she does not know, everybody else does.
        dr_b.hears("Once").await;
        let before = dr_b.position();
        let sent = behind.sends("the key", &op).await;
        dr_b.agrees().await;
        assert_eq!(dr_b.texts(), ["Once"], "posted once");
        let message = &dr_b.messages()[0];
        assert_eq!((message.message_id, message.offset), (sent.message_id, sent.position.offset));
        assert_eq!(dr_b.position(), before, "the second time changed nothing");
    });
}

#[rstest]
#[case::before_it_arrives(Rule::on(Toward::Hub, "request", Action::Cut).op("message.send"))]
#[case::after_the_commit(Rule::on(Toward::Client, "reply", Action::Cut).op("message.send"))]
#[case::with_a_code(Rule::on(Toward::Client, "reply", Action::Close { code: 4000 }).op("message.send"))]
#[case::at_its_event(Rule::on(Toward::Client, "event", Action::Cut).kind("message_posted"))]
fn a_connection_that_ends_at_the_worst_moment_costs_nothing(#[case] rule: Rule) {
    tell(Kind::Sqlite, async |clinic| {
        let (ana, mut dr_b) = clinic.chat().await;
        let mut behind = Behind::of(clinic, &ana, Codec::MessagePack).await;
        // Three times: the first try, the second, and one when she comes back.
        let rule = behind.proxy.add(rule.times(3));
        for text in ["One", "Two", "Three", "Four"] {
            behind.sends(text, &ana.message(text)).await;
        }
        assert_eq!(behind.proxy.hits(rule), Some(3), "it happened");
        dr_b.sees("all of them", |it| it.messages().len() == 4).await;
        assert_eq!(dr_b.texts(), ["One", "Two", "Three", "Four"]);
        behind.knows(&["One", "Two", "Three", "Four"]).await;
    });
}

#[rstest]
#[case::at_the_welcome(Rule::on(Toward::Client, "welcome", Action::Cut))]
#[case::at_the_hello(Rule::on(Toward::Hub, "hello", Action::Close { code: 4000 }))]
fn who_is_lost_while_coming_back_comes_back(#[case] rule: Rule) {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, dr_b) = clinic.chat().await;
        let mut behind = Behind::of(clinic, &dr_b, Codec::Json).await;
        ana.says("One").await;
        behind.knows(&["One"]).await;
        let rule = behind.proxy.add(rule.times(2));
        behind.proxy.cut_all();
        in_time("the cut", async { while behind.follower.hears().await.is_ok() {} }).await;
        ana.says("Two").await;
        behind.knows(&["One", "Two"]).await;
        assert_eq!(behind.proxy.hits(rule), Some(2));
        let told = behind.follower.told.iter().filter(|it| !it.posts.is_empty());
        let how: Vec<_> = told.map(|it| it.how).collect();
        assert_eq!(how, [How::Live, How::Replayed], "what was missed, once");
    });
}

#[test]
fn an_event_that_never_came_is_found_by_the_next_ping() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, dr_b) = clinic.chat().await;
        let mut behind = Behind::of(clinic, &dr_b, Codec::MessagePack).await;
        // From the second message on nothing else is told that would show that something is missing.
        ana.says("He is told").await;
        ana.sees("it waits for him", |it| it.status() == ConversationStatus::NeedsAnswer).await;
        in_time("all of that", async {
            while behind.follower.position != Some(ana.position()) {
                behind.follower.hears().await.expect("it lasts");
            }
        })
        .await;
        let lost = behind.proxy.add(Rule::on(Toward::Client, "event", Action::Suppress));
        ana.says("Nobody tells him").await;
        in_time("the event to be lost", behind.proxy.until_hit(lost, 1)).await;
        assert_eq!(behind.follower.texts(), ["He is told"]);
        clinic.clock.advance(A_PING);
        behind.knows(&["He is told", "Nobody tells him"]).await;
        assert_eq!(behind.follower.told.last().map(|it| it.how), Some(How::Replayed));
    });
}

#[rstest]
#[case::lost(Rule::on(Toward::Client, "event", Action::Suppress), How::Replayed)]
#[case::twice(Rule::on(Toward::Client, "event", Action::Duplicate), How::Live)]
#[case::in_another_order(Rule::on(Toward::Client, "event", Action::Reorder), How::Replayed)]
#[case::late(Rule::on(Toward::Client, "event", Action::Delay { ms: 40 }), How::Live)]
fn whatever_becomes_of_events_each_is_heard_once_and_in_order(
    #[case] rule: Rule,
    #[case] how: How,
) {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, dr_b) = clinic.chat().await;
        let mut behind = Behind::of(clinic, &dr_b, Codec::Json).await;
        let rule = behind.proxy.add(rule.kind("message_posted").nth(2));
        let texts = ["One", "Two", "Three", "Four"];
        for text in texts {
            ana.says(text).await;
        }
        behind.knows(&texts).await;
        assert_eq!(behind.proxy.hits(rule), Some(1), "it happened");
        let told = &behind.follower.told;
        let offsets: Vec<_> = told.iter().map(|it| it.position.offset).collect();
        let first = offsets[0];
        assert_eq!(offsets, (first..).take(offsets.len()).collect::<Vec<_>>(), "each, once");
        let second = told.iter().find(|it| it.posts.iter().any(|it| it.text == "Two"));
        assert_eq!(second.map(|it| it.how), Some(how));
    });
}
