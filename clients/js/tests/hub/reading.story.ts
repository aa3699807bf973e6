/** People read in a loop what happens, at a real hub, each through a network of their own. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConversationState, reduce } from '../../src/index.js';
import { type Change, changes } from '../../src/iterate.js';
import { guest, Hub, type Person, person, until } from './people.js';

let hub: Hub;

beforeAll(async () => {
  hub = await Hub.start();
}, 60_000);

afterAll(() => hub?.stop());

const NAMES = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight'];

interface Talk {
  ana: Person;
  bo: Person;
  id: string;
  appointment_id: never;
  topic: `conversation:${string}`;
  says(names: readonly string[]): Promise<void>;
}

/** A patient and her clinician, and the conversation of their visit. */
const talking = async (story: (talk: Talk) => Promise<void>): Promise<void> => {
  const visit = await hub.plansAVisit();
  const ana = await person(hub, visit.patient);
  const bo = await person(hub, visit.clinician);
  const appointment_id = visit.id as never;
  try {
    const opened = await ana.bedside.call('conversation.open', {
      with: { kind: 'visit', appointment_id },
    });
    const id = opened.conversation.conversation_id;
    const says = async (names: readonly string[]): Promise<void> => {
      for (const name of names) await ana.bedside.conversation(id).send(name);
      await until('nothing waits', () => ana.bedside.pendingCount === 0);
    };
    await story({ ana, bo, id, appointment_id, topic: `conversation:${id}`, says });
  } finally {
    await ana.leaves();
    await bo.leaves();
  }
};

const said = (change: Change): string => {
  if (change.kind !== 'event') return change.kind;
  return change.event.kind === 'message_posted' ? (change.event.message.body ?? '') : '';
};

test('each message is read once and in order, though events are lost and the network is away', () =>
  talking(async ({ bo, topic, says }) => {
    const heard: string[] = [];
    const reads = async (): Promise<void> => {
      for await (const change of changes(bo.bedside, topic)) heard.push(said(change));
    };
    const reading = reads();
    await until('he reads', () => heard.length > 0);
    const lost = await bo.proxy.add({
      when: { toward: 'client', frame: 'event', kind: 'message_posted', nth: 2 },
      action: { do: 'suppress' },
    });
    await says(NAMES.slice(0, 4));
    await until('he has them', () => heard.includes('Four'));
    expect(await bo.proxy.hits(lost)).toBe(1);
    await bo.proxy.away(true);
    await says(NAMES.slice(4));
    await bo.proxy.away(false);
    await until('he has all', () => heard.includes('Eight'));
    expect(heard.filter((it) => it !== '')).toEqual(['state', ...NAMES]);
    await bo.bedside.signOut();
    await reading;
  }));

test('who does not read for a while is told so, and goes on from what is', () =>
  talking(async ({ bo, topic, says }) => {
    const reader = changes(bo.bedside, topic, { limit: 3 });
    const following = bo.bedside.follow(topic);
    expect((await reader.next()).value?.kind).toBe('state');
    await says(NAMES);
    const here = () => (following.state.get() as ConversationState | null)?.messages ?? [];
    await until('all have come', () => here().length === NAMES.length);
    const { value } = await reader.next();
    expect(value).toMatchObject({ kind: 'gap', cause: 'slow' });
    if (value?.kind !== 'gap') return;
    expect(value.state.messages.map((it) => it.body)).toEqual(NAMES);
    await reader.return();
    following.stop();
  }));

/** Marks and whereabouts have no order. */
const normal = (state: ConversationState | null) =>
  state && {
    ...state,
    marks: new Map(state.marks.map((it) => [it.member_id, it])),
    presence: new Map(state.presence.map((it) => [it.member_id, it])),
  };

test('what is read leads to what is told anew: who came and went, what was written, how far they are', () =>
  talking(async ({ ana, bo, id, appointment_id, topic, says }) => {
    let here: ConversationState | null = null;
    const reads = async (): Promise<void> => {
      for await (const it of changes(bo.bedside, topic)) {
        here = (it.kind === 'event' ? reduce(here, it.event) : it.state) as ConversationState;
      }
    };
    const reading = reads();
    await until('he reads', () => here !== null);
    await bo.bedside.call('visit.enter', { appointment_id });
    const { you } = await ana.bedside.call('visit.enter', { appointment_id });
    if (!you) throw new Error('she has no part in it');
    await bo.bedside.call('visit.admit', { appointment_id, participant_id: you });
    const invited = await bo.bedside.call('visit.invite', {
      appointment_id,
      role: 'interpreter',
      display_name: 'Ines Example',
    });
    const part = { appointment_id, participant_id: invited.participant_id };
    const ines = await guest(hub, invited.link.join_token);
    await ines.call('visit.enter', { appointment_id });
    await bo.bedside.call('visit.admit', part);
    const isIn = () => here?.marks.some((it) => it.member_id === (part.participant_id as never));
    await until('she is in it', () => isIn() === true);
    await says(NAMES.slice(0, 3));
    const [first, second] = (here as ConversationState | null)?.messages ?? [];
    if (!first || !second) throw new Error('he has read nothing');
    await ana.bedside.conversation(id).edit(first.message_id, 'One, or two');
    await ana.bedside.conversation(id).remove(second.message_id);
    await bo.bedside.call('conversation.mark', {
      conversation_id: id as never,
      displayed: second.offset,
    });
    await bo.bedside.call('visit.hold', part);
    await until('she waits', () => isIn() === false);
    await bo.bedside.call('visit.admit', part);
    await until('she is back', () => isIn() === true);
    await bo.bedside.call('visit.revoke', part);
    await until('she is not in it any more', () => isIn() === false);
    await ines.signOut().catch(() => undefined);
    // Somebody else at the same account is told the whole.
    const fresh = ana.bedside.follow(topic);
    const anew = () => fresh.state.get() as ConversationState | null;
    const isSame = () => {
      const [one, other] = [normal(here), normal(anew())];
      return isDeepStrictEqual(
        { ...one, conversation: { ...one?.conversation, you: '' } },
        { ...other, conversation: { ...other?.conversation, you: '' } },
      );
    };
    await until('both know the same', isSame);
    await bo.bedside.signOut();
    await reading;
  }));
