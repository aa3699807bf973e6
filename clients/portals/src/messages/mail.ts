import type { ConversationCard, Me } from '@bedside/client';
import { useBedside, useMailbox } from '@bedside/client/react';
import { useEffect, useRef } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { isInVisits } from '../app/pages.ts';
import { useStrings } from '../strings/index.ts';
import { isShown, isVisited } from './open.ts';
import { memberOf } from './thread.ts';

/** Messages that were not read, of whoever has an account; new ones are told where their thread is not shown. */
export function useMail(me: Me | null): number {
  // A session for one visit has that visit's conversation only, and administrators and support are in none.
  const personId = me && !me.visit && isInVisits(me) ? me.person_id : undefined;
  const { cards, unread } = useMailbox(useBedside(), personId);
  useNewsAnnounced(cards);
  return unread;
}

function useNewsAnnounced(cards: readonly ConversationCard[] | null): void {
  const { messages: words } = useStrings();
  const announce = useAnnounce();
  const known = useRef<Map<string, number> | null>(null);
  useEffect(() => {
    if (!cards) {
      known.current = null;
      return;
    }
    const before = known.current;
    known.current = new Map(
      cards.map((it) => [it.conversation.conversation_id, it.last?.offset ?? 0]),
    );
    const isNews = ({ conversation, last, unread }: ConversationCard) =>
      before !== null &&
      last !== undefined &&
      unread > 0 &&
      last.member_id !== conversation.you &&
      last.offset > (before.get(conversation.conversation_id) ?? 0) &&
      !isShown(conversation.conversation_id) &&
      !isVisited(conversation.conversation_id);
    const news = cards.find(isNews);
    if (!news?.last) return;
    const author = memberOf(news.conversation, news.last.member_id);
    announce(words.list.newFrom(author?.display_name ?? words.thread.somebody));
  }, [cards, announce, words]);
}
