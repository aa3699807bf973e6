//! The connection as a table of what it hears and what it does.

use super::super::pace::{FRAMES_BURST, FRAMES_PER_SECOND};
use super::*;
use crate::domain::policy::{Principal, Who};
use crate::protocol::frame::ClientFrame as Frame;
use crate::protocol::ids::{AppointmentId, OrganisationId, PersonId, SessionId};
use crate::protocol::person::Role;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

const BEGIN: UnixMillis = UnixMillis(1_800_000_000_000);

fn after(seconds: u64) -> UnixMillis {
    BEGIN.plus(Duration::from_secs(seconds))
}

fn caller(session: u128) -> Caller {
    let who = Who::Person(PersonId(Uuid::from_u128(1)));
    Caller {
        principal: Principal {
            who,
            role: Role::Patient,
            organisation: OrganisationId::FIRST,
            only_visit: None,
        },
        session_id: SessionId(Uuid::from_u128(session)),
        expires_at: after(900),
        is_limited: false,
    }
}

fn topic(number: u128) -> Topic {
    Topic::Visit(AppointmentId(Uuid::from_u128(number)))
}

fn hello() -> Frame {
    Frame::Hello { token: "t".into(), sdk: None, tab: None, follow: vec![] }
}

fn request(id: u32) -> Frame {
    Frame::Request {
        id,
        op: "me.read".to_owned(),
        params: json!({}),
        key: None,
        deadline_ms: None,
        condition: None,
        traceparent: None,
    }
}

fn unreadable(id: Option<u32>) -> Unreadable {
    Unreadable { id, fault: Box::new(FaultCode::Malformed.into()) }
}

fn open() -> Protocol {
    let mut protocol = Protocol::new(BEGIN);
    let does = protocol.frame(Ok(hello()), BEGIN);
    assert!(matches!(does[..], [Do::Open { .. }]), "{does:?}");
    protocol.open(Ok(caller(1))).unwrap();
    protocol
}

fn code_of(does: &[Do]) -> FaultCode {
    match does {
        [Do::Send(ServerFrame::Failed { fault, .. } | ServerFrame::Error { fault }), ..] => {
            fault.code
        }
        other => panic!("no fault: {other:?}"),
    }
}

#[rstest]
#[case(Ok(request(1)))]
#[case(Ok(Frame::Pong { number: 1 }))]
#[case(Ok(Frame::Bye {}))]
#[case(Ok(Frame::Authenticate { id: 1, token: "t".into() }))]
#[case(Ok(Frame::Follow { id: 1, topic: topic(1), position: None }))]
#[case(Err(unreadable(None)))]
#[case(Err(unreadable(Some(1))))]
fn nothing_but_a_hello_is_heard_first(#[case] frame: Result<Frame, Unreadable>) {
    let mut silent = Protocol::new(BEGIN);
    assert_eq!(silent.frame(frame.clone(), BEGIN), [Do::Close(CloseReason::HelloExpected)]);
    assert_eq!(silent.frame(Ok(hello()), BEGIN), [], "closed is closed");
    let mut verifying = Protocol::new(BEGIN);
    verifying.frame(Ok(hello()), BEGIN);
    assert_eq!(verifying.frame(frame, BEGIN), [Do::Close(CloseReason::HelloExpected)]);
}

fn follows(protocol: &mut Protocol, topic: Topic, position: Position) -> u32 {
    let number = protocol.follow();
    protocol.followed(topic, number, position)
}

#[test]
fn a_hello_comes_in_time_and_once() {
    let mut protocol = Protocol::new(BEGIN);
    assert_eq!(protocol.tick(after(9)), []);
    assert_eq!(protocol.tick(after(10)), [Do::Close(CloseReason::HelloExpected)]);
    assert_eq!(open().frame(Ok(hello()), BEGIN), [Do::Close(CloseReason::HelloExpected)]);
    let resume = Resume { topic: topic(1), position: None };
    let many = Frame::Hello {
        token: "t".into(),
        sdk: None,
        tab: None,
        follow: vec![resume; MAX_FOLLOWS + 1],
    };
    let does = Protocol::new(BEGIN).frame(Ok(many), BEGIN);
    assert_eq!(does, [Do::Close(CloseReason::Malformed)]);
}

#[rstest]
#[case(FaultCode::Unauthenticated, CloseReason::TokenInvalid)]
#[case(FaultCode::SessionEnded, CloseReason::SignedOut)]
#[case(FaultCode::Unavailable, CloseReason::Internal)]
#[case(FaultCode::OutcomeUnknown, CloseReason::Internal)]
fn a_refused_token_closes(#[case] code: FaultCode, #[case] why: CloseReason) {
    let mut protocol = Protocol::new(BEGIN);
    protocol.frame(Ok(hello()), BEGIN);
    assert_eq!(protocol.open(Err(code.into())), Err(vec![Do::Close(why)]));
    assert_eq!(protocol.caller(), None);
}

