/** THE REDUCER: the state of a topic after an event. The state after events equals the state fetched anew. */
import type { CalendarEntry, Event, SlotId, TopicState } from './protocol.gen.js';

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
    default:
      // `openings_changed` is for those who listen: there is nothing to know but that it happened.
      return state;
  }
};

const without = (entries: readonly CalendarEntry[], slotId: SlotId): CalendarEntry[] =>
  entries.filter((it) => it.slot_id !== slotId);

/** The places of a group begin together. */
const byBegin = (one: CalendarEntry, other: CalendarEntry): number =>
  one.starts_at - other.starts_at || (one.slot_id < other.slot_id ? -1 : 1);
