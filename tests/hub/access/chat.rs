//! The conversation of the visit of a world: begun by the patient, with a message of hers.

use crate::support::Clinic;
use crate::support::chat::of_visit;
use bedside::protocol::conversation::SendMessage;
use bedside::protocol::file::{FileFault, FileState};
use bedside::protocol::ids::{AppointmentId, ConversationId, FileId, MessageId, PersonId};
use bedside::protocol::person::Role;
use bedside::store::files::FileRecord;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) struct Chat {
    id: ConversationId,
    message: MessageId,
    /// One that was sent; with `file.remove` one that was not.
    file: Option<FileId>,
}

impl Chat {
    pub(super) fn id(&self) -> ConversationId {
        self.id
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = String> {
        let ids = [Some(self.id.0), Some(self.message.0), self.file.map(|it| it.0)];
        ids.into_iter().flatten().map(|it| it.to_string())
    }

    pub(super) async fn begun(
        clinic: &Clinic,
        patient: PersonId,
        visit: AppointmentId,
        op: &str,
    ) -> Chat {
        let ana = clinic.signs_in(patient, Role::Patient, "Ana Fictional").await;
        let card = ana.opens(of_visit(visit)).await.expect("her visit");
        let id = card.conversation.conversation_id;
        let body = "Seeded".into();
        let mut file = None;
        if ["file.", "quarantine."].iter().any(|it| op.starts_with(it)) {
            file = Some(ana.uploads(id, "seeded.txt", b"Seeded").await.file_id);
        }
        if let Some(id) = file.filter(|_| op.starts_with("quarantine.")) {
            let known = clinic.store.file(id).await.unwrap().expect("uploaded");
            let (from, why) = (known.revision, Some(FileFault::Infected));
            let known = FileRecord { state: FileState::Quarantined, why, ..known };
            clinic.store.save_file(known, from, None).await.expect("quarantined");
        }
        let is_sent = |_: &FileId| op.starts_with("file.") && op != "file.remove";
        let files = file.filter(is_sent).into_iter().collect();
        let overriding = None;
        let op = SendMessage { conversation_id: id, body, reply_to: None, files, overriding };
        let sent = ana.calls(op).await.expect("sent");
        Chat { id, message: sent.message_id, file }
    }
}

pub(super) fn is_of_chat(op: &str) -> bool {
    let of_chat =
        ["conversation.", "message.", "file.", "quarantine.", "out_of_office.", "presence."];
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
    let file = chat.and_then(|it| it.file).map_or_else(|| json!(Uuid::now_v7()), |it| json!(it));
    match op {
        "file.begin" => json!({"conversation_id": id, "name": "seeded.txt", "bytes": 6}),
        "quarantine.list" => json!({}),
        "file.read" | "file.remove" | "quarantine.release" | "quarantine.remove" => {
            json!({"file_id": file})
        }
        "file.link" => json!({"file_id": file, "variant": "original"}),
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
        "message.delete" | "message.read_delivery" => {
            json!({"conversation_id": id, "message_id": message})
        }
        "message.search" => json!({"words": "Seeded"}),
        "out_of_office.update" => json!({"out_of_office": {"until": 1_805_000_000_000_i64}}),
        "presence.set" => json!({"is_away": false}),
        other => panic!("{other} is not covered: give it params here"),
    }
}
