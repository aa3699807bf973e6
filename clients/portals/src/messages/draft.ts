/**
 * What somebody has begun to write, kept through a reload of this tab. It is as private as a message: it lies in the
 * storage of this tab alone, ends with it, and is wiped when its author signs out or somebody else signs in.
 */
const prefix = 'bedside.draft.';

const keyOf = (owner: string, conversationId: string) => `${prefix}${owner}.${conversationId}`;

export function recallDraft(owner: string, conversationId: string): string {
  try {
    return sessionStorage.getItem(keyOf(owner, conversationId)) ?? '';
  } catch {
    return '';
  }
}

export function keepDraft(owner: string, conversationId: string, text: string): void {
  try {
    const key = keyOf(owner, conversationId);
    if (text === '') sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Storage can be refused or full: then a reload loses what was not sent.
  }
}

/** Wipes all drafts but those of `owner`. */
export function wipeDrafts(owner: string | null): void {
  try {
    const kept = owner === null ? null : `${prefix}${owner}.`;
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(prefix) && !(kept && key.startsWith(kept))) sessionStorage.removeItem(key);
    }
  } catch {
    // Nothing was kept then.
  }
}
