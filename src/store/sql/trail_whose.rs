//! Whose record is meant by what a row of the audit log names.
//!
//! Invariant: what it goes by never changes: an appointment, a conversation, a payment and a wish belong to one patient for ever.

use super::SqlStore;
use crate::protocol::ids::PersonId;
use crate::store::Stored;
use entity::{
    appointment, conversation, emergency_grant, file, message, participant, payment, user,
    waitlist_entry,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Ids in one statement.
const IDS: usize = 10_000;

/// `$of` of each row of a table that is among these ids.
macro_rules! pairs {
    ($store:expr, $ids:expr, $entity:ident . $of:ident $(where $is:expr)?) => {{
        let mut found: HashMap<Uuid, Uuid> = HashMap::new();
        for some in $ids.chunks(IDS) {
            let query = $entity::Entity::find()
                .select_only()
                .columns([$entity::Column::Id, $entity::Column::$of])
                .filter($entity::Column::Id.is_in(some.iter().copied()))
                $(.filter($is))?;
            found.extend($store.pairs(query).await?);
        }
        found
    }};
}

impl SqlStore {
    pub(super) async fn whose(&self, named: Vec<String>) -> Stored<BTreeMap<String, PersonId>> {
        let mut kinds: HashMap<&str, BTreeSet<Uuid>> = HashMap::new();
        for (kind, id) in named.iter().filter_map(|it| parts(it)) {
            kinds.entry(kind).or_default().insert(id);
        }
        let mut ids =
            |kind| -> Vec<Uuid> { kinds.remove(kind).unwrap_or_default().into_iter().collect() };
        let participants = pairs!(self, ids("participant_id"), participant.AppointmentId);
        let messages = pairs!(self, ids("message_id"), message.ConversationId);
        let files = pairs!(self, ids("file_id"), file.ConversationId);
        let payments = pairs!(self, ids("payment_id"), payment.PatientId);
        let wishes = pairs!(self, ids("waitlist_id"), waitlist_entry.PatientId);
        let grants = pairs!(self, ids("grant_id"), emergency_grant.PatientId);
        let is_patient = user::Column::Role.eq("patient");
        let people = pairs!(self, ids("person_id"), user.Id where is_patient.clone());
        let all = ids("appointment_id").into_iter().chain(participants.values().copied());
        let all: Vec<Uuid> = all.collect();
        let appointments = pairs!(self, all, appointment.PatientId);
        let talks = messages.values().chain(files.values()).copied();
        let all: Vec<Uuid> = ids("conversation_id").into_iter().chain(talks).collect();
        let conversations = pairs!(self, all, conversation.PatientId);
        let through = |first: &HashMap<Uuid, Uuid>, then: &HashMap<Uuid, Uuid>, id: &Uuid| {
            first.get(id).and_then(|it| then.get(it)).copied()
        };
        let patient = |kind: &str, id: Uuid| match kind {
            "patient_id" => Some(id),
            "person_id" => people.get(&id).copied(),
            "appointment_id" => appointments.get(&id).copied(),
            "participant_id" => through(&participants, &appointments, &id),
            "conversation_id" => conversations.get(&id).copied(),
            "message_id" => through(&messages, &conversations, &id),
            "file_id" => through(&files, &conversations, &id),
            "payment_id" => payments.get(&id).copied(),
            "waitlist_id" => wishes.get(&id).copied(),
            "grant_id" => grants.get(&id).copied(),
            _ => None,
        };
        let found = named.iter().filter_map(|it| {
            let (kind, id) = parts(it)?;
            Some((it.clone(), PersonId(patient(kind, id)?)))
        });
        Ok(found.collect())
    }

    /// Two ids of each row.
    pub(super) async fn pairs<E: EntityTrait>(
        &self,
        query: sea_orm::Select<E>,
    ) -> Stored<Vec<(Uuid, Uuid)>> {
        let call = super::call::Call::default();
        let query = query.into_tuple::<(Uuid, Uuid)>();
        call.run(async {
            query.all(&self.reading().await?).await.map_err(super::errors::before_commit)
        })
        .await
    }
}

fn parts(named: &str) -> Option<(&str, Uuid)> {
    let (kind, id) = named.split_once(':')?;
    Some((kind, id.parse().ok()?))
}
