/** THE REDUCER: the state of a topic after an event. The state after events equals the state fetched anew. */
import type { Event, TopicState } from './protocol.gen.js';

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
    default:
      return state;
  }
};
