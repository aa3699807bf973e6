import { describe, expect, test } from 'vitest';
import {
  CONNECT_TIMEOUT_MS,
  type ConnectionEffect,
  type ConnectionInput,
  type ConnectionState,
  idle,
  STABLE_MS,
  step,
  verdictOf,
} from '../src/connection.js';
import { CLOSES, type CloseReason } from '../src/protocol.gen.js';
import { seeded } from './support/random.js';

const HEARTBEAT = { every_ms: 20_000, grace_ms: 10_000 };

/** Drives the machine and remembers what it asked for. */
class Drive {
  state: ConnectionState = idle;
  effects: ConnectionEffect[] = [];
  now = 1_000_000;
  random: () => number;

  constructor(random: () => number = () => 0.5) {
    this.random = random;
  }

  give(input: ConnectionInput): this {
    const next = step(this.state, input, { now: this.now, random: this.random });
    this.state = next.state;
    this.effects = [...next.effects];
    return this;
  }

  connect(): this {
    if (this.state.stage === 'none') this.give({ kind: 'start' });
    this.give({ kind: 'token' });
    const socket = this.state.socket;
    this.give({ kind: 'opened', socket });
    return this.give({ kind: 'welcome', socket, heartbeat: HEARTBEAT });
  }

  wake(): this {
    this.now = this.state.wakeAt ?? this.now;
    return this.give({ kind: 'wake' });
  }

  lose(code = 1006): this {
    return this.give({ kind: 'closed', socket: this.state.socket, code });
  }

  get kinds(): string[] {
    return this.effects.map((it) => it.kind);
  }
}

describe('coming up', () => {
  test('token, socket, hello, live', () => {
    const drive = new Drive().give({ kind: 'start' });
    expect(drive.effects).toEqual([{ kind: 'get_token', isNew: false }]);
    expect(drive.state.phase).toBe('connecting');
    expect(drive.give({ kind: 'token' }).effects).toEqual([{ kind: 'open', socket: 1 }]);
    expect(drive.give({ kind: 'opened', socket: 1 }).kinds).toEqual(['hello']);
    drive.give({ kind: 'welcome', socket: 1, heartbeat: HEARTBEAT });
    expect(drive.kinds).toEqual(['live']);
    expect(drive.state.phase).toBe('open');
  });

  test('a socket that does not open in time is given up', () => {
    const drive = new Drive().give({ kind: 'start' }).give({ kind: 'token' });
    expect(drive.state.wakeAt).toBe(drive.now + CONNECT_TIMEOUT_MS);
    expect(drive.wake().kinds).toEqual(['close']);
    expect(drive.state.phase).toBe('waiting');
  });

  test('starting twice opens one socket', () => {
    const drive = new Drive().connect();
    expect(drive.give({ kind: 'start' }).kinds).toEqual([]);
    expect(drive.state.socket).toBe(1);
  });
});

