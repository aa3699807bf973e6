//! Messages to people.

use crate::agenda::{Agenda, notice as told};
use crate::samples::{MINUTE, NOW, at_once};
use crate::support::Clinic;
use bedside::protocol::ids::{AppointmentId, NoticeId, OrganisationId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::store::outbox::{
    Backlog, Channel, NewNotice, NoticeKind, NoticeRecord, NoticeState, Preferences, Settled,
};
use bedside::store::schedule::{ScheduleChange, ScheduleCommit};
use bedside::store::{Conflict, StoreError};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);

fn notice(person: PersonId, channel: Channel, due_at: UnixMillis) -> NewNotice {
    NewNotice {
        notice_id: NoticeId(Uuid::now_v7()),
        person_id: person,
        kind: NoticeKind::PlaceFree,
        channel,
        appointment_id: None,
        version: 0,
        due_at,
        useless_at: None,
    }
}

/// Notices of one channel that are due at [`NOW`].
async fn waiting(clinic: &Clinic, count: usize, channel: Channel) -> Vec<NewNotice> {
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    let notices: Vec<_> = (0..count).map(|_| notice(pat, channel, NOW)).collect();
    clinic.store.add_notices(notices.clone()).await.expect("saved");
    notices
}

async fn take(clinic: &Clinic, at: UnixMillis) -> Vec<NoticeRecord> {
    clinic.store.take_due(Channel::Email, at, LEASE, 100).await.expect("taken")
}

fn ids(records: &[NoticeRecord]) -> Vec<NoticeId> {
    records.iter().map(|it| it.notice.notice_id).collect()
}

pub(crate) async fn a_notice_comes_back_as_it_was_saved(clinic: Clinic) {
    let visit = clinic.books().await;
    let full = |kind, channel| NewNotice {
        notice_id: NoticeId(Uuid::now_v7()),
        person_id: visit.facts.patient_id,
        kind,
        channel,
        appointment_id: Some(visit.facts.appointment_id),
        version: 7,
        due_at: NOW,
        useless_at: Some(NOW.plus(MINUTE)),
    };
    for channel in Channel::ALL {
        let all: Vec<_> = NoticeKind::ALL.into_iter().map(|kind| full(kind, channel)).collect();
        clinic.store.add_notices(all.clone()).await.unwrap();
        let taken = clinic.store.take_due(channel, NOW, LEASE, 100).await.unwrap();
        let expected: Vec<_> = all
            .into_iter()
            .map(|it| NoticeRecord {
                attempts: 1,
                next_try_at: NOW.plus(LEASE),
                ..NoticeRecord::pending(it)
            })
            .collect();
        assert_eq!(taken, expected, "oldest first");
    }
    assert_eq!(clinic.store.add_notices(vec![]).await, Ok(()));
}

pub(crate) async fn a_notice_refers_to_what_exists(clinic: Clinic) {
    let store = &clinic.store;
    let [known] = waiting(&clinic, 1, Channel::Email).await.try_into().unwrap();
    let missing = Err(StoreError::Conflict(Conflict::Missing));
    let stranger = notice(PersonId(Uuid::now_v7()), Channel::Email, NOW);
    let fine = notice(known.person_id, Channel::Email, NOW);
    assert_eq!(store.add_notices(vec![fine.clone(), stranger]).await, missing, "all or none");
    let nowhere = NewNotice { appointment_id: Some(AppointmentId(Uuid::now_v7())), ..fine };
    assert_eq!(store.add_notices(vec![nowhere]).await, missing);
    let again = store.add_notices(vec![known.clone()]).await;
    assert_eq!(again, Err(StoreError::Conflict(Conflict::Stale)));
    assert_eq!(ids(&take(&clinic, NOW).await), [known.notice_id]);
}

pub(crate) async fn a_notice_is_taken_when_it_is_due(clinic: Clinic) {
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    let later = notice(pat, Channel::Email, NOW.plus(MINUTE));
    let sooner = notice(pat, Channel::Email, NOW.plus(SECOND));
    let other = notice(pat, Channel::Sms, NOW);
    let all = vec![later.clone(), sooner.clone(), other.clone()];
    clinic.store.add_notices(all).await.unwrap();

    assert_eq!(clinic.store.next_due(Channel::Email).await, Ok(Some(sooner.due_at)));
    assert_eq!(clinic.store.next_due(Channel::Sms).await, Ok(Some(NOW)));
    assert_eq!(clinic.store.next_due(Channel::Inbox).await, Ok(None));
    assert_eq!(take(&clinic, NOW).await, []);
    assert_eq!(clinic.store.backlog(NOW).await, Ok(Backlog { due: 1, dead: 0 }));
    let then = NOW.plus(MINUTE);
    assert_eq!(clinic.store.backlog(then).await, Ok(Backlog { due: 3, dead: 0 }));
    let one = clinic.store.take_due(Channel::Email, then, LEASE, 1).await.unwrap();
    assert_eq!(ids(&one), [sooner.notice_id], "oldest first, and no more than asked for");
    assert_eq!(ids(&take(&clinic, then).await), [later.notice_id]);
    assert_eq!(take(&clinic, then).await, []);
}

