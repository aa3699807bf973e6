/**
 * THE KEY under which what waits lies in IndexedDB, and how a database of it is opened. No script can export the key;
 * whoever deletes the last row deletes the key with it.
 */

/** The store of the key, in every such database. */
export const KEYS = 'keys';
/** Where in it the key is. */
export const CURRENT = 'current';

/** A key, and the name that rows know it by. */
export interface SealingKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** The result of a request. */
export const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves when a transaction is through. */
export const finished = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

/** Written through to the disk before it is said to be kept. */
export const writing = (database: IDBDatabase, rows: string): IDBTransaction =>
  database.transaction([rows, KEYS], 'readwrite', { durability: 'strict' });

/** The key that is there, if any. */
export const currentKey = (transaction: IDBTransaction): Promise<SealingKey | undefined> =>
  asked<SealingKey | undefined>(transaction.objectStore(KEYS).get(CURRENT));

/** The key that is there, or a new one. */
export const sealingKey = async (database: IDBDatabase, rows: string): Promise<SealingKey> => {
  const known = await currentKey(database.transaction(KEYS));
  if (known) return known;
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const made: SealingKey = { id: crypto.randomUUID(), key };
  const transaction = writing(database, rows);
  // Another tab may have been quicker.
  const first = await currentKey(transaction);
  if (!first) transaction.objectStore(KEYS).put(made, CURRENT);
  await finished(transaction);
  return first ?? made;
};

/** Opens a database, and makes it when it is not there. `onGone` is told when it is closed from outside. */
export const opened = async (
  factory: IDBFactory,
  name: string,
  make: (database: IDBDatabase) => void,
  onGone: () => void,
): Promise<IDBDatabase> => {
  const request = factory.open(name, 1);
  request.onupgradeneeded = () => {
    make(request.result);
    request.result.createObjectStore(KEYS);
  };
  const database = await asked(request);
  // A newer version of this page in another tab, or the browser itself, may close it.
  database.onversionchange = () => {
    database.close();
    onGone();
  };
  database.onclose = onGone;
  return database;
};
