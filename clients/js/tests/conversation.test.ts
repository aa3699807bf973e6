import { describe, expect, test } from 'vitest';
import { TYPING_EVERY_MS, TYPING_HOLDS_MS } from '../src/conversation.js';
import { MARKS_GATHER_MS } from '../src/marks.js';
import type {
  ConversationCard,
  ConversationId,
  Event,
  MemberId,
  Message,
  MessageId,
  PersonId,
  Topic,
} from '../src/protocol.gen.js';
import { type ConversationState, reduce } from '../src/reduce.js';
import { settled } from './support/clock.js';
import { example } from './support/golden.js';
import { type FakeHub, fault, signedIn } from './support/hub.js';

const STATE = example<ConversationState>('state of a conversation');
const ID = STATE.conversation.conversation_id;
const TOPIC: Topic = `conversation:${ID}`;
const YOU = STATE.conversation.you;
const OTHER = 'member-of-the-other' as MemberId;

const message = (offset: number, over: Partial<Message> = {}): Message => ({
  message_id: `message-${String(offset).padStart(4, '0')}` as MessageId,
  offset,
  member_id: OTHER,
  at: 1_930_467_600_000 + offset,
  body: `text ${offset}`,
  ...over,
});

const stateOf = (
  messages: Message[],
  over: Partial<ConversationState> = {},
): ConversationState => ({
  ...STATE,
  messages,
  has_older: false,
  marks: [],
  ...over,
});

/** Somebody who looks at a conversation. */
const watching = async (messages = [message(10), message(11)], over = {}) => {
  const all = await signedIn();
  all.hub.offset = 11;
  all.hub.states.set(TOPIC, stateOf(messages, over));
  const conversation = all.bedside.conversation(ID);
  const stop = conversation.state.subscribe(() => undefined);
  await settled();
  const now = () => conversation.state.get();
  const texts = () => now().messages.map((it) => it.body);
  const waiting = () => now().pending.map((it) => it.body);
  const posted = (offset: number, more: Partial<Message> = {}) =>
    all.hub.happens(TOPIC, { kind: 'message_posted', message: message(offset, more) });
  return { ...all, conversation, stop, now, texts, waiting, posted };
};

/** The hub posts what is sent, or does not. */
const posts = (hub: FakeHub, isAnswered = true, isTold = true) => {
  const posted = new Map<string, number>();
  hub.answers.set('message.send', ({ key = '', params }) => {
    const { body } = params as { body: string };
    const isNew = !posted.has(key);
    const offset = posted.get(key) ?? hub.offset + 1;
    posted.set(key, offset);
    const own = message(offset, { member_id: YOU, body, at: hub.clock.now() });
    if (isNew && isTold) hub.happens(TOPIC, { kind: 'message_posted', message: own });
    if (isNew && !isTold) hub.offset = offset;
    const position = { epoch: hub.epoch, offset };
    return isAnswered
      ? { output: { message_id: own.message_id, position, at: own.at } }
      : 'silence';
  });
};

describe('a conversation', () => {
  test('is followed while somebody watches, and forgotten afterwards', async () => {
    const { hub, now, stop, clock, bedside, texts } = await watching();
    expect(now()).toMatchObject({ status: 'live', hasOlder: false });
    expect(now().conversation?.conversation_id).toBe(ID);
    expect(texts()).toEqual(['text 10', 'text 11']);
    expect(bedside.conversation(ID)).toBe(bedside.conversation(ID));
    stop();
    expect(texts()).toEqual([]);
    await clock.advance(5_000);
    expect(hub.socket.received.at(-1)).toMatchObject({ type: 'unfollow', topic: TOPIC });
  });

  test('shows what is posted, edited and taken back', async () => {
    const { hub, posted, texts, now } = await watching();
    await posted(12);
    expect(texts()).toEqual(['text 10', 'text 11', 'text 12']);
    const edited = message(11, { body: 'better', edited_at: 5 });
    await hub.happens(TOPIC, { kind: 'message_changed', message: edited });
    const { body: _, ...gone } = message(10, { deleted_at: 6 });
    await hub.happens(TOPIC, { kind: 'message_changed', message: gone });
    expect(texts()).toEqual([undefined, 'better', 'text 12']);
    expect(now().messages[0]?.deleted_at).toBe(6);
  });

  test('nothing is left of it when it is denied, or gone from the mailbox', async () => {
    const { hub, now, bedside } = await watching();
    const person = hub.me.person_id as PersonId;
    hub.states.set(`mailbox:${person}`, { kind: 'mailbox', cards: [] });
    bedside.mailbox(person).state.subscribe(() => undefined);
    await settled();
    await hub.happens(`mailbox:${person}`, { kind: 'conversation_removed', conversation_id: ID });
    expect(now()).toMatchObject({ status: 'denied', conversation: null, messages: [], marks: [] });
    hub.denied.add(TOPIC);
    hub.socket.drop();
    await hub.clock.advance(1_000);
    expect(now()).toMatchObject({ status: 'denied', conversation: null, messages: [] });
  });

  test('one’s own words that were refused are kept when it is denied', async () => {
    const { hub, conversation, waiting, now } = await watching();
    hub.answers.set('message.send', () => ({ fault: fault('forbidden') }));
    await conversation.send('too late');
    await settled();
    hub.denied.add(TOPIC);
    hub.socket.drop();
    await hub.clock.advance(1_000);
    await conversation.send('not refused yet');
    expect(now()).toMatchObject({ status: 'denied', conversation: null, messages: [] });
    await settled();
    expect(waiting()).toEqual(['too late', 'not refused yet']);
    expect(now().pending.every((it) => it.fault)).toBe(true);
  });

  test('is wiped with the session', async () => {
    const { bedside, now, clock } = await watching();
    await bedside.conversation(ID).send('written');
    await bedside.signOut();
    expect(now().messages).toEqual([]);
    expect(bedside.pendingCount).toBe(0);
    await clock.advance(60_000);
    expect(clock.waiting).toBe(0);
  });
});

