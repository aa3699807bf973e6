/**
 * A VISIT, as the person at this screen takes part in it: what the hub lets them see, their own devices, and media
 * that joins by itself.
 */
import type { CallOptions } from './calls.js';
import { Alarm, type Clock, type Random } from './clock.js';
import type { Following, TopicStatus } from './following.js';
import { MediaLink, type MediaState, type Tile } from './media.js';
import { Meter } from './meter.js';
import { OwnDevices, type OwnMedia } from './own.js';
import type { MediaPlatform } from './platform.js';
import type {
  AppointmentId,
  DeviceCheck,
  Event,
  Fault,
  InvitedGuest,
  OperationMap,
  Participant,
  ParticipantId,
  Role,
  Topic,
  VisitView,
} from './protocol.gen.js';
import type { Quality } from './quality.js';
import { Cell, type Store } from './store.js';

/** What a visit needs of the client. */
export interface VisitHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly platform: MediaPlatform;
  call<K extends keyof OperationMap>(
    op: K,
    params: OperationMap[K]['params'],
    options?: CallOptions,
  ): Promise<OperationMap[K]['output']>;
  follow(topic: Topic): Following;
}

/** Operations on somebody in the visit. */
type OnSomebody = 'visit.admit' | 'visit.hold' | 'visit.mute' | 'visit.revoke';

const SIZES_AFTER_MS = 250;
const LARGEST = 0xffff;

/** One visit. Get it from {@link Bedside.visit}. */
export class Visit {
  readonly id: AppointmentId;
  /** The visit as the viewer may see it; follows while somebody watches, and after `enter`. */
  readonly view: Store<VisitView | null>;
  /** How far `view` can be trusted. */
  readonly status: Store<TopicStatus>;
  /** Why there is no view. */
  readonly fault: Store<Fault | null>;
  /** Who speaks. */
  readonly speaker: Store<ParticipantId | null>;
  /** How media is. */
  readonly media: Store<MediaState>;
  /** What the others send. */
  readonly tiles: Store<Tile[]>;
  /** The user's own devices. */
  readonly own: Store<OwnMedia>;
  /** How good the link is. */
  readonly quality: Store<Quality | null>;

  readonly #host: VisitHost;
  readonly #view: Cell<VisitView | null>;
  readonly #status: Cell<TopicStatus>;
  readonly #fault: Cell<Fault | null>;
  readonly #speaker: Cell<ParticipantId | null>;
  readonly #link: MediaLink;
  readonly #devices: OwnDevices;
  readonly #meter: Meter;
  readonly #sizing: Alarm;
  readonly #sizes = new Map<number, { width: number; height: number }>();
  #watchers = 0;
  #hasEntered = false;
  #isEntering = false;
  #following: Following | undefined;
  #unsubscribe: (() => void)[] = [];
  #toldSources = '';
  #isTellingSources = false;

