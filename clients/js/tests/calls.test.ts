import { describe, expect, test } from 'vitest';
import { type CallOptions, Calls } from '../src/calls.js';
import { BedsideError } from '../src/errors.js';
import type { Sent } from '../src/link.js';
import type { AppointmentId, ClientFrame, Fault, FaultCode } from '../src/protocol.gen.js';
import { FakeClock, settled } from './support/clock.js';
import { fault } from './support/hub.js';

type Request = Extract<ClientFrame, { type: 'request' }>;
const APPOINTMENT = '01900000-0000-7000-8000-0000000000a1' as AppointmentId;

const faultOf = (code: FaultCode, more: Partial<Fault> = {}): Fault => ({
  ...fault(code),
  ...more,
});

const setUp = () => {
  const clock = new FakeClock();
  const frames: ClientFrame[] = [];
  let answer: Sent = 'sent';
  let id = 0;
  let keys = 0;
  const reauthentications: number[] = [];
  const calls = new Calls({
    link: {
      send: (frame) => {
        if (answer === 'sent') frames.push(frame);
        return answer;
      },
      nextId: () => ++id,
    },
    clock,
    random: () => 0.5,
    newKey: () => `key-${++keys}`,
    reauthenticate: async () => {
      reauthentications.push(clock.now());
    },
  });
  const requests = () => frames.filter((it): it is Request => it.type === 'request');
  const last = (): Request => {
    const request = requests().at(-1);
    if (!request) throw new Error('nothing was sent');
    return request;
  };
  const enter = (options?: CallOptions) => {
    const call = calls.call('visit.enter', { appointment_id: APPOINTMENT }, options);
    const outcome = call.then(
      () => 'done' as const,
      (error: unknown) => error as BedsideError,
    );
    return { call, outcome };
  };
  return {
    calls,
    clock,
    frames,
    requests,
    last,
    enter,
    reauthentications,
    become: (it: Sent) => {
      answer = it;
    },
  };
};

describe('answers', () => {
  test('an answer settles its call, whatever the order', async () => {
    const { calls, requests } = setUp();
    calls.live(64);
    const one = calls.call('me.read', {});
    const two = calls.call('person.list', {});
    const [first, second] = requests();
    expect(calls.replied(second?.id ?? 0, { people: [] })).toBe(true);
    expect(calls.replied(first?.id ?? 0, { display_name: 'Pat Placeholder' })).toBe(true);
    expect(await two).toEqual({ people: [] });
    expect(await one).toMatchObject({ display_name: 'Pat Placeholder' });
    expect(calls.replied(first?.id ?? 0, {})).toBe(false);
  });

  test('a refusal is an error with all the hub said', async () => {
    const { calls, last, enter } = setUp();
    calls.live(64);
    const { outcome } = enter();
    calls.failed(last().id, faultOf('visit_closed'));
    const error = await outcome;
    expect(error).toBeInstanceOf(BedsideError);
    expect(error).toMatchObject({ code: 'visit_closed', number: 4100, retry: 'never' });
  });

  test('what must still be so goes along, again and again, and a refusal by it is not tried again', async () => {
    const { calls, clock, requests, last, enter } = setUp();
    calls.live(64);
    const { outcome } = enter({ if: { version: 3 } });
    calls.lost();
    calls.live(64);
    expect(requests().map((it) => it.if)).toEqual([{ version: 3 }, { version: 3 }]);
    calls.failed(last().id, faultOf('stale'));
    expect(await outcome).toMatchObject({ code: 'stale', retry: 'refresh' });
    await clock.advance(60_000);
    expect(requests()).toHaveLength(2);
    enter();
    expect('if' in last()).toBe(false);
  });

  test('reads carry no key, writes do, and a key of the caller is kept', () => {
    const { calls, requests, enter } = setUp();
    calls.live(64);
    calls.call('me.read', {}).catch(() => undefined);
    enter();
    enter({ key: 'mine' });
    expect(requests().map((it) => it.key)).toEqual([undefined, 'key-1', 'mine']);
  });
});

describe('a lost answer', () => {
  test('is asked for again with the same key on the next connection', async () => {
    const { calls, requests, last, enter } = setUp();
    calls.live(64);
    const { outcome } = enter();
    calls.lost();
    expect(requests()).toHaveLength(1);
    calls.live(64);
    const [first, second] = requests();
    expect(second?.key).toBe(first?.key);
    expect(second?.id).not.toBe(first?.id);
    calls.replied(last().id, {});
    expect(await outcome).toBe('done');
  });

  test('an answer to the number of the old connection settles nothing', async () => {
    const { calls, requests, enter } = setUp();
    calls.live(64);
    const { outcome } = enter();
    calls.lost();
    expect(calls.replied(requests()[0]?.id ?? 0, {})).toBe(false);
    calls.reset();
    expect(await outcome).toMatchObject({ code: 'session_ended', outcome: 'unknown' });
  });

  test('order is kept: what was sent first is sent first again', () => {
    const { calls, requests, become } = setUp();
    calls.live(64);
    calls.call('me.read', {}).catch(() => undefined);
    calls.call('person.list', {}).catch(() => undefined);
    become('closed');
    calls.lost();
    calls.call('appointment.list', {}).catch(() => undefined);
    become('sent');
    calls.live(64);
    expect(
      requests()
        .map((it) => it.op)
        .slice(2),
    ).toEqual(['me.read', 'person.list', 'appointment.list']);
  });
});