describe('sending', () => {
  test('a message waits in sight, is sent, and is there once, with its answer or its event first', async () => {
    for (const isTold of [true, false]) {
      const { hub, conversation, texts, waiting } = await watching([]);
      posts(hub, true, isTold);
      const seen: string[] = [];
      conversation.state.subscribe(() => seen.push([...texts(), ...waiting()].join()));
      await conversation.send('hello');
      await settled();
      expect(texts()).toEqual(['hello']);
      expect(waiting()).toEqual([]);
      expect(seen).not.toContain('hello,hello');
      expect(seen.slice(seen.indexOf('hello'))).not.toContain('');
    }
  });

  test('written offline, it goes out in order when the connection is back, once', async () => {
    const { hub, conversation, texts, waiting, clock, bedside } = await watching([]);
    posts(hub);
    hub.isUp = false;
    hub.socket.drop();
    await settled();
    await conversation.send('one');
    await conversation.send('two');
    expect(waiting()).toEqual(['one', 'two']);
    expect(bedside.pendingCount).toBe(2);
    hub.isUp = true;
    await clock.advance(60_000);
    expect(texts()).toEqual(['one', 'two']);
    expect(waiting()).toEqual([]);
    expect(hub.requests('message.send')).toHaveLength(2);
  });

  test('that the hub has, while its answer is lost, is shown once', async () => {
    const { hub, conversation, texts, waiting, bedside } = await watching([]);
    posts(hub, false);
    await conversation.send('same');
    await settled();
    expect(texts()).toEqual(['same']);
    expect(waiting()).toEqual([]);
    expect(bedside.pendingCount).toBe(1);
    // The same words again are another message.
    await conversation.send('same');
    expect(waiting()).toEqual(['same']);
  });

  test('that was refused stays with why, and is sent anew or thrown away', async () => {
    const { hub, conversation, now, texts, bedside } = await watching([]);
    hub.answers.set('message.send', () => ({ fault: fault('forbidden') }));
    await conversation.send('one');
    await conversation.send('two');
    await settled();
    expect(now().pending.map((it) => it.fault?.code)).toEqual(['forbidden', 'forbidden']);
    posts(hub);
    const [one, two] = now().pending.map((it) => it.key);
    await bedside.discardMessage(one ?? '');
    await bedside.retryMessage(two ?? '');
    await settled();
    expect(texts()).toEqual(['two']);
    expect(now().pending).toEqual([]);
  });

  test('what another account wrote here is not shown and not sent', async () => {
    const { hub, conversation, bedside, clock } = await watching([]);
    hub.answers.set('message.send', () => 'silence');
    await conversation.send('of the first');
    bedside.reset();
    hub.me = { ...hub.me, person_id: 'somebody-else' as PersonId };
    const before = hub.requests('message.send').length;
    await bedside.signIn('kim@clinic.example', 'correct horse example');
    await clock.advance(60_000);
    expect(bedside.pendingCount).toBe(0);
    expect(hub.requests('message.send')).toHaveLength(before);
  });
});

