//! One person writes to another: from the send to the other's socket, and what a message costs the server.
//!
//! To the hub with everything that a message is there: signed in, sealed, saved with its line and the answer of its key, and
//! recorded. To the peers, which only pass it on. The same client, the same pairs and the same pace for all of them, one
//! server after the other.

use crate::bench::clinic::Rest;
use crate::bench::figures::{Spans, rounded};
use crate::bench::hub::Hub;
use crate::bench::pairs::Pair;
use crate::bench::peer::Peer;
use crate::bench::talker::{Talker, talk};
use crate::bench::way::{Server, Way};
use crate::protocol::codec::Codec;
use crate::protocol::topic::Topic;
use serde_json::{Map, Value, json};
use std::io::{Error, Result};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Pairs; so many that nobody comes to the bound of what one person may write.
const PAIRS: usize = 256;
/// Messages that are under way at a moment, each in a conversation of its own.
const AT_ONCE: usize = 64;
/// Before what counts: planners, talks and the compilers of others have started then.
const WARM_UP: Duration = Duration::from_secs(2);
const FOR: Duration = Duration::from_secs(10);
/// In both codecs, and how they are called in figures.
pub(super) const CODECS: [(Codec, &str); 2] =
    [(Codec::MessagePack, "msgpack"), (Codec::Json, "json")];
/// What stands in the event of a message, at the hub and at the peers.
const POSTED: &[u8] = b"message_posted";
pub(super) const SAID: &[u8] = b"said";

/// Measures it: first the hub, then each peer.
pub(super) async fn measure() -> Result<Value> {
    let (hub, pairs) = Hub::prepared("", async |config| Pair::make(config, PAIRS).await).await?;
    let mut figures = of_hub(&hub, &pairs).await?;
    drop(hub);
    let (peers, missing) = match Peer::can_run() {
        Ok(()) => (of_peers().await?, Value::Null),
        Err(why) => (Value::Null, why.to_string().into()),
    };
    figures.insert("peers".to_owned(), peers);
    if !missing.is_null() {
        figures.insert("peers_missing".to_owned(), missing);
    }
    Ok(Value::Object(figures))
}

/// The figures of MessagePack, which clients prefer, stand above those of both codecs.
async fn of_hub(hub: &Hub, pairs: &[Pair]) -> Result<Map<String, Value>> {
    let rest = Rest::of(hub);
    let mut conversations = Vec::new();
    for pair in pairs {
        conversations.push(pair.opens(&rest).await?);
    }
    let mut codecs = Map::new();
    for (codec, name) in CODECS {
        let way = Way { server: Server::Hub, codec, address: hub.address, event: POSTED };
        let mut talkers = Vec::new();
        for (pair, id) in pairs.iter().zip(&conversations) {
            let from = way.to_hub(&pair.patient, None).await?;
            let to = way.to_hub(&pair.clinician, Some(Topic::Conversation(*id))).await?;
            talkers.push(Talker::of_hub(way, from, to, *id));
        }
        codecs.insert(name.to_owned(), rounds(talkers, || hub.cpu_time()).await?);
    }
    let mut figures = Map::new();
    figures.insert("pairs".to_owned(), PAIRS.into());
    figures.insert("at_once".to_owned(), AT_ONCE.into());
    if let Some(Value::Object(first)) = codecs.get(CODECS[0].1).cloned() {
        figures.extend(first);
    }
    figures.extend(codecs);
    Ok(figures)
}

async fn of_peers() -> Result<Value> {
    let mut peers = Map::new();
    for server in [Server::SocketIo, Server::Ws] {
        let mut codecs = Map::new();
        for (codec, name) in CODECS {
            let peer = Peer::start(server, codec).await?;
            let way = Way { server, codec, address: peer.address, event: SAID };
            let mut talkers = Vec::new();
            for number in 0..PAIRS {
                let from = way.to_peer(&format!("patient-{number}")).await?;
                let clinician = format!("clinician-{number}");
                let to = way.to_peer(&clinician).await?;
                talkers.push(Talker::of_peer(way, from, to, clinician));
            }
            codecs.insert(name.to_owned(), rounds(talkers, || peer.cpu_time()).await?);
        }
        peers.insert(server.name().to_owned(), Value::Object(codecs));
    }
    Ok(Value::Object(peers))
}

/// As fast as it goes, then at half of that.
async fn rounds(talkers: Vec<Talker>, cpu: impl Fn() -> Result<Duration>) -> Result<Value> {
    let (talkers, full) = round(talkers, None, &cpu).await?;
    let half = full.a_second() / 2.0;
    let (_, half) = round(talkers, Some(half.max(1.0)), &cpu).await?;
    let mut figures = full.figures();
    if let Value::Object(fields) = &mut figures {
        fields.insert("half_load".to_owned(), half.figures());
    }
    Ok(figures)
}

/// What was delivered in the time that counts.
struct Round {
    deliver: Spans,
    took: Duration,
    cpu: Duration,
}

impl Round {
    fn count(&self) -> f64 {
        f64::from(u32::try_from(self.deliver.len()).unwrap_or(u32::MAX))
    }

    fn a_second(&self) -> f64 {
        self.count() / self.took.as_secs_f64()
    }

    fn figures(&self) -> Value {
        json!({
            "messages_per_s": rounded(self.a_second()),
            "messages_per_cpu_s": rounded(self.count() / self.cpu.as_secs_f64()),
            "deliver_ms": self.deliver.percentiles(),
        })
    }
}

async fn round(
    mut talkers: Vec<Talker>,
    a_second: Option<f64>,
    cpu: &impl Fn() -> Result<Duration>,
) -> Result<(Vec<Talker>, Round)> {
    let count_from = Instant::now() + WARM_UP;
    let until = count_from + FOR;
    let each = talkers.len().div_ceil(AT_ONCE);
    let pace = a_second.map(|it| Duration::from_secs_f64(AT_ONCE as f64 / it));
    let mut talking = JoinSet::new();
    let mut number = 0;
    while !talkers.is_empty() {
        let theirs = talkers.split_off(talkers.len().saturating_sub(each));
        // Spread over the pace, so that they do not all begin at the same moment.
        let lag = pace.map(|it| it * number / u32::try_from(AT_ONCE).unwrap_or(u32::MAX));
        talking.spawn(talk(theirs, pace, lag.unwrap_or_default(), count_from..until));
        number += 1;
    }
    sleep_until(count_from).await;
    let (before, began) = (cpu()?, Instant::now());
    sleep_until(until).await;
    let (cpu, took) = (cpu()?.saturating_sub(before), began.elapsed());
    let mut deliver = Spans::default();
    while let Some(ended) = talking.join_next().await {
        let (theirs, spans) = ended.map_err(Error::other)??;
        talkers.extend(theirs);
        deliver.extend(spans);
    }
    Ok((talkers, Round { deliver, took, cpu }))
}
