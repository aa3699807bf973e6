/**
 * What a browser remembers between visits: choices of devices and of layout, and that the check went well. Never a
 * name, a token or anything about a visit. Storage can be refused or full; then nothing is remembered. What is begun in a
 * message is another matter: `messages/draft.ts`.
 */
export interface Remembered {
  devices: RememberedDevices;
  panel: { width: number; open: boolean };
  shortcuts: boolean;
  selfCorner: Corner;
}

export interface RememberedDevices {
  /** When the device check went well, ms since 1970; 0 when it never did. */
  checkedAt: number;
  cameraId?: string;
  microphoneId?: string;
  cameraOn: boolean;
  microphoneOn: boolean;
}

export type Corner = 'top-start' | 'top-end' | 'bottom-start' | 'bottom-end';

export const nothingRemembered: Remembered = {
  devices: { checkedAt: 0, cameraOn: true, microphoneOn: true },
  panel: { width: 340, open: true },
  shortcuts: true,
  selfCorner: 'bottom-end',
};

/** A device check is trusted for this long. */
export const CHECK_HOLDS_MS = 7 * 24 * 3_600_000;

const prefix = 'bedside.';

export function recall<K extends keyof Remembered>(key: K): Remembered[K] {
  const fallback = nothingRemembered[key];
  try {
    const text = localStorage.getItem(prefix + key);
    if (text === null) return fallback;
    const value: unknown = JSON.parse(text);
    if (typeof value !== typeof fallback || value === null) return fallback;
    return typeof fallback === 'object'
      ? ({ ...fallback, ...(value as object) } as Remembered[K])
      : (value as Remembered[K]);
  } catch {
    return fallback;
  }
}

export function remember<K extends keyof Remembered>(key: K, value: Remembered[K]): void {
  try {
    localStorage.setItem(prefix + key, JSON.stringify(value));
  } catch {
    // Not remembered then; nothing depends on it.
  }
}

const entered = (appointmentId: string) => `${prefix}entered.${appointmentId}`;

/** This tab is in that visit, so that a reload returns to it without another check. */
export function markEntered(appointmentId: string, isIn: boolean): void {
  try {
    if (isIn) sessionStorage.setItem(entered(appointmentId), '1');
    else sessionStorage.removeItem(entered(appointmentId));
  } catch {
    // After a reload the device check comes again; no more than that is lost.
  }
}

export function wasEntered(appointmentId: string): boolean {
  try {
    return sessionStorage.getItem(entered(appointmentId)) === '1';
  } catch {
    return false;
  }
}
