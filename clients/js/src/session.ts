/**
 * THE SESSION of this tab: who is signed in, and an access token that is never stale.
 *
 * Invariants: tokens live in memory only; the one thing kept beyond a reload is the session's id, which is no secret
 * and only names the cookie; one refresh at a time, in all tabs of a session, because refresh tokens rotate; what
 * comes back after `reset` is thrown away.
 */
import { Alarm, backoff, type Clock, type Random } from './clock.js';
import { BedsideError, FactorNeeded, localFault } from './errors.js';
import type {
  Me,
  RegisterPatient,
  SignedIn,
  SignInAnswer,
  SignInPasskey,
  VerifyFactor,
  VideoSession,
} from './protocol.gen.js';
import { post, type RestEnvironment } from './rest.js';
import { Cell } from './store.js';

/** What the session needs. */
export interface SessionEnvironment extends RestEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly newKey: () => string;
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;
  readonly storageKey: string;
  /** There is a fresh token, which an open socket must be told. */
  readonly onToken: (token: string) => void;
  /** The hub knows this session no more. */
  readonly onEnded: () => void;
}

/** Renewed this long before it ends. */
const AHEAD_MS = 120_000;
/** A token with less left is not begun with. */
const ENOUGH_MS = 20_000;
/** No token of the hub's lives longer; whoever thinks so has a clock that is wrong. */
const LONGEST_MS = 16 * 60_000;

/** Only a password, or a provider, may be answered by a question; a proof or a passkey opens the session. */
type Answer = SignInAnswer | (SignedIn & { status?: undefined });

interface Tokens {
  readonly access: string;
  /** By the clock of this machine. */
  readonly endsAt: number;
}

/** The session of one tab. */
export class Session {
  /** Who is signed in. */
  readonly me = new Cell<Me | null>(null);
  readonly #environment: SessionEnvironment;
  readonly #renewal: Alarm;
  #tokens: Tokens | undefined;
  #refreshing: Promise<string> | undefined;
  #generation = 0;
  readonly #linkKeys = new Map<string, string>();
  #failures = 0;

  constructor(environment: SessionEnvironment) {
    this.#environment = environment;
    this.#renewal = new Alarm(environment.clock, () => this.renew());
  }