  constructor(host: VisitHost, id: string) {
    this.id = id as AppointmentId;
    this.#host = host;
    const watch = (isWatched: boolean): void => {
      this.#watchers += isWatched ? 1 : -1;
      this.#followIfNeeded();
    };
    this.view = this.#view = new Cell<VisitView | null>(null, watch);
    this.status = this.#status = new Cell<TopicStatus>('loading', watch);
    this.fault = this.#fault = new Cell<Fault | null>(null, watch);
    this.speaker = this.#speaker = new Cell<ParticipantId | null>(null, watch);
    this.#devices = new OwnDevices(host.platform, (source, track) => {
      this.#link.replace(source, track);
      // A click is answered by the button itself; what the hub missed is told again when it is back.
      this.#tellSources().catch(() => undefined);
    });
    this.own = this.#devices.media;
    this.#link = new MediaLink({
      appointmentId: this.id,
      platform: host.platform,
      clock: host.clock,
      random: host.random,
      send: (op, offer) => this.#call(op, { appointment_id: this.id, offer }),
      tracks: () => this.#devices.tracks,
      onJoined: () => this.#joined(),
    });
    this.media = this.#link.state;
    this.tiles = this.#link.tiles;
    this.#meter = new Meter({
      clock: host.clock,
      peer: () => this.#link.peer,
      isPaused: () => this.#link.tiles.get().some((it) => it.paused === 'bandwidth'),
      report: (report) => this.#call('media.report', { appointment_id: this.id, ...report }),
    });
    this.quality = this.#meter.quality;
    this.#sizing = new Alarm(host.clock, () => this.#tellSizes());
  }

  /** Makes ready what `enter` needs, as during a device check; sends nothing, and lasts while somebody watches. */
  prepare(): void {
    this.#link.prepare();
  }

  /** Comes in, or begins to wait. Media joins by itself as soon as the visit lets it. */
  async enter(): Promise<VisitView> {
    this.#hasEntered = true;
    this.#link.prepare();
    this.#followIfNeeded();
    this.#isEntering = true;
    try {
      const view = this.#seen(await this.#call('visit.enter', { appointment_id: this.id }));
      // Whoever is in already, such as after a reload, changes nothing by it, and no event follows.
      const known = this.#view.get();
      if (known) this.#show(known);
      return view;
    } catch (error) {
      this.#gone();
      throw error;
    } finally {
      this.#isEntering = false;
    }
  }

  /** Goes. The visit goes on, and one can come back; own tracks run until `release`. */
  async leave(): Promise<void> {
    this.#gone();
    await this.#call('visit.leave', { appointment_id: this.id });
  }

  /** Camera on or off; `own` tells how it went. */
  setCamera(on: boolean, deviceId?: string): Promise<void> {
    return this.#devices.setCamera(on, deviceId);
  }

  /** Microphone on or off; `own` tells how it went. */
  setMicrophone(on: boolean, deviceId?: string): Promise<void> {
    return this.#devices.setMicrophone(on, deviceId);
  }

  /** Shares a screen, or ends sharing; `own` tells how it went. */
  shareScreen(on: boolean): Promise<void> {
    return this.#devices.shareScreen(on);
  }

  /** Takes tracks that a device check opened; from now on the visit owns them. */
  useTracks(tracks: { camera?: MediaStreamTrack; microphone?: MediaStreamTrack }): void {
    this.#devices.use(tracks);
  }

  /** Says how large a slot is shown, in device pixels, so that no more is sent than is seen; 0×0 when it is hidden. */
  setTileSize(slot: number, width: number, height: number): void {
    const pixels = (value: number) => Math.min(LARGEST, Math.max(0, Math.round(value)));
    this.#sizes.set(slot, { width: pixels(width), height: pixels(height) });
    if (!this.#sizing.isSet) this.#sizing.set(SIZES_AFTER_MS);
  }

  /** Who is in the visit, as far as the viewer may see. */
  participants(): Participant[] {
    return this.#view.get()?.participants ?? [];
  }

  /** From the waiting room into the visit. */
  admit(participantId: ParticipantId): Promise<VisitView> {
    return this.#to('visit.admit', participantId);
  }

  /** Back to the waiting room. */
  hold(participantId: ParticipantId): Promise<VisitView> {
    return this.#to('visit.hold', participantId);
  }

  /** Mutes somebody's microphone; only they can turn it on again. */
  mute(participantId: ParticipantId): Promise<VisitView> {
    return this.#to('visit.mute', participantId);
  }

  /** Withdraws a guest's invitation. */
  revoke(participantId: ParticipantId): Promise<VisitView> {
    return this.#to('visit.revoke', participantId);
  }

  /** A link for a guest. */
  invite(role: Role, displayName: string): Promise<InvitedGuest> {
    return this.#call('visit.invite', {
      appointment_id: this.id,
      role,
      display_name: displayName,
    });
  }

  /** Ends the visit for all, for good. */
  async end(): Promise<VisitView> {
    return this.#seen(await this.#call('visit.end', { appointment_id: this.id }));
  }

  /** The patient did not come. */
  async markNoShow(): Promise<VisitView> {
    return this.#seen(await this.#call('visit.mark_no_show', { appointment_id: this.id }));
  }

  /** Tells the clinician how the device check went. */
  async reportDevice(check: DeviceCheck): Promise<VisitView> {
    return this.#seen(await this.#call('visit.report_device', { appointment_id: this.id, check }));
  }

  /** Stops the user's own tracks: lights go out. Only the application asks for it, or the end of the session. */
  release(): void {
    this.#devices.release();
  }

  /** The network is another one. */
  networkChanged(): void {
    this.#link.networkChanged();
  }

  /** STUN and TURN servers for the next join. */
  setIceServers(servers: RTCIceServer[]): void {
    this.#link.setIceServers(servers);
  }

  /** Ends everything here and forgets what was seen. */
  reset(): void {
    this.#gone();
    this.release();
    this.#unfollow();
    this.#sizing.clear();
    this.#sizes.clear();
    this.#view.set(null);
    this.#status.set('loading');
    this.#fault.set(null);
  }

  #call: VisitHost['call'] = (op, params, options) => this.#host.call(op, params, options);

  async #to(op: OnSomebody, participantId: ParticipantId): Promise<VisitView> {
    const params = { appointment_id: this.id, participant_id: participantId };
    return this.#seen(await this.#call(op, params));
  }

  /** Media ends; the view goes on for whoever watches. */
  #gone(): void {
    this.#hasEntered = false;
    this.#link.close();
    this.#meter.stop();
    this.#toldSources = '';
    this.#speaker.set(null);
    this.#followIfNeeded();
  }

  #followIfNeeded(): void {
    const isNeeded = this.#watchers > 0 || this.#hasEntered;
    if (!isNeeded) this.#unfollow();
    else if (!this.#following) this.#follow();
  }

  #follow(): void {
    const following = this.#host.follow(`visit:${this.id}`);
    this.#following = following;
    const state = (): void => {
      const known = following.state.get();
      this.#show(known?.kind === 'visit' ? known.visit : null);
    };
    const status = (): void => {
      this.#status.set(following.status.get());
      if (following.status.get() === 'live') this.#tellSources().catch(() => undefined);
    };
    const fault = (): void => this.#fault.set(following.fault.get());
    this.#unsubscribe = [
      following.state.subscribe(state),
      following.status.subscribe(status),
      following.fault.subscribe(fault),
      following.onEvent((event) => this.#heard(event)),
    ];
    state();
    status();
    fault();
  }

  #unfollow(): void {
    this.#link.close();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
    this.#following?.stop();
    this.#following = undefined;
  }

  #heard(event: Event): void {
    if (event.kind === 'speaker_changed') this.#speaker.set(event.participant_id ?? null);
  }

  /** An answer carries the view as well; a live topic has its own order and is not overtaken by it. */
  #seen(view: VisitView): VisitView {
    const known = this.#view.get();
    if (this.#status.get() !== 'live' && (!known || known.revision <= view.revision)) {
      this.#show(view);
    }
    return view;
  }

  #show(view: VisitView | null): void {
    const before = this.#view.get();
    this.#view.set(view);
    if (view === null) {
      if (before !== null && this.#status.get() === 'denied') this.#gone();
      return;
    }
    const mutedNow = isMuted(view) && !(before && isMuted(before));
    if (mutedNow) this.#devices.setMicrophone(false).catch(() => undefined);
    if (this.#hasEntered && !this.#isEntering && isAway(view)) this.#enterAgain();
    const mayJoin = this.#hasEntered && view.can.includes('join_media');
    this.#link.want(mayJoin);
    if (mayJoin) this.#link.view(view.media);
    else if (this.#hasEntered && !isOver(view)) this.#link.prepare();
  }

  /** The hub took us for gone while we were not connected. We did not leave. */
  #enterAgain(): void {
    this.#isEntering = true;
    this.#call('visit.enter', { appointment_id: this.id })
      .then((view) => this.#seen(view))
      // The next view tells whether there is anything to come back to.
      .catch(() => undefined)
      .finally(() => {
        this.#isEntering = false;
      });
  }

  #joined(): void {
    this.#toldSources = '';
    this.#tellSources().catch(() => undefined);
    if (this.#sizes.size > 0) this.#sizing.set(0);
    this.#meter.start();
  }

  /** One call at a time, or an older one could be heard last; what changes meanwhile is told afterwards, once. */
  async #tellSources(): Promise<void> {
    if (this.#isTellingSources) return;
    this.#isTellingSources = true;
    try {
      await this.#tellSourcesUntilTold();
    } finally {
      this.#isTellingSources = false;
    }
  }

  async #tellSourcesUntilTold(): Promise<void> {
    while (this.#link.isJoined) {
      const sources = this.#devices.sources;
      const text = JSON.stringify(sources);
      if (text === this.#toldSources) return;
      this.#toldSources = text;
      try {
        await this.#call('media.set_sources', { appointment_id: this.id, ...sources });
      } catch (error) {
        if (this.#toldSources === text) this.#toldSources = '';
        // What was refused is not repeated here: it is told again with the next change, topic or transport.
        if (JSON.stringify(this.#devices.sources) === text) throw error;
      }
    }
  }

  #tellSizes(): void {
    if (!this.#link.isJoined) return;
    const sizes = [...this.#sizes].map(([slot, size]) => ({ slot, ...size }));
    this.#call('media.set_view', { appointment_id: this.id, sizes }).catch(() => undefined);
  }
}

const isMuted = (view: VisitView): boolean =>
  view.participants.some((it) => it.participant_id === view.you && it.muted_by_host);

const isAway = (view: VisitView): boolean =>
  view.can.includes('enter') &&
  view.participants.some((it) => it.participant_id === view.you && it.place === 'away');

const isOver = (view: VisitView): boolean => ['ended', 'no_show', 'cancelled'].includes(view.stage);