describe('going down', () => {
  test('silence beyond the grace ends the socket, traffic keeps it', () => {
    const drive = new Drive().connect();
    drive.now += 29_999;
    drive.give({ kind: 'heard', socket: 1 });
    drive.now += 29_999;
    expect(drive.give({ kind: 'wake' }).kinds).toEqual([]);
    expect(drive.wake().kinds).toEqual(['close', 'lost']);
    expect(drive.state.phase).toBe('waiting');
  });

  test('what the old socket says is not heard', () => {
    const drive = new Drive().connect().lose();
    const before = drive.state;
    drive.give({ kind: 'closed', socket: 1, code: 4302 });
    drive.give({
      kind: 'bye',
      socket: 1,
      code: 4300,
      reason: 'signed_out',
      spreadMs: 0,
      afterMs: 0,
    });
    drive.give({ kind: 'welcome', socket: 1, heartbeat: HEARTBEAT });
    expect(drive.state).toBe(before);
  });

  test('waits are random from the first try, grow, and are capped', () => {
    const bounds: number[] = [];
    const drive = new Drive(() => 0.999_999).connect();
    drive.lose();
    for (let round = 0; round < 10; round++) {
      bounds.push((drive.state.wakeAt ?? 0) - drive.now);
      drive.wake().give({ kind: 'token' }).lose();
    }
    expect(bounds.slice(0, 4)).toEqual([600, 1_200, 2_400, 4_800]);
    expect(bounds.at(-1)).toBe(20_000);
    const none = new Drive(() => 0).connect().lose();
    expect(none.state.wakeAt).toBe(none.now);
  });

  test('a connection that held makes the next wait short again, one that flaps does not', () => {
    const drive = new Drive(() => 0.999_999).connect();
    drive.now += STABLE_MS;
    drive.lose();
    expect((drive.state.wakeAt ?? 0) - drive.now).toBe(300);
    for (let round = 0; round < 5; round++) {
      drive.wake();
      drive.connect().lose();
    }
    expect((drive.state.wakeAt ?? 0) - drive.now).toBeGreaterThan(5_000);
  });

  test('the hub spreads its clients', () => {
    const drive = new Drive(() => 0.5).connect();
    drive.give({
      kind: 'bye',
      socket: 1,
      code: 4000,
      reason: 'draining',
      spreadMs: 8_000,
      afterMs: 0,
    });
    drive.lose(1006);
    expect((drive.state.wakeAt ?? 0) - drive.now).toBe(4_000);
    expect(drive.state.reason).toBe('draining');
  });

  test('who is sent away comes when the hub said, and not before', () => {
    for (const [chance, wait] of [
      [0, 3_000],
      [0.5, 3_250],
    ] as const) {
      const drive = new Drive(() => chance).give({ kind: 'start' }).give({ kind: 'token' });
      drive.give({ kind: 'opened', socket: 1 });
      const bye = { code: 4003, reason: 'busy', spreadMs: 500, afterMs: 3_000 } as const;
      drive.give({ kind: 'bye', socket: 1, ...bye }).lose(4003);
      expect(drive.state).toMatchObject({ phase: 'waiting', reason: 'busy' });
      expect((drive.state.wakeAt ?? 0) - drive.now).toBe(wait);
      expect(drive.wake().kinds).toEqual(['get_token']);
    }
  });

  test('a nudge ends the wait', () => {
    const drive = new Drive().connect().lose().give({ kind: 'nudge' });
    expect(drive.state.phase).toBe('resuming');
    expect(drive.kinds).toEqual(['get_token']);
  });
});

describe('close codes', () => {
  const rows = Object.entries(CLOSES).map(([code, [reason, verdict]]) => ({
    code: Number(code),
    reason,
    verdict,
  }));

  test.each(rows)('$code $reason → $verdict', ({ code, reason, verdict }) => {
    const drive = new Drive(() => 0.999_999).connect();
    drive.now += STABLE_MS;
    drive.give({ kind: 'closed', socket: 1, code });
    expect(drive.kinds[0]).toBe('lost');
    expect(drive.state.reason).toBe(reason);
    const wait = (drive.state.wakeAt ?? Number.NaN) - drive.now;
    if (verdict === 'resume') expect(wait).toBe(300);
    if (verdict === 'back_off') expect(wait).toBe(4_800);
    if (verdict === 'reauthenticate') {
      expect(drive.wake().effects).toEqual([{ kind: 'get_token', isNew: true }]);
    }
    if (verdict === 'stop' || verdict === 'bug') {
      expect(drive.state.phase).toBe('closed');
      expect(drive.state.wakeAt).toBeUndefined();
      expect(drive.kinds).toEqual(['lost', 'ended']);
      expect(drive.give({ kind: 'nudge' }).kinds).toEqual([]);
    }
  });

  test('unknown codes are judged by their hundred', () => {
    expect([1000, 1001, 1006, 4099].map(verdictOf)).toEqual(Array(4).fill('resume'));
    expect([4199, 4299, 4399, 4499].map(verdictOf)).toEqual([
      'back_off',
      'reauthenticate',
      'stop',
      'bug',
    ]);
  });

  test('what the hub said before counts more than the code that the browser shows', () => {
    const drive = new Drive().connect();
    drive.give({
      kind: 'bye',
      socket: 1,
      code: 4300,
      reason: 'signed_out',
      spreadMs: 0,
      afterMs: 0,
    });
    expect(drive.lose(1006).state.phase).toBe('closed');
  });
});

