/**
 * ONE CONVERSATION: its messages with those that wait to be sent, who writes, how far everybody got.
 *
 * Invariants: what is shown is in the order of the log, what waits comes after it; marks never go back and are told in
 * one call a second at most; a message that came to the hub is shown once, whichever arrives first, the answer or the
 * event. It is followed while somebody watches.
 */
import type { CallOptions } from './calls.js';
import { Alarm, type Clock } from './clock.js';
import type { FilePart, Upload } from './files-part.js';
import type { Following, TopicStatus } from './following.js';
import { Marks } from './marks.js';
import type { MessageMore, Outbox, PendingMessage } from './outbox.js';
import type {
  ConversationId,
  ConversationView,
  Event,
  Fault,
  FoundMessage,
  MemberId,
  MemberMarks,
  MemberPresence,
  Message,
  MessageId,
  OperationMap,
  Override,
  SentMessage,
  Topic,
} from './protocol.gen.js';
import { type ConversationState, withMessages } from './reduce.js';
import { Cell, type Store } from './store.js';
import { cardOf, notThereYet } from './waiting.js';

/** Everything that can be seen of a conversation. */
export interface ConversationNow {
  readonly status: TopicStatus;
  readonly fault: Fault | null;
  /** `null` before it came, and after it was denied. */
  readonly conversation: ConversationView | null;
  /** By offset; the latest, and older pages that were loaded. */
  readonly messages: readonly Message[];
  /** Written and not with the hub yet, in the order in which they were written. */
  readonly pending: readonly PendingMessage[];
  /** Who is writing, oneself left out. */
  readonly typing: readonly MemberId[];
  readonly marks: readonly MemberMarks[];
  readonly presence: readonly MemberPresence[];
  /** There are messages before the first. */
  readonly hasOlder: boolean;
}

/** What a conversation needs of its client. */
export interface ConversationHost {
  readonly clock: Clock;
  readonly outbox: Outbox;
  /** The part of files. */
  files(): Promise<FilePart>;
  call<K extends keyof OperationMap>(
    op: K,
    params: OperationMap[K]['params'],
    options?: CallOptions,
  ): Promise<OperationMap[K]['output']>;
  follow(topic: Topic): Following;
}

/** What a message is sent with. */
export interface SendOptions {
  /** The message that it answers. */
  replyTo?: MessageId;
  /** Files that were attached here; it is sent once all of them are with the hub. */
  files?: readonly Upload[];
  /** It is meant although the hub warned. */
  override?: Override;
}

/** Whoever was last heard to write so long ago has stopped. */
export const TYPING_HOLDS_MS = 5_000;
/** That one is writing is told at most so often. */
export const TYPING_EVERY_MS = 3_000;
/** Messages of a page. */
const PAGE = 50;
/** Pages that are loaded to reach one message. */
const MOST_PAGES = 40;

/** A conversation of which nothing is known yet. */
export const NO_CONVERSATION: ConversationNow = {
  status: 'loading',
  fault: null,
  conversation: null,
  messages: [],
  pending: [],
  typing: [],
  marks: [],
  presence: [],
  hasOlder: false,
};

/** A conversation; made by `bedside.conversation`. */
export class Conversation {
  readonly id: ConversationId;
  /** Everything that can be seen of it. */
  readonly state: Store<ConversationNow>;

  readonly #host: ConversationHost;
  readonly #state: Cell<ConversationNow>;
  readonly #marks: Marks;
  /** Until when somebody counts as writing. */
  readonly #typing = new Map<MemberId, number>();
  readonly #typingEnds: Alarm;
  /** Acknowledged, and maybe not in the log that we have. */
  readonly #sent = new Map<MessageId, Message>();
  /** Messages, and the keys that they had while they waited. */
  readonly #acknowledged = new Set<string>();
  /** Changes that came while an older page was under way. */
  #changedMeanwhile: Message[] = [];
  #loading: Promise<void> | undefined;
  #toldTypingAt = Number.NEGATIVE_INFINITY;
  #following: Following | undefined;
  #unsubscribe: (() => void)[] = [];

