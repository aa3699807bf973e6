import { BedsideError } from '@bedside/client';
import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { fault, me, participantId, VISIT_ID } from '../dev/samples.ts';
import { show } from '../testing/show.tsx';
import { tokenIn } from './JoinPage.tsx';

const token = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';

describe('signing in', () => {
  it('asks for what is missing, without asking the hub', async () => {
    const { bedside, user } = show('/');
    await user.click(await screen.findByRole('button', { name: 'Sign in' }));
    expect(screen.getByText('Enter your e-mail address.')).toBeTruthy();
    await user.type(screen.getByLabelText('E-mail'), 'petra@example.org');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(screen.getByText('Enter your password.')).toBeTruthy();
    expect(bedside.calls).toEqual([]);
  });

  it('keeps what was typed when it fails, and shows the number for support', async () => {
    const { user } = show('/', (bedside) => {
      bedside.refusal = new BedsideError(fault('wrong_credentials', 2001));
    });
    await user.type(await screen.findByLabelText('E-mail'), 'petra@example.org');
    await user.type(screen.getByLabelText('Password'), 'not the right one');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    const alert = await screen.findByText('E-mail and password do not match');
    expect(alert).toBeTruthy();
    expect(screen.getByText('Code 2001')).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('E-mail').value).toBe('petra@example.org');
  });

  it('sends whoever is kept elsewhere there', async () => {
    const { user } = show('/', (bedside) => {
      bedside.refusal = new BedsideError({
        ...fault('kept_elsewhere', 5012),
        elsewhere: { region: 'us-east', url: 'https://us.clinic.example' },
      });
    });
    await user.type(await screen.findByLabelText('E-mail'), 'petra@example.org');
    await user.type(screen.getByLabelText('Password'), 'the right one');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('Your data are kept in another region')).toBeTruthy();
    const link = screen.getByRole<HTMLAnchorElement>('link', { name: 'Sign in in us-east' });
    expect(link.href).toBe('https://us.clinic.example/');
  });

  it('says that the network is away when it is', async () => {
    const { user } = show('/', (bedside) => {
      bedside.refusal = new TypeError('fetch failed');
    });
    await user.type(await screen.findByLabelText('E-mail'), 'petra@example.org');
    await user.type(screen.getByLabelText('Password'), 'anything');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('We can’t reach the clinic’s system')).toBeTruthy();
  });

  it('leads a clinician to the day', async () => {
    const { user } = show('/', (bedside) => {
      bedside.signsInAs = me('clinician');
    });
    await user.type(await screen.findByLabelText('E-mail'), 'karl@example.org');
    await user.type(screen.getByLabelText('Password'), 'a long password');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    await screen.findByRole('heading', { name: /^Today/ });
    expect(location.pathname).toBe('/clinician');
  });
});

describe('a join link', () => {
  it('is not spent before the click', async () => {
    const { bedside, user } = show(`/join#${token}`, (it) => {
      const visit = { appointment_id: VISIT_ID, participant_id: participantId(1) };
      it.signsInAs = me('patient', { visit });
    });
    const button = await screen.findByRole('button', { name: 'Continue' });
    expect(bedside.calls).toEqual([]);
    await user.click(button);
    expect(bedside.calls).toEqual([{ name: 'openLink', args: [token] }]);
  });

  it('leaves no token in the address once it is spent', async () => {
    const { user } = show(`/join#${token}`);
    await user.click(await screen.findByRole('button', { name: 'Continue' }));
    expect(location.pathname).toBe(`/visit/${VISIT_ID}`);
    expect(location.hash).toBe('');
  });

  it.each([
    ['join_token_expired', 2004, 'This link has expired'],
    ['join_token_used', 2005, 'This link was already used'],
    ['join_token_invalid', 2003, 'This link does not work'],
    ['visit_closed', 4100, 'This visit is over'],
    ['not_found', 4000, 'We can’t find this visit'],
  ] as const)('that fails with %s says so, with one button', async (code, number, title) => {
    const { user } = show(`/join#${token}`, (bedside) => {
      bedside.refusal = new BedsideError(fault(code, number));
    });
    await user.click(await screen.findByRole('button', { name: 'Continue' }));
    expect(await screen.findByRole('heading', { name: title })).toBeTruthy();
    expect(screen.getByText(`Code ${number}`)).toBeTruthy();
    const main = screen.getByRole('main');
    expect([...main.querySelectorAll('button')].map((it) => it.textContent)).toEqual([
      'Sign in instead',
    ]);
  });

  it('is tried again after the network came back', async () => {
    const { bedside, user } = show(`/join#${token}`, (it) => {
      it.refusal = new TypeError('fetch failed');
    });
    await user.click(await screen.findByRole('button', { name: 'Continue' }));
    expect(await screen.findByRole('heading', { name: 'You are offline' })).toBeTruthy();
    bedside.refusal = null;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(location.pathname).toBe(`/visit/${VISIT_ID}`);
  });

  it('that is cut off says so and is not sent', async () => {
    const { bedside } = show('/join#abc');
    expect(await screen.findByRole('heading', { name: 'This link is incomplete' })).toBeTruthy();
    expect(bedside.calls).toEqual([]);
    expect(tokenIn(`#${token}`)).toBe(token);
    expect(tokenIn('#<script>alert(1)</script>')).toBeNull();
  });
});
