//! Everybody comes back at once: thousands of sockets, of which some are in a call, lose their hub to `kill -9`.
//!
//! Each client lives by the rules of the library: it waits a random time that grows, comes when the hub tells it to,
//! resumes from its position, and does not believe what does not continue it. While they come back, one more message is
//! written. Measured is when each is back, told of that message, and how many were sent away how often; one that is
//! not back, or lacks something, is lost.

use crate::bench::clinic::Clinic;
use crate::bench::figures::{Spans, rounded};
use crate::bench::hub::Hub;
use crate::bench::line::{self, Answered};
use crate::bench::sockets::Visit;
use crate::open_files;
use crate::protocol::all::{OpenConversation, OpenWith, SendMessage};
use crate::protocol::close::Pause;
use crate::protocol::codec::Codec;
use crate::protocol::frame::{ClientFrame, Followed, Resume, ServerFrame};
use crate::protocol::ids::ConversationId;
use crate::protocol::phi::Phi;
use crate::protocol::topic::{Position, Topic};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

/// Clients, unless somebody asks for another number.
pub(super) const CLIENTS: usize = 5_000;
/// Of a hundred of them, those in a call.
const IN_CALL_PERCENT: usize = 2;
/// A smaller crowd meets a narrower gate, so that it is a crowd: turns go over so many seconds …
const TURNS_TAKE_S: usize = 5;
/// … until the gate is as wide as that of the table of limits.
const MOST_A_SECOND: usize = crate::command::limits::HELLOS.per_second as usize;
/// Handshakes at once while everything is being made ready.
const AT_ONCE: usize = 64;
/// How long all of them may take to come, or to come back.
const BACK_WITHIN: Duration = Duration::from_secs(180);
/// A client gives up a try after that, as the library does.
const TRY_WITHIN: Duration = Duration::from_secs(10);
/// Waits of the library: random below a bound that doubles.
const FIRST_WAIT_MS: u64 = 300;
const LONGEST_WAIT_MS: u64 = 20_000;
/// Open files besides sockets.
const SPARE_FILES: u64 = 200;
const LOOK_EVERY: Duration = Duration::from_millis(20);
const CODEC: Codec = Codec::MessagePack;

/// What all clients share.
struct Crowd {
    hub: SocketAddr,
    /// When the hub was killed.
    killed_at: watch::Receiver<Option<Instant>>,
    /// How far the conversation is to be known in the end.
    end: watch::Receiver<Option<u32>>,
    opening: Semaphore,
    here: AtomicUsize,
    sent_away: AtomicU32,
    latest_turn_ms: AtomicU32,
}

/// What became of one client.
struct Back {
    is_in_call: bool,
    /// From the kill to the welcome.
    after: Duration,
    times_sent_away: u32,
    /// It was told the whole anew instead of what it had missed.
    is_anew: bool,
    /// Something was not told, or told twice.
    is_wrong: bool,
}

