/**
 * MEDIA of one visit: joins, keeps, and joins again.
 *
 * The offer is ready before it may be sent, so that admission costs one round trip. Once joined, slots are read off the
 * visit's view; nothing is negotiated again but ICE. When a transport is lost (network, worker, somebody took the seat)
 * a fresh join takes its place, again and again with a growing random wait, for as long as the visit lets us.
 */
import { Alarm, backoff, type Clock, type Random } from './clock.js';
import { asError, type BedsideError } from './errors.js';
import { Peer, type Tracks } from './peer.js';
import type { MediaPlatform } from './platform.js';
import type {
  AppointmentId,
  MediaAnswer,
  MediaView,
  ParticipantId,
  Paused,
  Source,
} from './protocol.gen.js';
import { Cell } from './store.js';

/** How media is. */
export interface MediaState {
  readonly phase: 'off' | 'joining' | 'connected' | 'reconnecting' | 'failed';
  /** Code of the fault, or what happened, in one word. */
  readonly reason?: string;
}

/** What somebody else sends, in the slot where it arrives. */
export interface Tile {
  readonly participantId: ParticipantId;
  readonly source: 'camera' | 'screen';
  /** Sound and picture. */
  readonly stream: MediaStream;
  readonly slot: number;
  /** Why the picture is held back, while it is. */
  readonly paused?: Paused;
}

/** What media needs. */
export interface MediaEnvironment {
  readonly appointmentId: AppointmentId;
  readonly platform: MediaPlatform;
  readonly clock: Clock;
  readonly random: Random;
  /** `media.join` and `media.restart`. */
  readonly send: (op: 'media.join' | 'media.restart', offer: string) => Promise<MediaAnswer>;
  /** What the user sends now. */
  readonly tracks: () => Tracks;
  /** A transport is there: sources and sizes have to be told again. */
  readonly onJoined: () => void;
}

/** A connection that hiccups this long is given other ICE credentials. */
export const HICCUP_MS = 1_500;
/** A join or restart that is not connected by then is given up. */
export const CONNECT_MS = 8_000;
/** Attempts after which people are told that it does not work; it is tried on. */
const TELL_AFTER = 5;
const LONGEST_WAIT_MS = 10_000;
/** The same seat in two tabs: whoever lost it so often within the time leaves it to the other. */
const TAKEOVERS = 3;
const TAKEOVERS_WITHIN_MS = 30_000;

/** The media of one visit. */
export class MediaLink {
  readonly state = new Cell<MediaState>({ phase: 'off' });
  readonly tiles = new Cell<Tile[]>([]);
  readonly #environment: MediaEnvironment;
  readonly #alarm: Alarm;
  #onAlarm: () => void = () => undefined;
  #peer: Peer | undefined;
  #prepared: { peer: Peer; offer: Promise<string> } | undefined;
  #iceServers: RTCIceServer[] = [];
  #isWanted = false;
  /** Counts joins: what belongs to an older one is not used. */
  #run = 0;
  #attempt = 0;
  #transport: number | undefined;
  /** The view has shown our transport. */
  #isSeen = false;
  #isRestarting = false;
  #takeovers: number[] = [];

  constructor(environment: MediaEnvironment) {
    this.#environment = environment;
    this.#alarm = new Alarm(environment.clock, () => this.#onAlarm());
  }

  /** The peer connection in use, to measure it. */
  get peer(): Peer | undefined {
    return this.state.get().phase === 'connected' ? this.#peer : undefined;
  }

  /** True while a transport exists whose sources can be set. */
  get isJoined(): boolean {
    return this.#transport !== undefined;
  }

