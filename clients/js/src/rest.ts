/** REST, for the few calls that are not over the socket: those that move the refresh cookie. */
import { BedsideError, isFault, localFault } from './errors.js';

/** What a REST call needs. */
export interface RestEnvironment {
  readonly origin: string;
  readonly fetch: typeof fetch;
}

/** How a REST call is made. */
export interface RestOptions {
  token?: string | undefined;
  key?: string;
}

/** An answer, with the hub's clock when it told. */
export interface RestAnswer<T> {
  readonly body: T;
  /** Milliseconds since 1970-01-01T00:00:00Z, in whole seconds. */
  readonly hubTime: number | undefined;
}

const TIMEOUT_MS = 10_000;

/**
 * Posts JSON and reads JSON.
 *
 * @throws BedsideError with the hub's fault, or `unavailable` when it could not be reached.
 */
export const post = async <T>(
  { origin, fetch }: RestEnvironment,
  path: string,
  body: object,
  options: RestOptions = {},
): Promise<RestAnswer<T>> => {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
  if (options.key !== undefined) headers['idempotency-key'] = options.key;
  const response = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => unreachable());
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new BedsideError(isFault(answer) ? answer : foreign(response.status));
  if (answer === undefined) return unreachable();
  const hubTime = Date.parse(response.headers.get('date') ?? '');
  return { body: answer as T, hubTime: Number.isNaN(hubTime) ? undefined : hubTime };
};

const unreachable = (): never => {
  throw new BedsideError(localFault('unavailable', 'The hub could not be reached.', 'unknown'));
};

/** Something between us and the hub has answered in its place. */
const foreign = (status: number) => {
  const code = status === 429 ? 'too_many_requests' : 'unavailable';
  return localFault(code, `Status ${status} on the way.`, 'unknown');
};
