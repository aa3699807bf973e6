/**
 * ONE PEER CONNECTION of one join: one offer, one answer, the same lines for the whole visit.
 *
 * Lines, in this order: microphone, camera (three simulcast layers), screen, then pairs of audio and video that receive:
 * the slots. Whoever comes, goes, mutes or shares later changes what flows in a line, never the lines. The only other
 * offer is an ICE restart. Invariant: nothing here ever stops a track; tracks belong to whoever opened them.
 */
import type { MediaPlatform } from './platform.js';
import type { Source } from './protocol.gen.js';

/** Pairs of receive lines in the offer. */
export const SLOTS = 8;

/** The tracks that somebody sends. */
export type Tracks = Readonly<Record<Source, MediaStreamTrack | null>>;

/** Largest first in quality, smallest first on the wire. Below 960×540 Chromium sends two layers only. */
const LAYERS: RTCRtpEncodingParameters[] = [
  { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 400_000 },
  { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 1_200_000 },
];

/**
 * One codec a kind, the one that every browser has: the SFU forwards, it does not transcode. Sound may come with copies
 * of what came before (RFC 2198), so that a lost packet is not heard; who cannot read them gets the plain sound.
 */
const CODECS = { audio: /^audio\/(opus|red)$/i, video: /^video\/(vp8|rtx)$/i };

/** One peer connection. */
export class Peer {
  /** Audio and video of each slot in one stream, so that lips and voice stay together. */
  readonly slots: readonly MediaStream[];
  readonly #connection: RTCPeerConnection;
  readonly #senders: Readonly<Record<Source, RTCRtpSender>>;

  constructor(
    platform: MediaPlatform,
    iceServers: RTCIceServer[],
    onState: (state: RTCPeerConnectionState) => void,
  ) {
    const connection = platform.newPeer({
      iceServers,
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    });
    this.#connection = connection;
    const line = (kind: 'audio' | 'video', init: RTCRtpTransceiverInit): RTCRtpTransceiver => {
      const transceiver = connection.addTransceiver(kind, init);
      const codecs = platform.codecs(kind)?.filter((it) => CODECS[kind].test(it.mimeType)) ?? [];
      if (codecs.length > 0) transceiver.setCodecPreferences?.(codecs);
      return transceiver;
    };
    this.#senders = {
      microphone: line('audio', { direction: 'sendonly' }).sender,
      camera: line('video', { direction: 'sendonly', sendEncodings: LAYERS }).sender,
      screen: line('video', { direction: 'sendonly' }).sender,
    };
    this.slots = Array.from({ length: SLOTS }, () => {
      const audio = line('audio', { direction: 'recvonly' });
      const video = line('video', { direction: 'recvonly' });
      return platform.newStream([audio.receiver.track, video.receiver.track]);
    });
    connection.onconnectionstatechange = () => onState(connection.connectionState);
  }

  /** How it is. */
  get state(): RTCPeerConnectionState {
    return this.#connection.connectionState;
  }

  /** The offer, or a new one with other ICE credentials. The SFU needs no candidates: nothing is waited for. */
  async offer(iceRestart = false): Promise<string> {
    const offer = await this.#connection.createOffer({ iceRestart });
    await this.#connection.setLocalDescription(offer);
    return this.#connection.localDescription?.sdp ?? offer.sdp ?? '';
  }

  /** The answer. */
  async answer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
  }

  /** What is sent in a line from now on. */
  async replace(source: Source, track: MediaStreamTrack | null): Promise<void> {
    const sender = this.#senders[source];
    if (sender.track !== track) await sender.replaceTrack(track);
  }

  /** Measures. */
  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  /** Ends it; tracks of the user go on. */
  close(): void {
    this.#connection.onconnectionstatechange = null;
    this.#connection.close();
  }
}
