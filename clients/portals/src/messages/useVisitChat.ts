import {
  type AppointmentId,
  BedsideError,
  type ConversationId,
  type ConversationNow,
  NO_CONVERSATION,
  type Store,
} from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { type Trouble, troubleOf } from '../parts/trouble.ts';
import { isShown, visiting } from './open.ts';
import { useNewsAnnounced } from './useNewsAnnounced.ts';

export interface VisitChat {
  conversationId: ConversationId | null;
  /** Messages of others that were not read yet. */
  unread: number;
  trouble: Trouble | null;
}

const AGAIN_MS = 5_000;
/** A guest is in the conversation once the patient has been admitted. */
const NOT_YET_MS = 15_000;

/** What is said when it could not be had, and when it is asked for again; never, when `again` is `null`. */
const afterTrouble = (error: unknown): { said: Trouble | null; again: number | null } => {
  const isOurs = error instanceof BedsideError;
  if (isOurs && error.code === 'not_found') return { said: null, again: NOT_YET_MS };
  return { said: troubleOf(error), again: isOurs && error.retry === 'never' ? null : AGAIN_MS };
};

/** The conversation of a visit, as soon as it can be had. */
export function useVisitChat(appointmentId: string): VisitChat {
  const bedside = useBedside();
  const { state } = useStore(bedside.connection);
  const [conversationId, setId] = useState<ConversationId | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const isOpen = state === 'open';
  useEffect(() => {
    if (conversationId !== null || !isOpen) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isCurrent = true;
    const open = async () => {
      try {
        const card = await bedside.call('conversation.open', {
          with: { kind: 'visit', appointment_id: appointmentId as AppointmentId },
        });
        if (!isCurrent) return;
        setTrouble(null);
        setId(card?.conversation.conversation_id ?? null);
      } catch (error) {
        if (!isCurrent) return;
        const { said, again } = afterTrouble(error);
        setTrouble(said);
        if (again !== null) timer = setTimeout(open, again);
      }
    };
    void open();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [bedside, appointmentId, conversationId, isOpen]);
  const unread = useNews(conversationId);
  return { conversationId, unread, trouble };
}

const NOWHERE: Store<ConversationNow> = { get: () => NO_CONVERSATION, subscribe: () => () => {} };

/** Tells what is new while no thread shows it, and counts what was not read. */
function useNews(conversationId: ConversationId | null): number {
  const bedside = useBedside();
  const now = useStore(
    conversationId === null ? NOWHERE : bedside.conversation(conversationId).state,
  );
  useEffect(
    () => (conversationId === null ? undefined : visiting(conversationId)),
    [conversationId],
  );
  useNewsAnnounced(now, isShown);
  return unreadOf(now);
}

/** Messages of others behind one's own mark, of those that are loaded. */
function unreadOf({ conversation, messages, marks }: ConversationNow): number {
  if (!conversation) return 0;
  const { you } = conversation;
  const displayed = marks.find((it) => it.member_id === you)?.displayed ?? 0;
  return messages.filter(
    (it) => it.member_id !== you && it.offset > displayed && it.body !== undefined,
  ).length;
}
