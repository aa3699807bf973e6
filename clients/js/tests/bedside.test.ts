import { describe, expect, test } from 'vitest';
import { FactorNeeded } from '../src/errors.js';
import { memoryStore } from '../src/kept.js';
import type { Me, Topic, VisitView } from '../src/protocol.gen.js';
import { settled } from './support/clock.js';
import { example } from './support/golden.js';
import { FakeHub, fault, signedIn } from './support/hub.js';

const READ = 'me.read';

describe.each(['msgpack', 'json'] as const)('over %s', (codec) => {
  test('signs in, says hello, calls, follows, hears', async () => {
    const { hub, bedside } = await signedIn({ codec });
    expect(hub.socket.protocol).toBe(`bedside.v1.${codec}`);
    expect(hub.socket.url).toBe('wss://clinic.example/v1/socket');
    expect(hub.socket.received[0]).toMatchObject({ type: 'hello', token: 'token-1', follow: [] });
    expect(bedside.connection.get()).toMatchObject({ state: 'open' });
    expect(await bedside.call(READ, {})).toEqual(bedside.me.get());
    const following = bedside.follow(hub.topic);
    await settled();
    expect(following.status.get()).toBe('live');
    await hub.change({ stage: 'admitted' });
    const state = following.state.get();
    expect(state?.kind === 'visit' && state.visit.stage).toBe('admitted');
  });
});

test('the time is the hub’s, however wrong the clock of this machine', async () => {
  const { hub, bedside, clock } = await signedIn();
  hub.socket.tell({ type: 'ping', number: 1, now: clock.now() - 3_600_000, marks: [] });
  expect(bedside.hubTime()).toBe(clock.now() - 3_600_000);
  await clock.advance(5_000);
  expect(bedside.hubTime()).toBe(clock.now() - 3_600_000);
});

test('an account is made, once, and its owner is signed in and connected', async () => {
  const hub = new FakeHub();
  const bedside = hub.client();
  const details = {
    display_name: 'Pat Example',
    email: 'pat@clinic.example',
    password: 'correct horse example',
    time_zone: 'Europe/Berlin',
  };
  hub.restFails = 'network';
  const made = bedside.register(details);
  hub.restFails = undefined;
  await expect(made).resolves.toEqual(hub.me);
  await settled();
  const requests = hub.rest.filter((it) => it.path === '/v1/people/register');
  expect(requests.map((it) => it.body)).toEqual([details, details]);
  expect(new Set(requests.map((it) => it.headers['idempotency-key'])).size).toBe(1);
  expect(hub.rest.at(-1)?.path).toBe('/v1/auth/login');
  expect(bedside.connection.get().state).toBe('open');
});

test('a second factor is asked for, and proven', async () => {
  const hub = new FakeHub();
  const bedside = hub.client();
  hub.asksForFactor = true;
  const asked = await bedside
    .signIn('pat@clinic.example', 'correct horse example')
    .catch((thrown: unknown) => thrown);
  if (!(asked instanceof FactorNeeded)) throw new Error('nothing was asked');
  expect(asked.challenge.methods).toEqual(['passkey', 'totp', 'recovery']);
  expect(bedside.me.get()).toBeNull();
  const { challenge } = asked.challenge;
  const proof = { kind: 'totp', code: '123456' } as const;
  await expect(bedside.verifyFactor({ challenge, proof })).resolves.toEqual(hub.me);
  await settled();
  expect(hub.rest.at(-1)).toMatchObject({ path: '/v1/auth/factor', body: { challenge, proof } });
  expect(bedside.connection.get().state).toBe('open');
});

test('a forgotten password is asked for and chosen without a session', async () => {
  const hub = new FakeHub();
  const bedside = hub.client();
  const told = { '/v1/auth/password/ask': {}, '/v1/auth/password/reset': {} };
  Object.assign(hub.told, told);
  await bedside.askReset('pat@clinic.example');
  await bedside.resetPassword('token', 'correct horse example');
  expect(hub.rest.map(({ path, body }) => ({ path, body }))).toEqual([
    { path: '/v1/auth/password/ask', body: { email: 'pat@clinic.example' } },
    {
      path: '/v1/auth/password/reset',
      body: { link_token: 'token', password: 'correct horse example' },
    },
  ]);
  expect(hub.rest.every((it) => it.headers.authorization === undefined)).toBe(true);
  expect(bedside.me.get()).toBeNull();
});

