//! Idempotency keys: the same key never takes effect twice, whichever way it comes.

use crate::access::of_part;
use crate::access::world::{Caller, World};
use crate::support::http::{Answer, Request, row};
use crate::support::people::told;
use crate::support::{Kind, Someone, tell};
use bedside::clock::Clock as _;
use bedside::domain::policy::Who;
use bedside::protocol::appointment::{AppointmentCard, ListAppointments, PlaceAppointment};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::operation::{Access, Effect};
use bedside::protocol::person::Role;
use bedside::protocol::visit::{AttendanceKind, EnterVisit, InviteGuest};
use futures::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_key_is_answered_alike_by_rest_and_by_socket(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (visit, ana, dr_b) = clinic.in_call().await;
        let invite = |name: &str| InviteGuest {
            appointment_id: visit.id,
            role: Role::Interpreter,
            display_name: name.into(),
        };
        let first = dr_b.who.calls_with_key("k-1", invite("Ivo")).await.expect("invited");
        let again = dr_b.who.calls_with_key("k-1", invite("Ivo")).await.expect("the same answer");
        assert_eq!(first, again);
        for codec in [Codec::Json, Codec::MessagePack] {
            let mut socket = dr_b.who.connects(codec).await;
            let again = socket.calls_with_key(Some("k-1"), invite("Ivo")).await;
            assert_eq!(first, again.expect("the same answer"));
            let other = socket.calls_with_key(Some("k-1"), invite("Ida")).await;
            told(other, FaultCode::KeyReused);
            for bad in ["", &"k".repeat(65)] {
                let refused = socket.calls_with_key(Some(bad), invite("Ida")).await;
                assert_eq!(refused.expect_err("no key").field.as_deref(), Some("key"));
            }
        }
        told(dr_b.who.calls_with_key("k-1", invite("Ida")).await, FaultCode::KeyReused);
        let invited =
            |it: &bedside::protocol::visit::AttendanceEntry| it.what == AttendanceKind::Invited;
        let count = clinic.attendance(visit.id).await.into_iter().filter(invited).count();
        assert_eq!(count, 1, "one guest");
        // The key is the caller's: hers is another one. And it is the operation's.
        ana.who.calls_with_key("k-1", invite("Cara")).await.expect("another guest");
        let enter = EnterVisit { appointment_id: visit.id };
        dr_b.who.calls_with_key("k-1", enter).await.expect("another operation");
        let text = format!("{:?}", clinic.store.answered("x", "visit.invite", "k-1").await);
        assert!(!text.contains("Ivo"));
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn of_many_calls_with_one_key_one_takes_effect(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let now = clinic.clock.now();
        let op = PlaceAppointment {
            patient_id: ana.person_id.unwrap(),
            clinician_id: dr_b.person_id.unwrap(),
            starts_at: now,
            ends_at: now.plus(crate::support::SLOT),
            time_zone: "Europe/Berlin".to_owned(),
            patient_may_invite: false,
        };
        let calls = (0..10).map(|_| clinic.admin.calls_with_key("k-9", op.clone()));
        let results: Vec<Result<AppointmentCard, _>> = join_all(calls).await;
        let mut made = vec![];
        for result in results {
            match result {
                Ok(card) => made.push(card.appointment_id),
                Err(fault) => assert_eq!(fault.code, FaultCode::StillRunning),
            }
        }
        assert!(!made.is_empty(), "one was made");
        made.dedup();
        assert_eq!(made.len(), 1, "one appointment");
        let list = ana
            .calls(ListAppointments { person_id: None, from: None, until: None })
            .await
            .expect("hers");
        assert_eq!(list.appointments.len(), 1);
        let taken = clinic.admin.calls(PlaceAppointment { starts_at: now, ..op }).await;
        told(taken, FaultCode::SlotTaken);
    });
}

async fn asks(who: &Someone, op: &str, params: &Value) -> Answer {
    let request = Request::of(row(op), params).with("idempotency-key", "k");
    who.signed(request).send(who.hub).await
}

