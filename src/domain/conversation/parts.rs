//! Which members a visit makes, and how the conversation of a visit follows it.
//!
//! Owns: who has a part. Invariant: patient, clinician and an interpreter that was booked belong to it from the beginning;
//! a guest as long as they are admitted and not revoked. Whoever is sent back to the waiting room hears nothing meanwhile.

use super::{Conversation, Line, MAX_MEMBERS, Member};
use crate::domain::policy::Who;
use crate::domain::visit::{Closed, Visit};
use crate::protocol::ids::{MemberId, ParticipantId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;

/// Somebody with a part in a visit who belongs into its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Their part in the visit; their part in the conversation has the same id.
    pub participant_id: ParticipantId,
    /// Account.
    pub person_id: Option<PersonId>,
    /// Role.
    pub role: Role,
    /// Name.
    pub display_name: Phi<String>,
    /// Whether they may come in; who is in stays in.
    pub may_come: bool,
}

/// Everybody who belongs into the conversation of a visit, in the order of their ids. A guest comes in when the patient
/// has been admitted as well: the patient is in it from the beginning, and before admission learns of nobody else (RM-2).
pub fn parts(visit: &Visit) -> Vec<Part> {
    let is_patient_admitted = visit.patient().is_some_and(|it| it.is_admitted);
    let belongs = |it: &&crate::domain::visit::Member| {
        !it.is_revoked && (it.person_id.is_some() || it.is_admitted)
    };
    visit
        .members
        .values()
        .filter(belongs)
        .map(|it| Part {
            participant_id: it.participant_id,
            person_id: it.person_id,
            role: it.role,
            display_name: it.display_name.clone(),
            may_come: it.person_id.is_some() || is_patient_admitted,
        })
        .collect()
}

impl Part {
    /// As a member from `at` on.
    pub fn member(&self, at: UnixMillis) -> Member {
        Member {
            member_id: MemberId(self.participant_id.0),
            person_id: self.person_id,
            participant_id: Some(self.participant_id),
            role: self.role,
            display_name: self.display_name.clone(),
            joined_at: at,
            left_at: None,
            delivered: 0,
            displayed: 0,
            away: None,
        }
    }

    /// Whether this is them.
    pub fn is(&self, who: Who) -> bool {
        match who {
            Who::Person(id) => self.person_id == Some(id),
            Who::Participant(id) => self.participant_id == id,
        }
    }
}

/// What has to be said in the conversation of a visit so that it has the members that the visit has now.
pub fn follow(conversation: &Conversation, parts: &[Part], now: UnixMillis) -> Vec<Line> {
    let mut lines = vec![];
    for member in conversation.present() {
        let stays = parts.iter().any(|it| Some(it.participant_id) == member.participant_id);
        if !stays {
            lines.push(Line::Member(Member { left_at: Some(now), ..member.clone() }));
        }
    }
    let mut count = conversation.members.len();
    for part in parts {
        let id = MemberId(part.participant_id.0);
        match conversation.member(id) {
            Some(known) if known.is_in() => {}
            _ if !part.may_come => {}
            Some(known) => {
                let back = Member { left_at: None, ..known.clone() };
                lines.push(Line::Member(back));
            }
            None if count < MAX_MEMBERS => {
                count += 1;
                lines.push(Line::Member(part.member(now)));
            }
            None => {}
        }
    }
    lines
}

/// Whether a visit is a reason for patient and clinician to write to each other: they have an appointment, or had one.
pub fn connects(visit: &Visit, patient: PersonId, clinician: PersonId) -> bool {
    let facts = &visit.facts;
    visit.closed != Some(Closed::Cancelled)
        && (facts.patient_id, facts.clinician_id) == (patient, clinician)
}

/// Patient and clinician of a conversation that one of them opens with the other; nothing for any other two.
pub fn pair(one: (PersonId, Role), other: (PersonId, Role)) -> Option<(PersonId, PersonId)> {
    match (one, other) {
        ((patient, Role::Patient), (clinician, Role::Clinician))
        | ((clinician, Role::Clinician), (patient, Role::Patient)) => Some((patient, clinician)),
        _ => None,
    }
}
