//! Nothing begins anew for whoever was erased, whoever asks for it.

use crate::agenda::{Agenda, claim};
use crate::rights::is_erased;
use crate::support::Clinic;
use crate::talk::conversation;
use bedside::protocol::person::Role;
use bedside::store::schedule::ScheduleChange;
use bedside::store::{Conflict, StoreError};

const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);

pub(crate) async fn nothing_is_booked_for_whoever_was_erased(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let ada = agenda.clinic.hires("Ada Invented", Role::Admin).await;
    let reserved = agenda.reserves(100, 130).await;
    is_erased(store.as_ref(), agenda.patient.person_id, ada.person_id).await;
    let (_, hold) = agenda.hold(vec![claim(&agenda.clinician, 200, 230)]);
    let new = agenda.booking(100, 130);
    let placed = agenda.booking(300, 330);
    let theirs = claim(&agenda.clinician, 300, 330);
    for change in [
        hold,
        ScheduleChange::Book(reserved, vec![new]),
        ScheduleChange::Place(Box::new(placed), theirs),
    ] {
        let told = store.commit_schedule(agenda.saving(1, vec![change])).await;
        assert_eq!(told, Err(MISSING));
    }
    let release = agenda.saving(1, vec![ScheduleChange::Release(reserved)]);
    store.commit_schedule(release).await.unwrap();
}

pub(crate) async fn no_conversation_is_made_with_whoever_was_erased(clinic: Clinic) {
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let clinician = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let other = clinic.hires("Dr Kim Specimen", Role::Clinician).await;
    let patient = clinic.hires("Pat Example", Role::Patient).await;
    let store = &clinic.store;
    let before = conversation(&clinician, &patient);
    let before = store.open_conversation(before, None).await.unwrap();
    is_erased(store.as_ref(), patient.person_id, ada.person_id).await;
    let told = store.open_conversation(conversation(&other, &patient), None).await;
    assert_eq!(told, Err(MISSING));
    // What there was is still found.
    let found = store.open_conversation(conversation(&clinician, &patient), None).await.unwrap();
    assert_eq!(found.conversation_id, before.conversation_id);
}
