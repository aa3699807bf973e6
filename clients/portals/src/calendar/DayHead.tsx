import type { Calendar } from '@bedside/client';
import { IconClockShield } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTime } from '../app/hooks.ts';
import { useStrings } from '../strings/index.ts';
import { clockChanges, daySpan, type LocalDate } from './days.ts';
import classes from './grid.module.css';
import type { Closed } from './items.ts';

export interface DayHeadProps {
  id: string;
  date: LocalDate;
  zone: string;
  count: number;
  open: Calendar['open'];
  closed: readonly Closed[];
  isLink: boolean;
  onDay: () => void;
}

/** The date, and in words everything that the column only draws: hours, closures, a change of the clocks. */
export function DayHead({ id, date, zone, count, open, closed, isLink, onDay }: DayHeadProps) {
  const { calendar } = useStrings();
  const time = useTime(zone);
  const noon = Date.parse(`${date}T12:00:00Z`);
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(time.language, { ...options, timeZone: 'UTC' }).format(noon);
  const long = part({ weekday: 'long', day: 'numeric', month: 'long' });
  const name = (
    <>
      <span aria-hidden="true" className={classes.weekday}>
        {part({ weekday: 'short' })}
      </span>
      <span aria-hidden="true" className={classes.dayNumber}>
        {part({ day: 'numeric' })}
      </span>
      <span className="hidden">{isLink ? calendar.showDay(long) : long}</span>
    </>
  );
  return (
    <div className={classes.dayHead}>
      <h2 id={id} className={classes.dayTitle}>
        {isLink ? (
          <button type="button" onClick={onDay}>
            {name}
          </button>
        ) : (
          <span>{long}</span>
        )}
      </h2>
      <p className="hidden">
        {count === 0 ? calendar.nothing : calendar.entries(count)}
        {'. '}
        {open.length === 0
          ? calendar.closedDay
          : open
              .map((it) => calendar.openIn(time.range(it.from, it.until), it.location))
              .join('; ')}
        {closed.map((it) => `; ${it.isClinic ? calendar.closure : calendar.off} ${it.reason}`)}
      </p>
      <ClockNote date={date} zone={zone} />
    </div>
  );
}

/** That a day has 23 or 25 hours, where it has. */
export function ClockNote({ date, zone }: { date: LocalDate; zone: string }) {
  const { calendar } = useStrings();
  const changes = useMemo(() => {
    const span = daySpan(date, zone);
    // A change at midnight belongs to the day that begins with it.
    return clockChanges({ from: span.from - 60_000, until: span.until - 60_000 }, zone);
  }, [date, zone]);
  return changes.map((it) => (
    <p key={it.at} className={classes.clockNote}>
      <IconClockShield aria-hidden size={18} className={classes.clockIcon} />
      {it.byMinutes > 0 ? calendar.forward(it.byMinutes) : calendar.back(-it.byMinutes)}
    </p>
  ));
}