test('a provider signs in, and is linked', async () => {
  const hub = new FakeHub();
  const bedside = hub.client();
  const providers = [{ provider_id: 'a b', name: 'Fictional' }];
  Object.assign(hub.told, { '/v1/providers': { providers } });
  Object.assign(hub.told, { '/v1/auth/identities/begin': { url: 'https://id.example/go' } });
  await expect(bedside.providers()).resolves.toEqual(providers);
  expect(bedside.providerAddress('a b')).toBe('https://clinic.example/v1/auth/oidc/a%20b/start');
  await expect(bedside.finishProvider()).resolves.toEqual(hub.me);
  await settled();
  expect(bedside.connection.get().state).toBe('open');
  await expect(bedside.beginLink('a b')).resolves.toBe('https://id.example/go');
  await bedside.linkIdentity();
  expect(hub.rest.at(-1)?.path).toBe('/v1/auth/identities');
  expect(hub.rest.at(-1)?.headers.authorization).toMatch(/^Bearer token-/);
  hub.restFails = 'network';
  await expect(bedside.providers()).resolves.toEqual([]);
});

test('an address that has an account already makes none', async () => {
  const hub = new FakeHub();
  const bedside = hub.client();
  hub.restFails = { status: 409, fault: fault('email_taken') };
  const made = bedside.register({
    display_name: 'P',
    email: 'p@x',
    password: 'p',
    time_zone: 'UTC',
  });
  await expect(made).rejects.toMatchObject({ code: 'email_taken' });
  expect(hub.rest).toHaveLength(1);
  expect(bedside.me.get()).toBeNull();
});

describe('the connection', () => {
  test('comes back by itself, resumes topics and repeats what was not answered', async () => {
    const { hub, bedside, clock } = await signedIn();
    const following = bedside.follow(hub.topic);
    await settled();
    hub.answers.set('visit.enter', () => 'silence');
    const entered = bedside.call('visit.enter', { appointment_id: hub.view.appointment_id });
    await settled();
    hub.socket.drop();
    expect(bedside.connection.get().state).toBe('waiting');
    expect(following.status.get()).toBe('stale');
    hub.answers.clear();
    await clock.advance(1_000);
    expect(bedside.connection.get().state).toBe('open');
    expect(await entered).toMatchObject({ appointment_id: hub.view.appointment_id });
    const keys = hub.requests('visit.enter').map((it) => it.key);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(hub.socket.received[0]).toMatchObject({
      follow: [{ topic: hub.topic, position: { epoch: 1, offset: 1 } }],
    });
    expect(following.status.get()).toBe('live');
  });

  test('silence is noticed, pings are answered', async () => {
    const { hub, bedside, clock } = await signedIn();
    await clock.advance(25_000);
    hub.socket.tell({ type: 'ping', number: 7, now: clock.now(), marks: [] });
    expect(hub.socket.received.at(-1)).toEqual({ type: 'pong', number: 7 });
    await clock.advance(29_999);
    expect(hub.sockets).toHaveLength(1);
    await clock.advance(1_000);
    expect(hub.sockets).toHaveLength(2);
    expect(hub.sockets[0]?.isClosed).toBe(true);
    expect(bedside.connection.get().state).toBe('open');
  });

  test('what cannot be read ends the socket, not the client', async () => {
    const { hub, bedside, clock } = await signedIn();
    for (const noise of ['not json', '{}', '[1]', new Uint8Array([0xc1]).buffer, null]) {
      hub.socket.tellRaw(noise);
      expect(bedside.connection.get().state).toBe('waiting');
      await clock.advance(20_000);
      expect(bedside.connection.get().state).toBe('open');
    }
  });

  test('frames of a later version are left alone', async () => {
    const { hub, bedside } = await signedIn();
    hub.socket.tell({ type: 'of_tomorrow' } as never, { type: 'error', fault: fault('internal') });
    expect(bedside.connection.get().state).toBe('open');
  });

  test('a socket that the hub replaced or revoked stays closed', async () => {
    const { hub, bedside, clock } = await signedIn();
    const following = bedside.follow(hub.topic);
    await settled();
    hub.socket.tell({ type: 'bye', code: 4301, reason: 'revoked', spread_ms: 0 });
    hub.socket.drop();
    await clock.advance(120_000);
    expect(hub.sockets).toHaveLength(1);
    expect(bedside.connection.get()).toMatchObject({ state: 'closed', reason: 'revoked' });
    expect(following.state.get()).toBeNull();
    expect(bedside.me.get()).toBeNull();
  });
});

