/**
 * THE WHOLE CLIENT: the core, visits with their media, conversations with their outbox.
 *
 * What waits in the outbox outlives a reload, a session and a browser that was closed; it is wiped by `signOut`, and by
 * nothing else that this client does by itself, except when the hub revokes whose it is.
 */
import { Conversation } from './conversation.js';
import { Core, type CoreOptions, newKey } from './core.js';
import type { FilePart, FilesSource } from './files-part.js';
import { browserStore, browserTabs } from './kept.js';
import { Mailbox } from './mailbox.js';
import { decode, encode } from './msgpack.js';
import {
  Outbox,
  type OutboxLocks,
  type OutboxStore,
  type OutboxTabs,
  type PendingMessage,
} from './outbox.js';
import { browserPlatform, type MediaPlatform } from './platform.js';
import type {
  IdentityCard,
  LinkBegun,
  Me,
  Override,
  PersonId,
  ProviderCard,
  Providers,
  VideoSession,
} from './protocol.gen.js';
import { post } from './rest.js';
import type { Codec } from './socket.js';
import type { Store } from './store.js';
import { Visit } from './visit.js';

/** How a client is made. Everything has a default in a browser. */
export interface BedsideOptions extends CoreOptions {
  /** How frames are written; JSON is for reading along. */
  codec?: Codec;
  platform?: MediaPlatform;
  /** Where messages wait until the hub has them; the browser's IndexedDB when absent. */
  outbox?: OutboxStore;
  /** How the part of files is loaded, where files are sent: `() => import('@bedside/client/files')`. */
  files?: FilesSource;
  /** Lets one tab send at a time; the browser's Web Locks when absent, every tab when `null`. */
  locks?: OutboxLocks | null;
  /** How tabs hear of each other's messages; a BroadcastChannel when absent. */
  tabs?: OutboxTabs | null;
}

/** Signing out waits for the wipe of what waits at most so long: a browser's database can hang. */
const WIPED_WITHIN_MS = 3_000;

/** A client of one hub, in one tab. */
export class Bedside extends Core {
  /** What was written and is not with the hub yet, of all conversations, in the order in which it was written. */
  readonly pending: Store<readonly PendingMessage[]>;

  readonly #platform: MediaPlatform;
  readonly #outbox: Outbox;
  readonly #source: FilesSource | undefined;
  #files: Promise<FilePart> | undefined;
  readonly #visits = new Map<string, Visit>();
  readonly #conversations = new Map<string, Conversation>();
  readonly #mailboxes = new Map<string, Mailbox>();
  #iceServers: RTCIceServer[] = [];