  /** STUN and TURN servers for the next join. */
  setIceServers(servers: RTCIceServer[]): void {
    this.#iceServers = servers;
    if (this.#prepared) this.#prepareAnew();
  }

  /** Makes the offer, so that it is there when it may be sent. */
  prepare(): void {
    if (this.#prepared || this.#peer) return;
    const peer = new Peer(this.#environment.platform, this.#iceServers, (state) =>
      this.#changed(peer, state),
    );
    const offer = this.#offer(peer);
    // Whoever joins hears of the failure; here nobody listens yet.
    offer.catch(() => undefined);
    this.#prepared = { peer, offer };
  }

  /** Whether the visit lets us have media now. */
  want(isWanted: boolean): void {
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    this.#takeovers = [];
    this.#attempt = 0;
    if (isWanted) this.#join();
    else this.#drop({ phase: 'off' });
  }

  /** What the hub says of our media in the visit's view. */
  view(media: MediaView | undefined): void {
    const own = this.#transport;
    if (!this.#isWanted || own === undefined) return;
    if (media?.transport === own) {
      this.#isSeen = true;
      this.#showTiles(media);
    } else if (this.#isSeen || (media !== undefined && media.transport > own)) {
      this.#lostSeat(media);
    }
    // Otherwise the view is older than the answer to our join.
  }

  /** Sends another track in a line. */
  replace(source: Source, track: MediaStreamTrack | null): void {
    const peer = this.#peer ?? this.#prepared?.peer;
    // A line that is being closed refuses; the next one begins with the tracks of then.
    peer?.replace(source, track).catch(() => undefined);
  }

  /** The network is another one: what was gathered for the old one is worth nothing. */
  networkChanged(): void {
    if (this.#peer) this.#restart();
    else if (this.#prepared) this.#prepareAnew();
  }

  /** Ends media and whatever was prepared. Own tracks go on. */
  close(): void {
    this.#isWanted = false;
    this.#drop({ phase: 'off' });
    this.#discardPrepared();
  }

  async #offer(peer: Peer): Promise<string> {
    for (const source of ['microphone', 'camera', 'screen'] as const) {
      await peer.replace(source, this.#environment.tracks()[source]);
    }
    return peer.offer();
  }

  #join(): void {
    const run = ++this.#run;
    this.#closePeer();
    const isAgain = this.#attempt > 0;
    if (this.state.get().phase !== 'failed') {
      this.state.set({ ...this.state.get(), phase: isAgain ? 'reconnecting' : 'joining' });
    }
    this.#tryToJoin(run).catch((error: unknown) => {
      if (run === this.#run) this.#refused(asError(error));
    });
  }

  async #tryToJoin(run: number): Promise<void> {
    this.prepare();
    const prepared = this.#prepared;
    if (!prepared) return;
    this.#prepared = undefined;
    this.#peer = prepared.peer;
    const sdp = await prepared.offer;
    if (run !== this.#run) return;
    const answer = await this.#environment.send('media.join', sdp);
    if (run !== this.#run) return;
    this.#transport = answer.transport;
    this.#isSeen = false;
    if (answer.ice_servers.length > 0) this.#iceServers = answer.ice_servers;
    this.#ring(CONNECT_MS, () => this.#again('timeout'));
    await prepared.peer.answer(answer.answer);
    if (run === this.#run) this.#environment.onJoined();
  }

  #refused(error: BedsideError): void {
    if (error.retry === 'never') {
      this.#drop({ phase: 'failed', reason: error.code });
    } else {
      this.#again(error.code, error.fault.after_ms);
    }
  }

  /** Begins anew after a random wait that grows. */
  #again(reason: string, atLeastMs = 0): void {
    if (!this.#isWanted) return;
    this.#drop({ phase: this.#attempt >= TELL_AFTER ? 'failed' : 'reconnecting', reason });
    const { random } = this.#environment;
    const wait = Math.max(atLeastMs, backoff(this.#attempt, random, 300, LONGEST_WAIT_MS));
    this.#attempt += 1;
    this.prepare();
    this.#ring(wait, () => this.#join());
  }

  #changed(peer: Peer, state: RTCPeerConnectionState): void {
    if (peer !== this.#peer) return;
    if (state === 'connected') {
      this.#alarm.clear();
      this.#isRestarting = false;
      this.#attempt = 0;
      this.state.set({ phase: 'connected' });
    } else if (state === 'disconnected') {
      this.state.set({ phase: 'reconnecting', reason: 'network' });
      this.#ring(HICCUP_MS, () => this.#restart());
    } else if (state === 'failed') {
      if (this.#isRestarting || this.state.get().phase === 'joining') this.#again('network');
      else this.#restart();
    }
  }

  /** Other ICE credentials for the same transport; when that does not help, a fresh join. */
  #restart(): void {
    const peer = this.#peer;
    if (!peer || this.#transport === undefined || this.#isRestarting) return;
    const run = this.#run;
    this.#isRestarting = true;
    this.#ring(CONNECT_MS, () => this.#again('network'));
    this.#tryToRestart(peer).catch(() => {
      if (run !== this.#run) return;
      // It may have come back by itself meanwhile: what works is not thrown away.
      if (peer.state === 'connected') this.#isRestarting = false;
      else this.#again('network');
    });
  }

  async #tryToRestart(peer: Peer): Promise<void> {
    const sdp = await peer.offer(true);
    const answer = await this.#environment.send('media.restart', sdp);
    if (peer !== this.#peer) return;
    this.#transport = answer.transport;
    await peer.answer(answer.answer);
    // Where the old path still works, the state never leaves `connected` and nothing else will tell.
    if (peer === this.#peer && peer.state === 'connected') this.#changed(peer, 'connected');
  }

  #lostSeat(media: MediaView | undefined): void {
    if (media === undefined) return this.#again('media_unavailable');
    const now = this.#environment.clock.now();
    this.#takeovers = this.#takeovers.filter((at) => now - at < TAKEOVERS_WITHIN_MS);
    this.#takeovers.push(now);
    if (this.#takeovers.length >= TAKEOVERS) this.#drop({ phase: 'failed', reason: 'elsewhere' });
    else this.#again('taken_over');
  }

  #showTiles(media: MediaView): void {
    const before = this.tiles.get();
    const tiles = media.slots.flatMap(({ slot, participant_id, source, paused }): Tile[] => {
      const stream = this.#peer?.slots[slot];
      if (!stream || participant_id === undefined || source === 'microphone') return [];
      const tile: Tile = {
        participantId: participant_id,
        source,
        stream,
        slot,
        ...(paused ? { paused } : {}),
      };
      return [before.find((it) => isSame(it, tile)) ?? tile];
    });
    const isUnchanged =
      tiles.length === before.length && tiles.every((tile, index) => tile === before[index]);
    if (!isUnchanged) this.tiles.set(tiles);
  }

  #drop(state: MediaState): void {
    this.#run += 1;
    this.#alarm.clear();
    this.#closePeer();
    this.tiles.set([]);
    this.state.set(state);
  }

  #closePeer(): void {
    this.#peer?.close();
    this.#peer = undefined;
    this.#transport = undefined;
    this.#isSeen = false;
    this.#isRestarting = false;
  }

  #prepareAnew(): void {
    this.#discardPrepared();
    this.prepare();
  }

  #discardPrepared(): void {
    this.#prepared?.peer.close();
    this.#prepared = undefined;
  }

  #ring(ms: number, action: () => void): void {
    this.#onAlarm = action;
    this.#alarm.set(ms);
  }
}

const isSame = (one: Tile, other: Tile): boolean =>
  one.participantId === other.participantId &&
  one.source === other.source &&
  one.stream === other.stream &&
  one.slot === other.slot &&
  one.paused === other.paused;
