import { describe, expect, test } from 'vitest';
import { localFault } from '../src/errors.js';
import { LINGER_MS, MARK_GRACE_MS } from '../src/following.js';
import type {
  AppointmentCard,
  Event,
  Followed,
  Message,
  PastEvent,
  ServerFrame,
  Topic,
  TopicState,
  VisitView,
} from '../src/protocol.gen.js';
import { followed } from './support/followings.js';
import { example } from './support/golden.js';
import { fault } from './support/hub.js';

const VIEW = example<VisitView>('a visit as who is inside sees it');
const CARD = example<AppointmentCard>('appointment');
const VISIT: Topic = `visit:${VIEW.appointment_id}`;
const OPENINGS: Topic = `openings:${CARD.clinician.person_id}`;
const AGENDA: Topic = `agenda:${CARD.patient.person_id}`;

const visit = (revision: number): VisitView => ({ ...VIEW, revision });
const card = (id: number, revision = 1): AppointmentCard => ({
  ...CARD,
  appointment_id: `card-${id}` as AppointmentCard['appointment_id'],
  starts_at: CARD.starts_at + id,
  revision,
});
const changed = (revision: number): Event => ({ kind: 'visit_changed', visit: visit(revision) });

const setUp = () => {
  const all = followed();
  const { followings } = all;
  const snapshot = (offset: number, epoch = 1, channel = 1): Followed => ({
    result: 'snapshot',
    topic: VISIT,
    channel,
    position: { epoch, offset },
    state: { kind: 'visit', visit: visit(offset) },
  });
  const event = (offset: number, it: Event = changed(offset), epoch = 1, channel = 1) =>
    followings.event({
      type: 'event',
      channel,
      position: { epoch, offset },
      at: 0,
      event: it,
    });
  return { ...all, snapshot, event };
};

const live = () => {
  const all = setUp();
  const following = all.followings.follow(VISIT);
  all.followings.welcomed([]);
  all.followings.done(all.lastId(), all.snapshot(5));
  const revision = () => {
    const state = following.state.get();
    return state?.kind === 'visit' ? state.visit.revision : null;
  };
  return { ...all, following, revision };
};

describe('following', () => {
  test('a snapshot makes it live', () => {
    const { following, revision, follows } = live();
    expect(follows()).toEqual([{ type: 'follow', id: 1, topic: VISIT }]);
    expect(following.status.get()).toBe('live');
    expect(revision()).toBe(5);
  });

  test('two who follow the same share it; the hub hears when the last is gone for a while', async () => {
    const { followings, following, follows, frames, clock } = live();
    const other = followings.follow(VISIT);
    expect(other.state).toBe(following.state);
    following.stop();
    following.stop();
    await clock.advance(LINGER_MS);
    expect(frames.filter((it) => it.type === 'unfollow')).toHaveLength(0);
    other.stop();
    await clock.advance(LINGER_MS - 1);
    followings.follow(VISIT).stop();
    await clock.advance(LINGER_MS);
    expect(frames.at(-1)).toMatchObject({ type: 'unfollow', topic: VISIT });
    expect(follows()).toHaveLength(1);
    expect(following.state.get()).toBeNull();
    expect(followings.resume()).toEqual([]);
  });

  test('denied purges what was seen', () => {
    const { followings, following } = live();
    followings.lost();
    followings.welcomed([{ result: 'denied', topic: VISIT, fault: localFault('not_found', 'no') }]);
    expect(following.state.get()).toBeNull();
    expect(following.status.get()).toBe('denied');
    expect(following.fault.get()?.code).toBe('not_found');
    expect(followings.resume()).toEqual([{ topic: VISIT }]);
  });

  test('a refusal that passes is asked again, one that stays is denied', async () => {
    const { followings, lastId, follows, clock } = setUp();
    const following = followings.follow(VISIT);
    followings.welcomed([]);
    followings.failed(lastId(), { ...localFault('unavailable', 'soon'), after_ms: 1_000 });
    await clock.advance(1_000);
    expect(follows()).toHaveLength(2);
    followings.failed(lastId(), fault('forbidden'));
    expect(following.status.get()).toBe('denied');
    await clock.advance(60_000);
    expect(follows()).toHaveLength(2);
    followings.follow(VISIT);
    expect(follows()).toHaveLength(3);
  });
});