  constructor(options: BedsideOptions = {}) {
    super(options.codec === 'json' ? options : { binary: { encode, decode }, ...options });
    this.#source = options.files;
    this.#platform = options.platform ?? browserPlatform;
    this.#outbox = new Outbox({
      store: options.outbox ?? browserStore(),
      clock: this.clock,
      random: this.random,
      newKey,
      hubTime: () => this.hubTime(),
      call: (params, how) => this.call('message.send', params, how),
      files: () => this.files(),
      locks: options.locks === undefined ? globalThis.navigator?.locks : options.locks,
      channel: options.tabs === undefined ? browserTabs() : options.tabs,
    });
    this.pending = this.#outbox.pending;
    this.me.subscribe(() => this.#outbox.open(ownerOf(this.me.get())));
  }

  /** How many messages were written and are not with the hub yet: to ask before signing out. */
  get pendingCount(): number {
    return this.pending.get().length;
  }

  override async openLink(joinToken: string): Promise<VideoSession> {
    const session = await super.openLink(joinToken);
    this.#iceServers = session.ice_servers;
    return session;
  }

  /**
   * Ends the session, here in any case and at the hub if it can be reached, and wipes everything, messages that wait to
   * be sent included.
   *
   * @throws whatever kept this browser from wiping messages, or the hub from hearing of it; what can be done is done.
   */
  override async signOut(): Promise<void> {
    try {
      await this.#wiped();
    } finally {
      await super.signOut();
    }
  }

  /** Asks for a link to choose a new password. Whether there is such an account nobody is told; where there is, it comes by e-mail. */
  async askReset(email: string): Promise<void> {
    await post(this.http, '/v1/auth/password/ask', { email });
  }

  /** Chooses a password by a link that came by e-mail. It is good once, and signs nobody in. */
  async resetPassword(link_token: string, password: string): Promise<void> {
    await post(this.http, '/v1/auth/password/reset', { link_token, password });
  }

  /** OpenID providers that sign people in here; none when the hub cannot be asked. */
  async providers(): Promise<readonly ProviderCard[]> {
    const { origin, fetch } = this.http;
    const answer = await fetch(`${origin}/v1/providers`).catch(() => undefined);
    return answer?.ok ? ((await answer.json()) as Providers).providers : [];
  }

  /** Where a browser goes that is to be signed in by a provider. It comes back to the page of the hub, with `#provider=…`. */
  providerAddress(providerId: string): string {
    return `${this.http.origin}/v1/auth/oidc/${encodeURIComponent(providerId)}/start`;
  }

  /** Where this browser goes so that an identity of a provider is linked to the account that is signed in. */
  async beginLink(provider_id: string): Promise<string> {
    const token = await this.http.token();
    const path = '/v1/auth/identities/begin';
    return (await post<LinkBegun>(this.http, path, { provider_id }, { token })).body.url;
  }

  /** Links the identity that the provider has named to this browser. */
  async linkIdentity(): Promise<IdentityCard> {
    const token = await this.http.token();
    return (await post<IdentityCard>(this.http, '/v1/auth/identities', {}, { token })).body;
  }

  /** The part of files, loaded when it is needed first. Rejects where there is none, or it cannot be loaded. */
  files(): Promise<FilePart> {
    const { connection, clock, random } = this;
    this.#files ??= Promise.resolve(this.#source?.()).then((it) => {
      if (!it) throw new Error('Made without `files`.');
      return it.openFiles({
        ...this.http,
        clock,
        random,
        newKey,
        call: (op, params, options) => this.call(op, params, options),
        onLive: (listener) =>
          connection.subscribe(() => connection.get().state === 'open' && listener()),
      });
    });
    // Next time it is tried again.
    this.#files.catch(() => {
      this.#files = undefined;
    });
    return this.#files;
  }

  /** A wipe that takes longer goes on by itself. */
  #wiped(): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(WIPED_WITHIN_MS, resolve);
      this.#wipeAll().then(resolve, reject).finally(cancel);
    });
  }

  async #wipeAll(): Promise<void> {
    const owner = ownerOf(this.me.get());
    await this.#outbox.wipe();
    // Whoever sent no files has none here.
    if (owner && this.#source && (this.#files || (await areKept()))) {
      await (await this.files()).wipe(owner);
    }
  }

  /** The visit of an appointment; the same object for the same id. */
  visit(appointmentId: string): Visit {
    const known = this.#visits.get(appointmentId);
    if (known) return known;
    const visit = new Visit(
      {
        clock: this.clock,
        random: this.random,
        platform: this.#platform,
        call: (op, params, options) => this.call(op, params, options),
        follow: (topic) => this.follow(topic),
      },
      appointmentId,
    );
    visit.setIceServers(this.#iceServers);
    this.#visits.set(appointmentId, visit);
    return visit;
  }

  /** A conversation; the same object for the same id. */
  conversation(conversationId: string): Conversation {
    const known = this.#conversations.get(conversationId);
    if (known) return known;
    const conversation = new Conversation(
      {
        clock: this.clock,
        outbox: this.#outbox,
        files: () => this.files(),
        call: (op, params, options) => this.call(op, params, options),
        follow: (topic) => this.follow(topic),
      },
      conversationId,
    );
    this.#conversations.set(conversationId, conversation);
    return conversation;
  }

  /** The list of a person's conversations; the same object for the same id. */
  mailbox(personId: PersonId): Mailbox {
    const known = this.#mailboxes.get(personId);
    if (known) return known;
    const mailbox = new Mailbox(
      {
        clock: this.clock,
        call: (op, params, options) => this.call(op, params, options),
        follow: (topic) => this.follow(topic),
      },
      personId,
    );
    this.#mailboxes.set(personId, mailbox);
    return mailbox;
  }

  /** Sends a message anew that was refused, as one written now; `override` when the hub warned of it. */
  retryMessage(key: string, override?: Override): Promise<void> {
    return this.#outbox.retry(key, override);
  }

  /** Throws a message away that was refused. */
  discardMessage(key: string): Promise<void> {
    return this.#outbox.discard(key);
  }

  protected override welcomed(): void {
    this.#outbox.live();
  }

  protected override lost(): void {
    this.#outbox.lost();
  }

  protected override revoked(): void {
    // Whoever may not write any more leaves nothing behind to be sent.
    this.#wipeAll().catch(() => undefined);
  }

  protected override networkChanged(): void {
    for (const visit of this.#visits.values()) visit.networkChanged();
  }

  protected override wipe(): void {
    for (const it of this.#visits.values()) it.reset();
    for (const it of this.#conversations.values()) it.reset();
    for (const it of this.#mailboxes.values()) it.reset();
    this.#visits.clear();
    this.#conversations.clear();
    this.#mailboxes.clear();
    this.#iceServers = [];
    this.#files?.then((it) => it.stop()).catch(() => undefined);
    super.wipe();
  }
}

/** Whether files were ever kept in this browser, as far as it tells. */
const areKept = async (): Promise<boolean> =>
  (await globalThis.indexedDB?.databases?.())?.some((it) => it.name === 'bedside-files') ?? false;

/** Whose messages these are. A session from a join link knows one visit only, and sends what was written in it. */
const ownerOf = (me: Me | null): string | null => {
  if (!me) return null;
  return me.visit ? `visit:${me.visit.participant_id}` : `person:${me.person_id ?? me.session_id}`;
};
