/**
 * FAULTS as errors. One shape for what the hub refuses and for what fails on the way to it.
 */
import type { Fault, FaultCode, Outcome, Retry } from './protocol.gen.js';

/** A call failed. `code` is for programs, `number` for support, `outcome` says whether it took effect. */
export class BedsideError extends Error {
  /** All that is known. */
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(`${fault.code} (${fault.number}): ${fault.message}`);
    this.name = 'BedsideError';
    this.fault = fault;
  }

  /** Which fault. */
  get code(): FaultCode {
    return this.fault.code;
  }

  /** Its number, to be read out to support. */
  get number(): number {
    return this.fault.number;
  }

  /** What the caller may do. */
  get retry(): Retry {
    return this.fault.retry;
  }

  /** Whether the call took effect. */
  get outcome(): Outcome {
    return this.fault.outcome;
  }
}

/** What this side can find by itself, as the hub's table has it: a test compares. The whole table is large. */
export const LOCAL_FAULTS = {
  too_large: [1005, 'never'],
  unauthenticated: [2000, 'reauthenticate'],
  session_ended: [2002, 'reauthenticate'],
  not_found: [4000, 'never'],
  too_many_requests: [6000, 'after'],
  unavailable: [7000, 'after'],
  deadline_exceeded: [8000, 'now'],
  cancelled: [8001, 'now'],
  internal: [9000, 'after'],
} satisfies Partial<Record<FaultCode, readonly [number, Retry]>>;

/** A fault that this side can find. */
export type LocalFaultCode = keyof typeof LOCAL_FAULTS;

/** A fault that this side found. */
export const localFault = (
  code: LocalFaultCode,
  message: string,
  outcome: Outcome = 'none',
): Fault => {
  const [number, retry] = LOCAL_FAULTS[code] as readonly [number, Retry];
  return { code, number, message, retry, outcome };
};

/** Whatever was thrown, as a {@link BedsideError}. */
export const asError = (thrown: unknown): BedsideError =>
  thrown instanceof BedsideError
    ? thrown
    : new BedsideError(localFault('internal', 'A fault of this application.'));

/** Whether something that came over the wire is a fault. */
export const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  typeof value.code === 'string' &&
  'retry' in value &&
  'outcome' in value;
