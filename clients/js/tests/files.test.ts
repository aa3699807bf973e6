import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { describe, expect, test } from 'vitest';
import { FileCache, type FileStore, memoryFiles, openFiles } from '../src/files.js';
import type { OutboxLocks, PendingMessage } from '../src/outbox.js';
import type { TopicState } from '../src/protocol.gen.js';
import { settled } from './support/clock.js';
import { example } from './support/golden.js';
import { fault, signedIn } from './support/hub.js';
import { CONVERSATION, FakeUploads } from './support/uploads.js';

const TEXT = 'a picture of a red spot on an arm';
const PAT = 'person:pat';

const setUp = (store: FileStore = memoryFiles()) => {
  const hub = new FakeUploads();
  const part = openFiles(hub.host, { store, locks: null });
  const attach = (text = TEXT, name = 'arm.jpg') =>
    part.attach(CONVERSATION, new Blob([text], { type: 'image/jpeg' }), { name });
  return { hub, part, attach };
};

const waiting = (files: PendingMessage['files']): PendingMessage => ({
  key: 'message-key',
  conversation_id: CONVERSATION,
  body: '',
  written_at: 0,
  ...(files && { files }),
});

const never = new AbortController().signal;

/** Locks as the browser gives them: first come first. */
const oneAtATime = (): OutboxLocks => {
  const tails = new Map<string, Promise<unknown>>();
  return {
    request: (name, _options, callback) => {
      const held = (tails.get(name) ?? Promise.resolve()).then(callback);
      tails.set(name, held);
      return held;
    },
  };
};

describe('a file', () => {
  test('goes in pieces that grow, and its progress is told', async () => {
    const { hub, attach } = setUp();
    const upload = attach();
    const seen: number[] = [];
    upload.state.subscribe(() => seen.push(upload.state.get().sent));
    await settled();
    await settled();
    expect(hub.text('file-1')).toBe(TEXT);
    expect(hub.requests).toEqual(['PATCH 0', 'PATCH 4', 'PATCH 12', 'PATCH 28']);
    expect([...new Set(seen)]).toEqual([4, 12, 28, TEXT.length]);
    expect(upload.state.get()).toMatchObject({ phase: 'clear', file: { file_id: 'file-1' } });
  });

  test('goes on where the hub is, after the network was cut and after an answer was lost', async () => {
    const { hub, attach } = setUp();
    hub.next.push(null, 'cut', 'cut', null, 'answer lost', null);
    const upload = attach();
    await settled();
    expect(upload.state.get()).toMatchObject({ phase: 'waiting', sent: 4 });
    await hub.clock.advance(60_000);
    expect(hub.text('file-1')).toBe(TEXT);
    expect(hub.requests).toContain('HEAD');
    expect(hub.begins).toHaveLength(1);
    expect(upload.state.get().phase).toBe('clear');
  });

  test('does not wait for its time when the hub can be reached again', async () => {
    const { hub, attach } = setUp();
    hub.next.push('cut');
    const upload = attach();
    await settled();
    hub.live();
    await settled();
    await settled();
    expect(upload.state.get().phase).toBe('clear');
  });

  test('takes the offset that the hub tells', async () => {
    const { hub, attach } = setUp();
    const upload = attach();
    upload.pause();
    await settled();
    const file = hub.files.get('file-1');
    if (file) {
      file.bytes = [new TextEncoder().encode(TEXT.slice(0, 8))];
      file.had = 8;
    }
    upload.resume();
    await settled();
    await settled();
    expect(hub.text('file-1')).toBe(TEXT);
  });

  test('pauses, goes on, and is taken back', async () => {
    const { hub, attach } = setUp();
    hub.next.push(null, 'cut');
    const upload = attach();
    await settled();
    upload.pause();
    await hub.clock.advance(60_000);
    expect(upload.state.get().phase).toBe('paused');
    expect(hub.text('file-1')).toBe(TEXT.slice(0, 4));
    upload.resume();
    await settled();
    await settled();
    expect(hub.text('file-1')).toBe(TEXT);
    upload.cancel();
    expect(upload.state.get().phase).toBe('cancelled');
    expect(hub.removed).toEqual(['file-1']);
    upload.resume();
    expect(upload.state.get().phase).toBe('cancelled');
  });

  test('asks with a fresh token when the old one ended', async () => {
    const { hub, attach } = setUp();
    hub.next.push(401);
    const upload = attach();
    await settled();
    await settled();
    expect(hub.tokens).toBe(1);
    expect(upload.state.get().phase).toBe('clear');
  });

  test('begins anew when the hub forgot it, and not for ever', async () => {
    const { hub, attach } = setUp();
    hub.next.push(404);
    const upload = attach();
    await settled();
    await settled();
    expect(hub.begins).toHaveLength(2);
    expect(new Set(hub.begins.map((it) => it.key)).size).toBe(2);
    expect(upload.state.get().phase).toBe('clear');

    const other = setUp();
    other.hub.next.push(...Array.from({ length: 50 }, () => 404));
    const lost = other.attach();
    await settled();
    await settled();
    await settled();
    expect(lost.state.get()).toMatchObject({ phase: 'failed', error: { code: 'not_found' } });
    expect(other.hub.begins.length).toBeLessThan(6);
  });

  test.each(['content_warned', 'file_quota', 'too_large', 'forbidden'] as const)(
    'that is refused with %s says so and asks no more',
    async (code) => {
      const { hub, attach } = setUp();
      hub.refusals.push(fault(code));
      const upload = attach();
      await hub.clock.advance(60_000);
      expect(upload.state.get()).toMatchObject({ phase: 'failed', error: { code } });
      expect(hub.begins).toHaveLength(1);
    },
  );

  test('whose name was warned of is sent with a reason, under another key', async () => {
    const { hub, attach } = setUp();
    hub.refusals.push(fault('content_warned'));
    const upload = attach();
    await settled();
    upload.override({ reason: 'own_data' });
    await settled();
    await settled();
    expect(hub.begins[1]?.params.override).toEqual({ reason: 'own_data' });
    expect(hub.begins[1]?.key).not.toBe(hub.begins[0]?.key);
    expect(upload.state.get().phase).toBe('clear');
  });

  test('that is checked for a while is looked at until that is known', async () => {
    const { hub, attach } = setUp();
    hub.state = 'checking';
    const upload = attach();
    await settled();
    await settled();
    expect(upload.state.get().phase).toBe('checking');
    hub.state = 'refused';
    await hub.clock.advance(5_000);
    expect(upload.state.get().phase).toBe('refused');
  });
});

