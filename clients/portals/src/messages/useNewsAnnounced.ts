import type { ConversationNow } from '@bedside/client';
import { useEffect, useRef } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { saidIn } from '../files/said.ts';
import { useStrings } from '../strings/index.ts';
import { memberOf } from './thread.ts';

/** Longer ones are read in the thread. */
const SAID_LETTERS = 200;

/**
 * New messages of others are told politely; older pages and one's own are not, nor those that `isToldElsewhere` leaves
 * to whoever shows them.
 */
export function useNewsAnnounced(
  { conversation, messages, status }: ConversationNow,
  isToldElsewhere?: (conversationId: string) => boolean,
): void {
  const strings = useStrings();
  const { messages: words } = strings;
  const announce = useAnnounce();
  const last = messages.at(-1);
  const told = useRef<number | null>(null);
  useEffect(() => {
    if (!conversation || !last) {
      if (status === 'live') told.current = 0;
      return;
    }
    const since = told.current;
    told.current = Math.max(since ?? 0, last.offset);
    if (since === null || last.offset <= since || last.member_id === conversation.you) return;
    if (isToldElsewhere?.(conversation.conversation_id)) return;
    const name = memberOf(conversation, last.member_id)?.display_name ?? words.thread.somebody;
    announce(words.thread.newFrom(name, (saidIn(last, strings) ?? '').slice(0, SAID_LETTERS)));
  }, [conversation, last, status, isToldElsewhere, announce, words, strings]);
}
