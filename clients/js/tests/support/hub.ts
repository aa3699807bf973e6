/**
 * A HUB inside the test: answers REST, speaks frames over stand-ins for sockets, and lets the test decide what happens.
 */
import { Bedside, type BedsideOptions } from '../../src/bedside.js';
import { memoryStore } from '../../src/kept.js';
import { decode, encode } from '../../src/msgpack.js';
import {
  type ClientFrame,
  type Event,
  FAULTS,
  type Fault,
  type FaultCode,
  type Followed,
  type Me,
  type OperationMap,
  type ServerFrame,
  type Topic,
  type TopicState,
  type VisitView,
} from '../../src/protocol.gen.js';
import { reduce } from '../../src/reduce.js';
import type { SocketLike } from '../../src/socket.js';
import { FakeClock, settled } from './clock.js';
import { example } from './golden.js';
import { FakePlatform } from './media.js';

/** A row of the fault table as a fault. */
export const fault = (code: FaultCode): Fault => ({
  code,
  number: FAULTS[code][0],
  retry: FAULTS[code][1],
  message: 'for the test',
  outcome: 'none',
});

/** The hub's end of a socket. */
export class FakeSocket implements SocketLike {
  binaryType: BinaryType = 'blob';
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  readonly url: string;
  readonly protocol: string;
  readonly received: ClientFrame[] = [];
  onFrame: (frame: ClientFrame) => void = () => undefined;
  isClosed = false;

  get readyState(): 1 | 3 {
    return this.isClosed ? 3 : 1;
  }

  constructor(url: string, protocol: string) {
    this.url = url;
    this.protocol = protocol;
  }

  get isJson(): boolean {
    return this.protocol === 'bedside.v1.json';
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    const frames = typeof data === 'string' ? JSON.parse(data) : decode(data as Uint8Array);
    for (const frame of frames as ClientFrame[]) {
      this.received.push(frame);
      this.onFrame(frame);
    }
  }

  close(): void {
    this.isClosed = true;
  }

  /** The handshake is through. */
  open(): void {
    (this.onopen as (() => void) | null)?.();
  }

  /** The hub sends. */
  tell(...frames: ServerFrame[]): void {
    this.tellRaw(this.isJson ? JSON.stringify(frames) : encode(frames).buffer);
  }

  /** The hub sends something else. */
  tellRaw(data: unknown): void {
    (this.onmessage as ((event: { data: unknown }) => void) | null)?.({ data });
  }

  /** The socket goes. */
  drop(code = 1006): void {
    this.isClosed = true;
    (this.onclose as ((event: { code: number }) => void) | null)?.({ code });
  }
}

/** Answer of an operation, or its refusal. */
type Answer = { output: unknown } | { fault: Fault } | 'silence';
type Request = Extract<ClientFrame, { type: 'request' }>;

/** What the hub was asked over REST. */
export interface RestCall {
  path: string;
  body: Record<string, unknown>;
  headers: Record<string, string>;
}

/** A hub with one visit. */
export class FakeHub {
  readonly clock = new FakeClock();
  readonly platform = new FakePlatform();
  readonly sockets: FakeSocket[] = [];
  readonly rest: RestCall[] = [];
  readonly stored = new Map<string, string>();
  readonly states = new Map<Topic, TopicState>();
  readonly denied = new Set<Topic>();
  /** Operations with an answer of their own. */
  readonly answers = new Map<string, (request: Request) => Answer>();
  me: Me = example<Me>('me, with an account');
  view: VisitView = example<VisitView>('a visit as who waits sees it');
  /** Status of the next REST answers; `network` when there are none. */
  /** What is answered at an address, where it is not a session. */
  readonly told: Record<string, object> = {};
  restFails: { status: number; fault: Fault } | 'network' | undefined;
  /** The account has a second factor. */
  asksForFactor = false;
  /** Sockets open and are welcomed by themselves. */
  isUp = true;
  offset = 1;
  epoch = 1;
  tokens = 0;
  transports = 0;
  #channels = new Map<Topic, number>();

  client(options: BedsideOptions = {}): Bedside {
    return new Bedside({
      origin: 'https://clinic.example',
      clock: this.clock,
      random: () => 0.5,
      platform: this.platform,
      outbox: memoryStore(),
      locks: null,
      tabs: null,
      storage: {
        getItem: (key) => this.stored.get(key) ?? null,
        setItem: (key, value) => void this.stored.set(key, value),
        removeItem: (key) => void this.stored.delete(key),
      },
      fetch: (input, init) => this.#fetch(String(input), init),
      socket: (url, protocol) => this.#accept(url, protocol),
      ...options,
    });
  }

  get topic(): Topic {
    return `visit:${this.view.appointment_id}`;
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }

  /** All requests for an operation, over all sockets. */
  requests(op: keyof OperationMap): Request[] {
    return this.sockets
      .flatMap((it) => it.received)
      .filter((it): it is Request => it.type === 'request' && it.op === op);
  }

  /** The visit changes, and whoever follows is told. */
  async change(view: Partial<VisitView>): Promise<void> {
    this.view = { ...this.view, ...view, revision: this.view.revision + 1 };
    if (view.media === undefined && 'media' in view) delete this.view.media;
    this.offset += 1;
    const channel = this.#channels.get(this.topic);
    if (channel !== undefined && !this.socket.isClosed) {
      this.socket.tell({
        type: 'event',
        channel,
        position: { epoch: this.epoch, offset: this.offset },
        at: this.clock.now(),
        event: { kind: 'visit_changed', visit: this.view },
      });
    }
    await settled();
  }

