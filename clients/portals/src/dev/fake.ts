import {
  type Bedside,
  BedsideError,
  type CallOptions,
  type ConnectionInfo,
  type Event,
  type Fault,
  type Following,
  type Me,
  type MediaState,
  type OperationMap,
  type OwnMedia,
  type Quality,
  type Store,
  type Tile,
  type TopicState,
  type VideoSession,
  type Visit,
  type VisitView,
} from '@bedside/client';
import { fault, me, VISIT_ID } from './samples.ts';

/** Stands in for the client library in tests and in the gallery: every store can be set, every call is recorded. */

export interface Box<T> extends Store<T> {
  set(value: T): void;
}

export function box<T>(initial: T): Box<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export interface Call {
  name: string;
  args: readonly unknown[];
}

export class FakeVisit {
  readonly id: string;
  readonly view = box<VisitView | null>(null);
  readonly status = box<'loading' | 'live' | 'stale' | 'denied'>('live');
  readonly fault = box<Fault | null>(null);
  readonly speaker = box<string | null>(null);
  readonly media = box<MediaState>({ phase: 'connected' });
  readonly tiles = box<Tile[]>([]);
  readonly own = box<OwnMedia>({
    camera: { on: false },
    microphone: { on: false },
    screen: { on: false },
  });
  readonly quality = box<Quality | null>(null);
  readonly calls: Call[] = [];
  /** What `enter` and the clinician's acts answer with; they fail with it when it is a fault. */
  answer: Fault | null = null;
  onEnter: (() => void) | null = null;

  constructor(id: string = VISIT_ID) {
    this.id = id;
  }

  private async did(name: string, ...args: unknown[]): Promise<VisitView> {
    this.calls.push({ name, args });
    if (this.answer) throw new BedsideError(this.answer);
    const view = this.view.get();
    if (!view) throw new BedsideError(fault('not_found', 4000));
    return view;
  }

  prepare = () => {
    this.calls.push({ name: 'prepare', args: [] });
  };
  enter = async () => {
    const view = await this.did('enter');
    this.onEnter?.();
    return view;
  };
  leave = async () => {
    await this.did('leave');
  };
  setCamera = async (on: boolean, deviceId?: string) => {
    this.calls.push({ name: 'setCamera', args: [on, deviceId] });
    this.own.set({ ...this.own.get(), camera: { ...this.own.get().camera, on } });
  };
  setMicrophone = async (on: boolean, deviceId?: string) => {
    this.calls.push({ name: 'setMicrophone', args: [on, deviceId] });
    this.own.set({ ...this.own.get(), microphone: { ...this.own.get().microphone, on } });
  };
  shareScreen = async (on: boolean) => {
    this.calls.push({ name: 'shareScreen', args: [on] });
    this.own.set({ ...this.own.get(), screen: { on } });
  };
  useTracks = (tracks: { camera?: MediaStreamTrack; microphone?: MediaStreamTrack }) => {
    this.calls.push({ name: 'useTracks', args: [tracks] });
    const { camera, microphone } = tracks;
    const own = this.own.get();
    this.own.set({
      ...own,
      camera: camera ? { on: true, track: camera } : own.camera,
      microphone: microphone ? { on: true, track: microphone } : own.microphone,
    });
  };
  setTileSize = () => {};
  participants = () => this.view.get()?.participants ?? [];
  admit = (id: string) => this.did('admit', id);
  hold = (id: string) => this.did('hold', id);
  mute = (id: string) => this.did('mute', id);
  revoke = (id: string) => this.did('revoke', id);
  end = () => this.did('end');
  markNoShow = () => this.did('markNoShow');
  reportDevice = (check: unknown) => this.did('reportDevice', check);
  invite = async (role: string, name: string) => {
    const view = await this.did('invite', role, name);
    return {
      participant_id: view.participants[0]?.participant_id,
      link: { url: `/join#${'x'.repeat(43)}`, role },
    };
  };
  release = () => {
    this.calls.push({ name: 'release', args: [] });
  };
}

export class FakeBedside {
  readonly me = box<Me | null>(null);
  readonly connection = box<ConnectionInfo>({ state: 'open', attempt: 0 });
  readonly topics = new Map<string, Box<TopicState | null>>();
  readonly listeners = new Map<string, Set<(event: Event) => void>>();
  readonly visits = new Map<string, FakeVisit>();
  readonly calls: Call[] = [];
  /** Answers by operation; one that is a function is asked with the params, an error is thrown. */
  readonly answers = new Map<keyof OperationMap, unknown>();
  /** Sign-in and links fail with this. */
  refusal: Error | null = null;
  signsInAs: Me = me('patient');

  async signIn(...args: unknown[]): Promise<Me> {
    this.calls.push({ name: 'signIn', args });
    if (this.refusal) throw this.refusal;
    this.me.set(this.signsInAs);
    return this.signsInAs;
  }

  async openLink(...args: unknown[]): Promise<VideoSession> {
    this.calls.push({ name: 'openLink', args });
    if (this.refusal) throw this.refusal;
    this.me.set(this.signsInAs);
    return { room_id: VISIT_ID, me: this.signsInAs, token: '', expires_at: 0, ice_servers: [] };
  }

  async register(...args: unknown[]): Promise<Me> {
    this.calls.push({ name: 'register', args });
    if (this.refusal) throw this.refusal;
    this.me.set(this.signsInAs);
    return this.signsInAs;
  }

  /** The hub's clock; ahead by what a test says. */
  ahead = 0;
  hubTime(): number {
    return Date.now() + this.ahead;
  }

  async resume(): Promise<Me | null> {
    return this.me.get();
  }

  async signOut(): Promise<void> {
    this.calls.push({ name: 'signOut', args: [] });
    this.reset();
  }

  reset(): void {
    this.me.set(null);
  }

  async call(op: keyof OperationMap, params: unknown, _options?: CallOptions): Promise<unknown> {
    this.calls.push({ name: op, args: [params] });
    const given = this.answers.get(op);
    const answer = typeof given === 'function' ? given(params) : given;
    if (answer instanceof Error) throw answer;
    return answer;
  }

  topic(name: string): Box<TopicState | null> {
    const known = this.topics.get(name) ?? box<TopicState | null>(null);
    this.topics.set(name, known);
    return known;
  }

  /** An event of a topic, for whoever listens. */
  tell(topic: string, event: Event): void {
    for (const listener of this.listeners.get(topic) ?? []) listener(event);
  }

  follow(topic: string): Following {
    return {
      state: this.topic(topic),
      status: box<'live'>('live'),
      fault: box<Fault | null>(null),
      onEvent: (listener: (event: Event) => void) => {
        const listeners = this.listeners.get(topic) ?? new Set();
        this.listeners.set(topic, listeners.add(listener));
        return () => listeners.delete(listener);
      },
      stop: () => {},
    } as unknown as Following;
  }

  visitOf(id: string = VISIT_ID): FakeVisit {
    const known = this.visits.get(id) ?? new FakeVisit(id);
    this.visits.set(id, known);
    return known;
  }

  visit(id: string): Visit {
    return this.visitOf(id) as unknown as Visit;
  }

  /** As the screens want it. */
  asBedside(): Bedside {
    return this as unknown as Bedside;
  }
}
