//! How much and how fast one connection may ask.

use super::{CANARY, fault_of, is_fault, welcomed};
use crate::support::raw::{CONTINUATION, TEXT};
use crate::support::{Clinic, Kind, Someone, tell};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::{ClientFrame, MAX_FOLLOWS, MAX_FRAMES, MAX_IN_FLIGHT, ServerFrame};
use bedside::protocol::person::ReadMe;
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::ReadVisit;
use bedside::store::memory::{Failure, Point};
use serde_json::json;
use std::time::Duration;

#[test]
fn who_goes_on_sending_is_closed() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut other = ana.connects(Codec::Json).await;
        // Rubbish: twenty times.
        let mut socket = welcomed(clinic, &ana, Codec::Json).await;
        for _ in 0..20 {
            socket.says(b"rubbish").await;
        }
        assert_eq!(socket.is_closed().await, CloseReason::Malformed.code());
        // Good frames, too fast: the clock stands still, so the bucket is never filled again.
        let mut socket = welcomed(clinic, &ana, Codec::MessagePack).await;
        for _ in 0..6 {
            let pongs = vec![json!({"type": "pong", "number": 1}); MAX_FRAMES];
            socket.says_json(&json!(pongs)).await;
        }
        assert_eq!(socket.is_closed().await, CloseReason::TooFast.code());
        let refused = socket.frames.iter().filter(|it| is_fault(it)).map(fault_of);
        assert!(refused.clone().all(|it| it.1 == FaultCode::TooManyRequests));
        assert_eq!(refused.count(), 20, "told each time before");
        // Pings, and pieces of a message that never ends.
        for (first, piece) in [(0x89, &b"still there?"[..]), (CONTINUATION, b"")] {
            let mut socket = welcomed(clinic, &ana, Codec::Json).await;
            socket.sends(TEXT, b"[").await;
            for _ in 0..400 {
                socket.sends(first, piece).await;
            }
            assert_eq!(socket.is_closed().await, CloseReason::TooFast.code());
        }
        // Why it ends is told even while the client is still sending.
        let mut socket = welcomed(clinic, &ana, Codec::Json).await;
        for _ in 0..20_000 {
            socket.sends(0x89, b"still there?").await;
        }
        assert_eq!(socket.is_closed().await, CloseReason::TooFast.code());
        other.calls(ReadMe {}).await.expect("the other socket is unharmed");
    });
}

#[test]
fn follows_and_calls_have_a_bound() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, dr_b) = clinic.in_call().await;
        // All of them wait for the store, which hangs on the first.
        clinic.memory().fail_next(Point::CommitVisit, Failure::Hang);
        let leave = bedside::protocol::visit::LeaveVisit { appointment_id: visit.id };
        ana.socket.begins(None, &leave).await;
        for _ in 0..MAX_IN_FLIGHT + 6 {
            clinic.clock.advance(Duration::from_millis(100));
            ana.socket.begins(None, &ReadVisit { appointment_id: visit.id }).await;
        }
        ana.socket
            .until("some are refused", |it| {
                let too_many = |it: &&ServerFrame| {
                    matches!(it, ServerFrame::Failed { fault, .. }
                        if fault.code == FaultCode::TooManyInFlight)
                };
                it.frames.iter().filter(too_many).count() == 7
            })
            .await;
        drop(dr_b);
    });
}

#[test]
fn a_socket_follows_so_many_topics() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let mut socket = clinic.admin.connects(Codec::MessagePack).await;
        // Visits of the past and of months to come: an administrator may look at each.
        let now = bedside::clock::Clock::now(&clinic.clock);
        let mut topics = vec![];
        for n in 0..=u32::try_from(MAX_FOLLOWS).unwrap() {
            let at = now.plus(crate::support::SLOT * n);
            topics.push(Topic::Visit(book_quietly(clinic, &ana, &dr_b, at).await));
        }
        for (number, topic) in topics.iter().enumerate() {
            clinic.clock.advance(Duration::from_millis(100));
            let followed = socket.follows(*topic).await;
            match followed {
                Ok(_) => assert!(number < MAX_FOLLOWS),
                Err(fault) => {
                    assert_eq!((number, fault.code), (MAX_FOLLOWS, FaultCode::TooManyFollows));
                }
            }
        }
        socket.unfollows(topics[0]).await;
        socket.follows(topics[MAX_FOLLOWS]).await.expect("there is room again");
    });
}

