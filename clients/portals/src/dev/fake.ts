import {
  type Bedside,
  type CallOptions,
  type ConnectionInfo,
  type Conversation,
  type ConversationId,
  type ConversationNow,
  type Event,
  type Fault,
  type FilePart,
  type Following,
  type LinkBegun,
  type Mailbox,
  type MailboxNow,
  type Me,
  type Message,
  type MessageId,
  NO_CONVERSATION,
  type OperationMap,
  type Override,
  type PendingMessage,
  type ProviderCard,
  type SendOptions,
  type TopicState,
  type Upload,
  type UploadNow,
  type VideoSession,
  type Visit,
} from '@bedside/client';
import { type Box, box, type Call } from './box.ts';
import { cardOf, FakeUpload } from './files.ts';
import { me, VISIT_ID } from './samples.ts';
import { FakeVisit } from './visit.ts';

/** Stands in for the client library in tests and in the gallery: every store can be set, every call is recorded. */

/** A conversation: what is sent is posted at once while there is a connection, and waits while there is none. */
export class FakeConversation {
  readonly id: string;
  readonly state = box<ConversationNow>(NO_CONVERSATION);
  readonly calls: Call[] = [];
  readonly #hub: FakeBedside;
  /** Sending, editing and taking back fail with it. */
  refusal: Error | null = null;
  /** What the next page before holds. */
  older: Message[] = [];

  constructor(id: string, hub: FakeBedside) {
    this.id = id;
    this.#hub = hub;
  }

  private did(name: string, ...args: unknown[]): void {
    this.calls.push({ name, args });
    if (this.refusal) throw this.refusal;
  }

  attach = async (file: Blob, { name }: { name: string }): Promise<Upload> => {
    this.did('attach', name);
    const upload = new FakeUpload(this.#hub, file, name);
    this.#hub.uploads.set(upload.key, upload);
    return upload;
  };
  send = async (body: string, options: SendOptions = {}) => {
    this.did('send', body, options);
    const files = options.files?.map(({ about }) => about);
    const reply = options.replyTo === undefined ? {} : { reply_to: options.replyTo };
    const cards = options.files?.map((it) => cardOf(it.about));
    if (this.#hub.connection.get().state === 'open') {
      return this.post(body, { ...reply, ...(cards && { files: cards }) });
    }
    const waiting: PendingMessage = {
      key: `key-${this.calls.length}`,
      conversation_id: this.id as ConversationId,
      body,
      written_at: Date.now(),
      ...reply,
      ...(files && { files }),
    };
    this.#hub.pending.set([...this.#hub.pending.get(), waiting]);
    const now = this.state.get();
    this.state.set({ ...now, pending: [...now.pending, waiting] });
  };
  edit = async (messageId: MessageId, body: string, override?: Override) => {
    this.did('edit', messageId, body, ...(override ? [override] : []));
    this.change(messageId, (it) => ({ ...it, body, edited_at: Date.now() }));
  };
  remove = async (messageId: MessageId) => {
    this.did('remove', messageId);
    this.change(messageId, ({ body: _, ...it }) => ({ ...it, deleted_at: Date.now() }));
  };
  loadOlder = async () => {
    this.did('loadOlder');
    const now = this.state.get();
    this.state.set({ ...now, messages: [...this.older, ...now.messages], hasOlder: false });
    this.older = [];
  };
  loadUntil = async (offset: number) => this.did('loadUntil', offset);
  markDisplayed = (offset: number) => this.did('markDisplayed', offset);
  typing = (isTyping = true) => {
    this.calls.push({ name: 'typing', args: [isTyping] });
  };
  search = async () => [];

  /** Somebody posts: oneself, unless it is said who. */
  post(body: string, over: Partial<Message> = {}): void {
    const now = this.state.get();
    if (!now.conversation) return;
    const offset = (now.messages.at(-1)?.offset ?? 0) + 1;
    const message: Message = {
      message_id: `message-${offset}` as MessageId,
      offset,
      member_id: now.conversation.you,
      at: Date.now(),
      body,
      ...over,
    };
    this.state.set({ ...now, messages: [...now.messages, message] });
  }

  private change(messageId: MessageId, how: (message: Message) => Message): void {
    const now = this.state.get();
    const messages = now.messages.map((it) => (it.message_id === messageId ? how(it) : it));
    this.state.set({ ...now, messages });
  }
}

export class FakeBedside {
  readonly me = box<Me | null>(null);
  readonly connection = box<ConnectionInfo>({ state: 'open', attempt: 0 });
  readonly topics = new Map<string, Box<TopicState | null>>();
  readonly listeners = new Map<string, Set<(event: Event) => void>>();
  readonly visits = new Map<string, FakeVisit>();
  readonly conversations = new Map<string, FakeConversation>();
  readonly mailboxNow = box<MailboxNow>({ status: 'live', fault: null, cards: [], unread: 0 });
  readonly pending = box<readonly PendingMessage[]>([]);
  readonly uploads = new Map<string, FakeUpload>();
  /** Whether this browser keeps files beyond the page. */
  keepsFiles = true;
  /** What happens to files that are chosen. */
  uploadsAs: Partial<UploadNow>[] = [];
  readonly calls: Call[] = [];
  /** Answers by operation; one that is a function is asked with the params, an error is thrown. */
  readonly answers = new Map<keyof OperationMap, unknown>();
  /** Sign-in and links fail with this. */
  refusal: Error | null = null;
  signsInAs: Me = me('patient');

