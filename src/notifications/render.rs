//! The text of a notice at the moment of sending, or why it is not sent (OB-3).
//!
//! Owns: the reading of what is so now, the four reasons not to send, and the words. Invariants: what is about an older
//! version, or about an appointment that is closed, is not sent. Subject and short message name no person, no specialty
//! and no reason; the body names the receiver and the clinician, never the patient to anybody else.
//! Does not: send.

use super::calendar::{self, Entry};
use super::{Message, links, when};
use crate::crypto::Keys;
use crate::domain::conversation::Side;
use crate::domain::conversation::attention::waits_for;
use crate::domain::visit::{Closed, Visit};
use crate::protocol::ids::PersonId;
use crate::protocol::person::{PersonStatus, Role};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::records::{Records, Unread};
use crate::store::conversations::Page;
use crate::store::outbox::{Channel, NewNotice, NoticeKind, Preferences};
use crate::store::{PersonRecord, Store, StoreError, Stored};

/// It tells of what is no longer so.
pub const OVERTAKEN: &str = "overtaken";
/// It would come too late to be of use.
pub const TOO_LATE: &str = "too_late";
/// Somebody has looked at it meanwhile.
pub const SEEN: &str = "seen";
/// The person does not want it.
pub const UNWANTED: &str = "unwanted";
/// The person has no address of that kind.
pub const NO_ADDRESS: &str = "no_address";

/// Conversations of one person that are looked at for a message that waits, the most recently active ones.
const MAX_LOOKED_AT: u32 = 200;
/// Messages of one conversation that are looked at, from the first that was not seen.
const MAX_WAITING: u32 = 20;

/// How the hub calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What browsers call it.
    pub public_url: String,
    /// Its mail address.
    pub address: String,
}

/// What becomes of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// To be sent.
    Send(Box<Message>),
    /// To be kept in the inbox.
    Keep(Phi<String>),
    /// Not to be sent, and why.
    Skip(&'static str),
}

/// Everything that a text is made of, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// The appointment and its version, when the notice is about one and there is one.
    pub appointment: Option<(Visit, u32)>,
    /// The account.
    pub person: Option<PersonRecord>,
    /// E.164.
    pub phone: Option<Phi<String>>,
    /// What they want.
    pub preferences: Preferences,
    /// A message waits for them that nobody of their side has looked at.
    pub has_waiting: bool,
    /// What its mail says around a link that sets a password, while that is good.
    pub link: Option<Phi<String>>,
}

/// Reads what is so now.
///
/// # Errors
/// Those of the store.
pub async fn read(
    store: &dyn Store,
    keys: &Keys,
    notice: &NewNotice,
    (at, site): (UnixMillis, &Site),
) -> Stored<Now> {
    let appointment = match notice.appointment_id {
        Some(id) => {
            let visit = store.visit(id).await?;
            let booking = store.bookings(&[id]).await?.pop();
            visit.zip(booking.map(|it| it.version))
        }
        None => None,
    };
    let phone = match notice.channel {
        Channel::Sms => match Records::new(store, &keys.vault).profile(notice.person_id).await {
            Ok(opened) => opened.and_then(|it| it.profile.phone),
            // Whose number cannot be read is written no short message; it was reported.
            Err(Unread::Damaged | Unread::Gone) => None,
            Err(Unread::Unavailable) => return Err(StoreError::Aborted),
            Err(Unread::Store(error)) => return Err(error),
        },
        Channel::Email | Channel::Inbox => None,
    };
    Ok(Now {
        appointment,
        person: store.person(notice.person_id).await?,
        phone,
        preferences: store.preferences(notice.person_id).await?,
        has_waiting: match notice.kind {
            NoticeKind::NewMessage => has_waiting(store, notice).await?,
            _ => false,
        },
        link: match notice.kind.has_link() {
            true => store.link_of_mail(notice.notice_id, at).await?.map(|it| {
                let url = links::url(&site.public_url, &keys.sealer, it.kind, it.link_id);
                Phi::new(links::words(it.kind, &url))
            }),
            false => None,
        },
    })
}

