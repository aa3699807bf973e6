/** From a date and a time on somebody's wall clock to an instant. */

const MINUTE = 60_000;

export type Zoned = { at: number } | { fault: 'gap' | 'unreadable' };

/**
 * The instant at which clocks in `zone` show `date` (`2026-11-22`) and `time` (`14:30`). A time that is skipped
 * when clocks go forward is a `gap`; of a time that comes twice the earlier is meant.
 */
export function zonedInstant(date: string, time: string, zone: string): Zoned {
  const asUtc = Date.parse(`${date}T${time}:00Z`);
  if (Number.isNaN(asUtc)) return { fault: 'unreadable' };
  const offsets = [asUtc - 24 * 60 * MINUTE, asUtc + 24 * 60 * MINUTE].map((at) =>
    offsetAt(at, zone),
  );
  const candidates = offsets
    .map((offset) => asUtc - offset)
    .filter((at) => at + offsetAt(at, zone) === asUtc);
  return candidates.length === 0 ? { fault: 'gap' } : { at: Math.min(...candidates) };
}

/** Making one takes longer than using it a hundred times, and a calendar asks for hundreds of offsets. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  clocks.set(zone, clock);
  return clock;
}

/** Milliseconds that clocks in `zone` are ahead of UTC at `at`. */
export function offsetAt(at: number, zone: string): number {
  const parts = clockOf(zone).formatToParts(at);
  const part = (type: string) => Number(parts.find((it) => it.type === type)?.value ?? 0);
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(at / 1000) * 1000;
}

/** Today's date in the zone, as a date field wants it. */
export function dateInZone(at: number, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(at);
}
