//! A thousand people and one time: whatever is tried at once, one of them has it, and the others are told what is free.
//!
//! The calls go through the door in process, because a thousand connections would measure the machine. Two hubs over one
//! database are two nodes that know nothing of each other but the table.

use crate::support::{Clinic, Kind, Someone, tell};
use bedside::clock::Clock as _;
use bedside::command::{self, Call, Caller, Execute};
use bedside::domain::policy::{Principal, Who};
use bedside::node::Node;
use bedside::protocol::appointment::{AppointmentCard, ListAppointments};
use bedside::protocol::booking::{CreateAppointment, Hold, HoldSlot, MoveAppointment, SearchSlots};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::ids::{OrganisationId, PersonId, ServiceId, SessionId};
use bedside::protocol::operation::Operation;
use bedside::protocol::person::Role;
use bedside::protocol::practice::{
    CreateService, PractitionerProfile, ServiceTerms, UpdatePractitioner,
};
use bedside::protocol::schedule::{SaveTemplate, TemplateTerms};
use bedside::protocol::time::UnixMillis;
use bedside::store::PersonRecord;
use bedside::store::people::Standing;
use futures::StreamExt as _;
use futures::future::join_all;
use rstest::rstest;
use sea_orm::{ConnectionTrait as _, Database, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const ZONE: &str = "Europe/Berlin";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HALF_HOUR: Duration = Duration::from_secs(30 * 60);
/// Longer than any hold.
const HOLDS_ARE_OVER: Duration = Duration::from_secs(5 * 60);
/// People who are made at the same time.
const MADE_AT_ONCE: usize = 16;

/// What is booked in these stories: half an hour, for so many people at once.
async fn service(clinic: &Clinic, slot_capacity: u8) -> ServiceId {
    let terms = ServiceTerms {
        name: "Consultation".to_owned(),
        specialty: "general".to_owned(),
        duration_min: 30,
        buffer_before_min: 0,
        buffer_after_min: 0,
        alignment_interval_min: 30,
        alignment_offset_min: 0,
        min_notice_min: 0,
        horizon_days: 30,
        slot_capacity,
        is_active: true,
        price: None,
    };
    clinic.admin.calls(CreateService { terms }).await.expect("a service").service_id
}

/// Somebody whose time can be booked all day, every day.
async fn open_all_day(clinic: &Clinic, role: Role, name: &str, service: ServiceId) -> PersonId {
    let person_id = clinic.person(role, name).await.person_id.unwrap();
    let profile = PractitionerProfile {
        weight: 100,
        languages: vec!["de".to_owned()],
        service_ids: vec![service],
        ..PractitionerProfile::default()
    };
    let op = UpdatePractitioner { person_id, revision: 0, profile };
    clinic.admin.calls(op).await.expect("a profile");
    let terms = TemplateTerms {
        location: "Room 1".to_owned(),
        time_zone: ZONE.to_owned(),
        recurrence: "FREQ=DAILY".to_owned(),
        starts: "00:00".to_owned(),
        ends: "24:00".to_owned(),
        valid_from: "2027-01-01".to_owned(),
        valid_until: None,
        except_dates: vec![],
        service_ids: vec![],
    };
    let op = SaveTemplate { practitioner_id: person_id, template_id: None, terms };
    clinic.admin.calls(op).await.expect("hours");
    person_id
}

/// Accounts of patients.
async fn patients(clinic: &Clinic, count: usize) -> Vec<PersonId> {
    let make = |_| async {
        let person_id = PersonId(Uuid::now_v7());
        let record = PersonRecord {
            person_id,
            organisation_id: OrganisationId::FIRST,
            display_name: "Pat Fictional".into(),
            email: format!("{}@storm.invalid", person_id.0.simple()).into(),
            password_hash: "none".into(),
            role: Role::Patient,
            time_zone: ZONE.to_owned(),
            created_at: clinic.clock.now(),
            standing: Standing::default(),
        };
        clinic.store.create_person(record, None).await.expect("the account is made");
        person_id
    };
    futures::stream::iter(0..count).map(make).buffer_unordered(MADE_AT_ONCE).collect().await
}

/// Through the door of that node.
async fn asks<O: Operation + Clone>(
    node: &Arc<Node>,
    who: PersonId,
    now: UnixMillis,
    op: O,
) -> Result<O::Output, Fault>
where
    Node: Execute<O>,
{
    let principal = Principal {
        who: Who::Person(who),
        role: Role::Patient,
        organisation: OrganisationId::FIRST,
        only_visit: None,
    };
    let session_id = SessionId(Uuid::now_v7());
    let expires_at = now.plus(DAY);
    let caller = Caller { principal, session_id, expires_at, is_limited: false };
    let key = Some(Uuid::now_v7().to_string());
    let mut moves = 0;
    loop {
        let call = Call::new(Some(caller), now, IpAddr::V4(Ipv4Addr::LOCALHOST));
        let answer = command::call(node.as_ref(), call.with_key(key.clone()), op.clone()).await;
        match answer {
            // More people than a machine that is busy with other things answers at once: they come again, as told.
            Err(Fault { code: FaultCode::Unavailable, after_ms: Some(after_ms), .. }) => {
                actix_rt::time::sleep(Duration::from_millis(after_ms.into())).await;
            }
            // Two hubs that take a schedule from each other, on a busy machine: nothing was saved, and the same call
            // may be made again.
            Err(Fault { code: FaultCode::Moved, .. }) if moves < 20 => {
                moves += 1;
                actix_rt::time::sleep(Duration::from_millis(50)).await;
            }
            answer => return answer,
        }
    }
}

/// The plainest wish.
fn wish(clinician_id: PersonId, service_id: ServiceId, starts_at: UnixMillis) -> HoldSlot {
    HoldSlot {
        clinician_id,
        service_id,
        starts_at,
        patient_id: None,
        interpreter_id: None,
        interpreter_language: None,
        jurisdiction: None,
        licence_override: None,
        repeat: None,
        moves: None,
    }
}

async fn confirms(
    node: &Arc<Node>,
    who: PersonId,
    now: UnixMillis,
    hold: Hold,
) -> Result<AppointmentCard, Fault> {
    let op =
        CreateAppointment { hold_token: hold.hold_token, reason: None, patient_may_invite: false };
    asks(node, who, now, op).await
}

/// Holds and confirms at once.
async fn books(
    node: &Arc<Node>,
    who: PersonId,
    now: UnixMillis,
    wish: HoldSlot,
) -> Result<AppointmentCard, Fault> {
    let hold = asks(node, who, now, wish).await?;
    confirms(node, who, now, hold).await
}

/// How many have it; everybody else was told that it is taken.
#[track_caller]
fn confirmed<T>(results: &[Result<T, Fault>]) -> usize {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for fault in results.iter().filter_map(|it| it.as_ref().err()) {
        *told.entry(fault.code.as_str()).or_default() += 1;
    }
    let taken = FaultCode::SlotTaken.as_str();
    assert!(told.keys().all(|it| *it == taken), "somebody was told something else: {told:?}");
    results.iter().filter(|it| it.is_ok()).count()
}

/// Rows of the table that say so.
async fn rows(clinic: &Clinic, of: &str) -> i64 {
    let database = Database::connect(clinic.database()).await.expect("the database answers");
    let count = format!("SELECT COUNT(*) AS n FROM {of}");
    let count = Statement::from_string(database.get_database_backend(), count);
    let row = database.query_one_raw(count).await.expect("counts").expect("a row");
    let counted = row.try_get("", "n").expect("a number");
    database.close().await.expect("closes");
    counted
}

async fn is_listed(who: &Someone, clinician: PersonId, at: UnixMillis) -> bool {
    let op =
        SearchSlots { clinician_id: Some(clinician), limit: Some(500), ..SearchSlots::default() };
    let found = who.calls(op).await.expect("a search");
    found.slots.iter().any(|it| it.starts_at == at)
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn of_a_thousand_people_one_has_the_time(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let service = service(clinic, 1).await;
        let bo = open_all_day(clinic, Role::Clinician, "Dr. Bo Fictional", service).await;
        let people = patients(clinic, 1_000).await;
        let (now, node) = (clinic.clock.now(), Arc::clone(&clinic.node));
        let wish = wish(bo, service, now.plus(DAY));
        let all = people.iter().map(|who| books(&node, *who, now, wish.clone()));
        let results = join_all(all).await;
        assert_eq!(confirmed(&results), 1);
        for fault in results.iter().filter_map(|it| it.as_ref().err()) {
            assert_eq!(fault.code.http_status(), 409);
            assert_eq!(fault.next_free.len(), 3, "what is free is told");
            assert!(fault.next_free.iter().all(|it| *it > wish.starts_at));
        }
        assert_eq!(rows(clinic, "appointments").await, 1);
        assert_eq!(rows(clinic, "slots").await, 1);
        assert_eq!(rows(clinic, "holds WHERE state = 'used'").await, 1);
        assert_eq!(rows(clinic, "holds").await, 1, "who was refused holds nothing");
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_holds_and_does_not_confirm_leaves_nothing_behind(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let service = service(clinic, 1).await;
        let bo = open_all_day(clinic, Role::Clinician, "Dr. Bo Fictional", service).await;
        let ana = clinic.patient("Ana Fictional").await;
        let people = patients(clinic, 120).await;
        let (now, node) = (clinic.clock.now(), Arc::clone(&clinic.node));
        // Three people want each of forty times, and nobody confirms.
        let wishes = people.iter().zip((0..40_u32).cycle());
        let all = wishes.map(|(who, at)| {
            let wish = wish(bo, service, now.plus(DAY).plus(HALF_HOUR * at));
            asks(&node, *who, now, wish)
        });
        let mut results = join_all(all).await;
        assert_eq!(confirmed(&results), 40);
        assert_eq!(rows(clinic, "slots WHERE state = 'held'").await, 40);
        assert!(!is_listed(&ana, bo, now.plus(DAY)).await, "what is held is not offered");
        clinic.clock.advance(HOLDS_ARE_OVER);
        let later = clinic.clock.now();
        // At the instant at which it ends, a hold confirms nothing, whoever asks first.
        let (at, hold) = results.iter_mut().enumerate().find(|(_, it)| it.is_ok()).unwrap();
        let hold = hold.as_ref().unwrap().clone();
        let late = confirms(&node, people[at], later, hold).await;
        assert_eq!(late.expect_err("too late").code, FaultCode::HoldExpired);
        assert!(is_listed(&ana, bo, now.plus(DAY)).await, "it is offered again");
        // And the same times can be booked at once, though nobody has tidied up.
        let again = wish(bo, service, now.plus(DAY));
        let again = people.iter().take(20).map(|who| books(&node, *who, later, again.clone()));
        assert_eq!(confirmed(&join_all(again).await), 1);
        while !clinic.store.expire_holds(later, 25).await.expect("ends them").is_empty() {}
        assert_eq!(rows(clinic, "slots WHERE state = 'held'").await, 0);
        assert_eq!(rows(clinic, "slots").await, 1);
        assert_eq!(rows(clinic, "holds WHERE state = 'open'").await, 0);
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn one_interpreter_of_two_calendars_is_at_one_place(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let service = service(clinic, 1).await;
        let bo = open_all_day(clinic, Role::Clinician, "Dr. Bo Fictional", service).await;
        let cy = open_all_day(clinic, Role::Clinician, "Dr. Cy Fictional", service).await;
        let ivo = open_all_day(clinic, Role::Interpreter, "Ivo Fictional", service).await;
        let people = patients(clinic, 60).await;
        let (now, node) = (clinic.clock.now(), Arc::clone(&clinic.node));
        for round in 0..5_u32 {
            let at = now.plus(DAY).plus(HALF_HOUR * round);
            let all = people.iter().zip([bo, cy].into_iter().cycle()).map(|(who, clinician)| {
                let wish = HoldSlot { interpreter_id: Some(ivo), ..wish(clinician, service, at) };
                books(&node, *who, now, wish)
            });
            let results = join_all(all).await;
            let mut told: BTreeMap<&str, usize> = BTreeMap::new();
            for fault in results.iter().filter_map(|it| it.as_ref().err()) {
                assert_eq!(fault.code.http_status(), 409);
                *told.entry(fault.code.as_str()).or_default() += 1;
            }
            let made = results.iter().filter(|it| it.is_ok()).count();
            assert_eq!(made, 1, "round {round}: {told:?}");
            let claims = format!("slots WHERE starts_at = {}", at.0);
            assert_eq!(rows(clinic, &claims).await, 2, "clinician and interpreter, once");
        }
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_group_has_as_many_as_it_has_seats(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let service = service(clinic, 5).await;
        let bo = open_all_day(clinic, Role::Clinician, "Dr. Bo Fictional", service).await;
        let people = patients(clinic, 100).await;
        let (now, node) = (clinic.clock.now(), Arc::clone(&clinic.node));
        let wish = wish(bo, service, now.plus(DAY));
        let all = people.iter().map(|who| books(&node, *who, now, wish.clone()));
        assert_eq!(confirmed(&join_all(all).await), 5);
        assert_eq!(rows(clinic, "slots WHERE state = 'busy'").await, 5);
        assert_eq!(rows(clinic, "slots").await, 5);
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_time_that_somebody_moves_into_is_theirs_or_another_s(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let service = service(clinic, 1).await;
        let bo = open_all_day(clinic, Role::Clinician, "Dr. Bo Fictional", service).await;
        let people = patients(clinic, 80).await;
        let (now, node) = (clinic.clock.now(), Arc::clone(&clinic.node));
        let (mover, others) = people.split_first().unwrap();
        for round in 0..4_u32 {
            let from = now.plus(DAY).plus(HALF_HOUR * (round * 2));
            let to = from.plus(HALF_HOUR);
            let card = books(&node, *mover, now, wish(bo, service, from)).await.expect("booked");
            let moves = async {
                let moves = Some(card.appointment_id);
                let hold =
                    asks(&node, *mover, now, HoldSlot { moves, ..wish(bo, service, to) }).await?;
                let op = MoveAppointment {
                    appointment_id: card.appointment_id,
                    hold_token: hold.hold_token,
                };
                asks(&node, *mover, now, op).await
            };
            let rest = others.iter().map(|who| books(&node, *who, now, wish(bo, service, to)));
            let (rest, moved) = futures::join!(join_all(rest), moves);
            assert_eq!(
                confirmed(&rest) + confirmed(std::slice::from_ref(&moved)),
                1,
                "round {round}"
            );
            // Where it came from is free when it has gone, and only then.
            let old = books(&node, others[0], now, wish(bo, service, from)).await;
            assert_eq!(old.is_ok(), moved.is_ok(), "round {round}");
        }
        assert_eq!(rows(clinic, "slots WHERE state = 'held'").await, 0);
    });
}

#[test]
fn two_hubs_over_one_database_never_book_twice() {
    tell(Kind::Postgres, async |clinic| {
        let service = service(clinic, 1).await;
        let bo = open_all_day(clinic, Role::Clinician, "Dr. Bo Fictional", service).await;
        let other = clinic.twin(|it| it.node = "the-other".to_owned()).await;
        let people = patients(clinic, 100).await;
        let now = clinic.clock.now();
        let nodes = [&clinic.node, &other.node];
        let (mut acknowledged, mut told) = (BTreeSet::new(), BTreeMap::<&str, usize>::new());
        for round in 0..20_u32 {
            // Five people want each of ten times, at both hubs.
            let all = people.iter().take(50).enumerate().map(|(number, who)| {
                let at = now.plus(DAY).plus(HALF_HOUR * (round * 10 + as_u32(number) % 10));
                let who = if round % 2 == 0 { *who } else { people[50 + number] };
                books(nodes[number / 10 % 2], who, now, wish(bo, service, at))
            });
            for result in join_all(all).await {
                match result {
                    Ok(card) => {
                        assert!(acknowledged.insert((card.starts_at, card.appointment_id)));
                    }
                    Err(fault) => *told.entry(fault.code.as_str()).or_default() += 1,
                }
            }
        }
        println!("booked {}, otherwise told {told:?}", acknowledged.len());
        let begins: BTreeSet<_> = acknowledged.iter().map(|it| it.0).collect();
        assert_eq!(begins.len(), acknowledged.len(), "a time was booked twice");
        let kept = everything_of(clinic, bo).await;
        assert!(acknowledged.is_subset(&kept), "an acknowledged booking is gone");
        let begins: BTreeSet<_> = kept.iter().map(|it| it.0).collect();
        assert_eq!(begins.len(), kept.len(), "a time stands there twice");
        // Whatever the two hubs do to each other, people get their times and nobody is left without an answer.
        let told: BTreeSet<_> = told.keys().copied().collect();
        assert!(told.is_subset(&BTreeSet::from(["slot_taken"])), "{told:?}");
        assert_eq!(acknowledged.len(), 200, "somebody got each of the times");
        other.goes().await;
    });
}

/// Begin and id of every live appointment of a clinician, by the door.
async fn everything_of(
    clinic: &Clinic,
    of: PersonId,
) -> BTreeSet<(UnixMillis, bedside::protocol::ids::AppointmentId)> {
    let op = ListAppointments { person_id: Some(of), from: None, until: None };
    let list = clinic.admin.calls(op).await.expect("a list");
    list.appointments.iter().map(|it| (it.starts_at, it.appointment_id)).collect()
}

fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap()
}
