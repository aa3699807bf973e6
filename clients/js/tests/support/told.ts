/**
 * WHAT THE HUB KNOWS of its topics, and what it tells of them: the whole to whoever begins, and events to whoever knows the
 * whole. It is written after the hub's actors and not after the reducer, so that each finds the other's mistakes.
 */
import type {
  AppointmentCard,
  CalendarEntry,
  ConversationCard,
  ConversationMember,
  ConversationView,
  Event,
  Hours,
  MemberId,
  MemberMarks,
  MemberPresence,
  Message,
  TopicState,
  VisitView,
} from '../../src/protocol.gen.js';
import type { ConversationState } from '../../src/reduce.js';
import { example } from './golden.js';

/** Messages of a snapshot. */
export const LATEST = 50;
/** Conversations of a mailbox. */
export const CARDS = 200;

const VIEW = example<VisitView>('a visit as who is inside sees it');
const APPOINTMENT = example<AppointmentCard>('appointment');
const HOURS = example<Hours>('hours');
const TALK = example<ConversationState>('state of a conversation');
const MEMBER = TALK.conversation.members[0] as ConversationMember;
const MESSAGE = example<Message>('message');
const CARD = example<ConversationCard>('conversation card');

/** An id that sorts as it is numbered. */
const id = <T>(number: number): T => `id-${String(number).padStart(4, '0')}` as T;

type Compared = string | number;
const inOrder = <T>(all: Iterable<T>, ...keys: ((it: T) => Compared)[]): T[] =>
  [...all].sort((one, other) => {
    const key = keys.find((it) => it(one) !== it(other));
    return !key ? 0 : key(one) < key(other) ? -1 : 1;
  });

/** The hub, with one topic of each kind. */
export class Told {
  readonly random: () => number;
  /** Numbers of all kinds, growing. */
  #last = 0;
  #visit: VisitView = VIEW;
  readonly #agenda = new Map<string, AppointmentCard>();
  #hours: Hours = { templates: [], exceptions: [] };
  readonly #entries = new Map<string, CalendarEntry>();
  #view: Omit<ConversationView, 'members'> = TALK.conversation;
  readonly #members = new Map<MemberId, ConversationMember>();
  readonly #marks = new Map<MemberId, MemberMarks>();
  readonly #presence = new Map<MemberId, MemberPresence>();
  readonly #log: Message[] = [];
  readonly #mailbox = new Map<string, ConversationCard>();

  constructor(random: () => number) {
    this.random = random;
    // Whoever looks is in it, and does not go.
    this.#comes(this.#view.you);
  }

