/**
 * THE CONNECTION as a pure state machine: inputs in, state and effects out. It reads no clock and opens no socket.
 *
 * The rule of use, for the one shell that drives it (`socket.ts`):
 *
 * 1. `step(state, input, environment)` with everything that happens.
 * 2. Carry out the effects in their order.
 * 3. Ring at `state.wakeAt` (and at no other time) with the input `wake`.
 *
 * Invariants: at most one socket is listened to; every attempt begins with a token, so that an expired one is never sent;
 * what an older socket still says is not heard; a verdict of `stop` or `bug` is final until `start`.
 */
import { backoff, type Random } from './clock.js';
import { CLOSES, type CloseReason, type Heartbeat, type Verdict } from './protocol.gen.js';

/** How the connection is. */
export type ConnectionPhase = 'idle' | 'connecting' | 'open' | 'resuming' | 'waiting' | 'closed';

/** State of the machine. */
export interface ConnectionState {
  readonly phase: ConnectionPhase;
  /** Attempts since the connection last held for a while. */
  readonly attempt: number;
  /** Number of the current socket; what others say is not heard. */
  readonly socket: number;
  /** When to give the input `wake`; never when absent. */
  readonly wakeAt?: number;
  /** Why the last connection ended, as far as the hub said. */
  readonly reason?: CloseReason;
  /** How far the current attempt is. */
  readonly stage: 'none' | 'token' | 'socket' | 'hello' | 'live';
  readonly wasOpen: boolean;
  readonly openedAt: number;
  /** The next attempt must not begin with the token that we have. */
  readonly needsNewToken: boolean;
  readonly heartbeat: Heartbeat;
  /** What the hub announced before it closed. */
  readonly bye?: Bye;
}

/** When to come again. */
type Wait = Pick<Bye, 'spreadMs' | 'afterMs'>;

const AT_ONCE: Wait = { spreadMs: 0, afterMs: 0 };

interface Bye {
  readonly code: number;
  readonly reason: CloseReason;
  readonly spreadMs: number;
  readonly afterMs: number;
}

/** What happens to the connection. */
export type ConnectionInput =
  /** Somebody signed in. */
  | { kind: 'start' }
  /** Somebody signed out. */
  | { kind: 'stop' }
  /** A token that is good for a while. */
  | { kind: 'token' }
  /** There is none now; `isFinal` when there will be none without a new sign-in. */
  | { kind: 'no_token'; isFinal: boolean }
  | { kind: 'opened'; socket: number }
  | { kind: 'welcome'; socket: number; heartbeat: Heartbeat }
  /** A message came. */
  | { kind: 'heard'; socket: number }
  | ({ kind: 'bye'; socket: number } & Bye)
  | { kind: 'closed'; socket: number; code: number }
  /** Another socket was opened beside this one and is welcome: it is the one from now on, and its welcome comes next. */
  | { kind: 'moved' }
  /** Another socket may do better at once: the network came back, or the page is looked at again. */
  | { kind: 'nudge' }
  | { kind: 'wake' };

/** What the shell does. */
export type ConnectionEffect =
  /** Answer with `token` or `no_token`. */
  | { kind: 'get_token'; isNew: boolean }
  | { kind: 'open'; socket: number }
  | { kind: 'hello'; socket: number }
  | { kind: 'close'; socket: number; code: number }
  /** The hub listens: send what waits. */
  | { kind: 'live' }
  /** The outcome of what was sent and not answered is unknown. */
  /** With `isMoved` nothing is stale: another socket goes on from there in the same turn. */
  | { kind: 'lost'; isMoved?: boolean }
  /** For good, until the next `start`. */
  | { kind: 'ended'; reason: CloseReason };

/** What the machine is told besides the input. */
export interface ConnectionEnvironment {
  readonly now: number;
  readonly random: Random;
}

