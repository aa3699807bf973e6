//! How far a message has come with each of those it is for.

use crate::support::people::told;
use crate::support::{Chat, Kind, tell};
use bedside::domain::conversation::attention::ESCALATE_AFTER;
use bedside::protocol::conversation::MarkConversation;
use bedside::protocol::delivery::{Delivery, DeliveryState, ReadDelivery};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::ids::MessageId;
use rstest::rstest;

async fn delivery(chat: &Chat, message_id: MessageId) -> Result<Delivery, Fault> {
    chat.who.calls(ReadDelivery { conversation_id: chat.id, message_id }).await
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_message_is_saved_then_there_and_then_seen(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let sent = ana.says("It is worse today").await;
        let id = sent.message_id;
        let of = async |chat: &Chat| {
            let told = delivery(chat, id).await.expect("in it");
            let [doctor] = &told.members[..] else { panic!("one other: {told:?}") };
            (doctor.member_id, doctor.state, told.escalates_by.map(|it| it.since(told.at)))
        };
        let doctor = dr_b.me();
        assert_eq!(of(&ana).await, (doctor, DeliveryState::Committed, Some(ESCALATE_AFTER)));
        dr_b.hears("It is worse today").await;
        let offset = dr_b.messages().last().expect("it").offset;
        let has_it =
            MarkConversation { conversation_id: ana.id, delivered: Some(offset), displayed: None };
        dr_b.socket.calls(has_it).await.expect("a device of his has it");
        assert_eq!(of(&ana).await, (doctor, DeliveryState::Delivered, Some(ESCALATE_AFTER)));
        dr_b.has_seen(offset).await;
        assert_eq!(of(&ana).await, (doctor, DeliveryState::Displayed, None), "nobody is told");
        assert_eq!(of(&dr_b).await, (doctor, DeliveryState::Displayed, None), "all see the same");

        let (eve, _) = clinic.chat().await;
        let op = ReadDelivery { conversation_id: ana.id, message_id: id };
        told(eve.who.calls(op).await, FaultCode::NotFound);
        told(delivery(&eve, id).await, FaultCode::NotFound);
        told(delivery(&ana, MessageId(uuid::Uuid::now_v7())).await, FaultCode::NotFound);
    });
}