pub(crate) async fn what_is_announced_becomes_a_notice_of_each_channel_when_it_is_due(
    clinic: Clinic,
) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let (hold, new) = (agenda.reserves(100, 130).await, agenda.booking(100, 130));
    let id = new.booking.appointment_id;
    let telling = ScheduleCommit {
        notices: vec![told(&agenda.patient, Some(id)), told(&agenda.clinician, Some(id))],
        ..agenda.saving(0, vec![ScheduleChange::Book(hold, vec![new])])
    };
    assert_eq!(agenda.commits(telling).await, Ok(()));
    // Two were told of the booking at once, by three ways each.
    for channel in Channel::ALL {
        assert_eq!(store.next_due(channel).await, Ok(Some(NOW)));
    }
    assert_eq!(store.backlog(NOW).await, Ok(Backlog { due: 2, dead: 0 }));
    assert_eq!(store.take_due(Channel::Sms, NOW.minus(SECOND), LEASE, 9).await, Ok(vec![]));
    let first = store.take_due(Channel::Sms, NOW, LEASE, 1).await.unwrap();
    assert_eq!(first.len(), 1, "no more than asked for");
    let rest = store.take_due(Channel::Sms, NOW, LEASE, 9).await.unwrap();
    let short = [first, rest].concat();
    assert_eq!(store.take_due(Channel::Sms, NOW, LEASE, 9).await, Ok(vec![]), "once only");
    let mails = store.take_due(Channel::Email, NOW, LEASE, 9).await.unwrap();
    let inbox = store.take_due(Channel::Inbox, NOW, LEASE, 9).await.unwrap();
    let all: BTreeSet<_> = [&short, &mails, &inbox].into_iter().flat_map(|it| ids(it)).collect();
    assert_eq!(all.len(), 6, "each has its own id, by which its end is told");
    for (channel, taken) in
        [(Channel::Sms, short), (Channel::Email, mails), (Channel::Inbox, inbox)]
    {
        let whom: BTreeSet<_> = taken.iter().map(|it| it.notice.person_id).collect();
        assert_eq!(whom, [agenda.patient.person_id, agenda.id()].into_iter().collect());
        for it in taken {
            assert_eq!((it.notice.channel, it.attempts), (channel, 1));
            assert_eq!((it.notice.kind, it.notice.version), (NoticeKind::Booked, 1));
            assert_eq!((it.notice.appointment_id, it.notice.due_at), (Some(id), NOW));
        }
    }
}

pub(crate) async fn of_many_workers_each_notice_goes_to_one(clinic: Clinic) {
    let notices = waiting(&clinic, 60, Channel::Email).await;
    let taken = at_once((0..12).map(|_| {
        let store = clinic.store.clone();
        async move {
            let mut mine = Vec::new();
            for _ in 0..6 {
                mine.extend(store.take_due(Channel::Email, NOW, LEASE, 4).await.unwrap());
            }
            mine
        }
    }))
    .await
    .concat();
    let told: BTreeSet<_> = ids(&taken).into_iter().collect();
    assert_eq!(taken.len(), told.len(), "a notice went to two workers");
    assert!(taken.iter().all(|it| it.attempts == 1));
    let mut rest = Vec::new();
    while rest.len() + taken.len() < notices.len() {
        // Rows that were skipped because somebody else was just looking at them are still there.
        let more = take(&clinic, NOW).await;
        assert!(!more.is_empty(), "a notice is lost");
        rest.extend(more);
    }
    assert_eq!(take(&clinic, NOW).await, []);
}

