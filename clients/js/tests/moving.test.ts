/** The hub goes down while another one is there: the client is on the other before it leaves the first. */
import { expect, test } from 'vitest';
import type { Followed, ServerFrame, VisitView } from '../src/protocol.gen.js';
import { settled } from './support/clock.js';
import { example } from './support/golden.js';
import { type FakeHub, type FakeSocket, fault, signedIn } from './support/hub.js';

const DRAIN: ServerFrame = { type: 'drain', within_ms: 20_000, spread_ms: 10_000 };
/** Half of the spread: chance is fixed in these tests. */
const SPREAD = 5_000;

const setUp = async () => {
  const { hub, bedside, clock } = await signedIn();
  const visit = bedside.follow(hub.topic);
  await settled();
  const phases: string[] = [];
  const statuses: string[] = [];
  const revisions: number[] = [];
  bedside.connection.subscribe(() => phases.push(bedside.connection.get().state));
  visit.status.subscribe(() => statuses.push(visit.status.get()));
  visit.onEvent((event) => {
    if (event.kind === 'visit_changed') revisions.push(event.visit.revision);
  });
  const first = hub.socket;
  return { hub, bedside, clock, visit, phases, statuses, revisions, first };
};

/** An event on one of two sockets. */
const tell = (hub: FakeHub, socket: FakeSocket, offset: number): void => {
  const view: VisitView = { ...hub.view, revision: hub.view.revision + offset };
  socket.tell({
    type: 'event',
    channel: 1,
    position: { epoch: hub.epoch, offset },
    at: hub.clock.now(),
    event: { kind: 'visit_changed', visit: view },
  });
};

const byes = (socket: FakeSocket) => socket.received.filter((it) => it.type === 'bye').length;

test('another socket takes over, and nothing is lost, twice, or seen to waver', async () => {
  const { hub, bedside, clock, visit, phases, statuses, revisions, first } = await setUp();
  const base = hub.view.revision;
  first.tell(DRAIN);
  await clock.advance(SPREAD - 1);
  expect(hub.sockets).toHaveLength(1);
  hub.isUp = false;
  await clock.advance(1);
  expect(hub.sockets).toHaveLength(2);
  const second = hub.socket;
  second.open();
  const hello = second.received.find((it) => it.type === 'hello');
  expect(hello?.follow).toEqual([{ topic: hub.topic, position: { epoch: 1, offset: 1 } }]);
  // The first goes on until the second has resumed everything.
  tell(hub, first, 2);
  tell(hub, first, 3);
  expect(bedside.connection.get().state).toBe('open');
  expect([byes(first), first.isClosed]).toEqual([0, false]);
  // Attached at 2, before the first one told 3: what that brings is known.
  const older: Followed = {
    result: 'snapshot',
    topic: hub.topic,
    channel: 1,
    position: { epoch: 1, offset: 2 },
    state: { kind: 'visit', visit: { ...hub.view, revision: base + 2 } },
  };
  hub.isUp = true;
  hub.offset = 3;
  hub.view = { ...hub.view, revision: base + 3 };
  second.tell({ ...welcome(hub), followed: [older] });
  await settled();
  expect([byes(first), first.isClosed]).toEqual([1, true]);
  tell(hub, first, 9);
  hub.view = { ...hub.view, revision: base };
  tell(hub, second, 3);
  tell(hub, second, 4);
  expect(revisions).toEqual([2, 3, 4].map((it) => base + it));
  expect(visit.state.get()).toMatchObject({ visit: { revision: base + 4 } });
  expect([phases, statuses]).toEqual([[], []]);
  // It is a socket like any other: it lives, and is lost.
  second.drop();
  expect(bedside.connection.get().state).toBe('waiting');
});

test('a call that was under way is asked again with its key', async () => {
  const { hub, bedside, clock, first } = await setUp();
  hub.answers.set('visit.enter', () => 'silence');
  const params = { appointment_id: hub.view.appointment_id };
  const called = bedside.call('visit.enter', params);
  await settled();
  hub.answers.delete('visit.enter');
  first.tell(DRAIN);
  await clock.advance(SPREAD);
  await expect(called).resolves.toMatchObject({ appointment_id: params.appointment_id });
  const [before, after] = hub.requests('visit.enter');
  expect(hub.requests('visit.enter')).toHaveLength(2);
  expect(after?.key).toBe(before?.key);
});

test('while nobody else is there the first socket stays, and then it is an ordinary loss', async () => {
  const { hub, bedside, clock, phases, statuses, first } = await setUp();
  first.tell(DRAIN);
  hub.isUp = false;
  await clock.advance(SPREAD);
  hub.socket.drop();
  await clock.advance(10_000);
  expect(hub.sockets.length).toBeGreaterThan(2);
  expect([phases, statuses]).toEqual([[], []]);
  first.tell({ type: 'bye', code: 4000, reason: 'draining', spread_ms: 0 });
  first.drop(4000);
  const late = hub.socket;
  expect(phases).toEqual(['waiting']);
  expect(statuses).toEqual(['stale']);
  hub.isUp = true;
  await clock.advance(20_000);
  expect(bedside.connection.get().state).toBe('open');
  // A welcome that comes when another socket is there already is for nobody.
  late.open();
  await settled();
  expect(late.isClosed).toBe(true);
  expect(bedside.connection.get().state).toBe('open');
});

test('whoever is refused at the other one stays and tries again', async () => {
  const { hub, clock, phases, first } = await setUp();
  first.tell(DRAIN);
  hub.isUp = false;
  await clock.advance(SPREAD);
  const second = hub.socket;
  second.open();
  second.tell({ type: 'error', fault: fault('draining') });
  expect(second.isClosed).toBe(true);
  second.drop();
  hub.isUp = true;
  await clock.advance(5_000);
  expect(hub.sockets.length).toBeGreaterThan(2);
  expect([first.isClosed, hub.socket.isClosed, phases]).toEqual([true, false, []]);
});

const welcome = (hub: FakeHub): Extract<ServerFrame, { type: 'welcome' }> => ({
  ...example<Extract<ServerFrame, { type: 'welcome' }>>('hub: welcome'),
  now: hub.clock.now(),
});
