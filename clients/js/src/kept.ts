/**
 * WHERE MESSAGES WAIT in a browser: IndexedDB, sealed.
 *
 * What people write is health data. It is kept for as long as the hub has not acknowledged it, for the person who wrote
 * it, and is gone with their sign-out; what others left behind in this browser is thrown away after 30 days. Nobody's
 * own is thrown away by a clock, which may be wrong: it stays in sight until they decide. Each message is sealed with AES-256-GCM under a key that no
 * script can export and that lies in the same database; the key is thrown away whenever nothing waits, so that what a
 * disk remembers of deleted messages cannot be read. That protects what is left over and copies of the disk that lack
 * the browser's own key store; it does not protect from whoever can run this site's scripts in this browser profile.
 * Without WebCrypto or IndexedDB nothing is written to the disk: messages wait in memory, and a reload loses them.
 */
import type { OutboxNews, OutboxStore, OutboxTabs, PendingMessage } from './outbox.js';
import {
  asked,
  CURRENT,
  currentKey,
  finished,
  KEYS,
  opened,
  type SealingKey,
  sealingKey,
  writing,
} from './sealing.js';

/** What somebody else left behind in this browser is thrown away after so long. */
export const KEPT_MS = 30 * 24 * 3_600_000;

const NAME = 'bedside-outbox';
const MESSAGES = 'messages';

interface Row {
  /** Given by the database; grows. */
  readonly order?: number;
  readonly owner: string;
  readonly key: string;
  /** When, by the clock of this machine: it is compared with the same one. */
  readonly kept_at: number;
  readonly key_id: string;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

/** What the store in IndexedDB needs; the browser's own when absent. */
export interface IndexedDbOptions {
  factory?: IDBFactory;
  /** The clock of this machine. */
  now?: () => number;
}

/** A store that ends with the page. */
export const memoryStore = (): OutboxStore => {
  const kept = new Map<string, PendingMessage[]>();
  const of = (owner: string): PendingMessage[] => kept.get(owner) ?? [];
  return {
    list: async (owner) => [...of(owner)],
    add: async (owner, message) => void kept.set(owner, [...of(owner), message]),
    replace: async (owner, message) =>
      void kept.set(
        owner,
        of(owner).map((it) => (it.key === message.key ? message : it)),
      ),
    remove: async (owner, key) =>
      void kept.set(
        owner,
        of(owner).filter((it) => it.key !== key),
      ),
    wipe: async (owner) => void kept.delete(owner),
  };
};

/** IndexedDB where it can be had, memory otherwise. */
export const browserStore = (): OutboxStore => {
  if (!globalThis.indexedDB || !globalThis.crypto?.subtle) return memoryStore();
  const database = new IndexedDbStore();
  let chosen: Promise<OutboxStore> | undefined;
  const store = (): Promise<OutboxStore> => {
    chosen ??= database.open().then(
      () => database,
      // A browser that keeps nothing for this page still sends what is written in it.
      () => memoryStore(),
    );
    return chosen;
  };
  // Whoever writes nothing leaves nothing behind, not even an empty database.
  const isThere = async (): Promise<boolean> => chosen !== undefined || (await database.exists());
  return {
    list: async (owner) => ((await isThere()) ? (await store()).list(owner) : []),
    add: async (owner, message) => (await store()).add(owner, message),
    replace: async (owner, message) => (await store()).replace(owner, message),
    remove: async (owner, key) => (await store()).remove(owner, key),
    wipe: async (owner) => {
      if (await isThere()) await (await store()).wipe(owner);
    },
  };
};

/** Other tabs of the same site, where the browser has channels. */
export const browserTabs = (): OutboxTabs | null => {
  if (typeof globalThis.BroadcastChannel !== 'function') return null;
  const channel = new BroadcastChannel(NAME);
  // Where there is a process to end, an open channel must not keep it.
  (channel as { unref?: () => void }).unref?.();
  return {
    tell: (news) => channel.postMessage(news),
    listen: (listener) => {
      channel.onmessage = ({ data }: MessageEvent<OutboxNews>) => listener(data);
    },
  };
};

/** Messages in IndexedDB. */
export class IndexedDbStore implements OutboxStore {
  readonly #factory: IDBFactory;
  readonly #now: () => number;
  #database: Promise<IDBDatabase> | undefined;
  #hasCleared = false;

  constructor(options: IndexedDbOptions = {}) {
    this.#factory = options.factory ?? globalThis.indexedDB;
    this.#now = options.now ?? Date.now;
  }

  /** Whether anything was ever kept here, as far as the browser tells. */
  async exists(): Promise<boolean> {
    const databases = await this.#factory.databases?.();
    return databases?.some((it) => it.name === NAME) ?? true;
  }

