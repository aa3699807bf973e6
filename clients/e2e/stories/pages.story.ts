/** Every page of everybody, in both widths and both colour schemes. Which those are is said by the table of pages alone. */
import { pageOf } from '../../portals/src/app/pages.ts';
import type { SignIn } from '../support/hub.ts';
import {
  ACCOUNT_ROLES,
  type AccountRole,
  type Ids,
  NAMES,
  NOWHERE,
  pagesOf,
} from '../support/pages.ts';
import type { Person } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();
story.setTimeout(240_000);

/** What stands behind the addresses of links. */
const LINK = `#${'A'.repeat(43)}`;
/** Who is not signed in: to these pages they come from outside. */
const OF_NOBODY = [
  '/',
  '/register',
  '/forgot',
  '/join',
  `/join${LINK}`,
  '/reset',
  `/reset${LINK}`,
  `/welcome${LINK}`,
  NOWHERE,
];
const SOMETHING = '01a22a8a-1931-7071-879b-3dd308f4e641';

async function idsFor(role: AccountRole): Promise<Ids> {
  const [ana, bela] = [await hub().demoPerson('patient'), await hub().demoPerson('clinician')];
  const conversation = await hub().writes(ana, bela, 'Shall I have my tablets at hand?');
  const { person_id: person } = role === 'clinician' ? ana : bela;
  return { visit: await hub().demoVisit(), person, conversation };
}

function accountOf(role: AccountRole): Promise<SignIn> {
  return role === 'support' ? hub().createPerson('Sue Sample', role) : hub().demoPerson(role);
}

/** First words of the buttons that open something over a page, or in it. */
const OPENS =
  /^(New|Add|Edit|Place|Change|History|Details|Search messages|Out of office|Keyboard shortcuts|Hand over|Ask for|Agree|What|Who is|Save these|Suspend|Reset|Link)\b/;

/** On which pages which have been opened: what several roles have is the same. */
const opened = new Set<string>();

/** Looks at the page that is open, with all that its tabs show and its buttons open. */
async function looksAround(person: Person, again: () => Promise<void>): Promise<void> {
  const tabs = person.page.getByRole('main').getByRole('tab');
  const comesTo = async (at: number) => {
    if (at === 0) return;
    await tabs.nth(at).click();
    await person.seesItWhole();
  };
  const count = Math.max(1, await tabs.count());
  for (let at = 0; at < count; at += 1) {
    await comesTo(at);
    await person.findsThePageFit();
    for (const name of await opening(person)) {
      const asked = `${pageOf(new URL(person.page.url()).pathname).name} ${name}`;
      if (opened.has(asked)) continue;
      opened.add(asked);
      await person.page.getByRole('main').getByRole('button', { name }).first().click();
      await person.findsWhatOpenedFit();
      await person.page.keyboard.press('Escape');
      await again();
      await comesTo(at);
    }
  }
}

/** The first button of each kind that opens something. */
async function opening(person: Person): Promise<RegExp[]> {
  const buttons = person.page
    .getByRole('main')
    .getByRole('button', { name: OPENS, disabled: false });
  const names = await buttons.evaluateAll((all) =>
    all.map((it) => it.getAttribute('aria-label') ?? it.textContent ?? ''),
  );
  const words = names.map((it) => OPENS.exec(it.trim())?.[0] ?? '');
  return [...new Set(words)].filter((it) => it !== '').map((it) => new RegExp(`^${it}\\b`));
}

/** Each page says in its title which one it is. */
class Titles {
  readonly #owners = new Map<string, string>();

  async areTold(person: Person, address: string): Promise<void> {
    const title = await person.page.title();
    const owner = this.#owners.get(title) ?? pageOf(address).name;
    expect.soft(title, `the title of ${address}`).toMatch(/^.+ · Bedside$/);
    expect.soft(owner, `whose title “${title}” is`).toBe(pageOf(address).name);
    this.#owners.set(title, owner);
  }
}

story('no page is without somebody who looks at it', () => {
  const ids = { visit: SOMETHING, person: SOMETHING, conversation: SOMETHING };
  const all = [...OF_NOBODY, ...ACCOUNT_ROLES.flatMap((role) => pagesOf(role, ids))];
  const seen = all.map((it) => pageOf(new URL(it, 'http://x').pathname).name);
  expect(NAMES.filter((name) => !seen.includes(name))).toEqual([]);
});

story('the pages of nobody are fit', async ({ arrive }) => {
  const titles = new Titles();
  const nobody = await arrive('Nobody');
  for (const address of OF_NOBODY) {
    await nobody.page.goto('about:blank');
    await nobody.page.goto(`${hub().url}${address}`);
    await nobody.seesItWhole();
    await titles.areTold(nobody, new URL(address, hub().url).pathname);
    await looksAround(nobody, () => nobody.seesItWhole());
  }
});

for (const role of ACCOUNT_ROLES) {
  story(`the pages of role ${role} are fit`, async ({ arrive }) => {
    const ids = await idsFor(role);
    const titles = new Titles();
    const person = await arrive(role);
    await person.signsIn(await accountOf(role), hub().url);
    await person.seesItWhole();
    for (const address of [...pagesOf(role, ids), NOWHERE]) {
      await person.goesTo(address);
      expect(new URL(person.page.url()).pathname, 'where they are').toBe(address);
      await titles.areTold(person, address);
      await looksAround(person, () => person.goesTo(address));
    }
  });
}