  async signIn(...args: unknown[]): Promise<Me> {
    this.calls.push({ name: 'signIn', args });
    if (this.refusal) throw this.refusal;
    this.me.set(this.signsInAs);
    return this.signsInAs;
  }

  verifyFactor = (...args: unknown[]) => this.#opens('verifyFactor', args);

  beginPasskey = () => this.call('auth.begin_passkey', {});

  signInPasskey = (...args: unknown[]) => this.#opens('signInPasskey', args);

  askReset = (email: string) => this.call('auth.ask_reset', { email });

  resetPassword = (link_token: string, password: string) =>
    this.call('auth.reset_password', { link_token, password });

  /** Providers with a button. */
  providerCards: readonly ProviderCard[] = [];

  providers = async () => this.providerCards;

  providerAddress = (id: string) => `/v1/auth/oidc/${id}/start`;

  finishProvider = () => this.#opens('finishProvider', []);

  beginLink = async (id: string): Promise<string> => {
    const begun = await this.call('identity.begin_link', { provider_id: id });
    return (begun as LinkBegun).url;
  };

  linkIdentity = () => this.call('identity.link', {});

  async #opens(name: string, args: unknown[]): Promise<Me> {
    this.calls.push({ name, args });
    if (this.refusal) throw this.refusal;
    this.me.set(this.signsInAs);
    return this.signsInAs;
  }

  async openLink(...args: unknown[]): Promise<VideoSession> {
    this.calls.push({ name: 'openLink', args });
    if (this.refusal) throw this.refusal;
    this.me.set(this.signsInAs);
    return { room_id: VISIT_ID, me: this.signsInAs, token: '', expires_at: 0, ice_servers: [] };
  }

  async register(...args: unknown[]): Promise<Me> {
    this.calls.push({ name: 'register', args });
    if (this.refusal) throw this.refusal;
    this.me.set(this.signsInAs);
    return this.signsInAs;
  }

  /** The hub's clock; ahead by what a test says. */
  ahead = 0;
  hubTime(): number {
    return Date.now() + this.ahead;
  }

  /** Who it is after the next look; the same as before when absent. */
  becomes: Me | null = null;
  async resume(): Promise<Me | null> {
    if (this.becomes) this.me.set(this.becomes);
    return this.me.get();
  }

  async signOut(): Promise<void> {
    this.calls.push({ name: 'signOut', args: [] });
    this.reset();
  }

  reset(): void {
    this.me.set(null);
  }

  async call(op: keyof OperationMap, params: unknown, _options?: CallOptions): Promise<unknown> {
    this.calls.push({ name: op, args: [params] });
    const given = this.answers.get(op);
    const answer = typeof given === 'function' ? given(params) : given;
    if (answer instanceof Error) throw answer;
    return answer;
  }

  topic(name: string): Box<TopicState | null> {
    const known = this.topics.get(name) ?? box<TopicState | null>(null);
    this.topics.set(name, known);
    return known;
  }

  /** An event of a topic, for whoever listens. */
  tell(topic: string, event: Event): void {
    for (const listener of this.listeners.get(topic) ?? []) listener(event);
  }

  follow(topic: string): Following {
    return {
      state: this.topic(topic),
      status: box<'live'>('live'),
      fault: box<Fault | null>(null),
      onEvent: (listener: (event: Event) => void) => {
        const listeners = this.listeners.get(topic) ?? new Set();
        this.listeners.set(topic, listeners.add(listener));
        return () => listeners.delete(listener);
      },
      stop: () => {},
    } as unknown as Following;
  }

  visitOf(id: string = VISIT_ID): FakeVisit {
    const known = this.visits.get(id) ?? new FakeVisit(id);
    this.visits.set(id, known);
    return known;
  }

  visit(id: string): Visit {
    return this.visitOf(id) as unknown as Visit;
  }

  conversationOf(id: string): FakeConversation {
    const known = this.conversations.get(id) ?? new FakeConversation(id, this);
    this.conversations.set(id, known);
    return known;
  }

  conversation(id: string): Conversation {
    return this.conversationOf(id) as unknown as Conversation;
  }

  mailbox(_personId: string): Mailbox {
    return { state: this.mailboxNow } as unknown as Mailbox;
  }

  async files(): Promise<FilePart> {
    return {
      outlivesThePage: Promise.resolve(this.keepsFiles),
      uploadOf: (key: string) => this.uploads.get(key),
    } as unknown as FilePart;
  }

  get pendingCount(): number {
    return this.pending.get().length;
  }

  async retryMessage(key: string, override?: Override): Promise<void> {
    this.calls.push({ name: 'retryMessage', args: override ? [key, override] : [key] });
  }

  async discardMessage(key: string): Promise<void> {
    this.calls.push({ name: 'discardMessage', args: [key] });
  }

  /** As the screens want it. */
  asBedside(): Bedside {
    return this as unknown as Bedside;
  }
}
