/**
 * WHAT THE OUTBOX KEEPS, and what it works with: where messages wait, and how tabs agree.
 */
import type { PendingFile } from './files-part.js';
import type { ConversationId, Fault, MessageId, Override, SentMessage } from './protocol.gen.js';

/** A message that is not with the hub yet. */
export interface PendingMessage {
  /** Idempotency key, and the message's name until it has another one. */
  readonly key: string;
  readonly conversation_id: ConversationId;
  readonly body: string;
  readonly reply_to?: MessageId;
  /** What is sent with it, in its order. */
  readonly files?: readonly PendingFile[];
  /** It is meant although the hub warned. */
  readonly override?: Override;
  /** By the hub's clock, as far as it is known. */
  readonly written_at: number;
  /** Refused for good: it is not sent any more. Without it the message waits. */
  readonly fault?: Fault;
}

/** What a message may have beside its text. */
export type MessageMore = Pick<PendingMessage, 'reply_to' | 'files' | 'override'>;

/** Keeps messages. All of a person's come back in the order in which they were added. */
export interface OutboxStore {
  /** What waits, in its order. */
  list(owner: string): Promise<PendingMessage[]>;
  /** Resolves when it is kept for good. */
  add(owner: string, message: PendingMessage): Promise<void>;
  /** Replaces the one with the same key, in its place; nothing when there is none. */
  replace(owner: string, message: PendingMessage): Promise<void>;
  /** Forgets one; nothing when there is none. */
  remove(owner: string, key: string): Promise<void>;
  /** Everything of one person. */
  wipe(owner: string): Promise<void>;
}

/** What of the browser's Web Locks is used. */
export interface OutboxLocks {
  /** Calls back when the lock is this tab's, and holds it until the promise settles. */
  request(
    name: string,
    options: { signal: AbortSignal },
    callback: () => Promise<void>,
  ): Promise<unknown>;
}

/** What tabs tell each other. Never what a message says. */
export type OutboxNews =
  | { kind: 'changed'; owner: string }
  | { kind: 'sent'; owner: string; key: string; sent: SentMessage };

/** Reaches the other tabs. */
export interface OutboxTabs {
  /** Tells the others. */
  tell(news: OutboxNews): void;
  /** Calls `listener` with what others tell. */
  listen(listener: (news: OutboxNews) => void): void;
}
