import { type AppointmentId, BedsideError, type ConversationId } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { type Trouble, troubleOf } from '../parts/trouble.ts';

export interface VisitChat {
  conversationId: ConversationId | null;
  /** Messages of others that were not read yet. */
  unread: number;
  trouble: Trouble | null;
}

const AGAIN_MS = 5_000;

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
        setTrouble(troubleOf(error));
        const isFinal = error instanceof BedsideError && error.retry === 'never';
        if (!isFinal) timer = setTimeout(open, AGAIN_MS);
      }
    };
    void open();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [bedside, appointmentId, conversationId, isOpen]);
  const unread = useUnread(conversationId);
  return { conversationId, unread, trouble };
}

/** Messages of others behind one's own mark, of those that are loaded. */
function useUnread(conversationId: ConversationId | null): number {
  const bedside = useBedside();
  const [unread, setUnread] = useState(0);
  useEffect(() => {
    if (conversationId === null) return undefined;
    const { state } = bedside.conversation(conversationId);
    const count = () => {
      const { conversation, messages, marks } = state.get();
      if (!conversation) return setUnread(0);
      const { you } = conversation;
      const displayed = marks.find((it) => it.member_id === you)?.displayed ?? 0;
      setUnread(
        messages.filter(
          (it) => it.member_id !== you && it.offset > displayed && it.body !== undefined,
        ).length,
      );
    };
    const unsubscribe = state.subscribe(count);
    count();
    return unsubscribe;
  }, [bedside, conversationId]);
  return unread;
}
