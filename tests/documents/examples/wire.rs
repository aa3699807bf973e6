//! Examples of media signaling, frames, topics and faults.

use super::{at, card, in_call, me, patient_part, person, text, turn, uuid, visit, waiting};
use crate::golden::Golden;
use bedside::protocol::close::CloseReason;
use bedside::protocol::factor::ProofKind;
use bedside::protocol::fault::{Fault, FaultCode, KeptElsewhere, StepUpNeeded};
use bedside::protocol::file::{DetectorKind, Finding};
use bedside::protocol::frame::*;
use bedside::protocol::ids::*;
use bedside::protocol::media::*;
use bedside::protocol::precondition::Precondition;
use bedside::protocol::schedule::Hours;
use bedside::protocol::topic::{Event, Position, Topic, TopicState};
use serde_json::json;

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

pub(super) fn media() -> Vec<Golden> {
    let appointment_id = visit();
    vec![
        Golden::new("join media", JoinMedia { appointment_id, offer: text(OFFER) }),
        Golden::new("restart media", RestartMedia { appointment_id, offer: text(OFFER) }),
        Golden::new(
            "media answer",
            MediaAnswer { answer: text(OFFER), transport: 3, slots: 8, ice_servers: vec![turn()] },
        ),
        Golden::new(
            "set sources",
            SetSources { appointment_id, microphone: true, camera: false, screen: false },
        ),
        Golden::new(
            "set view",
            SetView {
                appointment_id,
                sizes: vec![
                    SlotSize { slot: 0, width: 1920, height: 1080 },
                    SlotSize { slot: 2, width: 0, height: 0 },
                ],
            },
        ),
        Golden::new(
            "report quality",
            ReportQuality {
                appointment_id,
                round_trip_ms: 48,
                loss_percent: 2.5,
                jitter_ms: 12,
                freezes: 1,
                received_kbps: 1_420,
                sent_kbps: 980,
            },
        ),
    ]
}

fn position() -> Position {
    Position { epoch: 7, offset: 300 }
}

pub(super) fn client_frames() -> Vec<Golden> {
    let topic = Topic::Visit(visit());
    let frame = |name: &str, it: ClientFrame| Golden::new(format!("client: {name}"), it);
    vec![
        frame(
            "first hello",
            ClientFrame::Hello {
                token: text("header.claims.signature"),
                sdk: Some("bedside-js/0.1.0".into()),
                tab: Some("k3v9".into()),
                follow: vec![],
            },
        ),
        frame(
            "hello that resumes",
            ClientFrame::Hello {
                token: text("header.claims.signature"),
                sdk: None,
                tab: None,
                follow: vec![
                    Resume { topic, position: Some(position()) },
                    Resume { topic: Topic::Agenda(person()), position: None },
                ],
            },
        ),
        frame(
            "read",
            ClientFrame::Request {
                id: 1,
                op: "me.read".into(),
                params: json!({}),
                key: None,
                deadline_ms: None,
                condition: None,
                traceparent: None,
            },
        ),
        frame(
            "write with a key",
            ClientFrame::Request {
                id: 70_000,
                op: "visit.enter".into(),
                params: json!({ "appointment_id": visit() }),
                key: Some("01J-example-key".into()),
                deadline_ms: Some(10_000),
                condition: None,
                traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            },
        ),
        frame(
            "write under a precondition",
            ClientFrame::Request {
                id: 5,
                op: "conversation.resolve".into(),
                params: json!({ "conversation_id": visit() }),
                key: None,
                deadline_ms: None,
                condition: Some(Precondition::at(position())),
                traceparent: None,
            },
        ),
        frame(
            "write to a version",
            ClientFrame::Request {
                id: 6,
                op: "appointment.cancel".into(),
                params: json!({ "appointment_id": visit() }),
                key: None,
                deadline_ms: None,
                condition: Some(Precondition::version(2)),
                traceparent: None,
            },
        ),
        frame("cancel", ClientFrame::Cancel { id: 1 }),
        frame("follow", ClientFrame::Follow { id: 2, topic, position: None }),
        frame(
            "follow from a position",
            ClientFrame::Follow { id: 3, topic, position: Some(position()) },
        ),
        frame("unfollow", ClientFrame::Unfollow { id: 4, topic }),
        frame(
            "authenticate",
            ClientFrame::Authenticate { id: 5, token: text("header.claims.signature") },
        ),
        frame("pong", ClientFrame::Pong { number: 40_000 }),
        frame("bye", ClientFrame::Bye {}),
    ]
}

fn snapshot() -> Followed {
    Followed::Snapshot {
        topic: Topic::Visit(visit()),
        channel: 1,
        position: position(),
        state: TopicState::Visit { visit: Box::new(waiting()) },
    }
}

