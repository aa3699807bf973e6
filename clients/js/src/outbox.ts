/**
 * THE OUTBOX: what was written is kept before anything is sent, and leaves when the hub has it.
 *
 * Invariants: a message has one idempotency key from being written to being acknowledged, so that it is posted once,
 * however often it is sent; the messages of one conversation are sent one after the other, in the order in which they
 * were written; one tab sends at a time; a message is sent for the person who wrote it and for nobody else; what the
 * hub refuses for good stays, with why, until somebody sends it anew or throws it away.
 *
 * What is true stands in the store: every tab reads it, and is told when it changes.
 */
import { backoff, type Clock, type Random } from './clock.js';
import { asError, BedsideError, localFault } from './errors.js';
import type { FilePart, Upload } from './files-part.js';
import type {
  MessageMore,
  OutboxLocks,
  OutboxNews,
  OutboxStore,
  OutboxTabs,
  PendingMessage,
} from './outbox-parts.js';
import type { ConversationId, Fault, Override, SendMessage, SentMessage } from './protocol.gen.js';
import { Cell, type Store } from './store.js';

export type {
  MessageMore,
  OutboxLocks,
  OutboxNews,
  OutboxStore,
  OutboxTabs,
  PendingMessage,
} from './outbox-parts.js';

/** What the outbox needs. */
export interface OutboxEnvironment {
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly newKey: () => string;
  readonly hubTime: () => number;
  readonly call: (
    params: SendMessage,
    options: { key: string; deadlineMs: number; signal: AbortSignal },
  ) => Promise<SentMessage>;
  /** The part of files. */
  readonly files: () => Promise<FilePart>;
  readonly locks?: OutboxLocks | null | undefined;
  readonly channel?: OutboxTabs | null | undefined;
}

/** A message came to the hub. */
export type OnSent = (message: PendingMessage, sent: SentMessage) => void;

type Change = (pending: readonly PendingMessage[]) => readonly PendingMessage[];

/** The hub keeps keys for 30 days; what is older could be posted twice, and is not sent by itself. */
export const SENT_WITHIN_MS = 28 * 24 * 3_600_000;
const DEADLINE_MS = 20_000;
/** Between attempts while the hub answers that it cannot. */
const PAUSE_MS = 1_000;

/** The messages of one client that wait. */
export class Outbox {
  /** Of who is signed in, in the order in which they were written. */
  readonly pending: Store<readonly PendingMessage[]>;

  readonly #environment: OutboxEnvironment;
  readonly #pending: Cell<readonly PendingMessage[]>;
  readonly #listeners = new Set<OnSent>();
  readonly #running = new Set<ConversationId>();
  /** Keys of refused messages that were written anew. */
  readonly #sentAnew = new Set<string>();
  #owner: string | null = null;
  #isLive = false;
  /** There while this tab is the one that sends, or wants to be it; aborted when it may not any more. */
  #turn: AbortController | undefined;
  #isSender = false;
  #reading = 0;
  #adding: Promise<unknown> = Promise.resolve();

