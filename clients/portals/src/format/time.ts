/**
 * Times as people read them: always by `Intl`, always with the zone where a clock time stands alone.
 * Nothing here reads a clock; `now` is an argument.
 */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface TimeWords {
  now: string;
  today: string;
  tomorrow: string;
  yesterday: string;
}

export class TimeFormat {
  readonly language: string;
  readonly zone: string;
  private readonly words: TimeWords;

  constructor(language: string, zone: string, words: TimeWords) {
    this.language = language;
    this.zone = knownZone(zone);
    this.words = words;
  }

  /** `14:30 GMT+1` */
  clock(at: number): string {
    return this.format(at, { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
  }

  /** `14:30`, for where the zone stands elsewhere on the screen. */
  bareClock(at: number): string {
    return this.format(at, { hour: '2-digit', minute: '2-digit' });
  }

  /** `14:30 – 15:00` */
  range(from: number, until: number): string {
    return `${this.bareClock(from)} – ${this.bareClock(until)}`;
  }

  /** `Today`, `Tomorrow`, `Wednesday 25 November` */
  day(at: number, now: number): string {
    const days = this.dayNumber(at) - this.dayNumber(now);
    if (days === 0) return this.words.today;
    if (days === 1) return this.words.tomorrow;
    if (days === -1) return this.words.yesterday;
    const isThisYear = this.year(at) === this.year(now);
    return this.format(at, {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      ...(isThisYear ? {} : { year: 'numeric' }),
    });
  }

  /** `3 March 2035`, where the day is far and its name says nothing. */
  date(at: number): string {
    return this.format(at, { day: 'numeric', month: 'long', year: 'numeric' });
  }

  /** `Today 14:30 GMT+1` */
  dayAndClock(at: number, now: number): string {
    return `${this.day(at, now)} ${this.clock(at)}`;
  }

  /** `Wednesday 25 November 2026 at 14:30:05 GMT+1`, where the second matters. */
  moment(at: number): string {
    return this.format(at, {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'short',
    });
  }

  /** `in 25 minutes`, `3 hours ago`, `now` */
  relative(at: number, now: number): string {
    const format = new Intl.RelativeTimeFormat(this.language, { numeric: 'always' });
    const distance = at - now;
    const size = Math.abs(distance);
    if (size < MINUTE) return this.words.now;
    if (size < HOUR) return format.format(Math.trunc(distance / MINUTE), 'minute');
    if (size < DAY) return format.format(Math.trunc(distance / HOUR), 'hour');
    return format.format(Math.trunc(distance / DAY), 'day');
  }

  /** `4 min`, `1 hr 5 min`, `2 hr`. Below a minute: `0 min`. */
  duration(ms: number): string {
    const minutes = Math.max(0, Math.floor(ms / MINUTE));
    const hours = Math.floor(minutes / 60);
    const unit = (value: number, name: 'hour' | 'minute') =>
      new Intl.NumberFormat(this.language, {
        style: 'unit',
        unit: name,
        unitDisplay: 'short',
      }).format(value);
    if (hours === 0) return unit(minutes, 'minute');
    const rest = minutes % 60;
    return rest === 0 ? unit(hours, 'hour') : `${unit(hours, 'hour')} ${unit(rest, 'minute')}`;
  }

  /** `8 seconds` */
  seconds(ms: number): string {
    const value = Math.max(1, Math.ceil(ms / 1000));
    return new Intl.NumberFormat(this.language, {
      style: 'unit',
      unit: 'second',
      unitDisplay: 'long',
    }).format(value);
  }

  /** `12:05`, minutes and seconds of a running call. */
  stopwatch(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const two = (value: number) => String(value).padStart(2, '0');
    const hours = Math.floor(seconds / 3600);
    const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return hours > 0 ? `${hours}:${rest}` : rest;
  }

  /** The zone's own name: `Central European Standard Time`. */
  zoneName(at: number): string {
    const parts = new Intl.DateTimeFormat(this.language, {
      timeZone: this.zone,
      timeZoneName: 'long',
    }).formatToParts(at);
    return parts.find((it) => it.type === 'timeZoneName')?.value ?? this.zone;
  }

  /** The zone in few letters: `CET`, `GMT+1`. */
  zoneAbbreviation(at: number): string {
    const parts = new Intl.DateTimeFormat(this.language, {
      timeZone: this.zone,
      timeZoneName: 'short',
    }).formatToParts(at);
    return parts.find((it) => it.type === 'timeZoneName')?.value ?? this.zone;
  }

  /** True when both are on the same day in the zone. */
  isSameDay(one: number, other: number): boolean {
    return this.dayNumber(one) === this.dayNumber(other);
  }

  private format(at: number, options: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat(this.language, {
      ...options,
      timeZone: this.zone,
      ...(options.hour ? { hourCycle: 'h23' } : {}),
    }).format(at);
  }

  private year(at: number): string {
    return this.format(at, { year: 'numeric' });
  }

  private dayNumber(at: number): number {
    const parts = new Intl.DateTimeFormat('en-CA', {
      timeZone: this.zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    }).format(at);
    return Math.round(Date.parse(`${parts}T00:00:00Z`) / DAY);
  }
}

/** The zone, or the browser's when the browser does not know it. */
export function knownZone(zone: string | undefined): string {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return own;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return own;
  }
}

/** `Europe/Berlin` is `Berlin`, as people know it. */
export function cityOf(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}
