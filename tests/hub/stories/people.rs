//! Administrators look after accounts: what somebody is and is called, and whether they can sign in, by whatever way.

use crate::support::http::Request;
use crate::support::identity::{Account, proves, refreshes};
use crate::support::people::told;
use crate::support::{Clinic, Kind, Someone, at, eventually, tell};
use bedside::protocol::booking::JoinWaitlist;
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::factor::{Proof, ResetFactors};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::ids::PersonId;
use bedside::protocol::person::*;
use bedside::protocol::practice::ListPractitioners;
use bedside::protocol::record::{AskErasure, EraseRecord};
use bedside::protocol::session::EndAllSessions;
use bedside::protocol::support::{ListSupported, ReadSignInState};
use rstest::rstest;
use serde_json::json;
use std::time::{Duration, Instant};

const MONDAY: &str = "2027-01-18";

fn id(who: &Someone) -> PersonId {
    who.person_id.expect("an account")
}

async fn person(clinic: &Clinic, id: PersonId) -> Person {
    let all = clinic.admin.calls(ListPeople { role: None, status: None }).await.expect("a list");
    all.people.into_iter().find(|it| it.person_id == id).expect("in the list")
}

/// Params that leave somebody as they are.
async fn update(clinic: &Clinic, id: PersonId) -> UpdatePerson {
    let Person { person_id, revision, display_name, role, time_zone, .. } =
        person(clinic, id).await;
    UpdatePerson { person_id, revision, display_name, role, time_zone, home_region: None }
}

async fn suspends(clinic: &Clinic, id: PersonId) -> PersonSuspended {
    let op = SuspendPerson { person_id: id, reason: "left the fictional clinic".into() };
    clinic.admin.calls(op).await.expect("suspended")
}

async fn reinstates(clinic: &Clinic, id: PersonId) -> Person {
    clinic.admin.calls(ReinstatePerson { person_id: id }).await.expect("reinstated")
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_administrator_changes_what_somebody_is_and_is_called(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let account = clinic.account(Role::Support, "Sol Fictional").await;
        let sol = account.signs_in(clinic.hub).await;
        let mut socket = sol.connects(Codec::Json).await;
        let before = update(clinic, id(&sol)).await;
        let name = UpdatePerson {
            display_name: " Sol Otherwise ".into(),
            time_zone: "America/Lima".to_owned(),
            ..before.clone()
        };
        let renamed = clinic.admin.calls(name.clone()).await.expect("renamed");
        assert_eq!(renamed.display_name.expose(), "Sol Otherwise");
        assert_eq!((renamed.revision, renamed.status), (2, PersonStatus::Active));
        told(clinic.admin.calls(name).await, FaultCode::Conflict);
        let me = sol.calls(ReadMe {}).await.expect("they stay signed in");
        assert_eq!(me.time_zone.as_deref(), Some("America/Lima"));

        let role = UpdatePerson { role: Role::Clinician, ..update(clinic, id(&sol)).await };
        let made = clinic.admin.calls(role).await.expect("another role");
        assert_eq!(person(clinic, id(&sol)).await, made);
        assert_eq!(socket.is_closed().await, CloseReason::SignedOut.code());
        told(sol.calls(ReadMe {}).await, FaultCode::SessionEnded);
        assert_eq!(refreshes(&sol).await.code(), "session_ended");
        let sol = account.signs_in(clinic.hub).await;
        assert_eq!(sol.calls(ReadMe {}).await.expect("me").role, Role::Clinician);
        told(sol.calls(ListSupported { role: None }).await, FaultCode::Forbidden);
    });
}

