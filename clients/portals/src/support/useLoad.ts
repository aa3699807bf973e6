import { useCallback, useEffect, useState } from 'react';
import type { ReadNow } from '../admin/useRead.ts';
import { useAction } from '../parts/trouble.ts';

/** What `load` answers, and again when it is another function. What was for another question is not shown any more. */
export function useLoad<T>(load: () => Promise<T>): ReadNow<T> {
  const [answer, setAnswer] = useState<{ of: () => Promise<T>; value: T } | null>(null);
  const { run, trouble } = useAction(async (of: () => Promise<T>) => {
    setAnswer({ of, value: await of() });
  });
  const reload = useCallback(() => void run(load), [run, load]);
  useEffect(() => reload(), [reload]);
  return { value: answer?.of === load ? answer.value : null, trouble, reload };
}
