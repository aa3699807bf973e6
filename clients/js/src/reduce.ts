/** THE REDUCER: the state of a topic after an event. The state after events equals the state fetched anew. */
import type {
  CalendarEntry,
  ConversationCard,
  Event,
  MemberId,
  Message,
  SlotId,
  TopicState,
} from './protocol.gen.js';

/** Conversations that a mailbox holds, as the hub bounds it. */
const MAILBOX_CARDS = 200;

/** State after `event`. An event of another kind of topic, or of none we know, changes nothing. */
export const reduce = (state: TopicState | null, event: Event): TopicState | null => {
  switch (event.kind) {
    case 'visit_changed':
      return { kind: 'visit', visit: event.visit };
    case 'card_changed': {
      if (state?.kind !== 'agenda') return state;
      const { card } = event;
      const others = state.cards.filter((it) => it.appointment_id !== card.appointment_id);
      const cards = [...others, card].sort(
        (one, other) =>
          one.starts_at - other.starts_at || (one.appointment_id < other.appointment_id ? -1 : 1),
      );
      return { kind: 'agenda', cards };
    }
    case 'hours_changed':
      return state?.kind === 'schedule' ? { ...state, hours: event.hours } : state;
    case 'entry_changed': {
      if (state?.kind !== 'schedule') return state;
      const { entry } = event;
      const entries = [...without(state.entries, entry.slot_id), entry].sort(byBegin);
      return { ...state, entries };
    }
    case 'entry_removed':
      return state?.kind === 'schedule'
        ? { ...state, entries: without(state.entries, event.slot_id) }
        : state;
    case 'conversation_card_changed': {
      if (state?.kind !== 'mailbox') return state;
      const id = event.card.conversation.conversation_id;
      const cards = [...withoutCard(state.cards, id), event.card].sort(byActivity);
      return { ...state, cards: cards.slice(0, MAILBOX_CARDS) };
    }
    case 'conversation_removed':
      return state?.kind === 'mailbox'
        ? { ...state, cards: withoutCard(state.cards, event.conversation_id) }
        : state;
    default:
      // `openings_changed` is for those who listen: there is nothing to know but that it happened.
      return state?.kind === 'conversation' ? reduceConversation(state, event) : state;
  }
};

/** A conversation with its latest messages, and with older pages as far as they were loaded. */
export type ConversationState = Extract<TopicState, { kind: 'conversation' }>;

const reduceConversation = (state: ConversationState, event: Event): ConversationState => {
  switch (event.kind) {
    case 'message_posted':
      return { ...state, messages: withMessages(state.messages, [event.message]) };
    case 'message_changed': {
      const [first] = state.messages;
      // Of a message on a page that was not loaded there is nothing to know yet.
      const isOlder = first !== undefined && event.message.offset < first.offset;
      return isOlder
        ? state
        : { ...state, messages: withMessages(state.messages, [event.message]) };
    }
    case 'member_changed': {
      const members = replaced(state.conversation.members, [event.member]);
      return { ...state, conversation: { ...state.conversation, members } };
    }
    case 'conversation_changed':
      return { ...state, conversation: event.conversation };
    case 'marks_changed':
      return { ...state, marks: replaced(state.marks, event.marks) };
    case 'presence_changed':
      return { ...state, presence: replaced(state.presence, event.presence) };
    default:
      return state;
  }
};

/** The messages of both, by offset. Of one that is in both the latter counts. */
export const withMessages = (known: readonly Message[], more: readonly Message[]): Message[] => {
  const byId = new Map([...known, ...more].map((it) => [it.message_id, it]));
  return [...byId.values()].sort((one, other) => one.offset - other.offset);
};

/** Those of `more` in place of those of the same member; who was not there comes last. */
const replaced = <T extends { member_id: MemberId }>(known: T[], more: readonly T[]): T[] => {
  const byMember = new Map(known.map((it) => [it.member_id, it]));
  for (const it of more) byMember.set(it.member_id, it);
  return [...byMember.values()];
};

const withoutCard = (cards: readonly ConversationCard[], id: string): ConversationCard[] =>
  cards.filter((it) => it.conversation.conversation_id !== id);

/** Ids grow with time: of two that are as active the newer comes first. */
const byActivity = (one: ConversationCard, other: ConversationCard): number =>
  other.active_at - one.active_at ||
  (one.conversation.conversation_id > other.conversation.conversation_id ? -1 : 1);

const without = (entries: readonly CalendarEntry[], slotId: SlotId): CalendarEntry[] =>
  entries.filter((it) => it.slot_id !== slotId);

/** The places of a group begin together. */
const byBegin = (one: CalendarEntry, other: CalendarEntry): number =>
  one.starts_at - other.starts_at || (one.slot_id < other.slot_id ? -1 : 1);