#[test]
fn what_may_not_be_is_refused_and_changes_nothing() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        clinic.books(&ana, &dr_b).await;
        let own = id(&clinic.admin);
        let cases = [
            (id(&ana), Role::Clinician, FaultCode::InvalidValue),
            (id(&dr_b), Role::Patient, FaultCode::InvalidValue),
            (id(&dr_b), Role::Colleague, FaultCode::InvalidValue),
            (id(&dr_b), Role::Support, FaultCode::NotAllowedNow),
            (own, Role::Support, FaultCode::Forbidden),
        ];
        for (who, role, expected) in cases {
            let before = person(clinic, who).await;
            let op = UpdatePerson { role, ..update(clinic, who).await };
            let fault = clinic.admin.calls(op).await.expect_err("refused");
            assert_eq!(fault.code, expected, "{role:?}");
            let is_of_role = expected == FaultCode::InvalidValue;
            assert_eq!(fault.field.as_deref(), is_of_role.then_some("role"));
            assert_eq!(person(clinic, who).await, before);
        }
        for (field, op) in [
            (
                "display_name",
                UpdatePerson { display_name: " ".into(), ..update(clinic, own).await },
            ),
            ("time_zone", UpdatePerson { time_zone: "+01:00".into(), ..update(clinic, own).await }),
        ] {
            let fault = clinic.admin.calls(op).await.expect_err(field);
            assert_eq!(fault.field.as_deref(), Some(field));
        }
        let reason = "x".repeat(501);
        for reason in [" ", &reason] {
            let op = SuspendPerson { person_id: id(&ana), reason: reason.into() };
            let fault = clinic.admin.calls(op).await.expect_err("no reason");
            assert_eq!(fault.field.as_deref(), Some("reason"));
        }
        let suspend = |person_id| SuspendPerson { person_id, reason: "fictional".into() };
        told(clinic.admin.calls(suspend(own)).await, FaultCode::Forbidden);
        told(
            clinic.admin.calls(ReinstatePerson { person_id: id(&ana) }).await,
            FaultCode::NotAllowedNow,
        );
        told(dr_b.calls(suspend(id(&ana))).await, FaultCode::Forbidden);
    });
}

