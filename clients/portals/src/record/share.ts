import type { Audience, FieldClass, HelperSharing, Sharing } from '@bedside/client';

/** What is shared, as plain data: what differs, and what is kept when two have changed it. */

export const CLASSES = [
  'identity',
  'contact',
  'insurance',
  'complaint',
  'visits',
  'messages',
] as const satisfies readonly FieldClass[];

/** Each includes those before it. */
export const AUDIENCES = [
  'treating',
  'care_team',
  'clinicians',
] as const satisfies readonly Audience[];

export const HELPED = ['complaint', 'messages'] as const satisfies readonly (keyof HelperSharing)[];

export type Difference =
  | { kind: 'class'; of: FieldClass; before: Audience; now: Audience }
  | { kind: 'helpers'; of: keyof HelperSharing; before: boolean; now: boolean };

export function differences(before: Sharing, now: Sharing): Difference[] {
  const classes = CLASSES.filter((it) => before[it] !== now[it]).map(
    (of): Difference => ({ kind: 'class', of, before: before[of], now: now[of] }),
  );
  const helpers = HELPED.filter((it) => before.helpers[it] !== now.helpers[it]).map(
    (of): Difference => ({
      kind: 'helpers',
      of,
      before: before.helpers[of],
      now: now.helpers[of],
    }),
  );
  return [...classes, ...helpers];
}

/** Whether somebody sees less by it. */
export function isNarrower(it: Difference): boolean {
  return it.kind === 'helpers'
    ? it.before && !it.now
    : AUDIENCES.indexOf(it.now) < AUDIENCES.indexOf(it.before);
}

/** Somebody saved meanwhile: what was chosen here stays, the rest is theirs. */
export function merge(base: Sharing, chosen: Sharing, theirs: Sharing): Sharing {
  const merged: Sharing = { ...theirs, helpers: { ...theirs.helpers } };
  for (const it of CLASSES) if (chosen[it] !== base[it]) merged[it] = chosen[it];
  for (const it of HELPED) {
    if (chosen.helpers[it] !== base.helpers[it]) merged.helpers[it] = chosen.helpers[it];
  }
  return merged;
}