describe('tokens', () => {
  test('are renewed ahead of their end and told to the open socket', async () => {
    const { hub, bedside, clock } = await signedIn();
    const pings = setPings(hub, clock);
    await clock.advance(13 * 60_000);
    pings();
    expect(hub.rest.map((it) => it.path)).toEqual(['/v1/auth/login', '/v1/auth/refresh']);
    expect(hub.rest[1]?.body).toEqual({ session_id: bedside.me.get()?.session_id });
    const told = hub.socket.received.filter((it) => it.type === 'authenticate');
    expect(told).toMatchObject([{ token: 'token-2' }]);
    expect(hub.sockets).toHaveLength(1);
  });

  test('the hub can ask for one', async () => {
    const { hub } = await signedIn();
    hub.socket.tell({ type: 'reauthenticate', by: 0 });
    await settled();
    expect(hub.socket.received.at(-1)).toMatchObject({ type: 'authenticate', token: 'token-2' });
  });

  test('a socket closed for its token comes back with another', async () => {
    const { hub, bedside, clock } = await signedIn();
    hub.socket.drop(4200);
    await clock.advance(1_000);
    expect(hub.socket.received[0]).toMatchObject({ type: 'hello', token: 'token-2' });
    expect(bedside.connection.get().state).toBe('open');
  });

  test('a hub that cannot be reached is asked again; a session that is over ends everything', async () => {
    const { hub, bedside, clock } = await signedIn();
    hub.restFails = 'network';
    hub.socket.tell({ type: 'reauthenticate', by: 0 });
    await clock.advance(3_000);
    expect(bedside.me.get()).not.toBeNull();
    expect(hub.rest.length).toBeGreaterThan(2);
    hub.restFails = { status: 401, fault: fault('session_ended') };
    await clock.advance(30_000);
    expect(bedside.me.get()).toBeNull();
    expect(hub.stored.size).toBe(0);
  });

  test.each([14.5, -14.5, 120, -1_000])(
    'a clock that is %f minutes ahead does not matter',
    async (minutes) => {
      const hub = new FakeHub();
      const now = () => hub.clock.now() + minutes * 60_000;
      const bedside = hub.client({ clock: { now, after: (ms, it) => hub.clock.after(ms, it) } });
      await bedside.signIn('pat@clinic.example', 'correct horse example');
      const pings = setPings(hub, hub.clock);
      await hub.clock.advance(11 * 60_000);
      expect(hub.rest).toHaveLength(1);
      expect(hub.sockets).toHaveLength(1);
      await hub.clock.advance(3 * 60_000);
      pings();
      expect(hub.rest).toHaveLength(2);
    },
  );
});

describe('signing out', () => {
  const signsOut = (hub: FakeHub) => hub.rest.filter((it) => it.path === '/v1/auth/logout').length;

  test('the hub hears of it although messages cannot be wiped', async () => {
    const outbox = { ...memoryStore(), wipe: () => Promise.reject(new Error('no database')) };
    const { hub, bedside } = await signedIn({ outbox });
    await expect(bedside.signOut()).rejects.toThrow('no database');
    expect(signsOut(hub)).toBe(1);
    expect(bedside.me.get()).toBeNull();
  });

  test('the hub hears of it although the database hangs', async () => {
    const outbox = { ...memoryStore(), wipe: () => new Promise<void>(() => undefined) };
    const { hub, bedside, clock } = await signedIn({ outbox });
    const done = bedside.signOut();
    await clock.advance(2_000);
    expect(signsOut(hub)).toBe(0);
    await clock.advance(1_000);
    await done;
    expect(signsOut(hub)).toBe(1);
    expect(bedside.me.get()).toBeNull();
  });
});

