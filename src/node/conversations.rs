//! Conversations of this node: opened, listed, looked at, assigned, resolved. What changes one is asked of its talk.
//!
//! Invariant: whoever is no member is told that there is no such conversation; a session from a join link knows the one of
//! its visit and no other. Does not: decide who may write what (`domain::conversation`).

use crate::actors::cards::{self, read_cards};
use crate::actors::directory::{Directory, Threads};
use crate::actors::letters::Letters;
use crate::actors::mailbox::{Mailbox, MailboxParts};
use crate::actors::room::RoomParts;
use crate::actors::talk::{Append, Look, Looked, Output, ReadVisit, Talk, TalkParts, What};
use crate::actors::whereabouts::Registry;
use crate::command::{Call, Execute, unsaved};
use crate::crypto::Keys;
use crate::domain::conversation::parts::{connects, pair, parts};
use crate::domain::conversation::{Cover, Member};
use crate::domain::policy::{Principal, Who, may_name_visit};
use crate::domain::visit::Visit;
use crate::node::{Node, lost};
use crate::protocol::conversation::{
    AssignConversation, ConversationCard, ConversationKind, ConversationStatus, ConversationView,
    Conversations, ListConversations, OpenConversation, OpenWith, ReadConversation,
    ResolveConversation,
};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, ConversationId, MemberId, OrganisationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::conversations::{ConversationRecord, MemberRecord};
use crate::store::organisations::{Kind, Named};
use crate::store::{PersonRecord, VisitFilter};
use std::sync::Arc;
use uuid::Uuid;

/// Appointments of a patient among which one with the clinician is looked for. Nobody has more.
const MAX_VISITS: u32 = 2_000;

/// What a page shows to who wants to call somebody in.
const NOT_SHARED: &str = "The patient shares messages with those who treat them only.";

/// The actors of conversations, and where people are.
pub(super) struct Actors {
    pub(super) talks: Directory<ConversationId, Talk>,
    pub(super) mailboxes: Directory<PersonId, Mailbox>,
    pub(super) whereabouts: Arc<Registry>,
}

/// None of them runs yet. They share with rooms what rooms share.
pub(super) fn actors(shared: &RoomParts, keys: &Arc<Keys>, threads: &Arc<Threads>) -> Actors {
    let (store, clock, emit) = (&shared.store, &shared.clock, &shared.emit);
    let whereabouts = Arc::new(Registry::new(Arc::clone(clock), Arc::clone(emit)));
    let talk_parts = Arc::new(TalkParts {
        store: Arc::clone(store),
        clock: Arc::clone(clock),
        emit: Arc::clone(emit),
        node: shared.node.clone(),
        keys: Arc::clone(keys),
        whereabouts: Arc::clone(&whereabouts),
    });
    let mailbox_parts = Arc::new(MailboxParts {
        store: Arc::clone(store),
        clock: Arc::clone(clock),
        keys: Arc::clone(keys),
    });
    let talk = move |id| Talk::new(id, Arc::clone(&talk_parts));
    let mailbox = move |id| Mailbox::new(id, Arc::clone(&mailbox_parts));
    Actors {
        talks: Directory::new(Arc::clone(threads), talk),
        mailboxes: Directory::new(Arc::clone(threads), mailbox),
        whereabouts,
    }
}

impl Execute<OpenConversation> for Node {
    async fn execute(&self, call: Call, op: OpenConversation) -> Result<ConversationCard, Fault> {
        match op.with {
            OpenWith::Visit { appointment_id } => self.open_of_visit(&call, appointment_id).await,
            OpenWith::Person { person_id } => self.open_with_person(&call, person_id).await,
        }
    }
}

impl Execute<ListConversations> for Node {
    async fn execute(&self, call: Call, _: ListConversations) -> Result<Conversations, Fault> {
        let conversations = match call.principal()?.who {
            Who::Person(id) => {
                read_cards(id, self.store.as_ref(), &self.keys, call.now).await.map_err(unsaved)?.0
            }
            Who::Participant(_) => self.only_card(&call.principal()?).await?.into_iter().collect(),
        };
        Ok(Conversations { conversations })
    }
}

impl Execute<ReadConversation> for Node {
    async fn execute(&self, call: Call, op: ReadConversation) -> Result<ConversationView, Fault> {
        Ok(self.look_into(&call.principal()?, op.conversation_id).await?.view)
    }
}

impl Execute<ResolveConversation> for Node {
    async fn execute(
        &self,
        call: Call,
        op: ResolveConversation,
    ) -> Result<ConversationView, Fault> {
        viewed(self.append(call, op.conversation_id, What::Resolve).await?)
    }
}

