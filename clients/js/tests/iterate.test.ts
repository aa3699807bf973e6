/** People read what happens in a topic, in a loop: quickly, slowly, over lost connections, and until it ends. */
import { getEventListeners } from 'node:events';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { BedsideError } from '../src/errors.js';
import { type Following, LINGER_MS } from '../src/following.js';
import type {
  ConversationCard,
  Event,
  Followed,
  Message,
  PastEvent,
  PersonId,
  ScheduleState,
  Topic,
  TopicState,
  VisitView,
} from '../src/index.js';
import { type Change, type Changes, changes, MOST_WAITING, WAITING } from '../src/iterate.js';
import { type ConversationState, reduce } from '../src/reduce.js';
import { settled } from './support/clock.js';
import { followed } from './support/followings.js';
import { example } from './support/golden.js';
import { fault, signedIn } from './support/hub.js';

const STATE = example<ConversationState>('state of a conversation');
const TALK = `conversation:${STATE.conversation.conversation_id}` as const;
const text = (offset: number): Message => ({
  ...example<Message>('message'),
  message_id: `message-${offset}` as Message['message_id'],
  offset,
});
const posted = (offset: number): Event => ({ kind: 'message_posted', message: text(offset) });
const past = (offset: number): PastEvent => ({
  position: { epoch: 1, offset },
  at: 0,
  event: posted(offset),
});
const whole = (offset: number, epoch = 1): Followed => ({
  result: 'snapshot',
  topic: TALK,
  channel: 3,
  position: { epoch, offset },
  state: { ...STATE, messages: [text(offset)] },
});

/** A topic that counts who listens. */
const setUp = () => {
  const all = followed();
  let watchers = 0;
  const follow = (topic: Topic): Following => {
    const following = all.followings.follow(topic);
    return {
      ...following,
      onChange: (listener) => {
        watchers += 1;
        const forget = following.onChange(listener);
        return () => {
          watchers -= 1;
          forget();
        };
      },
    };
  };
  const happens = (offset: number, event = posted(offset), epoch = 1) =>
    all.followings.event({ type: 'event', channel: 3, position: { epoch, offset }, at: 0, event });
  return { ...all, client: { follow }, watchers: () => watchers, happens };
};

/** A conversation that is live at offset 3. */
const live = () => {
  const all = setUp();
  const following = all.followings.follow(TALK);
  all.followings.welcomed([]);
  all.followings.done(all.lastId(), whole(3));
  return { ...all, following };
};

/** What can be read without waiting. The last question stays open. */
const readable = async <T extends Topic>(reader: Changes<T>): Promise<Change<T>[]> => {
  const read: Change<T>[] = [];
  for (;;) {
    const answer = await Promise.race([reader.next(), settled()]);
    if (!answer || answer.done) return read;
    read.push(answer.value);
  }
};

/** Short words for what was read. */
const said = (read: readonly Change[]): string[] =>
  read.map((it) => {
    if (it.kind !== 'event') {
      const offsets =
        it.state.kind === 'conversation' && it.state.messages.map((one) => one.offset);
      return `${it.kind === 'gap' ? `gap ${it.cause}` : 'state'} ${offsets || ''}`;
    }
    return it.event.kind === 'message_posted' ? `${it.event.message.offset}` : it.event.kind;
  });

/** The next changes, as many as were asked for. */
const next = async <T extends Topic>(reader: Changes<T>, count: number): Promise<string[]> => {
  const read: Change[] = [];
  while (read.length < count) {
    const answer = await reader.next();
    if (answer.done) return [...said(read), 'end'];
    read.push(answer.value as Change);
  }
  return said(read);
};

