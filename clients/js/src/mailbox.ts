/**
 * THE LIST of a person's conversations, with what is unread in them. It is followed while somebody watches, and what
 * comes with it counts as delivered to this device.
 */
import type { Clock } from './clock.js';
import type { ConversationHost } from './conversation.js';
import type { Following, TopicStatus } from './following.js';
import { Marks } from './marks.js';
import type { ConversationCard, ConversationId, Fault, PersonId } from './protocol.gen.js';
import { Cell, type Store } from './store.js';

/** Everything that can be seen of it. */
export interface MailboxNow {
  readonly status: TopicStatus;
  readonly fault: Fault | null;
  /** The most recently active first; `null` before they came. */
  readonly cards: readonly ConversationCard[] | null;
  /** Messages of others that were not read, in all of them. */
  readonly unread: number;
}

/** What a mailbox needs of its client. */
export type MailboxHost = Pick<ConversationHost, 'call' | 'follow'> & { readonly clock: Clock };

const NOTHING: MailboxNow = { status: 'loading', fault: null, cards: null, unread: 0 };

/** A person's conversations; made by `bedside.mailbox`. */
export class Mailbox {
  readonly state: Store<MailboxNow>;
  readonly #state: Cell<MailboxNow>;
  readonly #host: MailboxHost;
  readonly #marks = new Map<ConversationId, Marks>();
  readonly #personId: PersonId;
  #following: Following | undefined;
  #unsubscribe: (() => void)[] = [];

  constructor(host: MailboxHost, personId: PersonId) {
    this.#host = host;
    this.#personId = personId;
    this.state = this.#state = new Cell<MailboxNow>(NOTHING, (isWatched) => {
      if (isWatched) this.#follow();
      else this.#unfollow();
    });
  }

  /** Forgets what was seen. */
  reset(): void {
    for (const it of this.#marks.values()) it.reset();
    this.#unfollow();
    this.#marks.clear();
  }

  #follow(): void {
    const following = this.#host.follow(`mailbox:${this.#personId}`);
    this.#following = following;
    const show = (): void => this.#show(following);
    this.#unsubscribe = [
      following.state.subscribe(show),
      following.status.subscribe(show),
      following.fault.subscribe(show),
    ];
    show();
  }

  #unfollow(): void {
    for (const it of this.#unsubscribe) it();
    this.#unsubscribe = [];
    this.#following?.stop();
    this.#following = undefined;
    // Whoever watches again is shown it again, if it is still theirs to see.
    this.#state.set(NOTHING);
    for (const it of this.#marks.values()) it.stop();
  }

  #show(following: Following): void {
    const topic = following.state.get();
    const cards = topic?.kind === 'mailbox' ? topic.cards : null;
    const status = following.status.get();
    this.#state.set({
      status,
      fault: following.fault.get(),
      cards,
      unread: (cards ?? []).reduce((sum, it) => sum + it.unread, 0),
    });
    for (const card of cards ?? []) this.#deliver(card, status === 'live');
  }

  /** The last message came with its card: this device has it. */
  #deliver({ conversation, last, unread }: ConversationCard, isLive: boolean): void {
    const { conversation_id, you } = conversation;
    const known = this.#marks.get(conversation_id);
    if (!known && (!last || unread === 0 || last.member_id === you)) return;
    const marks = known ?? this.#marksOf(conversation_id);
    if (last && last.member_id !== you && unread > 0) marks.want({ delivered: last.offset });
    marks.live(isLive);
  }

  #marksOf(conversation_id: ConversationId): Marks {
    const marks = new Marks(this.#host.clock, (it) =>
      this.#host.call('conversation.mark', { conversation_id, ...it }),
    );
    this.#marks.set(conversation_id, marks);
    return marks;
  }
}