describe('older pages', () => {
  const older = (hub: FakeHub, all: Message[]) =>
    hub.answers.set('message.list', ({ params }) => {
      const { before, limit = 50 } = params as { before?: string; limit?: number };
      const index = all.findIndex((it) => it.message_id === before);
      const from = Math.max(0, index - limit);
      return { output: { messages: all.slice(from, index), has_more: from > 0 } };
    });
  const all = Array.from({ length: 120 }, (_, index) => message(index + 1));

  test('come in front, until there is none', async () => {
    const { hub, conversation, now } = await watching(all.slice(70), { has_older: true });
    older(hub, all);
    await Promise.all([conversation.loadOlder(), conversation.loadOlder()]);
    expect(now()).toMatchObject({ hasOlder: true });
    expect(now().messages).toEqual(all.slice(20));
    await conversation.loadOlder();
    expect(now()).toMatchObject({ hasOlder: false });
    expect(now().messages).toEqual(all);
    await conversation.loadOlder();
    expect(hub.requests('message.list')).toHaveLength(2);
  });

  test('are loaded until a message that was found is there', async () => {
    const { hub, conversation, now } = await watching(all.slice(115), { has_older: true });
    older(hub, all);
    await conversation.loadUntil(30);
    expect(now().messages[0]?.offset).toBe(16);
  });

  test('stay when something happens and when the connection comes back, edits in them included', async () => {
    const { hub, conversation, now, posted, clock } = await watching(all.slice(70), {
      has_older: true,
    });
    older(hub, all);
    await conversation.loadOlder();
    hub.offset = 120;
    hub.socket.drop();
    await clock.advance(1_000);
    // The hub knows only the latest 50, so that a snapshot is where older pages end.
    expect(now().messages).toHaveLength(50);
    await conversation.loadOlder();
    await posted(121);
    const edited = message(30, { body: 'better', edited_at: 5 });
    await hub.happens(TOPIC, { kind: 'message_changed', message: edited });
    expect(now().messages.find((it) => it.offset === 30)?.body).toBe('better');
    expect(now().messages).toHaveLength(101);
  });

  test('an edit that overtakes its page is not undone by it', async () => {
    const { hub, conversation, now } = await watching(all.slice(70), { has_older: true });
    const edited = message(30, { body: 'better', edited_at: 5 });
    older(hub, all);
    const list = hub.answers.get('message.list');
    hub.answers.set('message.list', (request) => {
      hub.happens(TOPIC, { kind: 'message_changed', message: edited });
      return list?.(request) ?? 'silence';
    });
    await conversation.loadOlder();
    expect(now().messages.find((it) => it.offset === 30)?.body).toBe('better');
  });
});

describe('marks', () => {
  const marks = (hub: FakeHub) => hub.requests('conversation.mark').map((it) => it.params);

  test('are told together after a second, and never go back', async () => {
    const { hub, conversation, clock, posted } = await watching();
    conversation.markDisplayed(10);
    conversation.markDisplayed(11);
    conversation.markDisplayed(5);
    expect(marks(hub)).toEqual([]);
    await clock.advance(MARKS_GATHER_MS);
    expect(marks(hub)).toEqual([{ conversation_id: ID, delivered: 11, displayed: 11 }]);
    conversation.markDisplayed(10);
    await clock.advance(60_000);
    expect(marks(hub)).toHaveLength(1);
    hub.offset = 11;
    await posted(12);
    await posted(13);
    await clock.advance(MARKS_GATHER_MS);
    expect(marks(hub).at(-1)).toEqual({ conversation_id: ID, delivered: 13 });
    expect(marks(hub)).toHaveLength(2);
  });

  test('are told at once by whoever leaves, and not at all by whoever signs out', async () => {
    const { hub, conversation, stop } = await watching();
    conversation.markDisplayed(11);
    stop();
    await settled();
    expect(marks(hub)).toEqual([{ conversation_id: ID, delivered: 11, displayed: 11 }]);
    const other = await watching();
    other.conversation.markDisplayed(11);
    other.bedside.reset();
    await other.clock.advance(60_000);
    expect(marks(other.hub)).toEqual([]);
  });

  test('that the hub has already are not told', async () => {
    const known = [{ member_id: YOU, delivered: 11, displayed: 11 }];
    const { hub, conversation, clock } = await watching(undefined, { marks: known });
    conversation.markDisplayed(11);
    await clock.advance(60_000);
    expect(marks(hub)).toEqual([]);
  });

  test('one’s own message is not delivered to oneself', async () => {
    const { hub, clock } = await watching([message(11, { member_id: YOU })]);
    await clock.advance(60_000);
    expect(marks(hub)).toEqual([]);
  });

  test('that were lost are told again; those refused for good are not', async () => {
    const { hub, clock } = await watching();
    hub.answers.set('conversation.mark', () => ({ fault: fault('conflict') }));
    await clock.advance(MARKS_GATHER_MS);
    expect(marks(hub)).toHaveLength(1);
    hub.answers.set('conversation.mark', () => ({ fault: fault('forbidden') }));
    await clock.advance(60_000);
    expect(marks(hub)).toHaveLength(2);
  });
});

