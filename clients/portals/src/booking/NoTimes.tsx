import type { OpenSlot, SearchSlots } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconCalendarSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { dayText, plusDays } from '../format/days.ts';
import { dateInZone } from '../format/zoned.ts';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './search.module.css';

export interface NoTimesProps {
  wish: SearchSlots;
  /** The last day that has none. */
  after: string;
  /** The last day that can be booked. */
  horizon: string;
  onJump: (day: string) => void;
}

/** The hub searches at most so many days at once. */
const FARTHEST_DAYS = 62;

/** Nothing is free in these days: when the next time is, and one button that goes there. */
export function NoTimes({ wish, after, horizon, onJump }: NoTimesProps) {
  const { booking } = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  const { next, trouble, isLooking } = useNext(wish, after, horizon);
  return (
    <section className={classes.empty}>
      <IconCalendarSearch aria-hidden size={40} stroke={1.4} className={classes.emptyIcon} />
      <h2>{booking.times.none(dayText(after, time.language))}</h2>
      <TroubleNote trouble={trouble} />
      {next ? (
        <>
          <p>
            {booking.times.earliest}: {time.dayAndClock(next.starts_at, now)},{' '}
            {booking.times.with(next.clinician_name)}
          </p>
          <Act tone="main" onClick={() => onJump(dateInZone(next.starts_at, time.zone))}>
            {booking.times.goToDay}
          </Act>
        </>
      ) : (
        <p className="quiet" role="status">
          {isLooking
            ? booking.times.updating
            : `${booking.times.noneNear} ${booking.times.noneBody}`}
        </p>
      )}
    </section>
  );
}

/** The first free time after the days that were looked at. */
function useNext(wish: SearchSlots, after: string, horizon: string) {
  const bedside = useBedside();
  const [next, setNext] = useState<OpenSlot | null>(null);
  const [isDone, setDone] = useState(false);
  const { run, trouble } = useAction(async (search: SearchSlots) => {
    const found = await bedside.call('slot.search', search);
    setNext(found.slots[0] ?? null);
    setDone(true);
  });
  const from = plusDays(after, 1);
  const farthest = plusDays(from, FARTHEST_DAYS);
  const until = farthest < horizon ? farthest : horizon;
  const key = from > until ? '' : JSON.stringify({ ...wish, from, until, limit: 1 });
  useEffect(() => {
    setNext(null);
    setDone(key === '');
    if (key !== '') void run(JSON.parse(key) as SearchSlots);
  }, [key, run]);
  return { next, trouble, isLooking: !isDone && !trouble };
}