describe('a message with files', () => {
  test('is ready when the hub has all of them, whatever else happens meanwhile', async () => {
    const { hub, part, attach } = setUp();
    hub.next.push('cut', 'cut');
    const files = await part.keep(PAT, [attach('one'), attach('two', 'two.jpg')]);
    const ready = part.ready(PAT, waiting(files), never);
    await hub.clock.advance(60_000);
    expect(await ready).toEqual(['file-1', 'file-2']);
  });

  test('does not go out with a file that was refused', async () => {
    const { hub, part, attach } = setUp();
    hub.state = 'refused';
    const files = await part.keep(PAT, [attach()]);
    await expect(part.ready(PAT, waiting(files), never)).rejects.toThrow(/refused/);
  });

  test('is uploaded anew when the hub threw a file away that had waited for too long', async () => {
    const { hub, part, attach } = setUp();
    const upload = attach();
    await settled();
    await settled();
    const files = await part.keep(PAT, [upload]);
    hub.files.delete('file-1');
    hub.files.set('another', { name: '', total: 0, bytes: [], had: 0 });
    expect(await part.ready(PAT, waiting(files), never)).toEqual(['file-2']);
    expect(hub.text('file-2')).toBe(TEXT);
  });

  test('stops to wait when its turn ends', async () => {
    const { hub, part, attach } = setUp();
    hub.next.push(...Array.from({ length: 50 }, () => 'cut' as const));
    const files = await part.keep(PAT, [attach()]);
    const turn = new AbortController();
    const ready = part.ready(PAT, waiting(files), turn.signal);
    await settled();
    turn.abort();
    await expect(ready).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a file in two tabs', () => {
  const two = async () => {
    const hub = new FakeUploads();
    const store = memoryFiles();
    const locks = oneAtATime();
    const one = openFiles(hub.host, { store, locks });
    const other = openFiles(hub.host, { store, locks });
    hub.next.push(null, 'cut', 'cut');
    const upload = one.attach(CONVERSATION, new Blob([TEXT]), { name: 'arm.jpg' });
    const files = await one.keep(PAT, [upload]);
    return { hub, one, upload, ready: other.ready(PAT, waiting(files), never) };
  };

  test('is uploaded by one of them, and the other has it from there', async () => {
    const { hub, ready } = await two();
    await settled();
    await settled();
    // While the one waits for its network, the other one does nothing.
    expect(hub.requests).toEqual(['PATCH 0', 'PATCH 4']);
    await hub.clock.advance(60_000);
    expect(await ready).toEqual(['file-1']);
    expect(hub.begins).toHaveLength(1);
    expect(hub.text('file-1')).toBe(TEXT);
    // The other one asked where the hub is, and had nothing to send.
    expect(hub.requests.at(-1)).toBe('HEAD');
    expect(hub.requests.filter((it) => it === 'PATCH 0')).toHaveLength(1);
  });

  test('has its id from the other tab, even if it got it late', async () => {
    const hub = new FakeUploads();
    const store = memoryFiles();
    const locks = oneAtATime();
    const [one, other] = [
      openFiles(hub.host, { store, locks }),
      openFiles(hub.host, { store, locks }),
    ];
    hub.refusals.push(fault('unavailable'));
    const upload = one.attach(CONVERSATION, new Blob([TEXT]), { name: 'arm.jpg' });
    const files = await one.keep(PAT, [upload]);
    const ready = other.ready(PAT, waiting(files), never);
    await settled();
    await hub.clock.advance(60_000);
    expect(await ready).toEqual(['file-1']);
    expect(hub.files.size).toBe(1);
  });

  test('is gone on with by the other when the first is closed', async () => {
    const { hub, one, ready } = await two();
    await settled();
    one.stop();
    await hub.clock.advance(60_000);
    expect(await ready).toEqual(['file-1']);
    expect(hub.begins).toHaveLength(1);
    expect(hub.text('file-1')).toBe(TEXT);
  });
});

describe('what is kept of files', () => {
  test('outlives the page, and goes on where the hub is', async () => {
    const factory = new IDBFactory();
    const before = setUp(new FileCache({ factory }));
    before.hub.next.push(null, 'cut', ...Array.from({ length: 9 }, () => 'cut' as const));
    const upload = before.attach();
    const files = await before.part.keep(PAT, [upload]);
    await settled();
    before.part.stop();

    // The same hub, another page.
    before.hub.next.length = 0;
    before.hub.requests.length = 0;
    const after = openFiles(before.hub.host, { store: new FileCache({ factory }), locks: null });
    expect(await after.outlivesThePage).toBe(true);
    const ready = after.ready(PAT, waiting(files), never);
    await before.hub.clock.advance(60_000);
    expect(await ready).toEqual(['file-1']);
    expect(before.hub.text('file-1')).toBe(TEXT);
    expect(before.hub.begins).toHaveLength(1);
    expect(before.hub.requests[0]).toBe('HEAD');
  });

  test('is sealed, is its owner’s alone, and its key goes with the last file', async () => {
    const factory = new IDBFactory();
    const store = new FileCache({ factory });
    const about = { key: 'k', name: 'arm.jpg', bytes: TEXT.length, content_type: 'image/jpeg' };
    await store.put(PAT, { key: 'k', about }, new Blob([TEXT]));
    const request = factory.open('bedside-files');
    const database = await new Promise<IDBDatabase>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    const all = (name: string) =>
      new Promise<Record<string, unknown>[]>((resolve) => {
        const asked = database.transaction(name).objectStore(name).getAll();
        asked.onsuccess = () => resolve(asked.result);
      });
    const [row] = await all('files');
    const stored = new TextDecoder('latin1').decode(row?.sealed as ArrayBuffer);
    expect(stored).not.toContain('picture');
    expect(JSON.stringify(row)).not.toContain('arm.jpg');
    expect(await (await store.get(PAT, 'k'))?.blob.text()).toBe(TEXT);
    expect(await store.get('person:else', 'k')).toBeNull();
    await store.wipe('person:else');
    expect(await store.get(PAT, 'k')).not.toBeNull();
    await store.wipe(PAT);
    expect(await all('files')).toEqual([]);
    expect(await all('keys')).toEqual([]);
    database.close();
  });

  test('is forgotten with its message, and a message without it is refused for good', async () => {
    const { part, attach } = setUp();
    const files = await part.keep(PAT, [attach()]);
    await part.forget(
      PAT,
      files.map((it) => it.key),
    );
    await expect(part.ready(PAT, waiting(files), never)).rejects.toMatchObject({
      code: 'not_found',
      outcome: 'none',
    });
  });

  test('of others is thrown away after thirty days, and one’s own is not', async () => {
    let now = 0;
    const store = new FileCache({ factory: new IDBFactory(), now: () => now });
    const about = { key: 'k', name: 'x', bytes: 1, content_type: '' };
    await store.put('person:else', { key: 'k', about }, new Blob(['x']));
    await store.put(PAT, { key: 'k', about }, new Blob(['x']));
    now = 31 * 24 * 3_600_000;
    await store.remove(PAT, ['another']);
    expect(await store.get('person:else', 'k')).toBeNull();
    expect(await store.get(PAT, 'k')).not.toBeNull();
  });
});

describe('a whole client', () => {
  const STATE = example<Extract<TopicState, { kind: 'conversation' }>>('state of a conversation');
  const ID = STATE.conversation.conversation_id;

  const withFiles = async () => {
    const uploads = new FakeUploads();
    const store = memoryFiles();
    const all = await signedIn({
      files: async () => ({
        // Pieces go to a hub of their own; everything else is the client's.
        openFiles: ({ onLive, newKey }) =>
          openFiles({ ...uploads.host, onLive, newKey }, { store, locks: null }),
      }),
    });
    all.hub.states.set(`conversation:${ID}`, { ...STATE, messages: [], has_older: false });
    const conversation = all.bedside.conversation(ID);
    conversation.state.subscribe(() => undefined);
    await settled();
    return { ...all, uploads, store, conversation };
  };

  test('sends a message with its file, and shows it as sent before the log tells', async () => {
    const { hub, conversation, store } = await withFiles();
    const sent: unknown[] = [];
    hub.answers.set('message.send', ({ params }) => {
      sent.push(params);
      const position = { epoch: hub.epoch, offset: hub.offset + 1 };
      return { output: { message_id: 'message-1', position, at: hub.clock.now() } };
    });
    const upload = await conversation.attach(new Blob([TEXT]), { name: 'arm.jpg' });
    await conversation.send('look', { files: [upload] });
    expect(conversation.state.get().pending[0]?.files).toMatchObject([{ name: 'arm.jpg' }]);
    await settled();
    await settled();
    expect(sent).toMatchObject([{ body: 'look', files: ['file-1'] }]);
    const [message] = conversation.state.get().messages;
    expect(message?.files).toMatchObject([{ name: 'arm.jpg', state: 'checking' }]);
    expect(conversation.state.get().pending).toEqual([]);
    expect(await store.get('person:anyone', upload.key)).toBeNull();
  });

  test('leaves no file behind after its author signed out', async () => {
    const { hub, bedside, conversation, store } = await withFiles();
    hub.answers.set('message.send', () => 'silence');
    const upload = await conversation.attach(new Blob([TEXT]), { name: 'arm.jpg' });
    await conversation.send('look', { files: [upload] });
    const owner = `person:${bedside.me.get()?.person_id}`;
    expect(await store.get(owner, upload.key)).not.toBeNull();
    await bedside.signOut();
    expect(await store.get(owner, upload.key)).toBeNull();
  });

  test('without the part says so', async () => {
    const { bedside } = await signedIn();
    const attached = bedside.conversation(ID).attach(new Blob(['x']), { name: 'x' });
    await expect(attached).rejects.toThrow('Made without `files`.');
  });
});