describe('order', () => {
  test('duplicates and old events change nothing', () => {
    const { event, revision } = live();
    event(6);
    event(6, changed(99));
    event(4, changed(98));
    expect(revision()).toBe(6);
  });

  test('a visit is whole in every event: one that was skipped is not missed', () => {
    const { event, revision, follows } = live();
    event(9);
    expect(revision()).toBe(9);
    event(7, changed(97));
    expect(revision()).toBe(9);
    expect(follows()).toHaveLength(1);
  });

  test('an agenda with a hole is followed again from the last good position', () => {
    const { followings, follows, lastId } = setUp();
    const following = followings.follow(AGENDA);
    followings.welcomed([]);
    const cards = (offset: number, ...them: AppointmentCard[]): Followed => ({
      result: 'snapshot',
      topic: AGENDA,
      channel: 3,
      position: { epoch: 1, offset },
      state: { kind: 'agenda', cards: them },
    });
    followings.done(lastId(), cards(1, card(1)));
    const event = (offset: number, it: AppointmentCard) =>
      followings.event({
        type: 'event',
        channel: 3,
        position: { epoch: 1, offset },
        at: 0,
        event: { kind: 'card_changed', card: it },
      });
    event(2, card(2));
    event(4, card(4));
    expect(following.status.get()).toBe('stale');
    expect(follows().at(-1)?.position).toEqual({ epoch: 1, offset: 2 });
    event(5, card(5));
    followings.done(lastId(), cards(5, card(1), card(2), card(3), card(4), card(5)));
    expect(following.status.get()).toBe('live');
    const state = following.state.get();
    expect(state?.kind === 'agenda' && state.cards).toHaveLength(5);
  });

  test('openings with a hole are told once: there is nothing to fetch', () => {
    const { followings, follows, lastId } = setUp();
    const following = followings.follow(OPENINGS);
    const heard: Event[] = [];
    following.onEvent((it) => heard.push(it));
    followings.welcomed([]);
    followings.done(lastId(), {
      result: 'snapshot',
      topic: OPENINGS,
      channel: 3,
      position: { epoch: 1, offset: 1 },
      state: { kind: 'openings' },
    });
    followings.event({
      type: 'event',
      channel: 3,
      position: { epoch: 1, offset: 9 },
      at: 0,
      event: { kind: 'openings_changed' },
    });
    expect(heard).toEqual([{ kind: 'openings_changed' }]);
    expect(following.status.get()).toBe('live');
    expect(follows()).toHaveLength(1);
  });

  test('another epoch cannot be compared: everything anew', () => {
    const { event, revision, follows, following, followings, lastId, snapshot } = live();
    event(1, changed(50), 2);
    expect(revision()).toBe(5);
    expect(following.status.get()).toBe('stale');
    expect(follows().at(-1)).toEqual({ type: 'follow', id: 2, topic: VISIT });
    followings.done(lastId(), snapshot(1, 2));
    expect(revision()).toBe(1);
    expect(following.status.get()).toBe('live');
  });

  test('a gap means anew', () => {
    const { followings, follows, following } = live();
    followings.gap(1);
    expect(follows()).toHaveLength(2);
    expect(follows()[1]?.position).toBeUndefined();
    expect(following.status.get()).toBe('stale');
  });

  test('what passes by is told, however often, and neither moves the position nor leaves a trace', () => {
    const { event, following, followings, revision, follows } = live();
    const heard: Event[] = [];
    following.onEvent((it) => heard.push(it));
    event(5, { kind: 'speaker_changed' });
    event(5, { kind: 'speaker_changed' });
    event(6);
    event(5, { kind: 'speaker_changed' });
    expect(heard.map((it) => it.kind)).toEqual([
      'speaker_changed',
      'speaker_changed',
      'visit_changed',
    ]);
    expect(revision()).toBe(6);
    expect(followings.resume()[0]?.position).toEqual({ epoch: 1, offset: 6 });
    expect(follows()).toHaveLength(1);
  });

  test('who speaks after a hole: what was in it is asked for', () => {
    const { event, follows, following } = live();
    event(6, { kind: 'speaker_changed' });
    expect(follows().at(-1)?.position).toEqual({ epoch: 1, offset: 5 });
    expect(following.status.get()).toBe('stale');
  });

  test('the position advances before anybody is told', () => {
    const { event, following, followings } = live();
    const seen: unknown[] = [];
    following.state.subscribe(() => seen.push(followings.resume()[0]?.position?.offset));
    event(6);
    expect(seen).toEqual([6]);
  });
});

