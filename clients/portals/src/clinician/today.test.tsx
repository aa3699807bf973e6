import type { AppointmentCard } from '@bedside/client';
import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chat, conversationId, KARL } from '../dev/chat.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { appointmentId, card, MINUTE, me, participantId, personId } from '../dev/samples.ts';
import { service, serviceId } from '../dev/schedule.ts';
import { show } from '../testing/show.tsx';

/** Noon: what was an hour and a half ago is of today as well. */
const now = new Date().setUTCHours(12, 0, 0, 0);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now });
});
afterEach(() => {
  vi.useRealTimers();
});

const who = (number: number, display_name: string) => ({
  participant_id: participantId(number),
  person_id: personId(number),
  display_name,
});

function clinic(bedside: FakeBedside): void {
  const clinician = me('clinician', { time_zone: 'UTC' });
  bedside.me.set(clinician);
  bedside.topic(`agenda:${clinician.person_id}`).set({
    kind: 'agenda',
    cards: [
      card({
        appointment_id: appointmentId(1),
        starts_at: now - 20 * MINUTE,
        ends_at: now + 10 * MINUTE,
        stage: 'in_call',
        patient: who(11, 'Anton Beispiel'),
      }),
      card({
        appointment_id: appointmentId(2),
        starts_at: now - MINUTE / 2,
        ends_at: now + 30 * MINUTE,
        stage: 'waiting',
        waiting_since: now - 4.5 * MINUTE,
        guests: 1,
        device_check: { camera: 'good', microphone: 'good', speaker: 'good', network: 'good' },
      }),
    ],
  });
}

function addCards(bedside: FakeBedside, more: AppointmentCard[]): void {
  const agenda = bedside.topic(`agenda:${personId(2)}`);
  const state = agenda.get();
  if (state?.kind === 'agenda') agenda.set({ ...state, cards: [...state.cards, ...more] });
}

describe('today', () => {
  it('says who waits, how long, and that the device works', async () => {
    show('/clinician', clinic);
    expect(await screen.findByText(/^Waiting 4 min/)).toBeTruthy();
    expect(screen.getByText('Device ok')).toBeTruthy();
    expect(screen.getByText('1 guest')).toBeTruthy();
    expect(screen.getByText(/1 patient waits, 0 more to come/)).toBeTruthy();
  });

  it('goes to the visit by one click on Admit', async () => {
    const { user } = show('/clinician', clinic);
    await user.click(await screen.findByRole('button', { name: 'Admit Petra Example' }));
    expect(location.pathname).toBe(`/visit/${appointmentId(2)}`);
  });

  it('is worked by keys: down to the next button, a to admit, ? for help', async () => {
    const { user } = show('/clinician', clinic);
    const rejoin = await screen.findByRole('button', { name: 'Rejoin Anton Beispiel' });
    await user.keyboard('j');
    expect(document.activeElement).toBe(rejoin);
    await user.keyboard('j');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Admit Petra Example');
    await user.keyboard('?');
    expect(await screen.findByRole('dialog', { name: 'Keyboard shortcuts' })).toBeTruthy();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.keyboard('a');
    expect(location.pathname).toBe(`/visit/${appointmentId(2)}`);
  });

  it('says what a visit is for, and what the patient wrote', async () => {
    show('/clinician', (bedside) => {
      clinic(bedside);
      const booked = card({
        starts_at: now,
        ends_at: now + 30 * MINUTE,
        service_id: serviceId(1),
        reason: 'A rash on the arm',
      });
      bedside.topic(`agenda:${personId(2)}`).set({ kind: 'agenda', cards: [booked] });
      bedside.answers.set('service.list', { services: [service(1)] });
    });
    expect(await screen.findByText('First visit · A rash on the arm')).toBeTruthy();
  });

  it('shows and says who was booked by itself', async () => {
    const { bedside } = show('/clinician', clinic);
    await screen.findByText(/^Waiting 4 min/);
    const state = bedside.topic(`agenda:${personId(2)}`).get();
    if (state?.kind !== 'agenda') throw new Error('no agenda');
    const booked = card({
      appointment_id: appointmentId(7),
      starts_at: now + 5 * MINUTE,
      patient: who(17, 'Dora Nova'),
    });
    act(() => {
      const cards = [...state.cards, booked];
      bedside.topic(`agenda:${personId(2)}`).set({ kind: 'agenda', cards });
    });
    expect(await screen.findByRole('button', { name: 'Open Dora Nova' })).toBeTruthy();
    expect(screen.getByTestId('announcements').textContent).toMatch(/New appointment: Dora Nova/);
  });

  it('writes to a patient from their row, between visits once the visit is over', async () => {
    const { user, bedside } = show('/clinician', (it) => {
      clinic(it);
      chat(it, KARL);
      const over = card({
        appointment_id: appointmentId(3),
        starts_at: now - 90 * MINUTE,
        ends_at: now - 60 * MINUTE,
        stage: 'ended',
        patient: who(13, 'Carla Invented'),
      });
      addCards(it, [over]);
    });
    const opened = () => bedside.calls.filter((it) => it.name === 'conversation.open');
    await user.click(
      await screen.findByRole('button', { name: 'Write a message to Carla Invented' }),
    );
    expect(opened()[0]?.args).toEqual([{ with: { kind: 'person', person_id: personId(13) } }]);
    await waitFor(() => expect(location.pathname).toBe(`/messages/${conversationId(1)}`));
  });

  it('follows the topic', async () => {
    const { bedside } = show('/clinician', clinic);
    await screen.findByText(/^Waiting 4 min/);
    bedside.topic(`agenda:${personId(2)}`).set({ kind: 'agenda', cards: [] });
    expect(await screen.findByRole('heading', { name: 'No visits today' })).toBeTruthy();
  });

  it('is not for patients', async () => {
    show('/clinician', (bedside) => bedside.me.set(me('patient')));
    await waitFor(() => expect(location.pathname).toBe('/'));
  });
});
