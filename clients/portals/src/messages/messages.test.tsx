import type { ConversationNow, InboxMessage, Message } from '@bedside/client';
import { BedsideError } from '@bedside/client';
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  chat,
  conversation,
  conversationCard,
  conversationId,
  INES,
  KARL,
  mailbox,
  message,
  messageId,
  PETRA,
  pending,
  refused,
  thread,
} from '../dev/chat.ts';
import { clinic } from '../dev/clinic.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { card, MINUTE, me, participant, personId, VISIT_ID, visitView } from '../dev/samples.ts';
import { practitioner } from '../dev/schedule.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { type Shown, show } from '../testing/show.tsx';

const FIRST = conversationId(1);
const path = `/messages/${FIRST}`;

/** What is on the screen is what a test says. */
const observers: FakeIntersections[] = [];
class FakeIntersections {
  readonly #tell: IntersectionObserverCallback;
  readonly #targets = new Set<Element>();
  readonly options: IntersectionObserverInit;
  constructor(tell: IntersectionObserverCallback, options: IntersectionObserverInit = {}) {
    this.#tell = tell;
    this.options = options;
    observers.push(this);
  }
  observe(target: Element): void {
    this.#targets.add(target);
  }
  unobserve(): void {}
  disconnect(): void {
    this.#targets.clear();
  }
  see(isSeen: (offset: number) => boolean): void {
    const entries = [...this.#targets].map((target) => ({
      target,
      isIntersecting: isSeen(Number(target.getAttribute('data-offset'))),
    }));
    this.#tell(entries as unknown as IntersectionObserverEntry[], this as never);
  }
}

/** Noon: what was written half an hour ago was written today, also when the tests run after midnight. */
const NOON = new Date().setHours(12, 0, 0, 0);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  observers.length = 0;
  vi.stubGlobal('IntersectionObserver', FakeIntersections);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const as =
  (who: typeof PETRA, over: (bedside: FakeBedside) => void = () => {}) =>
  (bedside: FakeBedside) => {
    clinic(bedside);
    bedside.me.set(me(who === KARL ? 'clinician' : 'patient'));
    bedside.answers.set('practitioner.list', {
      practitioners: [practitioner(), practitioner(21, 'Dr. Lena Placeholder')],
    });
    chat(bedside, who);
    over(bedside);
  };

const first = (bedside: FakeBedside) => bedside.conversationOf(FIRST);
const change = (bedside: FakeBedside, over: Partial<ConversationNow>) =>
  act(() => first(bedside).state.set({ ...first(bedside).state.get(), ...over }));
const calls = (bedside: FakeBedside, name: string) =>
  first(bedside).calls.filter((it) => it.name === name);
const field = () => screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Your message' });
const said = () => screen.getByTestId('announcements').textContent;
const opened = async (shown: Shown) => {
  await screen.findByTestId('thread');
  return shown;
};

