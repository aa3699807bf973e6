import type { Fault, OpenSlot, PersonId, SearchSlots } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { followSlots, type SlotsFollowing, type SlotsNow } from '@bedside/client/slots';
import { useCallback, useEffect, useRef, useState } from 'react';

export interface SlotsHere {
  /** Changes with the search, not with its answers. */
  key: string;
  /** `null` until the first answer to this search. */
  slots: readonly OpenSlot[] | null;
  hasMore: boolean;
  fault: Fault | null;
  again: () => void;
}

/** The free times of a search, current as long as the page is open; of nothing while there is no search. */
export function useSlots(search: SearchSlots | null, clinicians: readonly PersonId[]): SlotsHere {
  const bedside = useBedside();
  const key = search === null ? '' : JSON.stringify(search);
  const heard = clinicians.join(' ');
  const [answer, setAnswer] = useState<{ key: string; now: SlotsNow } | null>(null);
  const running = useRef<SlotsFollowing | null>(null);
  useEffect(() => {
    if (key === '') return undefined;
    const following = followSlots(
      bedside,
      JSON.parse(key) as SearchSlots,
      (now) => setAnswer({ key, now }),
      { clinicians: heard === '' ? [] : (heard.split(' ') as PersonId[]) },
    );
    running.current = following;
    return () => following.stop();
  }, [bedside, key, heard]);
  const again = useCallback(() => running.current?.again(), []);
  const now = answer?.key === key ? answer.now : null;
  return {
    key,
    slots: now?.slots ?? null,
    hasMore: now?.hasMore ?? false,
    fault: now?.fault ?? null,
    again,
  };
}
