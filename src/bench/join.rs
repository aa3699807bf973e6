//! From the click to the first sound and the first picture.
//!
//! One clinician sits in the visit and sends. A patient, who was admitted once, comes again and again: a link
//! (`token_ms`), then the click: link → session → socket → enter → one offer, one answer → first packet of sound and
//! first whole key frame. The offer is made beside the signaling, as the SDK makes it. Then the same with Chromium.

use crate::bench::caller::Caller;
use crate::bench::chromium;
use crate::bench::clinic::Clinic;
use crate::bench::figures::Spans;
use crate::bench::hub::Hub;
use crate::bench::line::Line;
use crate::protocol::auth::JoinToken;
use crate::protocol::ids::AppointmentId;
use crate::protocol::media::{JoinMedia, SetSources};
use crate::protocol::phi::Phi;
use crate::protocol::topic::Topic;
use crate::protocol::visit::{AdmitParticipant, EnterVisit, LeaveVisit};
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Headless joins.
const JOINS: usize = 40;
/// Joins before the first that counts.
const WARM_UP: usize = 2;
/// Chromium joins.
const BROWSER_JOINS: usize = 12;
/// A first picture that takes longer does not come.
const ARRIVE_WITHIN: Duration = Duration::from_secs(10);
/// Between two joins: credentials come back at two a second, and nobody clicks faster.
const PAUSE: Duration = Duration::from_millis(1_100);

#[derive(Default)]
struct Measured {
    token: Spans,
    signaled: Spans,
    audio: Spans,
    frame: Spans,
    missed: usize,
}

/// Measures both kinds of clients.
pub(super) async fn measure() -> Result<Value> {
    let hub = Hub::start().await?;
    let clinic = Clinic::open(&hub).await?;
    let measured = Box::pin(headless(&hub, &clinic)).await?;
    let chromium = chromium::joins(&hub, &clinic, BROWSER_JOINS).await;
    Ok(json!({
        "bench": "join",
        "joins": measured.frame.len(),
        "joins_without_picture_or_sound": measured.missed,
        "token_ms": measured.token.percentiles(),
        "answered_ms": measured.signaled.percentiles(),
        "first_audio_ms": measured.audio.percentiles(),
        "first_frame_ms": measured.frame.percentiles(),
        "admission": "admitted once before the first join; every join goes straight in",
        "chromium": chromium.figures,
        "chromium_missing": chromium.why_not,
    }))
}

async fn headless(hub: &Hub, clinic: &Clinic) -> Result<Measured> {
    let appointment_id = clinic.visit.appointment_id;
    let topic = Topic::Visit(appointment_id);
    let host = clinic.session(clinic.link(&clinic.clinician).await?).await?;
    let clinician = Line::open(hub.address, &host.token, topic).await?;
    clinician.call(&EnterVisit { appointment_id }).await?;
    let (mut speaker, offer) = Box::pin(Caller::new()).await?;
    join_media(&clinician, &speaker, appointment_id, offer).await?;
    let on = SetSources { appointment_id, microphone: true, camera: true, screen: false };
    clinician.call(&on).await?;
    speaker.publish();
    admit(hub, clinic, &clinician).await?;
    let mut measured = Measured::default();
    for number in 0..JOINS.saturating_add(WARM_UP) {
        sleep(PAUSE).await;
        let mut discarded = Measured::default();
        let into = if number < WARM_UP { &mut discarded } else { &mut measured };
        Box::pin(join(hub, clinic, into)).await?;
    }
    clinician.call(&LeaveVisit { appointment_id }).await?;
    speaker.close().await?;
    Ok(measured)
}

/// The patient's first visit to the waiting room, and the one admission.
async fn admit(hub: &Hub, clinic: &Clinic, clinician: &Line) -> Result<()> {
    let appointment_id = clinic.visit.appointment_id;
    let session = clinic.session(clinic.link(&clinic.patient).await?).await?;
    let patient = Line::open(hub.address, &session.token, Topic::Visit(appointment_id)).await?;
    patient.call(&EnterVisit { appointment_id }).await?;
    let participant_id = clinic.visit.patient.participant_id;
    clinician.call(&AdmitParticipant { appointment_id, participant_id }).await?;
    patient.call(&LeaveVisit { appointment_id }).await?;
    Ok(())
}

async fn join(hub: &Hub, clinic: &Clinic, measured: &mut Measured) -> Result<()> {
    let appointment_id = clinic.visit.appointment_id;
    let asked = Instant::now();
    let link = clinic.link(&clinic.patient).await?;
    measured.token.push(asked.elapsed());
    let click = Instant::now();
    let (entered, prepared) = tokio::join!(enter(hub, clinic, link), Caller::new());
    let (line, (caller, offer)) = (entered?, prepared?);
    join_media(&line, &caller, appointment_id, offer).await?;
    measured.signaled.push(click.elapsed());
    let arrivals = caller.arrivals(ARRIVE_WITHIN).await;
    match (arrivals.audio, arrivals.frame) {
        (Some(audio), Some(frame)) => {
            measured.audio.push(audio.duration_since(click));
            measured.frame.push(frame.duration_since(click));
        }
        _ => measured.missed = measured.missed.saturating_add(1),
    }
    line.call(&LeaveVisit { appointment_id }).await?;
    caller.close().await
}

async fn enter(hub: &Hub, clinic: &Clinic, link: JoinToken) -> Result<Line> {
    let appointment_id = clinic.visit.appointment_id;
    let session = clinic.session(link).await?;
    let line = Line::open(hub.address, &session.token, Topic::Visit(appointment_id)).await?;
    line.call(&EnterVisit { appointment_id }).await?;
    Ok(line)
}

async fn join_media(
    line: &Line,
    caller: &Caller,
    appointment_id: AppointmentId,
    offer: String,
) -> Result<()> {
    let op = JoinMedia { appointment_id, offer: Phi::new(offer) };
    let answer = line.call(&op).await?;
    if answer.slots == 0 {
        return Err(Error::other("the hub granted no receive slots"));
    }
    caller.take(answer.answer.into_exposed()).await
}
