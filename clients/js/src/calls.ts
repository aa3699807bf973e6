/**
 * CALLS over the socket: ids, deadlines, cancelling, and calling again when the answer was lost.
 *
 * Invariant: every call is settled exactly once: by its answer, by its deadline, by its signal or by `reset`. A write
 * carries one idempotency key from the first attempt to the last, so that it never takes effect twice.
 */
import { backoff, type Clock, type Random } from './clock.js';
import { BedsideError, type LocalFaultCode, localFault } from './errors.js';
import type { Link } from './link.js';
import { type Fault, type OperationMap, type Precondition, WRITES } from './protocol.gen.js';

/** How a call is made. */
export interface CallOptions {
  /** Gives up waiting; the hub is told. */
  signal?: AbortSignal;
  /** Idempotency key of a write, when the caller keeps one beyond this call. */
  key?: string;
  /** What must still be so when the hub comes to it: otherwise `stale`, and nothing changes. */
  if?: Precondition;
  /** Milliseconds after which the caller is not interested any more; 10 000 when absent. */
  deadlineMs?: number;
}

/** What calls need. */
export interface CallEnvironment {
  readonly link: Link;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes an idempotency key. */
  readonly newKey: () => string;
  /** Brings a fresh access token to the hub; called once when a call is refused for want of one. */
  readonly reauthenticate: () => Promise<void>;
}

const DEADLINE_MS = 10_000;
/** Attempts after refusals; lost answers do not count, the deadline ends those. */
const MAX_REFUSALS = 4;
const IN_FLIGHT = 64;

interface Call {
  readonly op: string;
  readonly params: unknown;
  readonly key: string | undefined;
  readonly if: Precondition | undefined;
  readonly deadline: number;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: BedsideError) => void;
  /** Undoes timers and listeners. */
  readonly cleanups: (() => void)[];
  /** Number on the wire while an answer is awaited. */
  id: number | undefined;
  /** The hub may have seen it. */
  wasSent: boolean;
  refusals: number;
  hasReauthenticated: boolean;
  isSettled: boolean;
}

/** The calls of one client. */
export class Calls {
  readonly #environment: CallEnvironment;
  readonly #inFlight = new Map<number, Call>();
  #outbox: Call[] = [];
  #isLive = false;
  #limit = IN_FLIGHT;

  constructor(environment: CallEnvironment) {
    this.#environment = environment;
  }

  /** Calls an operation. Waits for the socket when there is none, up to the deadline. */
  call<K extends keyof OperationMap>(
    op: K,
    params: OperationMap[K]['params'],
    options: CallOptions = {},
  ): Promise<OperationMap[K]['output']> {
    return new Promise((resolve, reject) => {
      const { clock, newKey } = this.#environment;
      const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
      const call: Call = {
        op,
        params,
        key: WRITES.includes(op) ? (options.key ?? newKey()) : undefined,
        if: options.if,
        deadline: clock.now() + deadlineMs,
        resolve: (output) => resolve(output as OperationMap[K]['output']),
        reject,
        cleanups: [],
        id: undefined,
        wasSent: false,
        refusals: 0,
        hasReauthenticated: false,
        isSettled: false,
      };
      call.cleanups.push(clock.after(deadlineMs, () => this.#giveUp(call, 'deadline_exceeded')));
      this.#listen(call, options.signal);
      if (!call.isSettled) this.#enqueue(call);
    });
  }

  /** The hub listens: whatever waits is sent, with the keys it had. */
  live(inFlight: number): void {
    this.#isLive = true;
    this.#limit = inFlight;
    this.#pump();
  }

  /** The socket is gone. What was not answered is called again on the next one. */
  lost(): void {
    this.#isLive = false;
    const unanswered = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const call of unanswered) call.id = undefined;
    this.#outbox = [...unanswered, ...this.#outbox];
  }

  /** An answer. False when nobody waits for this number. */
  replied(id: number, output: unknown): boolean {
    const call = this.#take(id);
    if (call) this.#settle(call, () => call.resolve(output));
    return call !== undefined;
  }

  /** A refusal. False when nobody waits for this number. */
  failed(id: number, fault: Fault): boolean {
    const call = this.#take(id);
    if (call) this.#refused(call, fault);
    return call !== undefined;
  }

  /** Forgets every call; each is rejected. */
  reset(): void {
    this.#isLive = false;
    const calls = [...this.#inFlight.values(), ...this.#outbox];
    this.#inFlight.clear();
    this.#outbox = [];
    for (const call of calls) this.#fail(call, 'session_ended', 'The session was ended.');
  }

  #listen(call: Call, signal: AbortSignal | undefined): void {
    if (!signal) return;
    const abort = (): void => this.#giveUp(call, 'cancelled');
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    call.cleanups.push(() => signal.removeEventListener('abort', abort));
  }

  #enqueue(call: Call): void {
    this.#outbox.push(call);
    this.#pump();
  }