impl Execute<AssignConversation> for Node {
    async fn execute(&self, call: Call, op: AssignConversation) -> Result<ConversationView, Fault> {
        // First whether there is such a conversation: who is no member learns nothing of clinicians either.
        self.look_into(&call.principal()?, op.conversation_id).await?;
        let clinician = self.clinician(op.clinician_id).await?;
        let clinician = clinician
            .ok_or_else(|| Fault::invalid("clinician_id", "A clinician with an account."))?;
        let called = Principal {
            who: Who::Person(clinician.person_id),
            role: Role::Clinician,
            organisation: call.principal()?.organisation,
            only_visit: None,
        };
        let shared = self.must_be_shared(&called, op.conversation_id, call.now).await;
        shared.map_err(|fault| match fault.code {
            FaultCode::NotFound => Fault::new(FaultCode::NotAllowedNow).because(NOT_SHARED),
            _ => fault,
        })?;
        viewed(self.append(call, op.conversation_id, What::Assign(clinician)).await?)
    }
}

impl Node {
    /// A decision of a conversation's talk.
    pub(super) async fn append(
        &self,
        call: Call,
        id: ConversationId,
        what: What,
    ) -> Result<Output, Fault> {
        // Nobody calls what the hub itself does.
        if let Some(caller) = &call.caller {
            self.must_be_shared(&caller.principal, id, call.now).await?;
        }
        let talk = self.talks.find(id).ok_or(FaultCode::Draining)?;
        talk.send(Append { call, what }).await.map_err(|it| lost(&it))?
    }