describe('a reader', () => {
  test('reads the whole first, then every event in order and once', async () => {
    const { client, happens } = live();
    const reader = changes(client, TALK);
    expect(await next(reader, 1)).toEqual(['state 3']);
    happens(4);
    happens(4);
    happens(4, { kind: 'typing', member_id: STATE.conversation.you, is_typing: true });
    happens(5);
    expect(await next(reader, 3)).toEqual(['4', 'typing', '5']);
    const asked = next(reader, 1);
    happens(6);
    expect(await asked).toEqual(['6']);
  });

  test('comes to the state of the topic by what it reads', async () => {
    const { client, happens, following } = live();
    const reader = changes(client, TALK);
    let here: TopicState | null = null;
    for (let offset = 3; offset < 40; offset++) {
      if (offset > 3) happens(offset);
      const { value } = await reader.next();
      here = value?.kind === 'event' ? reduce(here, value.event) : (value?.state ?? null);
      expect(here).toEqual(following.state.get());
    }
  });

  test('waits for a topic that was not told yet', async () => {
    const { client, followings, lastId, happens } = setUp();
    const reader = changes(client, TALK);
    const asked = next(reader, 2);
    await settled();
    followings.welcomed([]);
    followings.failed(lastId(), { ...fault('unavailable'), after_ms: 1_000 });
    followings.welcomed([whole(3)]);
    happens(4);
    expect(await asked).toEqual(['state 3', '4']);
  });

  test('that begins while a state is told is not told again what is in it', async () => {
    const { client, happens, following } = live();
    const reader = changes(client, TALK);
    let asked: Promise<string[]> | undefined;
    following.state.subscribe(() => {
      asked ??= next(reader, 4);
    });
    happens(4);
    happens(5);
    happens(6);
    await settled();
    happens(7);
    expect(await asked).toEqual(['state 3,4', '5', '6', '7']);
  });

  test('is asked several times at once, and answers in order', async () => {
    const { client, happens } = live();
    const reader = changes(client, TALK);
    const asked = [reader.next(), reader.next(), reader.next()];
    await settled();
    happens(4);
    happens(5);
    const answers = (await Promise.all(asked)).flatMap((it) => (it.done ? [] : [it.value]));
    expect(said(answers)).toEqual(['state 3', '4', '5']);
  });

  test('knows its topic by its kind', () => {
    const { client } = live();
    const id = 'somebody' as PersonId;
    const calendar = changes(client, `schedule:${id}`);
    expectTypeOf(calendar).toEqualTypeOf<Changes<`schedule:${PersonId}`>>();
    type Whole = Extract<Change<'schedule:somebody'>, { kind: 'gap' }>['state'];
    expectTypeOf<Whole>().toEqualTypeOf<ScheduleState>();
  });
});

describe('a slow reader', () => {
  test('is told every event up to its bound', async () => {
    const { client, happens } = live();
    const reader = changes(client, TALK, { limit: 3 });
    await next(reader, 1);
    for (const offset of [4, 5, 6]) happens(offset);
    expect(await next(reader, 3)).toEqual(['4', '5', '6']);
  });

  test('past it reads one gap with the state as it is then, and goes on', async () => {
    const { client, happens } = live();
    const reader = changes(client, TALK, { limit: 3 });
    await next(reader, 1);
    for (let offset = 4; offset < 10; offset++) happens(offset);
    expect(await next(reader, 1)).toEqual(['gap slow 3,4,5,6,7,8,9']);
    for (const offset of [10, 11, 12]) happens(offset);
    expect(await next(reader, 3)).toEqual(['10', '11', '12']);
    for (let offset = 13; offset < 99; offset++) happens(offset);
    const read = await readable(reader);
    expect(read.map((it) => it.kind)).toEqual(['gap']);
  });

  test.each([
    [undefined, WAITING],
    [1, 1],
    [7.9, 7],
    [0, 1],
    [-5, 1],
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, MOST_WAITING],
  ])('with the limit %s keeps %i events', async (limit, kept) => {
    const { client, happens } = live();
    const reader = changes(client, TALK, limit === undefined ? {} : { limit });
    await next(reader, 1);
    const typing: Event = { kind: 'typing', member_id: STATE.conversation.you, is_typing: true };
    for (let count = 0; count < kept; count++) happens(3, typing);
    expect((await next(reader, kept)).every((it) => it === 'typing')).toBe(true);
    for (let count = 0; count <= kept; count++) happens(3, typing);
    expect(await next(reader, 1)).toEqual(['gap slow 3']);
  });

  test('does not hold up another one, nor take anything from it', async () => {
    const { client, happens } = live();
    const slow = changes(client, TALK, { limit: 2 });
    const quick = changes(client, TALK, { limit: 2 });
    await next(slow, 1);
    await next(quick, 1);
    for (let offset = 4; offset < 10; offset++) {
      happens(offset);
      expect(await next(quick, 1)).toEqual([`${offset}`]);
    }
    expect(await next(slow, 1)).toEqual(['gap slow 3,4,5,6,7,8,9']);
    await slow.return();
    happens(10);
    expect(await next(quick, 1)).toEqual(['10']);
    expect(await next(slow, 1)).toEqual(['end']);
  });
});