describe('tokens', () => {
  test('none for good ends it, none for now is tried again', () => {
    const later = new Drive().give({ kind: 'start' }).give({ kind: 'no_token', isFinal: false });
    expect(later.state.phase).toBe('waiting');
    expect(later.wake().kinds).toEqual(['get_token']);
    later.give({ kind: 'no_token', isFinal: true });
    expect(later.state).toMatchObject({ phase: 'closed', reason: 'signed_out' });
    expect(later.give({ kind: 'start' }).state.phase).toBe('connecting');
  });

  test('a token that comes too late is not used', () => {
    const drive = new Drive().give({ kind: 'start' }).wake();
    expect(drive.state.phase).toBe('waiting');
    expect(drive.give({ kind: 'token' }).kinds).toEqual([]);
  });
});

test('any sequence of inputs keeps the invariants', () => {
  const random = seeded(4711);
  const whole = (below: number) => Math.floor(random() * below);
  const codes = [...Object.keys(CLOSES).map(Number), 1000, 1001, 1006];
  for (let run = 0; run < 400; run++) {
    const drive = new Drive(random);
    const open = new Set<number>();
    let isLive = false;
    for (let turn = 0; turn < 80; turn++) {
      drive.now += whole(3) ? whole(2_000) : whole(60_000);
      const socket = whole(4) ? drive.state.socket : whole(6);
      const code = codes[whole(codes.length)] ?? 1006;
      const reason: CloseReason = CLOSES[code]?.[0] ?? 'draining';
      const inputs: ConnectionInput[] = [
        { kind: 'start' },
        { kind: 'token' },
        { kind: 'token' },
        { kind: 'opened', socket },
        { kind: 'opened', socket },
        { kind: 'welcome', socket, heartbeat: HEARTBEAT },
        { kind: 'welcome', socket, heartbeat: HEARTBEAT },
        { kind: 'heard', socket },
        { kind: 'bye', socket, code, reason, spreadMs: whole(5_000), afterMs: whole(9_000) },
        { kind: 'closed', socket, code },
        { kind: 'no_token', isFinal: whole(5) === 0 },
        { kind: 'nudge' },
        { kind: 'wake' },
        ...(whole(10) ? [] : [{ kind: 'stop' } as const]),
      ];
      const input = inputs[whole(inputs.length)] ?? { kind: 'wake' };
      if (input.kind === 'closed') open.delete(input.socket);
      drive.give(input);
      for (const effect of drive.effects) {
        if (effect.kind === 'open') {
          expect(open.size).toBe(0);
          open.add(effect.socket);
        }
        if (effect.kind === 'close') open.delete(effect.socket);
        if (effect.kind === 'live') {
          expect(isLive).toBe(false);
          isLive = true;
        }
        if (effect.kind === 'lost') {
          expect(isLive).toBe(true);
          isLive = false;
        }
      }
      // It is never stuck: wherever something is awaited, a wake is set.
      const mustWake = drive.state.phase !== 'idle' && drive.state.phase !== 'closed';
      expect(drive.state.wakeAt !== undefined).toBe(mustWake);
      expect(drive.state.phase === 'open').toBe(isLive);
      if (drive.state.phase === 'waiting') {
        expect((drive.state.wakeAt ?? 0) - drive.now).toBeLessThanOrEqual(29_000);
      }
    }
  }
});