describe('marks', () => {
  test('whoever stays behind has lost something and follows again', async () => {
    const { followings, follows, clock } = live();
    followings.marks([{ channel: 1, position: { epoch: 1, offset: 7 } }]);
    await clock.advance(MARK_GRACE_MS - 1);
    expect(follows()).toHaveLength(1);
    await clock.advance(1);
    expect(follows().at(-1)?.position).toEqual({ epoch: 1, offset: 5 });
  });

  test('an event that was under way is waited for', async () => {
    const { followings, follows, clock, event } = live();
    followings.marks([{ channel: 1, position: { epoch: 1, offset: 7 } }]);
    event(6);
    event(7);
    await clock.advance(MARK_GRACE_MS);
    followings.marks([{ channel: 1, position: { epoch: 1, offset: 7 } }]);
    await clock.advance(MARK_GRACE_MS);
    expect(follows()).toHaveLength(1);
  });
});

describe('another connection', () => {
  test('resumes from the position; `current` keeps the state', () => {
    const { followings, following, revision, event } = live();
    followings.lost();
    expect(following.status.get()).toBe('stale');
    expect(followings.resume()).toEqual([{ topic: VISIT, position: { epoch: 1, offset: 5 } }]);
    event(6);
    expect(revision()).toBe(5);
    followings.welcomed([
      { result: 'current', topic: VISIT, channel: 8, position: { epoch: 1, offset: 5 } },
    ]);
    expect(following.status.get()).toBe('live');
    event(6, changed(6), 1, 8);
    expect(revision()).toBe(6);
  });

  test('a `current` for a state that is not there is not believed', () => {
    const { followings, follows } = setUp();
    const following = followings.follow(VISIT);
    followings.welcomed([
      { result: 'current', topic: VISIT, channel: 1, position: { epoch: 1, offset: 5 } },
    ]);
    expect(following.status.get()).toBe('loading');
    expect(follows()).toEqual([{ type: 'follow', id: 1, topic: VISIT }]);
  });

  test('what was followed between hello and welcome is asked for', () => {
    const { followings, follows } = setUp();
    followings.follow(VISIT);
    expect(follows()).toHaveLength(0);
    followings.welcomed([]);
    expect(follows()).toHaveLength(1);
  });
});

