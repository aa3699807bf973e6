//! Erasures of conversations alone.

use crate::agenda::{Agenda, minute};
use crate::rights::{asks, asks_less, erase, hold};
use crate::samples::{NOW, answered};
use crate::support::Clinic;
use crate::talk::{Talk, conversation};
use bedside::protocol::conversation::ConversationKind;
use bedside::protocol::ids::{AppointmentId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::record::ErasureScope;
use bedside::store::conversations::ConversationRecord;
use bedside::store::records::{EraseTalks, ErasureRecord, Lift, TalkCounts, TalksOf};
use bedside::store::{Conflict, Store, StoreError, Stored};
use sea_orm::ConnectionTrait as _;
use std::sync::Arc;

const STALE: Stored<()> = Err(StoreError::Conflict(Conflict::Stale));
const LESS: ErasureScope = ErasureScope::Conversations;

/// A patient with three conversations: between visits, of a visit that is over, of one to come.
struct Ana {
    store: Arc<dyn Store>,
    id: PersonId,
    ada: PersonId,
    goes: [ConversationRecord; 2],
    stays: ConversationRecord,
}

impl Ana {
    async fn opens(clinic: Clinic) -> Ana {
        let mut agenda = Agenda::open(clinic).await;
        let (over, to_come) = (agenda.books(40, 70).await, agenda.books(200, 230).await);
        let care = conversation(&agenda.clinician, &agenda.patient);
        let of = |visit: AppointmentId| ConversationRecord {
            kind: ConversationKind::Visit,
            appointment_id: Some(visit),
            ..conversation(&agenda.clinician, &agenda.patient)
        };
        let (goes, stays) = ([care, of(over)], of(to_come));
        let store = agenda.clinic.store.clone();
        for it in goes.iter().chain([&stays]) {
            store.open_conversation(it.clone(), None).await.unwrap();
        }
        let ada = agenda.clinic.hires("Ada Pretend", Role::Admin).await.person_id;
        Ana { store, id: agenda.patient.person_id, ada, goes, stays }
    }

    /// All but those of visits that end after the hundredth minute.
    fn talks(&self) -> TalksOf {
        TalksOf { patient: self.id, but_after: Some(minute(100)) }
    }

    fn erases(&self, of: &ErasureRecord, left_out: u32) -> EraseTalks {
        EraseTalks { erase: erase(of, self.ada), but_after: minute(100), left_out }
    }

    async fn has_key(&self, it: &ConversationRecord) -> bool {
        self.store.conversation(it.conversation_id).await.unwrap().unwrap().key.is_some()
    }
}

pub(crate) async fn conversations_go_but_for_those_of_visits_to_come(clinic: Clinic) {
    let ana = Ana::opens(clinic).await;
    let (store, talks) = (&ana.store, ana.talks());
    let counts = TalkCounts { standing: 2, left_out: 1, destroyed: 0 };
    assert_eq!(store.talk_counts(talks).await, Ok(counts));
    let all = TalkCounts { standing: 3, left_out: 0, destroyed: 0 };
    assert_eq!(store.talk_counts(TalksOf::all(ana.id)).await, Ok(all));
    let asked = store.ask_erasure(asks_less(ana.id, 1)).await.unwrap();

    let stays = ana.stays.conversation_id;
    assert_eq!(store.destroy_talk(talks, stays).await, Ok(false), "it is to come");
    assert_eq!(store.erase_talks(ana.erases(&asked, 1), None).await, STALE, "two stand");
    for it in &ana.goes {
        assert_eq!(store.destroy_talk(talks, it.conversation_id).await, Ok(true));
    }
    assert_eq!(store.standing_talks(talks, 9).await, Ok(vec![]));
    assert_eq!(store.erase_talks(ana.erases(&asked, 0), None).await, STALE, "one stays");
    let done = store.erase_talks(ana.erases(&asked, 1), Some(answered("k"))).await;
    assert_eq!(done, Ok(()));
    assert_eq!(store.erase_talks(ana.erases(&asked, 1), None).await, STALE, "once");

    assert!(ana.has_key(&ana.stays).await && !ana.has_key(&ana.goes[0]).await);
    let counts = TalkCounts { standing: 0, left_out: 1, destroyed: 2 };
    assert_eq!(store.talk_counts(talks).await, Ok(counts));
    let certificate = erase(&asked, ana.ada).certificate;
    let kept = ErasureRecord {
        done: Some((erase(&asked, ana.ada).at, certificate)),
        left_out: Some(1),
        ..asked.clone()
    };
    assert_eq!(store.erasure(asked.erasure_id).await, Ok(Some(kept.clone())));
    assert_eq!(store.last_erasure(ana.id, LESS).await, Ok(Some(kept)));
    let person = store.person(ana.id).await.unwrap().unwrap();
    assert_eq!(person.display_name.expose(), "Pat Example");
}

pub(crate) async fn no_erasure_of_conversations_is_certified_while_a_hold_stands(clinic: Clinic) {
    let ana = Ana::opens(clinic).await;
    let store = &ana.store;
    let asked = store.ask_erasure(asks_less(ana.id, 1)).await.unwrap();
    for it in &ana.goes {
        store.destroy_talk(ana.talks(), it.conversation_id).await.unwrap();
    }
    let hold = hold(ana.id, ana.ada, 2);
    store.set_legal_hold(hold.clone(), None).await.unwrap();
    assert_eq!(store.erase_talks(ana.erases(&asked, 1), None).await, STALE);
    let (by, reason) = (ana.ada, "It is over".into());
    store.lift_legal_hold(Lift { hold_id: hold.hold_id, by, at: NOW, reason }, None).await.unwrap();
    assert_eq!(store.erase_talks(ana.erases(&asked, 1), None).await, Ok(()));
}

pub(crate) async fn one_of_each_waits_and_everything_answers_both(clinic: Clinic) {
    let ana = Ana::opens(clinic).await;
    let store = &ana.store;
    let less = store.ask_erasure(asks_less(ana.id, 1)).await.unwrap();
    let everything = store.ask_erasure(asks(ana.id, 2)).await.unwrap();
    assert_ne!(less.erasure_id, everything.erasure_id);
    assert_eq!(store.ask_erasure(asks_less(ana.id, 3)).await, Ok(less.clone()), "it waits");
    assert_eq!(store.ask_erasure(asks(ana.id, 3)).await, Ok(everything.clone()), "so does this");
    assert_eq!(store.last_erasure(ana.id, LESS).await, Ok(Some(less.clone())));

    let all = TalksOf::all(ana.id);
    for id in store.standing_talks(all, 9).await.unwrap() {
        assert_eq!(store.destroy_talk(all, id).await, Ok(true), "those to come as well");
    }
    let other = store.erase(erase(&less, ana.ada), None).await.map(drop);
    assert_eq!(other, STALE, "that was not asked for");
    assert_eq!(store.erase_talks(ana.erases(&everything, 0), None).await, STALE);
    assert_eq!(store.erase_talks(ana.erases(&less, 0), None).await, Ok(()));
    let again = store.ask_erasure(asks_less(ana.id, 4)).await.unwrap();
    assert_ne!(again.erasure_id, less.erasure_id, "what was carried out may be asked for again");
    assert_eq!(store.last_erasure(ana.id, LESS).await, Ok(Some(again.clone())), "it waits");

    store.erase(erase(&everything, ana.ada), None).await.unwrap();
    let done = erase(&everything, ana.ada);
    let kept = store.erasure(again.erasure_id).await.unwrap().unwrap();
    assert_eq!((kept.done, kept.left_out), (Some((done.at, done.certificate)), Some(0)));
    let first = store.erasure(less.erasure_id).await.unwrap().unwrap();
    assert_eq!(first.done.unwrap().1, erase(&less, ana.ada).certificate, "that one stays");
}

/// It knows no scope, and takes one that waits for one of everything.
pub(crate) async fn a_program_of_before_erases_nobody_who_asked_for_less(clinic: Clinic) {
    let talk = Talk::open(clinic.clone()).await;
    let (store, id) = (&clinic.store, talk.patient.person_id);
    let less = store.ask_erasure(asks_less(id, 1)).await.unwrap();
    let shell = clinic.shell().await;
    let done = |scope: &str| {
        format!(
            "UPDATE erasures SET done_at = 9, done_by = user_id, certificate = 'c', signature = 's',
             public_key = 'k' WHERE scope = '{scope}'"
        )
    };
    let of_less = shell.execute_unprepared(&done("conversations")).await;
    assert!(of_less.is_err(), "it does not say what stays");
    assert_eq!(store.erasure(less.erasure_id).await, Ok(Some(less)));
    // What it writes itself is of everything.
    let asked = "INSERT INTO erasures (id, user_id, asked_at) SELECT id, id, 1 FROM users
                 WHERE role = 'patient'";
    shell.execute_unprepared(asked).await.unwrap();
    let waits = store.last_erasure(id, ErasureScope::Everything).await.unwrap().unwrap();
    assert_eq!((waits.scope, waits.done), (ErasureScope::Everything, None));
    shell.execute_unprepared(&done("everything")).await.expect("as it did before");
}
