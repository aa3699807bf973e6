import { BedsideError, type Message } from '@bedside/client';
import { act, createEvent, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  chat,
  conversation,
  conversationId,
  message,
  PETRA,
  pending,
  thread,
} from '../dev/chat.ts';
import { clinic } from '../dev/clinic.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { fileCard, pendingFile } from '../dev/files.ts';
import { fault, me } from '../dev/samples.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { type Shown, show } from '../testing/show.tsx';
// Loaded before the first test: a page that is loaded late takes long on a busy machine.
import '../messages/MessagesPage.tsx';

const FIRST = conversationId(1);
const now = Date.now();
const PATIENCE = { timeout: 40_000 };

beforeEach(() => {
  // Everything is in sight.
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      readonly #tell: (entries: object[]) => void;
      constructor(tell: (entries: object[]) => void) {
        this.#tell = tell;
      }
      observe(target: Element) {
        queueMicrotask(() => this.#tell([{ target, isIntersecting: true }]));
      }
      unobserve() {}
      disconnect() {}
    },
  );
  URL.createObjectURL = () => 'blob:picture';
  URL.revokeObjectURL = () => {};
});
afterEach(() => vi.unstubAllGlobals());

const open = async (
  over: (bedside: FakeBedside) => void = () => {},
  messages: Message[] = [message(2, PETRA, now, 'Good morning.')],
): Promise<Shown> => {
  const shown = show(`/messages/${FIRST}`, (bedside) => {
    clinic(bedside);
    bedside.me.set(me('patient'));
    chat(bedside, PETRA);
    bedside.conversationOf(FIRST).state.set(thread(conversation(1, PETRA), messages));
    bedside.answers.set('file.link', ({ file_id, variant }: Record<string, string>) => ({
      url: `/v1/files/${file_id}/${variant}?token=secret`,
      expires_at: 0,
    }));
    over(bedside);
  });
  await screen.findByTestId('thread', {}, PATIENCE);
  return shown;
};

const picture = (name = 'arm.jpg', type = 'image/jpeg') => new File(['picture'], name, { type });
const choose = async (_: Shown, ...files: File[]) => {
  fireEvent.change(screen.getByTestId('choose-files'), { target: { files } });
  await act(() => new Promise((resolve) => setTimeout(resolve)));
};
const calls = (bedside: FakeBedside, name: string) =>
  bedside.conversationOf(FIRST).calls.filter((it) => it.name === name);
const upload = (bedside: FakeBedside) => {
  const last = [...bedside.uploads.values()].at(-1);
  if (!last) throw new Error('nothing is uploaded');
  return last;
};
const said = () => screen.getByTestId('announcements').textContent;

