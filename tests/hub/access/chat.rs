//! The conversation of the visit of a world: begun by the patient, with a message of hers.

use crate::support::Clinic;
use crate::support::chat::of_visit;
use bedside::protocol::conversation::SendMessage;
use bedside::protocol::ids::{AppointmentId, ConversationId, MessageId, PersonId};
use bedside::protocol::person::Role;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) struct Chat {
    id: ConversationId,
    message: MessageId,
}

impl Chat {
    pub(super) async fn begun(clinic: &Clinic, patient: PersonId, visit: AppointmentId) -> Chat {
        let ana = clinic.signs_in(patient, Role::Patient, "Ana Fictional").await;
        let card = ana.opens(of_visit(visit)).await.expect("her visit");
        let id = card.conversation.conversation_id;
        let body = "Seeded".into();
        let (files, overriding) = (vec![], None);
        let op = SendMessage { conversation_id: id, body, reply_to: None, files, overriding };
        let sent = ana.calls(op).await.expect("sent");
        Chat { id, message: sent.message_id }
    }
}

pub(super) fn is_of_chat(op: &str) -> bool {
    let of_chat = ["conversation.", "message.", "out_of_office.", "presence."];
    of_chat.iter().any(|it| op.starts_with(it))
}

pub(super) fn params(
    chat: Option<&Chat>,
    op: &str,
    visit: AppointmentId,
    clinician: PersonId,
) -> Value {
    let (id, message) = match chat {
        Some(chat) => (json!(chat.id), json!(chat.message)),
        None => (json!(Uuid::now_v7()), json!(Uuid::now_v7())),
    };
    match op {
        "conversation.open" => json!({"with": {"kind": "visit", "appointment_id": visit}}),
        "conversation.list" | "out_of_office.read" => json!({}),
        "conversation.read" | "conversation.resolve" | "message.list" => {
            json!({"conversation_id": id})
        }
        "conversation.assign" => json!({"conversation_id": id, "clinician_id": clinician}),
        "conversation.mark" => json!({"conversation_id": id, "displayed": 1}),
        "conversation.type" => json!({"conversation_id": id, "is_typing": true}),
        "message.send" => json!({"conversation_id": id, "body": "Hello"}),
        "message.edit" => json!({"conversation_id": id, "message_id": message, "body": "Edited"}),
        "message.delete" => json!({"conversation_id": id, "message_id": message}),
        "message.search" => json!({"words": "Seeded"}),
        "out_of_office.update" => json!({"out_of_office": {"until": 1_805_000_000_000_i64}}),
        "presence.set" => json!({"is_away": false}),
        other => panic!("{other} is not covered: give it params here"),
    }
}
