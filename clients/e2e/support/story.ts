/** A STORY: people arrive in browsers of their own; afterwards none of them may have met a fault of the page. */
import { type Browser, type BrowserContextOptions, test as base, expect } from '@playwright/test';
import { Hub } from './hub.ts';
import { Person } from './people.ts';

export interface Arrival extends BrowserContextOptions {
  /** Another browser than the one that says yes to every device. */
  browser?: Browser;
}

export type Arrive = (name: string, arrival?: Arrival) => Promise<Person>;

export const story = base.extend<{ arrive: Arrive }>({
  arrive: async ({ browser }, use) => {
    const people: Person[] = [];
    await use(async (name, { browser: own = browser, ...options } = {}) => {
      const context = await own.newContext({
        viewport: { width: 1280, height: 800 },
        timezoneId: 'Europe/Berlin',
        locale: 'en-GB',
        ...options,
      });
      const person = await Person.arrives(name, context);
      people.push(person);
      return person;
    });
    for (const person of people) {
      await person.goesAway();
      expect(person.troubles, `what went wrong in the page of ${person.name}`).toEqual([]);
    }
  },
});

export { expect };

type Settings = Record<string, string>;

/** The hub of one file of stories; what it is set by may have to be made first. */
export function aHub(settings: Settings | (() => Promise<Settings>) = {}): () => Hub {
  let hub: Hub | undefined;
  story.beforeAll(async () => {
    hub = await Hub.start(typeof settings === 'function' ? await settings() : settings);
  });
  story.afterAll(async () => {
    await hub?.stop();
  });
  return () => {
    if (!hub) throw new Error('the hub is started before the first story');
    return hub;
  };
}