  /** Opens the database. Rejects where nothing can be kept. */
  open(): Promise<IDBDatabase> {
    this.#database ??= this.#opened().catch((error: unknown) => {
      this.#database = undefined;
      throw error;
    });
    return this.#database;
  }

  /** Also throws away what others left behind long ago. */
  async list(owner: string): Promise<PendingMessage[]> {
    // One's own can be read, whether or not there was room to tidy up.
    await this.#clearOthers(owner).catch(() => undefined);
    const transaction = (await this.open()).transaction([MESSAGES, KEYS]);
    const [rows, key] = await Promise.all([
      asked<Row[]>(transaction.objectStore(MESSAGES).index('owner').getAll(owner)),
      currentKey(transaction),
    ]);
    const opened = await Promise.all(rows.map((row) => unsealed(row, key)));
    return opened.filter((it) => it !== null);
  }

  async add(owner: string, message: PendingMessage): Promise<void> {
    await this.#write(owner, message, (messages, row) => messages.add(row));
  }

  async replace(owner: string, message: PendingMessage): Promise<void> {
    await this.#write(owner, message, async (messages, row) => {
      const order = await asked(messages.index('key').getKey([owner, message.key]));
      if (order !== undefined) messages.put({ ...row, order });
    });
  }

  async remove(owner: string, key: string): Promise<void> {
    await this.#delete(async (messages) => {
      const order = await asked(messages.index('key').getKey([owner, key]));
      return order === undefined ? [] : [order];
    });
  }

  async wipe(owner: string): Promise<void> {
    await this.#delete((messages) => asked(messages.index('owner').getAllKeys(owner)));
  }

  #opened(): Promise<IDBDatabase> {
    const make = (database: IDBDatabase): void => {
      const messages = database.createObjectStore(MESSAGES, {
        keyPath: 'order',
        autoIncrement: true,
      });
      messages.createIndex('owner', 'owner');
      messages.createIndex('key', ['owner', 'key'], { unique: true });
      messages.createIndex('kept_at', 'kept_at');
    };
    return opened(this.#factory, NAME, make, () => {
      this.#database = undefined;
    });
  }

  /** Throws away what others left behind long ago, once a page. */
  async #clearOthers(owner: string): Promise<void> {
    if (this.#hasCleared) return;
    this.#hasCleared = true;
    const old = IDBKeyRange.upperBound(this.#now() - KEPT_MS);
    await this.#delete(async (messages) => {
      const rows = await asked<Row[]>(messages.index('kept_at').getAll(old));
      return rows.flatMap((it) => (it.owner === owner || !it.order ? [] : [it.order]));
    });
  }

  async #write(
    owner: string,
    message: PendingMessage,
    put: (messages: IDBObjectStore, row: Row) => unknown,
  ): Promise<void> {
    for (;;) {
      const key = await sealingKey(await this.open(), MESSAGES);
      const row = { ...(await sealed(owner, message, key)), kept_at: this.#now() };
      const transaction = writing(await this.open(), MESSAGES);
      const current = await currentKey(transaction);
      if (current?.id === key.id) {
        await put(transaction.objectStore(MESSAGES), row);
        return finished(transaction);
      }
      // Everything was sent or wiped meanwhile, and the key with it.
    }
  }

  /** Deletes rows, and the key when they were the last. */
  async #delete(choose: (messages: IDBObjectStore) => Promise<IDBValidKey[]>): Promise<void> {
    const transaction = writing(await this.open(), MESSAGES);
    const messages = transaction.objectStore(MESSAGES);
    for (const order of await choose(messages)) messages.delete(order);
    if ((await asked(messages.count())) === 0) transaction.objectStore(KEYS).delete(CURRENT);
    await finished(transaction);
  }
}

/** A message cannot be moved to somebody else, nor to another key. */
const boundTo = (owner: string, key: string) => new TextEncoder().encode(`${owner} ${key}`);

const sealed = async (
  owner: string,
  message: PendingMessage,
  { id, key }: SealingKey,
): Promise<Omit<Row, 'kept_at'>> => {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = boundTo(owner, message.key);
  const text = new TextEncoder().encode(JSON.stringify(message));
  return {
    owner,
    key: message.key,
    key_id: id,
    nonce,
    sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, text),
  };
};

/** `null` for what cannot be read any more. */
const unsealed = async (row: Row, key: SealingKey | undefined): Promise<PendingMessage | null> => {
  if (key?.id !== row.key_id) return null;
  const additionalData = boundTo(row.owner, row.key);
  const algorithm = { name: 'AES-GCM', iv: row.nonce, additionalData };
  try {
    const text = await crypto.subtle.decrypt(algorithm, key.key, row.sealed);
    return JSON.parse(new TextDecoder().decode(text)) as PendingMessage;
  } catch {
    return null;
  }
};
