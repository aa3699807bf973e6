import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Conversation, memoryStore } from '../../src/index.js';
import { Hub, type Person, person, texts, until } from './people.js';

let hub: Hub;

beforeAll(async () => {
  hub = await Hub.start();
}, 60_000);

afterAll(() => hub?.stop());

const NAMES = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight'];

interface Talk {
  ana: Person;
  bo: Person;
  anas: Conversation;
  bos: Conversation;
}

/** A patient and her clinician look at their conversation, and both are live. */
const talking = async (story: (talk: Talk) => Promise<void>): Promise<void> => {
  const visit = await hub.plansAVisit();
  const ana = await person(hub, visit.patient);
  const bo = await person(hub, visit.clinician, 'json');
  try {
    const { conversation } = await ana.bedside.call('conversation.open', {
      with: { kind: 'person', person_id: visit.clinician.person_id as never },
    });
    const anas = ana.bedside.conversation(conversation.conversation_id);
    const bos = bo.bedside.conversation(conversation.conversation_id);
    const ends = [anas, bos].map((it) => it.state.subscribe(() => undefined));
    await until('both are live', () => [anas, bos].every((it) => it.state.get().status === 'live'));
    await story({ ana, bo, anas, bos });
    for (const end of ends) end();
  } finally {
    await ana.leaves();
    await bo.leaves();
  }
};

describe('through a network that fails, the library', () => {
  test('posts what was written once and in order, though answers are lost after the commit', () =>
    talking(async ({ ana, bos, anas }) => {
      const lost = await ana.proxy.add({
        when: { toward: 'client', frame: 'reply', op: 'message.send', times: 3 },
        action: { do: 'cut' },
      });
      const late = await ana.proxy.add({
        when: { toward: 'client', frame: 'reply', op: 'message.send', nth: 2 },
        action: { do: 'close', code: 4000 },
      });
      for (const text of NAMES) await anas.send(text);
      await until('nothing waits', () => ana.bedside.pendingCount === 0);
      await until('he has them all', () => texts(bos).length >= NAMES.length);
      expect(await ana.proxy.hits(lost)).toBe(3);
      expect(await ana.proxy.hits(late)).toBe(1);
      expect(texts(bos)).toEqual(NAMES);
      await until('she is shown the same', () => texts(anas).join() === NAMES.join());
      expect(anas.state.get().pending).toEqual([]);
    }));

  test('posts once what the hub never answered, when the connection goes at last', () =>
    talking(async ({ ana, bos, anas }) => {
      const lost = await ana.proxy.add({
        when: { toward: 'client', frame: 'reply', op: 'message.send', nth: 1 },
        action: { do: 'suppress' },
      });
      await anas.send('Once');
      await until('he has it', () => texts(bos).length === 1);
      while ((await ana.proxy.hits(lost)) === 0) {
        // He is told before she is answered.
      }
      expect(ana.bedside.pendingCount).toBe(1);
      await ana.proxy.cut();
      await until('nothing waits', () => ana.bedside.pendingCount === 0);
      await anas.send('Twice');
      await until('he has the next', () => texts(bos).length >= 2);
      expect(texts(bos)).toEqual(['Once', 'Twice']);
    }));

  test('sends what was written while the network was away when it is back', () =>
    talking(async ({ ana, bos, anas }) => {
      await ana.proxy.away(true);
      await until('she is told', () => anas.state.get().status === 'stale');
      for (const text of NAMES) await anas.send(text);
      expect(ana.bedside.pendingCount).toBe(NAMES.length);
      await ana.proxy.away(false);
      await until('he has them all', () => texts(bos).length >= NAMES.length);
      expect(texts(bos)).toEqual(NAMES);
      await until('nothing waits', () => ana.bedside.pendingCount === 0);
    }));

  test('sends from the next page what was kept by one that died, and nothing of it twice', async () => {
    const visit = await hub.plansAVisit();
    const bo = await person(hub, visit.clinician);
    const kept = memoryStore();
    const dead = await person(hub, visit.patient, 'msgpack', kept);
    const { conversation } = await bo.bedside.call('conversation.open', {
      with: { kind: 'person', person_id: visit.patient.person_id as never },
    });
    const bos = bo.bedside.conversation(conversation.conversation_id);
    const end = bos.state.subscribe(() => undefined);
    const answers = await dead.proxy.add({
      when: { toward: 'client', frame: 'reply', op: 'message.send' },
      action: { do: 'suppress' },
    });
    for (const text of NAMES) {
      await dead.bedside.conversation(conversation.conversation_id).send(text);
    }
    await until('the first has come through', () => texts(bos).length === 1);
    while ((await dead.proxy.hits(answers)) === 0) {
      // He is told before she is answered.
    }
    // The page never hears of it: it dies with its network.
    await dead.proxy.away(true);
    const next = await person(hub, visit.patient, 'json', kept);
    await until(
      'nothing waits',
      () => next.bedside.me.get() !== null && next.bedside.pendingCount === 0,
    );
    await until('he has them all', () => texts(bos).length >= NAMES.length);
    expect(texts(bos)).toEqual(NAMES);
    end();
    for (const one of [dead, next, bo]) await one.leaves();
  });

  for (const [what, action] of [
    ['lost', { do: 'suppress' }],
    ['told twice', { do: 'duplicate' }],
    ['told in another order', { do: 'reorder' }],
    ['late', { do: 'delay', ms: 60 }],
    ['the last of a connection', { do: 'cut' }],
  ] as const) {
    test(`shows a conversation as it is, though events are ${what}`, () =>
      talking(async ({ bo, anas, bos }) => {
        const event = { toward: 'client', frame: 'event', kind: 'message_posted' } as const;
        const first = await bo.proxy.add({ when: { ...event, nth: 2 }, action });
        // This one may come in a replay instead.
        await bo.proxy.add({ when: { ...event, nth: 3 }, action });
        for (const text of NAMES) await anas.send(text);
        await until('he has them all', () => texts(bos).length >= NAMES.length);
        expect(await bo.proxy.hits(first)).toBe(1);
        expect(texts(bos)).toEqual(NAMES);
        await until('it is live', () => bos.state.get().status === 'live');
        // What he knows by events is what is told anew.
        const { messages } = await bo.bedside.call('message.list', {
          conversation_id: bos.id,
        });
        expect(bos.state.get().messages).toEqual(messages);
      }));
  }
});

describe('in a crowd', () => {
  test('the library comes again at the turn that the hub gave it', async () => {
    const narrow = await Hub.start({ BEDSIDE_HELLOS_PER_SECOND: '1' });
    const all: Person[] = [];
    try {
      const account = await narrow.createPerson('Ana Example', 'patient');
      const reasons = new Set<string | undefined>();
      for (let number = 0; number < 3; number++) {
        const one = await person(narrow, account);
        one.bedside.connection.subscribe(() => reasons.add(one.bedside.connection.get().reason));
        all.push(one);
      }
      await until('all are there', () =>
        all.every((it) => it.bedside.connection.get().state === 'open'),
      );
      expect(reasons).toContain('busy');
    } finally {
      for (const one of all) await one.leaves();
      await narrow.stop();
    }
  });
});
