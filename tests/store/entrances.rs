//! Sign-ins beside a change that shuts somebody out: whoever comes first, nothing is open afterwards.

use crate::residency::{at_home_in, europe};
use crate::samples::{NOW, guest_session, hash, link, session, who};
use crate::staff::{change, done};
use crate::support::Clinic;
use bedside::domain::people::Wish;
use bedside::protocol::person::Role;
use bedside::store::people::Changed;
use bedside::store::{Conflict, LinkUse, PersonRecord, SessionRecord, StoreError};
use std::sync::Arc;
use tokio::sync::Barrier;

const OUT: StoreError = StoreError::Conflict(Conflict::Suspended);
/// Sign-ins of one person beside one change.
const SIGN_INS: usize = 6;
const ROUNDS: u32 = 12;

/// As they are to be, and what is wished for.
type Turns = fn(&PersonRecord) -> (PersonRecord, Wish);

fn suspended(who: &PersonRecord) -> (PersonRecord, Wish) {
    (who.clone(), Wish::Suspend)
}

fn reinstated(who: &PersonRecord) -> (PersonRecord, Wish) {
    (who.clone(), Wish::Reinstate)
}

fn moved(who: &PersonRecord) -> (PersonRecord, Wish) {
    (at_home_in(who, "us-east"), Wish::Become(who.role))
}

fn back(who: &PersonRecord) -> (PersonRecord, Wish) {
    (at_home_in(who, "eu-west"), Wish::Become(who.role))
}

/// All of them begin together: sign-ins of somebody, an opened link of theirs, and what shuts them out.
async fn told_at_once(clinic: Clinic, shuts: Turns, opens: Turns) {
    let store = clinic.store.clone();
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let visit = clinic.books().await;
    let part = who(&visit, Role::Patient);
    let mut pat = clinic.hires("Sam Between", Role::Patient).await;
    let (mut before, mut after) = (0, 0);
    for round in 0..ROUNDS {
        let byte = u8::try_from(round).unwrap();
        let card = link(&visit, part, byte);
        store.create_link(card.clone(), None).await.unwrap();
        let of_link = SessionRecord {
            person_id: Some(pat.person_id),
            role: Role::Patient,
            ..guest_session(&card)
        };
        let together = Arc::new(Barrier::new(SIGN_INS + 2));
        let comes = (0..SIGN_INS).map(|_| {
            let (store, session, together) = (store.clone(), session(&pat), Arc::clone(&together));
            tokio::spawn(async move {
                together.wait().await;
                store.open_session(session).await
            })
        });
        let comes: Vec<_> = comes.collect();
        let by_link = tokio::spawn({
            let (store, together) = (store.clone(), Arc::clone(&together));
            async move {
                together.wait().await;
                store.use_link(&hash(byte), of_link, NOW).await
            }
        });
        let (person, wish) = shuts(&pat);
        let change_of_them = change(&person, &ada, wish);
        let gone = change_of_them.person.clone();
        together.wait().await;
        let changed = store.change_person(change_of_them, None).await;
        assert!(matches!(changed, Ok(Changed::Done { .. })), "{changed:?}");
        for it in comes {
            match it.await.expect("no panic") {
                Ok(()) => before += 1,
                told => {
                    assert_eq!(told, Err(OUT));
                    after += 1;
                }
            }
        }
        match by_link.await.expect("no panic") {
            Ok(LinkUse::Opened(_)) => before += 1,
            told => {
                assert_eq!(told, Err(OUT));
                after += 1;
            }
        }
        let open = store.sessions_of(pat.person_id, NOW, 100).await;
        assert_eq!(open, Ok(vec![]), "round {round}: what came in is out again");
        assert_eq!(store.sessions_of_participant(part).await, Ok(vec![]), "round {round}");
        let (person, wish) = opens(&gone);
        (pat, _) = done(&clinic, change(&person, &ada, wish)).await;
    }
    assert_eq!(before + after, ROUNDS as usize * (SIGN_INS + 1));
}

pub(crate) async fn a_sign_in_and_a_suspension_at_once_leave_nothing_open(clinic: Clinic) {
    told_at_once(clinic, suspended, reinstated).await;
}

pub(crate) async fn a_sign_in_and_a_move_at_once_leave_nothing_open(clinic: Clinic) {
    clinic.store.keep_people_of(europe());
    told_at_once(clinic, moved, back).await;
}