  /** The whole, as whoever begins to follow is told it; of a conversation as many of the latest messages as are asked for. */
  whole(kind: TopicState['kind'], latest = LATEST): TopicState {
    switch (kind) {
      case 'visit':
        return { kind, visit: this.#visit };
      case 'agenda':
        return {
          kind,
          cards: inOrder(
            this.#agenda.values(),
            (it) => it.starts_at,
            (it) => it.appointment_id,
          ),
        };
      case 'schedule':
        return {
          kind,
          hours: this.#hours,
          entries: inOrder(
            this.#entries.values(),
            (it) => it.starts_at,
            (it) => it.seat,
            (it) => it.slot_id,
          ),
        };
      case 'openings':
        return { kind };
      case 'conversation':
        return {
          kind,
          conversation: this.#conversation(),
          messages: this.#log.slice(Math.max(0, this.#log.length - latest)),
          has_older: this.#log.length > latest,
          marks: this.#present().map((it) => this.#marksOf(it)),
          presence: this.#present().map((it) => this.#presenceOf(it)),
        };
      case 'mailbox':
        return { kind, cards: this.#cards() };
    }
  }

  // One method for each event that leaves something behind: it happens, and this is what is told of it.

  visit_changed(): Event[] {
    const stage = this.#one(['waiting', 'in_call', 'ended'] as const);
    const { media, ...bare } = VIEW;
    const visit = { ...(this.#chance(0.5) ? VIEW : bare), stage, revision: this.#next() };
    this.#visit = visit;
    return [{ kind: 'visit_changed', visit }];
  }

  card_changed(): Event[] {
    const number = this.#below(30);
    // Some begin together; some are moved.
    const starts_at = APPOINTMENT.starts_at + 60_000 * this.#below(12);
    const revision = this.#next();
    const card = { ...APPOINTMENT, appointment_id: id<never>(number), starts_at, revision };
    this.#agenda.set(card.appointment_id, card);
    return [{ kind: 'card_changed', card }];
  }

  hours_changed(): Event[] {
    const hours: Hours = {
      templates: this.#chance(0.5) ? HOURS.templates : [],
      exceptions: this.#chance(0.5) ? HOURS.exceptions : [],
    };
    this.#hours = hours;
    return [{ kind: 'hours_changed', hours }];
  }

  entry_changed(): Event[] {
    // The seats of a group begin together, and are shown in their order.
    const starts_at = 60_000 * this.#below(6);
    const entry: CalendarEntry = {
      slot_id: id(this.#below(20)),
      kind: this.#one(['held', 'booked'] as const),
      starts_at,
      ends_at: starts_at + 60_000,
      busy_from: starts_at,
      busy_until: starts_at + 60_000,
      seat: this.#below(4),
    };
    this.#entries.set(entry.slot_id, entry);
    return [{ kind: 'entry_changed', entry }];
  }

  entry_removed(): Event[] {
    const known = this.#one([...this.#entries.values()]);
    if (!known) return [...this.entry_changed(), ...this.entry_removed()];
    this.#entries.delete(known.slot_id);
    return [{ kind: 'entry_removed', slot_id: known.slot_id }];
  }

  message_posted(): Event[] {
    const offset = this.#next();
    const message: Message = {
      message_id: id(offset),
      offset,
      member_id: this.#someone(),
      at: offset,
      body: `text ${offset}`,
      ...(this.#chance(0.3) && { files: MESSAGE.files ?? [] }),
    };
    this.#log.push(message);
    return [{ kind: 'message_posted', message }];
  }

  message_changed(): Event[] {
    const place = this.#below(this.#log.length);
    const known = this.#log[place];
    if (!known) return [...this.message_posted(), ...this.message_changed()];
    const at = this.#next();
    const { body, files, ...bare } = known;
    const message: Message = this.#chance(0.5)
      ? { ...known, body: `edited at ${at}`, edited_at: at }
      : { ...bare, deleted_at: at };
    this.#log[place] = message;
    return [{ kind: 'message_changed', message }];
  }

  /** Somebody comes, goes, comes back, or is out of office. */
  member_changed(): Event[] {
    const all = [...this.#members.keys()];
    // Several are taken in at one time: their ids say who is shown first, whichever was told first.
    if (all.length < 3 || (all.length < 9 && this.#chance(0.4))) {
      return this.#comes(id<MemberId>(9_999 - this.#below(999)));
    }
    const member_id = this.#one(all.filter((it) => it !== this.#view.you)) as MemberId;
    const { left_at, away_until, ...known } = this.#members.get(member_id) as ConversationMember;
    if (left_at !== undefined) return this.#isNow(known, true);
    return this.#chance(0.6)
      ? this.#isNow({ ...known, left_at: this.#next() }, false)
      : this.#isNow({ ...known, ...(away_until ? {} : { away_until: this.#next() }) }, false);
  }

  conversation_changed(): Event[] {
    const { assigned_to, ...view } = this.#view;
    this.#view = {
      ...view,
      status: this.#one(['needs_answer', 'quiet', 'resolved'] as const) ?? 'quiet',
      ...(this.#chance(0.5) && { assigned_to: this.#someone() }),
      can_write: this.#chance(0.5),
    };
    return [{ kind: 'conversation_changed', conversation: this.#conversation() }];
  }

  marks_changed(): Event[] {
    const marks = this.#some().map((member_id) => {
      const { delivered, displayed } = this.#marksOf(member_id);
      const further = { delivered: delivered + 1 + this.#below(3), displayed: displayed + 1 };
      return { member_id, ...further };
    });
    for (const it of marks) this.#marks.set(it.member_id, it);
    return [{ kind: 'marks_changed', marks }];
  }

  presence_changed(): Event[] {
    const presence = this.#some().map((member_id): MemberPresence => {
      const { presence } = this.#presenceOf(member_id);
      const others = (['online', 'away', 'in_visit'] as const).filter((it) => it !== presence);
      return { member_id, presence: this.#one(others) ?? 'online' };
    });
    for (const it of presence) this.#presence.set(it.member_id, it);
    return [{ kind: 'presence_changed', presence }];
  }

  conversation_card_changed(conversation: number = this.#below(40)): Event[] {
    const conversation_id = id<never>(conversation);
    const card: ConversationCard = {
      ...CARD,
      conversation: { ...CARD.conversation, conversation_id },
      // Some are as active as others.
      active_at: Math.floor(this.#next() / 3),
      unread: this.#below(5),
    };
    this.#mailbox.set(conversation_id, card);
    for (const it of this.#mailbox.values()) {
      if (!this.#cards().includes(it)) this.#mailbox.delete(it.conversation.conversation_id);
    }
    return [{ kind: 'conversation_card_changed', card }];
  }

  conversation_removed(): Event[] {
    const known = this.#one([...this.#mailbox.values()]);
    if (!known) return [...this.conversation_card_changed(), ...this.conversation_removed()];
    const { conversation_id } = known.conversation;
    this.#mailbox.delete(conversation_id);
    return [{ kind: 'conversation_removed', conversation_id }];
  }

  #conversation(): ConversationView {
    const members = inOrder(
      this.#members.values(),
      (it) => it.joined_at,
      (it) => it.member_id,
    );
    return { ...this.#view, members };
  }

  /** The most recently active first, and of those the newest. */
  #cards(): ConversationCard[] {
    const cards = inOrder(
      this.#mailbox.values(),
      (it) => it.active_at,
      (it) => it.conversation.conversation_id,
    );
    return cards.reverse().slice(0, CARDS);
  }

  #comes(member_id: MemberId): Event[] {
    const { left_at, ...bare } = MEMBER;
    return this.#isNow({ ...bare, member_id, joined_at: Math.floor(this.#next() / 20) }, true);
  }

  /** A member is this from now on; how far who comes is, and where, is told behind it. */
  #isNow(member: ConversationMember, hasCome: boolean): Event[] {
    this.#members.set(member.member_id, member);
    const changed: Event = { kind: 'member_changed', member };
    if (!hasCome) return [changed];
    const marks = [this.#marksOf(member.member_id)];
    const presence = [this.#presenceOf(member.member_id)];
    return [changed, { kind: 'marks_changed', marks }, { kind: 'presence_changed', presence }];
  }

  #marksOf(member_id: MemberId): MemberMarks {
    return this.#marks.get(member_id) ?? { member_id, delivered: 0, displayed: 0 };
  }

  #presenceOf(member_id: MemberId): MemberPresence {
    return this.#presence.get(member_id) ?? { member_id, presence: 'offline' };
  }

  /** Who is in it now. */
  #present(): MemberId[] {
    const all = [...this.#members.values()];
    return all.filter((it) => it.left_at === undefined).map((it) => it.member_id);
  }

  /** One or two of those who are in it. */
  #some(): MemberId[] {
    return [...new Set([this.#someone(), this.#someone()])];
  }

  #someone(): MemberId {
    return this.#one(this.#present()) ?? this.#view.you;
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }

  #below(most: number): number {
    return Math.floor(this.random() * most);
  }

  #chance(of: number): boolean {
    return this.random() < of;
  }

  #one<T>(all: readonly [T, ...T[]]): T;
  #one<T>(all: readonly T[]): T | undefined;
  #one<T>(all: readonly T[]): T | undefined {
    return all[this.#below(all.length)];
  }
}