/// Measures it.
pub(super) async fn measure(clients: usize) -> Result<Value> {
    let needed = u64::try_from(clients).unwrap_or(u64::MAX).saturating_add(SPARE_FILES);
    let files = open_files::raise();
    if files < needed {
        return Err(Error::other(format!("{needed} open files are needed, {files} are allowed")));
    }
    let per_second = (clients / TURNS_TAKE_S).clamp(1, MOST_A_SECOND);
    let mut hub = Hub::start_with(&format!("hellos_per_second = {per_second}\n")).await?;
    let clinic = Clinic::open(&hub).await?;
    let visit = Visit::open(&hub, &clinic).await?;
    // Somebody who is in no call: all sockets of who is in one come first.
    let patient = clinic.another_patient(&hub).await?;
    let person_id = clinic.visit.clinician.person_id;
    let op = OpenConversation { with: OpenWith::Person { person_id } };
    let card = clinic.rest.post(Some(&patient), &op).await?;
    let conversation_id = card.conversation.conversation_id;

    let (kills, killed_at) = watch::channel(None);
    let (ends, end) = watch::channel(None);
    let crowd = Arc::new(Crowd {
        hub: hub.address,
        killed_at,
        end,
        opening: Semaphore::new(AT_ONCE),
        here: AtomicUsize::new(0),
        sent_away: AtomicU32::new(0),
        latest_turn_ms: AtomicU32::new(0),
    });
    let in_call = (clients * IN_CALL_PERCENT).div_ceil(100);
    let mut all = JoinSet::new();
    for number in 0..clients {
        let is_in_call = number < in_call;
        let token = if is_in_call { visit.token.clone() } else { patient.clone() };
        let topic = if is_in_call { visit.topic } else { Topic::Conversation(conversation_id) };
        let client = Client {
            token,
            topic,
            position: None,
            is_in_call,
            is_anew: false,
            is_wrong: false,
            crowd: Arc::clone(&crowd),
        };
        all.spawn(client.lives());
    }
    crowd.are_here(clients).await?;
    let before = crowd.sent_away.swap(0, Ordering::Relaxed);
    crowd.latest_turn_ms.store(0, Ordering::Relaxed);

    // The worst moment: some have been told of this one, and some have not.
    writes(&clinic, &patient, conversation_id, "Just before").await?;
    let began = Instant::now();
    kills.send_replace(Some(began));
    hub.dies_and_comes_back().await?;
    let ready_after = began.elapsed();
    ends.send_replace(Some(writes(&clinic, &patient, conversation_id, "After").await?));
    let back = tokio::time::timeout(BACK_WITHIN, all.join_all()).await;
    let back = back.map_err(|_| Error::other("not everybody came back"))?;
    let lost = clients - back.len() + back.iter().filter(|it| it.is_wrong).count();
    let mut figures = report(&crowd, ready_after, &back);
    if let Value::Object(fields) = &mut figures {
        fields.insert("clients".to_owned(), clients.into());
        fields.insert("lost".to_owned(), lost.into());
        fields.insert("hellos_per_second".to_owned(), per_second.into());
        fields.insert("sent_away_before".to_owned(), before.into());
    }
    Ok(figures)
}

fn report(crowd: &Crowd, ready_after: Duration, back: &[Back]) -> Value {
    let spans = |is_meant: fn(&Back) -> bool| {
        let mut spans = Spans::default();
        back.iter().filter(|it| is_meant(it)).for_each(|it| spans.push(it.after));
        spans.percentiles()
    };
    let most = |of: fn(&Back) -> Duration| back.iter().map(of).max().unwrap_or_default();
    json!({
        "bench": "reconnect",
        "back": back.len(),
        "told_anew": back.iter().filter(|it| it.is_anew).count(),
        "hub_ready_s": seconds(ready_after),
        "last_back_s": seconds(most(|it| it.after)),
        "last_back_after_ready_s": seconds(most(|it| it.after).saturating_sub(ready_after)),
        "latest_turn_s": seconds(Duration::from_millis(
            crowd.latest_turn_ms.load(Ordering::Relaxed).into(),
        )),
        "sent_away": crowd.sent_away.load(Ordering::Relaxed),
        "most_times_sent_away": back.iter().map(|it| it.times_sent_away).max(),
        "calls_sent_away": back.iter().filter(|it| it.is_in_call && it.times_sent_away > 0).count(),
        "call_back_ms": spans(|it| it.is_in_call),
        "other_back_ms": spans(|it| !it.is_in_call),
    })
}

fn seconds(it: Duration) -> f64 {
    rounded(it.as_secs_f64())
}

/// Writes a message; where the log is with it.
async fn writes(
    clinic: &Clinic,
    patient: &Phi<String>,
    conversation_id: ConversationId,
    text: &str,
) -> Result<u32> {
    let op = SendMessage {
        conversation_id,
        body: text.into(),
        reply_to: None,
        files: vec![],
        overriding: None,
    };
    let sent = clinic.rest.post(Some(patient), &op).await?;
    Ok(sent.position.offset)
}

