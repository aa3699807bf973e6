//! A headless participant: the full `webrtc` client, fed with made-up media. The one file here that names it.
//!
//! Owns the connection and when things first arrived. The lines of its offer are those of the SDK: microphone, camera,
//! then the receive slots.

use crate::bench::video::{self, KeyFrames};
use bytes::Bytes;
use rtc::interceptor::{Attribute, Interceptor, Packet, Registry, StreamInfo, TaggedPacket};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use rtc::sansio::Protocol;
use rtc::shared::error::Error as RtcError;
use std::collections::VecDeque;
use std::io::{Error, Result};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_local::{TrackLocal, TrackLocalEvent};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
    SettingEngineBuilder,
};
use webrtc::runtime::{Runtime, default_runtime};

/// Pairs of receive lines, as in the SDK.
const SLOTS: usize = 8;
const AUDIO: u8 = 111;
const VIDEO: u8 = 96;
/// Opus: fifty packets a second of 20 ms, about 32 kbit/s.
const PACKET_EVERY: Duration = Duration::from_millis(20);
const SOUND: [u8; 80] = [0x78; 80];
/// 48 kHz × 20 ms.
const SOUND_STEP: u32 = 960;
/// 90 kHz × 40 ms: a picture every second packet of sound.
const PICTURE_STEP: u32 = 3_600;
const GATHERED_WITHIN: Duration = Duration::from_secs(10);
/// Pace of connectivity checks: Ta of RFC 8445 and of browsers (about 50 ms); this client's own default of 200 ms would
/// be most of the figure.
const CHECK_EVERY: Duration = Duration::from_millis(50);
const MAX_CHECKS: u16 = 40;
/// The interceptor that lets key frame requests through stands behind all others.
const LAST: usize = 14_000;

/// When a participant first heard and saw.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Arrivals {
    /// First packet of sound.
    pub(super) audio: Option<Instant>,
    /// First whole key frame.
    pub(super) frame: Option<Instant>,
}

/// The participant.
pub(super) struct Caller {
    connection: Arc<dyn PeerConnection>,
    microphone: Arc<TrackLocalStaticRTP>,
    camera: Arc<TrackLocalStaticRTP>,
    ssrcs: (u32, u32),
    arrivals: watch::Receiver<Arrivals>,
    publishing: Vec<JoinHandle<()>>,
}

struct Handler {
    runtime: Arc<dyn Runtime>,
    gathered: watch::Sender<bool>,
    arrivals: Arc<watch::Sender<Arrivals>>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.send_replace(true);
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let arrivals = Arc::clone(&self.arrivals);
        self.runtime.spawn(Box::pin(async move {
            let is_audio = track.kind().await == RtpCodecKind::Audio;
            let mut frames = KeyFrames::default();
            while let Some(event) = track.poll().await {
                let TrackRemoteEvent::OnRtpPacket(packet) = event else { continue };
                let at = (packet.header.sequence_number, packet.header.timestamp);
                let is_frame = !is_audio && frames.take(at, packet.header.marker, &packet.payload);
                arrivals.send_if_modified(|it| note(it, is_audio, is_frame));
            }
        }));
    }
}

/// Notes a first time. False when it was none.
fn note(arrivals: &mut Arrivals, is_audio: bool, is_frame: bool) -> bool {
    let first = match (is_audio, is_frame) {
        (true, _) => &mut arrivals.audio,
        (false, true) => &mut arrivals.frame,
        (false, false) => return false,
    };
    let is_new = first.is_none();
    first.get_or_insert_with(Instant::now);
    is_new
}

