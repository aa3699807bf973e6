//! The cards of conversations: one conversation each, as one person sees it in a list.
//!
//! Owns: reading them. Invariant: a card of a conversation that its patient does not share with the person is not made.
//! Does not: keep them (`mailbox`), or decide who may read what (`sharing`).

use crate::actors::letters::Letters;
use crate::actors::sharing::unshared;
use crate::crypto::Keys;
use crate::domain::conversation::{Away, Conversation, Member, view};
use crate::domain::policy::Who;
use crate::protocol::conversation::ConversationCard;
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::conversations::{ConversationSummary, MemberRecord};
use crate::store::{Store, Stored};
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

/// Cards of one mailbox.
pub const MAX_CARDS: u32 = 200;

/// The conversations of a person, as they may see them, the most recently active first; and since when those that are not there may only
/// be too many: `None` when all of theirs were read.
///
/// # Errors
/// Those of the store.
pub async fn read_cards(
    person: PersonId,
    store: &dyn Store,
    keys: &Keys,
    now: UnixMillis,
) -> Stored<(Vec<ConversationCard>, Option<UnixMillis>)> {
    let mut cards = vec![];
    let all = store.conversations_of(person, MAX_CARDS).await?;
    let is_full = u32::try_from(all.len()).is_ok_and(|it| it >= MAX_CARDS);
    let last = all.last().map(|it| it.record.active_at).filter(|_| is_full);
    let closed = closed_to(person, &all, store, now).await?;
    // Many conversations are with few clinicians: each of them is asked about once.
    let mut away = BTreeMap::new();
    for summary in all {
        if closed.contains(&summary.record.conversation_id) {
            continue;
        }
        let clinicians: Vec<_> = clinicians_in(&summary.record.conversation()).collect();
        for id in clinicians {
            if let Entry::Vacant(unasked) = away.entry(id) {
                unasked.insert(until_when(id, store).await?);
            }
        }
        cards.extend(card_with(&summary, person, store, keys, &away).await?);
    }
    Ok((cards, last))
}

/// Those of a person's conversations that their patients do not share with them.
///
/// # Errors
/// Those of the store.
pub async fn closed_to(
    person: PersonId,
    all: &[ConversationSummary],
    store: &dyn Store,
    now: UnixMillis,
) -> Stored<BTreeSet<ConversationId>> {
    let is_person = |it: &&MemberRecord| it.person_id == Some(person) && it.left_at.is_none();
    let role = all.iter().find_map(|it| it.record.members.iter().find(is_person));
    let Some(role) = role.map(|it| it.role) else { return Ok(BTreeSet::new()) };
    let ids: Vec<_> = all.iter().map(|it| it.record.conversation_id).collect();
    unshared(store, (Who::Person(person), role), &ids, now).await
}

/// Whoever in it can be out of office.
fn clinicians_in(conversation: &Conversation) -> impl Iterator<Item = PersonId> {
    let clinicians = conversation.present().filter(|it| it.role == Role::Clinician);
    clinicians.filter_map(|it| it.person_id)
}

async fn until_when(id: PersonId, store: &dyn Store) -> Stored<Option<Away>> {
    Ok(store.away(id).await?.map(|it| Away { until: it.until, cover: None }))
}

/// One conversation as it stands in the list of a person.
///
/// # Errors
/// Those of the store.
pub async fn card(
    summary: &ConversationSummary,
    person: PersonId,
    store: &dyn Store,
    keys: &Keys,
) -> Stored<Option<ConversationCard>> {
    let mut away = BTreeMap::new();
    let clinicians: Vec<_> = clinicians_in(&summary.record.conversation()).collect();
    for id in clinicians {
        away.insert(id, until_when(id, store).await?);
    }
    card_with(summary, person, store, keys, &away).await
}

async fn card_with(
    summary: &ConversationSummary,
    person: PersonId,
    store: &dyn Store,
    keys: &Keys,
    away: &BTreeMap<PersonId, Option<Away>>,
) -> Stored<Option<ConversationCard>> {
    let record = &summary.record;
    let mut conversation = record.conversation();
    let is_person = |it: &&Member| it.person_id == Some(person);
    let you = conversation.present().find(is_person).map(|it| it.member_id);
    let Some(you) = you else { return Ok(None) };
    for member in conversation.members.iter_mut().filter(|it| it.is_in()) {
        let known = member.person_id.and_then(|it| away.get(&it));
        if let Some(away) = known {
            member.away.clone_from(away);
        }
    }
    let id = record.conversation_id;
    let letters = Letters::open(keys, store, id, record.key.as_ref()).await?;
    let read = |it| match &letters {
        Some(letters) => letters.read(it),
        None => it.message(None, vec![]),
    };
    Ok(Some(ConversationCard {
        conversation: view::of(&conversation, you),
        last: summary.last.as_ref().map(read),
        active_at: record.active_at,
        unread: summary.unread,
    }))
}