  /** Opens a session with a password, or of whom a provider has named to this browser, or throws {@link FactorNeeded}. */
  async signIn(path: string, body: object): Promise<Me> {
    const generation = this.#generation;
    const answer = await post<Answer>(this.#environment, path, body);
    const opened = answer.body;
    if (opened.status === 'factor_required') throw new FactorNeeded(opened);
    return this.#open(generation, opened.access_token, opened, answer.hubTime);
  }

  /** The second step of a sign-in. */
  verifyFactor(proof: VerifyFactor): Promise<Me> {
    return this.signIn('/v1/auth/factor', proof);
  }

  /** Opens a session with a passkey and nothing else. */
  signInPasskey(signed: SignInPasskey): Promise<Me> {
    return this.signIn('/v1/auth/passkey', signed);
  }

  /** Makes an account for a patient. A lost answer is asked for again with the same key. */
  async register(details: RegisterPatient): Promise<void> {
    const key = this.#environment.newKey();
    await onceMore(() => post(this.#environment, '/v1/people/register', details, { key }));
  }

  /** Exchanges a join link for a session of one visit. A lost answer is asked for again with the same key. */
  async openLink(joinToken: string): Promise<VideoSession> {
    const generation = this.#generation;
    // One key a link, as long as the page lives: whoever clicks again after a lost answer gets that answer.
    const key = this.#linkKeys.get(joinToken) ?? this.#environment.newKey();
    this.#linkKeys.set(joinToken, key);
    const exchange = () =>
      post<VideoSession>(
        this.#environment,
        '/v1/video/sessions',
        { join_token: joinToken },
        { key },
      );
    const answer = await onceMore(exchange);
    this.#open(generation, answer.body.token, answer.body, answer.hubTime);
    return answer.body;
  }

  /** Goes on with the session of this tab, after a reload. `null` when there is none, or none any more. */
  async resume(): Promise<Me | null> {
    if (!this.#sessionId()) return null;
    try {
      await this.#refresh();
    } catch (error) {
      if (isFinal(error)) return null;
      throw error;
    }
    return this.me.get();
  }

  /** Tells the hub that the session ends. */
  async signOut(): Promise<void> {
    const token = this.#tokens?.access;
    if (token) await post(this.#environment, '/v1/auth/logout', {}, { token });
  }

  /**
   * A token that is good for a while; a new one when `isNew`.
   *
   * @throws BedsideError; see {@link isFinal}.
   */
  async token(isNew = false): Promise<string> {
    const { clock } = this.#environment;
    const tokens = this.#tokens;
    if (tokens && !isNew && tokens.endsAt - clock.now() > ENOUGH_MS) return tokens.access;
    return this.#refresh();
  }

  /** Gets a new token now; when that fails, again and again until it succeeds or is final. */
  renew(): void {
    const { clock, random, onToken } = this.#environment;
    if (this.#refreshing || !this.me.get()) return;
    this.#refresh().then(onToken, (error: unknown) => {
      if (isFinal(error)) return;
      const left = (this.#tokens?.endsAt ?? 0) - clock.now();
      this.#failures += 1;
      this.#renewal.set(Math.min(1_000 + backoff(this.#failures, random), Math.max(1_000, left)));
    });
  }

  /** The page is looked at again: a timer may have slept. */
  nudge(): void {
    const left = (this.#tokens?.endsAt ?? 0) - this.#environment.clock.now();
    if (this.#tokens && left < AHEAD_MS) this.renew();
  }

  /** Wipes tokens, identity and what is kept of the session. */
  reset(): void {
    this.#linkKeys.clear();
    this.#generation += 1;
    this.#renewal.clear();
    this.#tokens = undefined;
    this.#refreshing = undefined;
    this.#environment.storage?.removeItem(this.#environment.storageKey);
    this.me.set(null);
  }

  #sessionId(): string | undefined {
    const { storage, storageKey } = this.#environment;
    return this.me.get()?.session_id ?? storage?.getItem(storageKey) ?? undefined;
  }

  #refresh(): Promise<string> {
    const running = this.#refreshing;
    if (running) return running;
    const generation = this.#generation;
    const refreshing = this.#exchange(generation).finally(() => {
      if (this.#refreshing === refreshing) this.#refreshing = undefined;
    });
    this.#refreshing = refreshing;
    return refreshing;
  }

  async #exchange(generation: number): Promise<string> {
    const session_id = this.#sessionId();
    if (!session_id) throw new BedsideError(ended());
    try {
      const answer = await oneAtATime(session_id, () =>
        post<SignedIn>(this.#environment, '/v1/auth/refresh', { session_id }),
      );
      const { access_token } = answer.body;
      this.#open(generation, access_token, answer.body, answer.hubTime);
      this.#failures = 0;
      return access_token;
    } catch (error) {
      if (isFinal(error) && generation === this.#generation) this.#environment.onEnded();
      throw error;
    }
  }

  #open(
    generation: number,
    access: string,
    { me, expires_at }: Pick<SignedIn, 'me' | 'expires_at'>,
    hubTime: number | undefined,
  ): Me {
    if (generation !== this.#generation) throw new BedsideError(ended());
    const { clock, storage, storageKey, random } = this.#environment;
    // Only the hub's own clock can say how long its token lives; ours may be wrong by hours.
    const life = expires_at - (hubTime ?? clock.now());
    const left = life > 0 && life <= LONGEST_MS ? life : LONGEST_MS - 2 * 60_000;
    this.#tokens = { access, endsAt: clock.now() + left };
    storage?.setItem(storageKey, me.session_id);
    this.#renewal.set(Math.max(1_000, left - AHEAD_MS - random() * 30_000));
    this.me.set(me);
    return me;
  }
}

/** Whether a refusal says that only a new sign-in helps. */
export const isFinal = (error: unknown): boolean =>
  error instanceof BedsideError && Math.floor(error.number / 1_000) === 2;

/** Again, when the answer was lost. */
const onceMore = <T>(exchange: () => Promise<T>): Promise<T> =>
  exchange().catch((error: unknown) => {
    if (error instanceof BedsideError && error.outcome === 'unknown') return exchange();
    throw error;
  });

const ended = () => localFault('session_ended', 'Nobody is signed in.');

/** Tabs of one session share its cookie: the second to refresh must wait for the cookie of the first. */
const oneAtATime = async <T>(sessionId: string, action: () => Promise<T>): Promise<T> => {
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request(`bedside-refresh-${sessionId}`, action) : action();
};