impl Caller {
    /// A connection and its offer.
    pub(super) async fn new() -> Result<(Self, String)> {
        static SSRC: AtomicU32 = AtomicU32::new(5_000);
        let ssrc = SSRC.fetch_add(2, Ordering::Relaxed);
        let runtime = default_runtime().ok_or_else(|| Error::other("no runtime for webrtc"))?;
        let (gathered, mut is_gathered) = watch::channel(false);
        let (sender, arrivals) = watch::channel(Arrivals::default());
        let handler = Handler { runtime: runtime.clone(), gathered, arrivals: Arc::new(sender) };
        let mut engine = engine()?;
        let registry =
            register_default_interceptors(Registry::new(), &mut engine).map_err(Error::other)?;
        let registry = registry.with(LAST.into(), KeyRequests::default());
        let settings = SettingEngineBuilder::new()
            .with_ice_connection_attempts(Some(CHECK_EVERY), Some(MAX_CHECKS))
            .build();
        let building = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_setting_engine(settings)
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .with_handler(Arc::new(handler))
            .with_runtime(runtime)
            .with_udp_addrs(vec!["127.0.0.1:0".to_owned()])
            .build();
        let connection = Box::pin(building).await.map_err(Error::other)?;
        let caller = Caller {
            connection: Arc::new(connection),
            microphone: track(RtpCodecKind::Audio, ssrc),
            camera: track(RtpCodecKind::Video, ssrc.wrapping_add(1)),
            ssrcs: (ssrc, ssrc.wrapping_add(1)),
            arrivals,
            publishing: vec![],
        };
        caller.add_lines().await?;
        let offer = caller.connection.create_offer(None).await.map_err(Error::other)?;
        caller.connection.set_local_description(offer).await.map_err(Error::other)?;
        timeout(GATHERED_WITHIN, is_gathered.wait_for(|done| *done))
            .await
            .map_err(Error::other)?
            .map_err(Error::other)?;
        let offer = caller.connection.local_description().await;
        let offer = offer.ok_or_else(|| Error::other("there is no offer"))?;
        Ok((caller, offer.sdp))
    }

    async fn add_lines(&self) -> Result<()> {
        use RTCRtpTransceiverDirection::{Recvonly, Sendonly};
        for local in [&self.microphone, &self.camera] {
            let local: Arc<dyn TrackLocal> = Arc::<TrackLocalStaticRTP>::clone(local);
            let added = self.connection.add_transceiver_from_track(local, only(Sendonly));
            added.await.map_err(Error::other)?;
        }
        for kind in [RtpCodecKind::Audio, RtpCodecKind::Video].repeat(SLOTS) {
            let added = self.connection.add_transceiver_from_kind(kind, only(Recvonly));
            added.await.map_err(Error::other)?;
        }
        Ok(())
    }

    /// Takes the answer.
    pub(super) async fn take(&self, answer: String) -> Result<()> {
        let answer = RTCSessionDescription::answer(answer).map_err(Error::other)?;
        self.connection.set_remote_description(answer).await.map_err(Error::other)
    }

    /// Waits until it has heard and seen somebody, or until the time is over.
    pub(super) async fn arrivals(&self, within: Duration) -> Arrivals {
        let mut arrivals = self.arrivals.clone();
        let both = arrivals.wait_for(|it| it.audio.is_some() && it.frame.is_some());
        // What is missing is missing in the figure.
        let _in_time = timeout(within, both).await;
        *self.arrivals.borrow()
    }

    /// Sends sound and pictures from now on; a key frame when somebody asks for one.
    pub(super) fn publish(&mut self) {
        let wants_key = Arc::new(Mutex::new(true));
        let camera = Arc::clone(&self.camera);
        let asked = Arc::clone(&wants_key);
        self.publishing.push(tokio::spawn(async move {
            while let Some(TrackLocalEvent::OnRtcpPacket(_)) = camera.poll().await {
                *asked.lock().unwrap_or_else(PoisonError::into_inner) = true;
            }
        }));
        let source = Source {
            microphone: Arc::clone(&self.microphone),
            camera: Arc::clone(&self.camera),
            ssrcs: self.ssrcs,
            sound: 0,
            picture: 0,
            video_sequence: 0,
        };
        self.publishing.push(tokio::spawn(source.run(wants_key)));
    }

    /// Ends it.
    pub(super) async fn close(self) -> Result<()> {
        self.publishing.iter().for_each(JoinHandle::abort);
        self.connection.close().await.map_err(Error::other)
    }
}

/// What a participant sends.
struct Source {
    microphone: Arc<TrackLocalStaticRTP>,
    camera: Arc<TrackLocalStaticRTP>,
    ssrcs: (u32, u32),
    sound: u32,
    picture: u32,
    video_sequence: u16,
}

impl Source {
    async fn run(mut self, wants_key: Arc<Mutex<bool>>) {
        let mut ticks = interval(PACKET_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            ticks.tick().await;
            if self.speak().await.is_err() {
                return;
            }
            if self.sound.is_multiple_of(2) {
                let is_key =
                    std::mem::take(&mut *wants_key.lock().unwrap_or_else(PoisonError::into_inner));
                if self.show(is_key).await.is_err() {
                    return;
                }
            }
        }
    }

