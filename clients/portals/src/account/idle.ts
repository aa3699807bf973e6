import type { Me } from '@bedside/client';
import { useCallback, useEffect, useRef, useState } from 'react';

/** How often it is looked at. Timers sleep with a device, so what counts is the clock and not how often they came. */
const LOOK_MS = 5_000;
const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

const keyOf = (me: Me) => `bedside.locked.${me.session_id}`;

/** Whether the page is to be hidden. It stays so over a reload, and a call that goes on keeps nothing open. */
export function useIdleLock(me: Me | null): { isLocked: boolean; unlock: () => void } {
  const limit = me?.idle_after_s;
  const key = me && limit !== undefined ? keyOf(me) : null;
  const [locked, setLocked] = useState<string | null>(null);
  const isLocked = key !== null && (locked === key || wasLocked(key));
  const touched = useRef(Date.now());
  useEffect(() => {
    if (key === null || limit === undefined) return undefined;
    touched.current = Date.now();
    const touch = () => {
      // The first touch after the limit is too late, whenever the timer comes.
      if (Date.now() - touched.current < limit * 1000) touched.current = Date.now();
    };
    const look = () => {
      if (Date.now() - touched.current < limit * 1000) return;
      keep(key, true);
      setLocked(key);
    };
    const timer = setInterval(look, LOOK_MS);
    for (const it of TOUCHES) window.addEventListener(it, touch, { passive: true });
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      for (const it of TOUCHES) window.removeEventListener(it, touch);
      document.removeEventListener('visibilitychange', look);
    };
  }, [key, limit]);
  const unlock = useCallback(() => {
    if (key !== null) keep(key, false);
    touched.current = Date.now();
    setLocked(null);
  }, [key]);
  return { isLocked, unlock };
}

function wasLocked(key: string): boolean {
  try {
    return sessionStorage.getItem(key) === '1';
  } catch {
    return false;
  }
}

function keep(key: string, isLocked: boolean): void {
  try {
    if (isLocked) sessionStorage.setItem(key, '1');
    else sessionStorage.removeItem(key);
  } catch {
    // Then a reload opens it; the hub ends the session by itself.
  }
}
