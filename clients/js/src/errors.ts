/**
 * FAULTS as errors. One shape for what the hub refuses and for what fails on the way to it.
 */
import {
  type FactorChallenge,
  type Fault,
  type FaultCode,
  type Outcome,
  OWN_FAULTS,
  type Retry,
} from './protocol.gen.js';

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

/**
 * The password is right, and no session is open yet: the account has a second factor. `verifyFactor` goes on with the
 * challenge and a proof by one of its methods.
 */
export class FactorNeeded extends Error {
  /** What is asked. */
  readonly challenge: FactorChallenge;

  constructor(challenge: FactorChallenge) {
    super('A second factor is needed.');
    this.name = 'FactorNeeded';
    this.challenge = challenge;
  }
}

/** A fault that this side can find. */
export type LocalFaultCode = keyof typeof OWN_FAULTS;

/** A fault that this side found. */
export const localFault = (
  code: LocalFaultCode,
  message: string,
  outcome: Outcome = 'none',
): Fault => {
  const [number, retry] = OWN_FAULTS[code];
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
