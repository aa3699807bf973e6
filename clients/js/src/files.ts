/**
 * FILES of conversations, a part of its own that is loaded where files are sent: `new Bedside({ files: () =>
 * import('@bedside/client/files') })`.
 *
 * Invariants: a file has one upload at a time, in all tabs; a file that belongs to a message that waits is kept with
 * it, sealed, until the hub has the message or somebody throws it away; what the hub forgot meanwhile is uploaded anew.
 */
import { BedsideError, localFault } from './errors.js';
import { FileCache, type FileStore, memoryFiles } from './files-kept.js';
import type { FilePart, FilesHost, PendingFile, Upload } from './files-part.js';
import type { OutboxLocks, PendingMessage } from './outbox.js';
import type { ConversationId, FileId, Override } from './protocol.gen.js';
import { FileUpload } from './upload.js';

export { FileCache, type FileStore, type KeptFile, memoryFiles } from './files-kept.js';
export type { FilePart, FilesHost, PendingFile, Upload, UploadNow } from './files-part.js';
export { type Begun, FileUpload } from './upload.js';

/** How the part is made, for tests and for pages that keep files elsewhere. */
export interface FilesOptions {
  /** Where files of messages that wait are kept; the browser's IndexedDB when absent. */
  store?: FileStore;
  /** Lets one tab upload a file at a time; the browser's Web Locks when absent, every tab when `null`. */
  locks?: OutboxLocks | null;
}

/** Makes the part; called by the client. */
export const openFiles = (host: FilesHost, options: FilesOptions = {}): FilePart =>
  new Files(host, options);

class Files implements FilePart {
  readonly #host: FilesHost;
  readonly #store: FileStore;
  readonly #locks: OutboxLocks | null | undefined;
  /** Uploads of this tab by their keys. */
  readonly #uploads = new Map<string, FileUpload>();

  constructor(host: FilesHost, options: FilesOptions) {
    this.#host = host;
    this.#store = options.store ?? browserFiles();
    this.#locks = options.locks === undefined ? globalThis.navigator?.locks : options.locks;
  }

  get outlivesThePage(): Promise<boolean> {
    return this.#store.outlivesThePage();
  }

  attach(
    conversationId: ConversationId,
    file: Blob,
    { name, override }: { name: string; override?: Override },
  ): FileUpload {
    const key = this.#host.newKey();
    const upload = this.#uploadOf(key, conversationId, file, {
      key,
      name,
      bytes: file.size,
      content_type: file.type,
    });
    if (override) upload.override(override);
    else upload.resume();
    return upload;
  }

  uploadOf(key: string): Upload | undefined {
    return this.#uploads.get(key);
  }

  /** Keeps the files of a message before the message is kept. */
  async keep(owner: string, uploads: readonly Upload[]): Promise<PendingFile[]> {
    const kept: PendingFile[] = [];
    for (const { key } of uploads) {
      const upload = this.#uploads.get(key);
      if (!upload) throw new BedsideError(localFault('not_found', GONE));
      const { name, bytes, content_type } = upload.about;
      this.#keepBegun(owner, upload);
      await this.#store.put(owner, { key, about: upload.about, begun: upload.begun }, upload.blob);
      // It may have got its id while it was put there.
      if (upload.begun) await this.#store.begun(owner, key, upload.begun);
      kept.push({ key, name, bytes, content_type });
    }
    return kept;
  }

  /** The ids of a message's files, once the hub has all of them. */
  async ready(owner: string, message: PendingMessage, signal: AbortSignal): Promise<FileId[]> {
    const ids: FileId[] = [];
    for (const file of message.files ?? []) {
      const upload = await this.#found(owner, message.conversation_id, file);
      ids.push(await upload.completed(signal));
    }
    return ids;
  }

  async forget(owner: string, keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#uploads.get(key)?.stop();
      this.#uploads.delete(key);
    }
    await this.#store.remove(owner, keys);
  }

  async wipe(owner: string): Promise<void> {
    for (const it of this.#uploads.values()) it.stop();
    this.#uploads.clear();
    await this.#store.wipe(owner);
  }

  stop(): void {
    for (const it of this.#uploads.values()) it.stop();
    this.#uploads.clear();
  }

  async #found(owner: string, conversationId: ConversationId, file: PendingFile) {
    const known = this.#uploads.get(file.key);
    if (known) return known;
    const kept = await this.#store.get(owner, file.key);
    if (!kept) throw new BedsideError(localFault('not_found', GONE));
    const upload = this.#uploadOf(file.key, conversationId, kept.blob, file, kept.begun);
    this.#keepBegun(owner, upload);
    return upload;
  }

  /** With its id on this device, the next page goes on where this one was. */
  #keepBegun(owner: string, upload: FileUpload): void {
    upload.onBegun = (begun) => {
      this.#store.begun(owner, upload.key, begun).catch(() => undefined);
    };
    upload.recall = async () => (await this.#store.get(owner, upload.key))?.begun;
  }

  #uploadOf(
    key: string,
    conversationId: ConversationId,
    blob: Blob,
    about: PendingFile,
    begun?: FileUpload['begun'],
  ): FileUpload {
    const upload = new FileUpload(this.#host, conversationId, blob, about, begun);
    upload.alone = (signal, work) => this.#alone(key, signal, work);
    this.#uploads.set(key, upload);
    return upload;
  }

  /** Whoever uploads this file in another tab comes to the end of it first, or dies. */
  async #alone(key: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    if (this.#locks) await this.#locks.request(`bedside-file-${key}`, { signal }, work);
    else await work();
  }
}

/** IndexedDB where it can be had, memory otherwise. */
const browserFiles = (): FileStore =>
  globalThis.indexedDB && globalThis.crypto?.subtle ? new FileCache() : memoryFiles();

const GONE = 'The file is not on this device any more.';
