import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { CODE, identity, phone } from '../dev/identity.ts';
import {
  CLINICIAN,
  clinician,
  interpreter,
  MINUTE,
  me,
  PATIENT,
  participant,
  VISIT_ID,
  visitView,
} from '../dev/samples.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';

afterEach(() => {
  vi.useRealTimers();
  sessionStorage.clear();
});

const pass = (minutes: number) => act(() => vi.advanceTimersByTimeAsync(minutes * MINUTE));
const title = () => screen.queryByRole('heading', { name: 'Locked' });

describe('a call that nobody touches', () => {
  const call = (role: 'clinician' | 'patient') => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    return show(`/visit/${VISIT_ID}`, (bedside: FakeBedside) => {
      bedside.me.set(me(role, { idle_after_s: 600 }));
      identity(bedside, [phone()]);
      const isHost = role === 'clinician';
      bedside.visitOf().view.set(
        visitView({
          stage: 'in_call',
          you: isHost ? CLINICIAN.participant_id : PATIENT.participant_id,
          participants: [participant(), clinician(), interpreter({ place: 'waiting' })],
          can: isHost ? ['leave', 'host', 'invite', 'end'] : ['leave'],
        }),
      );
    });
  };

  it('goes on under the lock: what is beside it is hidden, and it can be muted and left', async () => {
    const { bedside } = call('clinician');
    await screen.findByRole('button', { name: 'Admit Ines Fictional' });
    const panel = document.querySelector('aside');
    fireEvent.click(screen.getByRole('button', { name: 'Invite' }));
    expect(await screen.findByRole('dialog')).toBeTruthy();
    await pass(11);
    expect(title()).toBeTruthy();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(panel?.closest('[inert]')).not.toBeNull();
    expect(panel?.dataset.locked).toBe('true');
    expect(await faultsOfPage()).toEqual([]);
    // Nobody is admitted by a key either.
    fireEvent.keyDown(document.body, { key: 'a' });
    const names = () => bedside.visitOf().calls.map((it) => it.name);
    expect(names()).not.toContain('admit');
    const mute = screen.getByRole('button', { name: 'Mute' });
    expect(mute.closest('[inert]')).toBeNull();
    fireEvent.click(mute);
    await waitFor(() => expect(names()).toContain('setMicrophone'));
    // Touching it opens nothing; a proof does.
    expect(title()).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Unlock' }));
    fireEvent.change(await screen.findByLabelText('Code of your app'), { target: { value: CODE } });
    fireEvent.click(screen.getByRole('button', { name: 'Continue' }));
    await waitFor(() => expect(title()).toBeNull());
    expect(await screen.findByRole('dialog')).toBeTruthy();
    expect(document.querySelector('aside')).toBe(panel);
    expect(panel?.closest('[inert]')).toBeNull();
  });

  it('is followed by nothing that can be read when it is left under the lock', async () => {
    call('patient');
    const leave = await screen.findByRole('button', { name: 'Leave' });
    await pass(11);
    expect(title()).toBeTruthy();
    fireEvent.click(leave);
    expect(await screen.findByRole('dialog', { name: 'Locked' })).toBeTruthy();
    expect(document.querySelector('main')?.closest('[inert]')).not.toBeNull();
  });
});
