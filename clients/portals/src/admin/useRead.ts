import type { OperationMap } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useEffect, useState } from 'react';
import { type Trouble, useAction } from '../parts/trouble.ts';

/** The operations that list something without a filter. */
type Listing =
  | 'service.list'
  | 'practitioner.list'
  | 'closure.list'
  | 'task.list'
  | 'notice.list_dead'
  | 'payment.list'
  | 'record.list_erasures'
  | 'record.list_holds';

export interface ReadNow<T> {
  /** `null` until it came. */
  value: T | null;
  trouble: Trouble | null;
  reload: () => void;
}

/** A list, read anew after every change and when the page comes back into view. */
export function useRead<K extends Listing>(op: K): ReadNow<OperationMap[K]['output']> {
  const bedside = useBedside();
  const [value, setValue] = useState<OperationMap[K]['output'] | null>(null);
  const { run, trouble } = useAction(async () => {
    setValue(await bedside.call(op, {} as OperationMap[K]['params']));
  });
  const reload = useCallback(() => void run(), [run]);
  useEffect(() => {
    reload();
    const onVisible = () => {
      if (!document.hidden) reload();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => document.removeEventListener('visibilitychange', onVisible);
  }, [reload]);
  return { value, trouble, reload };
}
