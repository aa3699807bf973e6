import { act, screen, within } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import {
  chat,
  conversation,
  conversationId,
  mailbox,
  manyCards,
  manyMessages,
  PETRA,
  thread,
} from '../dev/chat.ts';
import { clinic } from '../dev/clinic.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { me } from '../dev/samples.ts';
import { ROWS } from '../parts/useMore.ts';
import { show } from '../testing/show.tsx';
import { AT_END, MOST_SHOWN, STEP } from './window.ts';
// Loaded before the first test: a page that is loaded late takes long on a busy machine.
import './MessagesPage.tsx';

const FIRST = conversationId(1);

const asPatient = (over: (bedside: FakeBedside) => void) => (bedside: FakeBedside) => {
  clinic(bedside);
  bedside.me.set(me('patient'));
  chat(bedside, PETRA);
  over(bedside);
};

const articles = () => document.querySelectorAll('article');
const shows = (number: number) =>
  screen.queryByText(new RegExp(`^Plainly fictional message number ${number}\\.`)) !== null;

it('of five thousand messages a part is on the page, and more of them on the way to the begin', async () => {
  const { bedside, user } = show(
    `/messages/${FIRST}`,
    asPatient((it) =>
      it
        .conversationOf(FIRST)
        .state.set(thread(conversation(1, PETRA), manyMessages(Date.now(), 5_000))),
    ),
  );
  await screen.findByTestId('thread');
  expect(shows(5_000)).toBe(true);
  expect(articles()).toHaveLength(AT_END);
  for (let step = 1; step <= 4; step += 1) {
    await user.click(screen.getByText('Show earlier messages'));
    expect(shows(5_000 - AT_END - step * STEP + 1)).toBe(true);
    expect(articles().length).toBeLessThanOrEqual(MOST_SHOWN);
  }
  // They were here: the hub was not asked. The end is one click away.
  const talk = bedside.conversationOf(FIRST);
  expect(talk.calls.map((it) => it.name)).not.toContain('loadOlder');
  expect(shows(5_000)).toBe(false);
});

it('the message that was looked for is on the page, however far up it stands', async () => {
  const { bedside, user } = show(
    `/messages/${FIRST}`,
    asPatient((it) =>
      it
        .conversationOf(FIRST)
        .state.set(thread(conversation(1, PETRA), manyMessages(Date.now(), 5_000))),
    ),
  );
  await screen.findByTestId('thread');
  const [, found] = bedside.conversationOf(FIRST).state.get().messages;
  bedside.answers.set('message.search', { found: [{ conversation_id: FIRST, message: found }] });
  await user.click(screen.getByRole('button', { name: /^Search in messages with/ }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Words to look for'), 'fictional{Enter}');
  await user.click(await within(dialog).findByRole('button', { name: /number 2\./ }));
  await vi.waitFor(() => expect(document.activeElement?.textContent).toMatch(/number 2\./));
  expect(articles().length).toBeLessThanOrEqual(MOST_SHOWN);
});

it('a list of five hundred conversations grows while one goes down, and has the open one in any case', async () => {
  const ends: (() => void)[] = [];
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      readonly #tell: (entries: object[]) => void;
      constructor(tell: (entries: object[]) => void) {
        this.#tell = tell;
      }
      observe() {
        ends.push(() => this.#tell([{ isIntersecting: true }]));
      }
      disconnect() {}
    },
  );
  const cards = manyCards(Date.now(), 500);
  show(
    '/messages',
    asPatient((it) => it.mailboxNow.set(mailbox(cards))),
  );
  const rows = () => screen.getAllByRole('link', { name: /Dr\. Number/ });
  await screen.findByText('Dr. Number 1');
  expect(rows()).toHaveLength(ROWS);
  act(() => ends.at(-1)?.());
  expect(rows()).toHaveLength(2 * ROWS);
  vi.unstubAllGlobals();
});
