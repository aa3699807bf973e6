import type { ErasureScope } from '@bedside/client';

/** What a certificate says, as far as this page knows its form. */
export interface Certified {
  scope: ErasureScope;
  askedAt: number;
  carriedOutAt: number;
  node: string;
  /** Conversations that nobody can read any more. */
  talks: number;
  /** Conversations of visits that were to come or under way; nothing is said of them where everything went. */
  leftOut: number | null;
}

/** `null` when the text has another form: then it is shown as it is. */
export function certifiedBy(text: string): Certified | null {
  try {
    // Those of before do not say how much: everything.
    const { scope = 'everything', asked_at, carried_out_at, node, destroyed } = JSON.parse(text);
    const talks = destroyed?.keys_of_conversations;
    const leftOut = destroyed?.left_out_of_visits_to_come ?? null;
    const isKnown =
      (scope === 'everything' || scope === 'conversations') &&
      typeof asked_at === 'number' &&
      typeof carried_out_at === 'number' &&
      typeof node === 'string' &&
      typeof talks === 'number' &&
      (leftOut === null || typeof leftOut === 'number');
    return isKnown
      ? { scope, askedAt: asked_at, carriedOutAt: carried_out_at, node, talks, leftOut }
      : null;
  } catch {
    return null;
  }
}
