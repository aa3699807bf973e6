//! What a patient takes along: everything that is kept of them, and who had to do with it.
//!
//! Invariant: only what the caller may read anyhow, opened for them alone. Bounded: what is too much is left out, the oldest first, and the
//! answer says so. Does not: contain the bytes of files, which are fetched one by one.

use crate::actors::letters::Letters;
use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::node::Node;
use crate::node::practice::unread;
use crate::protocol::conversation::Message;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::operation::Operation as _;
use crate::protocol::record::{AccessLine, ExportRecord, RecordExport};
use crate::records::fhir::{Everything, bundle};
use crate::store::VisitFilter;
use crate::store::conversations::{ConversationSummary, Page};

/// Appointments and conversations of an export, and lines of the audit log.
const MOST: u32 = 1_000;
/// Messages of an export.
const MAX_MESSAGES: usize = 10_000;
/// Messages that are read at once.
const A_PAGE: u32 = 200;

impl Execute<ExportRecord> for Node {
    async fn execute(&self, call: Call, _: ExportRecord) -> Result<RecordExport, Fault> {
        let Who::Person(id) = call.principal()?.who else {
            return Err(FaultCode::Forbidden.into());
        };
        let person = self.store.person(id).await.map_err(unsaved)?.ok_or(FaultCode::NotFound)?;
        let profile = self.records().profile(id).await.map_err(unread)?;
        let filter = VisitFilter { person_id: Some(id), limit: MOST, ..Default::default() };
        let visits = self.store.visits(filter).await.map_err(unsaved)?;
        let (messages, talks, are_cut) = self.messages_of(id).await?;
        // As the door names what a call is about.
        let mut about: Vec<_> =
            visits.iter().map(|it| format!("appointment_id:{}", it.facts.appointment_id)).collect();
        about.extend(talks.iter().map(|it| format!("conversation_id:{it}")));
        about.extend(["patient_id", "person_id"].map(|it| format!("{it}:{id}")));
        // Both tell of the same: what is in the log by now.
        self.order_audit().await;
        let access = self.store.access_of(id, &about, MOST).await.map_err(unsaved)?;
        let (events, are_events_cut) = self.events_of(id, MOST).await?;
        let is_full = |it: usize| u32::try_from(it).is_ok_and(|it| it == MOST);
        let is_cut = are_cut || is_full(visits.len()) || is_full(access.len()) || are_events_cut;
        // That they looked themselves is told by looking.
        let others = access.into_iter().filter(|it| it.operation != ExportRecord::NAME);
        let everything = Everything {
            person: &person,
            profile: &profile.ok_or(FaultCode::NotFound)?,
            visits: &visits,
            messages: &messages,
            events,
            now: call.now,
        };
        let lines = others.map(|it| AccessLine {
            at: it.at,
            caller: it.caller,
            role: it.role,
            operation: it.operation,
            phase: it.phase,
        });
        Ok(RecordExport {
            fhir: bundle(everything),
            access: lines.collect(),
            is_cut,
            made_at: call.now,
        })
    }
}

type Told = Vec<(ConversationId, Message, bool)>;

impl Node {
    async fn messages_of(&self, id: PersonId) -> Result<(Told, Vec<ConversationId>, bool), Fault> {
        let (mut told, mut talks) = (Vec::new(), Vec::new());
        let all = self.store.conversations_of(id, MOST).await.map_err(unsaved)?;
        let mut is_cut = u32::try_from(all.len()).is_ok_and(|it| it == MOST);
        for it in all {
            talks.push(it.record.conversation_id);
            is_cut |= self.read_whole(id, &it, &mut told).await?;
        }
        Ok((told, talks, is_cut))
    }

    /// Whether there was more.
    async fn read_whole(
        &self,
        id: PersonId,
        it: &ConversationSummary,
        told: &mut Told,
    ) -> Result<bool, Fault> {
        let conversation = it.record.conversation_id;
        let letters =
            Letters::open(&self.keys, &*self.store, conversation, it.record.key.as_ref()).await?;
        let Some(letters) = letters else { return Ok(false) };
        let own: Vec<_> = it
            .record
            .members
            .iter()
            .filter(|it| it.person_id == Some(id))
            .map(|it| it.member_id)
            .collect();
        let mut before = u32::MAX;
        loop {
            let page = self.store.messages(conversation, Page::Before(before), A_PAGE).await;
            let page = page.map_err(unsaved)?;
            let Some(first) = page.first() else { return Ok(false) };
            before = first.offset;
            for kept in page.iter().rev() {
                if told.len() == MAX_MESSAGES {
                    return Ok(true);
                }
                told.push((conversation, letters.read(kept), own.contains(&kept.member_id)));
            }
        }
    }
}