/// Other params of the same shape: one id is another, or, where there is none, one number, choice or word.
fn other(params: &Value) -> Value {
    fn change(value: &mut Value, may: fn(&mut Value) -> bool) -> bool {
        match value {
            // A kind is one of a few words: no other word of the same shape can be read.
            Value::Object(all) => {
                let is_changed = all.iter_mut().any(|(name, it)| name != "kind" && change(it, may));
                let kind = all.get_mut("kind").filter(|it| !is_changed && **it == "telehealth");
                let is_other = kind.map(|it| *it = json!("sharing")).is_some();
                is_changed || is_other
            }
            Value::Array(all) => all.iter_mut().any(|it| change(it, may)),
            plain => may(plain),
        }
    }
    fn id(value: &mut Value) -> bool {
        let is_id = value.as_str().is_some_and(|text| Uuid::parse_str(text).is_ok());
        if is_id {
            *value = json!(Uuid::now_v7());
        }
        is_id
    }
    fn plain(value: &mut Value) -> bool {
        match value {
            Value::String(text) if text.contains(':') => return false,
            Value::String(text) => text.push('x'),
            Value::Bool(it) => *it = !*it,
            Value::Number(it) => *value = json!(it.as_u64().unwrap_or_default() + 1),
            Value::Null | Value::Object(_) | Value::Array(_) => return false,
        }
        true
    }
    let mut changed = params.clone();
    let is_changed = change(&mut changed, id) || change(&mut changed, plain);
    assert!(is_changed, "nothing to change in {params}");
    changed
}

/// Whoever may do it does it, and asks again with the same key: the same bytes come back, and nothing is done twice. The
/// same key with something else is refused. A room that has nothing to change saves nothing, the answer
/// neither.
#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn every_write_is_answered_alike_for_its_key(
    #[case] kind: Kind,
    #[values(0, 1, 2, 3, 4, 5, 6, 7)] part: usize,
) {
    tell(kind, async |clinic| {
        // What nobody has to be signed in for has nobody whose key it could be; a sign-out ends who would ask again.
        let has_key = |access| access != Access::Anyone;
        let rows = of_part(part).filter(|it| it.effect == Effect::Write && has_key(it.access));
        // Where everybody has come nobody is missing, nobody pays in a clinic that takes no money (`paying`), and where no
        // provider is nobody has an identity of one (`providers`), nobody is reinstated who is not suspended (`people`), and
        // nobody is invited again who has chosen a password (`forgotten`).
        let left_out = [
            "auth.sign_out",
            "visit.mark_no_show",
            "payment.begin",
            "payment.confirm",
            "identity.unlink",
            "person.reinstate",
            "person.invite",
        ];
        // What is there is opened again, and no copy of a text is kept.
        let with_no_answer = ["conversation.open"];
        for it in rows.filter(|it| !left_out.contains(&it.name)) {
            let mut is_done = false;
            for (caller, _) in Caller::ALL {
                let world = World::of(clinic, caller, it.name).await;
                let params = world.params(it.name);
                let first = asks(&world.caller, it.name, &params).await;
                if first.status != it.success {
                    continue;
                }
                let again = asks(&world.caller, it.name, &params).await;
                assert_eq!(again.status, first.status, "{}: {}", it.name, again.text());
                assert_eq!(again.text(), first.text(), "{}", it.name);
                let by = format!("{}", Who::Person(world.caller.person_id.expect("an account")));
                let may_save_nothing =
                    it.name.starts_with("visit.") || with_no_answer.contains(&it.name);
                if may_save_nothing
                    && clinic.store.answered(&by, it.name, "k").await.unwrap().is_none()
                {
                    is_done = true;
                    break;
                }
                if params == json!({}) {
                    // There is nothing else that it could be asked with.
                    is_done = true;
                    break;
                }
                let refused = asks(&world.caller, it.name, &other(&params)).await;
                assert_eq!(
                    (refused.status, refused.code().as_str()),
                    (422, "key_reused"),
                    "{}: {}",
                    it.name,
                    refused.text()
                );
                is_done = true;
                break;
            }
            assert!(is_done, "{}: nobody may", it.name);
        }
    });
}