/** Result of a step. */
export interface ConnectionStep {
  readonly state: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

/** An attempt that takes longer is given up. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that held this long was a good one: the next loss is met with a short wait again. */
export const STABLE_MS = 5_000;
/** Attempt at which a hub that asks for patience is first tried again. */
const PATIENT_ATTEMPT = 4;
/** Close code of RFC 6455 for a socket that went away without one. */
const ABNORMAL = 1006;

/** Before anybody signed in. */
export const idle: ConnectionState = {
  phase: 'idle',
  attempt: 0,
  socket: 0,
  stage: 'none',
  wasOpen: false,
  openedAt: 0,
  needsNewToken: false,
  heartbeat: { every_ms: 25_000, grace_ms: 10_000 },
};

/** One step of the machine. */
export const step = (
  state: ConnectionState,
  input: ConnectionInput,
  environment: ConnectionEnvironment,
): ConnectionStep => {
  if ('socket' in input && input.socket !== state.socket) return stay(state);
  switch (input.kind) {
    case 'start':
      return state.phase === 'idle' || state.phase === 'closed'
        ? attempt({ ...idle, socket: state.socket }, environment)
        : stay(state);
    case 'stop':
      return stop(state);
    case 'token':
      return state.stage === 'token' ? open(state, environment) : stay(state);
    case 'no_token':
      return noToken(state, input.isFinal, environment);
    case 'opened':
      return state.stage === 'socket'
        ? {
            state: { ...state, stage: 'hello' },
            effects: [{ kind: 'hello', socket: state.socket }],
          }
        : stay(state);
    case 'welcome':
      return state.stage === 'hello' ? welcome(state, input.heartbeat, environment) : stay(state);
    case 'heard':
      return state.stage === 'live' ? stay(watched(state, environment)) : stay(state);
    case 'bye':
      return stay({
        ...state,
        bye: input,
      });
    case 'closed':
      return closed(state, input.code, environment);
    case 'moved':
      return state.stage === 'live'
        ? {
            state: { ...state, stage: 'hello', socket: state.socket + 1 },
            effects: [{ kind: 'lost', isMoved: true }],
          }
        : stay(state);
    case 'nudge':
      return state.phase === 'waiting' ? attempt(state, environment) : stay(state);
    case 'wake':
      return wake(state, environment);
  }
};

/** What the hub's close codes ask for; codes that we do not know are judged by their hundred. */
export const verdictOf = (code: number): Verdict => {
  const known = CLOSES[code];
  if (known) return known[1];
  if (code < 4100) return 'resume';
  if (code < 4200) return 'back_off';
  if (code < 4300) return 'reauthenticate';
  return code < 4400 ? 'stop' : 'bug';
};

const stay = (state: ConnectionState): ConnectionStep => ({ state, effects: [] });

const without = <K extends 'wakeAt' | 'bye' | 'reason'>(
  state: ConnectionState,
  ...keys: K[]
): ConnectionState => {
  const rest = { ...state };
  for (const key of keys) delete rest[key];
  return rest;
};

const attempt = (state: ConnectionState, { now }: ConnectionEnvironment): ConnectionStep => ({
  state: {
    ...without(state, 'bye'),
    phase: state.wasOpen ? 'resuming' : 'connecting',
    stage: 'token',
    attempt: state.attempt + 1,
    // Getting a token has its own, longer patience: a slow answer would otherwise be asked for twice.
    wakeAt: now + 2 * CONNECT_TIMEOUT_MS,
  },
  effects: [{ kind: 'get_token', isNew: state.needsNewToken }],
});

const open = (state: ConnectionState, { now }: ConnectionEnvironment): ConnectionStep => {
  const socket = state.socket + 1;
  return {
    state: {
      ...state,
      stage: 'socket',
      socket,
      needsNewToken: false,
      wakeAt: now + CONNECT_TIMEOUT_MS,
    },
    effects: [{ kind: 'open', socket }],
  };
};

const welcome = (
  state: ConnectionState,
  heartbeat: Heartbeat,
  environment: ConnectionEnvironment,
): ConnectionStep => {
  const live: ConnectionState = {
    ...without(state, 'reason', 'bye'),
    phase: 'open',
    stage: 'live',
    wasOpen: true,
    openedAt: environment.now,
    heartbeat,
  };
  return { state: watched(live, environment), effects: [{ kind: 'live' }] };
};

/** Whoever hears nothing for the heartbeat and its grace takes the hub for gone. */
const watched = (state: ConnectionState, { now }: ConnectionEnvironment): ConnectionState => ({
  ...state,
  wakeAt: now + state.heartbeat.every_ms + state.heartbeat.grace_ms,
});

const stop = (state: ConnectionState): ConnectionStep => ({
  state: { ...idle, socket: state.socket + 1 },
  effects: [...hangUp(state, 1000), ...loss(state)],
});

const hangUp = (state: ConnectionState, code: number): ConnectionEffect[] =>
  ['socket', 'hello', 'live'].includes(state.stage)
    ? [{ kind: 'close', socket: state.socket, code }]
    : [];

const loss = (state: ConnectionState): ConnectionEffect[] =>
  state.stage === 'live' ? [{ kind: 'lost' }] : [];

const noToken = (
  state: ConnectionState,
  isFinal: boolean,
  environment: ConnectionEnvironment,
): ConnectionStep => {
  if (state.stage !== 'token') return stay(state);
  return isFinal ? end(state, 'signed_out') : pause(state, environment, AT_ONCE, state.attempt);
};

const closed = (
  state: ConnectionState,
  code: number,
  environment: ConnectionEnvironment,
): ConnectionStep => {
  if (state.stage === 'none' || state.stage === 'token') return stay(state);
  const effects = loss(state);
  const said = state.bye ?? {
    code,
    reason: CLOSES[code]?.[0],
    spreadMs: 0,
    afterMs: 0,
  };
  const told = said.reason ? { ...state, reason: said.reason } : without(state, 'reason');
  const held = state.stage === 'live' && environment.now - state.openedAt >= STABLE_MS;
  const attempts = held ? 0 : state.attempt;
  const next = after(told, verdictOf(said.code), said, attempts, environment);
  return { state: next.state, effects: [...effects, ...next.effects] };
};

const after = (
  state: ConnectionState,
  verdict: Verdict,
  wait: Wait,
  attempts: number,
  environment: ConnectionEnvironment,
): ConnectionStep => {
  switch (verdict) {
    case 'resume':
      return pause(state, environment, wait, attempts);
    case 'back_off':
      return pause(state, environment, wait, Math.max(attempts, PATIENT_ATTEMPT));
    case 'reauthenticate':
      return pause({ ...state, needsNewToken: true }, environment, wait, attempts);
    case 'stop':
    case 'bug':
      return end(state, state.reason ?? 'protocol_error');
  }
};

const end = (state: ConnectionState, reason: CloseReason): ConnectionStep => ({
  state: { ...without(state, 'wakeAt', 'bye'), phase: 'closed', stage: 'none', reason },
  effects: [{ kind: 'ended', reason }],
});

/**
 * Waits a random time: up to the spread that the hub asked for, or up to a bound that grows with every attempt. Whoever
 * was given a turn comes at that turn, however often it was sent away before.
 */
const pause = (
  state: ConnectionState,
  { now, random }: ConnectionEnvironment,
  { spreadMs, afterMs }: Wait,
  attempts: number,
): ConnectionStep => ({
  state: {
    ...without(state, 'bye'),
    phase: 'waiting',
    stage: 'none',
    attempt: attempts,
    // What a closed socket still says is not heard.
    socket: state.socket + 1,
    wakeAt:
      now +
      Math.max(afterMs + Math.round(random() * spreadMs), afterMs ? 0 : backoff(attempts, random)),
  },
  effects: [],
});

const wake = (state: ConnectionState, environment: ConnectionEnvironment): ConnectionStep => {
  if (state.wakeAt === undefined || environment.now < state.wakeAt) return stay(state);
  if (state.phase === 'waiting') return attempt(state, environment);
  if (state.stage === 'token') return pause(state, environment, AT_ONCE, state.attempt);
  if (state.stage === 'none') return stay(without(state, 'wakeAt'));
  // Too slow, or silent: this socket is given up, whether or not it ever says so.
  const next = closed(without(state, 'bye'), ABNORMAL, environment);
  return { state: next.state, effects: [...hangUp(state, 4000), ...next.effects] };
};