describe('deadlines and signals', () => {
  test('a call that was never sent has changed nothing', async () => {
    const { clock, enter } = setUp();
    const { outcome } = enter();
    await clock.advance(10_000);
    expect(await outcome).toMatchObject({ code: 'deadline_exceeded', outcome: 'none' });
    expect(clock.waiting).toBe(0);
  });

  test('of one that was sent the outcome is unknown, and the hub is told to stop', async () => {
    const { calls, clock, frames, last, enter } = setUp();
    calls.live(64);
    const { outcome } = enter({ deadlineMs: 500 });
    expect(last().deadline_ms).toBe(500);
    await clock.advance(500);
    expect(await outcome).toMatchObject({ code: 'deadline_exceeded', outcome: 'unknown' });
    expect(frames.at(-1)).toEqual({ type: 'cancel', id: last().id });
  });

  test('the deadline on the wire is what is left of it', async () => {
    const { calls, clock, last, enter } = setUp();
    enter({ deadlineMs: 5_000 });
    await clock.advance(2_000);
    calls.live(64);
    expect(last().deadline_ms).toBe(3_000);
  });

  test('a signal cancels, before and after sending', async () => {
    const { calls, frames, last, enter } = setUp();
    const early = enter({ signal: AbortSignal.abort() });
    expect(await early.outcome).toMatchObject({ code: 'cancelled', outcome: 'none' });
    calls.live(64);
    expect(frames).toHaveLength(0);
    const controller = new AbortController();
    const late = enter({ signal: controller.signal });
    controller.abort();
    expect(await late.outcome).toMatchObject({ code: 'cancelled', outcome: 'unknown' });
    expect(frames.at(-1)).toEqual({ type: 'cancel', id: last().id });
    expect(calls.replied(last().id, {})).toBe(false);
  });
});

describe('refusals that pass', () => {
  test.each(['moved', 'outcome_unknown', 'still_running', 'unavailable'] as const)(
    '%s is called again with the same key',
    async (code) => {
      const { calls, clock, requests, last, enter } = setUp();
      calls.live(64);
      const { outcome } = enter();
      calls.failed(last().id, faultOf(code, { after_ms: 400 }));
      await clock.advance(399);
      expect(requests()).toHaveLength(1);
      await clock.advance(1);
      expect(requests()).toHaveLength(2);
      expect(requests()[1]?.key).toBe(requests()[0]?.key);
      calls.replied(last().id, {});
      expect(await outcome).toBe('done');
    },
  );

  test('not for ever, and not beyond the deadline', async () => {
    const { calls, clock, requests, last, enter } = setUp();
    calls.live(64);
    const { outcome } = enter();
    for (let round = 0; round < 5; round++) {
      calls.failed(last().id, faultOf('moved'));
      await clock.advance(2_000);
    }
    expect(await outcome).toMatchObject({ code: 'moved' });
    expect(requests()).toHaveLength(5);
    const late = enter({ deadlineMs: 1_000 });
    calls.failed(last().id, faultOf('too_many_requests', { after_ms: 60_000 }));
    expect(await late.outcome).toMatchObject({ code: 'too_many_requests' });
  });

  test('an expired token is renewed once', async () => {
    const { calls, requests, last, enter, reauthentications } = setUp();
    calls.live(64);
    const { outcome } = enter();
    calls.failed(last().id, faultOf('unauthenticated'));
    await settled();
    expect(requests()).toHaveLength(2);
    calls.failed(last().id, faultOf('unauthenticated'));
    expect(await outcome).toMatchObject({ code: 'unauthenticated' });
    expect(reauthentications).toHaveLength(1);
  });
});

describe('bounds', () => {
  test('no more in flight than the hub allows', () => {
    const { calls, requests } = setUp();
    calls.live(2);
    for (let call = 0; call < 5; call++) calls.call('me.read', {}).catch(() => undefined);
    expect(requests()).toHaveLength(2);
    calls.replied(requests()[0]?.id ?? 0, {});
    expect(requests()).toHaveLength(3);
  });

  test('what is too large is refused here', async () => {
    const { calls, enter, become } = setUp();
    become('too_large');
    calls.live(64);
    expect(await enter().outcome).toMatchObject({ code: 'too_large', outcome: 'none' });
  });

  test('reset settles everything and leaves no timer', async () => {
    const { calls, clock, enter } = setUp();
    const waiting = enter();
    calls.live(1);
    const queued = enter();
    calls.reset();
    expect(await waiting.outcome).toMatchObject({ code: 'session_ended' });
    expect(await queued.outcome).toMatchObject({ code: 'session_ended', outcome: 'none' });
    expect(clock.waiting).toBe(0);
  });
});