pub(super) fn server_frames() -> Vec<Golden> {
    let frame = |name: &str, it: ServerFrame| Golden::new(format!("hub: {name}"), it);
    let mut frames = vec![
        frame("welcome", welcome()),
        frame("reply", ServerFrame::Reply { id: 1, output: json!(me()) }),
        frame("failed", ServerFrame::Failed { id: 1, fault: FaultCode::NotAdmitted.into() }),
        frame("done", ServerFrame::Done { id: 4, followed: None }),
        frame("followed with a snapshot", ServerFrame::Done { id: 2, followed: Some(snapshot()) }),
        frame(
            "followed again",
            ServerFrame::Done { id: 3, followed: Some(super::conversation::resumed()) },
        ),
    ];
    for (name, event) in events() {
        let position = Position { offset: 301, ..position() };
        frames.push(frame(name, ServerFrame::Event { channel: 1, position, at: at(2), event }));
    }
    frames.extend([
        frame("gap", ServerFrame::Gap { channel: 1, why: GapReason::Slow }),
        frame(
            "ping",
            ServerFrame::Ping {
                number: 40_000,
                now: at(2),
                marks: vec![Mark { channel: 1, position: position() }],
            },
        ),
        frame("reauthenticate", ServerFrame::Reauthenticate { by: at(15) }),
        frame("drain", ServerFrame::Drain { within_ms: 30_000, spread_ms: 15_000 }),
        frame("error", ServerFrame::Error { fault: FaultCode::Unsupported.into() }),
        frame(
            "bye",
            ServerFrame::Bye {
                code: CloseReason::Draining.code(),
                reason: CloseReason::Draining,
                spread_ms: 5_000,
                after_ms: None,
            },
        ),
        frame(
            "bye_busy",
            ServerFrame::Bye {
                code: CloseReason::Busy.code(),
                reason: CloseReason::Busy,
                spread_ms: 500,
                after_ms: Some(2_040),
            },
        ),
    ]);
    frames
}

fn welcome() -> ServerFrame {
    ServerFrame::Welcome {
        connection_id: ConnectionId(uuid(0xe1)),
        node: "node-1".into(),
        now: at(2),
        expires_at: at(15),
        heartbeat: Heartbeat { every_ms: 20_000, grace_ms: 10_000 },
        limits: FrameLimits { message_bytes: 65_536, frames: 64, in_flight: 64, follows: 256 },
        followed: vec![
            snapshot(),
            Followed::Current {
                topic: Topic::Agenda(person()),
                channel: 2,
                position: Position { epoch: 1, offset: 0 },
            },
            Followed::Denied {
                topic: Topic::Visit(AppointmentId(uuid(0xa2))),
                fault: FaultCode::NotFound.into(),
            },
        ],
    }
}

fn events() -> Vec<(&'static str, Event)> {
    let mut events = vec![
        ("visit changed", Event::VisitChanged { visit: Box::new(in_call()) }),
        ("speaker changed", Event::SpeakerChanged { participant_id: Some(patient_part()) }),
        ("nobody speaks", Event::SpeakerChanged { participant_id: None }),
        ("card changed", Event::CardChanged { card: Box::new(card()) }),
        ("hours changed", Event::HoursChanged { hours: Hours::default() }),
        ("entry changed", Event::EntryChanged { entry: super::booking::entry() }),
        ("entry removed", Event::EntryRemoved { slot_id: SlotId(uuid(0xd4)) }),
        ("openings changed", Event::OpeningsChanged {}),
    ];
    events.extend(super::conversation::events());
    events
}

pub(super) fn topics() -> Vec<Golden> {
    let events = events().into_iter().map(|(name, it)| Golden::new(format!("event: {name}"), it));
    let states = [
        Golden::new("state of a visit", TopicState::Visit { visit: Box::new(in_call()) }),
        Golden::new("state of an agenda", TopicState::Agenda { cards: vec![card()] }),
        Golden::new(
            "state of a schedule",
            TopicState::Schedule {
                hours: Hours::default(),
                entries: vec![super::booking::entry()],
            },
        ),
        Golden::new("state of openings", TopicState::Openings {}),
    ];
    events.chain(states).chain(super::conversation::states()).collect()
}

pub(super) fn faults() -> Vec<Golden> {
    let plain = FaultCode::ALL
        .iter()
        .map(|code| Golden::new(format!("fault: {}", code.as_str()), Fault::new(*code)));
    let detailed = Fault {
        request_id: Some(RequestId(uuid(0xf1))),
        ..Fault::invalid("ends_at", "The end is not after the begin.")
    };
    let taken = Fault { next_free: [at(20), at(40)].into(), ..Fault::new(FaultCode::SlotTaken) };
    let findings = [Finding { kind: DetectorKind::PaymentCard, count: 1 }].into();
    let warned = Fault { findings, ..Fault::new(FaultCode::ContentWarned) };
    let needed = StepUpNeeded { max_age_s: 600, methods: vec![ProofKind::Totp] };
    let unproven = Fault { step_up: Some(needed.into()), ..Fault::new(FaultCode::StepUp) };
    let kept =
        KeptElsewhere { region: "us-east".into(), url: Some("https://us.clinic.example".into()) };
    let gone = Fault { elsewhere: Some(kept.into()), ..Fault::new(FaultCode::KeptElsewhere) };
    plain
        .chain([
            Golden::new("fault with a field and a request", detailed),
            Golden::new("fault with the next free times", taken),
            Golden::new("fault with what was found", warned),
            Golden::new("fault with the proof that is needed", unproven),
            Golden::new("fault with where somebody is kept", gone),
        ])
        .collect()
}