pub(crate) async fn a_lease_that_ended_gives_the_notice_to_the_next(clinic: Clinic) {
    let [notice] = waiting(&clinic, 1, Channel::Email).await.try_into().unwrap();
    assert_eq!(take(&clinic, NOW).await.len(), 1);
    let end = NOW.plus(LEASE);
    assert_eq!(clinic.store.next_due(Channel::Email).await, Ok(Some(end)));
    assert_eq!(take(&clinic, end.minus(Duration::from_millis(1))).await, []);
    let again = take(&clinic, end).await;
    assert_eq!((ids(&again), again[0].attempts), (vec![notice.notice_id], 2));

    // The first worker comes back late. That it failed tells nothing, for somebody else has it.
    let late = Settled::Dead("refused");
    clinic.store.settle(notice.notice_id, 1, late, end).await.unwrap();
    let late = Settled::Retry { at: end, failure: "deferred" };
    clinic.store.settle(notice.notice_id, 1, late, end).await.unwrap();
    assert_eq!(take(&clinic, end).await, [], "the lease of the second holds");
    assert_eq!(clinic.store.dead_notices(OrganisationId::FIRST, 10).await, Ok(vec![]));
    // That it was sent is so, whoever says it.
    clinic.store.settle(notice.notice_id, 1, Settled::Sent(None), end).await.unwrap();
    let late = Settled::Retry { at: end, failure: "deferred" };
    clinic.store.settle(notice.notice_id, 2, late, end).await.unwrap();
    assert_eq!(take(&clinic, end.plus(LEASE)).await, []);
}

pub(crate) async fn what_failed_is_tried_again_when_it_is_said(clinic: Clinic) {
    let [notice] = waiting(&clinic, 1, Channel::Email).await.try_into().unwrap();
    let id = notice.notice_id;
    take(&clinic, NOW).await;
    let at = NOW.plus(MINUTE);
    let retry = Settled::Retry { at, failure: "no_answer" };
    clinic.store.settle(id, 1, retry, NOW).await.unwrap();
    assert_eq!(clinic.store.next_due(Channel::Email).await, Ok(Some(at)));
    assert_eq!(take(&clinic, NOW.plus(LEASE)).await, []);
    let again = take(&clinic, at).await;
    assert_eq!(again[0].failure.as_deref(), Some("no_answer"));
    assert_eq!((again[0].attempts, again[0].state), (2, NoticeState::Pending));
    assert_eq!(again[0].settled_at, None);
}

pub(crate) async fn what_was_settled_stays_settled(clinic: Clinic) {
    let all = waiting(&clinic, 3, Channel::Email).await;
    take(&clinic, NOW).await;
    let hows = [Settled::Sent(None), Settled::Skipped("overtaken"), Settled::Dead("refused")];
    for (notice, how) in all.iter().zip(hows) {
        clinic.store.settle(notice.notice_id, 1, how, NOW).await.unwrap();
    }
    for notice in &all {
        let retry = Settled::Retry { at: NOW, failure: "deferred" };
        for how in [retry, Settled::Dead("late"), Settled::Sent(None)] {
            clinic.store.settle(notice.notice_id, 1, how, NOW.plus(MINUTE)).await.unwrap();
        }
    }
    assert_eq!(take(&clinic, NOW.plus(MINUTE)).await, []);
    assert_eq!(clinic.store.next_due(Channel::Email).await, Ok(None));
    let dead = clinic.store.dead_notices(OrganisationId::FIRST, 10).await.unwrap();
    assert_eq!(ids(&dead), [all[2].notice_id]);
    assert_eq!(dead[0].failure.as_deref(), Some("refused"));
    assert_eq!(dead[0].settled_at, Some(NOW), "the first end counts");
    let nobody = NoticeId(Uuid::now_v7());
    assert_eq!(clinic.store.settle(nobody, 1, Settled::Sent(None), NOW).await, Ok(()));
}

pub(crate) async fn the_dead_are_listed_and_revived(clinic: Clinic) {
    let store = &clinic.store;
    let all = waiting(&clinic, 3, Channel::Email).await;
    take(&clinic, NOW).await;
    for (minute, notice) in (1..).zip(&all) {
        let at = NOW.plus(minute * MINUTE);
        store.settle(notice.notice_id, 1, Settled::Dead("refused"), at).await.unwrap();
    }
    let newest_first: Vec<_> = all.iter().rev().map(|it| it.notice_id).collect();
    assert_eq!(ids(&store.dead_notices(OrganisationId::FIRST, 10).await.unwrap()), newest_first);
    assert_eq!(
        ids(&store.dead_notices(OrganisationId::FIRST, 1).await.unwrap()),
        newest_first[..1]
    );
    assert_eq!(store.backlog(NOW).await, Ok(Backlog { due: 0, dead: 3 }));

    let at = NOW.plus(60 * MINUTE);
    assert_eq!(store.revive(all[0].notice_id, at, None).await, Ok(true));
    assert_eq!(
        store.revive(all[0].notice_id, at, None).await,
        Ok(false),
        "it is not dead any more"
    );
    assert_eq!(store.revive(NoticeId(Uuid::now_v7()), at, None).await, Ok(false));
    assert_eq!(store.backlog(at).await, Ok(Backlog { due: 1, dead: 2 }));
    let again = take(&clinic, at).await;
    assert_eq!((ids(&again), again[0].attempts), (vec![all[0].notice_id], 1));
    assert_eq!(again[0].settled_at, None);
    store.settle(all[0].notice_id, 1, Settled::Sent(None), at).await.unwrap();
    assert_eq!(
        store.revive(all[0].notice_id, at, None).await,
        Ok(false),
        "what was sent is not sent again"
    );
}

