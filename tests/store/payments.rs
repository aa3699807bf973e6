//! Payments: one a hold, changed by whoever has read the newest, and used once.

use crate::agenda::{Agenda, STALE, claim, minute};
use crate::samples::at_once;
use crate::support::Clinic;
use bedside::domain::payment::State;
use bedside::protocol::ids::{AppointmentId, HoldId, OrganisationId, PaymentId};
use bedside::store::StoreError;
use bedside::store::payment::PaymentRecord;
use bedside::store::schedule::ScheduleChange;
use uuid::Uuid;

pub(crate) fn payment(agenda: &Agenda, hold: HoldId) -> PaymentRecord {
    PaymentRecord {
        payment_id: PaymentId(Uuid::now_v7()),
        hold_id: hold,
        patient_id: agenda.patient.person_id,
        amount_minor: 4_500,
        currency: "EUR".to_owned(),
        state: State::Pending,
        provider_ref: None,
        page_url: None,
        reason: Some("A rash, fictional".into()),
        appointment_id: None,
        created_at: minute(0),
        updated_at: minute(0),
        next_look_at: Some(minute(10)),
        attempts: 0,
        revision: 0,
    }
}

pub(crate) async fn of_many_payments_of_one_hold_one_is(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let hold = agenda.holds(vec![claim(&agenda.clinician, 100, 130)]).await.unwrap();
    let store = agenda.clinic.store.clone();
    let begun = at_once((0..8).map(|_| {
        let (store, new) = (store.clone(), payment(&agenda, hold));
        async move { store.begin_payment(new).await.map(|it| it.payment_id) }
    }))
    .await;
    assert!(begun.iter().all(|it| it.is_ok() && *it == begun[0]), "{begun:?}");
    let kept = store.payment_of(hold).await.unwrap().expect("kept");
    assert_eq!(Ok(kept.payment_id), begun[0]);
    assert_eq!(store.payment(kept.payment_id).await, Ok(Some(kept.clone())));
    let odd = payment(&agenda, HoldId(Uuid::now_v7()));
    let told = store.begin_payment(odd).await.map(|_| ());
    assert!(matches!(told, Err(StoreError::Conflict(_))), "{told:?}");
    assert_eq!(store.payments_due(minute(9), 10).await, Ok(vec![]));
    assert_eq!(store.payments_due(minute(10), 10).await, Ok(vec![kept.clone()]));
    assert_eq!(store.payments(OrganisationId::FIRST, 10).await, Ok(vec![kept]));
}

pub(crate) async fn a_payment_is_changed_by_who_has_read_it(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let hold = agenda.holds(vec![claim(&agenda.clinician, 100, 130)]).await.unwrap();
    let store = agenda.clinic.store.clone();
    let first = store.begin_payment(payment(&agenda, hold)).await.unwrap();
    let next = PaymentRecord {
        state: State::Authorised,
        provider_ref: Some("intent-1".to_owned()),
        page_url: Some("https://pay.example/1".to_owned()),
        next_look_at: None,
        attempts: 2,
        updated_at: minute(3),
        ..first.clone()
    };
    let told = at_once((0..8).map(|_| {
        let (store, next) = (store.clone(), next.clone());
        async move { store.save_payment(next, 0).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    assert_eq!(store.save_payment(next.clone(), 0).await, STALE);
    let kept = PaymentRecord { revision: 1, ..next };
    assert_eq!(store.payment(first.payment_id).await, Ok(Some(kept)));
    assert_eq!(store.payments_due(minute(99), 10).await, Ok(vec![]));
}

pub(crate) async fn a_payment_is_used_by_the_booking_that_it_was_for(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let (hold, other) = (agenda.reserves(100, 130).await, agenda.reserves(200, 230).await);
    let paid = store.begin_payment(payment(&agenda, hold)).await.unwrap();
    let uses = |hold, id: AppointmentId| ScheduleChange::UsePayment(paid.payment_id, hold, id);
    let new = agenda.booking(100, 130);
    let id = new.booking.appointment_id;
    let book = ScheduleChange::Book(hold, vec![new]);
    assert_eq!(agenda.saves(1, vec![book.clone(), uses(hold, id)]).await, STALE, "not paid");
    assert_eq!(store.bookings(&[id]).await, Ok(vec![]), "and nothing is booked");

    let next = PaymentRecord { state: State::Authorised, ..paid.clone() };
    store.save_payment(next, 0).await.unwrap();
    let elsewhere = agenda.booking(200, 230);
    let wrong = uses(other, elsewhere.booking.appointment_id);
    let book_other = ScheduleChange::Book(other, vec![elsewhere]);
    assert_eq!(agenda.saves(1, vec![book_other, wrong]).await, STALE, "of another hold");
    assert_eq!(agenda.saves(2, vec![book, uses(hold, id)]).await, Ok(()));
    let kept = store.payment(paid.payment_id).await.unwrap().expect("kept");
    assert_eq!((kept.state, kept.appointment_id, kept.revision), (State::Booked, Some(id), 2));
    assert_eq!(kept.next_look_at, Some(minute(2)));
}

pub(crate) async fn a_hold_that_is_longer_holds_longer(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let hold = agenda.holds(vec![claim(&agenda.clinician, 100, 130)]).await.unwrap();
    let longer = ScheduleChange::ExtendHold(hold, minute(15));
    assert_eq!(agenda.saves(5, vec![longer]).await, Ok(()));
    let (kept, is_open) = store.hold_by_id(hold, minute(14)).await.unwrap().expect("kept");
    assert_eq!((kept.expires_at, is_open), (minute(15), true));
    assert_eq!(store.expire_holds(minute(14), 10).await, Ok(vec![]));
    assert_eq!(store.schedule(agenda.id(), minute(14)).await.unwrap().claims.len(), 1);
    // What has ended stays so.
    let late = ScheduleChange::ExtendHold(hold, minute(90));
    assert_eq!(agenda.saves(15, vec![late]).await, Ok(()));
    let (kept, is_open) = store.hold_by_id(hold, minute(15)).await.unwrap().expect("kept");
    assert_eq!((kept.expires_at, is_open), (minute(15), false));
    assert_eq!(store.hold_by_id(HoldId(Uuid::now_v7()), minute(0)).await, Ok(None));
}
