import { describe, expect, test } from 'vitest';
import { devices, levelOf } from '../src/devices.js';
import { judge, networkCheck } from '../src/network.js';
import { qualityOf, type Sample } from '../src/quality.js';
import { Cell } from '../src/store.js';
import { FakePlatform } from './support/media.js';

describe('the score of a link', () => {
  const before: Sample = {
    at: 0,
    received: 1_000,
    lost: 10,
    bytesIn: 0,
    bytesOut: 0,
    freezes: 0,
    jitterMs: 0,
    roundTripMs: 40,
    uplinkLoss: 0,
    isSqueezed: false,
  };
  const after = { ...before, at: 2_000, received: 1_100 };

  test.each([
    ['nothing', {}, false, 5, undefined],
    ['1 % lost on the way here', { received: 1_099, lost: 11 }, false, 4, 'downlink_loss'],
    ['9 % lost on the way here', { received: 1_091, lost: 19 }, false, 2, 'downlink_loss'],
    ['half lost on the way here', { received: 1_050, lost: 60 }, false, 0, 'downlink_loss'],
    ['12 % lost on the way there', { uplinkLoss: 0.12 }, false, 2, 'uplink_loss'],
    ['a satellite', { roundTripMs: 620 }, false, 2, 'round_trip'],
    ['a smaller picture', { isSqueezed: true }, false, 4, 'bandwidth'],
    ['no picture', {}, true, 2, 'bandwidth'],
    ['the worst of several', { roundTripMs: 250, uplinkLoss: 0.5 }, false, 0, 'uplink_loss'],
    ['counters that began anew', { received: 5, lost: 0 }, false, 5, undefined],
  ] as const)('%s', (_, change, isPaused, score, cause) => {
    const quality = qualityOf(before, { ...after, ...change }, isPaused);
    expect(quality.score).toBe(score);
    expect(quality.cause).toBe(cause);
    expect(quality.lossPercent).toBeGreaterThanOrEqual(0);
    expect(quality.receivedKbps).toBeGreaterThanOrEqual(0);
  });
});

describe('the verdict on a network', () => {
  test.each([
    ['good', [40, 41, 39, 45, 40], 0, 200, 'good', 'good'],
    ['far away', [600, 610, 590, 600], 0, 1_500, 'poor', 'slow'],
    ['thin', [60, 60, 61, 60], 0, 4_000, 'poor', 'slow'],
    ['too thin to measure', [60, 60, 61, 60], 0, undefined, 'poor', 'slow'],
    ['with holes', [40, 41, 40, 1_040, 42], 0, 200, 'poor', 'lossy'],
    ['that fails at times', [40, 41, 40], 2, 200, 'poor', 'lossy'],
    ['not there', [], 7, undefined, 'failed', 'unreachable'],
  ] as const)('%s', (_, answers, failures, bulk, verdict, reason) => {
    expect(judge(answers, failures, bulk)).toMatchObject({ verdict, reason });
  });

  test('asks for few bytes, then for many, without credentials', async () => {
    const asked: [string, RequestInit | undefined][] = [];
    let now = 0;
    const check = await networkCheck('https://clinic.example', undefined, {
      fetch: async (input, init) => {
        asked.push([String(input), init]);
        const bytes = Number(new URL(String(input)).searchParams.get('bytes'));
        now += bytes === 1 ? 30 : 530;
        return new Response(new Uint8Array(bytes));
      },
      now: () => now,
    });
    expect(check).toEqual({ verdict: 'good', reason: 'good', roundTripMs: 30, kbps: 2_097 });
    expect(asked.at(-1)?.[0]).toBe('https://clinic.example/v1/network-probe?bytes=131072');
    expect(asked.every(([, init]) => init?.credentials === 'omit')).toBe(true);
  });

  test('a hub that is not there is a verdict, a check that is cancelled is an error', async () => {
    const environment = {
      fetch: async () => Promise.reject(new TypeError('fetch failed')),
      now: () => 0,
    };
    const check = networkCheck('https://clinic.example', undefined, environment);
    expect(await check).toMatchObject({ verdict: 'failed', reason: 'unreachable' });
    const cancelled = networkCheck('https://clinic.example', AbortSignal.abort(), environment);
    await expect(cancelled).rejects.toThrow();
  });
});

describe('devices', () => {
  test('both with one question', async () => {
    const platform = new FakePlatform();
    const opened = await devices.open({ camera: true, microphone: 'desk' }, platform);
    expect(opened.faults).toEqual({});
    expect(platform.opened.map((it) => [it.kind, it.deviceId])).toEqual([
      ['audio', 'desk'],
      ['video', 'default'],
    ]);
  });

  test('a camera that is missing does not cost the microphone', async () => {
    const platform = new FakePlatform();
    const getUserMedia = platform.getUserMedia.bind(platform);
    platform.getUserMedia = async (constraints) => {
      if (constraints.video) throw new DOMException('', 'NotFoundError');
      return getUserMedia(constraints);
    };
    const opened = await devices.open({ camera: true, microphone: true }, platform);
    expect(opened.camera).toBeUndefined();
    expect(opened.microphone).toBeDefined();
    expect(opened.faults).toEqual({ camera: 'missing' });
  });

  test('the level of silence is 0, of full scale 1, of quiet speech between', () => {
    expect(levelOf(new Float32Array(512))).toBe(0);
    expect(levelOf(new Float32Array(512).fill(1))).toBeCloseTo(1);
    const quiet = levelOf(new Float32Array(512).fill(0.01));
    expect(quiet).toBeGreaterThan(0.2);
    expect(quiet).toBeLessThan(0.5);
  });
});

describe('stores', () => {
  test('tell of changes only, and of being watched', () => {
    const watched: boolean[] = [];
    const cell = new Cell(1, (it) => watched.push(it));
    let changes = 0;
    const listener = () => {
      changes += 1;
    };
    const one = cell.subscribe(listener);
    const two = cell.subscribe(listener);
    cell.set(1);
    expect(changes).toBe(0);
    cell.set(2);
    expect(changes).toBe(2);
    one();
    one();
    cell.set(3);
    expect(changes).toBe(3);
    two();
    expect(watched).toEqual([true, false]);
  });
});
