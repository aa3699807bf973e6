import { act, screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { clinic, messages, noticeId } from '../dev/clinic.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { identity } from '../dev/identity.ts';
import { card, me, participantId, personId, VISIT_ID } from '../dev/samples.ts';
import { show } from '../testing/show.tsx';

const countOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).length;

describe('notices', () => {
  it('are counted in the header of everybody who has an account', async () => {
    for (const role of ['patient', 'clinician', 'admin'] as const) {
      const { bedside } = show('/', (it) => {
        clinic(it);
        it.me.set(me(role));
        it.answers.set('person.list', { people: [] });
        it.answers.set('appointment.list', { appointments: [] });
      });
      expect(await screen.findByRole('link', { name: /Messages.*2 new messages/ })).toBeTruthy();
      act(() => bedside.reset());
      document.body.replaceChildren();
    }
  });

  it('are not asked for by a guest', async () => {
    const visit = { appointment_id: VISIT_ID, participant_id: participantId(3) };
    const { bedside } = show(`/visit/${VISIT_ID}`, (it) => {
      clinic(it);
      it.me.set(me('interpreter', { visit }));
    });
    await waitFor(() => expect(bedside.visits.size).toBe(1));
    expect(countOf(bedside, 'inbox.list')).toBe(0);
  });

  it('that are shown are told to be read, once each; new ones stay marked on the page', async () => {
    let isRead = false;
    const { bedside } = show('/messages/notices', (it) => {
      clinic(it);
      it.answers.set('inbox.mark_read', () => {
        isRead = true;
        return {};
      });
      it.answers.set('inbox.list', () => ({
        messages: messages(Date.now()).map((one) =>
          isRead ? { ...one, read_at: Date.now() } : one,
        ),
      }));
    });
    expect(await screen.findAllByText('New')).toHaveLength(2);
    await waitFor(() => expect(screen.queryByText('2 new messages')).toBeNull());
    const marked = bedside.calls.filter((it) => it.name === 'inbox.mark_read');
    expect(marked.map((it) => it.args[0])).toEqual([
      { notice_id: noticeId(1) },
      { notice_id: noticeId(2) },
    ]);
    expect(screen.getAllByText('New')).toHaveLength(2);
  });

  it('are read again when something happened to an appointment', async () => {
    const { bedside } = show('/', clinic);
    await screen.findByRole('link', { name: /2 new messages/ });
    bedside.answers.set('inbox.list', { messages: [] });
    act(() => bedside.tell(`agenda:${personId(1)}`, { kind: 'card_changed', card: card() }));
    await waitFor(() => expect(screen.queryByText('2 new messages')).toBeNull(), {
      timeout: 5_000,
    });
  });

  it.each([
    ['record_opened', 'patient', 'See who saw what', '/access', 'Who saw my record'],
    ['review_due', 'admin', 'Look into it', '/admin?tab=emergencies', 'Nothing to look into'],
    ['password_changed', 'patient', 'Go to my account', '/account', 'Sign-in and security'],
  ] as const)('of the kind %s lead a %s to “%s”', async (topic, role, name, path, title) => {
    const { user } = show('/messages/notices', (it) => {
      clinic(it);
      it.me.set(me(role));
      it.answers.set('person.list', { people: [] });
      it.answers.set('appointment.list', { appointments: [] });
      it.answers.set('emergency.list_reviews', { reviews: [] });
      it.answers.set('audit.own', { accesses: [] });
      identity(it);
      const notice = { notice_id: noticeId(9), topic, text: 'It was opened.', at: Date.now() };
      it.answers.set('inbox.list', { messages: [notice] });
    });
    await user.click(await screen.findByRole('link', { name }));
    expect(location.pathname + location.search).toBe(path);
    expect(await screen.findByRole('heading', { name: title })).toBeTruthy();
  });

  it('teach what they are for while there are none', async () => {
    show('/messages/notices', (it) => {
      clinic(it);
      it.answers.set('inbox.list', { messages: [] });
    });
    expect(await screen.findByRole('heading', { name: 'No messages yet' })).toBeTruthy();
  });
});