pub(crate) async fn the_inbox_is_for_its_person(clinic: Clinic) {
    let store = &clinic.store;
    let all = waiting(&clinic, 3, Channel::Inbox).await;
    let pat = all[0].person_id;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await.person_id;
    assert_eq!(store.inbox(pat, 10).await, Ok(vec![]), "nothing was told yet");
    store.take_due(Channel::Inbox, NOW, LEASE, 10).await.unwrap();
    for (minute, notice) in (1..).zip(&all[..2]) {
        let text = Some(format!("message {minute}").into());
        let at = NOW.plus(minute * MINUTE);
        store.settle(notice.notice_id, 1, Settled::Sent(text), at).await.unwrap();
    }
    store.settle(all[2].notice_id, 1, Settled::Skipped("overtaken"), NOW).await.unwrap();

    let inbox = store.inbox(pat, 10).await.unwrap();
    assert_eq!(ids(&inbox), [all[1].notice_id, all[0].notice_id], "newest first");
    assert_eq!(inbox[0].text, Some("message 2".into()));
    assert_eq!(ids(&store.inbox(pat, 1).await.unwrap()), [all[1].notice_id]);
    assert_eq!(store.inbox(ana, 10).await, Ok(vec![]));

    let (id, at) = (all[0].notice_id, NOW.plus(60 * MINUTE));
    assert_eq!(store.mark_read(ana, id, at, None).await, Ok(false), "it is not hers");
    assert_eq!(
        store.mark_read(pat, all[2].notice_id, at, None).await,
        Ok(false),
        "it was not told"
    );
    assert_eq!(store.mark_read(pat, id, at, None).await, Ok(true));
    assert_eq!(store.mark_read(pat, id, at.plus(MINUTE), None).await, Ok(true));
    let read: Vec<_> = store.inbox(pat, 10).await.unwrap().iter().map(|it| it.read_at).collect();
    assert_eq!(read, [None, Some(at)], "the first time counts");
}

pub(crate) async fn what_a_person_wants_is_kept(clinic: Clinic) {
    let store = &clinic.store;
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    assert_eq!(store.preferences(pat).await, Ok(Preferences::default()));
    for bits in 0_u8..8 {
        let wanted =
            Preferences { email: bits & 1 != 0, sms: bits & 2 != 0, reminders: bits & 4 != 0 };
        assert_eq!(store.save_preferences(pat, wanted, None).await, Ok(()));
        assert_eq!(store.preferences(pat).await, Ok(wanted));
    }
    let nobody = PersonId(Uuid::now_v7());
    let missing = Err(StoreError::Conflict(Conflict::Missing));
    assert_eq!(store.save_preferences(nobody, Preferences::default(), None).await, missing);
    assert_eq!(store.preferences(nobody).await, Ok(Preferences::default()));
}

/// More than go into one transaction, some of them twice.
pub(crate) async fn ends_that_come_at_once_are_each_as_they_were(clinic: Clinic) {
    let store = &clinic.store;
    let all = waiting(&clinic, 90, Channel::Email).await;
    store.take_due(Channel::Email, NOW, LEASE, 90).await.unwrap();
    let how = |number: usize| match number % 3 {
        0 => Settled::Sent(None),
        1 => Settled::Dead("refused"),
        _ => Settled::Retry { at: NOW.plus(MINUTE), failure: "deferred" },
    };
    let told = all.iter().enumerate().flat_map(|(number, it)| {
        [how(number), how(number)].map(|how| store.settle(it.notice_id, 1, how, NOW))
    });
    let told = futures::future::join_all(told).await;
    assert!(told.iter().all(Result::is_ok), "{told:?}");
    let again = take(&clinic, NOW.plus(MINUTE)).await;
    let (again, wanted): (BTreeSet<_>, BTreeSet<_>) = (
        ids(&again).into_iter().collect(),
        all.iter().skip(2).step_by(3).map(|it| it.notice_id).collect(),
    );
    assert_eq!(again, wanted, "only who is to be tried again");
    assert_eq!(store.backlog(NOW.plus(MINUTE)).await.map(|it| it.dead), Ok(30));
}
