import { BedsideError } from '@bedside/client';
import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { fault, me } from '../dev/samples.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';

const token = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);
const save = () => screen.findByRole('button', { name: 'Save this password' });
const field = () => screen.getByLabelText<HTMLInputElement>('New password');

describe('who has forgotten their password', () => {
  it('finds the way at the sign-in, and is told the same whoever it is', async () => {
    const { bedside, user } = show('/');
    await user.click(await screen.findByRole('link', { name: 'Forgot your password?' }));
    await screen.findByRole('heading', { name: 'Forgot your password?' });
    expect(location.pathname).toBe('/forgot');
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Send me a link' }));
    expect(screen.getByText('Enter your e-mail address.')).toBeTruthy();
    expect(paramsOf(bedside, 'auth.ask_reset')).toEqual([]);
    await user.type(screen.getByLabelText('E-mail'), ' petra@example.org ');
    await user.click(screen.getByRole('button', { name: 'Send me a link' }));
    const told = await screen.findByRole('heading', { name: 'Look at your e-mail' });
    expect(document.activeElement).toBe(told);
    expect(screen.getByText(/^If there is an account with this address/)).toBeTruthy();
    expect(paramsOf(bedside, 'auth.ask_reset')).toEqual([{ email: 'petra@example.org' }]);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('keeps what was typed when it has to wait', async () => {
    const { user } = show('/forgot', (it) => {
      it.answers.set('auth.ask_reset', new BedsideError(fault('too_many_requests', 6000)));
    });
    await user.type(await screen.findByLabelText('E-mail'), 'petra@example.org');
    await user.click(screen.getByRole('button', { name: 'Send me a link' }));
    expect(await screen.findByText('Code 6000')).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('E-mail').value).toBe('petra@example.org');
  });
});

describe('a link from an e-mail', () => {
  it('sets a password by the button and by nothing else, and leaves no token behind', async () => {
    const { bedside, user } = show(`/reset#${token}`);
    const button = await save();
    expect(bedside.calls).toEqual([]);
    expect(await faultsOfPage()).toEqual([]);
    expect(screen.getByText(/^At least 15 characters\..*8 are enough\.$/)).toBeTruthy();
    await user.type(field(), 'short');
    await user.click(button);
    expect(screen.getByText('Enter at least 15 characters.')).toBeTruthy();
    expect(document.activeElement).toBe(field());
    expect(bedside.calls).toEqual([]);
    await user.type(field(), ' green lamp tea');
    await user.click(button);
    const onward = await screen.findByRole('button', { name: 'Go to the sign-in' });
    expect(document.activeElement).toBe(onward);
    expect(paramsOf(bedside, 'auth.reset_password')).toEqual([
      { link_token: token, password: 'short green lamp tea' },
    ]);
    expect([location.pathname, location.hash]).toEqual(['/reset', '']);
    expect(document.body.innerHTML).not.toContain('green lamp');
    expect(await faultsOfPage()).toEqual([]);
    await user.click(onward);
    expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeTruthy();
  });

  it('says at the field what the hub does not take', async () => {
    const refused = new BedsideError({ ...fault('invalid_value', 1003), field: 'password' });
    const { user } = show(`/reset#${token}`, (it) =>
      it.answers.set('auth.reset_password', refused),
    );
    const button = await save();
    // Beside a second step it would do, and this account has none.
    await user.type(field(), 'tea lamp');
    await user.click(button);
    expect(await screen.findByText('Enter at least 15 characters.')).toBeTruthy();
    await user.type(field(), ' password');
    expect(screen.queryByText('Enter at least 15 characters.')).toBeNull();
    await user.click(button);
    expect(await screen.findByText(/^This one is guessed too easily/)).toBeTruthy();
    expect(document.activeElement).toBe(field());
  });

  it.each([
    ['/reset', 'Ask for another link', '/forgot'],
    ['/welcome', 'Go to the sign-in', '/'],
  ])('at %s that is not good says so, with one way on', async (path, name, to) => {
    const { user } = show(`${path}#${token}`, (it) => {
      it.answers.set('auth.reset_password', new BedsideError(fault('link_ended', 4103)));
    });
    const button = await save();
    await user.type(field(), 'a green lamp and tea');
    await user.click(button);
    await screen.findByRole('heading', { name: 'This link is not good any more' });
    expect(screen.getByText('Code 4103')).toBeTruthy();
    await user.click(screen.getByRole('button', { name }));
    await waitFor(() => expect(location.pathname).toBe(to));
  });

  it('that is cut off says so and is not sent', async () => {
    const { bedside } = show('/reset#abc');
    const name = 'This link to a password is incomplete';
    expect(await screen.findByRole('heading', { name })).toBeTruthy();
    expect(bedside.calls).toEqual([]);
  });

  it('is for whom it was sent to, whoever is signed in here', async () => {
    show(`/welcome#${token}`, (it) => it.me.set(me('patient')));
    expect(await screen.findByRole('heading', { name: 'Welcome' })).toBeTruthy();
    expect(screen.queryByText(/8 are enough/)).toBeNull();
    expect(await faultsOfPage()).toEqual([]);
  });
});