    async fn speak(&mut self) -> Result<()> {
        let [.., high, low] = self.sound.to_be_bytes();
        let header = rtp::Header {
            version: 2,
            payload_type: AUDIO,
            sequence_number: u16::from_be_bytes([high, low]),
            timestamp: self.sound.wrapping_mul(SOUND_STEP),
            ssrc: self.ssrcs.0,
            ..Default::default()
        };
        self.sound = self.sound.wrapping_add(1);
        send(&self.microphone, header, Bytes::from_static(&SOUND)).await
    }

    async fn show(&mut self, is_key: bool) -> Result<()> {
        let [.., high, low] = self.picture.to_be_bytes();
        let packets = video::frame(u16::from_be_bytes([high, low]) & 0x7FFF, is_key);
        let last = packets.len().saturating_sub(1);
        for (index, payload) in packets.into_iter().enumerate() {
            let header = rtp::Header {
                version: 2,
                marker: index == last,
                payload_type: VIDEO,
                sequence_number: self.video_sequence,
                timestamp: self.picture.wrapping_mul(PICTURE_STEP),
                ssrc: self.ssrcs.1,
                ..Default::default()
            };
            self.video_sequence = self.video_sequence.wrapping_add(1);
            send(&self.camera, header, Bytes::from(payload)).await?;
        }
        self.picture = self.picture.wrapping_add(1);
        Ok(())
    }
}

async fn send(track: &TrackLocalStaticRTP, header: rtp::Header, payload: Bytes) -> Result<()> {
    track.write_rtp(rtp::Packet { header, payload }).await.map_err(Error::other)
}

/// Lets requests for key frames through to the track: other RTCP is handled before, and ends here.
#[derive(Default)]
struct KeyRequests {
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for KeyRequests {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = RtcError;
    type Time = Instant;

    fn handle_read(&mut self, mut packet: TaggedPacket) -> std::result::Result<(), RtcError> {
        if let Packet::Rtcp(all) = &mut packet.message.packet {
            all.retain(|it| it.as_any().is::<PictureLossIndication>());
            if all.is_empty() {
                return Ok(());
            }
            packet.message.add(Attribute::DeliverToApplication);
        }
        self.inbound.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> std::result::Result<(), RtcError> {
        self.outbound.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl Interceptor for KeyRequests {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

fn codec(kind: RtpCodecKind) -> RTCRtpCodec {
    let is_audio = kind == RtpCodecKind::Audio;
    RTCRtpCodec {
        mime_type: if is_audio { "audio/opus" } else { "video/VP8" }.to_owned(),
        clock_rate: if is_audio { 48_000 } else { 90_000 },
        channels: if is_audio { 2 } else { 0 },
        sdp_fmtp_line: if is_audio { "minptime=10;useinbandfec=1" } else { "" }.to_owned(),
        rtcp_feedback: vec![],
    }
}

fn engine() -> Result<MediaEngine> {
    let mut engine = MediaEngine::default();
    for (kind, payload_type) in [(RtpCodecKind::Audio, AUDIO), (RtpCodecKind::Video, VIDEO)] {
        let parameters = RTCRtpCodecParameters { rtp_codec: codec(kind), payload_type };
        engine.register_codec(parameters, kind).map_err(Error::other)?;
        let uri = "urn:ietf:params:rtp-hdrext:sdes:mid".to_owned();
        let mid = RTCRtpHeaderExtensionCapability { uri };
        engine.register_header_extension(mid, kind, None).map_err(Error::other)?;
    }
    Ok(engine)
}

fn track(kind: RtpCodecKind, ssrc: u32) -> Arc<TrackLocalStaticRTP> {
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec: codec(kind),
        ..Default::default()
    };
    let name = format!("{kind}");
    let track = MediaStreamTrack::new(name.clone(), name.clone(), name, kind, vec![encoding]);
    Arc::new(TrackLocalStaticRTP::new(track))
}

/// One direction of a transceiver.
fn only(direction: RTCRtpTransceiverDirection) -> Option<RTCRtpTransceiverInit> {
    Some(RTCRtpTransceiverInit { direction, streams: vec![], send_encodings: vec![] })
}
