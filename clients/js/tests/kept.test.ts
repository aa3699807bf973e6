import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { beforeEach, describe, expect, test } from 'vitest';
import { browserStore, IndexedDbStore, KEPT_MS } from '../src/kept.js';
import type { PendingMessage } from '../src/outbox.js';
import type { ConversationId } from '../src/protocol.gen.js';
import { fault } from './support/hub.js';

const PAT = 'person:pat';
const KIM = 'person:kim';
const NOW = 1_930_467_600_000;

const message = (number: number, over: Partial<PendingMessage> = {}): PendingMessage => ({
  key: `key-${number}`,
  conversation_id: 'conversation' as ConversationId,
  body: `The cream burns, ${number}.`,
  written_at: NOW,
  ...over,
});

let factory: IDBFactory;
let now: number;
const open = () => new IndexedDbStore({ factory, now: () => now });

beforeEach(() => {
  globalThis.IDBKeyRange = IDBKeyRange;
  factory = new IDBFactory();
  now = NOW;
});

/** Whatever lies in the database, as a thief of the disk would look at it. */
const everything = async () => {
  const database = await new IndexedDbStore({ factory, now: () => now }).open();
  const transaction = database.transaction(['messages', 'keys']);
  const all = (name: string) =>
    new Promise<unknown[]>((resolve) => {
      const request = transaction.objectStore(name).getAll();
      request.onsuccess = () => resolve(request.result);
    });
  const [messages = [], keys = []] = await Promise.all([all('messages'), all('keys')]);
  return { messages, keys };
};

describe('messages in IndexedDB', () => {
  test('come back as they were, in the order in which they were written, after the page is gone', async () => {
    const store = open();
    for (const number of [3, 1, 2]) await store.add(PAT, message(number));
    expect(await open().list(PAT)).toEqual([message(3), message(1), message(2)]);
  });

  test('are read although there is no room to tidy up what others left', async () => {
    await open().add(PAT, message(1));
    const full = open();
    const database = await full.open();
    const transaction = database.transaction.bind(database);
    database.transaction = (names, mode, options) => {
      if (mode === 'readwrite') throw new DOMException('', 'QuotaExceededError');
      return transaction(names, mode, options);
    };
    expect(await full.list(PAT)).toEqual([message(1)]);
  });

  test('two tabs that write at once lose nothing', async () => {
    const [one, other] = [open(), open()];
    await Promise.all([1, 2, 3, 4].map((it) => (it % 2 ? one : other).add(PAT, message(it))));
    const bodies = (await one.list(PAT)).map((it) => it.key).sort();
    expect(bodies).toEqual(['key-1', 'key-2', 'key-3', 'key-4']);
    expect(await other.list(PAT)).toHaveLength(4);
  });

  test('are replaced in their place and removed by their key', async () => {
    const store = open();
    for (const number of [1, 2, 3]) await store.add(PAT, message(number));
    const refused = message(1, { fault: fault('forbidden') });
    await store.replace(PAT, refused);
    await store.remove(PAT, 'key-2');
    await store.remove(PAT, 'key-9');
    await store.replace(PAT, message(9));
    expect(await store.list(PAT)).toEqual([refused, message(3)]);
  });

  test('belong to one person', async () => {
    const store = open();
    await store.add(PAT, message(1));
    await store.add(KIM, message(1));
    await store.remove(KIM, 'key-1');
    expect(await store.list(KIM)).toEqual([]);
    await store.add(KIM, message(2));
    await store.wipe(PAT);
    expect(await store.list(PAT)).toEqual([]);
    expect(await store.list(KIM)).toEqual([message(2)]);
  });

  test('lie there sealed, under a key that cannot be exported', async () => {
    const store = open();
    await store.add(PAT, message(1));
    const { messages, keys } = await everything();
    expect(messages).toHaveLength(1);
    const [row] = messages as { sealed: ArrayBuffer; nonce: Uint8Array }[];
    const bytes = Buffer.concat([
      Buffer.from(row?.sealed ?? new ArrayBuffer(0)),
      Buffer.from(row?.nonce ?? []),
    ]);
    expect(bytes.toString('latin1')).not.toContain('cream');
    expect(JSON.stringify(messages)).not.toContain('cream');
    const [{ key }] = keys as [{ key: CryptoKey }];
    expect(key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
  });

  test('moved to somebody else they cannot be read', async () => {
    const store = open();
    await store.add(PAT, message(1));
    const database = await store.open();
    const messages = database.transaction('messages', 'readwrite').objectStore('messages');
    const request = messages.getAll();
    await new Promise<void>((resolve) => {
      request.onsuccess = () => {
        messages.put({ ...request.result[0], owner: KIM });
        resolve();
      };
    });
    expect(await store.list(KIM)).toEqual([]);
  });

  test('the last one takes the key with it; what is written then has another one', async () => {
    const store = open();
    await store.add(PAT, message(1));
    const [before] = (await everything()).keys as [{ id: string }];
    await store.remove(PAT, 'key-1');
    expect(await everything()).toEqual({ messages: [], keys: [] });
    await store.add(PAT, message(2));
    const [after] = (await everything()).keys as [{ id: string }];
    expect(after.id).not.toBe(before.id);
    expect(await store.list(PAT)).toEqual([message(2)]);
  });

  test('nothing is made in the browser until something is written', async () => {
    globalThis.indexedDB = factory;
    const store = browserStore();
    expect(await store.list(PAT)).toEqual([]);
    await store.wipe(PAT);
    expect(await factory.databases()).toEqual([]);
    await store.add(PAT, message(1));
    expect(await factory.databases()).toHaveLength(1);
    expect(await browserStore().list(PAT)).toEqual([message(1)]);
  });

  test('a browser that keeps nothing still sends what is written', async () => {
    const broken = {
      databases: async () => [],
      open: () => {
        throw new Error('no');
      },
    };
    globalThis.indexedDB = broken as unknown as IDBFactory;
    const store = browserStore();
    await store.add(PAT, message(1));
    expect(await store.list(PAT)).toEqual([message(1)]);
  });

  test('left behind by somebody else are gone after 30 days; one’s own are not, whatever the clock says', async () => {
    await open().add(PAT, message(1));
    now += 1;
    await open().add(KIM, message(2));
    now = NOW + KEPT_MS;
    const later = open();
    expect(await later.list(KIM)).toEqual([message(2)]);
    expect(await later.list(PAT)).toEqual([]);
    now += 10 * KEPT_MS;
    expect(await open().list(KIM)).toEqual([message(2)]);
  });
});