describe('the list', () => {
  it('shows with whom, what was last, and what is new; nothing is wrong with it', async () => {
    show('/messages', as(PETRA));
    const list = await screen.findByRole('region', { name: 'Conversations' });
    const rows = within(list).getAllByRole('link', { name: /Dr\. Karl Sample/ });
    expect(rows[0]?.textContent).toContain('I am here as well.');
    expect(rows[0]?.textContent).toContain('1 not read');
    expect(rows[1]?.textContent).toContain('You: Shall I go on');
    expect(screen.getByRole('link', { name: /^Messages.*3 new messages/ })).toBeTruthy();
    expect(screen.getByRole('link', { name: /^Notices.*2 new notices/ })).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('counts what waits once: not as a notice as well', async () => {
    show(
      '/messages',
      as(PETRA, (it) => {
        const list = it.answers.get('inbox.list') as () => { messages: InboxMessage[] };
        const { messages } = list();
        const [notice] = messages;
        if (!notice) throw new Error('the clinic has notices');
        const told = { ...notice, topic: 'new_message' } as InboxMessage;
        it.answers.set('inbox.list', { messages: [told, ...messages] });
      }),
    );
    await screen.findByRole('link', { name: /^Messages.*3 new messages/ });
    expect(screen.getByRole('link', { name: /^Notices.*2 new notices/ })).toBeTruthy();
  });

  it('leads a clinician to who waits for an answer', async () => {
    const { user } = show(
      '/messages',
      as(KARL, (it) => {
        const waits = conversation(3, KARL, { status: 'needs_answer' });
        it.mailboxNow.set(
          mailbox([
            conversationCard(conversation(1, KARL), message(1, PETRA, 0, 'settled')),
            conversationCard(waits, message(2, PETRA, 0, 'a question'), { unread: 1 }),
          ]),
        );
      }),
    );
    await user.click(await screen.findByRole('button', { name: /^Needs an answer/ }));
    expect(screen.queryByText('settled')).toBeNull();
    expect(screen.getByText('a question')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('teaches how a conversation begins while there is none', async () => {
    show(
      '/messages',
      as(PETRA, (it) => it.mailboxNow.set(mailbox([]))),
    );
    expect(await screen.findByText(/Open one of your visits/)).toBeTruthy();
  });

  it('tells a new message of another thread, wherever the person is', async () => {
    const { bedside } = show('/', as(PETRA));
    await screen.findByRole('link', { name: /^Messages/ });
    act(() =>
      bedside.mailboxNow.set(
        mailbox([
          conversationCard(conversation(1, PETRA), message(30, KARL, 0, 'news'), { unread: 1 }),
        ]),
      ),
    );
    await waitFor(() => expect(said()).toContain('New message from Dr. Karl Sample'));
  });
});

describe('a thread', () => {
  it('shows days, names, texts and links; nothing is wrong with it', async () => {
    await opened(show(path, as(PETRA)));
    const place = screen.getByTestId('thread');
    expect(place.textContent).toContain('Today, times in');
    const link = within(place).getByRole('link', { name: /leaflets/ });
    expect(link.getAttribute('rel')).toContain('noopener');
    expect(link.getAttribute('href')).toBe('https://clinic.example/leaflets/cream.pdf');
    expect(within(place).getByText('edited')).toBeTruthy();
    expect(screen.getByText('Online')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('shows markup as the letters that it is', async () => {
    const evil = '<img src=x onerror=alert(1)> javascript:alert(1)';
    await opened(
      show(
        path,
        as(PETRA, (it) => {
          first(it).state.set(thread(conversation(1, PETRA), [message(1, KARL, 0, evil)]));
        }),
      ),
    );
    const text = screen.getByText(evil);
    expect(text.getAttribute('dir')).toBe('auto');
    expect(text.querySelector('img, a')).toBeNull();
  });

  it('says how far one’s own messages got', async () => {
    const { bedside } = await opened(show(path, as(PETRA)));
    const marks = (delivered: number, displayed: number) => [
      { member_id: KARL.member_id, delivered, displayed },
    ];
    change(bedside, { marks: marks(9, 9) });
    expect(screen.getAllByText('Read').length).toBeGreaterThan(0);
    change(bedside, { marks: marks(9, 6) });
    expect(screen.getAllByText('Delivered')).toHaveLength(1);
    change(bedside, { marks: marks(6, 6) });
    expect(screen.getAllByText('Sent')).toHaveLength(1);
  });

  it('tells what others write, and not what one writes oneself', async () => {
    const { bedside } = await opened(show(path, as(PETRA)));
    act(() => first(bedside).post('My own words'));
    expect(said()).not.toContain('My own words');
    act(() => first(bedside).post('Please go on.', { member_id: KARL.member_id }));
    expect(said()).toContain('New message from Dr. Karl Sample: Please go on.');
  });

  it('marks as read what was on the screen of a page that is looked at, and nothing else', async () => {
    const { bedside } = await opened(show(path, as(PETRA)));
    const look = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    act(() => observers.at(-1)?.see((offset) => offset <= 4));
    expect(calls(bedside, 'markDisplayed')).toEqual([]);
    look.mockReturnValue('visible');
    act(() => void document.dispatchEvent(new Event('visibilitychange')));
    expect(calls(bedside, 'markDisplayed').at(-1)?.args).toEqual([4]);
    act(() => observers.at(-1)?.see((offset) => offset <= 7));
    expect(calls(bedside, 'markDisplayed').at(-1)?.args).toEqual([7]);
  });

  it('marks nothing as read behind a locked page', async () => {
    const idle = me('patient', { idle_after_s: 600 });
    sessionStorage.setItem(`bedside.locked.${idle.session_id}`, '1');
    const { bedside } = await opened(
      show(path, (it) => {
        as(PETRA)(it);
        it.me.set(idle);
      }),
    );
    expect(screen.getByRole('dialog', { name: 'Locked' })).toBeTruthy();
    act(() => observers.at(-1)?.see((offset) => offset <= 4));
    expect(calls(bedside, 'markDisplayed')).toEqual([]);
    sessionStorage.clear();
  });

  it('counts as seen what the window shows, not what lies below it', async () => {
    await opened(show(path, as(PETRA)));
    const seeing = observers.filter((it) => it.options.threshold === 0);
    expect(seeing.length).toBeGreaterThan(0);
    for (const it of seeing) expect(it.options.root ?? null).toBeNull();
  });

  it('says who is writing and where they are, in words', async () => {
    const { bedside } = await opened(show(path, as(PETRA)));
    change(bedside, {
      typing: [KARL.member_id],
      presence: [{ member_id: KARL.member_id, presence: 'in_visit' }],
    });
    expect(screen.getByTestId('typing').textContent).toBe('Dr. Karl Sample is writing …');
    expect(screen.getByText('In a visit')).toBeTruthy();
  });

  it('loads what is older', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    first(bedside).older = [message(1, KARL, 0, 'long ago')];
    change(bedside, { hasOlder: true });
    await user.click(screen.getByRole('button', { name: 'Show earlier messages' }));
    expect(await screen.findByText('long ago')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Show earlier messages' })).toBeNull();
  });

  it('that is not theirs any more says so and leads back', async () => {
    const { user } = show(
      path,
      as(PETRA, (it) => {
        const { state } = first(it);
        state.set({ ...state.get(), status: 'denied', conversation: null, messages: [] });
      }),
    );
    await screen.findByRole('heading', { name: 'You are not part of this conversation' });
    await user.click(screen.getByRole('button', { name: 'Show my messages' }));
    expect(location.pathname).toBe('/messages');
  });

  it('that is not theirs any more still has what was refused, and the list leads there', async () => {
    const lost = pending(5, 'Too late', { fault: refused, conversation_id: conversationId(9) });
    const { bedside, user } = show(
      '/messages',
      as(PETRA, (it) => {
        it.pending.set([lost]);
        const { state } = it.conversationOf(conversationId(9));
        state.set({ ...state.get(), status: 'denied', pending: [lost] });
      }),
    );
    await user.click(await screen.findByRole('link', { name: /^1 message was not sent/ }));
    await screen.findByRole('heading', { name: 'You are not part of this conversation' });
    expect(screen.getByText('Too late')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Throw away: Too late' }));
    expect(bedside.calls.some((it) => it.name === 'discardMessage')).toBe(true);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('tells a patient that somebody is out of office, and where one cannot write', async () => {
    const { bedside } = await opened(show(path, as(PETRA)));
    const away = { ...KARL, away_until: Date.now() + 60 * MINUTE };
    const gone = { ...PETRA, left_at: Date.now() };
    change(bedside, {
      conversation: conversation(1, PETRA, { members: [gone, away], can_write: false }),
    });
    expect(screen.getByText(/Dr\. Karl Sample is out of office until/)).toBeTruthy();
    expect(screen.getByText(/not write in it any more/)).toBeTruthy();
    expect(screen.queryByRole('textbox')).toBeNull();
  });

  it('says that what was erased cannot be read, and where one begins anew', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    const wordless = ({ body: _, files: __, ...it }: Message): Message => it;
    const { messages } = first(bedside).state.get();
    change(bedside, {
      conversation: conversation(1, PETRA, { can_write: false }),
      messages: messages.map(wordless),
    });
    expect(screen.getByText(/^What was written here was erased/)).toBeTruthy();
    // Each of them, and one that is quoted.
    expect(screen.getAllByText('This message cannot be read any more.')).toHaveLength(
      messages.length + 1,
    );
    expect(screen.queryByText('This message was taken back.')).toBeNull();
    expect(screen.queryByRole('textbox')).toBeNull();
    expect(await faultsOfPage()).toEqual([]);
    bedside.answers.set('conversation.open', {
      conversation: conversation(1, PETRA),
      active_at: 0,
      unread: 0,
    });
    await user.click(screen.getByRole('button', { name: 'Write a message to Dr. Karl Sample' }));
    expect(bedside.calls.find((it) => it.name === 'conversation.open')?.args[0]).toEqual({
      with: { kind: 'person', person_id: KARL.person_id },
    });
    change(bedside, { conversation: conversation(1, PETRA, { kind: 'visit', can_write: false }) });
    expect(screen.queryByRole('button', { name: /^Write a message to/ })).toBeNull();
  });
});

describe('writing', () => {
  it('Enter sends, Shift and Enter breaks the line, and the field is free again', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    await user.type(await field(), 'One{Shift>}{Enter}{/Shift}two{Enter}');
    expect(calls(bedside, 'send')[0]?.args).toEqual(['One\ntwo', {}]);
    expect((await field()).value).toBe('');
    await user.type(await field(), '   {Enter}');
    expect(calls(bedside, 'send')).toHaveLength(1);
    expect(calls(bedside, 'typing').length).toBeGreaterThan(0);
  });

  it('what is begun outlives a reload, for its author alone', async () => {
    const { user } = await opened(show(path, as(PETRA)));
    await user.type(await field(), 'half a sent');
    document.body.replaceChildren();
    await opened(show(path, as(PETRA)));
    expect((await field()).value).toBe('half a sent');
    document.body.replaceChildren();
    show('/', (it) => it.me.set(me('patient', { person_id: personId(77) })));
    await waitFor(() => expect(JSON.stringify({ ...sessionStorage })).not.toContain('half'));
  });

  it('what is begun goes with a session that the hub ends', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    await user.type(await field(), 'half a sent');
    act(() => {
      bedside.connection.set({ state: 'closed', attempt: 0, reason: 'signed_out' });
      bedside.reset();
    });
    await waitFor(() => expect(JSON.stringify({ ...sessionStorage })).not.toContain('half'));
  });

  it('what cannot be kept stays in the field', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    first(bedside).refusal = new Error('the disk is full');
    await user.type(await field(), 'Hello{Enter}');
    await waitFor(async () => expect((await field()).value).toBe('Hello'));
    expect(screen.getByText(/Your browser could not keep this message/)).toBeTruthy();
  });

  it('near the limit says how much room is left, beyond it does not send', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    await user.click(await field());
    await user.paste('é'.repeat(4_000));
    expect(screen.getByText('Room for about 192 more letters')).toBeTruthy();
    await user.paste('é'.repeat(100));
    expect(screen.getByText(/About 8 letters too long/)).toBeTruthy();
    await user.keyboard('{Enter}');
    expect(calls(bedside, 'send')).toEqual([]);
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Send' }).disabled).toBe(true);
  });

  it('offline it waits in sight, the banner says how many do, and refused ones can be sent anew', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    act(() => bedside.connection.set({ state: 'waiting', attempt: 2 }));
    await user.type(await field(), 'From the train{Enter}');
    const place = within(screen.getByTestId('thread'));
    expect(await place.findByText('Waiting to be sent')).toBeTruthy();
    const banner = await screen.findByTestId('connection-banner', {}, { timeout: 5_000 });
    expect(banner.textContent).toContain('1 message waits here');
    change(bedside, { pending: [pending(9, 'Too much', { fault: refused })] });
    expect(screen.getByText(/^Not sent\./)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Send again: Too much' }));
    await user.click(screen.getByRole('button', { name: 'Throw away: Too much' }));
    const asked = bedside.calls.filter((it) => it.name.endsWith('Message'));
    expect(asked.map((it) => [it.name, ...it.args])).toEqual([
      ['retryMessage', 'key-9'],
      ['discardMessage', 'key-9'],
    ]);
  });

  it('what waits is in sight before the messages are there, and why they are not is said', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    await field();
    change(bedside, { status: 'loading', conversation: null, messages: [] });
    expect(screen.queryByText(/shown as soon as you are connected/)).toBeNull();
    act(() => bedside.connection.set({ state: 'waiting', attempt: 2 }));
    expect(screen.getByText(/shown as soon as you are connected/)).toBeTruthy();
    await user.type(await field(), 'From the train{Enter}');
    const place = within(screen.getByTestId('thread'));
    expect(await place.findByText('Waiting to be sent')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('signing out asks before it deletes what waits', async () => {
    const { bedside, user } = await opened(
      show(
        path,
        as(PETRA, (it) =>
          it.pending.set([pending(1, 'unsent'), pending(2, 'refused', { fault: refused })]),
        ),
      ),
    );
    await user.click(screen.getByRole('button', { name: /^Menu of/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
    const dialog = await screen.findByRole('dialog', { name: '2 messages have not been sent' });
    expect(dialog.textContent).toContain('1 message waits: stay signed in');
    expect(dialog.textContent).toContain('1 message was refused and is not sent by itself');
    act(() => bedside.pending.set([pending(2, 'refused', { fault: refused })]));
    expect(dialog.textContent).not.toContain('stay signed in');
    expect(bedside.calls.some((it) => it.name === 'signOut')).toBe(false);
    await user.click(screen.getByTestId('confirm'));
    expect(bedside.calls.some((it) => it.name === 'signOut')).toBe(true);
  });
});

describe('what can be done with a message', () => {
  const menuOf = async (user: Shown['user'], name: RegExp) => {
    const buttons = screen.getAllByRole('button', { name });
    await user.click(buttons.at(-1) as HTMLElement);
  };

  it('it is answered, with what it said above the field', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    await menuOf(user, /^Actions for the message of Dr\. Karl Sample/);
    await user.click(await screen.findByRole('menuitem', { name: 'Reply' }));
    expect(await screen.findByText('Reply to Dr. Karl Sample')).toBeTruthy();
    await user.type(await field(), 'Fine{Enter}');
    expect(calls(bedside, 'send')[0]?.args).toEqual(['Fine', { replyTo: messageId(7) }]);
    await waitFor(() => expect(screen.queryByText('Reply to Dr. Karl Sample')).toBeNull());
  });

  it('one’s own is changed within a quarter of an hour, and the draft is kept meanwhile', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    act(() => first(bedside).post('Just writen'));
    await user.type(await field(), 'a draft');
    await menuOf(user, /^Actions for the message of You/);
    await user.click(await screen.findByRole('menuitem', { name: 'Edit' }));
    await waitFor(async () => expect((await field()).value).toBe('Just writen'));
    await user.clear(await field());
    await user.type(await field(), 'Just written{Enter}');
    expect(calls(bedside, 'edit')[0]?.args).toEqual(['message-10', 'Just written']);
    await waitFor(async () => expect((await field()).value).toBe('a draft'));
  });

  it('one’s own is deleted after a question, and what went wrong is told', async () => {
    const { bedside, user } = await opened(show(path, as(PETRA)));
    act(() => first(bedside).post('Oh no'));
    await menuOf(user, /^Actions for the message of You/);
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
    first(bedside).refusal = new BedsideError(refused);
    await user.click(await screen.findByTestId('confirm'));
    expect(await screen.findByRole('alert')).toBeTruthy();
    first(bedside).refusal = null;
    await user.click(screen.getByTestId('confirm'));
    expect(await screen.findByText('This message was taken back.')).toBeTruthy();
  });

  it('an old one cannot be changed', async () => {
    const { user } = await opened(show(path, as(PETRA)));
    await menuOf(user, /^Actions for the message of You/);
    await screen.findByRole('menuitem', { name: 'Reply' });
    expect(screen.queryByRole('menuitem', { name: 'Edit' })).toBeNull();
  });
});

describe('the clinic', () => {
  it('hands a conversation over and marks it as resolved', async () => {
    const { bedside, user } = await opened(show(path, as(KARL)));
    await user.click(screen.getByRole('button', { name: 'Hand over' }));
    const dialog = await screen.findByRole('dialog');
    await within(dialog).findByRole('option', { name: 'Dr. Lena Placeholder' });
    await user.selectOptions(within(dialog).getByLabelText('Clinician'), 'Dr. Lena Placeholder');
    await user.click(within(dialog).getByRole('button', { name: 'Hand over' }));
    await user.click(screen.getByRole('button', { name: 'Resolve' }));
    const asked = bedside.calls.filter((it) => /assign|resolve/.test(it.name));
    expect(asked.map((it) => [it.name, it.args[0]])).toEqual([
      ['conversation.assign', { conversation_id: FIRST, clinician_id: personId(21) }],
      ['conversation.resolve', { conversation_id: FIRST }],
    ]);
  });

  it('a clinician says until when they are out of office', async () => {
    const { bedside, user } = show('/messages', as(KARL));
    bedside.answers.set(
      'out_of_office.update',
      (it: { out_of_office: object }) => it.out_of_office,
    );
    await user.click(await screen.findByRole('button', { name: 'Out of office' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Save' }));
    expect(within(dialog).getByText('Choose a day from tomorrow on.')).toBeTruthy();
    const until = within(dialog).getByLabelText(/^Back on/);
    await user.type(until, '2099-01-04');
    await user.click(within(dialog).getByRole('button', { name: 'Save' }));
    expect(await screen.findByText(/^You are out of office until/)).toBeTruthy();
    const [update] = bedside.calls.filter((it) => it.name === 'out_of_office.update');
    expect(update?.args[0]).toEqual({ out_of_office: { until: Date.UTC(2099, 0, 3, 23) } });
  });
});

it('words are looked for, and what was found is shown in its thread', async () => {
  const { bedside, user } = show('/messages', as(PETRA));
  bedside.answers.set('message.search', {
    found: [{ conversation_id: FIRST, message: message(3, KARL, 0, 'A little burning') }],
  });
  await user.click(await screen.findByRole('button', { name: 'Search messages' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Words to look for'), 'bu');
  expect(within(dialog).getByRole<HTMLButtonElement>('button', { name: 'Search' }).disabled).toBe(
    true,
  );
  await user.type(within(dialog).getByLabelText('Words to look for'), 'rning{Enter}');
  await user.click(await within(dialog).findByRole('button', { name: /A little burning/ }));
  await waitFor(() => expect(location.pathname).toBe(path));
  await waitFor(() => expect(calls(bedside, 'loadUntil')[0]?.args).toEqual([3]));
  // It is shown once: whoever opens the thread later finds its end.
  await new Promise((resolve) => requestAnimationFrame(resolve));
  const list = screen.getByRole('region', { name: 'Conversations' });
  await user.click(within(list).getByRole('link', { name: /I am here as well/ }));
  await waitFor(() => expect(location.pathname).not.toBe(path));
  await user.click(within(list).getByRole('link', { name: /Shall I go on/ }));
  await waitFor(() => expect(location.pathname).toBe(path));
  expect(calls(bedside, 'loadUntil')).toHaveLength(1);
});

it('a conversation is begun from a visit', async () => {
  const { bedside, user } = show(
    '/',
    as(PETRA, (it) => {
      const soon = Date.now() + 25 * MINUTE;
      const visit = card({ starts_at: soon, ends_at: soon + 30 * MINUTE });
      it.topic(`agenda:${personId(1)}`).set({ kind: 'agenda', cards: [visit] });
    }),
  );
  await user.click(await screen.findByRole('button', { name: /^Change or cancel/ }));
  await user.click(await screen.findByRole('button', { name: /^Write a message to/ }));
  await waitFor(() => expect(location.pathname).toBe(`/messages/${conversationId(2)}`));
  const [open] = bedside.calls.filter((it) => it.name === 'conversation.open');
  expect(open?.args[0]).toEqual({ with: { kind: 'visit', appointment_id: VISIT_ID } });
});

describe('in a visit', () => {
  const inCall = (bedside: FakeBedside) => {
    as(PETRA)(bedside);
    bedside.visitOf().view.set(visitView());
  };

  it('the chat opens beside the picture, says what is new, and can be written in', async () => {
    const { bedside, user } = show(`/visit/${VISIT_ID}`, inCall, 'enter');
    await user.click(await screen.findByRole('button', { name: /^Chat 1 new message/ }));
    const panel = screen.getByRole('complementary', { name: 'Messages of this visit' });
    expect(panel.textContent).toContain('I am here as well.');
    await user.type(await field(), 'Hello both{Enter}');
    const visit = bedside.conversationOf(conversationId(2));
    expect(visit.calls.find((it) => it.name === 'send')?.args[0]).toBe('Hello both');
    expect(screen.getByRole('button', { name: 'Hide chat' })).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('what others write is told while the chat is closed and while it is open', async () => {
    const { bedside, user } = show(`/visit/${VISIT_ID}`, inCall, 'enter');
    // What was there before is known, so that what comes is new.
    await screen.findByRole('button', { name: /^Chat 1 new message/ });
    const visit = bedside.conversationOf(conversationId(2));
    act(() => visit.post('My own words'));
    expect(said()).not.toContain('My own words');
    act(() => visit.post('Can you hear me?', { member_id: KARL.member_id }));
    expect(said()).toContain('New message from Dr. Karl Sample: Can you hear me?');
    await user.click(screen.getByRole('button', { name: /^Chat/ }));
    act(() => visit.post('Can you see me?', { member_id: KARL.member_id }));
    expect(said()).toContain('New message from Dr. Karl Sample: Can you see me?');
  });

  it('what others write is not told a second time by the list while one waits', async () => {
    const { bedside } = show(
      `/visit/${VISIT_ID}`,
      (it) => {
        as(PETRA)(it);
        const own = participant({ place: 'waiting' });
        it.visitOf().view.set(visitView({ stage: 'waiting', participants: [own] }));
      },
      'enter',
    );
    await screen.findByRole('button', { name: /^Write to the clinic/ });
    const visit = bedside.conversationOf(conversationId(2));
    act(() => visit.post('Can you hear me?', { member_id: KARL.member_id }));
    const { conversation: view, messages } = visit.state.get();
    if (!view) throw new Error('it is shown');
    act(() =>
      bedside.mailboxNow.set(mailbox([conversationCard(view, messages.at(-1), { unread: 1 })])),
    );
    expect(said()).toContain('New message from Dr. Karl Sample: Can you hear me?');
  });

  it('the clinician finds it beside the people', async () => {
    const { user } = show(
      `/visit/${VISIT_ID}`,
      (it) => {
        as(KARL)(it);
        it.visitOf().view.set(visitView({ can: ['leave', 'host', 'end'] }));
      },
      'enter',
    );
    await user.click(await screen.findByRole('button', { name: /^Chat/ }));
    expect(screen.getByText('I am here as well.')).toBeTruthy();
    expect(screen.getByText(new RegExp(INES.display_name))).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('whoever may not write there sees no chat', async () => {
    show(
      `/visit/${VISIT_ID}`,
      (it) => {
        inCall(it);
        it.answers.set('conversation.open', new BedsideError(refused));
      },
      'enter',
    );
    await screen.findByRole('toolbar', { name: 'Your controls' });
    expect(screen.queryByRole('button', { name: /^Chat/ })).toBeNull();
  });
});
