import { BedsideError, type FaultCode, type Finding, type KeptElsewhere } from '@bedside/client';
import { use, useCallback, useEffect, useRef, useState } from 'react';
import { ProveContext } from './prove.ts';

/** A failure as a screen shows it: which words, and the number that support can read. */
export interface Trouble {
  code: FaultCode | 'offline';
  number?: number;
  field?: string;
  /** What the hub found in what was sent. */
  findings?: readonly Finding[];
  /** Where somebody is kept who is not kept here. */
  elsewhere?: KeptElsewhere;
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof BedsideError) {
    const { code, number, field, findings, elsewhere } = error.fault;
    return {
      code,
      number,
      ...(field !== undefined && { field }),
      ...(findings && { findings }),
      ...(elsewhere && { elsewhere }),
    };
  }
  return { code: 'offline' };
}

export interface Action<A extends unknown[], T> {
  run(...args: A): Promise<T | undefined>;
  isRunning: boolean;
  trouble: Trouble | null;
  clear(): void;
}

/**
 * Something a person sets off: runs once at a time, and keeps what went wrong until the next try. What wants a proof of late
 * asks for it and is done again.
 */
export function useAction<A extends unknown[], T>(work: (...args: A) => Promise<T>): Action<A, T> {
  const [isRunning, setRunning] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const latest = useRef(work);
  const busy = useRef(false);
  const prove = use(ProveContext);
  useEffect(() => {
    latest.current = work;
  });
  const run = useCallback(
    async (...args: A): Promise<T | undefined> => {
      if (busy.current) return undefined;
      busy.current = true;
      setRunning(true);
      setTrouble(null);
      try {
        return await provenly(() => latest.current(...args), prove);
      } catch (error) {
        setTrouble(troubleOf(error));
        return undefined;
      } finally {
        busy.current = false;
        setRunning(false);
      }
    },
    [prove],
  );
  const clear = useCallback(() => setTrouble(null), []);
  return { run, isRunning, trouble, clear };
}

async function provenly<T>(work: () => Promise<T>, prove: () => Promise<boolean>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BedsideError) || error.code !== 'step_up' || !(await prove()))
      throw error;
    return work();
  }
}
