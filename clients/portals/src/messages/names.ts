import type { ConversationNow } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { useTime } from '../app/hooks.ts';
import { useStrings } from '../strings/index.ts';
import { othersIn } from './thread.ts';

/** The name that a thread goes by: who else is in it. */
export function useThreadName({ conversation }: Pick<ConversationNow, 'conversation'>): string {
  const { messages: words } = useStrings();
  const time = useTime();
  if (!conversation) return '';
  const names = othersIn(conversation).map((it) => it.display_name);
  return names.length === 0
    ? words.thread.somebody
    : new Intl.ListFormat(time.language, { type: 'conjunction' }).format(names);
}

/** Whose drafts these are. */
export function useOwner(): string {
  const me = useStore(useBedside().me);
  return me?.person_id ?? me?.visit?.participant_id ?? 'nobody';
}
