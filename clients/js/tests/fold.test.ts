/**
 * THE FOLD: what is known, and an event, make what whoever begins now is told. For every event of the protocol's table: one
 * that is added there fails here until it has a case, or a reason why nothing is kept of it.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Event, MemberMarks, TopicState } from '../src/protocol.gen.js';
import { reduce } from '../src/reduce.js';
import { schema } from './generate.js';
import { golden } from './support/golden.js';
import { seeded } from './support/random.js';
import { CARDS, LATEST, Told } from './support/told.js';

type Kind = Event['kind'];

/** Events of which nothing is kept, and why: they are for those who listen, and leave every state alone. */
const WITHOUT_TRACE = {
  speaker_changed: 'who speaks is known while it lasts, and a snapshot has nothing of it',
  typing: 'it ends by itself after five seconds, and a snapshot has nothing of it',
  openings_changed: 'of openings nothing is known but that they changed',
} satisfies Partial<Record<Kind, string>>;

/** The topic of every other one. How it happens, and how the hub shows it then, is a method of its name in {@link Told}. */
const TOPIC_OF = {
  visit_changed: 'visit',
  card_changed: 'agenda',
  hours_changed: 'schedule',
  entry_changed: 'schedule',
  entry_removed: 'schedule',
  message_posted: 'conversation',
  message_changed: 'conversation',
  member_changed: 'conversation',
  conversation_changed: 'conversation',
  marks_changed: 'conversation',
  presence_changed: 'conversation',
  conversation_card_changed: 'mailbox',
  conversation_removed: 'mailbox',
} satisfies Record<Exclude<Kind, keyof typeof WITHOUT_TRACE>, TopicState['kind']>;

type Kept = keyof typeof TOPIC_OF;

/** The events of the protocol, as the hub has generated their table. */
const TABLE = (schema().$defs.Event?.oneOf ?? []).map((it) => it.properties?.kind?.const as Kind);

const STATES = golden.filter((it) => it.type === 'TopicState').map((it) => it.json as TopicState);

const eventsOf = (topic: TopicState['kind']): Kept[] =>
  (Object.keys(TOPIC_OF) as Kept[]).filter((it) => TOPIC_OF[it] === topic);

const isKept = (kind: Kind): kind is Kept => kind in TOPIC_OF;

/** A state that nobody may write into: whoever showed it still does. */
const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
};

const fold = (state: TopicState | null, events: readonly Event[]): TopicState | null =>
  events.reduce<TopicState | null>((known, it) => frozen(reduce(known, it)), state);

/** Lists whose order says nothing, in one order. */
const normal = (state: TopicState | null): TopicState | null => {
  if (state?.kind !== 'conversation') return state;
  const byMember = <T extends { member_id: string }>(all: T[]): T[] =>
    all.toSorted((one, other) => (one.member_id < other.member_id ? -1 : 1));
  return { ...state, marks: byMember(state.marks), presence: byMember(state.presence) };
};

/** What is known here is what the hub would tell now. It may reach further back, and then knows everything until there. */
const isWhatIsTold = (here: TopicState | null, hub: Told, topic: TopicState['kind']): void => {
  const known = here?.kind === 'conversation' ? here.messages.length : LATEST;
  const told = hub.whole(topic);
  if (told.kind === 'conversation') expect(known).toBeGreaterThanOrEqual(told.messages.length);
  expect(normal(here)).toEqual(normal(hub.whole(topic, known)));
};

/** A topic in which much has happened. */
const grown = (topic: TopicState['kind'], seed: number): Told => {
  const hub = new Told(seeded(seed));
  const kinds = eventsOf(topic);
  for (let round = 0; round < 20 * seed; round++) {
    const kind = kinds[Math.floor(hub.random() * kinds.length)];
    if (kind) hub[kind]();
  }
  return hub;
};