#[test]
fn an_id_is_answered_once() {
    let mut protocol = open();
    assert!(matches!(protocol.frame(Ok(request(7)), BEGIN)[..], [Do::Call(_)]));
    let twice = protocol.frame(Ok(request(7)), BEGIN);
    assert_eq!(code_of(&twice), FaultCode::TooManyInFlight, "while the first is open");
    assert!(protocol.answer(7, Ok(json!(1))).is_some());
    assert!(protocol.answer(7, Ok(json!(1))).is_none());
    assert!(matches!(protocol.frame(Ok(request(7)), BEGIN)[..], [Do::Call(_)]), "free again");
    let given_up = protocol.frame(Ok(Frame::Cancel { id: 7 }), BEGIN);
    assert_eq!(code_of(&given_up), FaultCode::Cancelled);
    assert!(protocol.answer(7, Ok(json!(1))).is_none(), "nobody waits any more");
    assert_eq!(protocol.frame(Ok(Frame::Cancel { id: 7 }), BEGIN), []);
}

#[test]
fn calls_and_follows_have_a_bound() {
    let mut protocol = open();
    let bound = u32::try_from(MAX_IN_FLIGHT).unwrap();
    for id in 0..bound {
        assert!(matches!(protocol.frame(Ok(request(id)), BEGIN)[..], [Do::Call(_)]));
    }
    let refused = protocol.frame(Ok(request(bound)), BEGIN);
    assert_eq!(code_of(&refused), FaultCode::TooManyInFlight);
    protocol.answer(0, Ok(json!(1)));
    assert!(matches!(protocol.frame(Ok(request(bound)), BEGIN)[..], [Do::Call(_)]));

    let mut protocol = open();
    for number in 0..MAX_FOLLOWS {
        follows(&mut protocol, topic(u128::try_from(number).unwrap()), Position::default());
    }
    let follow = |number| Frame::Follow { id: 1, topic: topic(number), position: None };
    let refused = protocol.frame(Ok(follow(9_999)), BEGIN);
    assert_eq!(code_of(&refused), FaultCode::TooManyFollows);
    let again = protocol.frame(Ok(follow(3)), BEGIN);
    assert!(matches!(again[..], [Do::Follow { id: Some(1), .. }]), "known topics may be repeated");
}

#[test]
fn follows_that_nobody_has_answered_count() {
    let mut protocol = open();
    let follow = |it| Ok(Frame::Follow { id: 1, topic: it, position: None });
    let most = u128::try_from(MAX_FOLLOWS).unwrap();
    for it in (0..most).map(topic) {
        assert!(matches!(protocol.frame(follow(it), BEGIN)[..], [Do::Follow { .. }]));
    }
    let refused = protocol.frame(follow(topic(most)), BEGIN);
    assert_eq!(code_of(&refused), FaultCode::TooManyFollows);
    protocol.settled(topic(0));
    let asked = protocol.frame(follow(topic(most)), BEGIN);
    assert!(matches!(asked[..], [Do::Follow { .. }]), "it was denied: there is room again");
}

#[test]
fn what_was_said_to_an_earlier_follow_says_nothing_of_a_later_one() {
    let mut protocol = open();
    let first = protocol.follow();
    assert!(!protocol.is_of(first, topic(1)), "not before its owner has answered");
    protocol.followed(topic(1), first, Position::default());
    let second = protocol.follow();
    assert!(protocol.is_of(first, topic(1)), "as long as nobody has answered the next");
    assert!(!protocol.is_of(first, topic(2)));
    protocol.followed(topic(1), second, Position::default());
    assert_eq!([first, second].map(|it| protocol.is_of(it, topic(1))), [false, true]);
    protocol.frame(Ok(Frame::Unfollow { id: 4, topic: topic(1) }), BEGIN);
    assert!(!protocol.is_of(second, topic(1)), "given up");
    let third = follows(&mut protocol, topic(1), Position::default());
    assert!(
        !protocol.is_of(second, topic(1)),
        "a gap that still waits does not end what is on channel {third}"
    );
}

#[test]
fn a_hello_names_a_topic_once() {
    let mut protocol = Protocol::new(BEGIN);
    let one = Resume { topic: topic(1), position: None };
    let hello =
        Frame::Hello { token: "t".into(), sdk: None, tab: None, follow: vec![one.clone(), one] };
    assert_eq!(protocol.frame(Ok(hello), BEGIN), [Do::Close(CloseReason::Malformed)]);
}

