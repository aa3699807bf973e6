import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { clinic, serviceId } from '../dev/clinic.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { appointmentId, card, MINUTE, personId, VISIT_ID } from '../dev/samples.ts';
import { show } from '../testing/show.tsx';

const now = Date.now();
const DAY = 24 * 60 * MINUTE;
const next = card({
  starts_at: now + 2 * DAY,
  ends_at: now + 2 * DAY + 20 * MINUTE,
  service_id: serviceId(1),
});
const past = card({
  appointment_id: appointmentId(7),
  starts_at: now - 9 * DAY,
  ends_at: now - 9 * DAY + 20 * MINUTE,
  stage: 'ended',
});

function home(bedside: FakeBedside): void {
  clinic(bedside);
  bedside.topic(`agenda:${personId(1)}`).set({ kind: 'agenda', cards: [next, past] });
  bedside.answers.set('appointment.cancel', { ...next, stage: 'cancelled' });
}

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);

const openSheet = async (user: ReturnType<typeof show>['user']) => {
  await user.click(await screen.findByRole('button', { name: /^Change or cancel your visit/ }));
  return within(await screen.findByRole('dialog', { name: 'Your visit' }));
};

describe('a visit on the start page', () => {
  it('says what it is for, with whom, when, and in which zone', async () => {
    show('/', home);
    const visit = within(await screen.findByTestId('next-visit'));
    expect(await visit.findByText('Skin consultation')).toBeTruthy();
    expect(visit.getByText('with Dr. Karl Sample')).toBeTruthy();
    expect(visit.getByText(/Central European/)).toBeTruthy();
  });

  it('leads to another time', async () => {
    const { user } = show('/', home);
    const sheet = await openSheet(user);
    await user.click(sheet.getByRole('button', { name: 'Move to another time' }));
    expect(location.pathname + location.search).toBe(`/book?moves=${VISIT_ID}`);
  });

  it('tells what happened to it, in plain words', async () => {
    const { user } = show('/', home);
    const sheet = await openSheet(user);
    expect(await sheet.findByText(/^Booked for /)).toBeTruthy();
    expect(sheet.getByText(/^by you, /)).toBeTruthy();
    expect(sheet.getByText(/^Moved to /)).toBeTruthy();
    expect(sheet.getByText(/^by your clinic, /)).toBeTruthy();
  });

  it('is cancelled only after a question that names it and says that it is for good', async () => {
    const { bedside, user } = show('/', home);
    const sheet = await openSheet(user);
    await user.click(sheet.getByRole('button', { name: 'Cancel this visit' }));
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Cancel your visit with Dr. Karl Sample?' }),
    );
    expect(dialog.getByText(/can’t be undone/)).toBeTruthy();
    expect(paramsOf(bedside, 'appointment.cancel')).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Cancel my visit' }));
    expect(paramsOf(bedside, 'appointment.cancel')).toEqual([{ appointment_id: VISIT_ID }]);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(screen.getByTestId('announcements').textContent).toContain('was cancelled');
  });

  it('that is over has a history, and nothing to change', async () => {
    const { user } = show('/', home);
    await user.click(await screen.findByRole('button', { name: /^History of your visit/ }));
    const sheet = within(await screen.findByRole('dialog', { name: 'Your visit' }));
    expect(await sheet.findByText(/^Booked for /)).toBeTruthy();
    expect(sheet.queryByRole('button', { name: 'Move to another time' })).toBeNull();
    expect(sheet.queryByRole('button', { name: 'Cancel this visit' })).toBeNull();
  });
});

describe('the waitlist on the start page', () => {
  it('names what is waited for, leads to it, and is left by one tap', async () => {
    let entries = [
      {
        waitlist_id: 'waitlist-1',
        service_id: serviceId(1),
        clinician_id: personId(2),
        from: now,
        until: now + 14 * DAY,
        offered_at: now - 4 * MINUTE,
      },
    ];
    const { bedside, user } = show('/', (it) => {
      home(it);
      it.answers.set('waitlist.list', () => ({ entries }));
    });
    expect(await screen.findByText('Skin consultation, with Dr. Karl Sample')).toBeTruthy();
    expect(screen.getByText('A place became free 4 minutes ago.')).toBeTruthy();
    entries = [];
    await user.click(
      screen.getByRole('button', { name: 'Leave the waitlist for Skin consultation' }),
    );
    await waitFor(() => expect(screen.queryByText('Waitlist')).toBeNull());
    expect(paramsOf(bedside, 'waitlist.leave')).toEqual([{ waitlist_id: 'waitlist-1' }]);
  });
});