describe('typing', () => {
  const typing = (member_id: MemberId, is_typing: boolean): Event => ({
    kind: 'typing',
    member_id,
    is_typing,
  });

  test('of others is shown until they stop, post, or five seconds are over', async () => {
    const { hub, now, clock, posted } = await watching();
    await hub.happens(TOPIC, typing(YOU, true));
    expect(now().typing).toEqual([]);
    await hub.happens(TOPIC, typing(OTHER, true));
    expect(now().typing).toEqual([OTHER]);
    await clock.advance(TYPING_HOLDS_MS - 1);
    await hub.happens(TOPIC, typing(OTHER, true));
    await clock.advance(TYPING_HOLDS_MS - 1);
    expect(now().typing).toEqual([OTHER]);
    await clock.advance(1);
    expect(now().typing).toEqual([]);
    await hub.happens(TOPIC, typing(OTHER, true));
    await hub.happens(TOPIC, typing(OTHER, false));
    expect(now().typing).toEqual([]);
    await hub.happens(TOPIC, typing(OTHER, true));
    await posted(12);
    expect(now().typing).toEqual([]);
  });

  test('of oneself is told every three seconds at most, and that one stopped once', async () => {
    const { hub, conversation, clock } = await watching();
    const told = () =>
      hub
        .requests('conversation.type')
        .map((it) => (it.params as { is_typing: boolean }).is_typing);
    conversation.typing(false);
    conversation.typing();
    conversation.typing();
    await clock.advance(TYPING_EVERY_MS - 1);
    conversation.typing();
    expect(told()).toEqual([true]);
    await clock.advance(1);
    conversation.typing();
    conversation.typing(false);
    conversation.typing(false);
    expect(told()).toEqual([true, true, false]);
  });
});

test('words are looked for in this conversation', async () => {
  const { hub, conversation } = await watching();
  const found = [{ conversation_id: ID, message: message(3) }];
  hub.answers.set('message.search', () => ({ output: { found } }));
  expect(await conversation.search('cream')).toEqual(found);
  expect(hub.requests('message.search')[0]?.params).toEqual({
    words: 'cream',
    conversation_id: ID,
  });
});

test('edits and deletions are calls', async () => {
  const { hub, conversation } = await watching();
  hub.answers.set('message.edit', () => ({ output: message(10) }));
  hub.answers.set('message.delete', () => ({ fault: fault('not_allowed_now') }));
  await conversation.edit('message-0010' as MessageId, 'better');
  expect(hub.requests('message.edit')[0]?.params).toEqual({
    conversation_id: ID,
    message_id: 'message-0010',
    body: 'better',
  });
  await expect(conversation.remove('message-0010' as MessageId)).rejects.toMatchObject({
    code: 'not_allowed_now',
  });
});

describe('a mailbox', () => {
  const CARD = example<ConversationCard>('conversation card');
  const card = (number: number, over: Partial<ConversationCard> = {}): ConversationCard => ({
    ...CARD,
    conversation: {
      ...CARD.conversation,
      conversation_id: `conversation-${number}` as ConversationId,
    },
    last: message(number),
    active_at: number,
    unread: 1,
    ...over,
  });

  test('counts what is unread, and what came with it is delivered', async () => {
    const { hub, bedside, clock } = await signedIn();
    const person = hub.me.person_id as PersonId;
    hub.states.set(`mailbox:${person}`, {
      kind: 'mailbox',
      cards: [card(9, { unread: 3 }), card(8, { unread: 0 })],
    });
    const { state } = bedside.mailbox(person);
    const stop = state.subscribe(() => undefined);
    await settled();
    expect(state.get()).toMatchObject({ status: 'live', unread: 3 });
    const mailbox: Topic = `mailbox:${person}`;
    await hub.happens(mailbox, { kind: 'conversation_card_changed', card: card(10) });
    expect(state.get().unread).toBe(4);
    await clock.advance(MARKS_GATHER_MS);
    expect(hub.requests('conversation.mark').map((it) => it.params)).toEqual([
      { conversation_id: 'conversation-9', delivered: 9 },
      { conversation_id: 'conversation-10', delivered: 10 },
    ]);
    stop();
    expect(state.get().cards).toBeNull();
  });
});

test('a change of a message on a page that was not loaded is left alone', () => {
  const state = stateOf([message(10)], { has_older: true });
  expect(reduce(state, { kind: 'message_changed', message: message(4) })).toBe(state);
});