#[test]
fn a_topic_keeps_its_channel_and_a_new_one_gets_another() {
    let mut protocol = open();
    let first = follows(&mut protocol, topic(1), Position::default());
    assert_eq!(follows(&mut protocol, topic(1), Position { epoch: 1, offset: 2 }), first);
    let second = follows(&mut protocol, topic(2), Position::default());
    assert_ne!(first, second);
    assert_eq!(protocol.lost(topic(1)), Some(first));
    assert_eq!(protocol.lost(topic(1)), None);
    assert_eq!(protocol.channel(topic(1), None), None, "no event of a topic that was taken away");
    assert_ne!(
        follows(&mut protocol, topic(1), Position::default()),
        first,
        "a number is used once"
    );
    let does = protocol.frame(Ok(Frame::Unfollow { id: 4, topic: topic(2) }), BEGIN);
    let done = Do::SendOn(topic(2), ServerFrame::Done { id: 4, followed: None });
    assert_eq!(does, [Do::Unfollow(topic(2)), done]);
}

#[test]
fn pings_carry_the_marks() {
    let mut protocol = open();
    let channel = follows(&mut protocol, topic(1), Position { epoch: 3, offset: 1 });
    let position = Position { epoch: 3, offset: 2 };
    assert_eq!(protocol.channel(topic(1), Some(position)), Some(channel));
    assert_eq!(protocol.tick(after(14)), []);
    protocol.heard(after(14));
    let marks = vec![Mark { channel, position }];
    let ping = |number, now| Do::Send(ServerFrame::Ping { number, now, marks: marks.clone() });
    assert_eq!(protocol.tick(after(15)), [ping(1, after(15))]);
    assert_eq!(protocol.tick(after(16)), []);
    assert_eq!(protocol.tick(after(30)), [ping(2, after(30))]);
    assert_eq!(protocol.tick(after(14 + 35)), [Do::Close(CloseReason::Silent)]);
    assert_eq!(protocol.tick(after(2_000)), [], "closed once");
}

#[test]
fn what_went_past_the_session_is_in_the_marks_and_takes_nothing_back() {
    let mut protocol = open();
    let channel = follows(&mut protocol, topic(1), Position { epoch: 3, offset: 4 });
    for (offset, expected) in [(2, 4), (6, 6)] {
        protocol.has_gone(topic(1), Position { epoch: 3, offset });
        protocol.has_gone(topic(2), Position { epoch: 3, offset: 9 });
        let now = after(15 * u64::from(expected));
        protocol.heard(now);
        let marks = vec![Mark { channel, position: Position { epoch: 3, offset: expected } }];
        let does = protocol.tick(now);
        assert!(
            does.iter().any(
                |it| matches!(it, Do::Send(ServerFrame::Ping { marks: it, .. }) if *it == marks)
            ),
            "{does:?}"
        );
    }
}

#[test]
fn a_token_is_asked_for_once_then_the_socket_closes() {
    let mut protocol = open();
    let asks = Do::Send(ServerFrame::Reauthenticate { by: after(900) });
    protocol.heard(after(839));
    assert!(!protocol.tick(after(839)).contains(&asks));
    protocol.heard(after(840));
    assert!(protocol.tick(after(840)).contains(&asks));
    protocol.heard(after(845));
    assert!(!protocol.tick(after(845)).contains(&asks), "once");
    let mut careless = protocol;
    careless.heard(after(900));
    assert_eq!(careless.tick(after(900)), [Do::Close(CloseReason::TokenExpired)]);

    let mut prudent = open();
    let next = Caller { expires_at: after(1_700), ..caller(1) };
    let done = Do::Send(ServerFrame::Done { id: 5, followed: None });
    assert_eq!(prudent.renew(5, Ok(next)), [done]);
    prudent.heard(after(900));
    assert!(!prudent.tick(after(900)).contains(&Do::Close(CloseReason::TokenExpired)));
    let foreign = prudent.renew(6, Ok(caller(2)));
    assert_eq!(code_of(&foreign), FaultCode::Unauthenticated, "a token of another session");
    assert_eq!(prudent.caller(), Some(next));
}

#[test]
fn who_sends_rubbish_is_told_and_then_closed() {
    let mut protocol = open();
    for strike in 1..MAX_STRIKES {
        let does = protocol.frame(Err(unreadable(Some(strike))), BEGIN);
        assert!(matches!(does[..], [Do::Send(ServerFrame::Failed { .. })]), "{strike}: {does:?}");
    }
    let does = protocol.unreadable(FaultCode::Malformed.into());
    assert_eq!(does.last(), Some(&Do::Close(CloseReason::Malformed)));
}

