/**
 * WHERE FILES WAIT in a browser, with the message that they belong to: IndexedDB, sealed like messages.
 *
 * A database of its own, because files come with a part of their own. Each is sealed with AES-256-GCM under one key
 * that no script can export, bound to its owner and its key; the key is thrown away whenever no file waits. Without
 * IndexedDB or WebCrypto they wait in memory, and a reload loses them.
 */
import type { PendingFile } from './files-part.js';
import { KEPT_MS } from './kept.js';
import {
  asked,
  CURRENT,
  currentKey,
  finished,
  KEYS,
  opened,
  sealingKey,
  writing,
} from './sealing.js';
import type { Begun } from './upload.js';

/** A file that waits, without its contents. */
export interface KeptFile {
  readonly key: string;
  readonly about: PendingFile;
  readonly begun?: Begun | undefined;
}

/** Keeps files. */
export interface FileStore {
  /** Whether what is kept outlives the page. */
  outlivesThePage(): Promise<boolean>;
  /** Resolves when it is kept for good. */
  put(owner: string, file: KeptFile, blob: Blob): Promise<void>;
  /** The hub gave it an id. */
  begun(owner: string, key: string, begun: Begun): Promise<void>;
  /** `null` when it is not there, or cannot be read any more. */
  get(owner: string, key: string): Promise<{ blob: Blob; begun?: Begun } | null>;
  /** Forgets these. */
  remove(owner: string, keys: readonly string[]): Promise<void>;
  /** Everything of one person. */
  wipe(owner: string): Promise<void>;
}

/** A store that ends with the page. */
export const memoryFiles = (): FileStore => {
  const kept = new Map<string, { blob: Blob; begun?: Begun }>();
  const name = (owner: string, key: string): string => `${owner} ${key}`;
  return {
    outlivesThePage: async () => false,
    put: async (owner, { key, begun }, blob) =>
      void kept.set(name(owner, key), { blob, ...(begun ? { begun } : {}) }),
    begun: async (owner, key, begun) => {
      const known = kept.get(name(owner, key));
      if (known) kept.set(name(owner, key), { ...known, begun });
    },
    get: async (owner, key) => kept.get(name(owner, key)) ?? null,
    remove: async (owner, keys) => {
      for (const key of keys) kept.delete(name(owner, key));
    },
    wipe: async (owner) => {
      for (const it of [...kept.keys()]) if (it.startsWith(`${owner} `)) kept.delete(it);
    },
  };
};

const NAME = 'bedside-files';
const FILES = 'files';

interface Row {
  readonly owner: string;
  readonly key: string;
  /** By the clock of this machine. */
  readonly kept_at: number;
  readonly key_id: string;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
  /** Ids of the hub say nothing about anybody. */
  readonly begun?: Begun;
}

/** Files in IndexedDB; in memory where the browser keeps nothing for this page. */
export class FileCache implements FileStore {
  readonly #factory: IDBFactory;
  readonly #now: () => number;
  readonly #memory = memoryFiles();
  #database: Promise<IDBDatabase | null> | undefined;

  constructor(options: { factory?: IDBFactory; now?: () => number } = {}) {
    this.#factory = options.factory ?? globalThis.indexedDB;
    this.#now = options.now ?? Date.now;
  }

  async outlivesThePage(): Promise<boolean> {
    return (await this.#open()) !== null;
  }

  async put(owner: string, file: KeptFile, blob: Blob): Promise<void> {
    const database = await this.#open();
    if (!database) return this.#memory.put(owner, file, blob);
    const { key, begun } = file;
    const bytes = await blob.arrayBuffer();
    for (;;) {
      const sealing = await sealingKey(database, FILES);
      const nonce = crypto.getRandomValues(new Uint8Array(12));
      const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: boundTo(owner, key) };
      const sealed = await crypto.subtle.encrypt(algorithm, sealing.key, bytes);
      const row: Row = {
        owner,
        key,
        kept_at: this.#now(),
        key_id: sealing.id,
        nonce,
        sealed,
        ...(begun ? { begun } : {}),
      };
      const transaction = writing(database, FILES);
      const current = await currentKey(transaction);
      // Every file was sent meanwhile, and the key went with the last.
      if (current?.id !== sealing.id) continue;
      transaction.objectStore(FILES).put(row);
      return finished(transaction);
    }
  }

  async begun(owner: string, key: string, begun: Begun): Promise<void> {
    const database = await this.#open();
    if (!database) return this.#memory.begun(owner, key, begun);
    const transaction = writing(database, FILES);
    const files = transaction.objectStore(FILES);
    const row = await asked<Row | undefined>(files.get([owner, key]));
    if (row) files.put({ ...row, begun });
    return finished(transaction);
  }

  async get(owner: string, key: string): Promise<{ blob: Blob; begun?: Begun } | null> {
    const database = await this.#open();
    if (!database) return this.#memory.get(owner, key);
    const transaction = database.transaction([FILES, KEYS]);
    const [row, sealing] = await Promise.all([
      asked<Row | undefined>(transaction.objectStore(FILES).get([owner, key])),
      currentKey(transaction),
    ]);
    if (!row || sealing?.id !== row.key_id) return null;
    const algorithm = { name: 'AES-GCM', iv: row.nonce, additionalData: boundTo(owner, key) };
    try {
      const bytes = await crypto.subtle.decrypt(algorithm, sealing.key, row.sealed);
      return { blob: new Blob([bytes]), ...(row.begun ? { begun: row.begun } : {}) };
    } catch {
      return null;
    }
  }

  async remove(owner: string, keys: readonly string[]): Promise<void> {
    await this.#memory.remove(owner, keys);
    await this.#delete(owner, (key) => keys.includes(key));
  }

  async wipe(owner: string): Promise<void> {
    await this.#memory.wipe(owner);
    await this.#delete(owner, () => true);
  }

  /** Deletes rows of one person, what others left behind long ago, and the key when they were the last. */
  async #delete(owner: string, isMeant: (key: string) => boolean): Promise<void> {
    const database = await this.#open();
    if (!database) return;
    const transaction = writing(database, FILES);
    const files = transaction.objectStore(FILES);
    const old = IDBKeyRange.upperBound(this.#now() - KEPT_MS);
    const [keys, oldKeys] = (await Promise.all([
      asked(files.getAllKeys()),
      asked(files.index('kept_at').getAllKeys(old)),
    ])) as [string, string][][];
    for (const it of keys ?? []) if (it[0] === owner && isMeant(it[1])) files.delete(it);
    for (const it of oldKeys ?? []) if (it[0] !== owner) files.delete(it);
    if ((await asked(files.count())) === 0) transaction.objectStore(KEYS).delete(CURRENT);
    await finished(transaction);
  }

  #open(): Promise<IDBDatabase | null> {
    this.#database ??= this.#opened().catch(() => null);
    return this.#database;
  }

  #opened(): Promise<IDBDatabase> {
    const make = (database: IDBDatabase): void => {
      const files = database.createObjectStore(FILES, { keyPath: ['owner', 'key'] });
      files.createIndex('kept_at', 'kept_at');
    };
    return opened(this.#factory, NAME, make, () => {
      this.#database = undefined;
    });
  }
}

/** A file cannot be moved to somebody else, nor to another key. */
const boundTo = (owner: string, key: string) => new TextEncoder().encode(`file ${owner} ${key}`);
