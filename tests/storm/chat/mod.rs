//! Six who write and six who read in one conversation, through connections that are cut, with answers that are lost after
//! the commit and events that are lost, doubled, late and out of order, while the hub is killed every few seconds.
//!
//! Owns: the run. Invariant: what [`history`] finds cannot be; the runs with planted faults prove that it finds something.
//! Bounded by time, over loopback. Does not: look into the hub; everything is asked through its doors.

mod history;
mod people;

use crate::client::Client;
use crate::follower::{Follower, How, Posted};
use crate::hub::{Hub, Someone, ZONE};
use bedside::clock::{Clock as _, SystemClock};
use bedside::protocol::appointment::PlaceAppointment;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{
    AssignConversation, ListMessages, OpenConversation, OpenWith,
};
use bedside::protocol::ids::ConversationId;
use bedside::protocol::person::Role;
use fault_proxy::{Action, Dice, Proxy, Rule, Toward};
use futures::future::join_all;
use history::{History, Outcome};
use people::{Reader, Writer};
use std::time::{Duration, Instant};
use tokio::sync::watch;

const PEOPLE: usize = 6;
const LOOK: Duration = Duration::from_millis(20);
const REQUEST_WITHIN: Duration = Duration::from_secs(10);

/// What a storm is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) lasts: Duration,
    /// Between two kills, on the average; none when absent.
    pub(crate) kill_every: Option<Duration>,
    /// Planted: readers believe every event, and never look whether something is missing.
    pub(crate) readers_are_careless: bool,
}

/// What a run was like.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) acknowledged: usize,
    pub(crate) maybe: usize,
    pub(crate) kills: u32,
    pub(crate) retries: u64,
    /// Lines that readers were told when they came back, and wholes.
    pub(crate) replayed: usize,
    pub(crate) anew: usize,
    /// Events that readers did not believe.
    pub(crate) disbelieved: u32,
    pub(crate) violations: Vec<String>,
}

/// One run.
pub(crate) async fn blow(hub: &mut Hub, weather: Weather, seed: u64) -> Report {
    let (dice, began) = (Dice::of(seed), Instant::now());
    let http = reqwest::Client::builder().timeout(REQUEST_WITHIN).build().expect("a client");
    let (people, conversation) = meet(hub, &http, began).await;
    let up = Proxy::start(hub.address).await.expect("a port");
    let down = Proxy::start(hub.address).await.expect("a port");
    weather_of_writers(&up, seed);
    weather_of_readers(&down, seed);

    let (says_last, last) = watch::channel(None);
    let readers = people.iter().enumerate().map(|(number, who)| {
        let codec = if number % 2 == 0 { Codec::Json } else { Codec::MessagePack };
        let mut follower = Follower::new(down.address(), conversation, codec);
        follower.is_careless = weather.readers_are_careless;
        let reader = Reader { who: who.clone(), follower, dice: dice.for_one(PEOPLE + number) };
        tokio::spawn(reader.reads(last.clone()))
    });
    let readers: Vec<_> = readers.collect();
    let ends = Instant::now() + weather.lasts;
    let writers = people.iter().enumerate().map(|(number, who)| {
        let codec = if number % 2 == 0 { Codec::MessagePack } else { Codec::Json };
        let writer = Writer {
            who: who.clone(),
            follower: Follower::new(up.address(), conversation, codec),
            conversation,
            name: format!("writer {number}"),
            dice: dice.for_one(number),
            began,
            written: vec![],
            strange: vec![],
            retries: 0,
        };
        tokio::spawn(writer.writes(ends))
    });
    let writers: Vec<_> = writers.collect();
    let is_over = || writers.iter().all(tokio::task::JoinHandle::is_finished);
    let kills = kills(hub, weather, dice.for_one(2 * PEOPLE), is_over).await;

    // The weather is over. Everybody says one last thing, and everybody is to hear it.
    up.clear();
    down.clear();
    let mut history = History::default();
    let (mut retries, mut end) = (0, None);
    for writer in writers {
        let mut writer = writer.await.expect("nobody drowned");
        end = end.max(writer.ends().await);
        retries += writer.retries;
        history.written.extend(writer.written);
        history.strange.extend(writer.strange);
    }
    says_last.send_replace(end.or(Some(0)));
    let mut disbelieved = 0;
    for read in join_all(readers).await {
        let read = read.expect("nobody drowned");
        disbelieved += read.disbelieved;
        history.readers.push(read.told);
        history.strange.extend(read.strange);
    }
    // What is read now was on disk.
    hub.dies_and_comes_back().await;
    let mut client = Client::new(people[0].clone(), http, hub.address, began);
    history.log = log(&mut client, conversation).await;
    report(&history, kills, retries, disbelieved)
}

