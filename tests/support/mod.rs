//! Headless participants for tests: real `webrtc` connections over loopback, fed with made-up packets.
//!
//! Owns no judgement: a [`Client`] joins, sends, and keeps what it receives; tests look at it.

pub(crate) mod relay;

use bedside::sfu::{Joined, MediaError, MediaPlane, Seat};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
    RTCPeerConnectionState,
};
use webrtc::runtime::{Runtime, default_runtime};

use rtc::interceptor::Registry;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::rtp;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};

/// A packet as it reached a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) payload: Vec<u8>,
}

/// Packets by SSRC.
pub(crate) type Inbox = Arc<Mutex<HashMap<u32, Vec<Received>>>>;

/// A headless participant.
pub(crate) struct Client {
    connection: Box<dyn PeerConnection>,
    microphone: Arc<TrackLocalStaticRTP>,
    camera: Arc<TrackLocalStaticRTP>,
    ssrcs: (u32, u32),
    pub(crate) inbox: Inbox,
    state: Arc<tokio::sync::watch::Receiver<RTCPeerConnectionState>>,
    sequences: (AtomicU32, AtomicU32),
    pub(crate) joined: Option<Joined>,
}

struct Handler {
    runtime: Arc<dyn Runtime>,
    gathered: tokio::sync::watch::Sender<bool>,
    state: tokio::sync::watch::Sender<RTCPeerConnectionState>,
    inbox: Inbox,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.send_replace(true);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.state.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let inbox = self.inbox.clone();
        self.runtime.spawn(Box::pin(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    let received = Received {
                        sequence: packet.header.sequence_number,
                        timestamp: packet.header.timestamp,
                        marker: packet.header.marker,
                        payload: packet.payload.to_vec(),
                    };
                    inbox.lock().unwrap().entry(packet.header.ssrc).or_default().push(received);
                }
            }
        }));
    }
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

fn engine() -> MediaEngine {
    let mut engine = MediaEngine::default();
    for (kind, payload_type) in [(RtpCodecKind::Audio, 111), (RtpCodecKind::Video, 96)] {
        let parameters = RTCRtpCodecParameters { rtp_codec: codec(kind), payload_type };
        engine.register_codec(parameters, kind).unwrap();
        let uris = ["urn:ietf:params:rtp-hdrext:sdes:mid"];
        for uri in uris {
            let capability = RTCRtpHeaderExtensionCapability { uri: uri.to_owned() };
            engine.register_header_extension(capability, kind, None).unwrap();
        }
    }
    engine
}

fn track(kind: RtpCodecKind, ssrc: u32) -> Arc<TrackLocalStaticRTP> {
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec: codec(kind),
        ..Default::default()
    };
    let name = format!("{kind}");
    Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
        name.clone(),
        name.clone(),
        name,
        kind,
        vec![encoding],
    )))
}

/// One direction of a transceiver.
fn only(direction: RTCRtpTransceiverDirection) -> Option<RTCRtpTransceiverInit> {
    Some(RTCRtpTransceiverInit { direction, streams: vec![], send_encodings: vec![] })
}