describe('sessions', () => {
  test('a join link opens one; a lost answer is asked for again with the same key', async () => {
    const hub = new FakeHub();
    const bedside = hub.client();
    hub.restFails = 'network';
    const opened = bedside.openLink('not-a-token');
    hub.clock.after(0, () => undefined);
    hub.restFails = 'network';
    await expect(opened).rejects.toMatchObject({ code: 'unavailable', outcome: 'unknown' });
    expect(hub.rest).toHaveLength(2);
    const keys = hub.rest.map((it) => it.headers['idempotency-key']);
    expect(keys[0]).toBeTruthy();
    expect(keys[1]).toBe(keys[0]);
    hub.restFails = undefined;
    const session = await bedside.openLink('not-a-token');
    expect(session.token).toBe('token-1');
    await settled();
    expect(bedside.connection.get().state).toBe('open');
  });

  test('a link that was used is refused in the words of the hub, once', async () => {
    const hub = new FakeHub();
    hub.restFails = { status: 401, fault: fault('join_token_used') };
    const bedside = hub.client();
    await expect(bedside.openLink('not-a-token')).rejects.toMatchObject({ number: 2005 });
    expect(hub.rest).toHaveLength(1);
    expect(bedside.me.get()).toBeNull();
  });

  test('a reload goes on with the session of the tab', async () => {
    const { hub } = await signedIn();
    const reloaded = hub.client();
    expect(await reloaded.resume()).toEqual(hub.me);
    await settled();
    expect(reloaded.connection.get().state).toBe('open');
    expect([...hub.stored.values()]).toEqual([hub.me.session_id]);
  });

  test('without a session there is nothing to go on with, and without a hub one does not know', async () => {
    const hub = new FakeHub();
    expect(await hub.client().resume()).toBeNull();
    expect(hub.rest).toHaveLength(0);
    hub.stored.set('bedside.session', hub.me.session_id);
    hub.restFails = 'network';
    await expect(hub.client().resume()).rejects.toMatchObject({ code: 'unavailable' });
    expect(hub.stored.size).toBe(1);
    hub.restFails = { status: 401, fault: fault('session_ended') };
    expect(await hub.client().resume()).toBeNull();
    expect(hub.stored.size).toBe(0);
  });

  test('something else than the hub may answer', async () => {
    const hub = new FakeHub();
    const html = async () => new Response('<html>', { status: 502 });
    const bedside = hub.client({ fetch: html });
    await expect(bedside.signIn('a', 'b')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

test('reset wipes everything', async () => {
  const { hub, bedside, clock, platform } = await signedIn();
  const visit = bedside.visit(hub.view.appointment_id);
  visit.view.subscribe(() => undefined);
  const following = bedside.follow(`agenda:${hub.me.person_id ?? ''}` as Topic);
  await visit.setCamera(true);
  await visit.setMicrophone(true);
  await visit.enter();
  await hub.change({ can: ['join_media', 'leave'], stage: 'admitted' });
  platform.peer.become('connected');
  hub.answers.set(READ, () => 'silence');
  const waiting = bedside.call(READ, {});
  const outcome = expect(waiting).rejects.toMatchObject({ code: 'session_ended' });
  await settled();
  expect(visit.view.get()).not.toBeNull();

  await bedside.signOut();

  await outcome;
  expect(hub.rest.at(-1)).toMatchObject({
    path: '/v1/auth/logout',
    headers: { authorization: 'Bearer token-1' },
  });
  expect(bedside.me.get()).toBeNull();
  expect(bedside.connection.get()).toEqual({ state: 'idle', attempt: 0 });
  expect(hub.socket.received.at(-1)).toEqual({ type: 'bye' });
  expect(hub.socket.isClosed).toBe(true);
  expect(visit.view.get()).toBeNull();
  expect(following.state.get()).toBeNull();
  expect(platform.alive).toHaveLength(0);
  expect(platform.opened.every((it) => it.readyState === 'ended')).toBe(true);
  expect(visit.own.get().camera).toEqual({ on: false });
  expect(hub.stored.size).toBe(0);
  expect(bedside.visit(hub.view.appointment_id)).not.toBe(visit);
  await clock.advance(3_600_000);
  expect(hub.sockets).toHaveLength(1);
  expect(clock.waiting).toBe(0);
});

test('what comes back after reset is thrown away', async () => {
  const hub = new FakeHub();
  const bedside = hub.client();
  const signingIn = bedside.signIn('pat@clinic.example', 'correct horse example');
  bedside.reset();
  await expect(signingIn).rejects.toMatchObject({ code: 'session_ended' });
  expect(bedside.me.get()).toBeNull();
  expect(hub.stored.size).toBe(0);
  await settled();
  expect(hub.sockets).toHaveLength(0);
});

test('signing out works without a hub', async () => {
  const { hub, bedside } = await signedIn();
  hub.restFails = 'network';
  await expect(bedside.signOut()).rejects.toMatchObject({ code: 'unavailable' });
  expect(bedside.me.get()).toBeNull();
  expect(hub.stored.size).toBe(0);
});

test('another person in the same tab sees nothing of the first', async () => {
  const { hub, bedside } = await signedIn();
  const following = bedside.follow(hub.topic);
  await settled();
  hub.me = example<Me>('me, a guest');
  hub.view = example<VisitView>('a visit as who waits sees it');
  await bedside.openLink('not-a-token');
  expect(following.state.get()).toBeNull();
  await settled();
  expect(hub.socket.received[0]).toMatchObject({ type: 'hello', follow: [] });
});

/** Keeps a connection alive while minutes pass. */
const setPings = (hub: FakeHub, clock: FakeHub['clock']): (() => void) => {
  let cancel = () => undefined as unknown;
  const ping = (): void => {
    hub.socket.tell({ type: 'ping', number: 1, now: clock.now(), marks: [] });
    cancel = clock.after(20_000, ping);
  };
  ping();
  return () => cancel();
};
