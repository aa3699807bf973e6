//! What may be done to a conversation, and which lines of the log that makes.
//!
//! Owns: writing, editing, deleting, resolving, assigning, and what a message does to the status and to who covers.
//! Invariant: pure; told the time; a refusal changes nothing. The order of the lines of one decision is the order in which
//! they are read: the message first, then what follows from it.

use super::{
    Away, Conversation, Cover, EDIT_WITHIN, Line, MAX_MEMBERS, Member, Refusal, Side, body,
};
use crate::domain::policy::Who;
use crate::protocol::conversation::{ConversationKind, ConversationStatus, Message};
use crate::protocol::file::FileCard;
use crate::protocol::ids::{MemberId, MessageId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;

/// A message to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub message_id: MessageId,
    /// Its text.
    pub body: Phi<String>,
    /// What it answers.
    pub reply_to: Option<MessageId>,
    /// What is sent with it.
    pub files: Vec<FileCard>,
}

/// What came of a decision.
pub type Decided = Result<Vec<Line>, Refusal>;

impl Conversation {
    /// The caller's part, when they may write.
    ///
    /// # Errors
    /// [`Refusal::NoSuchConversation`], [`Refusal::Closed`].
    pub fn writer(&self, who: Who) -> Result<&Member, Refusal> {
        let member = self.part_of(who)?;
        if self.is_closed { Err(Refusal::Closed) } else { Ok(member) }
    }