    /// A conversation as the caller may see it.
    pub(super) async fn look_into(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<Looked, Fault> {
        self.must_be_shared(principal, id, self.clock.now()).await?;
        let talk = self.talks.find(id).ok_or(FaultCode::Draining)?;
        // Looking changes nothing: whoever could not, looks again.
        let looked = talk.send(Look(*principal)).await.map_err(|_| FaultCode::Unavailable)??;
        let is_gone = looked.letters.is_some() && self.has_no_key(id).await?;
        if is_gone {
            self.forget_talk(id);
        }
        Ok(if is_gone { looked.without_key() } else { looked })
    }

    /// The conversation of the one visit that a session from a join link knows, when there is one and they are in it.
    pub(super) async fn only_card(
        &self,
        principal: &Principal,
    ) -> Result<Option<ConversationCard>, Fault> {
        let Some(visit) = principal.only_visit else { return Ok(None) };
        let found = self.store.conversation_of_visit(visit).await.map_err(unsaved)?;
        let Some(id) = found else { return Ok(None) };
        match self.look_into(principal, id).await {
            Ok(looked) => Ok(Some(card(looked))),
            Err(fault) if fault.code == FaultCode::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// An account, when it is that of a clinician who can sign in.
    pub(super) async fn clinician(&self, id: PersonId) -> Result<Option<Cover>, Fault> {
        let person = self.store.person(id).await.map_err(unsaved)?;
        let clinician = person.filter(|it| it.role == Role::Clinician && it.may_sign_in());
        Ok(clinician.map(|it| Cover { person_id: id, display_name: it.display_name }))
    }

    async fn open_of_visit(
        &self,
        call: &Call,
        id: AppointmentId,
    ) -> Result<ConversationCard, Fault> {
        let principal = call.principal()?;
        may_name_visit(&principal, id)?;
        let visit = self.store.visit(id).await.map_err(unsaved)?.ok_or(FaultCode::NotFound)?;
        let belonging = parts(&visit);
        let own = belonging.iter().find(|it| it.is(principal.who)).ok_or(FaultCode::NotFound)?;
        // Who has been in it still is; nobody else makes one that they could not come into.
        if !own.may_come && self.store.conversation_of_visit(id).await.map_err(unsaved)?.is_none() {
            return Err(FaultCode::NotFound.into());
        }
        let coming = belonging.iter().filter(|it| it.may_come);
        let members = coming.map(|it| it.member(call.now)).collect();
        let conversation = of_visit(&visit, call.now);
        self.open_conversation(call, conversation, members).await
    }

    async fn open_with_person(
        &self,
        call: &Call,
        other: PersonId,
    ) -> Result<ConversationCard, Fault> {
        let Who::Person(own) = call.principal()?.who else {
            return Err(FaultCode::NotFound.into());
        };
        let nobody = || Fault::from(FaultCode::NotFound);
        let own = self.store.person(own).await.map_err(unsaved)?.ok_or_else(nobody)?;
        let other = self.store.person(other).await.map_err(unsaved)?.ok_or_else(nobody)?;
        let both = pair((own.person_id, own.role), (other.person_id, other.role));
        let (patient, clinician) = both.ok_or_else(nobody)?;
        // Nobody would read it.
        if !other.may_sign_in() {
            return Err(nobody());
        }
        let filter =
            VisitFilter { person_id: Some(patient), limit: MAX_VISITS, ..VisitFilter::default() };
        let visits = self.store.visits(filter).await.map_err(unsaved)?;
        if !visits.iter().any(|it| connects(it, patient, clinician)) {
            return Err(nobody());
        }
        let members = [&own, &other].map(|it| account(it, call.now)).into();
        let conversation =
            New { kind: ConversationKind::Care, visit: None, patient, clinician, now: call.now };
        self.open_conversation(call, conversation, members).await
    }

    /// Makes it, or finds the one that is there; then it looks as it does to the caller.
    async fn open_conversation(
        &self,
        call: &Call,
        new: New,
        members: Vec<Member>,
    ) -> Result<ConversationCard, Fault> {
        let id = ConversationId(Uuid::now_v7());
        // As whoever opens it will be told, and not by who calls.
        let of_patient = Named { kind: Kind::Person, id: new.patient.0 };
        let house = self.find_house(of_patient).await?.ok_or(FaultCode::NotFound)?;
        let key = Letters::make(&self.keys, id, house).await?;
        let record = ConversationRecord {
            conversation_id: id,
            kind: new.kind,
            appointment_id: new.visit,
            patient_id: new.patient,
            clinician_id: new.clinician,
            status: ConversationStatus::Quiet,
            assigned_to: None,
            created_at: new.now,
            active_at: new.now,
            key: Some(key),
            members: members.iter().map(MemberRecord::of).collect(),
            last_offset: 0,
        };
        // No answer is kept: opening it again finds the same one, as it is then.
        let opened = self.store.open_conversation(record, None).await.map_err(unsaved)?;
        if opened.key.is_none() && opened.kind == ConversationKind::Care {
            self.open_again(opened.conversation_id, house, call.now).await?;
        }
        let id = opened.conversation_id;
        self.must_be_shared(&call.principal()?, id, call.now).await?;
        let talk = self.talks.find(id).ok_or(FaultCode::Draining)?;
        talk.send(ReadVisit).await.map_err(|_| FaultCode::Unavailable)??;
        self.touched(&opened);
        let principal = call.principal()?;
        match principal.who {
            Who::Person(person) => {
                let summary = self.store.summary(id, person).await.map_err(unsaved)?;
                let summary = summary.ok_or(FaultCode::NotFound)?;
                let card = cards::card(&summary, person, self.store.as_ref(), &self.keys).await;
                card.map_err(unsaved)?.ok_or_else(|| FaultCode::NotFound.into())
            }
            Who::Participant(_) => Ok(card(self.look_into(&principal, id).await?)),
        }
    }

    /// A conversation whose time to be kept was over is begun anew: what was written in it stays unreadable.
    async fn open_again(
        &self,
        id: ConversationId,
        house: OrganisationId,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let key = Letters::make(&self.keys, id, house).await?;
        match self.store.renew_key(id, key, now).await {
            // Somebody else was faster.
            Ok(()) | Err(crate::store::StoreError::Conflict(_)) => {}
            Err(error) => return Err(unsaved(error)),
        }
        self.end_talk(id).await;
        Ok(())
    }

    /// A conversation may be new in these lists, or other than before.
    pub(super) fn touched(&self, record: &ConversationRecord) {
        self.happened(crate::actors::Happened::ConversationTouched {
            conversation_id: record.conversation_id,
            people: record.members.iter().filter_map(|it| it.person_id).collect(),
        });
    }
}

/// What is said of a new conversation.
struct New {
    kind: ConversationKind,
    visit: Option<AppointmentId>,
    patient: PersonId,
    clinician: PersonId,
    now: UnixMillis,
}

fn of_visit(visit: &Visit, now: UnixMillis) -> New {
    New {
        kind: ConversationKind::Visit,
        visit: Some(visit.facts.appointment_id),
        patient: visit.facts.patient_id,
        clinician: visit.facts.clinician_id,
        now,
    }
}

fn account(person: &PersonRecord, now: UnixMillis) -> Member {
    Member {
        member_id: MemberId(Uuid::now_v7()),
        person_id: Some(person.person_id),
        participant_id: None,
        role: person.role,
        display_name: person.display_name.clone(),
        joined_at: now,
        left_at: None,
        delivered: 0,
        displayed: 0,
        away: None,
    }
}

fn card(looked: Looked) -> ConversationCard {
    ConversationCard {
        conversation: looked.view,
        last: looked.last,
        active_at: looked.active_at,
        unread: looked.unread,
    }
}

fn viewed(output: Output) -> Result<ConversationView, Fault> {
    match output {
        Output::View(view) => Ok(*view),
        Output::Sent(_) | Output::Message(_) | Output::Done => Err(FaultCode::Internal.into()),
    }
}
