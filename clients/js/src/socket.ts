/**
 * THE SHELL of the connection: carries out what the state machine asks for, and turns messages into frames.
 *
 * The only file that opens a WebSocket. What it does not do: decide anything (`connection.ts`), or know what a frame
 * means beyond those that keep the connection alive.
 */
import { Alarm, backoff, type Clock, type Random } from './clock.js';
import {
  type ConnectionEffect,
  type ConnectionInput,
  type ConnectionPhase,
  type ConnectionState,
  idle,
  step,
} from './connection.js';
import type { Link, Sent } from './link.js';
import type { ClientFrame, CloseReason, Resume, ServerFrame } from './protocol.gen.js';
import { isFinal } from './session.js';
import { Cell } from './store.js';

/** How frames are written. */
export type Codec = 'msgpack' | 'json';

/** Frames as bytes, for those who want them shorter than JSON. */
export interface BinaryCodec {
  /** A value as bytes. */
  encode(value: unknown): Uint8Array<ArrayBuffer>;
  /**
   * The value of bytes.
   *
   * @throws when they cannot be read.
   */
  decode(bytes: Uint8Array): unknown;
}

/** What of a WebSocket is used. */
export type SocketLike = Pick<
  WebSocket,
  'binaryType' | 'readyState' | 'onopen' | 'onmessage' | 'onclose' | 'send' | 'close'
>;

/** How the connection is, for people to see. */
export interface ConnectionInfo {
  readonly state: ConnectionPhase;
  readonly attempt: number;
  /** When the next attempt is made, while waiting. */
  readonly retryAt?: number;
  /** Why the last connection ended, as far as the hub said. */
  readonly reason?: CloseReason;
}

/** What the shell needs. */
export interface SocketEnvironment {
  readonly url: string;
  /** JSON is spoken without it. */
  readonly binary: BinaryCodec | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly newSocket: (url: string, protocol: string) => SocketLike;
  readonly token: (isNew: boolean) => Promise<string>;
  /** Says who this is and what it follows, for the hello. */
  readonly introduce: () => { sdk: string; tab: string; follow: Resume[] };
  readonly onFrame: (frame: ServerFrame) => void;
  /** With `isMoved` another socket takes over at once. */
  readonly onLost: (isMoved?: boolean) => void;
  readonly onEnded: (reason: CloseReason) => void;
}

/** `readyState` of an open WebSocket; what is greater is closing or closed. */
const OPEN = 1;
/** Bytes of a message before the hub has said its own bound. */
const MESSAGE_BYTES = 64 * 1024;

/** The connection of one client. */
export class Socket implements Link {
  readonly info = new Cell<ConnectionInfo>({ state: 'idle', attempt: 0 });
  readonly #environment: SocketEnvironment;
  readonly #alarm: Alarm;
  #state: ConnectionState = idle;
  #socket: SocketLike | undefined;
  #token = '';
  #lastId = 0;
  #messageBytes = MESSAGE_BYTES;
  #welcome: ServerFrame | undefined;

  constructor(environment: SocketEnvironment) {
    this.#environment = environment;
    this.#alarm = new Alarm(environment.clock, () => this.give({ kind: 'wake' }));
  }

  nextId(): number {
    this.#lastId = this.#lastId >= 0xffff_ffff ? 1 : this.#lastId + 1;
    return this.#lastId;
  }

  send(frame: ClientFrame): Sent {
    return this.#state.stage === 'live' ? this.#write(frame) : 'closed';
  }

  /** Gives the machine an input and does what it asks for. */
  give(input: ConnectionInput): void {
    const { clock, random } = this.#environment;
    const { state, effects } = step(this.#state, input, { now: clock.now(), random });
    this.#state = state;
    if (state.wakeAt === undefined) this.#alarm.clear();
    else this.#alarm.set(state.wakeAt - clock.now());
    this.#show(state);
    for (const effect of effects) this.#do(effect);
  }

  #show({ phase, attempt, wakeAt, reason }: ConnectionState): void {
    const last = this.info.get();
    const retryAt = phase === 'waiting' ? wakeAt : undefined;
    const isSame =
      last.state === phase &&
      last.attempt === attempt &&
      last.retryAt === retryAt &&
      last.reason === reason;
    if (isSame) return;
    this.info.set({
      state: phase,
      attempt,
      ...(retryAt === undefined ? {} : { retryAt }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  #do(effect: ConnectionEffect): void {
    switch (effect.kind) {
      case 'get_token':
        return this.#getToken(effect.isNew);
      case 'open':
        return this.#open(effect.socket);
      case 'hello':
        this.#write({ type: 'hello', token: this.#token, ...this.#environment.introduce() });
        return;
      case 'close':
        return this.#close(effect.code);
      case 'live':
        if (this.#welcome) this.#environment.onFrame(this.#welcome);
        this.#welcome = undefined;
        return;
      case 'lost':
        return this.#environment.onLost(effect.isMoved);
      case 'ended':
        return this.#environment.onEnded(effect.reason);
    }
  }

  #getToken(isNew: boolean): void {
    this.#environment.token(isNew).then(
      (token) => {
        this.#token = token;
        this.give({ kind: 'token' });
      },
      (error: unknown) => this.give({ kind: 'no_token', isFinal: isFinal(error) }),
    );
  }

  #open(number: number): void {
    this.#attach(this.#connect(), number);
  }

  #connect(): SocketLike {
    const { url, binary, newSocket } = this.#environment;
    const codec: Codec = binary ? 'msgpack' : 'json';
    const socket = newSocket(url, `bedside.v1.${codec}`);
    socket.binaryType = 'arraybuffer';
    return socket;
  }

