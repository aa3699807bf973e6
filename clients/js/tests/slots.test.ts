import { describe, expect, test } from 'vitest';
import type { OpenSlot, OpenSlots, PersonId, SearchSlots, Topic } from '../src/protocol.gen.js';
import { followSlots, GATHER_MS, MAX_FOLLOWED, type SlotsNow } from '../src/slots.js';
import { settled } from './support/clock.js';
import { example } from './support/golden.js';
import { fault, signedIn } from './support/hub.js';

const FOUND = example<OpenSlots>('open slots').slots[0] as OpenSlot;
const KARL = FOUND.clinician_id;
const openings = (id: string): Topic => `openings:${id}`;
const slot = (minute: number, clinician_id: PersonId = KARL): OpenSlot => ({
  ...FOUND,
  clinician_id,
  starts_at: FOUND.starts_at + minute * 60_000,
});

const setUp = async () => {
  const { hub, bedside, clock } = await signedIn();
  const told: SlotsNow[] = [];
  let slots = [slot(0), slot(15)];
  hub.answers.set('slot.search', () => ({ output: { slots, has_more: false } }));
  hub.states.set(openings(KARL), { kind: 'openings' });
  const start = (search: SearchSlots = {}, options = {}) =>
    followSlots(bedside, search, (now) => told.push(now), { clock, ...options });
  const searches = () => hub.requests('slot.search').length;
  const begins = () => told.at(-1)?.slots?.map((it) => it.starts_at);
  return {
    hub,
    bedside,
    clock,
    told,
    start,
    searches,
    begins,
    offer: (...next: OpenSlot[]) => {
      slots = next;
    },
  };
};

/** Searched, listening, and searched once more for what happened in between. */
const calm = async () => {
  const all = await setUp();
  const following = all.start();
  await settled();
  await all.clock.advance(GATHER_MS);
  return { ...all, following };
};

describe('times that can be booked', () => {
  test('come at once, and once more when the topic is live: no change falls in between', async () => {
    const { start, told, searches, begins, clock, offer } = await setUp();
    start({ service_id: FOUND.service_id });
    offer(slot(15));
    await settled();
    expect(told).toHaveLength(1);
    expect(searches()).toBe(1);
    await clock.advance(GATHER_MS);
    expect(searches()).toBe(2);
    expect(begins()).toEqual([slot(15).starts_at]);
    await clock.advance(5_000);
    expect(searches()).toBe(2);
  });

  test('are searched again when something changed, once for many changes', async () => {
    const { hub, clock, searches, begins, offer } = await calm();
    offer(slot(15));
    for (let change = 0; change < 5; change++) await hub.tellOpenings(KARL);
    await clock.advance(GATHER_MS - 1);
    expect(searches()).toBe(2);
    await clock.advance(1);
    expect(searches()).toBe(3);
    expect(begins()).toEqual([slot(15).starts_at]);
  });

  test('one search at a time; what changed meanwhile is searched afterwards', async () => {
    const { hub, clock, told, searches } = await calm();
    hub.answers.set('slot.search', () => 'silence');
    await hub.tellOpenings(KARL);
    await clock.advance(GATHER_MS);
    await hub.tellOpenings(KARL);
    await hub.tellOpenings(KARL);
    await clock.advance(GATHER_MS);
    expect(searches()).toBe(3);
    hub.answers.set('slot.search', () => ({ output: { slots: [], has_more: false } }));
    const open = hub.requests('slot.search').at(-1);
    hub.socket.tell({
      type: 'reply',
      id: open?.id ?? 0,
      output: { slots: [slot(0)], has_more: true },
    });
    await settled();
    expect(told.at(-1)?.hasMore).toBe(true);
    await clock.advance(GATHER_MS);
    expect(searches()).toBe(4);
    expect(told.at(-1)?.slots).toEqual([]);
  });

  test('that come back to a clinician who had none left are heard of', async () => {
    const { hub, clock, begins, offer } = await calm();
    offer();
    await hub.tellOpenings(KARL);
    await clock.advance(GATHER_MS);
    expect(begins()).toEqual([]);
    offer(slot(30));
    await hub.tellOpenings(KARL);
    await clock.advance(GATHER_MS);
    expect(begins()).toEqual([slot(30).starts_at]);
  });

  test('of clinicians that are named are listened to although there are none', async () => {
    const { hub, clock, start, offer, begins } = await setUp();
    offer();
    start({ clinician_id: KARL });
    await settled();
    await clock.advance(GATHER_MS);
    expect(begins()).toEqual([]);
    offer(slot(45));
    await hub.tellOpenings(KARL);
    await clock.advance(GATHER_MS);
    expect(begins()).toEqual([slot(45).starts_at]);
  });

  test('are searched again after the connection was lost', async () => {
    const { hub, clock, searches, begins, offer } = await calm();
    offer(slot(60));
    hub.socket.drop();
    await clock.advance(30_000);
    expect(searches()).toBe(3);
    expect(begins()).toEqual([slot(60).starts_at]);
  });

  test('stay, with the fault, when a search fails; `again` tries again', async () => {
    const { hub, clock, told, begins, following, offer } = await calm();
    hub.answers.set('slot.search', () => ({ fault: fault('forbidden') }));
    await hub.tellOpenings(KARL);
    await clock.advance(GATHER_MS);
    expect(told.at(-1)?.fault?.code).toBe('forbidden');
    expect(begins()).toHaveLength(2);
    offer(slot(0));
    hub.answers.set('slot.search', () => ({ output: { slots: [slot(0)], has_more: false } }));
    following.again();
    await settled();
    expect(told.at(-1)).toMatchObject({ fault: null, slots: [slot(0)] });
  });

  test('of too many clinicians are listened to up to a bound', async () => {
    const { hub, start, offer, clock } = await setUp();
    const many = Array.from({ length: MAX_FOLLOWED + 5 }, (_, at) => `clinician-${at}` as PersonId);
    for (const id of many) hub.states.set(openings(id), { kind: 'openings' });
    offer(...many.map((id) => slot(0, id)));
    start();
    await settled();
    await clock.advance(GATHER_MS);
    const follows = hub.socket.received.filter((it) => it.type === 'follow');
    expect(follows).toHaveLength(MAX_FOLLOWED);
  });
});

describe('after it is stopped', () => {
  test.each(['by itself', 'by a signal'])(
    '%s: nobody is told, nothing is followed',
    async (how) => {
      const { hub, clock, told, start, searches } = await setUp();
      const abort = new AbortController();
      const following = start({}, { signal: abort.signal });
      await settled();
      await clock.advance(GATHER_MS);
      const before = told.length;
      await hub.tellOpenings(KARL);
      if (how === 'by itself') following.stop();
      else abort.abort();
      following.again();
      await clock.advance(5_000);
      expect(told).toHaveLength(before);
      expect(searches()).toBe(2);
      expect(hub.socket.received.at(-1)).toMatchObject({ type: 'unfollow', topic: openings(KARL) });
    },
  );

  test('a search that is under way is cancelled and not told', async () => {
    const { hub, clock, told, start } = await setUp();
    hub.answers.set('slot.search', () => 'silence');
    const following = start();
    await settled();
    following.stop();
    await clock.advance(5_000);
    expect(told).toEqual([]);
    expect(hub.socket.received.some((it) => it.type === 'cancel')).toBe(true);
  });

  test('a signal that came before begins nothing', async () => {
    const { start, searches } = await setUp();
    start({}, { signal: AbortSignal.abort() });
    await settled();
    expect(searches()).toBe(0);
  });
});
