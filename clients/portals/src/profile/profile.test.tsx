import { BedsideError } from '@bedside/client';
import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { clinic } from '../dev/clinic.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { fault, me } from '../dev/samples.ts';
import { show } from '../testing/show.tsx';

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);

describe('my details', () => {
  it('are saved with the revision that was seen, and can be saved again', async () => {
    let revision = 1;
    const { bedside, user } = show('/profile', (it) => {
      clinic(it);
      it.answers.set('profile.update', ({ profile }: { profile: object }) => {
        revision += 1;
        return { profile, revision };
      });
    });
    await user.type(await screen.findByLabelText('Telephone'), '+49 30 1234567');
    expect(screen.getByText('Not saved yet.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(screen.queryByText('Not saved yet.')).toBeNull());
    await user.selectOptions(screen.getByLabelText('Language you prefer'), 'de');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(paramsOf(bedside, 'profile.update')).toHaveLength(2));
    expect(paramsOf(bedside, 'profile.update')).toEqual([
      { revision: 1, profile: { jurisdiction: 'DE', phone: '+49301234567' } },
      { revision: 2, profile: { jurisdiction: 'DE', phone: '+49301234567', language: 'de' } },
    ]);
  });

  it('say at the field what is wrong, without asking the hub', async () => {
    const { bedside, user } = show('/profile', clinic);
    await user.type(await screen.findByLabelText('Telephone'), '030 1234567');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(screen.getByText(/Enter the number with its country code/)).toBeTruthy();
    expect(paramsOf(bedside, 'profile.update')).toEqual([]);
  });

  it('that were changed elsewhere show the newest, keep what was typed, and are saved by another click', async () => {
    let isFirst = true;
    const { bedside, user } = show('/profile', (it) => {
      clinic(it);
      it.answers.set('profile.update', ({ profile }: { profile: object }) => {
        if (!isFirst) return { profile, revision: 8 };
        isFirst = false;
        it.answers.set('profile.read', {
          profile: { jurisdiction: 'DE', insurer: 'Demo Mutual' },
          revision: 7,
        });
        throw new BedsideError(fault('conflict', 5000));
      });
    });
    await user.type(await screen.findByLabelText('Whom to call'), 'Paul Example');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await screen.findByText('Your details were changed elsewhere meanwhile');
    expect(screen.getByLabelText<HTMLInputElement>('Insurer').value).toBe('Demo Mutual');
    expect(screen.getByLabelText<HTMLInputElement>('Whom to call').value).toBe('Paul Example');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(screen.queryByText(/changed elsewhere/)).toBeNull());
    expect(paramsOf(bedside, 'profile.update').at(-1)).toEqual({
      revision: 7,
      profile: { jurisdiction: 'DE', insurer: 'Demo Mutual', emergency_contact: 'Paul Example' },
    });
  });
});

describe('what may be sent', () => {
  it('is saved with every tick', async () => {
    const { bedside, user } = show('/profile', clinic);
    await user.click(await screen.findByLabelText('Text messages'));
    await waitFor(() =>
      expect(paramsOf(bedside, 'preferences.update')).toEqual([
        { preferences: { email: true, sms: true, reminders: true } },
      ]),
    );
  });

  it('goes back when the hub refuses', async () => {
    const { user } = show('/profile', (it) => {
      clinic(it);
      it.answers.set('preferences.update', new BedsideError(fault('unavailable', 7000)));
    });
    const box = await screen.findByLabelText<HTMLInputElement>('E-mails');
    await user.click(box);
    expect(await screen.findByText('Code 7000')).toBeTruthy();
    expect(box.checked).toBe(true);
  });
});

describe('an account of one’s own', () => {
  it('is made with what was typed, and its owner comes home', async () => {
    const { bedside, user } = show('/', (it) => {
      it.signsInAs = me('patient');
    });
    await user.click(await screen.findByRole('link', { name: 'Create an account' }));
    await user.click(await screen.findByRole('button', { name: 'Create account' }));
    expect(document.activeElement).toBe(screen.getByLabelText('Your name'));
    await user.type(screen.getByLabelText('Your name'), ' Petra Example ');
    await user.type(screen.getByLabelText('E-mail'), 'petra@example.org');
    await user.type(screen.getByLabelText('Password'), 'a sentence that is long');
    await user.selectOptions(screen.getByLabelText('Your time zone'), 'Europe/Lisbon');
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    await screen.findByRole('heading', { name: /^Hello/ });
    expect(location.pathname).toBe('/');
    expect(bedside.calls.find((it) => it.name === 'register')?.args).toEqual([
      {
        display_name: 'Petra Example',
        email: 'petra@example.org',
        password: 'a sentence that is long',
        time_zone: 'Europe/Lisbon',
      },
    ]);
  });

  it('is made in the organisation whose page led here', async () => {
    const { bedside, user } = show('/register?organisation=st-vitus', (it) => {
      it.signsInAs = me('patient');
    });
    await user.type(await screen.findByLabelText('Your name'), 'Petra Example');
    await user.type(screen.getByLabelText('E-mail'), 'petra@example.org');
    await user.type(screen.getByLabelText('Password'), 'a sentence that is long');
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    await screen.findByRole('heading', { name: /^Hello/ });
    const details = bedside.calls.find((it) => it.name === 'register')?.args[0];
    expect(details).toMatchObject({ organisation: 'st-vitus' });
  });

  it('keeps what was typed when the address has an account already', async () => {
    const { user } = show('/register', (it) => {
      it.refusal = new BedsideError(fault('email_taken', 5002));
    });
    await user.type(await screen.findByLabelText('Your name'), 'Petra Example');
    await user.type(screen.getByLabelText('E-mail'), 'petra@example.org');
    await user.type(screen.getByLabelText('Password'), 'a sentence that is long');
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('Code 5002')).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('E-mail').value).toBe('petra@example.org');
  });

  it('is not for who has one: they are led home', async () => {
    show('/register', clinic);
    await waitFor(() => expect(location.pathname).toBe('/'));
  });
});
