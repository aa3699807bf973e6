use super::*;
use crate::protocol::conversation::MemberMarks;
use crate::protocol::frame::GapReason;
use crate::protocol::ids::{AppointmentId, ConversationId, MemberId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Event, Position};
use actix::{Actor, AsyncContext as _, Context, Handler, System};
use rstest::rstest;
use uuid::Uuid;

const VISIT: Topic = Topic::Visit(AppointmentId(Uuid::from_u128(1)));
const TALK: Topic = Topic::Conversation(ConversationId(Uuid::from_u128(2)));
const OPENINGS: Topic = Topic::Openings(PersonId(Uuid::from_u128(3)));

#[test]
fn bytes_are_bounded_and_given_back() {
    let waiting = Waiting::default();
    let most = waiting.charge(MAX_WAITING_BYTES - 1, VISIT).expect("there is room");
    assert_eq!(waiting.charge(2, VISIT).unwrap_err(), Refused::Full);
    assert_eq!(waiting.bytes(), MAX_WAITING_BYTES - 1, "what was refused does not count");
    let last = waiting.charge(1, VISIT).expect("exactly full");
    let gap = waiting.charge(0, VISIT).expect("a gap always has room");
    drop((most, gap));
    assert_eq!(waiting.bytes(), 1);
    assert_eq!(waiting.clone().charge(MAX_WAITING_BYTES, VISIT).unwrap_err(), Refused::Full);
    drop(last);
    let alone = waiting.charge(2 * MAX_WAITING_BYTES, TALK).expect("large, but alone");
    assert_eq!(waiting.charge(1, VISIT).unwrap_err(), Refused::Full);
    drop(alone);
    assert_eq!(waiting.bytes(), 0);
    assert_eq!(waiting.0.messages.load(Ordering::Relaxed), 0);
}

/// So many messages of so many bytes wait: may another one come, of a conversation and of the visit?
#[rstest]
#[case::nothing_waits(0, 0, true, true)]
#[case::much_waits(100, 900, true, true)]
#[case::as_many_bytes_as_others_may(96, 1_024, false, true)]
#[case::as_many_messages_as_others_may(192, 1, false, true)]
#[case::as_many_bytes_as_may(128, 1_024, false, false)]
#[case::as_many_messages_as_may(256, 1, false, false)]
fn a_part_is_kept_for_the_visit(
    #[case] messages: usize,
    #[case] bytes: usize,
    #[case] talk: bool,
    #[case] visit: bool,
) {
    let waiting = Waiting::default();
    let _kept: Vec<_> =
        (0..messages).map(|_| waiting.charge(bytes, VISIT).expect("there is room")).collect();
    assert_eq!(waiting.charge(1, TALK).is_ok(), talk);
    assert_eq!(waiting.charge(1, VISIT).is_ok(), visit);
    assert!(waiting.charge(0, TALK).is_ok(), "a gap");
}

/// Somebody who takes nothing before they are told to.
struct Reader {
    heard: Arc<Mutex<Vec<Publication>>>,
    may_read: Arc<tokio::sync::Notify>,
}

impl Actor for Reader {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAX_WAITING_MESSAGES);
        let may_read = Arc::clone(&self.may_read);
        ctx.wait(actix::fut::wrap_future(async move { may_read.notified().await }));
    }
}

impl Handler<Publication> for Reader {
    type Result = ();

    fn handle(&mut self, publication: Publication, _: &mut Context<Self>) {
        self.heard.lock().unwrap().push(publication);
    }
}

fn prepared(offset: u32, event: Event) -> Arc<Prepared> {
    Arc::new(Prepared::new(Position { epoch: 1, offset }, UnixMillis(0), event))
}

fn whole(offset: u32) -> Published {
    Published::Event(prepared(offset, Event::OpeningsChanged {}))
}

fn typing() -> Published {
    let member_id = MemberId(Uuid::from_u128(4));
    Published::Event(prepared(1, Event::Typing { member_id, is_typing: true }))
}

fn step(offset: u32) -> Published {
    // Larger than what counts as much: one that waits is enough.
    let hours = "x".repeat(MAX_WAITING_BEFORE_LATEST);
    let card = Event::MessagePosted {
        message: crate::protocol::conversation::Message {
            message_id: crate::protocol::ids::MessageId(Uuid::from_u128(5)),
            offset,
            member_id: MemberId(Uuid::from_u128(4)),
            at: UnixMillis(0),
            body: Some(hours.as_str().into()),
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            files: vec![],
        },
    };
    Published::Event(prepared(offset, card))
}

/// What is taken, in order, and what counts it.
async fn heard(put: impl FnOnce(&dyn Fn() -> Sink)) -> (Vec<Publication>, Waiting) {
    let (heard, may_read) = (Arc::new(Mutex::new(vec![])), Arc::new(tokio::sync::Notify::new()));
    let reader = Reader { heard: Arc::clone(&heard), may_read: Arc::clone(&may_read) }.start();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let waiting = Waiting::default();
    put(&|| {
        let (mailbox, follow) = (reader.clone().recipient(), FollowNumber::default());
        Sink::new(mailbox, follow, Codec::Json, waiting.clone())
    });
    may_read.notify_one();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let all = std::mem::take(&mut *heard.lock().unwrap());
    (all, waiting)
}