  constructor(environment: OutboxEnvironment) {
    this.#environment = environment;
    this.pending = this.#pending = new Cell<readonly PendingMessage[]>([]);
    environment.channel?.listen((news) => this.#heard(news));
  }

  /** Somebody is signed in, or nobody any more. What waits stays where it is kept. */
  open(owner: string | null): void {
    if (owner === this.#owner) return;
    this.#giveUpTurn();
    this.#owner = owner;
    this.#reading += 1;
    this.#pending.set([]);
    if (owner === null) return;
    this.#read().catch(() => undefined);
    if (this.#isLive) this.#takeTurn(owner);
  }

  /** The hub listens. */
  live(): void {
    this.#isLive = true;
    if (this.#owner !== null && !this.#turn) this.#takeTurn(this.#owner);
  }

  /** The socket is gone; another tab may have one. */
  lost(): void {
    this.#isLive = false;
    this.#giveUpTurn();
  }

  /** Calls `listener` with every message that came to the hub, from whichever tab. */
  onSent(listener: OnSent): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Keeps a message, and sends it as soon as it can be sent. Resolves when it is kept.
   *
   * @throws BedsideError when nobody is signed in; whatever the store throws when it cannot keep it.
   */
  async add(
    conversationId: ConversationId,
    body: string,
    { reply_to, files, override }: MessageMore = {},
    uploads: readonly Upload[] = [],
  ): Promise<void> {
    const { store, newKey, hubTime } = this.#environment;
    const owner = this.#signedIn();
    let message: PendingMessage = {
      conversation_id: conversationId,
      body,
      reply_to,
      files,
      override,
      key: newKey(),
      written_at: hubTime(),
    } as PendingMessage;
    // One after the other: keeping one may take longer than another, and their order is that of writing.
    const kept = this.#adding.then(async () => {
      if (this.#signedIn() !== owner) {
        throw new BedsideError(localFault('session_ended', 'Somebody else signed in.'));
      }
      // The files first: no message waits for one that is not there.
      if (uploads[0])
        message = {
          ...message,
          files: await (await this.#environment.files()).keep(owner, uploads),
        };
      await store.add(owner, message);
    });
    this.#adding = kept.catch(() => undefined);
    await kept;
    await this.#changed(owner, (pending) =>
      pending.some((it) => it.key === message.key) ? pending : [...pending, message],
    );
  }

  /** Sends one that was refused anew, as the last one that was written. */
  async retry(key: string, override?: Override): Promise<void> {
    const { store } = this.#environment;
    const owner = this.#signedIn();
    const refused = this.#refused(key);
    if (!refused) return;
    // Another key: the hub remembers what it answered to the old one. Added first, so that no crash loses it.
    const { conversation_id, body, ...more } = { ...refused, ...(override && { override }) };
    await this.add(conversation_id, body, more);
    // Written anew it is, whatever becomes of what it was: shown on, it would be sent a second time.
    this.#sentAnew.add(key);
    await store.remove(owner, key).catch(() => undefined);
    await this.#changed(owner, without(key));
  }

  /** Throws one away that was refused. One that waits may be under way, and stays. */
  async discard(key: string): Promise<void> {
    const owner = this.#signedIn();
    const refused = this.#refused(key);
    if (!refused) return;
    await this.#environment.store.remove(owner, key);
    await this.#forget(owner, refused);
    await this.#changed(owner, without(key));
  }

  /** Throws everything away that the person who is signed in has not sent yet, in all tabs. */
  async wipe(): Promise<void> {
    const owner = this.#owner;
    if (owner === null) return;
    this.#giveUpTurn();
    await this.#adding;
    await this.#environment.store.wipe(owner);
    await this.#changed(owner, () => []);
  }

  #signedIn(): string {
    if (this.#owner === null) {
      throw new BedsideError(localFault('unauthenticated', 'Nobody is signed in.'));
    }
    return this.#owner;
  }

  #refused(key: string): PendingMessage | undefined {
    return this.#pending.get().find((it) => it.key === key && it.fault !== undefined);
  }

  #heard(news: OutboxNews): void {
    if (news.owner !== this.#owner) return;
    if (news.kind === 'sent') this.#tellSent(news.key, news.sent);
    this.#read().catch(() => undefined);
  }