/// Whether a message waits for somebody that made this notice. It does not say in which conversation: all of theirs are
/// looked at that they have not read to the end.
async fn has_waiting(store: &dyn Store, notice: &NewNotice) -> Stored<bool> {
    let person = notice.person_id;
    for summary in store.conversations_of(person, MAX_LOOKED_AT).await? {
        let conversation = summary.record.conversation();
        let is_person = |it: &&crate::domain::conversation::Member| it.person_id == Some(person);
        let part = conversation.present().find(is_person);
        let side = part.and_then(|it| Side::of(it.role)).filter(|_| summary.unread > 0);
        let Some(side) = side else { continue };
        let after = Page::After(conversation.seen_by(side));
        let kept = store.messages(summary.record.conversation_id, after, MAX_WAITING).await?;
        let waiting: Vec<_> = kept.iter().map(|it| it.message(None, vec![])).collect();
        if waits_for(&conversation, person, &waiting, notice.due_at) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Decides about a notice, and words it.
pub fn render(notice: &NewNotice, is: &Now, at: UnixMillis, site: &Site) -> Rendered {
    if let Some(why) = reason_not_to(notice, is, at) {
        return Rendered::Skip(why);
    }
    let Some(person) = &is.person else { return Rendered::Skip(NO_ADDRESS) };
    let words = Words { notice, is, person, site };
    match notice.channel {
        Channel::Inbox => Rendered::Keep(Phi::new(words.facts())),
        Channel::Email => words.mail(at),
        Channel::Sms => words.short_message(at),
    }
}

fn reason_not_to(notice: &NewNotice, is: &Now, at: UnixMillis) -> Option<&'static str> {
    if notice.appointment_id.is_some() && !is_still_so(notice, is.appointment.as_ref()) {
        return Some(OVERTAKEN);
    }
    if notice.kind == NoticeKind::NewMessage && !is.has_waiting {
        return Some(SEEN);
    }
    // It was used, or another one was asked for, or whoever it is for cannot sign in any more.
    let is_out = |it: &PersonRecord| !(it.may_sign_in() || it.status() == PersonStatus::Invited);
    let is_overtaken = is.link.is_none() || is.person.as_ref().is_none_or(is_out);
    if notice.kind.has_link() && is_overtaken && notice.useless_at.is_some_and(|it| at < it) {
        return Some(OVERTAKEN);
    }
    if notice.useless_at.is_some_and(|useless_at| at >= useless_at) {
        return Some(TOO_LATE);
    }
    let wanted = is.preferences;
    let is_wanted = match notice.channel {
        // Nobody silences what they are told for somebody else's safety, or their own.
        Channel::Email => wanted.email || notice.kind.is_alert(),
        Channel::Sms => wanted.sms,
        Channel::Inbox => true,
    };
    (!is_wanted || notice.kind.is_reminder() && !wanted.reminders).then_some(UNWANTED)
}

fn is_still_so(notice: &NewNotice, appointment: Option<&(Visit, u32)>) -> bool {
    let Some((visit, version)) = appointment else { return false };
    let fits = match notice.kind {
        NoticeKind::Cancelled => visit.closed == Some(Closed::Cancelled),
        NoticeKind::Booked
        | NoticeKind::Moved
        | NoticeKind::DayBefore
        | NoticeKind::HourBefore
        | NoticeKind::PlaceFree
        | NoticeKind::NewMessage
        | NoticeKind::RecordOpened
        | NoticeKind::ReviewDue
        | NoticeKind::PasswordAsked
        | NoticeKind::Invited
        | NoticeKind::PasswordChanged => visit.closed.is_none(),
    };
    fits && *version == notice.version
}

/// What the words are made of.
struct Words<'a> {
    notice: &'a NewNotice,
    is: &'a Now,
    person: &'a PersonRecord,
    site: &'a Site,
}

