import { describe, expect, test } from 'vitest';
import { BedsideError, localFault } from '../src/errors.js';
import type { FilePart, Upload } from '../src/files-part.js';
import { memoryStore } from '../src/kept.js';
import {
  Outbox,
  type OutboxLocks,
  type OutboxNews,
  type OutboxStore,
  type OutboxTabs,
  type PendingMessage,
  SENT_WITHIN_MS,
} from '../src/outbox.js';
import type {
  ConversationId,
  FaultCode,
  FileId,
  MessageId,
  SendMessage,
  SentMessage,
} from '../src/protocol.gen.js';
import { FakeClock, settled } from './support/clock.js';
import { fault } from './support/hub.js';

const ONE = 'conversation-1' as ConversationId;
const TWO = 'conversation-2' as ConversationId;
const PAT = 'person:pat';

/** Locks as the browser gives them: first come first. */
const fakeLocks = (): OutboxLocks & { died(signal: AbortSignal): void } => {
  const tails = new Map<string, Promise<unknown>>();
  const dead = new Map<AbortSignal, () => void>();
  return {
    request: (name, { signal }, callback) => {
      const before = tails.get(name) ?? Promise.resolve();
      const death = new Promise<void>((resolve) => dead.set(signal, resolve));
      const held = before.then(async () => {
        if (signal.aborted) throw new DOMException('', 'AbortError');
        await Promise.race([callback(), death]);
      });
      tails.set(
        name,
        held.catch(() => undefined),
      );
      return held;
    },
    died: (signal) => dead.get(signal)?.(),
  };
};

/** Tabs that hear each other. */
const fakeTabs = () => {
  const listeners: ((news: OutboxNews) => void)[] = [];
  const told: OutboxNews[] = [];
  const tab = (): OutboxTabs => {
    let own: ((news: OutboxNews) => void) | undefined;
    return {
      listen: (listener) => {
        own = listener;
        listeners.push(listener);
      },
      tell: (news) => {
        told.push(structuredClone(news));
        for (const it of listeners) if (it !== own) queueMicrotask(() => it(news));
      },
    };
  };
  return { tab, told };
};

/** A hub that posts by key: the same key is posted once, whatever happens to the answers. */
class Log {
  readonly posted: { key: string; params: SendMessage }[] = [];
  readonly attempts: string[] = [];
  /** What happens to the next attempts, one after the other; `lost` is posted and not answered, `applied` was, and cannot be told. */
  readonly next: ('refused' | 'lost' | 'applied' | 'unavailable' | FaultCode)[] = [];
  isThere = true;

  get texts(): string[] {
    return this.posted.map((it) => it.params.body);
  }

  call = async (
    params: SendMessage,
    { key, signal }: { key: string; signal: AbortSignal },
  ): Promise<SentMessage> => {
    this.attempts.push(key);
    await Promise.resolve();
    if (!this.isThere) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new BedsideError(localFault('cancelled', 'the socket is gone', 'unknown'));
    }
    const trouble = this.next.shift();
    if (trouble === 'applied') {
      throw new BedsideError({ ...fault('internal'), outcome: 'applied', retry: 'refresh' });
    }
    if (trouble && trouble !== 'lost') {
      throw new BedsideError(fault(trouble === 'refused' ? 'forbidden' : trouble));
    }
    const known = this.posted.findIndex((it) => it.key === key);
    if (known === -1) this.posted.push({ key, params });
    if (trouble === 'lost') {
      throw new BedsideError(localFault('deadline_exceeded', 'no answer', 'unknown'));
    }
    const offset = known === -1 ? this.posted.length : known + 1;
    return {
      message_id: `message-${offset}` as MessageId,
      position: { epoch: 1, offset },
      at: 0,
    };
  };
}

interface World {
  clock?: FakeClock;
  store?: OutboxStore;
  log?: Log;
  locks?: OutboxLocks | null;
  tabs?: OutboxTabs | null;
  name?: string;
  files?: () => Promise<FilePart>;
}

const tab = ({
  clock = new FakeClock(),
  store = memoryStore(),
  log = new Log(),
  locks = null,
  tabs = null,
  name = 'tab',
  files = () => Promise.reject(new Error('no files here')),
}: World = {}) => {
  let keys = 0;
  const outbox = new Outbox({
    store,
    clock,
    random: () => 0.5,
    newKey: () => `${name}-${++keys}`,
    hubTime: () => clock.now(),
    call: log.call,
    files,
    locks,
    channel: tabs,
  });
  outbox.open(PAT);
  const waiting = () => outbox.pending.get().map((it) => it.body);
  return { outbox, store, clock, log, waiting };
};