  /**
   * What is kept has changed by this tab. It has, whether or not it can be read again: where it cannot, what is known
   * here is changed in the same way.
   */
  async #changed(owner: string, change: Change): Promise<void> {
    this.#environment.channel?.tell({ kind: 'changed', owner });
    await this.#read().catch(() => {
      if (owner !== this.#owner) return;
      this.#pending.set(change(this.#pending.get()));
      this.#pump();
    });
  }

  /** Reads what is kept. Of two readings that overlap the later counts. */
  async #read(): Promise<void> {
    const owner = this.#owner;
    if (owner === null) return;
    this.#reading += 1;
    const reading = this.#reading;
    const pending = await this.#environment.store.list(owner);
    if (reading !== this.#reading || owner !== this.#owner) return;
    this.#pending.set(pending.filter((it) => !this.#sentAnew.has(it.key)));
    this.#pump();
  }

  /** Waits until no other tab sends for this person, and sends until the turn is given up. */
  #takeTurn(owner: string): void {
    const { locks } = this.#environment;
    const turn = new AbortController();
    this.#turn = turn;
    const begin = (): void => {
      if (turn.signal.aborted) return;
      this.#isSender = true;
      // Whoever had the turn before may have died before it told what it did.
      this.#read().catch(() => undefined);
    };
    if (!locks) return begin();
    locks
      .request(`bedside-outbox-${owner}`, { signal: turn.signal }, () => {
        begin();
        return new Promise<void>((resolve) => {
          if (turn.signal.aborted) resolve();
          turn.signal.addEventListener('abort', () => resolve(), { once: true });
        });
      })
      // Aborted while it waited: there was nothing to give up.
      .catch(() => undefined);
  }

  #giveUpTurn(): void {
    this.#isSender = false;
    this.#turn?.abort();
    this.#turn = undefined;
  }

  #pump(): void {
    if (!this.#isSender) return;
    for (const { conversation_id: id, fault } of this.#pending.get()) {
      if (fault || this.#running.has(id)) continue;
      this.#running.add(id);
      this.#send(id)
        .catch(() => undefined)
        .finally(() => {
          this.#running.delete(id);
          // Written between the last look and now.
          if (this.#isSender && this.#next(id)) this.#pump();
        });
    }
  }

  #next(id: ConversationId): PendingMessage | undefined {
    return this.#pending.get().find((it) => it.conversation_id === id && !it.fault);
  }

  /** Sends what waits in one conversation, one after the other. */
  async #send(id: ConversationId): Promise<void> {
    const turn = this.#turn;
    const owner = this.#owner;
    let attempts = 0;
    while (turn && owner !== null && !turn.signal.aborted) {
      try {
        const next = this.#next(id);
        if (!next) return;
        await this.#sendOne(owner, next, turn.signal);
        attempts = 0;
      } catch (thrown) {
        if (turn.signal.aborted) return;
        await this.#pause(asError(thrown).fault, attempts, turn.signal);
        attempts += 1;
      }
    }
  }

  /** Sends one. Returns when it is settled, throws while it is not. */
  async #sendOne(owner: string, message: PendingMessage, signal: AbortSignal): Promise<void> {
    const { store, call, hubTime, channel } = this.#environment;
    const { key, conversation_id, body, reply_to, override, written_at } = message;
    if (hubTime() - written_at > SENT_WITHIN_MS) return this.#fail(owner, message, TOO_OLD);
    let sent: SentMessage;
    try {
      const files =
        message.files && (await (await this.#environment.files()).ready(owner, message, signal));
      const params = {
        conversation_id,
        body,
        ...(reply_to && { reply_to }),
        ...(files && { files }),
        ...(override && { override }),
      };
      sent = await call(params, { key, deadlineMs: DEADLINE_MS, signal });
    } catch (thrown) {
      const { fault } = asError(thrown);
      // It is posted; the conversation itself says as what.
      if (fault.outcome === 'applied') return this.#goes(owner, message);
      if (!isForGood(fault)) throw thrown;
      return this.#fail(owner, message, fault);
    }
    await store.remove(owner, key);
    await this.#forget(owner, message);
    this.#tellSent(key, sent);
    channel?.tell({ kind: 'sent', owner, key, sent });
    await this.#read().catch(() => undefined);
  }

  /** Its files are needed no more. What cannot be deleted now goes when it is old. */
  async #forget(owner: string, { files }: PendingMessage): Promise<void> {
    if (!files) return;
    const part = this.#environment.files();
    await part
      .then((it) =>
        it.forget(
          owner,
          files.map((it) => it.key),
        ),
      )
      .catch(() => undefined);
  }

  async #fail(owner: string, message: PendingMessage, fault: Fault): Promise<void> {
    const refused = { ...message, fault };
    await this.#environment.store.replace(owner, refused);
    this.#pending.set(this.#pending.get().map((it) => (it.key === message.key ? refused : it)));
    await this.#changed(owner, (pending) => pending);
  }

  async #goes(owner: string, message: PendingMessage): Promise<void> {
    await this.#environment.store.remove(owner, message.key);
    await this.#forget(owner, message);
    await this.#changed(owner, without(message.key));
  }

  #tellSent(key: string, sent: SentMessage): void {
    const message = this.#pending.get().find((it) => it.key === key);
    if (!message) return;
    for (const listener of [...this.#listeners]) listener(message, sent);
    this.#pending.set(this.#pending.get().filter((it) => it.key !== key));
  }

  #pause(fault: Fault, attempts: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#environment;
    const wait = Math.max(fault.after_ms ?? 0, PAUSE_MS + backoff(attempts, random));
    return new Promise((resolve) => {
      const cancel = clock.after(wait, resolve);
      signal.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }
}

const without =
  (key: string): Change =>
  (pending) =>
    pending.filter((it) => it.key !== key);

/** Nothing changes by sending it again. An unknown outcome never is: the same key is always safe. What was applied is no refusal. */
const isForGood = (fault: Fault): boolean =>
  fault.outcome === 'none' && (fault.retry === 'never' || fault.retry === 'refresh');

const TOO_OLD = localFault('deadline_exceeded', 'Too old.', 'unknown');
