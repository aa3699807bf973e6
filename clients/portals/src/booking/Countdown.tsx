import { useBedside } from '@bedside/client/react';
import { IconClock } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './hold.module.css';
import { leftText, warningFor } from './times.ts';

const STEP_MS = 250;

/** Milliseconds until `until` by the hub's clock, told anew when the second changes. */
export function useLeft(until: number): number {
  const bedside = useBedside();
  const read = () => Math.max(0, Math.ceil((until - bedside.hubTime()) / 1000) * 1000);
  const [left, setLeft] = useState(read);
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  });
  useEffect(() => {
    const timer = setInterval(() => setLeft(latest.current()), STEP_MS);
    return () => clearInterval(timer);
  }, []);
  return left;
}

/** How long the time is kept. Said aloud twice, not every second. */
export function Countdown({ left }: { left: number }) {
  const { booking } = useStrings();
  const announce = useAnnounce();
  const whole = useRef(left);
  const before = useRef(left);
  useEffect(() => {
    const warning = warningFor(before.current, left);
    before.current = left;
    if (warning === 'minute') announce(booking.hold.oneMinute);
    if (warning === 'seconds') announce(booking.hold.tenSeconds);
  }, [left, announce, booking]);
  return (
    <div className={classes.countdown} data-short={left <= 60_000}>
      <IconClock aria-hidden size={24} />
      <p>
        {booking.hold.kept}
        <span role="timer" aria-live="off" className={classes.left}>
          {booking.hold.left(leftText(left))}
        </span>
      </p>
      <progress className={classes.progress} aria-hidden="true" max={whole.current} value={left} />
    </div>
  );
}
