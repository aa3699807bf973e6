/**
 * HOW PIECES OF A FILE GO over HTTP: one request, its token, and what its answer says.
 */
import { BedsideError, isFault, localFault } from './errors.js';
import type { FilesHost } from './files-part.js';
import type { FileId } from './protocol.gen.js';

/** A piece that takes longer is given up: on a network that is that slow it is asked where the hub is. */
const PIECE_MS = 60_000;
const HEAD_MS = 10_000;

/** Asks, with a fresh token when the one it had has ended. */
export const asked = async (
  { origin, fetch, token }: FilesHost,
  method: 'HEAD' | 'PATCH',
  fileId: FileId,
  { headers, body }: { headers?: Record<string, string>; body?: Blob },
  signal: AbortSignal,
): Promise<Response> => {
  const within = AbortSignal.timeout(method === 'HEAD' ? HEAD_MS : PIECE_MS);
  const once = async (isNew: boolean): Promise<Response> => {
    const authorization = `Bearer ${await token(isNew)}`;
    return fetch(`${origin}/v1/files/${fileId}/content`, {
      method,
      headers: { ...headers, authorization },
      ...(body ? { body } : {}),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any([signal, within]),
    }).catch(() => {
      throw new BedsideError(localFault('unavailable', 'The hub could not be reached.'));
    });
  };
  const response = await once(false);
  return response.status === 401 ? once(true) : response;
};

/** How much the hub says that it has. */
export const offsetOf = (response: Response): number => {
  const offset = Number(response.headers.get('upload-offset') ?? Number.NaN);
  if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw new BedsideError(localFault('unavailable', 'The hub did not say how much it has.'));
};

/** Why it was refused. */
export const refusal = async (response: Response): Promise<BedsideError> => {
  const answer: unknown = await response.json().catch(() => undefined);
  if (isFault(answer)) return new BedsideError(answer);
  if (response.status === 413) {
    return new BedsideError(
      localFault('too_large', 'The way to the hub takes no piece that large.'),
    );
  }
  return new BedsideError(
    localFault('unavailable', `The way to the hub answered with status ${response.status}.`),
  );
};
