import type { InboxMessage } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { isInVisits } from '../app/pages.ts';

export interface Inbox {
  /** Newest first. */
  messages: readonly InboxMessage[];
  isKnown: boolean;
  refresh: () => Promise<void>;
}

/** How many notices were not read. That a message waits is counted with the message itself. */
export function unreadNotices(messages: readonly InboxMessage[]): number {
  return messages.filter((it) => it.read_at === undefined && it.topic !== 'new_message').length;
}

const NOTHING: Inbox = { messages: [], isKnown: false, refresh: async () => {} };

const Context = createContext<Inbox>(NOTHING);

const EVERY_MS = 60_000;
/** After something happened to an appointment its message is written; not at the same instant. */
const AFTER_MS = 2_000;

/** The messages of who is signed in: read anew now and then, and when something happened to an appointment. */
export function InboxProvider({ children }: { children: ReactNode }) {
  const bedside = useBedside();
  const me = useStore(bedside.me);
  const [messages, setMessages] = useState<readonly InboxMessage[] | null>(null);
  // A guest has no account and no messages.
  const session = me && !me.visit ? me.session_id : null;
  const person = me && !me.visit && isInVisits(me) ? me.person_id : undefined;
  const current = useRef(session);
  useEffect(() => {
    current.current = session;
    setMessages(null);
  }, [session]);
  const refresh = useCallback(async () => {
    if (session === null) return;
    try {
      const inbox = await bedside.call('inbox.list', {});
      if (current.current === session) setMessages(inbox.messages);
    } catch {
      // The next time tells; a number in the header is worth no alarm.
    }
  }, [bedside, session]);
  useEffect(() => {
    if (session === null) return undefined;
    const look = () => {
      if (!document.hidden) void refresh();
    };
    void refresh();
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [session, refresh]);
  useEffect(() => {
    if (session === null || person === undefined) return undefined;
    const following = bedside.follow(`agenda:${person}`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const unsubscribe = following.onEvent(() => {
      clearTimeout(timer);
      timer = setTimeout(() => void refresh(), AFTER_MS);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
      following.stop();
    };
  }, [bedside, session, person, refresh]);
  const inbox = useMemo<Inbox>(
    () => ({ messages: messages ?? [], isKnown: messages !== null, refresh }),
    [messages, refresh],
  );
  return <Context value={inbox}>{children}</Context>;
}

export function useInbox(): Inbox {
  return useContext(Context);
}