  #attach(socket: SocketLike, number: number): void {
    this.#socket = socket;
    socket.onopen = () => this.give({ kind: 'opened', socket: number });
    socket.onmessage = ({ data }) => this.#heard(number, data);
    socket.onclose = ({ code }) => this.give({ kind: 'closed', socket: number, code });
  }

  /**
   * Opens another socket while this one goes on, and is on it when that one has resumed everything. Whatever fails is
   * tried again as long as this one lives; then it is an ordinary loss.
   */
  #move(from: number, tries: number): void {
    const { clock, random, token, introduce } = this.#environment;
    const isHere = () => this.#state.socket === from && this.#state.stage === 'live';
    const again = () => clock.after(backoff(tries, random), () => this.#move(from, tries + 1));
    const open = (token: string): void => {
      const next = this.#connect();
      next.onopen = () => this.#write({ type: 'hello', token, ...introduce() }, next);
      next.onclose = again;
      next.onmessage = ({ data }) => {
        if (!isHere() || this.#read(data)?.[0]?.type !== 'welcome') return next.close();
        this.#close(1000);
        this.#attach(next, from + 1);
        this.give({ kind: 'moved' });
        this.#heard(from + 1, data);
      };
    };
    if (isHere()) token(false).then(open, again);
  }

  #close(code: number): void {
    if (code === 1000) this.#write({ type: 'bye' });
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  #heard(number: number, data: unknown): void {
    if (number !== this.#state.socket) return;
    const frames = this.#read(data);
    if (!frames) {
      // Not our protocol, or a broken way: begin anew, with patience.
      this.#close(4000);
      return this.give({ kind: 'closed', socket: number, code: 4102 });
    }
    this.give({ kind: 'heard', socket: number });
    for (const frame of frames) {
      if (number === this.#state.socket) this.#frame(number, frame);
    }
  }

  #frame(socket: number, frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#messageBytes = frame.limits.message_bytes;
        this.#welcome = frame;
        return this.give({ kind: 'welcome', socket, heartbeat: frame.heartbeat });
      case 'bye': {
        const { code, reason, spread_ms: spreadMs, after_ms: afterMs = 0 } = frame;
        return this.give({ kind: 'bye', socket, code, reason, spreadMs, afterMs });
      }
      case 'drain':
        this.#environment.clock.after(this.#environment.random() * frame.spread_ms, () =>
          this.#move(socket, 1),
        );
        return;
      case 'ping':
        this.#write({ type: 'pong', number: frame.number });
        return this.#environment.onFrame(frame);
      default:
        return this.#environment.onFrame(frame);
    }
  }

  #write(frame: ClientFrame, socket = this.#socket): Sent {
    // A browser complains aloud about words to a socket that is closing.
    if (!socket || socket.readyState > OPEN) return 'closed';
    const message = this.#environment.binary?.encode([frame]) ?? JSON.stringify([frame]);
    // A text of a quarter of the bound is below it whatever its letters are.
    const bytes =
      typeof message === 'string' && 4 * message.length > this.#messageBytes
        ? new TextEncoder().encode(message).length
        : message.length;
    if (bytes > this.#messageBytes) return 'too_large';
    try {
      socket.send(message);
      return 'sent';
    } catch {
      // It is closing; the close event tells.
      return 'closed';
    }
  }

  #read(data: unknown): ServerFrame[] | undefined {
    try {
      const message: unknown =
        typeof data === 'string'
          ? JSON.parse(data)
          : this.#environment.binary?.decode(new Uint8Array(data as ArrayBuffer));
      return Array.isArray(message) && message.every(isFrame) ? message : undefined;
    } catch {
      return undefined;
    }
  }
}

const isFrame = (value: unknown): value is ServerFrame =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
