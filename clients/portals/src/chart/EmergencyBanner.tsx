import type { EmergencyCard } from '@bedside/client';
import { IconAlertHexagon } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime } from '../app/hooks.ts';
import { useLeft } from '../booking/Countdown.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './chart.module.css';

/** The end is told once when it is this near. */
const NEAR_MS = 5 * 60_000;
/** Clocks that are nearly the same agree that it is over. */
const AFTER_MS = 1_000;

export interface EmergencyBannerProps {
  card: EmergencyCard;
  /** The time is over: what may be seen has to be asked anew. */
  onOver: () => Promise<void>;
}

/** That a record is open in an emergency, how long it still is, and what follows from it. */
export function EmergencyBanner({ card, onOver }: EmergencyBannerProps) {
  const words = useStrings().chart.emergency;
  const announce = useAnnounce();
  const time = useTime();
  const left = useLeft(card.ends_at);
  const before = useRef(left);
  const latest = useRef(onOver);
  useEffect(() => {
    latest.current = onOver;
  });
  useEffect(() => {
    const was = before.current;
    before.current = left;
    if (was > NEAR_MS && left <= NEAR_MS && left > 0) announce(words.ending);
    if (was > 0 && left === 0) {
      announce(words.over, { urgent: true });
    }
  }, [left, announce, words]);
  useEffect(() => {
    if (left > 0) return undefined;
    const timer = setTimeout(() => void latest.current(), AFTER_MS);
    return () => clearTimeout(timer);
  }, [left]);
  return (
    <aside className={classes.banner} aria-label={words.banner} data-testid="emergency">
      <IconAlertHexagon aria-hidden size={26} />
      <div>
        <p className={classes.strong}>
          {words.banner}:{' '}
          <span role="timer" aria-live="off">
            {words.timeLeft(left < NEAR_MS ? time.stopwatch(left) : time.duration(left))}
          </span>
        </p>
        <p>{words.bannerBody}</p>
      </div>
    </aside>
  );
}
