import type { Store } from '@bedside/client';

/** Stores that a test or the gallery can set, and calls as they are recorded. */

export interface Box<T> extends Store<T> {
  set(value: T): void;
}

export function box<T>(initial: T): Box<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export interface Call {
  name: string;
  args: readonly unknown[];
}
