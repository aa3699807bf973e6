import { useBedside, useStore } from '@bedside/client/react';
import { useEffect } from 'react';

/** Whoever touches nothing for so long is away. */
export const AWAY_AFTER_MS = 5 * 60_000;
const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** Tells the hub when nobody has touched this page for a while, and when somebody does again. */
export function useAway(): void {
  const bedside = useBedside();
  const session = useStore(bedside.me)?.session_id;
  const { state } = useStore(bedside.connection);
  const isConnected = state === 'open' && session !== undefined;
  useEffect(() => {
    // Another socket begins as somebody who is here.
    if (!isConnected) return undefined;
    let isAway = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = (away: boolean) => {
      isAway = away;
      // A courtesy to others: lost, nobody misses it, and the next one comes.
      bedside.call('presence.set', { is_away: away }).catch(() => {});
    };
    const touched = () => {
      if (isAway) tell(false);
      clearTimeout(timer);
      timer = setTimeout(() => tell(true), AWAY_AFTER_MS);
    };
    touched();
    for (const it of TOUCHES) window.addEventListener(it, touched, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const it of TOUCHES) window.removeEventListener(it, touched);
    };
  }, [bedside, isConnected]);
}
