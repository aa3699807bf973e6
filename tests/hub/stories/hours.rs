//! Hours, deviations and closures: what they change is found at once, and who follows the calendar knows.

use crate::support::people::told;
use crate::support::practice::{ZONE, consultation, daily, profile};
use crate::support::{Clinic, Kind, Someone, at, tell};
use bedside::protocol::booking::SearchSlots;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::Role;
use bedside::protocol::practice::{Price, ServiceTerms, UpdateService};
use bedside::protocol::schedule::{
    ExceptionKind, ExceptionTerms, ListClosures, ReadCalendar, RemoveClosure, RemoveException,
    RemoveTemplate, SaveClosure, SaveException, SaveTemplate,
};
use bedside::protocol::topic::Topic;
use rstest::rstest;

const MONDAY: &str = "2027-01-18";

fn terms(kind: ExceptionKind, starts: &str, ends: &str) -> ExceptionTerms {
    ExceptionTerms {
        kind,
        time_zone: ZONE.to_owned(),
        starts: format!("{MONDAY}T{starts}"),
        ends: format!("{MONDAY}T{ends}"),
        location: "Room 2".to_owned(),
        reason: "A fictional reason".to_owned(),
    }
}

async fn count(who: &Someone, op: &SearchSlots) -> usize {
    who.finds(op.clone()).await.len()
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn deviations_change_what_is_found(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let topic = Topic::Schedule(practice.dr_id());
        let mut desk = practice.dr.watches(topic, Codec::Json).await;
        let monday = practice.on(MONDAY);
        let held = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        assert_eq!(count(&ana, &monday).await, 19);

        let save =
            |terms| SaveException { practitioner_id: practice.dr_id(), exception_id: None, terms };
        let closed = save(terms(ExceptionKind::Closed, "08:00", "12:00"));
        let closed = practice.dr.calls(closed).await.expect("saved");
        assert_eq!(count(&ana, &monday).await, 12, "the afternoon");
        told(ana.holds(&practice, at(3, "09:00")).await, FaultCode::NotOffered);
        clinic.agrees(&practice.dr, &mut desk, topic).await;
        ana.confirms(&held).await.expect("what is held is kept");
        let open = save(terms(ExceptionKind::Open, "18:00", "20:00"));
        clinic.admin.calls(open).await.expect("an administrator may");
        assert_eq!(count(&ana, &monday).await, 16);
        // Closing wins where both stand.
        let evening = save(terms(ExceptionKind::Closed, "19:00", "21:00"));
        practice.dr.calls(evening).await.expect("saved");
        assert_eq!(count(&ana, &monday).await, 14);
        let op = RemoveException {
            practitioner_id: practice.dr_id(),
            exception_id: closed.exception_id,
        };
        practice.dr.calls(op).await.expect("removed");
        assert_eq!(count(&ana, &monday).await, 21, "all but what is booked");
        told(practice.dr.calls(op).await, FaultCode::NotFound);
        clinic.agrees(&practice.dr, &mut desk, topic).await;

        let op = ReadCalendar {
            practitioner_id: practice.dr_id(),
            from: at(3, "00:00"),
            until: at(4, "00:00"),
        };
        let calendar = practice.dr.calls(op).await.expect("theirs");
        assert_eq!(calendar.entries.len(), 1);
        let until = calendar.open.last().map(|it| it.until);
        assert_eq!(until, Some(at(3, "19:00")), "{:?}", calendar.open);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_closure_closes_everybodys_calendar(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (practice, other) = (clinic.practice().await, clinic.practice().await);
        let ana = clinic.patient("Ana Fictional").await;
        let topic = Topic::Schedule(practice.dr_id());
        let mut desk = practice.dr.watches(topic, Codec::MessagePack).await;
        let save = SaveClosure {
            exception_id: None,
            terms: terms(ExceptionKind::Closed, "00:00", "23:59"),
        };
        told(practice.dr.calls(save.clone()).await, FaultCode::Forbidden);
        let closure = clinic.admin.calls(save).await.expect("closed");
        assert!(closure.is_closure);
        for it in [&practice, &other] {
            clinic
                .soon("nothing to be found", async || count(&ana, &it.on(MONDAY)).await == 0)
                .await;
            let what = "nothing to be held";
            clinic
                .soon(what, async || match ana.holds(it, at(3, "10:00")).await {
                    Err(fault) => fault.code == FaultCode::NotOffered,
                    Ok(hold) => {
                        ana.releases(&hold).await.expect("let go");
                        false
                    }
                })
                .await;
        }
        clinic.agrees(&practice.dr, &mut desk, topic).await;
        // It is nobody's own: a clinician neither changes nor removes it.
        let mine = RemoveException {
            practitioner_id: practice.dr_id(),
            exception_id: closure.exception_id,
        };
        told(practice.dr.calls(mine).await, FaultCode::NotFound);
        let mine = SaveException {
            practitioner_id: practice.dr_id(),
            exception_id: Some(closure.exception_id),
            terms: terms(ExceptionKind::Open, "08:00", "09:00"),
        };
        told(practice.dr.calls(mine).await, FaultCode::NotFound);
        let op = RemoveClosure { exception_id: closure.exception_id };
        clinic.admin.calls(op).await.expect("open again");
        clinic
            .soon("all of it again", async || count(&ana, &practice.on(MONDAY)).await == 20)
            .await;
        told(clinic.admin.calls(op).await, FaultCode::NotFound);
        clinic.agrees(&practice.dr, &mut desk, topic).await;
        let closures = clinic.admin.calls(ListClosures {}).await.expect("closures");
        assert_eq!(closures.closures, []);
    });
}