describe('a file for a message', () => {
  it('is chosen, looked at, and sent with it or without words; nothing is wrong with the page', async () => {
    const shown = await open();
    await choose(shown, picture());
    expect(said()).toContain('arm.jpg was added');
    const chosen = screen.getByRole('list', { name: 'Files of your message' });
    expect(within(chosen).getByText(/Ready to send/)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await shown.user.click(screen.getByRole('button', { name: 'Send' }));
    expect(calls(shown.bedside, 'send')[0]?.args).toMatchObject([
      '',
      { files: [{ about: { name: 'arm.jpg' } }] },
    ]);
    expect(screen.queryByRole('list', { name: 'Files of your message' })).toBeNull();
  });

  it('shows how far it is, pauses, goes on and is taken away', async () => {
    const shown = await open((it) => it.uploadsAs.push({ phase: 'uploading', sent: 3 }));
    await choose(shown, picture());
    const bar = screen.getByRole<HTMLProgressElement>('progressbar', { name: 'Upload of arm.jpg' });
    expect([bar.value, bar.max]).toEqual([3, 7]);
    const one = upload(shown.bedside);
    await shown.user.click(screen.getByRole('button', { name: 'Pause arm.jpg' }));
    await shown.user.click(screen.getByRole('button', { name: 'Go on with arm.jpg' }));
    act(() => one.becomes({ phase: 'waiting' }));
    expect(screen.getByText(/Waiting for the network, .* It goes on by itself\./)).toBeTruthy();
    act(() => one.becomes({ phase: 'clear', sent: 7 }));
    expect(said()).toContain('arm.jpg is uploaded.');
    await shown.user.click(screen.getByRole('button', { name: 'Remove arm.jpg' }));
    expect(one.calls.map((it) => it.name)).toEqual(['pause', 'resume', 'cancel']);
    expect(screen.queryByText('arm.jpg')).toBeNull();
  });

  it('can be sent before it is there', async () => {
    const shown = await open((it) => it.uploadsAs.push({ phase: 'uploading', sent: 3 }));
    await choose(shown, picture());
    expect(screen.getByText(/You can send now/)).toBeTruthy();
    await shown.user.type(screen.getByRole('textbox', { name: 'Your message' }), 'look{Enter}');
    expect(calls(shown.bedside, 'send')).toHaveLength(1);
  });

  it('that cannot be sent is refused in words before anything of it is', async () => {
    const shown = await open();
    await choose(shown, new File(['<svg/>'], 'x.png', { type: 'image/svg+xml' }));
    expect(screen.getByText(/^x\.png cannot be sent/)).toBeTruthy();
    expect(calls(shown.bedside, 'attach')).toEqual([]);
    await choose(shown, ...Array.from({ length: 11 }, (_, index) => picture(`${index}.jpg`)));
    expect(screen.getByText(/^A message can have 10 files\./)).toBeTruthy();
    expect(calls(shown.bedside, 'attach')).toHaveLength(10);
  });

  it('that failed keeps the message back until it is tried again or taken away', async () => {
    const shown = await open((it) =>
      it.uploadsAs.push({ phase: 'failed', error: new BedsideError(fault('file_quota', 6004)) }),
    );
    await choose(shown, picture());
    const send = screen.getByRole<HTMLButtonElement>('button', { name: 'Send' });
    expect(send.disabled).toBe(true);
    expect(screen.getByText(/^Remove the file that cannot be sent/)).toBeTruthy();
    await shown.user.click(screen.getByRole('button', { name: 'Try arm.jpg again' }));
    expect(upload(shown.bedside).calls.map((it) => it.name)).toEqual(['resume']);
    act(() => upload(shown.bedside).becomes({ phase: 'refused' }));
    await shown.user.click(screen.getByRole('button', { name: 'Remove arm.jpg' }));
    expect(screen.queryByText(/^Remove the file/)).toBeNull();
  });

  it('whose name was warned of is sent with a reason', async () => {
    const error = new BedsideError({
      ...fault('content_warned', 5009),
      findings: [{ kind: 'national_id', count: 2 }],
    });
    const shown = await open((it) => it.uploadsAs.push({ phase: 'failed', error }));
    await choose(shown, picture());
    await shown.user.click(screen.getByRole('button', { name: 'Look at it: arm.jpg' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText('2 numbers of identity cards or insurances')).toBeTruthy();
    const send = within(dialog).getByRole<HTMLButtonElement>('button', { name: /all the same/ });
    expect(send.disabled).toBe(true);
    await shown.user.click(within(dialog).getByLabelText('It only looks like that'));
    await shown.user.click(send);
    expect(upload(shown.bedside).calls).toEqual([
      { name: 'override', args: [{ reason: 'false_alarm' }] },
    ]);
  });

  it('is pasted and dropped as well; text that is pasted is text', async () => {
    const shown = await open();
    const field = screen.getByRole('textbox', { name: 'Your message' });
    const paste = (types: string[], files: File[]) => {
      const event = createEvent.paste(field, { clipboardData: { types, files } });
      fireEvent(field, event);
      return event;
    };
    expect(
      paste(['text/plain', 'Files'], [picture('image.png', 'image/png')]).defaultPrevented,
    ).toBe(false);
    paste(['Files'], [picture('image.png', 'image/png')]);
    await waitFor(() => expect(calls(shown.bedside, 'attach')).toHaveLength(1));
    expect(calls(shown.bedside, 'attach')[0]?.args[0]).toMatch(/^Pasted .*\.png$/);
    const dataTransfer = { types: ['Files'], files: [picture('dropped.jpg')] };
    const scroller = screen.getByTestId('thread');
    fireEvent.dragEnter(scroller, { dataTransfer });
    expect(screen.getByText(/^Drop it here/)).toBeTruthy();
    fireEvent.drop(scroller, { dataTransfer });
    await screen.findByText('dropped.jpg');
    expect(screen.queryByText(/^Drop it here/)).toBeNull();
  });

  it('says so where the browser keeps no files, and comes back when the message could not be kept', async () => {
    const shown = await open((it) => {
      it.keepsFiles = false;
    });
    await choose(shown, picture());
    expect(await screen.findByText(/only while this page is open/)).toBeTruthy();
    shown.bedside.conversationOf(FIRST).refusal = new Error('full');
    await shown.user.click(screen.getByRole('button', { name: 'Send' }));
    expect(await screen.findByText('arm.jpg')).toBeTruthy();
    expect(screen.getByText(/could not keep this message/)).toBeTruthy();
  });
});

describe('files in a thread', () => {
  const talk = [
    message(2, PETRA, now, 'Look.', { files: [fileCard(1), fileCard(2)] }),
    message(3, PETRA, now, '', {
      files: [
        fileCard(3, {
          name: 'letter.pdf',
          content_type: 'application/pdf',
          has_preview: false,
          bytes: 2_300_000,
        }),
        fileCard(4, { name: 'bad.pdf', state: 'refused', why: 'encrypted', has_preview: false }),
        fileCard(5, { name: 'new.jpg', state: 'checking', has_preview: false }),
        fileCard(6, {
          name: 'sick.pdf',
          state: 'quarantined',
          why: 'infected',
          has_preview: false,
        }),
      ],
    }),
  ];

  it('are pictures, or names with their kind, size and state; nothing is wrong with the page', async () => {
    const { bedside } = await open(() => {}, talk);
    const shown = await screen.findByRole('button', { name: 'Picture arm 1.jpg from You' });
    await waitFor(() =>
      expect(shown.querySelector('img')?.getAttribute('src')).toBe(
        '/v1/files/file-1/thumbnail?token=secret',
      ),
    );
    expect(screen.getByText('PDF document, 2.3 MB')).toBeTruthy();
    expect(
      screen.getByText(/^This file was not accepted\. It is protected by a password/),
    ).toBeTruthy();
    expect(screen.getByText(/^Being checked\./)).toBeTruthy();
    expect(screen.getByText(/^Locked: nobody can open it\. A virus/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Download bad.pdf' })).toBeNull();
    expect(await faultsOfPage()).toEqual([]);
    expect(bedside.calls.filter((it) => it.name === 'file.link')).toHaveLength(2);
  });

  it('are opened over the window, gone through by keys, enlarged and brought home', async () => {
    const { user, bedside } = await open(() => {}, talk);
    await user.click(await screen.findByRole('button', { name: 'Picture arm 1.jpg from You' }));
    await screen.findByRole('dialog', { name: 'Picture arm 1.jpg' });
    await user.keyboard('{ArrowRight}');
    const dialog = await screen.findByRole('dialog', { name: 'Picture arm 2.jpg' });
    expect(within(dialog).getByText('2 of 2')).toBeTruthy();
    await user.keyboard('+');
    expect(await within(dialog).findByText(/^200\s?% of its size on the screen/)).toBeTruthy();
    // Enlarged, the keys move the picture.
    await user.keyboard('{ArrowLeft}-');
    await within(dialog).findByText(/^100\s?% of its size on the screen/);
    await user.keyboard('{ArrowLeft}');
    await screen.findByRole('dialog', { name: 'Picture arm 1.jpg' });
    const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
    await user.click(screen.getByRole('button', { name: 'Download arm 1.jpg' }));
    await waitFor(() => expect(click).toHaveBeenCalled());
    expect(bedside.calls.at(-1)?.args).toEqual([{ file_id: 'file-1', variant: 'original' }]);
    expect(await faultsOfPage()).toEqual([]);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('that cannot be loaded are loaded again', async () => {
    const { user, bedside } = await open((it) => {
      it.answers.set('file.link', new BedsideError(fault('unavailable', 7000)));
    }, talk);
    const again = await screen.findByRole('button', { name: /^Load again.*arm 1\.jpg/ });
    bedside.answers.set('file.link', { url: '/v1/files/x', expires_at: 0 });
    await user.click(again);
    await screen.findByRole('button', { name: 'Picture arm 1.jpg from You' });
  });

  it('that wait stand with their message', async () => {
    await open((bedside) => {
      const { state } = bedside.conversationOf(FIRST);
      state.set({ ...state.get(), pending: [pending(1, '', { files: [pendingFile(1)] })] });
    });
    expect(screen.getByText('arm 1.jpg')).toBeTruthy();
    expect(screen.getByText('840 kB')).toBeTruthy();
  });
});

describe('a message of which the hub warned', () => {
  const warned = {
    ...fault('content_warned', 5009),
    findings: [{ kind: 'payment_card', count: 1 } as const],
  };
  const refuse = (bedside: FakeBedside, code: typeof warned) =>
    act(() => {
      const { state } = bedside.conversationOf(FIRST);
      state.set({ ...state.get(), pending: [pending(1, 'my card 4111', { fault: code })] });
    });

  it('is asked about at once, and sent with a reason', async () => {
    const { bedside, user } = await open();
    refuse(bedside, warned);
    const dialog = await screen.findByRole('dialog', { name: 'Look at this before it is sent' });
    expect(within(dialog).getByText('A payment card number')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(within(dialog).getByLabelText(/^It is about me/));
    await user.click(within(dialog).getByRole('button', { name: /all the same/ }));
    expect(bedside.calls.at(-1)).toEqual({
      name: 'retryMessage',
      args: ['key-1', { reason: 'own_data' }],
    });
  });

  it('is changed: it comes back into the field', async () => {
    const { bedside, user } = await open();
    await user.type(screen.getByRole('textbox', { name: 'Your message' }), 'begun');
    refuse(bedside, warned);
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Change it' }));
    await waitFor(() => expect(bedside.calls.at(-1)?.name).toBe('discardMessage'));
    await waitFor(() =>
      expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Your message' }).value).toBe(
        'begun\nmy card 4111',
      ),
    );
  });

  it('can be looked at later, and what is blocked says what to do', async () => {
    const { bedside, user } = await open();
    refuse(bedside, { ...warned, code: 'content_blocked' });
    const dialog = await screen.findByRole('dialog', { name: 'This cannot be sent' });
    expect(within(dialog).queryByRole('button', { name: /all the same/ })).toBeNull();
    expect(within(dialog).getByText(/^Take it out/)).toBeTruthy();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.click(screen.getByRole('button', { name: /^Look at it/ }));
    expect(await screen.findByRole('dialog', { name: 'This cannot be sent' })).toBeTruthy();
  });

  it('as a change of one that is there is asked about as well', async () => {
    const { bedside, user } = await open();
    const talk = bedside.conversationOf(FIRST);
    await user.click(screen.getByRole('button', { name: /^Actions for the message of You/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Edit' }));
    talk.refusal = new BedsideError(warned);
    await user.click(screen.getByRole('button', { name: 'Save' }));
    const dialog = await screen.findByRole('dialog');
    talk.refusal = null;
    await user.click(within(dialog).getByLabelText(/^It is needed/));
    await user.click(within(dialog).getByRole('button', { name: /all the same/ }));
    await waitFor(() =>
      expect(calls(bedside, 'edit').at(-1)?.args).toEqual([
        expect.anything(),
        'Good morning.',
        { reason: 'needed_for_care' },
      ]),
    );
  });
});
