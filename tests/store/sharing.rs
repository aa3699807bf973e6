//! What patients share, how clinicians stand to them, and records that are opened in an emergency.

use crate::agenda::{Agenda, minute};
use crate::rights::is_erased;
use crate::samples::{NOW, answered, at_once, commit, event, visit};
use crate::support::Clinic;
use crate::talk::{Talk, conversation, member};
use bedside::protocol::emergency::{EmergencyReason, EmergencyVerdict};
use bedside::protocol::ids::{GrantId, NoticeId, OrganisationId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::sharing::{Audience, Sharing};
use bedside::protocol::time::UnixMillis;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::conversations::{LogChange, LogCommit, LogEntry, LogLine, LogRecord};
use bedside::store::outbox::{Announcement, Channel, NoticeKind};
use bedside::store::schedule::{NewBooking, ScheduleChange};
use bedside::store::sharing::{GrantRecord, Quota, ReviewRecord, SharingRecord};
use bedside::store::{Conflict, StoreError};
use std::time::Duration;
use uuid::Uuid;

const STALE: StoreError = StoreError::Conflict(Conflict::Stale);
const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);
const KEY_USED: StoreError = StoreError::Conflict(Conflict::KeyUsed);
const FULL: StoreError = StoreError::Conflict(Conflict::Full);
const QUOTA: Quota = Quota { most: 2, within: DAY };
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn version(person_id: PersonId, revision: u32, messages: Audience) -> SharingRecord {
    let sharing = Sharing { messages, ..Sharing::default() };
    let at = UnixMillis(NOW.0 + i64::from(revision));
    SharingRecord { person_id, revision, sharing, at }
}

fn grant(patient_id: PersonId, clinician_id: PersonId, opened_at: UnixMillis) -> GrantRecord {
    GrantRecord {
        grant_id: GrantId(Uuid::now_v7()),
        patient_id,
        clinician_id,
        reason: EmergencyReason::Danger,
        text: "Found without consciousness".into(),
        opened_at,
        ends_at: opened_at.plus(HOUR),
        review: None,
    }
}

fn told(person_id: PersonId, kind: NoticeKind) -> Announcement {
    Announcement {
        notice_id: NoticeId(Uuid::now_v7()),
        person_id,
        kind,
        appointment_id: None,
        version: 0,
        due_at: NOW,
        useless_at: None,
    }
}

pub(crate) async fn every_version_of_what_is_shared_is_kept_and_the_last_one_holds(clinic: Clinic) {
    let store = &clinic.store;
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    assert_eq!(store.sharing(pat).await, Ok(None));
    let (first, second) =
        (version(pat, 1, Audience::Treating), version(pat, 2, Audience::CareTeam));
    assert_eq!(store.save_sharing(second, None).await, Err(STALE), "the first one comes first");
    assert_eq!(store.save_sharing(first, Some(answered("k"))).await, Ok(vec![]));
    assert_eq!(store.save_sharing(second, Some(answered("k"))).await, Err(KEY_USED));
    assert_eq!(store.save_sharing(first, None).await, Err(STALE));
    assert_eq!(store.save_sharing(second, None).await, Ok(vec![]));
    assert_eq!(store.sharing(pat).await, Ok(Some(second)));
    assert_eq!(store.sharing_versions(pat, 9).await, Ok(vec![second, first]));
    assert_eq!(store.sharing_versions(pat, 1).await, Ok(vec![second]));
    let nobody = PersonId(Uuid::now_v7());
    let of_nobody = version(nobody, 1, Audience::Treating);
    assert_eq!(store.save_sharing(of_nobody, None).await, Err(MISSING));
    let third = version(pat, 3, Audience::Treating);
    let many = (0..4).map(|_| {
        let store = store.clone();
        async move { store.save_sharing(third, None).await }
    });
    let saved = at_once(many).await;
    assert_eq!(saved.iter().filter(|it| it.is_ok()).count(), 1, "of many at once one is saved");
}

pub(crate) async fn who_writes_a_conversation_is_fenced_when_its_patient_shares_otherwise(
    clinic: Clinic,
) {
    let talk = Talk::open(clinic).await;
    let store = &talk.clinic.store;
    let status = bedside::protocol::conversation::ConversationStatus::Resolved;
    let writes = |epoch| LogCommit {
        conversation_id: talk.id,
        epoch,
        lines: vec![LogLine {
            record: LogRecord { offset: talk.next, at: NOW, entry: LogEntry::Conversation },
            change: LogChange::Conversation(status, None),
            answered: None,
            notices: vec![],
            files: vec![],
        }],
        answers: vec![],
        active_at: NOW,
    };
    let patient = talk.patient.person_id;
    let parties = store.parties(&[talk.id]).await.unwrap();
    assert_eq!((parties[0].0, parties[0].1.patient_id), (talk.id, patient));
    assert_eq!(parties[0].1.clinician_id, talk.clinician.person_id);
    assert_eq!(parties[0].1.sharing, None);
    let closed = version(patient, 1, Audience::Treating);
    assert_eq!(store.save_sharing(closed, None).await, Ok(vec![talk.id]));
    assert_eq!(store.append_log(writes(talk.epoch)).await, Err(StoreError::Fenced));
    let next = store.claim_conversation(talk.id, "node-b").await.unwrap();
    assert_eq!(store.append_log(writes(next.epoch)).await, Ok(()));
    let parties = store.parties(&[talk.id]).await.unwrap();
    assert_eq!(parties[0].1.sharing, Some(closed.sharing));
}