impl Words<'_> {
    fn mail(&self, at: UnixMillis) -> Rendered {
        let Ok(address) = self.person.email.expose().parse::<lettre::Address>() else {
            return Rendered::Skip(NO_ADDRESS);
        };
        let to = Phi::new(address.to_string());
        let text = format!(
            "Hello {},\n\n{}\n\nThis message was sent by a machine, and nobody reads answers to it.\n",
            one_line(self.person.display_name.expose()),
            self.is.link.as_ref().map_or_else(|| self.facts(), |it| it.expose().clone()),
        );
        let calendar = self.entry(at).map(|it| calendar::invitation(it, &to));
        Rendered::Send(Box::new(Message {
            notice_id: self.notice.notice_id,
            to,
            subject: self.in_short(),
            text: Phi::new(text),
            calendar,
            made_at: at,
        }))
    }

    fn short_message(&self, at: UnixMillis) -> Rendered {
        let Some(to) = self.is.phone.clone().filter(|it| is_e164(it.expose())) else {
            return Rendered::Skip(NO_ADDRESS);
        };
        Rendered::Send(Box::new(Message {
            notice_id: self.notice.notice_id,
            to,
            subject: String::new(),
            text: Phi::new(format!("{}. {}", self.in_short(), self.link())),
            calendar: None,
            made_at: at,
        }))
    }

    /// One line that everybody may read.
    fn in_short(&self) -> String {
        match &self.is.appointment {
            Some((visit, _)) => format!("{}: {}", self.headline(), self.time_of(visit)),
            None => self.headline().to_owned(),
        }
    }

    const fn headline(&self) -> &'static str {
        match self.notice.kind {
            NoticeKind::Booked => "Your appointment is booked",
            NoticeKind::Moved => "Your appointment has a new time",
            NoticeKind::Cancelled => "Your appointment is cancelled",
            NoticeKind::DayBefore => "Reminder of your appointment",
            NoticeKind::HourBefore => "Your appointment begins soon",
            NoticeKind::PlaceFree => "An earlier time is free",
            NoticeKind::NewMessage => "A message waits for you",
            NoticeKind::RecordOpened => "Your record was opened in an emergency",
            NoticeKind::ReviewDue => "An emergency access has to be looked into",
            NoticeKind::PasswordAsked => "A new password was asked for",
            NoticeKind::Invited => "An account was made for you",
            NoticeKind::PasswordChanged => "Your password was changed",
        }
    }

    /// What there is to know, for the receiver alone.
    fn facts(&self) -> String {
        let mut lines = vec![format!("{}.", self.headline())];
        if let Some((visit, _)) = &self.is.appointment {
            lines.push(String::new());
            lines.push(format!("When: {}", self.time_of(visit)));
            let agreed = when::for_people(visit.facts.starts_at, &visit.facts.time_zone);
            if !is_same_wall_time(&agreed, &self.time_of(visit)) {
                lines.push(format!("Where it was booked, that is: {agreed}"));
            }
            let length = visit.facts.ends_at.since(visit.facts.starts_at).as_secs() / 60;
            lines.push(format!("Length: {length} minutes"));
            if let Some(clinician) = self.clinician(visit) {
                lines.push(format!("With: {clinician}"));
            }
        }
        lines.push(String::new());
        lines.push(match self.notice.kind {
            NoticeKind::Booked
            | NoticeKind::Moved
            | NoticeKind::DayBefore
            | NoticeKind::HourBefore => {
                format!("It takes place by video: {}", self.link())
            }
            NoticeKind::Cancelled => format!("To book another one: {}/", self.site.public_url),
            NoticeKind::PlaceFree => format!("Whoever is first gets it: {}", self.link()),
            NoticeKind::NewMessage => format!("To read it, sign in: {}/", self.site.public_url),
            NoticeKind::RecordOpened => {
                format!("Who it was and what they did is told to you: {}/", self.site.public_url)
            }
            NoticeKind::ReviewDue => format!("To look into it: {}/", self.site.public_url),
            NoticeKind::PasswordAsked | NoticeKind::Invited => {
                format!("What is to be done is in an e-mail. To sign in: {}/", self.site.public_url)
            }
            NoticeKind::PasswordChanged => format!(
                "Your other sign-ins have ended. If it was not you, choose another one at once, and tell your clinic: {}/forgot",
                self.site.public_url
            ),
        });
        lines.join("\n")
    }

    /// In the receiver's zone.
    fn time_of(&self, visit: &Visit) -> String {
        when::for_people(visit.facts.starts_at, &self.person.time_zone)
    }

    /// Who treats, unless that is the receiver.
    fn clinician(&self, visit: &Visit) -> Option<String> {
        let me: PersonId = self.person.person_id;
        let host = visit.members.values().find(|it| it.role == Role::Clinician)?;
        (host.person_id != Some(me)).then(|| one_line(host.display_name.expose()))
    }

    fn link(&self) -> String {
        match self.notice.appointment_id {
            Some(id) => calendar::link(&self.site.public_url, id),
            None => format!("{}/", self.site.public_url),
        }
    }

    /// For the calendar: whatever changes the appointment. A reminder finds it there.
    fn entry(&self, at: UnixMillis) -> Option<Entry<'_>> {
        let (visit, version) = self.is.appointment.as_ref()?;
        let is_change = !self.notice.kind.is_reminder();
        is_change.then(|| Entry {
            appointment_id: visit.facts.appointment_id,
            version: *version,
            starts_at: visit.facts.starts_at,
            ends_at: visit.facts.ends_at,
            is_cancelled: visit.closed.is_some(),
            made_at: at,
            public_url: &self.site.public_url,
            organizer: &self.site.address,
        })
    }
}

/// Day and time, before the zone.
fn is_same_wall_time(one: &str, other: &str) -> bool {
    one.split(' ').take(5).eq(other.split(' ').take(5))
}

/// A name stays on its line, whatever is in it.
fn one_line(name: &str) -> String {
    name.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// ITU-T E.164: a plus and up to 15 digits, none of them a leading zero.
fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests;
