//! What an idle socket holds, and what a delivery costs the hub.
//!
//! Idle: thousands of sockets after their hello, which follow nothing; resident memory before and after, divided.
//! Delivery: a thousand sockets follow one visit whose clinician turns the microphone off and on; CPU of the hub over
//! that time, divided by what arrived at the clients. The calls themselves are in it: about a thousandth each.

use crate::bench::clinic::Clinic;
use crate::bench::figures::{Spans, rounded};
use crate::bench::hub::Hub;
use crate::bench::line::Line;
use crate::bench::swarm::Swarm;
use crate::bench::way::{Server, Way};
use crate::open_files;
use crate::protocol::codec::Codec;
use crate::protocol::media::SetSources;
use crate::protocol::phi::Phi;
use crate::protocol::topic::Topic;
use crate::protocol::visit::{AdmitParticipant, EnterVisit, LeaveVisit};
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Idle sockets.
const IDLE: usize = 5_000;
/// Sockets that come and go before the first look, so that one-time costs are not counted.
const WARM_UP: usize = 50;
/// Sockets that follow the visit.
pub(super) const FOLLOWERS: usize = 1_000;
/// Publications in each codec.
const PUBLICATIONS: u64 = 200;
/// Between two publications: far from what a follower's mailbox holds.
const PACE: Duration = Duration::from_millis(50);
/// Longer than two pings of the hub, so that every socket has pinged and been answered.
const SETTLE: Duration = Duration::from_secs(45);
/// How long the last delivery may be on its way.
const DELIVERED_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// What stands in an event of a visit, in both codecs.
const EVENT: &[u8] = b"visit_changed";
/// Open files besides sockets.
const SPARE_FILES: u64 = 200;

/// Measures both.
pub(super) async fn measure() -> Result<Value> {
    let needed = u64::try_from(IDLE).unwrap_or(u64::MAX).saturating_add(SPARE_FILES);
    let files = open_files::raise();
    if files < needed {
        return Err(Error::other(format!("{needed} open files are needed, {files} are allowed")));
    }
    let hub = Hub::start().await?;
    let clinic = Clinic::open(&hub).await?;
    let idle = idle(&hub, &clinic).await?;
    let visit = Visit::open(&hub, &clinic).await?;
    let message_pack = delivery(&hub, &visit, Codec::MessagePack).await?;
    let json = delivery(&hub, &visit, Codec::Json).await?;
    visit.close().await?;
    Ok(report(&idle, &message_pack, &json))
}

struct Idle {
    kib_before: u64,
    kib_after: u64,
    cpu: Duration,
    over: Duration,
}

async fn idle(hub: &Hub, clinic: &Clinic) -> Result<Idle> {
    let codecs = [Codec::MessagePack, Codec::Json];
    let warm_up = swarm(hub, &clinic.patient, None, codecs, WARM_UP).await?;
    drop(warm_up);
    sleep(Duration::from_secs(2)).await;
    let kib_before = hub.resident_kib()?;
    let swarm = swarm(hub, &clinic.patient, None, codecs, IDLE).await?;
    let (cpu, began) = (hub.cpu_time()?, Instant::now());
    sleep(SETTLE).await;
    let cpu = hub.cpu_time()?.saturating_sub(cpu);
    let (kib_after, over) = (hub.resident_kib()?, began.elapsed());
    no_troubles(&swarm)?;
    Ok(Idle { kib_before, kib_after, cpu, over })
}

/// Sockets of one session; those with an even number speak the first of `codecs`.
async fn swarm(
    hub: &Hub,
    token: &Phi<String>,
    follow: Option<Topic>,
    [even, odd]: [Codec; 2],
    count: usize,
) -> Result<Swarm> {
    let address = hub.address;
    Swarm::open(count, move |number| {
        let codec = if number % 2 == 0 { even } else { odd };
        let way = Way { server: Server::Hub, codec, address, event: EVENT };
        let token = token.clone();
        async move { way.to_hub(&token, follow).await.map(|socket| (socket, way)) }
    })
    .await
}

/// A visit with both inside, and whose link session the followers use.
pub(super) struct Visit {
    pub(super) topic: Topic,
    clinician: Line,
    patient: Line,
    pub(super) token: Phi<String>,
    appointment_id: crate::protocol::ids::AppointmentId,
}

impl Visit {
    pub(super) async fn open(hub: &Hub, clinic: &Clinic) -> Result<Self> {
        let appointment_id = clinic.visit.appointment_id;
        let topic = Topic::Visit(appointment_id);
        let host = clinic.session(clinic.link(&clinic.clinician).await?).await?;
        let guest = clinic.session(clinic.link(&clinic.patient).await?).await?;
        let clinician = Line::open(hub.address, &host.token, topic).await?;
        let patient = Line::open(hub.address, &guest.token, topic).await?;
        clinician.call(&EnterVisit { appointment_id }).await?;
        patient.call(&EnterVisit { appointment_id }).await?;
        let participant_id = clinic.visit.patient.participant_id;
        clinician.call(&AdmitParticipant { appointment_id, participant_id }).await?;
        Ok(Visit { topic, clinician, patient, token: guest.token, appointment_id })
    }