/// Offsets in the order in which they are taken; a gap is zero. And the bytes that wait then.
async fn taken(put: impl FnOnce(&dyn Fn() -> Sink)) -> (Vec<u32>, usize) {
    let (all, waiting) = heard(put).await;
    let offsets = all.into_iter().filter_map(|it| match it.what {
        Published::Event(event) => Some(event.position().offset),
        Published::Latest(latest) => latest.take().map(|it| it.position().offset),
        Published::Gap(_) => Some(0),
    });
    let offsets = offsets.collect();
    (offsets, waiting.bytes())
}

#[test]
fn at_ease_every_step_is_told() {
    System::new().block_on(async {
        let told = taken(|open| {
            let sink = open();
            for offset in 1..=5 {
                sink.put(OPENINGS, whole(offset)).expect("there is room");
            }
            sink.put_ephemeral(TALK, typing()).expect("there is room");
        });
        assert_eq!(told.await, (vec![1, 2, 3, 4, 5, 1], 0));
    });
}

#[test]
fn when_much_waits_a_state_gives_way_to_a_newer_one_and_a_step_never_does() {
    System::new().block_on(async {
        let told = taken(|open| {
            let (talk, openings, others) = (open(), open(), open());
            openings.put(OPENINGS, whole(1)).expect("told at ease");
            talk.put(TALK, step(10)).expect("there is room");
            openings.put(OPENINGS, whole(2)).expect("there is room");
            others.put(OPENINGS, whole(70)).expect("another topic has its own place");
            talk.put(TALK, step(11)).expect("there is room");
            for offset in 3..=40 {
                openings.put(OPENINGS, whole(offset)).expect("takes the place of the one before");
            }
            talk.put_ephemeral(TALK, typing()).expect("dropped");
            others.put(OPENINGS, Published::Gap(GapReason::Slow)).expect("a gap has room");
        });
        assert_eq!(told.await, (vec![1, 10, 40, 70, 11, 0], 0));
    });
}

fn marks(offset: u32, of: &[(u128, u32)]) -> Published {
    let marks = of.iter().map(|(id, displayed)| MemberMarks {
        member_id: MemberId(Uuid::from_u128(*id)),
        delivered: 99,
        displayed: *displayed,
    });
    Published::Event(prepared(offset, Event::MarksChanged { marks: marks.collect() }))
}

/// What marks say, by person.
fn said(publication: Publication) -> Option<(u32, Vec<(u128, u32)>)> {
    let event = match publication.what {
        Published::Event(event) => event,
        Published::Latest(latest) => latest.take()?,
        Published::Gap(_) => return None,
    };
    let frame = event.frame(Codec::Json, 1).expect("a frame");
    let frame: serde_json::Value = serde_json::from_slice(&frame).expect("JSON");
    let marks: Vec<MemberMarks> = serde_json::from_value(frame["event"]["marks"].clone()).ok()?;
    let marks = marks.iter().map(|it| (it.member_id.0.as_u128(), it.displayed)).collect();
    Some((event.position().offset, marks))
}

#[test]
fn of_marks_that_wait_the_newest_of_each_person_is_told_where_the_oldest_stood() {
    System::new().block_on(async {
        let (heard, waiting) = heard(|open| {
            let (talk, other) = (open(), open());
            talk.put(TALK, marks(1, &[(7, 1)])).expect("told at ease");
            talk.put(TALK, marks(1, &[(7, 2)])).expect("told at ease");
            talk.put(TALK, step(2)).expect("there is room");
            for displayed in 3..=50 {
                talk.put(TALK, marks(2, &[(7, displayed)])).expect("takes the place");
                other.put(TALK, marks(2, &[(9, displayed)])).expect("somebody else's follow");
            }
            talk.put(TALK, step(3)).expect("there is room");
            talk.put(TALK, marks(3, &[(8, 3)])).expect("beside the other person's");
            talk.put(TALK, marks(3, &[(7, 51)])).expect("takes the place");
        })
        .await;
        let told: Vec<_> = heard.into_iter().filter_map(said).collect();
        let expected = vec![
            (1, vec![(7, 1)]),
            (1, vec![(7, 2)]),
            (2, vec![(8, 3), (7, 51)]),
            (2, vec![(9, 50)]),
        ];
        assert_eq!((told, waiting.bytes()), (expected, 0));
    });
}

#[test]
fn a_state_that_was_taken_is_not_replaced() {
    let waiting = Waiting::default();
    let charge = waiting.charge(10, VISIT).expect("there is room");
    let latest = Latest(Mutex::new(Some((prepared(1, Event::OpeningsChanged {}), charge))));
    let newer = prepared(2, Event::OpeningsChanged {});
    assert!(latest.replace(&newer, |_| waiting.charge_instead(30)));
    assert_eq!(waiting.bytes(), 30, "the older one does not count any more");
    assert_eq!(latest.take().map(|it| it.position().offset), Some(2));
    assert_eq!(waiting.bytes(), 0);
    assert!(!latest.replace(&newer, |_| waiting.charge_instead(30)));
    assert_eq!((waiting.bytes(), latest.take().is_none()), (0, true));
}
