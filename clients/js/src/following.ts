/**
 * TOPICS that are followed: what the hub says of them, in order, without a gap, and purged when it is not ours to see.
 *
 * Invariants: a position never goes back within an epoch, and it advances before anybody is told; what only passes by
 * never moves it; what cannot be proven complete is fetched anew (`stale` meanwhile); after `denied` nothing of the
 * topic is left here.
 */
import { backoff, type Clock, type Random } from './clock.js';
import { localFault } from './errors.js';
import type { Link } from './link.js';
import type {
  ClientFrame,
  Event,
  Fault,
  Followed,
  Mark,
  Position,
  Resume,
  ServerFrame,
  Topic,
  TopicState,
} from './protocol.gen.js';
import { reduce } from './reduce.js';
import { Cell, type Store } from './store.js';

/** How far a topic can be trusted: `stale` is the last that was known, while the hub is not heard. */
export type TopicStatus = 'loading' | 'live' | 'stale' | 'denied';

/** A topic that somebody follows. */
export interface Following {
  readonly topic: Topic;
  /** The whole; `null` before it came, and after it was denied. */
  readonly state: Store<TopicState | null>;
  /** How far the state can be trusted. */
  readonly status: Store<TopicStatus>;
  /** Why it is denied, or why following failed. */
  readonly fault: Store<Fault | null>;
  /** Calls `listener` with every event, those included that leave no trace in the state. */
  onEvent(listener: (event: Event) => void): () => void;
  /**
   * The same, and without an event whenever none leads from what was to what is: the whole came, it was denied, or
   * everything here was forgotten. What is read beside the topic and put in by `amend` is not told.
   */
  onChange(listener: (event?: Event) => void): () => void;
  /** Puts in what was read beside the topic, such as an older page. `null` leaves the state as it is. */
  amend(change: (state: TopicState) => TopicState | null): void;
  /** Follows no more. */
  stop(): void;
}

/** A practitioner's calendar that somebody follows. */
export interface ScheduleFollowing extends Following {
  readonly state: Store<ScheduleState | null>;
}

/** Hours, deviations, and what is held and booked, by begin. What is over may still be in it. */
export type ScheduleState = Extract<TopicState, { kind: 'schedule' }>;

/** What following needs. */
export interface FollowingEnvironment {
  readonly link: Link;
  readonly clock: Clock;
  readonly random: Random;
}

type EventFrame = Extract<ServerFrame, { type: 'event' }>;
type Resumed = Extract<Followed, { result: 'resumed' }>;

/** Events beside the log: they carry the position of their topic and do not move it. */
const PASSING: ReadonlySet<string> = new Set<Event['kind']>([
  'speaker_changed',
  'marks_changed',
  'presence_changed',
  'typing',
]);
const GONE = localFault('not_found', 'It is yours no more.');

/** A component that is taken away and put back at once does not make the hub send everything again. */
export const LINGER_MS = 2_000;
/** Events that were under way when the hub wrote a mark arrive within this time. */
export const MARK_GRACE_MS = 1_000;

class Entry {
  readonly state = new Cell<TopicState | null>(null);
  readonly status = new Cell<TopicStatus>('loading');
  readonly fault = new Cell<Fault | null>(null);
  readonly listeners = new Set<(event?: Event) => void>();
  readonly topic: Topic;
  users = 0;
  position: Position | undefined;
  channel: number | undefined;
  /** Number of the follow that is under way. */
  pending: number | undefined;
  attempts = 0;
  cancels: (() => void)[] = [];

  constructor(topic: Topic) {
    this.topic = topic;
  }

  purge(status: TopicStatus, fault: Fault | null): void {
    this.position = undefined;
    this.status.set(status);
    this.fault.set(fault);
    this.state.set(null);
    this.tell();
  }

  tell(event?: Event): void {
    for (const listener of [...this.listeners]) listener(event);
  }

  stopTimers(): void {
    for (const cancel of this.cancels) cancel();
    this.cancels = [];
  }
}

/** The topics of one client. */
export class Followings {
  readonly #environment: FollowingEnvironment;
  readonly #entries = new Map<Topic, Entry>();
  readonly #channels = new Map<number, Entry>();
  #isLive = false;

  constructor(environment: FollowingEnvironment) {
    this.#environment = environment;
  }