pub(crate) async fn a_relation_is_what_was_agreed_and_who_is_in_a_conversation(clinic: Clinic) {
    let store = &clinic.store;
    let [bo, xu] = [
        clinic.hires("Dr Bo Sample", Role::Clinician).await,
        clinic.hires("Dr Xu Sample", Role::Clinician).await,
    ];
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    let stands = async |who: &bedside::store::PersonRecord| {
        let found = store.relation(pat.person_id, who.person_id).await.unwrap();
        assert_eq!(found.last_arranged_ends, None);
        (found.last_visit_ends, found.is_member)
    };
    assert_eq!(stands(&bo).await, (None, false));
    let (first, later) = (visit(&bo, &pat, 0, 30), visit(&bo, &pat, 60, 90));
    store.create_visit(first.clone(), None).await.unwrap();
    store.create_visit(later.clone(), None).await.unwrap();
    assert_eq!(stands(&bo).await, (Some(later.visit.facts.ends_at), false));
    let id = later.visit.facts.appointment_id;
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    let part = *later.visit.members.keys().next().unwrap();
    let mut cancelled = commit(&later.visit, epoch, vec![event(AttendanceKind::Cancelled, part)]);
    cancelled.visit.closed = Some(bedside::domain::visit::Closed::Cancelled);
    store.commit_visit(cancelled).await.unwrap();
    assert_eq!(
        stands(&bo).await,
        (Some(first.visit.facts.ends_at), false),
        "what is cancelled is not"
    );
    let mut talk = conversation(&bo, &pat);
    talk.members.push(member(&xu));
    let talk = store.open_conversation(talk, None).await.unwrap();
    assert_eq!(stands(&xu).await, (None, true));
    let epoch = store.claim_conversation(talk.conversation_id, "node-a").await.unwrap().epoch;
    let mut gone =
        talk.members.iter().find(|it| it.person_id == Some(xu.person_id)).unwrap().clone();
    gone.left_at = Some(NOW);
    let leaves = LogCommit {
        conversation_id: talk.conversation_id,
        epoch,
        lines: vec![LogLine {
            record: LogRecord { offset: 1, at: NOW, entry: LogEntry::Member(gone.member_id) },
            change: LogChange::Member(gone),
            answered: None,
            notices: vec![],
            files: vec![],
        }],
        answers: vec![],
        active_at: NOW,
    };
    store.append_log(leaves).await.unwrap();
    assert_eq!(stands(&xu).await, (None, false), "whoever has left is not in it");
}

pub(crate) async fn an_appointment_that_a_clinician_made_alone_counts_when_the_two_have_met(
    clinic: Clinic,
) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let (pat, bo) = (agenda.patient.person_id, agenda.clinician.person_id);
    let stands = async || {
        let found = store.relation(pat, bo).await.unwrap();
        (found.last_visit_ends, found.last_arranged_ends)
    };
    let hold = agenda.reserves(300, 330).await;
    let own = NewBooking { by: Some(bo), ..agenda.booking(300, 330) };
    agenda.saves(0, vec![ScheduleChange::Book(hold, vec![own.clone()])]).await.unwrap();
    let own = own.visit.visit;
    assert_eq!(stands().await, (None, Some(own.facts.ends_at)), "nobody else has said yes to it");
    agenda.books(100, 130).await;
    assert_eq!(stands().await, (Some(minute(130)), Some(own.facts.ends_at)), "this one she made");
    let epoch = store.claim_visit(own.facts.appointment_id, "node-a").await.unwrap().epoch;
    let part = *own.members.keys().next().unwrap();
    let mut met = commit(&own, epoch, vec![event(AttendanceKind::CallStarted, part)]);
    met.visit.call_started_at = Some(minute(301));
    met.visit.is_in_call = true;
    store.commit_visit(met).await.unwrap();
    assert_eq!(stands().await, (Some(own.facts.ends_at), None));
}