impl Crowd {
    /// Waits until so many are.
    async fn are_here(&self, count: usize) -> Result<()> {
        let began = Instant::now();
        while self.here.load(Ordering::Relaxed) < count {
            if began.elapsed() > BACK_WITHIN {
                let so_far = self.here.load(Ordering::Relaxed);
                return Err(Error::other(format!("{so_far} of {count} could come")));
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}

struct Client {
    token: Phi<String>,
    topic: Topic,
    position: Option<Position>,
    is_in_call: bool,
    /// It was told the whole, though it came from a position.
    is_anew: bool,
    /// It was told what does not continue what it knew.
    is_wrong: bool,
    crowd: Arc<Crowd>,
}

impl Client {
    /// Comes, stays until the hub is gone, comes back, and stays until it knows everything.
    async fn lives(mut self) -> Back {
        let crowd = Arc::clone(&self.crowd);
        let permit = crowd.opening.acquire().await;
        let (mut socket, _) = self.comes().await;
        drop(permit);
        crowd.here.fetch_add(1, Ordering::Relaxed);
        while self.hears(&mut socket).await.is_ok() {}

        let killed_at = *crowd.killed_at.borrow();
        let (mut socket, times_sent_away) = self.comes().await;
        // Whose socket ended before the kill, ended for nothing.
        let after = killed_at.map_or(BACK_WITHIN, |it| it.elapsed());
        let mut end = crowd.end.clone();
        let last = end.wait_for(Option::is_some).await.map(|it| *it).unwrap_or_default();
        let is_there = |it: &Client| it.position.is_some_and(|at| Some(at.offset) >= last);
        while !self.is_in_call && !is_there(&self) {
            self.is_wrong |= self.hears(&mut socket).await.is_err();
            if self.is_wrong {
                break;
            }
        }
        Back {
            is_in_call: self.is_in_call,
            after,
            times_sent_away,
            is_anew: self.is_anew,
            is_wrong: self.is_wrong || killed_at.is_none() || self.position.is_none(),
        }
    }

    /// Tries until it is welcome; how often it was sent away.
    async fn comes(&mut self) -> (Box<line::Socket>, u32) {
        let (mut attempt, mut sent_away) = (0_u32, 0);
        loop {
            let resume = Resume { topic: self.topic, position: self.position };
            let hello = line::hello(self.crowd.hub, CODEC, &self.token, vec![resume]);
            let wait = match tokio::time::timeout(TRY_WITHIN, hello).await {
                Ok(Ok(Answered::Welcome(socket, followed))) => {
                    if let Some(it) = followed.first() {
                        self.begins(it);
                    }
                    return (socket, sent_away);
                }
                Ok(Ok(Answered::Later(Pause { after_ms, spread_ms }))) => {
                    sent_away += 1;
                    self.crowd.sent_away.fetch_add(1, Ordering::Relaxed);
                    self.crowd.latest_turn_ms.fetch_max(after_ms, Ordering::Relaxed);
                    u64::from(after_ms).saturating_add(random_below(spread_ms.into()))
                }
                Ok(Err(_)) | Err(_) => {
                    let bound = FIRST_WAIT_MS.saturating_mul(1 << attempt.min(16));
                    random_below(bound.min(LONGEST_WAIT_MS))
                }
            };
            attempt = attempt.saturating_add(1);
            sleep(Duration::from_millis(wait)).await;
        }
    }

    fn begins(&mut self, followed: &Followed) {
        match followed {
            Followed::Current { .. } => {}
            Followed::Snapshot { position, .. } => {
                // A visit is told as a whole by every owner; a log is not.
                self.is_anew |= self.position.is_some() && !self.is_in_call;
                self.position = Some(*position);
            }
            Followed::Resumed { events, .. } => {
                for it in events.iter().filter(|it| !it.event.passes_by()) {
                    self.goes_on(it.position);
                }
            }
            Followed::Denied { .. } => self.is_wrong = true,
        }
    }

    /// The next line of the log. Of a visit each event is the whole.
    fn goes_on(&mut self, to: Position) {
        let is_next = self
            .position
            .is_some_and(|it| it.epoch == to.epoch && it.offset.checked_add(1) == Some(to.offset));
        self.is_wrong |= !is_next && !self.is_in_call;
        self.position = Some(to);
    }

    /// Reads one message. An error when the hub is gone.
    async fn hears(&mut self, socket: &mut line::Socket) -> Result<()> {
        let message = socket.next().await.ok_or_else(gone)?.map_err(Error::other)?;
        for frame in line::frames(CODEC, &message)? {
            match frame {
                ServerFrame::Event { position, event, .. } if !event.passes_by() => {
                    self.goes_on(position);
                }
                ServerFrame::Ping { number, .. } => {
                    let pong = line::message(CODEC, &ClientFrame::Pong { number })?;
                    socket.send(pong).await.map_err(Error::other)?;
                }
                ServerFrame::Gap { .. } => self.is_wrong |= !self.is_in_call,
                _ => {}
            }
        }
        Ok(())
    }
}

fn gone() -> Error {
    Error::other("the hub is gone")
}

fn random_below(end: u64) -> u64 {
    Uuid::new_v4().as_u64_pair().1 % end.max(1)
}
