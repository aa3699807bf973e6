//! Frames come back from both codecs as they went in, and both say the same.

use super::*;
use crate::protocol::close::CloseReason;
use crate::protocol::frame::{Followed, GapReason, Mark, Resume};
use crate::protocol::ids::{AppointmentId, ConversationId, PersonId};
use crate::protocol::precondition::Precondition;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Position, Topic};
use proptest::prelude::*;
use uuid::Uuid;

const BOTH: [Codec; 2] = [Codec::Json, Codec::MessagePack];

/// Params and outputs. A number with a fraction has few digits: JSON does not promise more.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000_i32..1_000_000).prop_map(|it| Value::from(f64::from(it) / 8.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

fn any_topic() -> impl Strategy<Value = Topic> {
    (0_u8..6, any::<u128>()).prop_map(|(kind, id)| {
        let id = Uuid::from_u128(id);
        match kind {
            0 => Topic::Visit(AppointmentId(id)),
            1 => Topic::Agenda(PersonId(id)),
            2 => Topic::Schedule(PersonId(id)),
            3 => Topic::Openings(PersonId(id)),
            4 => Topic::Conversation(ConversationId(id)),
            _ => Topic::Mailbox(PersonId(id)),
        }
    })
}

fn any_position() -> impl Strategy<Value = Position> {
    any::<(u32, u32)>().prop_map(|(epoch, offset)| Position { epoch, offset })
}

fn any_time() -> impl Strategy<Value = UnixMillis> {
    (0_i64..4_000_000_000_000).prop_map(UnixMillis)
}

fn any_request() -> impl Strategy<Value = ClientFrame> {
    let condition = (prop::option::of(any_position()), any::<Option<u32>>());
    let condition = condition.prop_map(|(position, version)| Precondition { position, version });
    let rest = (any::<Option<String>>(), any::<Option<u32>>(), prop::option::of(condition));
    (any::<u32>(), any::<String>(), any_value(), rest, any::<Option<String>>()).prop_map(
        |(id, op, params, (key, deadline_ms, condition), traceparent)| ClientFrame::Request {
            id,
            op,
            params,
            key,
            deadline_ms,
            condition,
            traceparent,
        },
    )
}

fn any_client_frame() -> impl Strategy<Value = ClientFrame> {
    let resume = (any_topic(), prop::option::of(any_position()));
    let resume = resume.prop_map(|(topic, position)| Resume { topic, position });
    let follow = prop::collection::vec(resume, 0..4);
    let hello = (any::<String>(), any::<Option<String>>(), any::<Option<String>>(), follow);
    prop_oneof![
        hello.prop_map(|(token, sdk, tab, follow)| ClientFrame::Hello {
            token: token.into(),
            sdk,
            tab,
            follow
        }),
        any_request(),
        any::<u32>().prop_map(|id| ClientFrame::Cancel { id }),
        (any::<u32>(), any_topic(), prop::option::of(any_position()))
            .prop_map(|(id, topic, position)| ClientFrame::Follow { id, topic, position }),
        (any::<u32>(), any_topic()).prop_map(|(id, topic)| ClientFrame::Unfollow { id, topic }),
        (any::<u32>(), any::<String>())
            .prop_map(|(id, token)| ClientFrame::Authenticate { id, token: token.into() }),
        any::<u32>().prop_map(|number| ClientFrame::Pong { number }),
        Just(ClientFrame::Bye {}),
    ]
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let how = (0_u8..4, any::<Option<u32>>());
    (prop::sample::select(FaultCode::ALL), how).prop_map(|(code, (how, after_ms))| {
        let fault = Fault::new(code);
        match how {
            0 => fault,
            1 => fault.applied(),
            2 => fault.unknown(),
            _ => Fault { after_ms, field: Some("ends_at".to_owned()), ..fault },
        }
    })
}

fn any_server_frame() -> impl Strategy<Value = ServerFrame> {
    let mark = (any::<u32>(), any_position());
    let marks = mark.prop_map(|(channel, position)| Mark { channel, position });
    let marks = prop::collection::vec(marks, 0..8);
    let followed = (any_topic(), any::<u32>(), any_position());
    let followed = followed.prop_map(|(topic, channel, position)| Followed::Current {
        topic,
        channel,
        position,
    });
    prop_oneof![
        (any::<u32>(), any_value()).prop_map(|(id, output)| ServerFrame::Reply { id, output }),
        (any::<u32>(), any_fault()).prop_map(|(id, fault)| ServerFrame::Failed { id, fault }),
        (any::<u32>(), prop::option::of(followed))
            .prop_map(|(id, followed)| ServerFrame::Done { id, followed }),
        any::<u32>().prop_map(|channel| ServerFrame::Gap { channel, why: GapReason::Epoch }),
        (any::<u32>(), any_time(), marks).prop_map(|(number, now, marks)| ServerFrame::Ping {
            number,
            now,
            marks
        }),
        any_time().prop_map(|by| ServerFrame::Reauthenticate { by }),
        any::<(u32, u32)>()
            .prop_map(|(within_ms, spread_ms)| ServerFrame::Drain { within_ms, spread_ms }),
        any_fault().prop_map(|fault| ServerFrame::Error { fault }),
        (any::<u32>(), any::<Option<u32>>()).prop_map(|(spread_ms, after_ms)| ServerFrame::Bye {
            code: CloseReason::Draining.code(),
            reason: CloseReason::Draining,
            spread_ms,
            after_ms,
        }),
    ]
}

proptest! {
    #[test]
    fn what_a_client_says_is_what_is_heard(frames in prop::collection::vec(any_client_frame(), 1..5)) {
        for codec in BOTH {
            let bytes = codec.encode(&frames).unwrap();
            prop_assume!(bytes.len() <= MAX_MESSAGE_BYTES);
            let heard = codec.decode_frames(&bytes).expect("a message");
            let heard: Vec<_> = heard.into_iter().map(|it| it.expect("a frame")).collect();
            prop_assert_eq!(&heard, &frames, "{:?}", codec);
        }
    }

    #[test]
    fn what_the_hub_says_is_what_is_heard(frames in prop::collection::vec(any_server_frame(), 1..5)) {
        for codec in BOTH {
            let bytes = codec.encode_frames(&frames).unwrap();
            let heard: Vec<ServerFrame> = codec.decode(&bytes).expect("a message");
            prop_assert_eq!(&heard, &frames, "{:?}", codec);
        }
    }
}
