//! Instants that are derived anew: together, or not at all.

use crate::agenda::{Agenda, STALE, TAKEN, minute};
use crate::support::Clinic;
use bedside::domain::schedule::Claim;
use bedside::protocol::ids::{AppointmentId, OrganisationId, TaskId};
use bedside::store::schedule::{
    BookingEvent, LiveFilter, Moved, Rederived, ScheduleChange, TaskRecord,
};
use uuid::Uuid;

/// An appointment of half an hour that goes to that minute with its claims.
async fn rederived(agenda: &Agenda, id: AppointmentId, from: u32, to: u32) -> Rederived {
    let moved = Moved { ends_at: minute(to + 30), ..agenda.moving(id, to) };
    let claims = agenda.claims().await.into_iter().filter(|it| it.starts_at == minute(from));
    let claims = claims.map(|it| Claim {
        starts_at: minute(to),
        ends_at: minute(to + 30),
        busy_from: minute(to),
        busy_until: minute(to + 30),
        ..it
    });
    Rederived { moved, claims: claims.collect() }
}

pub(crate) async fn a_day_moves_at_once_or_not_at_all(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let (first, second) = (agenda.books(100, 130).await, agenda.books(130, 160).await);
    agenda.books(190, 220).await;
    let before = agenda.taken().await;

    // The second would go over the third: the first does not move either.
    let both =
        vec![rederived(&agenda, first, 100, 140).await, rederived(&agenda, second, 130, 170).await];
    let task = TaskRecord {
        task_id: TaskId(Uuid::now_v7()),
        kind: "zone_changed",
        appointment_id: first,
        created_at: minute(1),
        done_at: None,
    };
    let raise = ScheduleChange::RaiseTask(task.clone());
    let told = agenda.saves(1, vec![ScheduleChange::Rederive(both), raise.clone()]).await;
    assert_eq!(told, TAKEN);
    assert_eq!(agenda.taken().await, before);
    assert_eq!(store.tasks(OrganisationId::FIRST, 10).await, Ok(vec![]));

    // The first goes where the second is, which goes on.
    let both =
        vec![rederived(&agenda, first, 100, 130).await, rederived(&agenda, second, 130, 160).await];
    let change = ScheduleChange::Rederive(both);
    assert_eq!(agenda.saves(2, vec![change.clone(), raise]).await, Ok(()));
    let after = [(130, 160, true), (160, 190, true), (190, 220, true)];
    assert_eq!(agenda.taken().await, after);
    assert_eq!(store.tasks(OrganisationId::FIRST, 10).await, Ok(vec![task]));
    let kept = store.bookings(&[first]).await.unwrap().pop().expect("kept");
    assert_eq!((kept.version, kept.tzdb_version.as_str()), (2, "2026b"));
    let visit = store.visit(first).await.unwrap().expect("kept");
    assert_eq!((visit.facts.starts_at, visit.facts.booking.version), (minute(130), 2));
    let line = store.history(first).await.unwrap().pop().expect("a line");
    assert_eq!((line.event, line.version, line.starts_at), (BookingEvent::Moved, 2, minute(130)));
    assert_eq!(agenda.saves(3, vec![change]).await, STALE, "it was done");
}

pub(crate) async fn what_is_the_same_gets_the_new_version_only(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let mut other = agenda.beside("Dr Kim Specimen").await;
    let store = agenda.clinic.store.clone();
    let mut ids = [agenda.books(100, 130).await, other.books(100, 130).await];
    ids.sort_unstable();
    let found = async |from, after| {
        let filter = LiveFilter { from: minute(from), after, limit: 1 };
        let found = store.derived_otherwise("2026b", filter).await.unwrap();
        found.first().map(|it| it.appointment_id)
    };
    assert_eq!(found(0, None).await, Some(ids[0]));
    assert_eq!(found(100, Some(ids[0])).await, Some(ids[1]), "at the same minute");
    assert_eq!(found(100, Some(ids[1])).await, None);
    assert_eq!(store.renew_derived("2026b", vec![(ids[0], 1), (ids[1], 7)]).await, Ok(()));
    let kept = store.bookings(&ids).await.unwrap();
    let versions: Vec<_> = kept.iter().map(|it| (it.version, it.tzdb_version.as_str())).collect();
    assert_eq!(versions, [(1, "2026b"), (1, "2026a")], "one had another version meanwhile");
    assert_eq!(store.history(ids[0]).await.unwrap().len(), 1);
}
