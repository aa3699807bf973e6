//! One says something to a thousand: what a delivery costs the server.
//!
//! At the hub a visit with a thousand followers whose clinician turns the microphone off and on: each delivery is the view
//! of that follower. The peers send everybody the same text of as many bytes.

use crate::bench::chat::{CODECS, SAID};
use crate::bench::clinic::Clinic;
use crate::bench::figures::rounded;
use crate::bench::hub::Hub;
use crate::bench::peer::Peer;
use crate::bench::sockets::{Delivered, FOLLOWERS, Visit, delivery, spread};
use crate::bench::swarm::Swarm;
use crate::bench::way::{Server, Way};
use crate::protocol::codec::Codec;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Map, Value, json};
use std::io::{Error, Result};

/// Bytes of the frame around a text of a peer, about.
const AROUND: u64 = 60;

/// Measures it: first the hub, then each peer with as many bytes. Each codec has a process of its own, here as there.
pub(super) async fn measure() -> Result<Value> {
    let mut figures = Map::new();
    figures.insert("sockets".to_owned(), FOLLOWERS.into());
    let mut bytes = vec![];
    let mut codecs = Map::new();
    for (codec, name) in CODECS {
        let delivered = of_hub(codec).await?;
        bytes.push(delivered.bytes.checked_div(delivered.count.max(1)).unwrap_or(0));
        codecs.insert(name.to_owned(), of(&delivered));
    }
    if let Some(Value::Object(first)) = codecs.get(CODECS[0].1).cloned() {
        figures.extend(first);
    }
    figures.extend(codecs);
    match Peer::can_run() {
        Ok(()) => figures.insert("peers".to_owned(), of_peers(&bytes).await?),
        Err(why) => {
            figures.insert("peers".to_owned(), Value::Null);
            figures.insert("peers_missing".to_owned(), why.to_string().into())
        }
    };
    Ok(Value::Object(figures))
}

async fn of_hub(codec: Codec) -> Result<Delivered> {
    let hub = Hub::start().await?;
    let clinic = Clinic::open(&hub).await?;
    let visit = Visit::open(&hub, &clinic).await?;
    let delivered = delivery(&hub, &visit, codec).await?;
    visit.close().await?;
    Ok(delivered)
}

async fn of_peers(bytes: &[u64]) -> Result<Value> {
    let mut peers = Map::new();
    for server in [Server::SocketIo, Server::Ws] {
        let mut codecs = Map::new();
        for ((codec, name), bytes) in CODECS.into_iter().zip(bytes) {
            let delivered = of_peer(server, codec, *bytes).await?;
            codecs.insert(name.to_owned(), of(&delivered));
        }
        peers.insert(server.name().to_owned(), Value::Object(codecs));
    }
    Ok(Value::Object(peers))
}

async fn of_peer(server: Server, codec: Codec, bytes: u64) -> Result<Delivered> {
    let peer = Peer::start(server, codec).await?;
    let way = Way { server, codec, address: peer.address, event: SAID };
    let swarm = Swarm::open(FOLLOWERS, |number| async move {
        let socket = way.to_peer(&format!("follower-{number}")).await?;
        Ok((socket, way))
    });
    let swarm = swarm.await?;
    let (mut speaker, mut ear) = way.to_peer("speaker").await?.split();
    // What comes back to the speaker is read and not counted; the connection ends with the benchmark.
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = ear.next().await {} });
    let body = "a".repeat(usize::try_from(bytes.saturating_sub(AROUND)).unwrap_or(0));
    let shout = |number: u64| way.request("shout", number, json!({ "body": body }));
    let delivered = spread(
        &swarm,
        || peer.cpu_time(),
        async |number| speaker.send(shout(number)?).await.map_err(Error::other),
    );
    let delivered = delivered.await;
    reading.abort();
    delivered
}

fn of(delivered: &Delivered) -> Value {
    let (count, cpu) = (delivered.count as f64, delivered.cpu.as_secs_f64());
    json!({
        "us_cpu_per_delivery": rounded(cpu * 1e6 / count),
        "deliveries_per_cpu_s": rounded(count / cpu),
        "bytes_per_delivery": rounded(delivered.bytes as f64 / count),
        "last_delivery_ms": delivered.spread.percentiles(),
    })
}
