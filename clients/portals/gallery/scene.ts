import type { Intent } from '../src/app/router.tsx';
import type { FakeBedside } from '../src/dev/fake.ts';
import { MINUTE } from '../src/dev/samples.ts';

/** One screen in one state. */
export interface Scene {
  path: string;
  intent?: Intent;
  set: (bedside: FakeBedside) => void;
}

export const now = Date.now();
/** So many minutes from now. */
export const at = (minutes: number) => now + minutes * MINUTE;

/** A visit that is open now. */
export const times = { starts_at: at(-4), ends_at: at(26) };
/** A device with nothing to mend. */
export const good = {
  camera: 'good',
  microphone: 'good',
  speaker: 'good',
  network: 'good',
} as const;
