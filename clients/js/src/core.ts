/**
 * THE CLIENT without what is built on it: session, connection, calls and topics; put together, and wiped together.
 *
 * A session is a tab's: tokens and everything seen live in memory and are gone with `reset`, with sign-out, and when
 * the hub ends or revokes the session.
 */
import { type CallOptions, Calls } from './calls.js';
import { type Clock, type Random, systemClock } from './clock.js';
import { type Following, Followings, type ScheduleFollowing } from './following.js';
import type {
  CloseReason,
  Me,
  OperationMap,
  PasskeySignIn,
  PersonId,
  RegisterPatient,
  ServerFrame,
  SignInPasskey,
  Topic,
  VerifyFactor,
  VideoSession,
} from './protocol.gen.js';
import { post } from './rest.js';
import { Session } from './session.js';
import { type BinaryCodec, type ConnectionInfo, Socket, type SocketLike } from './socket.js';
import type { Store } from './store.js';

/** How a client is made. Everything has a default in a browser. */
export interface CoreOptions {
  /** Origin of the hub; that of the page when absent. */
  origin?: string;
  /** MessagePack; the core alone speaks JSON without it. */
  binary?: BinaryCodec;
  /** Where in the session storage the id of the session is kept. */
  sessionKey?: string;
  storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  clock?: Clock;
  random?: Random;
  /** Opens a WebSocket. */
  socket?: (url: string, protocol: string) => SocketLike;
  /** How HTTP is asked; the browser's own when absent. */
  fetch?: typeof fetch;
}

/** Name and version, as told to the hub. */
export const SDK = 'bedside-js/0.1.0';

/** How the hub is asked over HTTP. */
export interface Http {
  /** Of the hub. */
  readonly origin: string;
  /** The request itself. */
  readonly fetch: typeof fetch;
  /** An access token; a new one when asked for. */
  readonly token: (isNew?: boolean) => Promise<string>;
}

/** A client of one hub, in one tab: calls and topics. */
export class Core {
  /** Who is signed in. */
  readonly me: Store<Me | null>;
  /** How the connection is. */
  readonly connection: Store<ConnectionInfo>;

  protected readonly clock: Clock;
  protected readonly random: Random;
  /** For what is built on this and asks over HTTP. */
  protected readonly http: Http;
  readonly #session: Session;
  readonly #socket: Socket;
  readonly #calls: Calls;
  readonly #followings: Followings;
  readonly #tab = newKey();
  /** Milliseconds that the hub's clock is ahead of ours. */
  #ahead = 0;