fn report(history: &History, kills: u32, retries: u64, disbelieved: u32) -> Report {
    let told = |how: How| history.readers.iter().flatten().filter(|it| it.how == how).count();
    let maybe = history.written.iter().filter(|it| it.outcome == Outcome::Maybe).count();
    Report {
        acknowledged: history.written.len() - maybe,
        maybe,
        kills,
        retries,
        replayed: told(How::Replayed),
        anew: told(How::Whole),
        disbelieved,
        violations: history.violations(),
    }
}

/// A patient and five clinicians in one conversation.
async fn meet(hub: &Hub, http: &reqwest::Client, began: Instant) -> (Vec<Someone>, ConversationId) {
    let client = |who| Client::new(who, http.clone(), hub.address, began);
    let mut admin = client(hub.person(Role::Admin, "Ada Invented").await);
    let mut people = vec![hub.person(Role::Patient, "Pat Fictional").await];
    for _ in 1..PEOPLE {
        people.push(hub.person(Role::Clinician, "Dr. Bo Fictional").await);
    }
    let now = SystemClock.now();
    let op = PlaceAppointment {
        patient_id: people[0].id,
        clinician_id: people[1].id,
        starts_at: now,
        ends_at: now.plus(Duration::from_secs(60 * 60)),
        time_zone: ZONE.to_owned(),
        patient_may_invite: false,
    };
    admin.asks(&op).await.result.expect("an appointment");
    let op = OpenConversation { with: OpenWith::Person { person_id: people[1].id } };
    let opened = client(people[0].clone()).asks(&op).await.result.expect("a conversation");
    let conversation_id = opened.conversation.conversation_id;
    for pair in people[1..].windows(2) {
        let op = AssignConversation { conversation_id, clinician_id: pair[1].id };
        client(pair[0].clone()).asks(&op).await.result.expect("one more");
    }
    (people, conversation_id)
}

/// Answers are lost after the commit, and connections before and after it.
fn weather_of_writers(proxy: &Proxy, seed: u64) {
    let answer = |action| Rule::on(Toward::Client, "reply", action).op("message.send");
    proxy.add(answer(Action::Suppress).percent(6, seed));
    proxy.add(answer(Action::Cut).percent(5, seed + 1));
    proxy.add(answer(Action::Close { code: 4000 }).percent(2, seed + 2));
    proxy.add(answer(Action::Delay { ms: 300 }).percent(4, seed + 3));
    proxy.add(Rule::on(Toward::Hub, "request", Action::Cut).percent(4, seed + 4));
    proxy.add(Rule::on(Toward::Hub, "request", Action::Duplicate).percent(3, seed + 5));
}

fn weather_of_readers(proxy: &Proxy, seed: u64) {
    let event = |action| Rule::on(Toward::Client, "event", action).kind("message_posted");
    proxy.add(event(Action::Suppress).percent(4, seed));
    proxy.add(event(Action::Duplicate).percent(5, seed + 1));
    proxy.add(event(Action::Reorder).percent(4, seed + 2));
    proxy.add(event(Action::Delay { ms: 80 }).percent(3, seed + 3));
    proxy.add(event(Action::Cut).percent(1, seed + 4));
    proxy.add(Rule::on(Toward::Client, "done", Action::Cut).percent(3, seed + 5));
    proxy.add(Rule::on(Toward::Client, "welcome", Action::Cut).percent(5, seed + 6));
}

/// Kills the hub again and again until everybody has written.
async fn kills(hub: &mut Hub, weather: Weather, mut dice: Dice, is_over: impl Fn() -> bool) -> u32 {
    let mut kills = 0;
    while !is_over() {
        let every = weather.kill_every.unwrap_or(weather.lasts * 100);
        let millis = usize::try_from(every.as_millis()).unwrap();
        let wait = u64::try_from(millis / 2 + dice.below(millis)).unwrap();
        let due = Instant::now() + Duration::from_millis(wait);
        while Instant::now() < due && !is_over() {
            tokio::time::sleep(LOOK).await;
        }
        if !is_over() {
            hub.dies_and_comes_back().await;
            kills += 1;
        }
    }
    kills
}

/// The whole log, page by page from its end.
async fn log(client: &mut Client, conversation_id: ConversationId) -> Vec<Posted> {
    let (mut all, mut before): (Vec<Posted>, _) = (vec![], None);
    loop {
        let op = ListMessages { conversation_id, since: None, before, limit: Some(100) };
        let page = client.asks(&op).await.result.expect("a page");
        before = page.messages.first().map(|it| it.message_id);
        let posts = page.messages.iter().map(crate::follower::post);
        all = posts.chain(all).collect();
        if !page.has_more {
            return all;
        }
    }
}