describe('what was written', () => {
  test('is kept before anything is sent, and leaves when the hub has it', async () => {
    const { outbox, store, log, waiting } = tab();
    await outbox.add(ONE, 'first');
    expect(waiting()).toEqual(['first']);
    expect(await store.list(PAT)).toHaveLength(1);
    expect(log.attempts).toEqual([]);
    outbox.live();
    await settled();
    expect(log.texts).toEqual(['first']);
    expect(waiting()).toEqual([]);
    expect(await store.list(PAT)).toEqual([]);
  });

  test('at once is kept in the order in which it was written, however long keeping takes', async () => {
    const store = memoryStore();
    const releases: (() => void)[] = [];
    const slow = {
      ...store,
      add: async (owner: string, message: PendingMessage) => {
        if (message.body === 'first') await new Promise<void>((resolve) => releases.push(resolve));
        await store.add(owner, message);
      },
    };
    const { outbox, log } = tab({ store: slow });
    outbox.live();
    const both = Promise.all([outbox.add(ONE, 'first'), outbox.add(ONE, 'second')]);
    await settled();
    expect(log.attempts).toEqual([]);
    releases[0]?.();
    await both;
    await settled();
    expect(log.texts).toEqual(['first', 'second']);
  });

  test('is not written when it cannot be kept', async () => {
    const full = { ...memoryStore(), add: () => Promise.reject(new Error('the disk is full')) };
    const { outbox, waiting } = tab({ store: full });
    await expect(outbox.add(ONE, 'first')).rejects.toThrow('full');
    expect(waiting()).toEqual([]);
  });

  test('is written once it is kept, whether or not what is kept can be read again', async () => {
    const store = memoryStore();
    const blind = { ...store, list: () => Promise.reject(new Error('cannot be read')) };
    const { outbox, log, waiting } = tab({ store: blind });
    await outbox.add(ONE, 'first');
    expect(waiting()).toEqual(['first']);
    outbox.live();
    await outbox.add(ONE, 'second');
    await settled();
    expect(log.texts).toEqual(['first', 'second']);
  });

  test('goes out in order, one at a time, in each conversation', async () => {
    const { outbox, log, clock } = tab();
    for (const text of ['1', '2', '3']) await outbox.add(ONE, text);
    await outbox.add(TWO, 'other');
    log.next.push('unavailable', 'lost');
    outbox.live();
    await settled();
    await outbox.add(ONE, '4');
    await clock.advance(60_000);
    const ofOne = log.posted.filter((it) => it.params.conversation_id === ONE);
    expect(ofOne.map((it) => it.params.body)).toEqual(['1', '2', '3', '4']);
    expect(log.texts).toContain('other');
    expect(log.posted).toHaveLength(5);
  });

  test('of which the answer was lost is sent with the same key, and posted once', async () => {
    const { outbox, log, clock, waiting } = tab();
    log.next.push('lost', 'outcome_unknown', 'internal');
    await outbox.add(ONE, 'first', { reply_to: 'message-0' as MessageId });
    outbox.live();
    await settled();
    expect(waiting()).toEqual(['first']);
    await clock.advance(60_000);
    expect(log.attempts).toHaveLength(4);
    expect(new Set(log.attempts).size).toBe(1);
    expect(log.posted.map((it) => it.params)).toEqual([
      { conversation_id: ONE, body: 'first', reply_to: 'message-0' },
    ]);
    expect(waiting()).toEqual([]);
  });

  test('of which the hub knows only that it was posted waits no longer, and is not refused', async () => {
    const { outbox, log, clock, waiting } = tab();
    log.next.push('lost', 'applied');
    await outbox.add(ONE, 'first');
    outbox.live();
    await clock.advance(60_000);
    expect(log.attempts).toHaveLength(2);
    expect(log.texts).toEqual(['first']);
    expect(waiting()).toEqual([]);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('survives the page: another one sends it with the key that it had', async () => {
    const store = memoryStore();
    const log = new Log();
    log.isThere = false;
    const before = tab({ store, log, name: 'before' });
    await before.outbox.add(ONE, 'first');
    before.outbox.live();
    await settled();
    // The page dies; the clock goes on for days.
    log.isThere = true;
    const after = tab({ store, log, name: 'after' });
    await after.clock.advance(5 * 24 * 3_600_000);
    after.outbox.live();
    await settled();
    expect(log.texts).toEqual(['first']);
    expect(new Set(log.attempts)).toEqual(new Set(['before-1']));
    expect(await store.list(PAT)).toEqual([]);
  });

  test('is not sent by itself once the hub may have forgotten its key', async () => {
    const { outbox, clock, log } = tab();
    await outbox.add(ONE, 'first');
    await clock.advance(SENT_WITHIN_MS + 1);
    outbox.live();
    await settled();
    expect(log.attempts).toEqual([]);
    expect(outbox.pending.get()[0]?.fault?.outcome).toBe('unknown');
  });

  test('is given up for the moment when the socket goes, and sent on the next one', async () => {
    const { outbox, log } = tab();
    log.isThere = false;
    await outbox.add(ONE, 'first');
    outbox.live();
    await settled();
    outbox.lost();
    await settled();
    log.isThere = true;
    outbox.live();
    await settled();
    expect(log.attempts).toEqual(['tab-1', 'tab-1']);
    expect(log.texts).toEqual(['first']);
  });
});

describe('what the hub refuses for good', () => {
  const refused = async () => {
    const all = tab();
    all.log.next.push('refused');
    await all.outbox.add(ONE, 'first');
    await all.outbox.add(ONE, 'second');
    all.outbox.live();
    await settled();
    return all;
  };

  test('stays with why, and does not hold up what follows', async () => {
    const { outbox, log, store } = await refused();
    expect(log.texts).toEqual(['second']);
    expect(outbox.pending.get()).toMatchObject([{ body: 'first', fault: { code: 'forbidden' } }]);
    expect(await store.list(PAT)).toMatchObject([{ body: 'first', fault: { code: 'forbidden' } }]);
  });

  test('is sent anew under another key', async () => {
    const { outbox, log } = await refused();
    await outbox.retry('tab-1');
    await settled();
    expect(log.texts).toEqual(['second', 'first']);
    expect(log.posted[1]?.key).not.toBe('tab-1');
    expect(outbox.pending.get()).toEqual([]);
  });

  test('is sent anew once, even where it cannot be taken away', async () => {
    const store = memoryStore();
    let isStuck = false;
    const sticky = {
      ...store,
      remove: (owner: string, key: string) =>
        isStuck && key === 'tab-1' ? Promise.reject(new Error('stuck')) : store.remove(owner, key),
    };
    const { outbox, log } = tab({ store: sticky });
    log.next.push('refused');
    await outbox.add(ONE, 'first');
    outbox.live();
    await settled();
    isStuck = true;
    await outbox.retry('tab-1');
    await outbox.retry('tab-1');
    await settled();
    expect(log.texts).toEqual(['first']);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('is thrown away', async () => {
    const { outbox, log, store } = await refused();
    await outbox.discard('tab-1');
    expect(outbox.pending.get()).toEqual([]);
    expect(await store.list(PAT)).toEqual([]);
    expect(log.texts).toEqual(['second']);
  });

  test('what waits cannot be thrown away: it may be under way', async () => {
    const { outbox, waiting } = tab();
    await outbox.add(ONE, 'first');
    await outbox.discard('tab-1');
    await outbox.retry('tab-1');
    expect(waiting()).toEqual(['first']);
  });
});

describe('people', () => {
  test('nothing is written for nobody', async () => {
    const { outbox } = tab();
    outbox.open(null);
    await expect(outbox.add(ONE, 'first')).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('what one wrote is neither seen nor sent by another, and is there when they are back', async () => {
    const { outbox, log, waiting } = tab();
    await outbox.add(ONE, 'of pat');
    outbox.open('person:kim');
    outbox.live();
    await settled();
    expect(waiting()).toEqual([]);
    await outbox.add(ONE, 'of kim');
    await settled();
    expect(log.texts).toEqual(['of kim']);
    outbox.open(PAT);
    await settled();
    expect(log.texts).toEqual(['of kim', 'of pat']);
  });

  test('a wipe takes one’s own and leaves what others wrote', async () => {
    const { outbox, store, log, waiting } = tab();
    await outbox.add(ONE, 'of pat');
    outbox.open('person:kim');
    await outbox.add(ONE, 'of kim');
    await outbox.wipe();
    outbox.live();
    await settled();
    expect(waiting()).toEqual([]);
    expect(log.attempts).toEqual([]);
    expect(await store.list('person:kim')).toEqual([]);
    expect(await store.list(PAT)).toHaveLength(1);
  });
});

describe('several tabs', () => {
  const two = async () => {
    const shared = { clock: new FakeClock(), store: memoryStore(), log: new Log() };
    const locks = fakeLocks();
    const signals: AbortSignal[] = [];
    const watched: OutboxLocks = {
      request: (name, options, callback) => {
        signals.push(options.signal);
        return locks.request(name, options, callback);
      },
    };
    const { tab: channel, told } = fakeTabs();
    const first = tab({ ...shared, locks: watched, tabs: channel(), name: 'first' });
    const second = tab({ ...shared, locks: watched, tabs: channel(), name: 'second' });
    first.outbox.live();
    await settled();
    second.outbox.live();
    await settled();
    const dies = () => locks.died(signals[0] as AbortSignal);
    return { ...shared, first, second, told, dies };
  };

  test('the first sends for both, in the order in which it was written', async () => {
    const { first, second, log } = await two();
    await Promise.all([second.outbox.add(ONE, 'a'), first.outbox.add(ONE, 'b')]);
    await settled();
    expect(log.texts).toEqual(['a', 'b']);
    expect(log.attempts).toEqual(['second-1', 'first-1']);
    expect(first.waiting()).toEqual([]);
    expect(second.waiting()).toEqual([]);
  });

  test('both hear what came to the hub; no text goes from tab to tab', async () => {
    const { first, second, told } = await two();
    const heard: string[] = [];
    first.outbox.onSent((it) => heard.push(`first ${it.body}`));
    second.outbox.onSent((it) => heard.push(`second ${it.body}`));
    await second.outbox.add(ONE, 'a secret');
    await settled();
    expect(heard.sort()).toEqual(['first a secret', 'second a secret']);
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  test('when the sender dies in the middle the other goes on, and nothing is posted twice', async () => {
    const { first, second, log, dies } = await two();
    log.isThere = false;
    await first.outbox.add(ONE, 'a');
    await first.outbox.add(ONE, 'b');
    await settled();
    log.isThere = true;
    dies();
    await settled();
    expect(log.texts).toEqual(['a', 'b']);
    expect(new Set(log.attempts)).toEqual(new Set(['first-1', 'first-2']));
    expect(second.waiting()).toEqual([]);
  });

  test('when the sender loses its socket another one takes over', async () => {
    const { first, second, log } = await two();
    first.outbox.lost();
    await second.outbox.add(ONE, 'a');
    await settled();
    expect(log.texts).toEqual(['a']);
  });

  test('a wipe in one tab reaches the other', async () => {
    const { first, second, log } = await two();
    first.outbox.lost();
    second.outbox.lost();
    await second.outbox.add(ONE, 'a');
    await first.outbox.wipe();
    await settled();
    expect(second.waiting()).toEqual([]);
    second.outbox.live();
    await settled();
    expect(log.attempts).toEqual([]);
  });
});

describe('a message with files', () => {
  const file = { key: 'file-key', name: 'arm.jpg', bytes: 3, content_type: 'image/jpeg' };
  const fakePart = () => {
    const forgotten: string[] = [];
    let isReady = (): Promise<FileId[]> => Promise.resolve(['file-1' as FileId]);
    const part = {
      keep: async () => [file],
      ready: () => isReady(),
      forget: async (_owner: string, keys: readonly string[]) => void forgotten.push(...keys),
    } as unknown as FilePart;
    return { part, forgotten, readyWith: (how: typeof isReady) => (isReady = how) };
  };
  const upload = { key: file.key } as Upload;

  test('waits for them, what was written after it waits too, and they are forgotten with it', async () => {
    const { part, forgotten, readyWith } = fakePart();
    let arrive = (_ids: FileId[]) => {};
    readyWith(() => new Promise((resolve) => (arrive = resolve)));
    const { outbox, log } = tab({ files: async () => part });
    await outbox.add(ONE, 'look', {}, [upload]);
    await outbox.add(ONE, 'after it');
    await outbox.add(TWO, 'elsewhere');
    outbox.live();
    await settled();
    expect(log.texts).toEqual(['elsewhere']);
    arrive(['file-7' as FileId]);
    await settled();
    expect(log.texts).toEqual(['elsewhere', 'look', 'after it']);
    expect(log.posted[1]?.params.files).toEqual(['file-7']);
    expect(forgotten).toEqual(['file-key']);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('is refused with what its files were refused with, and can be sent anew or thrown away with them', async () => {
    const { part, forgotten, readyWith } = fakePart();
    readyWith(() => Promise.reject(new BedsideError(fault('content_warned'))));
    const { outbox, log } = tab({ files: async () => part });
    outbox.live();
    await outbox.add(ONE, 'look', {}, [upload]);
    await outbox.add(ONE, 'another', {}, [upload]);
    await settled();
    const [first, second] = outbox.pending.get();
    expect(first?.fault?.code).toBe('content_warned');
    readyWith(() => Promise.resolve(['file-1' as FileId]));
    await outbox.retry(first?.key ?? '', { reason: 'own_data' });
    await settled();
    expect(log.posted[0]?.params).toMatchObject({
      files: ['file-1'],
      override: { reason: 'own_data' },
    });
    expect(forgotten).toEqual(['file-key']);
    await outbox.discard(second?.key ?? '');
    expect(forgotten).toEqual(['file-key', 'file-key']);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('is not written when they cannot be kept', async () => {
    const { outbox } = tab();
    await expect(outbox.add(ONE, 'look', {}, [upload])).rejects.toThrow('no files here');
    expect(outbox.pending.get()).toEqual([]);
  });
});
