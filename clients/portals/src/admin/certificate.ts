/** What a certificate says, as far as this page knows its form. */
export interface Certified {
  askedAt: number;
  carriedOutAt: number;
  node: string;
  /** Conversations that nobody can read any more. */
  talks: number;
}

/** `null` when the text has another form: then it is shown as it is. */
export function certifiedBy(text: string): Certified | null {
  try {
    const { asked_at, carried_out_at, node, destroyed } = JSON.parse(text);
    const talks = destroyed?.keys_of_conversations;
    const isKnown =
      typeof asked_at === 'number' &&
      typeof carried_out_at === 'number' &&
      typeof node === 'string' &&
      typeof talks === 'number';
    return isKnown ? { askedAt: asked_at, carriedOutAt: carried_out_at, node, talks } : null;
  } catch {
    return null;
  }
}