#[test]
fn templates_are_edited_and_what_is_booked_stays() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let card = ana.makes(&practice, at(3, "17:00")).await;
        let topic = Topic::Schedule(practice.dr_id());
        let mut desk = practice.dr.watches(topic, Codec::Json).await;
        let op = bedside::protocol::schedule::ReadSchedule { practitioner_id: practice.dr_id() };
        let hours = practice.dr.calls(op).await.expect("theirs");
        let template_id = hours.templates[0].template_id;
        let op = SaveTemplate {
            practitioner_id: practice.dr_id(),
            template_id: Some(template_id),
            terms: daily("08:00", "12:00"),
        };
        clinic.admin.calls(op).await.expect("an administrator may");
        assert_eq!(count(&ana, &practice.on(MONDAY)).await, 8);
        let overlapping = SaveTemplate {
            practitioner_id: practice.dr_id(),
            template_id: None,
            terms: daily("11:00", "13:00"),
        };
        let fault = practice.dr.calls(overlapping).await.expect_err("two at a time");
        assert_eq!(fault.code, FaultCode::InvalidValue);
        clinic.agrees(&practice.dr, &mut desk, topic).await;
        let op = RemoveTemplate { practitioner_id: practice.dr_id(), template_id };
        practice.dr.calls(op).await.expect("removed");
        assert_eq!(count(&ana, &practice.on(MONDAY)).await, 0);
        let op =
            bedside::protocol::appointment::ReadAppointment { appointment_id: card.appointment_id };
        assert_eq!(ana.calls(op).await.expect("it stays"), card);
        clinic.agrees(&practice.dr, &mut desk, topic).await;
    });
}

#[test]
fn a_service_is_booked_as_it_is_now() {
    tell(Kind::Memory, async |clinic| {
        let mut practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        assert_eq!(hold.price, None);
        let price = Some(Price { amount_minor: 2_500, currency: "EUR".to_owned() });
        let update =
            |revision, terms| UpdateService { service_id: practice.service_id(), revision, terms };
        let dearer = ServiceTerms { price: price.clone(), duration_min: 60, ..consultation() };
        let card = clinic.admin.calls(update(1, dearer.clone())).await.expect("changed");
        assert_eq!((card.revision, &card.terms), (2, &dearer));
        told(clinic.admin.calls(update(1, dearer.clone())).await, FaultCode::Conflict);
        // What is held is held as it was.
        let booked = ana.confirms(&hold).await.expect("booked");
        assert_eq!(booked.ends_at, at(3, "10:30"));
        let hold = ana.holds(&practice, at(3, "11:00")).await.expect("held");
        assert_eq!((hold.price.clone(), hold.slots[0].ends_at), (price, at(3, "12:00")));
        let closed = ServiceTerms { is_active: false, ..dearer };
        practice.service = clinic.admin.calls(update(2, closed)).await.expect("not offered");
        assert_eq!(count(&ana, &practice.on(MONDAY)).await, 0);
        told(ana.holds(&practice, at(3, "14:00")).await, FaultCode::NotOffered);
        let services = ana.calls(bedside::protocol::practice::ListServices {}).await.unwrap();
        assert_eq!(services.services, [], "patients see what can be booked");
    });
}

#[test]
fn calendars_are_followed_by_their_own_people_and_openings_by_everybody() {
    tell(Kind::Memory, async |clinic: &mut Clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let xu = clinic.clinician("Dr. Xu Fictional").await;
        let ida = clinic.person(Role::Interpreter, "Ida Fictional").await;
        let schedule = Topic::Schedule(practice.dr_id());
        for who in [&ana, &xu, &ida] {
            let mut socket = who.connects(Codec::Json).await;
            told(socket.follows(schedule).await, FaultCode::NotFound);
            socket.follows(Topic::Openings(practice.dr_id())).await.expect("everybody may");
            let nobody = Topic::Openings(ana.person_id.unwrap());
            told(socket.follows(nobody).await, FaultCode::NotFound);
        }
        let mut desk = clinic.admin.watches(schedule, Codec::Json).await;
        ana.makes(&practice, at(3, "10:00")).await;
        clinic.agrees(&clinic.admin.clone(), &mut desk, schedule).await;
    });
}