  #pump(): void {
    while (this.#isLive && this.#inFlight.size < this.#limit) {
      const call = this.#outbox.shift();
      if (!call) return;
      this.#send(call);
    }
  }

  #send(call: Call): void {
    const { link, clock } = this.#environment;
    const id = link.nextId();
    const sent = link.send({
      type: 'request',
      id,
      op: call.op,
      params: call.params,
      deadline_ms: Math.max(1, Math.round(call.deadline - clock.now())),
      ...(call.key && { key: call.key }),
      ...(call.if && { if: call.if }),
    });
    if (sent === 'too_large') {
      this.#fail(call, 'too_large', 'Larger than the hub accepts.');
    } else if (sent === 'closed') {
      this.#isLive = false;
      this.#outbox.unshift(call);
    } else {
      call.id = id;
      call.wasSent = true;
      this.#inFlight.set(id, call);
    }
  }

  #take(id: number): Call | undefined {
    const call = this.#inFlight.get(id);
    if (call) {
      this.#inFlight.delete(id);
      call.id = undefined;
      this.#pump();
    }
    return call;
  }

  #refused(call: Call, fault: Fault): void {
    const { clock, random } = this.#environment;
    if (fault.retry === 'reauthenticate' && !call.hasReauthenticated) {
      call.hasReauthenticated = true;
      this.#afterReauthentication(call, fault);
      return;
    }
    const isPassing = fault.retry === 'now' || fault.retry === 'after';
    const wait = Math.max(fault.after_ms ?? 0, backoff(call.refusals, random));
    const isInTime = clock.now() + wait < call.deadline;
    if (isPassing && isInTime && call.refusals < MAX_REFUSALS) {
      call.refusals += 1;
      call.cleanups.push(clock.after(wait, () => call.isSettled || this.#enqueue(call)));
      return;
    }
    this.#settle(call, () => call.reject(new BedsideError(fault)));
  }

  #afterReauthentication(call: Call, fault: Fault): void {
    this.#environment.reauthenticate().then(
      () => call.isSettled || this.#enqueue(call),
      () => this.#settle(call, () => call.reject(new BedsideError(fault))),
    );
  }

  #giveUp(call: Call, code: 'deadline_exceeded' | 'cancelled'): void {
    if (call.id !== undefined) {
      this.#environment.link.send({ type: 'cancel', id: call.id });
      this.#take(call.id);
    }
    this.#outbox = this.#outbox.filter((it) => it !== call);
    const why = code === 'cancelled' ? 'The caller gave up.' : 'No answer in time.';
    this.#fail(call, code, why);
  }

  #fail(call: Call, code: LocalFaultCode, message: string): void {
    const outcome = call.wasSent ? 'unknown' : 'none';
    this.#settle(call, () => call.reject(new BedsideError(localFault(code, message, outcome))));
  }

  #settle(call: Call, settle: () => void): void {
    if (call.isSettled) return;
    call.isSettled = true;
    for (const cleanup of call.cleanups) cleanup();
    settle();
  }
}
