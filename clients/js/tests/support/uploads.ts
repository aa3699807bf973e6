import { BedsideError } from '../../src/errors.js';
import type { FilesHost } from '../../src/files-part.js';
import type { ConversationId, Fault, FileCard, FileId, FileState } from '../../src/protocol.gen.js';
import { FakeClock } from './clock.js';
import { fault } from './hub.js';

export const CONVERSATION = 'conversation-1' as ConversationId;

interface Kept {
  name: string;
  total: number;
  bytes: Uint8Array[];
  had: number;
}

/** What happens to a request: it is not answered, or only after the hub has done it, or with another status. */
type Mishap = 'cut' | 'answer lost' | number | { fault: Fault; status: number };

/** The hub's end of uploads: it keeps whole chunks, and says where it is. */
export class FakeUploads {
  readonly clock = new FakeClock();
  readonly files = new Map<string, Kept>();
  readonly requests: string[] = [];
  readonly removed: string[] = [];
  readonly begins: { key: string | undefined; params: Record<string, unknown> }[] = [];
  /** What happens to the next requests, one after the other; `null` is no mishap. */
  readonly next: (Mishap | null)[] = [];
  /** `file.begin` fails with these, one after the other. */
  readonly refusals: Fault[] = [];
  /** How a complete file is called. */
  state: FileState = 'clear';
  chunk = 4;
  tokens = 0;
  #live = new Set<() => void>();
  #keys = 0;

  readonly host: FilesHost = {
    origin: 'https://clinic.example',
    clock: this.clock,
    random: () => 0.5,
    newKey: () => `key-${++this.#keys}`,
    token: async (isNew) => `token-${isNew ? ++this.tokens : this.tokens}`,
    onLive: (listener) => {
      this.#live.add(listener);
      return () => this.#live.delete(listener);
    },
    fetch: (input, init) => this.#fetch(String(input), init ?? {}),
    call: (async (op: string, params: Record<string, unknown>, options?: { key?: string }) =>
      this.#call(op, params, options)) as FilesHost['call'],
  };

  live(): void {
    for (const it of [...this.#live]) it();
  }

  text(id: string): string {
    const parts = this.files.get(id)?.bytes ?? [];
    return parts.map((it) => new TextDecoder().decode(it)).join('');
  }

  card(id: string): FileCard {
    const file = this.files.get(id);
    if (!file) throw new BedsideError(fault('not_found'));
    return {
      file_id: id as FileId,
      name: file.name,
      content_type: 'image/jpeg',
      bytes: file.total,
      state: file.had === file.total ? this.state : 'uploading',
      scanned: true,
      has_preview: true,
    };
  }

  #call(op: string, params: Record<string, unknown>, options?: { key?: string }): unknown {
    if (op === 'file.begin') {
      this.begins.push({ key: options?.key, params });
      const refusal = this.refusals.shift();
      if (refusal) throw new BedsideError(refusal);
      const id = `file-${this.files.size + 1}`;
      const { name, bytes } = params as { name: string; bytes: number };
      this.files.set(id, { name, total: bytes, bytes: [], had: 0 });
      return { file_id: id, chunk_bytes: this.chunk, expires_at: 0 };
    }
    if (op === 'file.remove') {
      this.removed.push(String(params.file_id));
      return {};
    }
    return this.card(String(params.file_id));
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const id = url.split('/').at(-2) ?? '';
    const headers = new Headers(init.headers);
    this.requests.push(`${init.method} ${headers.get('upload-offset') ?? ''}`.trim());
    init.signal?.throwIfAborted();
    const mishap = this.next.shift() ?? null;
    if (mishap === 'cut') throw new TypeError('network');
    if (typeof mishap === 'number') return new Response(null, { status: mishap });
    if (mishap !== null && typeof mishap === 'object') {
      return Response.json(mishap.fault, { status: mishap.status });
    }
    const response = await this.#answer(id, init, headers);
    if (mishap === 'answer lost') throw new TypeError('network');
    return response;
  }

  async #answer(id: string, init: RequestInit, headers: Headers): Promise<Response> {
    const file = this.files.get(id);
    if (!file) return new Response(null, { status: 404 });
    const at = (status: number) =>
      new Response(null, {
        status,
        headers: {
          'upload-offset': String(file.had),
          'upload-complete': file.had === file.total ? '?1' : '?0',
        },
      });
    if (init.method === 'HEAD') return at(204);
    if (headers.get('content-type') !== 'application/partial-upload') throw new Error('no upload');
    if (Number(headers.get('upload-offset')) !== file.had) return at(409);
    const bytes = new Uint8Array(await (init.body as Blob).arrayBuffer());
    const isLast = headers.get('upload-complete') === '?1';
    const whole = isLast ? bytes.length : bytes.length - (bytes.length % this.chunk);
    file.bytes.push(bytes.slice(0, whole));
    file.had += whole;
    return file.had === file.total ? Response.json(this.card(id)) : at(204);
  }
}
