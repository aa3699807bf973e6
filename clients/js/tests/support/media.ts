/** Stand-ins for the browser's media: they keep count of what was done to them. */
import type { MediaPlatform } from '../../src/platform.js';

/** A track that remembers whether it was stopped. */
export class FakeTrack {
  readyState: 'live' | 'ended' = 'live';
  enabled = true;
  contentHint = '';
  onended: (() => void) | null = null;
  readonly kind: 'audio' | 'video';
  readonly deviceId: string;

  constructor(kind: 'audio' | 'video', deviceId = 'default') {
    this.kind = kind;
    this.deviceId = deviceId;
  }

  stop(): void {
    this.readyState = 'ended';
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.deviceId };
  }

  /** Pulled out. */
  pullOut(): void {
    this.readyState = 'ended';
    this.onended?.();
  }

  get asTrack(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

class FakeSender {
  track: FakeTrack | null = null;
  async replaceTrack(track: FakeTrack | null): Promise<void> {
    this.track = track;
  }
}

interface FakeLine {
  kind: 'audio' | 'video';
  init: RTCRtpTransceiverInit;
  sender: FakeSender;
  receiver: { track: FakeTrack };
}

/** A peer connection that connects when it is told. */
export class FakePeer {
  readonly lines: FakeLine[] = [];
  readonly offers: boolean[] = [];
  readonly answers: string[] = [];
  readonly configuration: RTCConfiguration;
  localDescription: { sdp: string } | null = null;
  connectionState: RTCPeerConnectionState = 'new';
  onconnectionstatechange: (() => void) | null = null;
  report: [string, object][] = [];

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration;
  }

  addTransceiver(kind: 'audio' | 'video', init: RTCRtpTransceiverInit): FakeLine {
    const line = { kind, init, sender: new FakeSender(), receiver: { track: new FakeTrack(kind) } };
    this.lines.push(line);
    return line;
  }

  async createOffer({ iceRestart = false }: RTCOfferOptions = {}): Promise<{ sdp: string }> {
    this.offers.push(iceRestart);
    return { sdp: `offer ${this.offers.length}` };
  }

  async setLocalDescription(description: { sdp: string }): Promise<void> {
    this.localDescription = description;
  }

  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    if (this.connectionState === 'closed') throw new DOMException('', 'InvalidStateError');
    this.answers.push(sdp);
  }

  async getStats(): Promise<Map<string, object>> {
    return new Map(this.report);
  }

  close(): void {
    this.connectionState = 'closed';
  }

  /** What the browser says. */
  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  /** Tracks sent now: microphone, camera, screen. */
  get sent(): (FakeTrack | null)[] {
    return this.lines.slice(0, 3).map((it) => it.sender.track);
  }
}

/** A browser with one camera and one microphone. */
export class FakePlatform implements MediaPlatform {
  readonly peers: FakePeer[] = [];
  readonly opened: FakeTrack[] = [];
  /** Thrown instead of giving a device. */
  refusal: DOMException | undefined;

  newPeer(configuration: RTCConfiguration): RTCPeerConnection {
    const peer = new FakePeer(configuration);
    this.peers.push(peer);
    return peer as unknown as RTCPeerConnection;
  }

  newStream(tracks: MediaStreamTrack[]): MediaStream {
    return { getTracks: () => tracks } as unknown as MediaStream;
  }

  async getUserMedia({ audio, video }: MediaStreamConstraints): Promise<MediaStream> {
    return this.#open([...(audio ? [idOf(audio)] : [])], [...(video ? [idOf(video)] : [])]);
  }

  async getDisplayMedia(): Promise<MediaStream> {
    return this.#open([], ['screen']);
  }

  codecs(kind: 'audio' | 'video'): RTCRtpCodec[] | null {
    return ['opus', 'VP8', 'H264', 'rtx'].map((name) => ({
      mimeType: `${kind}/${name}`,
      clockRate: 90_000,
    }));
  }

  /** The newest peer connection. */
  get peer(): FakePeer {
    const peer = this.peers.at(-1);
    if (!peer) throw new Error('no peer connection was made');
    return peer;
  }

  /** Peer connections that are not closed. */
  get alive(): FakePeer[] {
    return this.peers.filter((it) => it.connectionState !== 'closed');
  }

  #open(audio: string[], video: string[]): MediaStream {
    if (this.refusal) throw this.refusal;
    const tracks = [
      ...audio.map((id) => new FakeTrack('audio', id)),
      ...video.map((id) => new FakeTrack('video', id)),
    ];
    this.opened.push(...tracks);
    return {
      getTracks: () => tracks,
      getAudioTracks: () => tracks.filter((it) => it.kind === 'audio'),
      getVideoTracks: () => tracks.filter((it) => it.kind === 'video'),
    } as unknown as MediaStream;
  }
}

const idOf = (constraints: boolean | MediaTrackConstraints): string => {
  const id = typeof constraints === 'object' ? constraints.deviceId : undefined;
  return typeof id === 'object' && 'exact' in id ? String(id.exact) : 'default';
};
