//! Two lanes: what is said of a call does not stand behind pages that a slow client has not taken yet.

use crate::support::chat::with;
use crate::support::{Chat, Kind, Socket, eventually, in_time, tell};
use bedside::actors::sink::MAX_WAITING_BYTES;
use bedside::protocol::codec::Codec;
use bedside::protocol::frame::ServerFrame;
use bedside::protocol::operation::Operation as _;
use bedside::protocol::topic::{Event, Topic};
use bedside::protocol::visit::ReadVisit;
use bedside::sfu::{LinkQuality, MediaEvent};
use bedside::store::AuditRecordRead;
use std::time::Duration;

/// Messages that are written at once, and what each of them has in it: more than the kernel and the lane take together.
const WRITTEN: usize = 36;
const LETTERS: usize = 8_000;

#[test]
fn what_a_call_needs_overtakes_what_a_slow_client_has_not_taken() {
    tell(Kind::Memory, async |clinic| {
        let (visit, ana, mut dr_b) = clinic.in_call().await;
        let card = ana.who.opens(with(dr_b.who.person_id.unwrap())).await.expect("may write");
        let id = card.conversation.conversation_id;
        let mut writer = Chat::follows(dr_b.who.clone(), id, Codec::Json).await;
        let mut slow = Socket::open_narrowly(&ana.who, Codec::Json).await;
        slow.follows(Topic::Visit(visit.id)).await.expect("may follow");
        slow.follows(Topic::Conversation(id)).await.expect("may follow");
        let before = slow.frames.len();

        // She reads nothing while he writes, and then something of the call changes.
        for _ in 0..WRITTEN {
            let op = writer.message(&"x".repeat(LETTERS));
            writer.socket.calls(op).await.expect("may write");
        }
        eventually("much waits for her", async || clinic.most_waiting() > MAX_WAITING_BYTES / 2)
            .await;
        let quality = LinkQuality { uplink_loss_percent: 40.0, ..LinkQuality::default() };
        clinic.media.says(MediaEvent::Quality { seat: dr_b.seat(), quality }).await;
        dr_b.agrees().await;
        // He asks for the same, and how his calls ended may be written down late.
        let her_id = ana.who.person_id.expect("an account").to_string();
        let ends = async || {
            let audit = clinic.store.audit(10_000).await.expect("the audit");
            let is_one = |it: &&AuditRecordRead| {
                it.operation == ReadVisit::NAME
                    && it.phase != "begin"
                    && it.caller.as_ref().is_some_and(|it| it.contains(&her_id))
            };
            audit.iter().filter(is_one).count()
        };
        let answered_before = ends().await;
        let asked = slow.begins(None, &ReadVisit { appointment_id: visit.id }).await;
        // With what she takes the hub finds her question, and answers it while she takes nothing again.
        while ends().await == answered_before {
            slow.hears().await;
            // She is slower than the hub answers, on any machine.
            for _ in 0..100 {
                if ends().await > answered_before {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }

        // She reads until the end of what was written, or until she is told that there was more.
        let end = writer.position();
        in_time("all of it", async {
            let is_over = |it: &Socket| {
                it.position(Topic::Conversation(id)).is_none_or(|at| at.offset >= end.offset)
            };
            while !is_over(&slow) {
                slow.hears().await;
            }
        })
        .await;
        let told = &slow.frames[before..];
        let at = |is_it: &dyn Fn(&ServerFrame) -> bool| told.iter().position(is_it);
        let written = |it: &&ServerFrame| {
            matches!(it, ServerFrame::Event { event: Event::MessagePosted { .. }, .. })
        };
        let changed =
            at(&|it| matches!(it, ServerFrame::Event { event: Event::VisitChanged { .. }, .. }));
        let answered = at(&|it| matches!(it, ServerFrame::Reply { id, .. } if *id == asked));
        // In one queue nothing would be behind them.
        for (what, at) in [("the event", changed), ("the answer", answered)] {
            let at = at.unwrap_or_else(|| panic!("{what} did not come before the end"));
            let behind = told[at..].iter().filter(written).count();
            assert!(behind > 1, "{what} overtook {behind} messages");
        }
    });
}

/// She was too slow for what was written and asks anew, before she is told so: what was said of before does not end what she has now.
#[test]
fn a_gap_of_before_does_not_end_what_is_followed_anew() {
    tell(Kind::Memory, async |clinic| {
        let (_, ana, dr_b) = clinic.in_call().await;
        let card = ana.who.opens(with(dr_b.who.person_id.unwrap())).await.expect("may write");
        let id = card.conversation.conversation_id;
        let topic = Topic::Conversation(id);
        let mut writer = Chat::follows(dr_b.who.clone(), id, Codec::Json).await;
        let mut slow = Socket::open_narrowly(&ana.who, Codec::Json).await;
        slow.follows(topic).await.expect("may follow");
        let lost = async || clinic.metric("bedside_slow_followers_total").await;
        let before = lost().await;
        while lost().await <= before {
            let op = writer.message(&"x".repeat(LETTERS));
            writer.socket.calls(op).await.expect("may write");
        }
        slow.follows(topic).await.expect("may follow again");
        let op = writer.message("and now?");
        writer.socket.calls(op).await.expect("may write");
        let end = writer.position();
        slow.until("what is written now", |it| {
            it.position(topic).is_some_and(|at| at.offset >= end.offset)
        })
        .await;
        assert_eq!(slow.gaps, [], "she has all of it");
    });
}
