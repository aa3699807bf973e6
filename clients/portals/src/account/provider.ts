import type { FaultCode } from '@bedside/client';
import { useEffect, useRef, useState } from 'react';
import { type Trouble, useAction } from '../parts/trouble.ts';

/** What a browser that comes back from a provider finds behind the address: nothing secret. */
export function backFrom(hash: string): 'back' | FaultCode | null {
  const told = new URLSearchParams(hash.replace(/^#/, ''));
  if (told.get('provider') === 'back') return 'back';
  // A newer hub may say more; what has no words gets those of our own mistakes.
  return told.get('provider_fault') as FaultCode | null;
}

/**
 * Does what is to be done for whoever has come back from a provider, once, and clears the address of it; what went wrong there
 * or here.
 */
export function useProviderBack(take: () => Promise<void>): Trouble | null {
  const [refused, setRefused] = useState<Trouble | null>(null);
  const { run, trouble } = useAction(take);
  const isDone = useRef(false);
  useEffect(() => {
    const back = isDone.current ? null : backFrom(location.hash);
    if (back === null) return;
    isDone.current = true;
    history.replaceState(history.state, '', location.pathname + location.search);
    if (back === 'back') void run();
    else setRefused({ code: back });
  }, [run]);
  return refused ?? trouble;
}