pub(crate) async fn an_emergency_is_open_for_its_time_and_told_with_it(clinic: Clinic) {
    let store = &clinic.store;
    let dr = clinic.hires("Dr Bo Sample", Role::Clinician).await.person_id;
    let ada = clinic.hires("Ada Sample", Role::Admin).await.person_id;
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    let opened = grant(pat, dr, NOW);
    let notices = || vec![told(pat, NoticeKind::RecordOpened), told(ada, NoticeKind::ReviewDue)];
    assert_eq!(store.open_grant(opened.clone(), QUOTA, notices()).await, Ok(opened.clone()));
    let last = opened.ends_at.minus(Duration::from_millis(1));
    for at in [NOW, last] {
        assert_eq!(store.grant_at(pat, dr, at).await, Ok(Some(opened.clone())));
    }
    assert_eq!(store.grant_at(pat, dr, opened.ends_at).await, Ok(None), "over by the clock");
    assert_eq!(store.grant_at(pat, ada, NOW).await, Ok(None), "for who opened it");
    assert_eq!(store.grant_at(ada, dr, NOW).await, Ok(None), "of one patient");
    assert_eq!(store.open_grants(dr, NOW).await, Ok(vec![opened.clone()]));
    let again = grant(pat, dr, NOW.plus(Duration::from_secs(9)));
    assert_eq!(store.open_grant(again, QUOTA, notices()).await, Ok(opened.clone()), "as it is");
    assert_eq!(store.notices_of(pat, 9).await, Ok(vec![]), "announced, and by no channel yet");
    store.take_due(Channel::Inbox, NOW, HOUR, 9).await.unwrap();
    let kinds = |all: Vec<bedside::store::outbox::NoticeRecord>| {
        all.into_iter().map(|it| it.notice.kind).collect::<Vec<_>>()
    };
    let to_pat = store.notices_of(pat, 9).await.unwrap();
    assert_eq!(kinds(to_pat), [NoticeKind::RecordOpened; 3], "once by every channel");
    assert_eq!(kinds(store.notices_of(ada, 9).await.unwrap()), [NoticeKind::ReviewDue; 3]);
    let of_nobody = grant(PersonId(Uuid::now_v7()), dr, NOW);
    assert_eq!(store.open_grant(of_nobody, QUOTA, vec![]).await.unwrap_err(), MISSING);
    let kim = clinic.hires("Kim Example", Role::Patient).await.person_id;
    is_erased(store.as_ref(), kim, ada).await;
    let of_erased = grant(kim, dr, NOW);
    assert_eq!(store.open_grant(of_erased, QUOTA, vec![]).await.unwrap_err(), MISSING);
}

pub(crate) async fn of_many_emergencies_at_once_no_more_are_opened_than_may_be(clinic: Clinic) {
    let dr = clinic.hires("Dr Bo Sample", Role::Clinician).await.person_id;
    let mut patients = vec![];
    for n in 0..4 {
        patients.push(clinic.hires(&format!("Pat {n} Example"), Role::Patient).await.person_id);
    }
    let many = patients.iter().map(|pat| {
        let (store, opened) = (clinic.store.clone(), grant(*pat, dr, NOW));
        async move { store.open_grant(opened, QUOTA, vec![]).await.map(drop) }
    });
    let mut results = at_once(many).await;
    results.sort_by_key(Result::is_err);
    assert_eq!(results, [Ok(()), Ok(()), Err(FULL), Err(FULL)]);
    let later = grant(patients[0], dr, NOW.plus(DAY));
    assert!(clinic.store.open_grant(later, QUOTA, vec![]).await.is_ok(), "another day");
}

pub(crate) async fn somebody_else_looks_into_an_emergency_and_once(clinic: Clinic) {
    let store = &clinic.store;
    let dr = clinic.hires("Dr Bo Sample", Role::Clinician).await.person_id;
    let ada = clinic.hires("Ada Sample", Role::Admin).await.person_id;
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    let kim = clinic.hires("Kim Example", Role::Patient).await.person_id;
    let (one, two) = (grant(pat, dr, NOW), grant(kim, dr, NOW.plus(Duration::from_secs(1))));
    store.open_grant(one.clone(), QUOTA, vec![]).await.unwrap();
    store.open_grant(two.clone(), QUOTA, vec![]).await.unwrap();
    assert_eq!(
        store.grants(OrganisationId::FIRST, 9).await,
        Ok(vec![one.clone(), two.clone()]),
        "the oldest first"
    );
    let found = |by| ReviewRecord {
        by,
        at: NOW.plus(HOUR),
        verdict: EmergencyVerdict::Appropriate,
        note: "As it should be".into(),
    };
    let id = one.grant_id;
    assert_eq!(store.review_grant(id, found(dr), None).await, Err(STALE), "by who opened it");
    assert_eq!(store.review_grant(id, found(ada), Some(answered("k"))).await, Ok(()));
    assert_eq!(store.review_grant(id, found(ada), None).await, Err(STALE), "once");
    let other = GrantId(Uuid::now_v7());
    assert_eq!(store.review_grant(other, found(ada), None).await, Err(MISSING));
    let looked_into = GrantRecord { review: Some(found(ada)), ..one };
    assert_eq!(store.grants(OrganisationId::FIRST, 9).await, Ok(vec![two, looked_into.clone()]));
    assert_eq!(store.grant(id).await, Ok(Some(looked_into)));
}
