/** React hooks. State lives in the client's stores; these only watch it. */
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from 'react';
import type { Bedside } from './bedside.js';
import type { Conversation, ConversationNow } from './conversation.js';
import type { ScheduleState, TopicStatus } from './following.js';
import type { MailboxNow } from './mailbox.js';
import type { MediaState, Tile } from './media.js';
import type { PendingMessage } from './outbox.js';
import type { OwnMedia } from './own.js';
import type {
  AppointmentCard,
  Fault,
  ParticipantId,
  PersonId,
  Topic,
  TopicState,
  VisitView,
} from './protocol.gen.js';
import type { Quality } from './quality.js';
import { Cell, type Store } from './store.js';
import type { Visit } from './visit.js';

const Context = createContext<Bedside | null>(null);

/** Gives a client to everything below. */
export const BedsideProvider = ({
  client,
  children,
}: {
  client: Bedside;
  children: ReactNode;
}): ReactNode => <Context value={client}>{children}</Context>;

/**
 * The client of the provider above.
 *
 * @throws Error when there is none.
 */
export const useBedside = (): Bedside => {
  const client = useContext(Context);
  if (!client) throw new Error('useBedside needs a BedsideProvider above it.');
  return client;
};

/** The value of a store, now and after every change. */
export const useStore = <T,>(store: Store<T>): T =>
  useSyncExternalStore(store.subscribe, store.get, store.get);

/** A visit with everything that can be seen of it. */
export interface VisitNow {
  readonly visit: Visit;
  readonly view: VisitView | null;
  readonly status: TopicStatus;
  readonly fault: Fault | null;
  readonly speaker: ParticipantId | null;
  readonly media: MediaState;
  readonly tiles: Tile[];
  readonly own: OwnMedia;
  readonly quality: Quality | null;
}

/** Watches a visit. */
export const useVisit = (bedside: Bedside, appointmentId: string): VisitNow => {
  // After sign-out there are other objects for the same ids.
  const session = useStore(bedside.me)?.session_id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another session means another object.
  const visit = useMemo(() => bedside.visit(appointmentId), [bedside, appointmentId, session]);
  return {
    visit,
    view: useStore(visit.view),
    status: useStore(visit.status),
    fault: useStore(visit.fault),
    speaker: useStore(visit.speaker),
    media: useStore(visit.media),
    tiles: useStore(visit.tiles),
    own: useStore(visit.own),
    quality: useStore(visit.quality),
  };
};

/** Appointments of one person. */
export interface AgendaNow {
  /** Earliest first; `null` before they came. */
  readonly cards: AppointmentCard[] | null;
  readonly status: TopicStatus;
  readonly fault: Fault | null;
}

/** Watches the appointments of one person; of nobody while the id is absent. */
export const useAgenda = (bedside: Bedside, personId: PersonId | undefined): AgendaNow => {
  const { state, status, fault } = useTopic(bedside, personId && `agenda:${personId}`);
  return { cards: state?.kind === 'agenda' ? state.cards : null, status, fault };
};

/** A practitioner's calendar. */
export interface ScheduleNow {
  /** Hours and what is held and booked; `null` before they came. */
  readonly schedule: ScheduleState | null;
  readonly status: TopicStatus;
  readonly fault: Fault | null;
}

/** Watches the calendar of one practitioner; of nobody while the id is absent. */
export const useSchedule = (bedside: Bedside, personId: PersonId | undefined): ScheduleNow => {
  const { state, status, fault } = useTopic(bedside, personId && `schedule:${personId}`);
  return { schedule: state?.kind === 'schedule' ? state : null, status, fault };
};

/** A conversation with what can be done in it. */
export interface ConversationWatched extends ConversationNow {
  readonly handle: Conversation;
}

/** Watches a conversation. */
export const useConversation = (bedside: Bedside, conversationId: string): ConversationWatched => {
  const session = useStore(bedside.me)?.session_id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another session means another object.
  const handle = useMemo(
    () => bedside.conversation(conversationId),
    [bedside, conversationId, session],
  );
  return { handle, ...useStore(handle.state) };
};

const NO_MAILBOX = new Cell<MailboxNow>({ status: 'loading', fault: null, cards: null, unread: 0 });

/** Watches the conversations of one person; of nobody while the id is absent. */
export const useMailbox = (bedside: Bedside, personId: PersonId | undefined): MailboxNow => {
  const session = useStore(bedside.me)?.session_id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another session means another object.
  const state = useMemo(
    () => (personId === undefined ? NO_MAILBOX : bedside.mailbox(personId).state),
    [bedside, personId, session],
  );
  return useStore(state);
};

/** Messages that were written and are not with the hub yet, of all conversations. */
export const usePending = (bedside: Bedside): readonly PendingMessage[] =>
  useStore(bedside.pending);

interface TopicNow {
  readonly state: TopicState | null;
  readonly status: TopicStatus;
  readonly fault: Fault | null;
}

const NOTHING: TopicNow = { state: null, status: 'loading', fault: null };

const useTopic = (bedside: Bedside, topic: Topic | undefined): TopicNow => {
  const session = useStore(bedside.me)?.session_id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another session means another state.
  const cell = useMemo(() => new Cell(NOTHING), [bedside, topic, session]);
  useEffect(() => {
    if (topic === undefined || session === undefined) return;
    const following = bedside.follow(topic);
    const show = (): void =>
      cell.set({
        state: following.state.get(),
        status: following.status.get(),
        fault: following.fault.get(),
      });
    const unsubscribe = [following.state, following.status, following.fault].map((store) =>
      (store as Store<unknown>).subscribe(show),
    );
    show();
    return () => {
      for (const it of unsubscribe) it();
      following.stop();
    };
  }, [bedside, topic, session, cell]);
  return useStore(cell);
};