  /** Follows a topic. Everybody who follows the same one shares it; the hub is told once. */
  follow(topic: Topic): Following {
    const entry = this.#entries.get(topic) ?? this.#add(topic);
    entry.users += 1;
    if (entry.status.get() === 'denied') {
      // Rights may have come meanwhile; who asks again is answered again.
      entry.purge('loading', null);
      this.#ask(entry);
    }
    let isStopped = false;
    const onChange: Following['onChange'] = (listener) => {
      entry.listeners.add(listener);
      return () => entry.listeners.delete(listener);
    };
    return {
      topic,
      state: entry.state,
      status: entry.status,
      fault: entry.fault,
      onEvent: (listener) => onChange((event) => event && listener(event)),
      onChange,
      amend: (change) => {
        const known = entry.state.get();
        if (known) entry.state.set(change(known) ?? known);
      },
      stop: () => {
        if (isStopped) return;
        isStopped = true;
        entry.users -= 1;
        if (entry.users === 0) this.#later(entry, LINGER_MS, () => this.#dropUnused(entry));
      },
    };
  }

  /** What the next hello says of the topics. */
  resume(): Resume[] {
    return [...this.#entries.values()].map(({ topic, position }) => ({
      topic,
      ...(position && { position }),
    }));
  }

  /** The hub answered the hello. */
  welcomed(followed: readonly Followed[]): void {
    this.#isLive = true;
    const answered = new Set(followed.map((it) => it.topic));
    for (const it of followed) this.#followed(it);
    // Followed between hello and welcome.
    for (const entry of this.#entries.values()) {
      if (!answered.has(entry.topic)) this.#ask(entry);
    }
  }

  /** The socket is gone: what is known is stale, unless another one goes on from there at once. */
  lost(isMoved = false): void {
    this.#isLive = false;
    this.#channels.clear();
    for (const entry of this.#entries.values()) {
      entry.pending = undefined;
      entry.channel = undefined;
      if (!isMoved && entry.status.get() === 'live') entry.status.set('stale');
    }
  }

  /** A follow or unfollow is done. */
  done(id: number, followed: Followed | undefined): void {
    const entry = this.#pending(id);
    if (followed && (entry || this.#entries.has(followed.topic))) this.#followed(followed);
  }

  /** A follow was refused. False when the number is of something else. */
  failed(id: number, fault: Fault): boolean {
    const entry = this.#pending(id);
    if (!entry) return false;
    this.#refused(entry, fault);
    return true;
  }

  /** For good, or until a part of the hub is back. */
  #refused(entry: Entry, fault: Fault): void {
    if (fault.retry === 'never') return this.#purge(entry, 'denied', fault);
    entry.fault.set(fault);
    const { random } = this.#environment;
    const wait = Math.max(fault.after_ms ?? 0, backoff(entry.attempts++, random));
    this.#later(entry, wait, () => this.#ask(entry));
  }

  /** Something happened in a topic. */
  event({ channel, position, event }: EventFrame): void {
    const entry = this.#channels.get(channel);
    const known = entry?.position;
    if (!entry || !known) return;
    if (position.epoch !== known.epoch) return this.#again(entry, false);
    const ahead = position.offset - known.offset;
    if (ahead < 0) return;
    if (PASSING.has(event.kind)) {
      // It shares the position of what stays. If that is not ours, something was lost before it.
      return ahead === 0 ? this.#happened(entry, event) : this.#again(entry, true);
    }
    if (ahead === 0) return;
    // A whole visit replaces whatever was missed, and of openings there is nothing to miss; otherwise something may be
    // lacking.
    const isWhole = event.kind === 'visit_changed' || event.kind === 'openings_changed';
    if (ahead > 1 && !isWhole) return this.#again(entry, true);
    entry.position = position;
    this.#happened(entry, event);
  }

  #happened(entry: Entry, event: Event): void {
    entry.state.set(reduce(entry.state.get(), event));
    entry.tell(event);
    if (event.kind !== 'conversation_removed') return;
    const removed = this.#entries.get(`conversation:${event.conversation_id}`);
    if (removed) this.#purge(removed, 'denied', GONE);
  }

  /** The hub cannot prove continuity. */
  gap(channel: number): void {
    const entry = this.#channels.get(channel);
    if (entry) this.#again(entry, false);
  }

  /** Where the hub is with every topic: whoever stays behind has lost something without a word. */
  marks(marks: readonly Mark[]): void {
    for (const { channel, position } of marks) {
      const entry = this.#channels.get(channel);
      if (!entry || !isBehind(entry, position)) continue;
      this.#later(entry, MARK_GRACE_MS, () => {
        if (entry.channel === channel && isBehind(entry, position)) this.#again(entry, true);
      });
    }
  }

  /** Forgets everything: positions and what was seen. */
  reset(): void {
    for (const entry of this.#entries.values()) {
      entry.stopTimers();
      entry.purge('loading', null);
      entry.listeners.clear();
    }
    this.#entries.clear();
    this.#channels.clear();
    this.#isLive = false;
  }

  #add(topic: Topic): Entry {
    const entry = new Entry(topic);
    this.#entries.set(topic, entry);
    this.#ask(entry);
    return entry;
  }

  /** Follows again: from the last position known, or from nothing. */
  #again(entry: Entry, fromPosition: boolean): void {
    if (!fromPosition) entry.position = undefined;
    this.#forgetChannel(entry);
    if (entry.status.get() === 'live') entry.status.set('stale');
    this.#ask(entry);
  }

  #ask(entry: Entry): void {
    if (!this.#isLive || entry.pending !== undefined) return;
    if (this.#entries.get(entry.topic) !== entry) return;
    const { link } = this.#environment;
    const id = link.nextId();
    const { topic, position } = entry;
    const frame: ClientFrame = { type: 'follow', id, topic, ...(position && { position }) };
    if (link.send(frame) === 'sent') entry.pending = id;
  }

  #pending(id: number): Entry | undefined {
    for (const entry of this.#entries.values()) {
      if (entry.pending !== id) continue;
      entry.pending = undefined;
      return entry;
    }
    return undefined;
  }

  #followed(followed: Followed): void {
    const entry = this.#entries.get(followed.topic);
    if (!entry) return;
    if (followed.result === 'denied') return this.#refused(entry, followed.fault);
    this.#forgetChannel(entry);
    if (followed.result !== 'snapshot' && entry.state.get() === null) {
      // It thinks that we know what we do not know.
      return this.#again(entry, false);
    }
    // While another socket was being opened, this one told what that one is going to tell: it is known already.
    const isKnown = isAhead(entry, followed.position);
    if (!isKnown && followed.result === 'resumed' && !this.#replay(entry, followed)) return;
    entry.channel = followed.channel;
    this.#channels.set(followed.channel, entry);
    entry.attempts = 0;
    if (!isKnown) entry.position = followed.position;
    const isWhole = !isKnown && followed.result === 'snapshot';
    if (isWhole) entry.state.set(followed.state);
    entry.fault.set(null);
    entry.status.set('live');
    if (isWhole) entry.tell();
  }

  /** What was missed, in order. False when the topic is not live by it: there is more, or something is lacking. */
  #replay(entry: Entry, { events, position, has_more }: Resumed): boolean {
    const begin = entry.position;
    for (const { position: at, event } of events) {
      const known = entry.position;
      if (!known || at.epoch !== known.epoch) return this.#notYet(entry, false);
      const ahead = at.offset - known.offset;
      const isPassing = PASSING.has(event.kind);
      // The log is numbered without a gap.
      if (ahead > 1 || (isPassing && ahead > 0)) return this.#notYet(entry, false);
      if (!isPassing && ahead <= 0) continue;
      if (!isPassing) entry.position = at;
      this.#happened(entry, event);
    }
    if (!has_more) return entry.position?.offset === position.offset || this.#notYet(entry, false);
    // More that leads nowhere would be asked for forever.
    return this.#notYet(entry, entry.position?.offset !== begin?.offset);
  }

  #notYet(entry: Entry, fromPosition: boolean): false {
    this.#again(entry, fromPosition);
    return false;
  }

  #purge(entry: Entry, status: TopicStatus, fault: Fault | null): void {
    this.#forgetChannel(entry);
    entry.purge(status, fault);
  }

  #forgetChannel(entry: Entry): void {
    if (entry.channel !== undefined) this.#channels.delete(entry.channel);
    entry.channel = undefined;
  }

  #dropUnused(entry: Entry): void {
    if (entry.users > 0 || this.#entries.get(entry.topic) !== entry) return;
    const { link } = this.#environment;
    entry.stopTimers();
    this.#entries.delete(entry.topic);
    this.#forgetChannel(entry);
    entry.purge('loading', null);
    if (this.#isLive) link.send({ type: 'unfollow', id: link.nextId(), topic: entry.topic });
  }

  #later(entry: Entry, ms: number, action: () => void): void {
    const cancel = this.#environment.clock.after(ms, () => {
      entry.cancels = entry.cancels.filter((it) => it !== cancel);
      action();
    });
    entry.cancels.push(cancel);
  }
}

const isAhead = ({ position }: Entry, at: Position): boolean =>
  position?.epoch === at.epoch && position.offset > at.offset;

const isBehind = (entry: Entry, mark: Position): boolean =>
  entry.position !== undefined &&
  (entry.position.epoch !== mark.epoch || entry.position.offset < mark.offset);