impl Client {
    /// A connection with a microphone, a camera and this many slots; its offer is ready.
    pub(crate) async fn new(slots: usize) -> (Self, String) {
        static SSRC: AtomicU32 = AtomicU32::new(5_000);
        let ssrc = SSRC.fetch_add(2, Ordering::Relaxed);
        let runtime = default_runtime().unwrap();
        let (gathered, mut is_gathered) = tokio::sync::watch::channel(false);
        let (state_sender, state) = tokio::sync::watch::channel(RTCPeerConnectionState::New);
        let inbox = Inbox::default();
        let handler = Handler {
            runtime: runtime.clone(),
            gathered,
            state: state_sender,
            inbox: inbox.clone(),
        };
        let mut engine = engine();
        let registry = register_default_interceptors(Registry::new(), &mut engine).unwrap();
        let connection = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .with_handler(Arc::new(handler))
            .with_runtime(runtime)
            .with_udp_addrs(vec!["127.0.0.1:0".to_owned()])
            .build()
            .await
            .unwrap();
        let microphone = track(RtpCodecKind::Audio, ssrc);
        let camera = track(RtpCodecKind::Video, ssrc + 1);
        for local in [&microphone, &camera] {
            let local: Arc<dyn TrackLocal> = local.clone();
            connection
                .add_transceiver_from_track(local, only(RTCRtpTransceiverDirection::Sendonly))
                .await
                .unwrap();
        }
        for _ in 0..slots {
            for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
                connection
                    .add_transceiver_from_kind(kind, only(RTCRtpTransceiverDirection::Recvonly))
                    .await
                    .unwrap();
            }
        }
        let offer = connection.create_offer(None).await.unwrap();
        connection.set_local_description(offer).await.unwrap();
        tokio::time::timeout(Duration::from_secs(10), is_gathered.wait_for(|done| *done))
            .await
            .unwrap()
            .unwrap();
        let offer = connection.local_description().await.unwrap().sdp;
        let client = Self {
            connection: Box::new(connection),
            microphone,
            camera,
            ssrcs: (ssrc, ssrc + 1),
            inbox,
            state: Arc::new(state),
            sequences: (AtomicU32::new(100), AtomicU32::new(60_000)),
            joined: None,
        };
        (client, offer)
    }

    /// Joins a room and waits until media can flow.
    pub(crate) async fn join(plane: &impl MediaPlane, seat: Seat, slots: usize) -> Self {
        let (mut client, offer) = Self::new(slots).await;
        let joined = plane.join(seat, offer).await.unwrap();
        client.take(joined).await;
        client.connected(Duration::from_secs(10)).await;
        client
    }

    /// Joins from behind a NAT.
    pub(crate) async fn join_behind(
        plane: &impl MediaPlane,
        seat: Seat,
        slots: usize,
        relay: &relay::Relay,
    ) -> Self {
        let (mut client, offer) = Self::new(slots).await;
        let mut joined = plane.join(seat, offer).await.unwrap();
        joined.answer = relay.translate(&joined.answer);
        client.take(joined).await;
        client.connected(Duration::from_secs(10)).await;
        client
    }

    /// Joins, expecting to be refused.
    pub(crate) async fn refused(plane: &impl MediaPlane, seat: Seat, slots: usize) -> MediaError {
        let (_client, offer) = Self::new(slots).await;
        plane.join(seat, offer).await.unwrap_err()
    }

    /// Takes an answer.
    pub(crate) async fn take(&mut self, joined: Joined) {
        let answer = RTCSessionDescription::answer(joined.answer.clone()).unwrap();
        self.joined = Some(joined);
        self.connection.set_remote_description(answer).await.unwrap();
    }

    /// Whether it is connected within this time.
    pub(crate) async fn is_connected(&self, patience: Duration) -> bool {
        let mut state = (*self.state).clone();
        let wanted = state.wait_for(|state| *state == RTCPeerConnectionState::Connected);
        tokio::time::timeout(patience, wanted).await.is_ok()
    }

    /// Waits until it is connected.
    pub(crate) async fn connected(&self, patience: Duration) {
        assert!(
            self.is_connected(patience).await,
            "no connection; the last state was {:?}",
            *self.state.borrow()
        );
    }

    /// Sends one packet of sound that carries `text`.
    pub(crate) async fn speak(&self, text: &str) {
        let number = self.sequences.0.fetch_add(1, Ordering::Relaxed);
        self.send(
            &self.microphone,
            (self.ssrcs.0, 111),
            number,
            number.wrapping_mul(960),
            text.as_bytes(),
        )
        .await;
    }

    /// Sends one picture in one packet, that carries `text` behind a VP8 descriptor.
    pub(crate) async fn show(&self, text: &str, is_key: bool) {
        let number = self.sequences.1.fetch_add(1, Ordering::Relaxed);
        let [.., high, low] = number.to_be_bytes();
        let mut payload = vec![0x90, 0x80, 0x80 | high, low, u8::from(!is_key)];
        payload.extend_from_slice(text.as_bytes());
        self.send(&self.camera, (self.ssrcs.1, 96), number, number.wrapping_mul(3000), &payload)
            .await;
    }

    async fn send(
        &self,
        track: &TrackLocalStaticRTP,
        (ssrc, payload_type): (u32, u8),
        number: u32,
        timestamp: u32,
        payload: &[u8],
    ) {
        let header = rtp::Header {
            version: 2,
            marker: true,
            payload_type,
            sequence_number: (number & 0xFFFF) as u16,
            timestamp,
            ssrc,
            ..Default::default()
        };
        let packet = rtp::Packet { header, payload: bytes::Bytes::copy_from_slice(payload) };
        track.write_rtp(packet).await.unwrap();
    }

    /// How many packets carry `text` anywhere in them.
    pub(crate) fn count(&self, text: &str) -> usize {
        let inbox = self.inbox.lock().unwrap();
        let is_it = |packet: &&Received| {
            packet.payload.windows(text.len()).any(|window| window == text.as_bytes())
        };
        inbox.values().flatten().filter(is_it).count()
    }

    /// Ends the connection.
    pub(crate) async fn close(&self) {
        self.connection.close().await.unwrap();
    }
}

/// Polls until it is true, or fails the test after ten seconds.
pub(crate) async fn eventually(what: &str, mut is_true: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if is_true() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never happened: {what}");
}
