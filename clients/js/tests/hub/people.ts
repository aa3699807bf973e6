/** People with this library in their hands, at a real hub, each behind a network of their own. */
import { type Account, Hub } from '../../../e2e/support/hub.js';
import { Bedside, type Conversation, memoryStore, type OutboxStore } from '../../src/index.js';
import { FaultProxy } from './proxy.js';

export { Hub };

/** Longer than anything here takes on a busy machine. */
const PATIENCE_MS = 25_000;
const LOOK_MS = 20;

/** Somebody behind a network that fails when it is told to. */
export interface Person {
  readonly bedside: Bedside;
  readonly proxy: FaultProxy;
  leaves(): Promise<void>;
}

/** Signs somebody in. REST goes to the hub, the socket through the proxy. */
export const person = async (
  hub: Hub,
  account: Account,
  codec: 'json' | 'msgpack' = 'msgpack',
  outbox: OutboxStore = memoryStore(),
): Promise<Person> => {
  const proxy = await FaultProxy.start(hub.url);
  const bedside = new Bedside({
    origin: hub.url,
    codec,
    outbox,
    locks: null,
    tabs: null,
    socket: (url, protocol) => {
      const through = new URL(url);
      through.host = proxy.address;
      return new WebSocket(through, protocol);
    },
  });
  await bedside.signIn(account.email, account.password);
  return {
    bedside,
    proxy,
    leaves: async () => {
      await bedside.signOut().catch(() => undefined);
      await proxy.stop();
    },
  };
};

/** Somebody who comes by a join link. */
export const guest = async (hub: Hub, joinToken: string): Promise<Bedside> => {
  const bedside = new Bedside({ origin: hub.url, outbox: memoryStore(), locks: null, tabs: null });
  await bedside.openLink(joinToken);
  return bedside;
};

/** Waits until it is so. */
export const until = async (what: string, isSo: () => boolean): Promise<void> => {
  const late = Date.now() + PATIENCE_MS;
  while (!isSo()) {
    if (Date.now() > late) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};

/** What a conversation says, as it is shown. */
export const texts = (conversation: Conversation): string[] =>
  conversation.state.get().messages.map((it) => it.body ?? '');