  constructor(host: ConversationHost, id: string) {
    this.id = id as ConversationId;
    this.#host = host;
    this.state = this.#state = new Cell<ConversationNow>(NO_CONVERSATION, (isWatched) => {
      if (isWatched) this.#follow();
      else this.#unfollow();
    });
    this.#typingEnds = new Alarm(host.clock, () => this.#show());
    this.#marks = new Marks(host.clock, (marks) =>
      host.call('conversation.mark', { conversation_id: this.id, ...marks }),
    );
  }

  /**
   * Writes a message. Resolves when it is kept on this device; it is sent when it can be, in order, once.
   *
   * @throws when it cannot be kept, as when the disk is full: then it was not written.
   */
  async send(text: string, options: SendOptions = {}): Promise<void> {
    const { replyTo, files, ...more } = options;
    await this.#host.outbox.add(
      this.id,
      text,
      { ...more, reply_to: replyTo } as MessageMore,
      files,
    );
    this.#toldTypingAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Begins to upload a file for a message of this conversation; hand it to `send` afterwards.
   *
   * @throws when the client was made without `files`, or their part cannot be loaded.
   */
  async attach(file: Blob, options: { name: string; override?: Override }): Promise<Upload> {
    return (await this.#host.files()).attach(this.id, file, options);
  }

  /** Writes one's own message anew. */
  edit(messageId: MessageId, text: string, override?: Override): Promise<Message> {
    const params = {
      conversation_id: this.id,
      message_id: messageId,
      body: text,
      ...(override && { override }),
    };
    return this.#host.call('message.edit', params);
  }

  /** Takes one's own message back. That it was there stays visible. */
  remove(messageId: MessageId): Promise<Message> {
    return this.#host.call('message.delete', { conversation_id: this.id, message_id: messageId });
  }

  /** Loads the page before the first message; nothing when there is none. */
  loadOlder(): Promise<void> {
    this.#loading ??= this.#loadOlder().finally(() => {
      this.#loading = undefined;
      this.#changedMeanwhile = [];
    });
    return this.#loading;
  }

  /** Loads older pages until this message is among those that are shown. */
  async loadUntil(offset: number): Promise<void> {
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { messages, hasOlder } = this.#state.get();
      const [first] = messages;
      if (!hasOlder || !first || first.offset <= offset) return;
      await this.loadOlder();
      if (this.#state.get().messages[0] === first) return;
    }
  }

  /** The message with this offset, and all before it, were before the person's eyes. */
  markDisplayed(offset: number): void {
    this.#marks.want({ displayed: offset });
  }

  /** The person is writing, or has stopped. Tell it with every key; the hub is told now and then. */
  typing(isTyping = true): void {
    const now = this.#host.clock.now();
    const wasTold = now - this.#toldTypingAt < TYPING_EVERY_MS;
    if (this.#state.get().status !== 'live' || (isTyping && wasTold)) return;
    if (!isTyping && now - this.#toldTypingAt >= TYPING_HOLDS_MS) return;
    this.#toldTypingAt = isTyping ? now : Number.NEGATIVE_INFINITY;
    const params = { conversation_id: this.id, is_typing: isTyping };
    // Late it would be untrue, and lost nobody misses it.
    this.#host
      .call('conversation.type', params, { deadlineMs: TYPING_EVERY_MS })
      .catch(() => undefined);
  }

  /** Messages with all of these words, newest first. */
  async search(words: string): Promise<readonly FoundMessage[]> {
    const params = { words, conversation_id: this.id };
    return (await this.#host.call('message.search', params)).found;
  }

  /** Forgets what was seen. */
  reset(): void {
    this.#marks.reset();
    this.#unfollow();
    this.#sent.clear();
    this.#acknowledged.clear();
  }

  async #loadOlder(): Promise<void> {
    const following = this.#following;
    const before = this.#topic()?.messages[0];
    if (!following || !before || !this.#topic()?.has_older) return;
    const page = await this.#host.call('message.list', {
      conversation_id: this.id,
      before: before.message_id,
      limit: PAGE,
    });
    const ids = new Set(page.messages.map((it) => it.message_id));
    const changed = this.#changedMeanwhile.filter((it) => ids.has(it.message_id));
    following.amend((state) => {
      // A snapshot came meanwhile: the page belongs to what was.
      if (state.kind !== 'conversation' || state.messages[0]?.message_id !== before.message_id) {
        return null;
      }
      const older = withMessages(page.messages, changed);
      return {
        ...state,
        messages: withMessages(older, state.messages),
        has_older: page.has_more,
      };
    });
  }

  #follow(): void {
    const following = this.#host.follow(`conversation:${this.id}`);
    this.#following = following;
    const show = (): void => this.#show();
    this.#unsubscribe = [
      following.state.subscribe(show),
      following.status.subscribe(show),
      following.fault.subscribe(show),
      following.onEvent((event) => this.#heard(event)),
      this.#host.outbox.pending.subscribe(show),
      this.#host.outbox.onSent((message, sent) => this.#wasSent(message, sent)),
    ];
    show();
  }

  #unfollow(): void {
    for (const it of this.#unsubscribe) it();
    this.#unsubscribe = [];
    this.#following?.stop();
    this.#following = undefined;
    // Whoever watches again is shown it again, if it is still theirs to see.
    this.#state.set(NO_CONVERSATION);
    this.#typing.clear();
    this.#typingEnds.clear();
    this.#marks.stop();
  }

  #topic(): ConversationState | null {
    const state = this.#following?.state.get();
    return state?.kind === 'conversation' ? state : null;
  }

  #heard(event: Event): void {
    if (event.kind === 'typing') {
      if (event.is_typing) {
        this.#typing.set(event.member_id, this.#host.clock.now() + TYPING_HOLDS_MS);
      } else this.#typing.delete(event.member_id);
      this.#show();
    }
    if (event.kind === 'message_posted' && this.#typing.delete(event.message.member_id)) {
      this.#show();
    }
    if (event.kind === 'message_changed' && this.#loading) {
      this.#changedMeanwhile.push(event.message);
    }
  }

  #wasSent(message: PendingMessage, sent: SentMessage): void {
    const you = this.#topic()?.conversation.you;
    if (message.conversation_id !== this.id || !you) return;
    this.#acknowledged.add(sent.message_id).add(message.key);
    this.#sent.set(sent.message_id, {
      message_id: sent.message_id,
      offset: sent.position.offset,
      member_id: you,
      at: sent.at,
      body: message.body,
      ...(message.reply_to && { reply_to: message.reply_to }),
      ...(message.files && { files: message.files.map(cardOf) }),
    });
    this.#show();
  }

  #show(): void {
    const following = this.#following;
    if (!following) return;
    const topic = this.#topic();
    const status = following.status.get();
    const you = topic?.conversation.you;
    if (!topic) this.#sent.clear();
    for (const { message_id } of topic?.messages ?? []) this.#sent.delete(message_id);
    const log = topic?.messages ?? [];
    // The same list for as long as it is the same: whoever shows it need not look at it again.
    const messages = this.#sent.size === 0 ? log : withMessages([...this.#sent.values()], log);
    const waiting = this.#host.outbox.pending
      .get()
      .filter((it) => it.conversation_id === this.id && !this.#acknowledged.has(it.key));
    this.#state.set({
      status,
      fault: following.fault.get(),
      conversation: topic?.conversation ?? null,
      messages,
      // Where nothing of a conversation may be seen, one's own words that were refused are not lost all the same.
      pending:
        status === 'denied'
          ? waiting.filter((it) => it.fault)
          : notThereYet(waiting, messages, you, this.#acknowledged),
      typing: this.#whoTypes(you),
      marks: topic?.marks ?? [],
      presence: topic?.presence ?? [],
      hasOlder: topic?.has_older ?? false,
    });
    if (topic) this.#tellMarks(topic, status === 'live');
    else this.#marks.live(false);
  }

  #whoTypes(you: MemberId | undefined): readonly MemberId[] {
    const now = this.#host.clock.now();
    for (const [who, until] of this.#typing) if (until <= now) this.#typing.delete(who);
    const next = Math.min(...this.#typing.values());
    if (Number.isFinite(next)) this.#typingEnds.set(next - now);
    else this.#typingEnds.clear();
    const typing = [...this.#typing.keys()].filter((it) => it !== you);
    const known = this.#state.get().typing;
    return typing.join() === known.join() ? known : typing;
  }

  #tellMarks({ messages, marks, conversation }: ConversationState, isLive: boolean): void {
    const own = marks.find((it) => it.member_id === conversation.you);
    const last = messages.findLast((it) => it.member_id !== conversation.you);
    if (own) this.#marks.known(own);
    if (last) this.#marks.want({ delivered: last.offset });
    this.#marks.live(isLive);
  }
}