  /** What can be booked with somebody changes, and whoever follows is told. */
  async tellOpenings(clinician: string): Promise<void> {
    await this.happens(`openings:${clinician}`, { kind: 'openings_changed' });
  }

  /** Something happens in a topic, and whoever follows is told. What passes by moves nothing. */
  async happens(topic: Topic, event: Event): Promise<void> {
    const isPassing = ['marks_changed', 'presence_changed', 'typing'].includes(event.kind);
    if (!isPassing) this.offset += 1;
    this.states.set(topic, reduce(this.states.get(topic) ?? null, event) ?? { kind: 'openings' });
    const channel = this.#channels.get(topic);
    if (channel !== undefined && !this.socket.isClosed) {
      this.socket.tell({
        type: 'event',
        channel,
        position: { epoch: this.epoch, offset: this.offset },
        at: this.clock.now(),
        event,
      });
    }
    await settled();
  }

  /** How the hub begins to talk. */
  welcome(socket: FakeSocket): void {
    const hello = socket.received.find((it) => it.type === 'hello');
    socket.tell({
      ...example<Extract<ServerFrame, { type: 'welcome' }>>('hub: welcome'),
      now: this.clock.now(),
      followed: (hello?.follow ?? []).map(({ topic }) => this.#followed(topic)),
    });
  }

  #accept(url: string, protocol: string): SocketLike {
    const socket = new FakeSocket(url, protocol);
    socket.onFrame = (frame) => queueMicrotask(() => this.#answer(socket, frame));
    this.sockets.push(socket);
    if (this.isUp) queueMicrotask(() => socket.open());
    return socket;
  }

  #answer(socket: FakeSocket, frame: ClientFrame): void {
    if (!this.isUp || socket.isClosed) return;
    if (frame.type === 'hello') this.welcome(socket);
    if (frame.type === 'follow') {
      socket.tell({ type: 'done', id: frame.id, followed: this.#followed(frame.topic) });
    }
    if (frame.type === 'unfollow' || frame.type === 'authenticate') {
      socket.tell({ type: 'done', id: frame.id });
    }
    if (frame.type === 'request') this.#call(socket, frame);
  }

  #call(socket: FakeSocket, request: Request): void {
    const answer = this.answers.get(request.op)?.(request) ?? this.#usual(request.op);
    if (answer === 'silence') return;
    const { id } = request;
    socket.tell(
      'output' in answer
        ? { type: 'reply', id, output: answer.output }
        : { type: 'failed', id, fault: answer.fault },
    );
  }

  #usual(op: string): Answer {
    if (op === 'me.read') return { output: this.me };
    if (op === 'media.join') return { output: this.answerOf(++this.transports) };
    if (op === 'media.restart') return { output: this.answerOf(this.transports) };
    return { output: op.startsWith('visit.') ? this.view : {} };
  }

  /** Answer to a join. */
  answerOf(transport: number): OperationMap['media.join']['output'] {
    return { answer: `answer ${transport}`, transport, slots: 8, ice_servers: [] };
  }

  #followed(topic: Topic): Followed {
    if (this.denied.has(topic)) return { result: 'denied', topic, fault: fault('not_found') };
    const channel = this.#channels.get(topic) ?? this.#channels.size + 1;
    this.#channels.set(topic, channel);
    const position = { epoch: this.epoch, offset: this.offset };
    const state = this.states.get(topic) ?? { kind: 'visit', visit: this.view };
    return { result: 'snapshot', topic, channel, position, state };
  }

  async #fetch(url: string, init: RequestInit | undefined): Promise<Response> {
    const path = url.replace('https://clinic.example', '');
    const headers = (init?.headers ?? {}) as Record<string, string>;
    this.rest.push({ path, body: JSON.parse(String(init?.body ?? '{}')), headers });
    if (this.restFails === 'network') throw new TypeError('fetch failed');
    if (this.restFails) {
      return Response.json(this.restFails.fault, { status: this.restFails.status });
    }
    if (path === '/v1/auth/login' && this.asksForFactor) {
      return Response.json(example<object>('sign in is answered by a question'));
    }
    const expires_at = this.clock.now() + 15 * 60_000;
    const token = `token-${++this.tokens}`;
    const hub = { headers: { date: new Date(this.clock.now()).toUTCString() } };
    if (path === '/v1/auth/logout') return Response.json({}, hub);
    if (path in this.told) return Response.json(this.told[path], hub);
    if (path === '/v1/video/sessions') {
      const session = example<object>('session for a visit');
      return Response.json({ ...session, token, expires_at, me: this.me }, hub);
    }
    return Response.json({ access_token: token, expires_at, me: this.me }, hub);
  }
}

/** A hub with somebody signed in and connected. */
export const signedIn = async (options: BedsideOptions = {}) => {
  const hub = new FakeHub();
  const bedside = hub.client(options);
  await bedside.signIn('pat@clinic.example', 'correct horse example');
  await settled();
  return { hub, bedside, clock: hub.clock, platform: hub.platform };
};