describe('another connection', () => {
  test('what was missed is read once, a page at once and in order, before what is new', async () => {
    const { client, followings, happens } = live();
    const reader = changes(client, TALK);
    await next(reader, 1);
    happens(4);
    followings.lost();
    const events = Array.from({ length: WAITING - 1 }, (_, index) => past(index + 4));
    const last = events.length + 3;
    followings.welcomed([
      {
        result: 'resumed',
        topic: TALK,
        channel: 3,
        position: { epoch: 1, offset: last },
        events,
        has_more: false,
      },
    ]);
    happens(last);
    happens(last + 1);
    const read = said(await readable(reader));
    expect(read).toEqual(Array.from({ length: last - 2 }, (_, index) => `${index + 4}`));
  });

  test('that goes on from where it was says nothing', async () => {
    const { client, followings, happens } = live();
    const reader = changes(client, TALK);
    await next(reader, 1);
    followings.lost();
    const position = { epoch: 1, offset: 3 };
    followings.welcomed([{ result: 'current', topic: TALK, channel: 3, position }]);
    happens(4);
    expect(await next(reader, 1)).toEqual(['4']);
  });

  test('of which the hub tells the whole is a gap', async () => {
    const { client, followings, happens } = live();
    const reader = changes(client, TALK);
    await next(reader, 1);
    followings.lost();
    followings.welcomed([whole(9, 2)]);
    expect(await next(reader, 1)).toEqual(['gap anew 9']);
    happens(10, posted(10), 2);
    expect(await next(reader, 1)).toEqual(['10']);
  });

  test('twice before anything was read is still where reading begins', async () => {
    const { client, followings, lastId } = setUp();
    const reader = changes(client, TALK);
    const asked = reader.next();
    followings.welcomed([]);
    followings.done(lastId(), whole(3));
    expect((await asked).value?.kind).toBe('state');
    const late = changes(client, TALK);
    const lateAsked = late.next();
    followings.gap(3);
    followings.done(lastId(), whole(4));
    expect(said([(await lateAsked).value as Change])).toEqual(['state 4']);
    expect(await next(reader, 1)).toEqual(['gap anew 4']);
  });

  test('a gap of the hub is one here, and stands for what was not read before it', async () => {
    const { client, followings, lastId, happens } = live();
    const reader = changes(client, TALK);
    await next(reader, 1);
    happens(4);
    followings.gap(3);
    happens(5);
    followings.done(lastId(), whole(8));
    happens(9);
    happens(10);
    expect(await next(reader, 1)).toEqual(['gap anew 8,9,10']);
    expect(await readable(reader)).toEqual([]);
  });

  test('an older page that somebody else reads is no change', async () => {
    const { client, following, happens } = live();
    const reader = changes(client, TALK);
    await next(reader, 1);
    following.amend((state) =>
      state.kind === 'conversation' ? { ...state, messages: [text(2), ...state.messages] } : null,
    );
    happens(4);
    expect(said(await readable(reader))).toEqual(['4']);
  });
});