describe('a replay', () => {
  const STATE = example<Extract<TopicState, { kind: 'conversation' }>>('state of a conversation');
  const CONVERSATION: Topic = `conversation:${STATE.conversation.conversation_id}`;
  const text = (offset: number): Message => ({
    ...example<Message>('message'),
    message_id: `message-${offset}` as Message['message_id'],
    offset,
  });
  const past = (offset: number, event?: Event, epoch = 9): PastEvent => ({
    position: { epoch, offset },
    at: 0,
    event: event ?? { kind: 'message_posted', message: text(offset) },
  });
  const missed = (events: PastEvent[], offset: number, has_more = false): Followed => ({
    result: 'resumed',
    topic: CONVERSATION,
    channel: 3,
    position: { epoch: 9, offset },
    events,
    has_more,
  });

  /** Somebody who knew the conversation up to offset 3 and was away. */
  const away = () => {
    const all = setUp();
    const following = all.followings.follow(CONVERSATION);
    all.followings.welcomed([]);
    all.followings.done(all.lastId(), {
      result: 'snapshot',
      topic: CONVERSATION,
      channel: 2,
      position: { epoch: 9, offset: 3 },
      state: { ...STATE, messages: [text(3)] },
    });
    all.followings.lost();
    const offsets = () => {
      const state = following.state.get();
      return state?.kind === 'conversation' ? state.messages.map((it) => it.offset) : null;
    };
    const position = () => all.followings.resume()[0]?.position;
    return { ...all, following, offsets, position };
  };

  test('is applied in order, and the topic is live by it', () => {
    const { followings, following, offsets, position, follows, event } = away();
    const heard: string[] = [];
    following.onEvent((it) => heard.push(`${it.kind} at ${position()?.offset}`));
    const marks = past(5, example<Event>('event: marks changed'));
    followings.welcomed([missed([past(4), past(5), marks], 5)]);
    expect(offsets()).toEqual([3, 4, 5]);
    expect(position()).toEqual({ epoch: 9, offset: 5 });
    expect(following.status.get()).toBe('live');
    expect(heard).toEqual(['message_posted at 4', 'message_posted at 5', 'marks_changed at 5']);
    expect(follows()).toHaveLength(1);
    event(6, { kind: 'message_posted', message: text(6) }, 9, 3);
    expect(offsets()).toEqual([3, 4, 5, 6]);
  });

  test('what is known already is left out of it', () => {
    const { followings, offsets, position } = away();
    followings.welcomed([missed([past(2), past(3), past(4)], 4)]);
    expect(offsets()).toEqual([3, 4]);
    expect(position()?.offset).toBe(4);
  });

  test('that does not hold everything goes on from where it leads to, and is stale until then', () => {
    const { followings, following, offsets, follows, lastId, event } = away();
    followings.welcomed([missed([past(4), past(5)], 5, true)]);
    expect(following.status.get()).toBe('stale');
    expect(follows().at(-1)).toMatchObject({ position: { epoch: 9, offset: 5 } });
    // Nothing is live yet: the hub would not send this, and nobody would believe it.
    event(6, { kind: 'message_posted', message: text(6) }, 9, 3);
    expect(offsets()).toEqual([3, 4, 5]);
    followings.done(lastId(), missed([past(6)], 6));
    expect(offsets()).toEqual([3, 4, 5, 6]);
    expect(following.status.get()).toBe('live');
  });

  test.each([
    ['with a hole', () => missed([past(4), past(6)], 6)],
    ['that begins too late', () => missed([past(5)], 5)],
    ['of another time', () => missed([past(4, undefined, 10)], 4)],
    ['that does not lead where it says', () => missed([past(4)], 5)],
    ['that has more and leads nowhere', () => missed([], 3, true)],
  ])('%s is not believed: the whole is asked for', (_, followed) => {
    const { followings, following, follows, lastId } = away();
    followings.welcomed([followed()]);
    expect(following.status.get()).toBe('stale');
    expect(follows()).toHaveLength(2);
    expect(follows().at(-1)?.position).toBeUndefined();
    followings.done(lastId(), {
      result: 'snapshot',
      topic: CONVERSATION,
      channel: 3,
      position: { epoch: 10, offset: 7 },
      state: { ...STATE, messages: [text(7)] },
    });
    expect(following.status.get()).toBe('live');
  });

  test('for somebody who knows nothing is not believed', () => {
    const { followings, follows } = setUp();
    followings.follow(CONVERSATION);
    followings.welcomed([missed([past(4)], 4)]);
    expect(follows()).toEqual([{ type: 'follow', id: 1, topic: CONVERSATION }]);
  });

  test('of the golden examples is read', () => {
    const { followings, lastId } = setUp();
    const follow = followings.follow(CONVERSATION);
    const frame = example<Extract<ServerFrame, { type: 'done' }>>('hub: followed again');
    followings.welcomed([]);
    followings.done(lastId(), {
      result: 'snapshot',
      topic: CONVERSATION,
      channel: 2,
      position: { epoch: 9, offset: 2 },
      state: { ...STATE, messages: [] },
    });
    followings.lost();
    if (frame.followed) followings.welcomed([frame.followed]);
    expect(follow.status.get()).toBe('live');
    expect(followings.resume()[0]?.position).toEqual({ epoch: 9, offset: 3 });
  });
});

test('reset leaves nothing', async () => {
  const { followings, following, event, clock, frames } = live();
  followings.marks([{ channel: 1, position: { epoch: 1, offset: 9 } }]);
  followings.reset();
  expect(following.state.get()).toBeNull();
  expect(following.status.get()).toBe('loading');
  expect(followings.resume()).toEqual([]);
  event(6);
  await clock.advance(60_000);
  expect(following.state.get()).toBeNull();
  expect(clock.waiting).toBe(0);
  expect(frames).toHaveLength(1);
});