    /// Somebody writes. `new_member` is the id of whoever has to be called in because the clinician is out of office.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn post(&self, who: Who, draft: &Draft, new_member: MemberId, now: UnixMillis) -> Decided {
        let author = self.writer(who)?;
        check_text(&draft.body, &draft.files)?;
        let message = Message {
            message_id: draft.message_id,
            offset: self.last_offset.saturating_add(1),
            member_id: author.member_id,
            at: now,
            body: Some(draft.body.clone()),
            reply_to: draft.reply_to,
            edited_at: None,
            deleted_at: None,
            files: draft.files.clone(),
        };
        let mut lines = vec![Line::Posted(message)];
        let side = Side::of(author.role);
        let next = side.map_or(self.status, after_message);
        if next != self.status {
            lines.push(Line::Conversation(next, self.assigned_to));
        }
        if side == Some(Side::Patient) {
            lines.extend(self.cover(new_member, now));
        }
        Ok(lines)
    }

    /// Who is called in when the patient writes while the clinician is out of office. Whoever covers and is away as well
    /// is not covered in turn: two who cover each other would call in the clinic.
    fn cover(&self, new_member: MemberId, now: UnixMillis) -> Option<Line> {
        if self.kind != ConversationKind::Care {
            return None;
        }
        let away = self.responsible()?.away.as_ref().filter(|it| now < it.until)?;
        let Away { cover: Some(cover), .. } = away else { return None };
        self.called_in(cover, new_member, now)
    }

    /// A clinician as a member from now on; nothing when they are in it.
    fn called_in(&self, cover: &Cover, new_member: MemberId, now: UnixMillis) -> Option<Line> {
        match self.members.iter().find(|it| it.person_id == Some(cover.person_id)) {
            Some(known) if known.is_in() => None,
            Some(known) => Some(Line::Member(Member { left_at: None, ..known.clone() })),
            None if self.members.len() >= MAX_MEMBERS => None,
            None => Some(Line::Member(Member {
                member_id: new_member,
                person_id: Some(cover.person_id),
                participant_id: None,
                role: Role::Clinician,
                display_name: cover.display_name.clone(),
                joined_at: now,
                left_at: None,
                delivered: 0,
                displayed: 0,
                away: None,
            })),
        }
    }

    /// Who of the clinic looks after it: whoever was asked to, else who it was opened with.
    pub fn responsible(&self) -> Option<&Member> {
        let assigned = self.assigned_to.and_then(|it| self.member(it)).filter(|it| it.is_in());
        let opened = || self.present().find(|it| it.person_id == Some(self.clinician_id));
        assigned.or_else(opened)
    }

    /// The author writes a message anew.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn edit(&self, who: Who, known: &Message, text: &Phi<String>, now: UnixMillis) -> Decided {
        self.may_rewrite(who, known, now)?;
        check_text(text, &known.files)?;
        if known.deleted_at.is_some() {
            return Err(Refusal::Deleted);
        }
        // What cannot be read is not written anew: what was sent with it would be gone.
        if known.body.is_none() {
            return Err(Refusal::NoSuchMessage);
        }
        if known.body.as_ref() == Some(text) {
            return Ok(vec![]);
        }
        let edited = Message { body: Some(text.clone()), edited_at: Some(now), ..known.clone() };
        Ok(vec![Line::Rewritten(edited)])
    }

    /// The author takes a message back. Doing it twice is doing it once.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn delete(&self, who: Who, known: &Message, now: UnixMillis) -> Decided {
        if known.deleted_at.is_some() && self.writer(who)?.member_id == known.member_id {
            return Ok(vec![]);
        }
        self.may_rewrite(who, known, now)?;
        let deleted = Message { body: None, files: vec![], deleted_at: Some(now), ..known.clone() };
        Ok(vec![Line::Rewritten(deleted)])
    }

    /// A file of a message was checked: the message has it as it is now. Nothing when it was taken back meanwhile, or cannot be read.
    pub fn settle_file(&self, known: &Message, card: &FileCard) -> Vec<Line> {
        let is_it = |it: &FileCard| it.file_id == card.file_id;
        let changes = known.files.iter().any(|it| is_it(it) && it != card);
        if !changes || known.deleted_at.is_some() || known.body.is_none() {
            return vec![];
        }
        let mut files = known.files.clone();
        files.iter_mut().filter(|it| is_it(it)).for_each(|it| it.clone_from(card));
        vec![Line::Rewritten(Message { files, ..known.clone() })]
    }

    fn may_rewrite(&self, who: Who, known: &Message, now: UnixMillis) -> Result<(), Refusal> {
        if self.writer(who)?.member_id != known.member_id {
            Err(Refusal::NotTheAuthor)
        } else if now.since(known.at) > EDIT_WITHIN {
            Err(Refusal::TooLate)
        } else {
            Ok(())
        }
    }

    /// The clinic has dealt with it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn resolve(&self, who: Who) -> Decided {
        self.must_be_clinician(who)?;
        Ok(match self.status {
            ConversationStatus::Resolved => vec![],
            ConversationStatus::NeedsAnswer | ConversationStatus::Quiet => {
                vec![Line::Conversation(ConversationStatus::Resolved, self.assigned_to)]
            }
        })
    }

    /// Another clinician looks after it, and becomes a member.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn assign(&self, who: Who, to: &Cover, new_member: MemberId, now: UnixMillis) -> Decided {
        self.must_be_clinician(who)?;
        let present = self.present().find(|it| it.person_id == Some(to.person_id));
        if let Some(present) = present {
            return Ok(match self.assigned_to == Some(present.member_id) {
                true => vec![],
                false => vec![Line::Conversation(self.status, Some(present.member_id))],
            });
        }
        if self.kind == ConversationKind::Visit {
            return Err(Refusal::NotOfThisVisit);
        }
        let Some(Line::Member(member)) = self.called_in(to, new_member, now) else {
            return Err(Refusal::Full);
        };
        let assigned = Line::Conversation(self.status, Some(member.member_id));
        Ok(vec![Line::Member(member), assigned])
    }

    fn must_be_clinician(&self, who: Who) -> Result<(), Refusal> {
        let member = self.writer(who)?;
        if member.role == Role::Clinician { Ok(()) } else { Err(Refusal::NotOfTheClinic) }
    }

    /// Somebody is out of office from now on, or not any more.
    pub fn goes_away(&self, person: PersonId, away: Option<Away>) -> Vec<Line> {
        let of_person = self.present().filter(|it| it.person_id == Some(person));
        let changed = of_person.filter(|it| it.away != away);
        changed.map(|it| Line::Away(Member { away: away.clone(), ..it.clone() })).collect()
    }
}

/// A text may be missing where there are files.
fn check_text(text: &Phi<String>, files: &[FileCard]) -> Result<(), Refusal> {
    if text.expose().is_empty() && !files.is_empty() { Ok(()) } else { body::check(text.expose()) }
}

/// What a message of a side makes of the status.
const fn after_message(side: Side) -> ConversationStatus {
    match side {
        Side::Patient => ConversationStatus::NeedsAnswer,
        Side::Clinic => ConversationStatus::Quiet,
    }
}