/// The last one who can sign in is the one who asks: nobody else is left to ask, and each is refused what would leave none.
#[test]
fn an_organisation_keeps_an_administrator() {
    tell(Kind::Memory, async |clinic| {
        let eve = clinic.person(Role::Admin, "Eve Fictional").await;
        let op = UpdatePerson { role: Role::Support, ..update(clinic, id(&eve)).await };
        clinic.admin.calls(op).await.expect("there is another one");
        told(eve.calls(ListPeople { role: None, status: None }).await, FaultCode::SessionEnded);
        let zoe = clinic.person(Role::Admin, "Zoe Fictional").await;
        suspends(clinic, id(&zoe)).await;
        let op = SuspendPerson { person_id: id(&clinic.admin), reason: "fictional".into() };
        told(zoe.calls(op).await, FaultCode::SessionEnded);
        let house = clinic.another_house().await;
        clinic.person_of(house, Role::Admin, "Uma Elsewhere").await;
        let back = reinstates(clinic, id(&zoe)).await;
        assert_eq!(back.status, PersonStatus::Active);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_is_suspended_is_told_what_a_stranger_is(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let mut account = clinic.account(Role::Patient, "Ana Fictional").await;
        let ana = account.signs_in(clinic.hub).await;
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        let visit = clinic.books(&ana, &dr_b).await;
        let link = clinic.link(visit, visit.patient).await.join_token;
        let codes = clinic.enrols(&ana, &mut account).await;
        let ana = signs_in_by(clinic, &account, &codes[0]).await.expect("signed in");
        let asked = account.is_asked(clinic.hub).await;
        let by_link = clinic.stranger();
        let there = clinic.link(visit, visit.patient).await.join_token;
        let there = by_link.opens_link(&there).await.expect("in by a link");

        let gone = suspends(clinic, id(&ana)).await;
        assert_eq!(gone.appointments_ahead, 1, "that of her own");
        assert_eq!(gone.person.status, PersonStatus::Suspended);
        let suspension = gone.person.suspension.expect("why");
        assert_eq!(suspension.reason.expose(), "left the fictional clinic");
        assert_eq!(suspension.by, id(&clinic.admin));
        for it in [&ana, &there] {
            told(it.calls(ReadMe {}).await, FaultCode::SessionEnded);
            assert_eq!(refreshes(it).await.code(), "session_ended");
        }
        assert_eq!(account.tries(clinic.hub).await.code(), "wrong_credentials");
        let recovery = Proof::Recovery { code: codes[1].clone() };
        told(proves(clinic.hub, &asked.challenge, &recovery).await, FaultCode::ChallengeEnded);
        told(by_link.opens_link(&link).await, FaultCode::JoinTokenInvalid);

        reinstates(clinic, id(&ana)).await;
        by_link.opens_link(&link).await.expect("it was not used up");
        signs_in_by(clinic, &account, &codes[1]).await.expect("neither was the code");
    });
}

async fn signs_in_by(
    clinic: &Clinic,
    account: &Account,
    code: &bedside::protocol::phi::Phi<String>,
) -> Result<Someone, Fault> {
    let asked = account.is_asked(clinic.hub).await;
    proves(clinic.hub, &asked.challenge, &Proof::Recovery { code: code.clone() }).await
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_is_open_at_another_node_ends_within_two_seconds(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let twin = clinic.twin(|_| {}).await;
        let (_, ana, mut dr_b) = clinic.in_call().await;
        let there = Someone { hub: twin.hub, ..ana.who.clone() };
        let mut socket = there.connects(Codec::Json).await;
        let began = Instant::now();
        suspends(clinic, id(&ana.who)).await;
        assert_eq!(socket.is_closed().await, CloseReason::SignedOut.code());
        told(there.calls(ReadMe {}).await, FaultCode::SessionEnded);
        eventually("her media has ended", async || !clinic.media.seats().contains(&ana.seat()))
            .await;
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        dr_b.agrees().await;
        twin.goes().await;
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn nobody_books_with_who_is_suspended(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let card = ana.makes(&practice, at(3, "10:00")).await;
        let hold = ana.holds(&practice, at(3, "11:00")).await.expect("held");
        let gone = suspends(clinic, practice.dr_id()).await;
        assert_eq!(gone.appointments_ahead, 1);

        let listed = async |who: &Someone| {
            let all = who.calls(ListPractitioners::default()).await.expect("the directory");
            all.practitioners.iter().any(|it| it.person_id == practice.dr_id())
        };
        assert!(!listed(&ana).await, "not for patients");
        assert!(listed(&clinic.admin).await, "whoever keeps the calendars sees them");
        assert_eq!(otto.finds(practice.on(MONDAY)).await, []);
        told(otto.holds(&practice, at(3, "12:00")).await, FaultCode::NotOffered);
        told(ana.confirms(&hold).await, FaultCode::NotOffered);
        let wish = JoinWaitlist {
            service_id: practice.service_id(),
            clinician_id: Some(practice.dr_id()),
            from: at(1, "00:00"),
            until: at(5, "00:00"),
        };
        told(otto.calls(wish).await, FaultCode::InvalidValue);
        let there = ana.calls(bedside::protocol::appointment::ReadAppointment {
            appointment_id: card.appointment_id,
        });
        assert_eq!(there.await.expect("what was booked stays").starts_at, card.starts_at);

        reinstates(clinic, practice.dr_id()).await;
        ana.confirms(&hold).await.expect("booked");
        otto.holds(&practice, at(3, "12:00")).await.expect("held");
    });
}

#[test]
fn a_freed_place_of_who_is_suspended_waits_for_them() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let card = ana.makes(&practice, at(3, "10:00")).await;
        let wish = JoinWaitlist {
            service_id: practice.service_id(),
            clinician_id: None,
            from: at(1, "00:00"),
            until: at(5, "00:00"),
        };
        otto.calls(wish).await.expect("waits");
        suspends(clinic, practice.dr_id()).await;
        ana.cancels(&card).await.expect("cancelled");
        let offered = async || {
            let op = bedside::protocol::booking::ListWaitlist {};
            otto.calls(op).await.expect("theirs").entries[0].offered_at.is_some()
        };
        for _ in 0..3 {
            clinic.node.offer_places().await;
            assert!(!offered().await);
            clinic.clock.advance(Duration::from_secs(61));
        }
        reinstates(clinic, practice.dr_id()).await;
        clinic
            .soon("they are told", async || {
                clinic.node.offer_places().await;
                offered().await
            })
            .await;
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn who_was_erased_is_shown_as_that_and_left_alone(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let account = clinic.account(Role::Patient, "Ana Fictional").await;
        let ana = account.signs_in(clinic.hub).await;
        let erasure_id = ana.calls(AskErasure::default()).await.expect("asked").erasure_id;
        suspends(clinic, id(&ana)).await;
        clinic.admin.calls(EraseRecord { erasure_id }).await.expect("erased");
        let gone = person(clinic, id(&ana)).await;
        assert_eq!((gone.status, gone.suspension.clone()), (PersonStatus::Erased, None));
        assert!(gone.status_since.is_some());
        let listed = |status| ListPeople { role: None, status: Some(status) };
        for (status, is_there) in [
            (PersonStatus::Active, false),
            (PersonStatus::Suspended, false),
            (PersonStatus::Erased, true),
        ] {
            let all = clinic.admin.calls(listed(status)).await.expect("a list").people;
            assert_eq!(all.contains(&gone), is_there, "{status:?}");
        }
        let person_id = id(&ana);
        let not_now = FaultCode::NotAllowedNow;
        told(clinic.admin.calls(update(clinic, person_id).await).await, not_now);
        let op = SuspendPerson { person_id, reason: "fictional".into() };
        told(clinic.admin.calls(op).await, not_now);
        told(clinic.admin.calls(ReinstatePerson { person_id }).await, not_now);
        told(clinic.admin.calls(ResetFactors { person_id }).await, not_now);
        told(clinic.admin.calls(EndAllSessions { person_id }).await, not_now);
        told(clinic.admin.calls(ReadSignInState { person_id }).await, not_now);
        let op = ListSupported { role: Some(Role::Patient) };
        let seen = clinic.admin.calls(op).await.expect("a list").people;
        assert!(seen.iter().any(|it| it.status == PersonStatus::Erased));
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_key_changes_somebody_once(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let path = |verb: &str| format!("/v1/people/{}{verb}", id(&ana));
        let before = update(clinic, id(&ana)).await;
        let renamed = json!({
            "revision": before.revision,
            "display_name": "Ana Otherwise",
            "role": "patient",
            "time_zone": "Europe/Berlin",
        });
        let calls = [
            ("PUT", path(""), renamed),
            ("POST", path("/suspend"), json!({"reason": "fictional"})),
            ("POST", path("/reinstate"), json!({})),
        ];
        for (method, path, body) in &calls {
            let send = async || {
                let bearer = format!("Bearer {}", clinic.admin.token);
                let request = Request::new(method, path).json(body);
                let request = request.with("authorization", &bearer);
                request.with("idempotency-key", path).send(clinic.hub).await
            };
            let (first, again) = (send().await, send().await);
            assert_eq!((first.status, again.status), (200, 200), "{}", again.text());
            assert_eq!(first.json(), again.json());
        }
        let after = person(clinic, id(&ana)).await;
        assert_eq!((after.revision, after.status), (4, PersonStatus::Active));
    });
}

#[test]
fn a_new_name_is_that_of_appointments_to_come_and_of_conversations() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let card = ana.makes(&practice, at(3, "10:00")).await;
        let dr = &practice.dr;
        let op = UpdatePerson {
            display_name: "Dr. Bo Otherwise".into(),
            ..update(clinic, practice.dr_id()).await
        };
        clinic.admin.calls(op).await.expect("renamed");
        let op =
            bedside::protocol::appointment::ReadAppointment { appointment_id: card.appointment_id };
        let seen = ana.calls(op).await.expect("hers").clinician.display_name;
        assert_eq!(seen.expose(), "Dr. Bo Otherwise");
        let next = ana.makes(&practice, at(3, "11:00")).await;
        assert_eq!(next.clinician.display_name.expose(), "Dr. Bo Otherwise");
        assert_eq!(dr.calls(ReadMe {}).await.expect("me").display_name, seen);
    });
}