describe('the table', () => {
  test('every event of the table is folded, or says why nothing is kept of it', () => {
    expect(TABLE.length).toBeGreaterThan(15);
    const known = [...Object.keys(TOPIC_OF), ...Object.keys(WITHOUT_TRACE)];
    expect(known.toSorted()).toEqual(TABLE.toSorted());
  });

  test.each(TABLE.filter(isKept))(
    '%s: the whole before and the event are the whole after',
    (kind) => {
      const topic = TOPIC_OF[kind];
      let changes = 0;
      for (let seed = 0; seed < 30; seed++) {
        const hub = grown(topic, seed);
        const before = frozen(structuredClone(hub.whole(topic)));
        const events = frozen(structuredClone(hub[kind]()));
        expect(events.map((it) => it.kind)).toContain(kind);
        const here = fold(before, events);
        isWhatIsTold(here, hub, topic);
        expect(fold(here, events.slice(-1)), 'told twice').toEqual(here);
        if (!isDeepStrictEqual(before, hub.whole(topic))) changes += 1;
      }
      // A case in which nothing happens proves nothing.
      expect(changes).toBeGreaterThan(5);
    },
  );

  test.each(TABLE)('%s leaves alone whatever it is not of', (kind) => {
    const events = golden.filter((it) => it.type === 'Event' && (it.json as Event).kind === kind);
    expect(events.length, 'examples of it').toBeGreaterThan(0);
    for (const { json } of events) {
      expect(reduce(null, json as Event)).toBeNull();
      for (const state of STATES) {
        if (isKept(kind) && state.kind === TOPIC_OF[kind]) continue;
        expect(reduce(state, json as Event)).toBe(state);
      }
    }
  });

  test('of a later version changes nothing', () => {
    for (const state of STATES) {
      expect(reduce(state, { kind: 'of_tomorrow' } as unknown as Event)).toBe(state);
    }
  });
});

describe('a long time', () => {
  /** Whoever knows the whole from the beginning on, and whoever is told it anew, know the same at every moment. */
  const lives = (topic: TopicState['kind'], seed: number, rounds = 500): void => {
    const hub = new Told(seeded(seed));
    const kinds = eventsOf(topic);
    let here: TopicState | null = structuredClone(hub.whole(topic));
    for (let round = 0; round < rounds; round++) {
      const kind = kinds[Math.floor(hub.random() * kinds.length)] as Kept;
      here = fold(here, structuredClone(hub[kind]()));
      isWhatIsTold(here, hub, topic);
    }
  };

  test('a visit after events equals the visit fetched anew', () => lives('visit', 5));
  test('state after events equals the state fetched anew', () => lives('agenda', 99));
  test('a calendar after events equals the calendar fetched anew', () => lives('schedule', 7));
  test('a conversation after events equals the conversation fetched anew', () =>
    lives('conversation', 41));
  test('a mailbox after events equals the mailbox fetched anew', () => lives('mailbox', 17));

  test('a mailbox holds as many conversations as the hub tells', () => {
    const hub = new Told(seeded(3));
    let here: TopicState | null = hub.whole('mailbox');
    for (let number = 0; number < CARDS + 9; number++) {
      here = fold(here, hub.conversation_card_changed(number));
    }
    expect(here).toEqual(hub.whole('mailbox'));
    expect(here?.kind === 'mailbox' && here.cards.length).toBe(CARDS);
  });
});

describe('what gives way to something newer while it waits', () => {
  test('the newest visit alone is the visit', () => {
    const hub = new Told(seeded(11));
    const before = structuredClone(hub.whole('visit'));
    const events = Array.from({ length: 9 }, () => hub.visit_changed()).flat();
    expect(fold(before, events.slice(-1))).toEqual(hub.whole('visit'));
  });

  test('the newest marks of each, where the oldest stood, say how far people are', () => {
    // Nobody comes or goes meanwhile: where marks that are newer stand before who left, nobody finds them any more.
    const kinds = [
      'marks_changed',
      'message_posted',
      'message_changed',
      'presence_changed',
    ] as const;
    for (let seed = 1; seed < 30; seed++) {
      const hub = grown('conversation', seed);
      const before = structuredClone(hub.whole('conversation'));
      const told: Event[] = [];
      const newest = new Map<string, MemberMarks>();
      let oldest: number | undefined;
      for (let round = 0; round < 40; round++) {
        const kind = kinds[Math.floor(hub.random() * kinds.length)] ?? 'marks_changed';
        for (const event of hub[kind]()) {
          if (event.kind !== 'marks_changed') {
            told.push(event);
            continue;
          }
          for (const it of event.marks) newest.set(it.member_id, it);
          oldest ??= told.length;
        }
      }
      told.splice(oldest ?? 0, 0, { kind: 'marks_changed', marks: [...newest.values()] });
      isWhatIsTold(fold(before, told), hub, 'conversation');
    }
  });
});