#[test]
fn who_is_too_fast_is_told_and_then_closed_and_who_waits_is_not() {
    let mut protocol = open();
    // The hello took one.
    for _ in 1..FRAMES_BURST {
        assert_eq!(protocol.frame(Ok(Frame::Pong { number: 1 }), BEGIN), []);
    }
    let refused = protocol.frame(Ok(request(1)), BEGIN);
    assert_eq!(code_of(&refused), FaultCode::TooManyRequests);
    let later = after(1);
    for id in 0..FRAMES_PER_SECOND {
        assert!(matches!(protocol.frame(Ok(request(id)), later)[..], [Do::Call(_)]));
    }
    let mut last = vec![];
    for _ in 1..MAX_STRIKES {
        last = protocol.frame(Ok(Frame::Pong { number: 1 }), later);
    }
    assert_eq!(last.last(), Some(&Do::Close(CloseReason::TooFast)));
}

#[test]
fn frames_of_the_transport_count_too() {
    let mut protocol = open();
    for _ in 1..FRAMES_BURST {
        assert_eq!(protocol.beside(BEGIN), []);
    }
    for _ in 1..MAX_STRIKES {
        assert_eq!(protocol.beside(BEGIN), [], "a ping has no answer to be refused with");
    }
    assert_eq!(protocol.beside(BEGIN), [Do::Close(CloseReason::TooFast)]);
    assert_eq!(protocol.beside(BEGIN), [], "closed once");
}

#[test]
fn a_goodbye_ends_the_connection() {
    let mut protocol = open();
    assert_eq!(protocol.frame(Ok(Frame::Bye {}), BEGIN), [Do::End]);
    assert_eq!(protocol.frame(Ok(request(1)), BEGIN), []);
    assert_eq!(protocol.tick(after(5_000)), []);
    assert_eq!(protocol.close(CloseReason::Draining), [], "no second end");
}

fn any_frame() -> impl Strategy<Value = Result<Frame, Unreadable>> {
    let id = 0_u32..6;
    prop_oneof![
        Just(Ok(hello())),
        id.clone().prop_map(|id| Ok(request(id))),
        id.clone().prop_map(|id| Ok(Frame::Cancel { id })),
        (id.clone(), 0_u128..4).prop_map(|(id, it)| Ok(Frame::Follow {
            id,
            topic: topic(it),
            position: None
        })),
        (id.clone(), 0_u128..4).prop_map(|(id, it)| Ok(Frame::Unfollow { id, topic: topic(it) })),
        Just(Ok(Frame::Pong { number: 1 })),
        Just(Ok(Frame::Bye {})),
        proptest::option::of(id).prop_map(|id| Err(unreadable(id))),
    ]
}

proptest! {
    /// Whatever comes in whatever order: every call is answered at most once, and nothing is done after the end.
    #[test]
    fn any_sequence_keeps_the_promises(frames in prop::collection::vec((any_frame(), 0_u64..8), 0..200)) {
        let mut protocol = open();
        let (mut now, mut has_ended) = (BEGIN, false);
        let mut calls = BTreeSet::new();
        for (frame, seconds) in frames {
            now = now.plus(Duration::from_secs(seconds));
            protocol.heard(now);
            let mut does = protocol.frame(frame, now);
            does.extend(protocol.tick(now));
            prop_assert!(!has_ended || does.is_empty(), "after the end: {does:?}");
            let answered: Vec<u32> = does.iter().filter_map(|it| match it {
                Do::Send(ServerFrame::Failed { id, fault }) if fault.code == FaultCode::Cancelled => Some(*id),
                _ => None,
            }).collect();
            for id in answered {
                prop_assert!(calls.remove(&id), "answered twice");
            }
            for it in does {
                match it {
                    Do::Call(request) => prop_assert!(calls.insert(request.id), "called twice"),
                    Do::Follow { resume, .. } => {
                        follows(&mut protocol, resume.topic, Position::default());
                    }
                    Do::Close(_) | Do::End => has_ended = true,
                    Do::Send(_) | Do::SendOn(..) | Do::Open { .. } | Do::Renew { .. } | Do::Unfollow(_) => {}
                }
            }
            if calls.len() == 3 {
                let id = calls.pop_first().unwrap();
                prop_assert!(protocol.answer(id, Ok(json!(1))).is_some());
                prop_assert!(protocol.answer(id, Ok(json!(1))).is_none());
            }
            prop_assert!(protocol.topics().len() <= 4);
        }
    }
}