describe('the end', () => {
  /** Nobody listens any more, and the hub is told so after a while. */
  const isLetGo = async ({ watchers, following, clock, frames }: ReturnType<typeof live>) => {
    expect(watchers()).toBe(0);
    following.stop();
    await clock.advance(LINGER_MS);
    expect(frames.at(-1)).toMatchObject({ type: 'unfollow', topic: TALK });
    expect(clock.waiting).toBe(0);
  };

  test('a break lets everything go', async () => {
    const all = live();
    const { signal } = new AbortController();
    for await (const change of changes(all.client, TALK, { signal })) {
      expect(all.watchers()).toBe(1);
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      if (change.kind === 'event') break;
      all.happens(4);
      all.happens(5);
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await isLetGo(all);
  });

  test('so does an error in the loop', async () => {
    const all = live();
    const loop = async () => {
      for await (const _ of changes(all.client, TALK)) throw new Error('of the application');
    };
    await expect(loop()).rejects.toThrow('of the application');
    await isLetGo(all);
  });

  test('a signal ends the loop, also one that waits, and what waited is not read', async () => {
    const all = live();
    const controller = new AbortController();
    const [one, other] = [0, 1].map(() =>
      changes(all.client, TALK, { signal: controller.signal }),
    ) as [Changes, Changes];
    await next(one, 1);
    const waiting = next(one, 1);
    await next(other, 1);
    all.happens(4);
    await waiting;
    const asked = next(one, 1);
    controller.abort();
    expect(await asked).toEqual(['end']);
    expect(await next(other, 1)).toEqual(['end']);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await isLetGo(all);
  });

  test('a signal that was given already follows nothing', async () => {
    const { client, followings, follows, watchers } = setUp();
    followings.welcomed([]);
    const reader = changes(client, TALK, { signal: AbortSignal.abort() });
    expect(await next(reader, 1)).toEqual(['end']);
    expect([follows().length, watchers()]).toEqual([0, 0]);
  });

  test('who never asked follows nothing, and who ended does not begin', async () => {
    const { client, followings, follows } = setUp();
    followings.welcomed([]);
    const reader = changes(client, TALK);
    expect(await reader.return()).toEqual({ done: true, value: undefined });
    expect(await next(reader, 1)).toEqual(['end']);
    expect(follows()).toHaveLength(0);
  });

  test('return ends who waits', async () => {
    const all = live();
    const reader = changes(all.client, TALK);
    await next(reader, 1);
    const asked = [reader.next(), reader.next()];
    await reader.return();
    expect((await Promise.all(asked)).map((it) => it.done)).toEqual([true, true]);
    await isLetGo(all);
  });

  test('what is denied is thrown once, and nothing that waited is read', async () => {
    const all = live();
    const reader = changes(all.client, TALK);
    await next(reader, 1);
    all.happens(4);
    all.followings.lost();
    all.followings.welcomed([{ result: 'denied', topic: TALK, fault: fault('not_found') }]);
    const thrown = await reader.next().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(BedsideError);
    expect((thrown as BedsideError).code).toBe('not_found');
    expect(await next(reader, 1)).toEqual(['end']);
    await isLetGo(all);
  });

  test('of several that wait for what is denied one is told why', async () => {
    const { client, followings, lastId } = setUp();
    const reader = changes(client, TALK);
    const asked = [reader.next(), reader.next()];
    followings.welcomed([]);
    followings.failed(lastId(), fault('forbidden'));
    const [first, second] = await Promise.allSettled(asked);
    expect(first).toMatchObject({ status: 'rejected', reason: { fault: { code: 'forbidden' } } });
    expect(second).toEqual({ status: 'fulfilled', value: { done: true, value: undefined } });
  });

  test('a conversation that is not theirs any more ends who reads it', async () => {
    const { client, followings, lastId } = live();
    const reader = changes(client, TALK);
    await next(reader, 1);
    const mailbox: Topic = 'mailbox:somebody';
    followings.follow(mailbox);
    const position = { epoch: 1, offset: 1 };
    const state: TopicState = { kind: 'mailbox', cards: [] };
    const mailboxIsThere: Followed = {
      result: 'snapshot',
      topic: mailbox,
      channel: 4,
      position,
      state,
    };
    followings.done(lastId(), mailboxIsThere);
    const { conversation_id } = STATE.conversation;
    const event: Event = { kind: 'conversation_removed', conversation_id };
    followings.event({
      type: 'event',
      channel: 4,
      position: { epoch: 1, offset: 2 },
      at: 0,
      event,
    });
    await expect(reader.next()).rejects.toMatchObject({ code: 'not_found' });
  });

  test('one who ends another by what they hear', async () => {
    const { client, happens, following } = live();
    const reader = changes(client, TALK);
    following.onEvent(() => void reader.return());
    await next(reader, 1);
    happens(4);
    expect(await next(reader, 1)).toEqual(['end']);
  });
});

describe('a client', () => {
  const view = example<VisitView>('a visit as who waits sees it');
  const card = example<ConversationCard>('conversation card');
  const topics: [Topic, TopicState, Event][] = [
    [
      `visit:${view.appointment_id}`,
      { kind: 'visit', visit: view },
      { kind: 'visit_changed', visit: view },
    ],
    [
      'mailbox:somebody',
      { kind: 'mailbox', cards: [] },
      { kind: 'conversation_card_changed', card },
    ],
    [TALK, { ...STATE, messages: [] }, posted(4)],
  ];

  test.each(topics)(
    'reads %s over a lost connection, until the sign-out',
    async (topic, state, event) => {
      const { hub, bedside, clock } = await signedIn();
      hub.states.set(topic, state);
      const heard: string[] = [];
      const loop = async () => {
        for await (const it of changes(bedside, topic)) {
          heard.push(`${it.kind} ${it.kind === 'event' ? it.event.kind : it.state.kind}`);
        }
      };
      const reading = loop();
      await settled();
      await hub.happens(topic, event);
      hub.socket.drop();
      await clock.advance(20_000);
      await bedside.signOut();
      await reading;
      expect(heard).toEqual([`state ${state.kind}`, `event ${event.kind}`, `gap ${state.kind}`]);
      expect(hub.sockets.length).toBe(2);
    },
  );

  test('that forgets everything ends who still waits for the whole', async () => {
    const { client, followings } = setUp();
    const reader = changes(client, TALK);
    const asked = next(reader, 1);
    followings.reset();
    expect(await asked).toEqual(['end']);
  });
});