/// Many come in one message, before an owner has answered any of them.
#[test]
fn ten_thousand_follows_are_no_more_than_the_bound() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let now = bedside::clock::Clock::now(&clinic.clock);
        let mut topics = vec![];
        for n in 0..u32::try_from(MAX_FOLLOWS + MAX_FRAMES).unwrap() {
            let at = now.plus(crate::support::SLOT * n);
            topics.push(Topic::Visit(book_quietly(clinic, &ana, &dr_b, at).await));
        }
        let strangers = std::iter::repeat_with(|| {
            Topic::Visit(bedside::protocol::ids::AppointmentId(uuid::Uuid::now_v7()))
        });
        let topics: Vec<_> = topics.into_iter().chain(strangers).take(10_000).collect();
        let mut socket = welcomed(clinic, &clinic.admin, Codec::Json).await;
        let mut asked = 0;
        while asked < topics.len() {
            // The first message is a short one, so that a later one begins below the bound and would end above it.
            let count = if asked == 0 { 10 } else { MAX_FRAMES };
            let some = topics.iter().enumerate().skip(asked).take(count);
            let frames: Vec<_> = some
                .map(|(id, it)| json!({"type": "follow", "id": id, "topic": it.to_string()}))
                .collect();
            asked += frames.len();
            clinic.clock.advance(Duration::from_secs(2));
            socket.says_json(&json!(frames)).await;
            while answers(&socket.frames).count() < asked {
                assert_eq!(socket.hears().await, None, "it goes on");
            }
        }
        let done = answers(&socket.frames).filter(|it| matches!(it, ServerFrame::Done { .. }));
        assert_eq!(done.count(), MAX_FOLLOWS);
        let refused: Vec<_> =
            socket.frames.iter().filter(|it| is_fault(it)).map(fault_of).collect();
        assert_eq!(refused.len(), 10_000 - MAX_FOLLOWS);
        assert!(refused.iter().all(|it| it.1 == FaultCode::TooManyFollows), "each by its code");
    });
}

fn answers(frames: &[ServerFrame]) -> impl Iterator<Item = &ServerFrame> {
    frames.iter().filter(|it| matches!(it, ServerFrame::Done { .. } | ServerFrame::Failed { .. }))
}

/// A million would tell no more: the bucket of a connection is the same for the first and the last of them.
#[test]
fn an_operation_that_there_is_not_is_refused_each_time_and_changes_nothing() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, _dr) = clinic.chat().await;
        let id = ana.says("Nothing to react to").await.message_id;
        let before = (clinic.store.audit(1).await.unwrap(), ana.memory());
        let mut socket = welcomed(clinic, &ana.who, Codec::MessagePack).await;
        let react = |number: usize| {
            let params = json!({"conversation_id": ana.id, "message_id": id, "reaction": CANARY});
            json!({"type": "request", "id": number, "op": "message.react", "params": params})
        };
        let mut asked = 0;
        while asked < 10_000 {
            let frames: Vec<_> = (asked..asked + MAX_FRAMES).map(react).collect();
            asked += frames.len();
            clinic.clock.advance(Duration::from_secs(2));
            socket.says_json(&json!(frames)).await;
            while answers(&socket.frames).count() < asked {
                assert_eq!(socket.hears().await, None, "it goes on");
            }
        }
        let codes: Vec<_> = socket.frames.iter().filter(|it| is_fault(it)).map(fault_of).collect();
        assert_eq!(codes.len(), asked);
        assert!(codes.iter().all(|it| it.1 == FaultCode::UnknownOperation));
        // Without time between them they are too fast, and whoever goes on is closed.
        for _ in 0..6 {
            let frames: Vec<_> = (asked..asked + MAX_FRAMES).map(react).collect();
            socket.says_json(&json!(frames)).await;
        }
        assert_eq!(socket.is_closed().await, CloseReason::TooFast.code());
        assert_eq!((clinic.store.audit(1).await.unwrap(), ana.memory()), before);
    });
}

/// Past the door, which would count two hundred bookings in a second.
async fn book_quietly(
    clinic: &Clinic,
    patient: &Someone,
    clinician: &Someone,
    at: bedside::protocol::time::UnixMillis,
) -> bedside::protocol::ids::AppointmentId {
    let visit = crate::access::world::visit_of(
        patient.person_id.unwrap(),
        clinician.person_id.unwrap(),
        at,
    );
    let id = visit.facts.appointment_id;
    let new = bedside::store::NewVisit { visit, created_at: at };
    clinic.store.create_visit(new, None).await.expect("booked");
    id
}

#[test]
fn a_call_may_be_given_up() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, dr_b) = clinic.in_call().await;
        clinic.media.hesitates();
        let offer = bedside::protocol::media::JoinMedia {
            appointment_id: visit.id,
            offer: "v=0 again".into(),
        };
        let id = ana.socket.begins(None, &offer).await;
        ana.socket.sends(&ClientFrame::Cancel { id }).await;
        ana.socket.sends(&ClientFrame::Cancel { id: 4_000 }).await;
        let fault = ana.socket.answer(id).await.expect_err("given up");
        assert_eq!(fault.code, FaultCode::Cancelled);
        let request = ClientFrame::Request {
            id: 4_001,
            op: "media.join".to_owned(),
            params: serde_json::to_value(&offer).unwrap(),
            key: None,
            deadline_ms: Some(20),
            condition: None,
            traceparent: Some("00-not-a-trace".to_owned()),
        };
        ana.socket.sends(&request).await;
        let fault = ana.socket.answer(4_001).await.expect_err("too late");
        assert_eq!(fault.code, FaultCode::DeadlineExceeded);
        clinic.media.answers_again();
        drop(dr_b);
        ana.agrees().await;
    });
}