  constructor(options: CoreOptions = {}) {
    const origin = options.origin ?? globalThis.location.origin;
    const clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    const http = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.clock = clock;
    this.random = random;
    this.#session = new Session({
      origin,
      fetch: http,
      clock,
      random,
      newKey,
      storage: options.storage ?? globalThis.sessionStorage,
      storageKey: options.sessionKey ?? 'bedside.session',
      onToken: (token) => this.#authenticate(token),
      onEnded: () => this.wipe(),
    });
    this.#socket = new Socket({
      url: `${origin.replace(/^http/, 'ws')}/v1/socket`,
      binary: options.binary,
      clock,
      random,
      newSocket: options.socket ?? ((url, protocol) => new WebSocket(url, protocol)),
      token: (isNew) => this.#session.token(isNew),
      introduce: () => ({ sdk: SDK, tab: this.#tab, follow: this.#followings.resume() }),
      onFrame: (frame) => this.#heard(frame),
      onLost: (isMoved) => {
        this.#calls.lost();
        this.#followings.lost(isMoved);
        if (!isMoved) this.lost();
      },
      onEnded: (reason) => this.#ended(reason),
    });
    const link = this.#socket;
    const reauthenticate = async () => this.#authenticate(await this.#session.token(true));
    this.#calls = new Calls({ link, clock, random, newKey, reauthenticate });
    this.#followings = new Followings({ link, clock, random });
    this.http = { origin, fetch: http, token: (isNew) => this.#session.token(isNew) };
    this.me = this.#session.me;
    this.connection = this.#socket.info;
    this.#watchPage();
  }

  /**
   * Signs in with a password, and connects.
   *
   * @throws FactorNeeded when the account has a second factor: go on with {@link verifyFactor}.
   */
  signIn(email: string, password: string): Promise<Me> {
    return this.#opens(() => this.#session.signIn('/v1/auth/login', { email, password }));
  }

  /** The second step of a sign-in, and connects. */
  async verifyFactor(proof: VerifyFactor): Promise<Me> {
    const me = await this.#session.verifyFactor(proof);
    this.#socket.give({ kind: 'start' });
    return me;
  }

  /** What a passkey is to sign for a sign-in without a password. */
  async beginPasskey(): Promise<PasskeySignIn> {
    const answer = await post<PasskeySignIn>(this.http, '/v1/auth/passkey/begin', {});
    return answer.body;
  }

  /** Signs in with a passkey and nothing else, and connects. */
  signInPasskey(signed: SignInPasskey): Promise<Me> {
    return this.#opens(() => this.#session.signInPasskey(signed));
  }

  /**
   * Signs in whom the provider has named to this browser, and connects.
   *
   * @throws FactorNeeded when the account has a second factor: go on with {@link verifyFactor}.
   */
  finishProvider(): Promise<Me> {
    return this.#opens(() => this.#session.signIn('/v1/auth/provider', {}));
  }

  /** Makes an account for a patient, signs in with it, and connects. */
  async register(details: RegisterPatient): Promise<Me> {
    await this.#session.register(details);
    return this.signIn(details.email, details.password);
  }

  /** Exchanges the token of a join link for a session of one visit, and connects. */
  openLink(joinToken: string): Promise<VideoSession> {
    return this.#opens(() => this.#session.openLink(joinToken));
  }

  async #opens<T>(session: () => Promise<T>): Promise<T> {
    this.reset();
    const opened = await session();
    this.#socket.give({ kind: 'start' });
    return opened;
  }

  /**
   * Goes on with this tab's session after a reload. `null` when there is none any more.
   *
   * @throws BedsideError when the hub cannot be reached: the session may still be good.
   */
  async resume(): Promise<Me | null> {
    const me = await this.#session.resume();
    if (me) this.#socket.give({ kind: 'start' });
    return me;
  }

  /** Ends the session, here in any case and at the hub if it can be reached, and wipes everything. */
  async signOut(): Promise<void> {
    try {
      await this.#session.signOut();
    } finally {
      this.reset();
    }
  }

  /** Wipes tokens, what was seen, waiting calls and the session's id; closes the socket; releases own tracks. */
  reset(): void {
    this.#socket.give({ kind: 'stop' });
    this.wipe();
  }

  /**
   * Calls an operation. Waits for the connection up to the deadline; a write gets an idempotency key and is called
   * again with the same one while its outcome is unknown.
   *
   * @throws BedsideError
   */
  call<K extends keyof OperationMap>(
    op: K,
    params: OperationMap[K]['params'],
    options?: CallOptions,
  ): Promise<OperationMap[K]['output']> {
    return this.#calls.call(op, params, options);
  }

  /** What the hub's clock shows, ms since 1970: the clock of this machine may be wrong by hours. */
  hubTime(): number {
    return this.clock.now() + this.#ahead;
  }

  /** Follows a topic until `stop`. */
  follow(topic: Topic): Following {
    return this.#followings.follow(topic);
  }

  /** Follows the calendar of a practitioner: one's own, or anybody's for an administrator. */
  schedule(practitionerId: PersonId): ScheduleFollowing {
    // A topic's state is of the topic's kind.
    return this.follow(`schedule:${practitionerId}`) as ScheduleFollowing;
  }

  /** The hub listens. For what is built on this. */
  protected welcomed(): void {}

  /** The socket is gone. */
  protected lost(): void {}

  /** The session was ended or revoked by the hub, for good. */
  protected revoked(): void {}

  /** The device is on another network. */
  protected networkChanged(): void {}

  /** Forgets everything that was seen. */
  protected wipe(): void {
    this.#calls.reset();
    this.#followings.reset();
    this.#session.reset();
  }

  #heard(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#ahead = frame.now - this.clock.now();
        this.#followings.welcomed(frame.followed);
        this.#calls.live(frame.limits.in_flight);
        return this.welcomed();
      case 'reply':
        this.#calls.replied(frame.id, frame.output);
        return;
      case 'failed':
        if (!this.#calls.failed(frame.id, frame.fault)) {
          this.#followings.failed(frame.id, frame.fault);
        }
        return;
      case 'done':
        return this.#followings.done(frame.id, frame.followed);
      case 'event':
        return this.#followings.event(frame);
      case 'gap':
        return this.#followings.gap(frame.channel);
      case 'ping':
        this.#ahead = frame.now - this.clock.now();
        return this.#followings.marks(frame.marks);
      case 'reauthenticate':
        return this.#session.renew();
      default:
        // `bye` is the connection's, an `error` belongs to nothing that waits, and unknown frames are left alone.
        return;
    }
  }

  #authenticate(token: string): void {
    this.#socket.send({ type: 'authenticate', id: this.#socket.nextId(), token });
  }

  #ended(reason: CloseReason): void {
    // Whoever lost the right to see must not keep seeing.
    if (reason === 'revoked') this.revoked();
    if (reason === 'signed_out' || reason === 'revoked') this.wipe();
  }

  /** Timers sleep with the page, and networks change: both are reasons to look at once. */
  #watchPage(): void {
    const page = globalThis.window;
    if (page === undefined) return;
    const nudge = (): void => {
      this.#session.nudge();
      this.#socket.give({ kind: 'nudge' });
    };
    const networkChanged = (): void => {
      nudge();
      this.networkChanged();
    };
    page.addEventListener('online', networkChanged);
    page.addEventListener('pageshow', nudge);
    page.document.addEventListener('visibilitychange', () => {
      if (page.document.visibilityState === 'visible') nudge();
    });
    const network = (page.navigator as { connection?: EventTarget & { type?: string } }).connection;
    // The event also comes for every new estimate of the speed; only another kind of network counts.
    let type = network?.type;
    network?.addEventListener('change', () => {
      if (network.type !== type) networkChanged();
      type = network.type;
    });
  }
}

/** 128 random bits. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (it) =>
    it.toString(16).padStart(2, '0'),
  ).join('');
