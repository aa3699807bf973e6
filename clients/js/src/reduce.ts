/** THE REDUCER: the state of a topic after an event. The state after events equals the state fetched anew. */
import type { ConversationCard, Event, MemberId, Message, TopicState } from './protocol.gen.js';

/** Conversations that a mailbox holds, as the hub bounds it. */
const MAILBOX_CARDS = 200;

/** State after `event`. An event of another kind of topic, or of none we know, changes nothing. */
export const reduce = (state: TopicState | null, event: Event): TopicState | null => {
  switch (state?.kind) {
    case 'visit':
      return event.kind === 'visit_changed' ? { ...state, visit: event.visit } : state;
    case 'agenda': {
      if (event.kind !== 'card_changed') return state;
      const cards = put(
        state.cards,
        [event.card],
        (it) => it.appointment_id,
        (it) => it.starts_at,
      );
      return { ...state, cards };
    }
    case 'schedule':
      return reduceSchedule(state, event);
    case 'conversation':
      return reduceConversation(state, event);
    case 'mailbox':
      return reduceMailbox(state, event);
    default:
      // `openings_changed` is for those who listen: there is nothing to know but that it happened.
      return state;
  }
};

type ScheduleState = Extract<TopicState, { kind: 'schedule' }>;
type MailboxState = Extract<TopicState, { kind: 'mailbox' }>;

const reduceSchedule = (state: ScheduleState, event: Event): TopicState => {
  switch (event.kind) {
    case 'hours_changed':
      return { ...state, hours: event.hours };
    case 'entry_changed': {
      // The places of a group begin together.
      const entries = put(
        state.entries,
        [event.entry],
        (it) => it.slot_id,
        (it) => it.starts_at,
        (it) => it.seat,
      );
      return { ...state, entries };
    }
    case 'entry_removed':
      return { ...state, entries: state.entries.filter((it) => it.slot_id !== event.slot_id) };
    default:
      return state;
  }
};

const reduceMailbox = (state: MailboxState, event: Event): TopicState => {
  switch (event.kind) {
    case 'conversation_card_changed': {
      const cards = put(state.cards, [event.card], conversationId, (it) => it.active_at);
      // Ids grow with time: of two that are as active the newer comes first.
      return { ...state, cards: cards.reverse().slice(0, MAILBOX_CARDS) };
    }
    case 'conversation_removed': {
      const cards = state.cards.filter((it) => conversationId(it) !== event.conversation_id);
      return { ...state, cards };
    }
    default:
      return state;
  }
};

/** A conversation with its latest messages, and with older pages as far as they were loaded. */
export type ConversationState = Extract<TopicState, { kind: 'conversation' }>;

const reduceConversation = (state: ConversationState, event: Event): ConversationState => {
  switch (event.kind) {
    case 'message_posted':
    case 'message_changed': {
      const [first] = state.messages;
      // Of a message on a page that was not loaded there is nothing to know yet.
      if (first && event.message.offset < first.offset) return state;
      return { ...state, messages: withMessages(state.messages, [event.message]) };
    }
    case 'member_changed': {
      const { member } = event;
      const members = put(state.conversation.members, [member], memberId, (it) => it.joined_at);
      // How far those are who have left, and where, is not told.
      const isIn = (it: OfMember): boolean => !member.left_at || it.member_id !== member.member_id;
      return {
        ...state,
        conversation: { ...state.conversation, members },
        marks: state.marks.filter(isIn),
        presence: state.presence.filter(isIn),
      };
    }
    case 'conversation_changed':
      return { ...state, conversation: event.conversation };
    case 'marks_changed':
      return { ...state, marks: put(state.marks, event.marks, memberId) };
    case 'presence_changed':
      return { ...state, presence: put(state.presence, event.presence, memberId) };
    default:
      return state;
  }
};

/** The messages of both, by offset. Of one that is in both the latter counts. */
export const withMessages = (known: readonly Message[], more: readonly Message[]): Message[] =>
  put(
    known,
    more,
    (it) => it.message_id,
    (it) => it.offset,
  );

interface OfMember {
  readonly member_id: MemberId;
}
const memberId = (it: OfMember): string => it.member_id;
const conversationId = (it: ConversationCard): string => it.conversation.conversation_id;

/** Those of `more` in place of those with the same id; all in the order of these numbers, and of their ids at last. */
const put = <T>(
  known: readonly T[],
  more: readonly T[],
  id: (it: T) => string,
  ...order: ((it: T) => number)[]
): T[] => {
  const byId = new Map([...known, ...more].map((it) => [id(it), it]));
  return [...byId.values()].sort((one, other) => {
    const key = order.find((it) => it(one) !== it(other)) ?? id;
    return key(one) < key(other) ? -1 : 1;
  });
};
