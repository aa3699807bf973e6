/**
 * STATE that can be watched: a value and its listeners, made for `useSyncExternalStore` and for plain code alike.
 */

/** A value that changes, to read and to watch. `get` returns the same reference until something changed. */
export interface Store<T> {
  /** The value now. */
  get(): T;
  /** Calls `listener` after every change, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

/** A {@link Store} whose owner sets it. */
export class Cell<T> implements Store<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();
  readonly #onWatched: ((isWatched: boolean) => void) | undefined;

  /** `onWatched` is told when the first listener comes and when the last one goes. */
  constructor(value: T, onWatched?: (isWatched: boolean) => void) {
    this.#value = value;
    this.#onWatched = onWatched;
  }

  readonly get = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    // Wrapped, so that the same function can be subscribed twice.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    if (this.#listeners.size === 1) this.#onWatched?.(true);
    return () => {
      if (this.#listeners.delete(entry) && this.#listeners.size === 0) this.#onWatched?.(false);
    };
  };

  /** Replaces the value; listeners are called when it is another one. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }
}