    async fn publish(&self, microphone: bool) -> Result<()> {
        let appointment_id = self.appointment_id;
        let op = SetSources { appointment_id, microphone, camera: true, screen: false };
        self.clinician.call(&op).await?;
        Ok(())
    }

    pub(super) async fn close(self) -> Result<()> {
        let op = LeaveVisit { appointment_id: self.appointment_id };
        self.patient.call(&op).await?;
        self.clinician.call(&op).await?;
        Ok(())
    }
}

/// What was delivered, and what it cost.
pub(super) struct Delivered {
    pub(super) count: u64,
    pub(super) bytes: u64,
    pub(super) cpu: Duration,
    /// From a publication's call to its last delivery.
    pub(super) spread: Spans,
}

/// What the followers of a visit are delivered.
pub(super) async fn delivery(hub: &Hub, visit: &Visit, codec: Codec) -> Result<Delivered> {
    let followers = Some(visit.topic);
    let swarm = swarm(hub, &visit.token, followers, [codec, codec], FOLLOWERS).await?;
    spread(&swarm, || hub.cpu_time(), async |number| visit.publish(number % 2 == 1).await).await
}

/// Publishes by turns, each time until everybody has it.
pub(super) async fn spread(
    swarm: &Swarm,
    cpu: impl Fn() -> Result<Duration>,
    mut publish: impl AsyncFnMut(u64) -> Result<()>,
) -> Result<Delivered> {
    // The first is not counted: at the hub it makes both microphones known.
    publish(0).await?;
    sleep(Duration::from_secs(2)).await;
    let (before, bytes) = (swarm.deliveries(), swarm.seen.bytes.load(Ordering::Relaxed));
    let used = cpu()?;
    let each = u64::try_from(FOLLOWERS).unwrap_or(u64::MAX);
    let mut spread = Spans::default();
    for number in 1..=PUBLICATIONS {
        let began = Instant::now();
        publish(number).await?;
        let expected = before.saturating_add(number.saturating_mul(each));
        while swarm.deliveries() < expected {
            if began.elapsed() > DELIVERED_WITHIN {
                let missing = expected.saturating_sub(swarm.deliveries());
                return Err(Error::other(format!("{missing} deliveries are missing")));
            }
            tokio::task::yield_now().await;
            sleep(Duration::from_millis(1)).await;
        }
        spread.push(began.elapsed());
        sleep(PACE.saturating_sub(began.elapsed()).max(LOOK_EVERY)).await;
    }
    let cpu = cpu()?.saturating_sub(used);
    no_troubles(swarm)?;
    let count = swarm.deliveries().saturating_sub(before);
    let bytes = swarm.seen.bytes.load(Ordering::Relaxed).saturating_sub(bytes);
    Ok(Delivered { count, bytes, cpu, spread })
}

fn no_troubles(swarm: &Swarm) -> Result<()> {
    match swarm.seen.troubles.load(Ordering::Relaxed) {
        0 => Ok(()),
        many => Err(Error::other(format!("{many} sockets ended or heard what they should not"))),
    }
}

fn report(idle: &Idle, message_pack: &Delivered, json: &Delivered) -> Value {
    let count = message_pack.count.saturating_add(json.count);
    let cpu = message_pack.cpu.saturating_add(json.cpu);
    let held = idle.kib_after.saturating_sub(idle.kib_before);
    json!({
        "bench": "sockets",
        "sockets": IDLE,
        "kib_per_idle_socket": ratio(held, IDLE as u64),
        "hub_kib_without_sockets": idle.kib_before,
        "idle_us_cpu_per_socket_second":
            rounded(idle.cpu.as_secs_f64() * 1e6 / idle.over.as_secs_f64() / IDLE as f64),
        "followers": FOLLOWERS,
        "publications": PUBLICATIONS * 2,
        "deliveries": count,
        "us_cpu_per_delivery": per_delivery(cpu, count),
        "message_pack": of_codec(message_pack),
        "json": of_codec(json),
    })
}

fn of_codec(delivered: &Delivered) -> Value {
    json!({
        "deliveries": delivered.count,
        "us_cpu_per_delivery": per_delivery(delivered.cpu, delivered.count),
        "bytes_per_delivery": ratio(delivered.bytes, delivered.count),
        "last_delivery_ms": delivered.spread.percentiles(),
    })
}

fn per_delivery(cpu: Duration, count: u64) -> f64 {
    rounded(cpu.as_secs_f64() * 1e6 / count.max(1) as f64)
}

fn ratio(whole: u64, parts: u64) -> f64 {
    rounded(whole as f64 / parts.max(1) as f64)
}
